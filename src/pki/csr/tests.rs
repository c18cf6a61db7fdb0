use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P521_SHA512, PublicKeyData};

use super::*;

fn request(key: &KeyPair) -> String {
    let params = CertificateParams::new(vec!["victim".to_owned()]).unwrap();
    params.serialize_request(key).unwrap().pem().unwrap()
}

fn refused(octets: &[u8]) -> String {
    let told = OwnKey::from_request(octets, "FILE").unwrap_err().to_string();
    let first = told.lines().next().unwrap();
    first.strip_prefix("the certificate request FILE cannot be taken: ").unwrap_or(first).to_owned()
}

#[test]
fn the_key_of_a_request_is_the_one_that_signed_it() {
    let key = KeyPair::generate().unwrap();
    let pem = request(&key);
    for text in [pem.clone(), pem.replace(" CERTIFICATE", " NEW CERTIFICATE"), format!("words before\n{pem}words after\n")] {
        let own = OwnKey::from_request(text.as_bytes(), "FILE").unwrap();
        assert_eq!(own.0.subject_public_key_info(), key.subject_public_key_info());
    }
}

#[test]
fn what_is_no_single_request_is_refused_and_says_why() {
    let key = KeyPair::generate().unwrap();
    let pem = request(&key);
    let told: Vec<_> = [
        String::new(),
        "junk".into(),
        pem.replace("-----END CERTIFICATE REQUEST-----", ""),
        format!("{pem}{pem}"),
        format!("{}{pem}", key.public_key_pem()),
        pem.replace("CERTIFICATE REQUEST", "CERTIFICATE"),
        key.serialize_pem(),
        "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n".into(),
        "x".repeat(LONGEST + 1),
    ]
    .iter()
    .map(|text| refused(text.as_bytes()))
    .collect();
    insta::assert_snapshot!(told.join("\n"), @"
    it holds no PEM
    it holds no PEM
    it holds no PEM
    it holds several PEM blocks
    it holds several PEM blocks
    it holds a certificate
    it holds a private key
    it cannot be read: Parsing requires 1 bytes/chars
    it has more than 65536 octets
    ");
    assert_eq!(refused(&pem::parse(&pem).unwrap().into_contents()), "it holds no PEM", "DER");
}

#[test]
fn no_flipped_octet_gives_another_key_and_no_cut_any() {
    let key = KeyPair::generate().unwrap();
    let der = pem::parse(request(&key)).unwrap().into_contents();
    let wrapped = |der: Vec<u8>| pem::encode(&pem::Pem::new("CERTIFICATE REQUEST", der));
    let mut taken = 0;
    for at in 0..der.len() {
        let mut flipped = der.clone();
        flipped[at] ^= 0x10;
        if let Ok(own) = OwnKey::from_request(wrapped(flipped).as_bytes(), "FILE") {
            assert_eq!(own.0.subject_public_key_info(), key.subject_public_key_info());
            taken += 1;
        }
        refused(wrapped(der[..at].to_vec()).as_bytes());
    }
    assert!(taken <= 1, "the tag around the name of the algorithm, which nothing signs, and no more: {taken}");
    assert_eq!(refused(wrapped([der, vec![0]].concat()).as_bytes()), "something follows its end");
}

#[test]
fn a_request_signed_by_another_key_is_refused() {
    let (mine, theirs) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let der = pem::parse(request(&mine)).unwrap().into_contents();
    let (from, to) = (mine.der_bytes().to_vec(), theirs.der_bytes());
    let at = der.windows(from.len()).position(|window| window == from).unwrap();
    let stolen = [&der[..at], to, &der[at + from.len()..]].concat();
    let pem = pem::encode(&pem::Pem::new("CERTIFICATE REQUEST", stolen));
    assert_eq!(refused(pem.as_bytes()), "its signature is not that of the key in it");
}

#[test]
fn a_curve_that_nobody_asked_for_is_refused() {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).unwrap();
    assert_eq!(refused(request(&key).as_bytes()), OTHER_KIND);
}
