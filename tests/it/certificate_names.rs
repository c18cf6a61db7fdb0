//! Who is known by which certificate: names, keys, and what the rules give.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::lab::{Identity, Lab, PATH, Server, eventually, text};

fn outcome(server: &Server, identity: &Identity) -> String {
    server.line(Some(identity)).get(PATH, &[]).unwrap().outcome()
}

fn issue(lab: &Lab, name: &str, options: &[&str]) -> Identity {
    Identity::issued(&lab.effective(&[&["cert", "issue", name], options].concat()))
}

#[test]
fn only_names_that_are_accepted_come_in() {
    let lab = Lab::new();
    lab.configure("[mtls]\naccept = [\"URI:spiffe://example/billing/*\", \"DNS:*.partner.example\"]\n");
    let server = lab.serve("mtls");
    for (name, san, expected) in [
        ("a", "URI:spiffe://example/billing/1", "allowed"),
        ("b", "DNS:x.partner.example", "allowed"),
        ("c", "URI:spiffe://example/billing/1/2", "name_refused"),
        ("d", "URI:spiffe://example.evil/billing/1", "name_refused"),
        ("e", "DNS:partner.example", "name_refused"),
        ("f", "DNS:billing", "name_refused"),
        ("g", "IP:127.0.0.1", "name_refused"),
    ] {
        assert_eq!(outcome(&server, &issue(&lab, name, &["--san", san])), expected, "{san}");
    }
}

#[test]
fn rules_say_who_it_is_and_what_it_may() {
    let lab = Lab::new();
    lab.configure(
        "[plans.tiny]\nrate = 1\nburst = 1\n[scopes]\nother = \"x\"\n\
         [[mtls.callers]]\ncaller = \"billing\"\nnames = [\"URI:spiffe://example/billing/**\"]\nplan = \"tiny\"\n\
         [[mtls.callers]]\ncaller = \"reader\"\nnames = [\"SUBJECT:CN=reader\"]\nscopes = [\"other\"]\n\
         [[mtls.callers]]\ncaller = \"away\"\nnames = [\"DNS:away.example\"]\nallow = [\"192.0.2.0/24\"]\n",
    );
    let server = lab.serve("mtls");
    let billing = ["URI:spiffe://example/billing/1", "URI:spiffe://example/billing/2"];
    let [one, two] = billing.map(|san| issue(&lab, san.rsplit('/').next().unwrap(), &["--san", san]));
    let both = [outcome(&server, &one), outcome(&server, &two)];
    assert_eq!(both, ["allowed", "rate_limited"], "two certificates, one caller, one plan");
    assert_eq!(outcome(&server, &issue(&lab, "reader", &[])), "scope_insufficient");
    assert_eq!(outcome(&server, &issue(&lab, "away", &["--san", "DNS:away.example"])), "address_denied");
    assert_eq!(outcome(&server, &issue(&lab, "stranger", &[])), "name_refused");
    eventually("the record says why", || server.records().contains("no rule says whose it is"));
}

#[test]
fn a_key_can_be_pinned() {
    let lab = Lab::new();
    let issued = lab.effective(&["cert", "issue", "partner"]);
    let first = Identity::issued(&issued);
    let pem = std::fs::read(text(&issued, "cert")).unwrap();
    let der = pem::parse(&pem).unwrap().into_contents();
    let (_, read) = x509_parser::parse_x509_certificate(&der).unwrap();
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, read.public_key().raw);
    let pin = STANDARD.encode(hash);
    lab.configure(&format!("[[mtls.callers]]\ncaller = \"partner\"\nnames = [\"DNS:partner\"]\nkeys = [\"sha256/{pin}\"]\n"));
    let server = lab.serve("mtls");
    assert_eq!(outcome(&server, &first), "allowed");
    let renewed = Identity::issued(&lab.effective(&["cert", "renew", "partner"]));
    assert_eq!(outcome(&server, &renewed), "name_refused", "the same name with another key");
}

#[test]
fn rules_that_cannot_be_are_refused_with_the_remedy() {
    let lab = Lab::new();
    for (toml, key) in [
        ("[mtls]\naccept = []\n", "mtls.accept"),
        ("[mtls]\naccept = [\"partner\"]\n", "mtls.accept"),
        ("[mtls]\nclient_auth = \"maybe\"\n", "mtls.client_auth"),
        ("[[mtls.callers]]\ncaller = \"a\"\n", "mtls.callers.caller"),
        ("[[mtls.callers]]\ncaller = \"\"\nnames = [\"DNS:a\"]\n", "mtls.callers.caller"),
        ("[[mtls.callers]]\ncaller = \"a\"\nkeys = [\"sha256/short\"]\n", "mtls.callers.keys"),
        ("[[mtls.callers]]\ncaller = \"a\"\nnames = [\"DNS:a\"]\nplan = \"none\"\n", "mtls.callers.plan"),
        ("[[mtls.callers]]\ncaller = \"a\"\nnames = [\"DNS:a\"]\nscopes = [\"none\"]\n", "mtls.callers.scopes"),
        ("[[mtls.callers]]\ncaller = \"a\"\nnames = [\"DNS:a\"]\nallow = []\n", "mtls.callers.allow"),
    ] {
        lab.configure(toml);
        let ended = lab.run(&["config", "check"]);
        assert_eq!(ended.code, 2, "{toml}");
        assert!(ended.stderr.contains(key) && ended.stderr.contains("mend:"), "{toml}: {}", ended.stderr);
    }
}
