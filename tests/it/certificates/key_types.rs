//! `cert issue --key-type`, and renewal on the same kind.

use super::{described, openssl, verdict};
use crate::lab::{Lab, text};

#[test]
fn each_kind_of_key_is_what_it_says_and_its_certificate_is_good() {
    let lab = Lab::new();
    for (key_type, says) in [
        ("p256", "ASN1 OID: prime256v1"),
        ("ed25519", "Public Key Algorithm: ED25519"),
        ("rsa", "Public-Key: (3072 bit)"),
        ("rsa2048", "Public-Key: (2048 bit)"),
    ] {
        let made = lab.json(&["cert", "issue", key_type, "--key-type", key_type]);
        let Some(told) = described(&lab, key_type) else { return };
        assert!(told.contains(says), "{told}");
        for line in ["CA:FALSE", "TLS Web Client Authentication\n", "Digital Signature\n", &format!("DNS:{key_type}\n")] {
            assert!(told.contains(line), "{line}: {told}");
        }
        assert!(verdict(&lab, key_type).unwrap().ends_with("cert.pem: OK\n"));
        let pair = ["cert", "key"].map(|member| text(&made, member).to_owned());
        let of_cert = openssl(&["x509", "-noout", "-pubkey", "-in", &pair[0]]).unwrap();
        assert_eq!(openssl(&["pkey", "-pubout", "-in", &pair[1]]).unwrap(), of_cert);
        assert_eq!(lab.json(&["cert", "show", key_type])[0]["key_type"], key_type);
    }
}

#[test]
fn a_renewal_has_a_key_of_the_same_kind() {
    let lab = Lab::new();
    lab.json(&["cert", "issue", "partner", "--key-type", "ed25519"]);
    lab.json(&["cert", "renew", "partner"]);
    let shown = lab.json(&["cert", "show", "partner"]);
    assert_eq!((&shown[0]["key_type"], &shown[1]["key_type"]), (&"ed25519".into(), &"ed25519".into()));
    let Some(told) = described(&lab, "partner") else { return };
    assert!(told.contains("Public Key Algorithm: ED25519"), "{told}");
}

#[test]
fn an_unknown_kind_is_refused_with_those_that_there_are() {
    let lab = Lab::new();
    for wrong in ["dsa", "RSA", "rsa1024", "p521", "own", ""] {
        let ended = lab.run(&["cert", "issue", "partner", "--key-type", wrong]);
        assert_eq!(ended.code, 2, "{wrong}: {}", ended.stderr);
        assert!(ended.stderr.contains("is not one of p256, ed25519, rsa, rsa2048"), "{}", ended.stderr);
    }
    assert!(!lab.path("certs/clients").exists());
}
