use std::{sync::OnceLock, time::SystemTime};

use super::*;
use crate::peer::Serial;

fn certificate(names: &[Name], subject: &[(&str, &str)]) -> ClientCertificate {
    let attribute = |(kind, value): &(&str, &str)| Attribute { kind: (*kind).into(), value: (*value).into() };
    ClientCertificate {
        serial: Serial([1].into()),
        issuer: [].into(),
        subject: subject.iter().map(attribute).collect(),
        names: names.to_vec(),
        key: [0; 32],
        not_after: SystemTime::UNIX_EPOCH,
        intermediates: Vec::new(),
        anchor: [].into(),
        ruled: OnceLock::new(),
    }
}

fn fits_all(pattern: &str, certificate: impl Fn(&str) -> ClientCertificate, good: &[&str], bad: &[&str]) {
    let pattern: NamePattern = pattern.parse().unwrap();
    for name in good {
        assert!(pattern.matches(&certificate(name)), "{pattern} does not match {name:?}");
    }
    for name in bad {
        assert!(!pattern.matches(&certificate(name)), "{pattern} matches {name:?}");
    }
}

#[test]
fn hosts_match_label_by_label() {
    let host = |name: &str| certificate(&[Name::Dns(name.into())], &[]);
    fits_all("DNS:api.example", host, &["api.example", "API.Example"], &["api.example.evil", "xapi.example", "example", ""]);
    fits_all(
        "DNS:*.partner.example",
        host,
        &["a.partner.example", "b-1.PARTNER.example"],
        &["partner.example", "a.b.partner.example", ".partner.example", "a.partner.example.", "a.xpartner.example"],
    );
    let uri = |name: &str| certificate(&[Name::Uri(name.into())], &[]);
    fits_all("DNS:api.example", uri, &[], &["api.example", "DNS:api.example"]);
}

#[test]
fn uris_match_segment_by_segment() {
    let uri = |name: &str| certificate(&[Name::Uri(name.into())], &[]);
    fits_all(
        "URI:spiffe://example/ns/*/sa/billing",
        uri,
        &["spiffe://example/ns/prod/sa/billing"],
        &[
            "spiffe://example/ns/sa/billing",
            "spiffe://example/ns/a/b/sa/billing",
            "spiffe://example/ns//sa/billing",
            "spiffe://example/ns/../sa/billing",
            "spiffe://example/ns/prod/sa/billing/",
            "spiffe://example/ns/prod/sa/Billing",
            "spiffe://example.evil/ns/prod/sa/billing",
            "xspiffe://example/ns/prod/sa/billing",
        ],
    );
    fits_all(
        "URI:spiffe://example/ns/**",
        uri,
        &["spiffe://example/ns/a", "spiffe://example/ns/a/b/c"],
        &["spiffe://example/ns", "spiffe://example/ns/", "spiffe://example/ns/a/../../other", "spiffe://example/nsx/a"],
    );
}

#[test]
fn subjects_match_attribute_by_attribute() {
    let matches =
        |pattern: &str, subject: &[(&str, &str)]| pattern.parse::<NamePattern>().unwrap().matches(&certificate(&[], subject));
    assert!(matches("SUBJECT:CN=billing,O=Partner", &[("O", "Partner"), ("CN", "billing"), ("C", "PL")]));
    assert!(matches("SUBJECT:CN=*,O=Partner", &[("O", "Partner"), ("CN", "anything")]));
    assert!(matches("SUBJECT:CN=a\\,b", &[("CN", "a,b")]));
    assert!(!matches("SUBJECT:CN=billing,O=Partner", &[("CN", "billing,O=Partner")]), "a comma in a value is no attribute");
    assert!(!matches("SUBJECT:CN=billing", &[("CN", "billing"), ("CN", "other")]), "two of a kind are ambiguous");
    assert!(!matches("SUBJECT:CN=billing", &[("CN", "Billing")]));
    assert!(!matches("SUBJECT:O=*", &[("CN", "billing")]), "it must be there");
}

#[test]
fn what_is_no_pattern_says_why() {
    let why = |text: &str| text.parse::<NamePattern>().unwrap_err();
    for odd in ["", "api.example", "dns:a", "DNS:", "DNS:a..b", "DNS:a*.b", "DNS:a b", "IP:1.2.3.4", "URI:x", "URI:spiffe://"] {
        why(odd);
    }
    for odd in
        ["URI:spiffe://a/**/b", "URI:spiffe://a/b*", "URI:spiffe://**", "SUBJECT:", "SUBJECT:CN", "SUBJECT:CN=", "SUBJECT:CN=a,"]
    {
        why(odd);
    }
    insta::assert_snapshot!(why("api.example"), @"`api.example` does not say of which kind it is: write DNS:host, URI:scheme://… or SUBJECT:CN=…,O=…");
    insta::assert_snapshot!(why("DNS:a*.b"), @"`a*.b` is no host name; `*` stands for one whole label");
}

#[test]
fn patterns_are_written_as_they_are_read() {
    for text in ["DNS:*.a.example", "URI:spiffe://a/*/**", "SUBJECT:CN=a\\,b,O=*"] {
        assert_eq!(text.parse::<NamePattern>().unwrap().to_string(), text);
    }
}
