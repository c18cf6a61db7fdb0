//! What is made, read by another parser.

use std::path::Path;

use x509_parser::prelude::{FromDer, X509Certificate};

use super::*;
use crate::files::Readers;

/// `forge` as a scenario writes it, about `partner`.
pub(in crate::compare) fn how(text: &str) -> Forge {
    toml::from_str(&format!("as = \"forger\"\nlike = \"partner\"\n{text}")).unwrap()
}

fn ca() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let key = fresh().unwrap();
    let certificate = authority("true client CA").self_signed(&key).unwrap();
    files::write(&directory.path().join("cert.pem"), certificate.pem().as_bytes(), Readers::Everyone).unwrap();
    files::write(&directory.path().join("key.pem"), key.serialize_pem().as_bytes(), Readers::Owner).unwrap();
    directory
}

/// Issuer and purpose, and whether the true CA signed it.
fn read(text: &str) -> (String, String, bool) {
    let ca = ca();
    let minted = made(&how(text), ca.path()).unwrap();
    let own = true_certificate(ca.path()).unwrap();
    let (_, leaf) = X509Certificate::from_der(&minted.chain[0]).unwrap();
    let (_, own) = X509Certificate::from_der(&own).unwrap();
    let purpose = leaf.extended_key_usage().unwrap().map_or_else(String::new, |usage| {
        let usage = usage.value;
        let words =
            [("client", usage.client_auth), ("server", usage.server_auth), ("any", usage.any), ("code", usage.code_signing)];
        words.into_iter().filter(|(_, is)| *is).map(|(word, _)| word).collect::<Vec<_>>().join(" ")
    });
    (issuer(&leaf), purpose, leaf.verify_signature(Some(own.public_key())).is_ok())
}

fn issuer(certificate: &X509Certificate<'_>) -> String {
    certificate.issuer().iter_common_name().last().unwrap().as_str().unwrap().to_owned()
}

#[test]
fn who_signs_and_in_whose_name() {
    for (text, issuer, purpose, truly) in [
        ("by = \"stranger\"", "a CA that nobody knows", "client", false),
        ("by = \"stranger\"\nflaw = \"same_name\"", "true client CA", "client", false),
        ("by = \"trusted\"\nflaw = \"not_yet_valid\"", "true client CA", "client", true),
        ("by = \"trusted\"\nflaw = \"not_for_this_server\"", "true client CA", "server", true),
        ("by = \"trusted\"\npurpose = [\"any\", \"code\"]", "true client CA", "any code", true),
        ("by = \"trusted\"\npurpose = []", "true client CA", "", true),
    ] {
        assert_eq!(read(text), (issuer.into(), purpose.into(), truly), "{text}");
    }
}

/// For each certificate of the chain whether the next one signed it, and whether the true CA did.
fn chain(word: &str) -> Vec<(bool, bool)> {
    let ca = ca();
    let held = made(&how("by = \"trusted\""), ca.path()).unwrap().identity().unwrap();
    let sent = forge(&how(&format!("by = \"trusted\"\nchain = \"{word}\"")), ca.path(), Some(&held)).unwrap();
    let own = true_certificate(ca.path()).unwrap();
    let (_, own) = X509Certificate::from_der(&own).unwrap();
    let sent: Vec<_> = sent.chain().iter().map(|one| X509Certificate::from_der(one).unwrap().1).collect();
    let signed = |one: &X509Certificate<'_>, by: &X509Certificate<'_>| one.verify_signature(Some(by.public_key())).is_ok();
    let each =
        sent.iter().enumerate().map(|(at, one)| (sent.get(at + 1).is_some_and(|next| signed(one, next)), signed(one, &own)));
    each.collect()
}

#[test]
fn a_chain_is_as_it_says() {
    let (by_next, by_ca, by_neither) = ((true, false), (false, true), (false, false));
    assert_eq!(chain("maker_itself"), [by_ca]);
    assert_eq!(chain("intermediate"), [by_next, by_ca]);
    assert_eq!(chain("intermediate_missing"), [by_neither]);
    assert_eq!(chain("swapped"), [by_neither, by_ca, by_neither]);
    assert_eq!(chain("alone"), [by_ca]);
    assert_eq!(chain("reversed"), [by_ca, by_ca]);
    assert_eq!(chain("extra"), [by_ca, by_neither]);
    assert_eq!(chain("signed_by_a_caller"), [by_next, by_ca]);
    let long = chain("twenty_long");
    assert_eq!((long.len(), long[..19].iter().all(|one| *one == by_next), long[19]), (20, true, by_ca));
}

#[test]
fn every_chain_comes_with_the_key_of_its_own_certificate() {
    let ca = ca();
    for word in Chain::ALL.iter().filter(|word| ![Chain::Alone, Chain::Reversed, Chain::Extra].contains(word)) {
        let minted = made(&how(&format!("by = \"trusted\"\nchain = \"{word}\"")), ca.path()).unwrap();
        let held = KeyPair::try_from(&minted.key).unwrap();
        let (_, own) = X509Certificate::from_der(&minted.chain[0]).unwrap();
        assert_eq!(own.public_key().subject_public_key.data, rcgen::PublicKeyData::der_bytes(&held), "{word}");
    }
}

#[test]
fn a_renamed_certificate_differs_in_its_name_alone() {
    let identity = forge(&how("by = \"stranger\""), Path::new("/none"), None).unwrap();
    let other = renamed(&identity, "partner").unwrap();
    let differing = identity.chain()[0].iter().zip(other.chain()[0].iter()).filter(|(one, two)| one != two).count();
    assert_eq!(differing, 2, "common name and subject alternative name");
    assert!(renamed(&identity, "absent").is_err());
}
