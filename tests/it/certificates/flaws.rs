//! `cert issue --flaw`: each bad certificate is bad in the way that it says, and in no other.

use super::{described, openssl, verdict};
use crate::lab::{Lab, text};

/// What openssl says when it refuses; nothing when it does not.
const REFUSED: [(&str, &str); 6] = [
    ("expired", "certificate has expired"),
    ("not_yet_valid", "certificate is not yet valid"),
    ("server_only", "unsuitable certificate purpose"),
    ("may_sign", "invalid CA certificate"),
    ("other_ca", "self-signed certificate in certificate chain"),
    ("self_signed", "self-signed certificate"),
];

#[test]
fn each_is_refused_for_what_it_says() {
    let lab = Lab::new();
    for (flaw, why) in REFUSED {
        lab.json(&["cert", "issue", flaw, "--flaw", flaw]);
        let Some(told) = verdict(&lab, flaw) else { return };
        // OpenSSL is content with a CA as a caller; the extension says it.
        let told = if flaw == "may_sign" { described(&lab, flaw).unwrap().replace("CA:TRUE", why) } else { told };
        assert!(told.contains(why), "{flaw}: {told}");
    }
}

#[test]
fn a_ca_of_the_same_name_did_not_sign_with_our_key() {
    let lab = Lab::new();
    let made = lab.json(&["cert", "issue", "partner", "--flaw", "same_name_ca"]);
    let ca = lab.path("certs/client-ca/cert.pem");
    let Some(told) = openssl(&["verify", "-CAfile", ca.to_str().unwrap(), text(&made, "cert")]) else { return };
    assert!(told.contains("certificate signature failure"), "{told}");
}

#[test]
fn those_that_only_some_refuse_are_as_they_say() {
    let lab = Lab::new();
    let describe = |flaw: &str| {
        lab.json(&["cert", "issue", flaw, "--flaw", flaw]);
        described(&lab, flaw)
    };
    let Some(told) = describe("no_purpose") else { return };
    assert!(!told.contains("Extended Key Usage"), "{told}");
    let told = describe("any_purpose").unwrap();
    assert!(told.contains("Any Extended Key Usage\n") && !told.contains("Client Authentication"), "{told}");
    let told = describe("no_name").unwrap();
    assert!(told.contains("Subject: \n") && !told.contains("Alternative Name"), "{told}");
}

#[test]
fn the_key_beside_it_belongs_to_somebody_else() {
    let lab = Lab::new();
    let made = lab.json(&["cert", "issue", "partner", "--flaw", "other_key"]);
    let Some(of_cert) = openssl(&["x509", "-noout", "-pubkey", "-in", text(&made, "cert")]) else { return };
    let of_key = openssl(&["pkey", "-pubout", "-in", text(&made, "key")]).unwrap();
    assert!(of_key.starts_with("-----BEGIN PUBLIC KEY-----") && of_key != of_cert, "{of_key}");
    assert!(verdict(&lab, "partner").unwrap().ends_with("cert.pem: OK\n"));
}

#[test]
fn what_our_ca_signed_is_listed_and_can_be_revoked_and_what_others_signed_is_not() {
    let lab = Lab::new();
    for name in ["server_only", "other_ca", "same_name_ca", "self_signed"] {
        lab.json(&["cert", "issue", name, "--flaw", name]);
    }
    let listed = &lab.json(&["cert", "list"])["certificates"];
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    lab.json(&["cert", "revoke", "server_only"]);
    let Some(told) = verdict(&lab, "server_only") else { return };
    assert!(told.contains("certificate revoked"), "{told}");
    assert_eq!(lab.run(&["cert", "revoke", "other_ca"]).code, 2);
}

#[test]
fn an_unknown_flaw_is_refused_and_leaves_nothing() {
    let lab = Lab::new();
    let ended = lab.run(&["cert", "issue", "partner", "--flaw", "ugly"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(ended.stderr.contains("there is no flaw `ugly`") && ended.stderr.contains("\n    expired: "), "{}", ended.stderr);
    assert!(!lab.path("certs/clients").exists());
}
