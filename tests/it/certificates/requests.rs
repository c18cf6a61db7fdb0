//! `cert sign`: the caller's key never leaves the caller, and nothing but the key is taken from its request.

use std::{fs, path::Path};

use super::{described, openssl, verdict};
use crate::lab::{Lab, text};

/// A request as openssl makes it, with a new key of that kind. `None` when there is no openssl.
fn request(lab: &Lab, name: &str, key: &[&str], more: &[&str]) -> Option<String> {
    let (csr, key_file) = (lab.path(&format!("{name}.csr")), lab.path(&format!("{name}.key")));
    let files = ["-out", csr.to_str().unwrap(), "-keyout", key_file.to_str().unwrap()];
    let told = openssl(&[&["req", "-new", "-nodes", "-subj", "/CN=admin", "-newkey"], key, more, &files].concat())?;
    assert!(csr.is_file(), "{told}");
    Some(csr.to_str().unwrap().to_owned())
}

const P256: [&str; 3] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

#[test]
fn keys_of_every_good_kind_are_certified_and_no_private_key_is_here() {
    let lab = Lab::new();
    for (name, key) in [
        ("p256", &P256[..]),
        ("p384", &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]),
        ("ed25519", &["ed25519"]),
        ("rsa", &["rsa:2048"]),
        ("rsa4096", &["rsa:4096"]),
    ] {
        let Some(csr) = request(&lab, name, key, &[]) else { return };
        let made = lab.json(&["cert", "sign", name, "--csr", &csr]);
        assert!(made["key"].is_null() && !lab.path(&format!("certs/clients/{name}/key.pem")).exists(), "{made}");
        let of_cert = openssl(&["x509", "-noout", "-pubkey", "-in", text(&made, "cert")]).unwrap();
        let key = lab.path(&format!("{name}.key"));
        assert_eq!(openssl(&["pkey", "-pubout", "-in", key.to_str().unwrap()]).unwrap(), of_cert, "{name}");
        assert!(verdict(&lab, name).unwrap().ends_with("cert.pem: OK\n"), "{name}");
        assert_eq!(lab.json(&["cert", "show", name])[0]["key_type"], "own");
    }
}

#[test]
fn what_a_request_asks_for_is_not_given() {
    let lab = Lab::new();
    let asked = [
        "-addext",
        "basicConstraints=critical,CA:TRUE",
        "-addext",
        "subjectAltName=DNS:admin.example,URI:spiffe://x/admin",
        "-addext",
        "extendedKeyUsage=serverAuth",
        "-addext",
        "keyUsage=keyCertSign",
    ];
    let Some(csr) = request(&lab, "partner", &P256, &asked) else { return };
    lab.json(&["cert", "sign", "partner", "--csr", &csr, "--san", "URI:spiffe://x/partner", "--ttl", "10m"]);
    let told = described(&lab, "partner").unwrap();
    for line in [
        "Subject: CN = partner\n",
        "CA:FALSE\n",
        "  URI:spiffe://x/partner\n",
        "TLS Web Client Authentication\n",
        "Digital Signature\n",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    for line in ["admin", "CA:TRUE", "Server Authentication", "Certificate Sign"] {
        assert!(!told.contains(line), "{line}: {told}");
    }
}

#[test]
fn weak_and_strange_keys_are_refused() {
    let lab = Lab::new();
    for (name, key, why) in [
        ("rsa1024", &["rsa:1024"][..], "1024 bits, and 2048 are the least"),
        ("rsa2047", &["rsa:2047"], "2047 bits, and 2048 are the least"),
        ("p521", &["ec", "-pkeyopt", "ec_paramgen_curve:P-521"], "of another kind"),
        ("p224", &["ec", "-pkeyopt", "ec_paramgen_curve:P-224"], "of another kind"),
        ("k256", &["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"], "of another kind"),
        ("explicit", &["ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"], "of another kind"),
        ("ed448", &["ed448"], "of another kind"),
        ("pss", &["rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"], "of another kind"),
    ] {
        let Some(csr) = request(&lab, name, key, &[]) else { return };
        let ended = lab.run(&["cert", "sign", name, "--csr", &csr]);
        assert!(ended.code == 2 && ended.stderr.contains(why) && ended.stderr.contains("mend: "), "{name}: {}", ended.stderr);
    }
    assert!(!lab.path("certs/clients").exists(), "nothing is made");
}

#[test]
fn standard_input_is_a_file_too() {
    let lab = Lab::new();
    let Some(csr) = request(&lab, "partner", &P256, &[]) else { return };
    let made = lab.json_with_input(&["cert", "sign", "partner", "--csr", "-"], &fs::read_to_string(csr).unwrap());
    assert!(Path::new(text(&made, "chain")).is_file());
    let ended = lab.run(&["cert", "sign", "other", "--csr", "-"]);
    assert!(ended.code == 2 && ended.stderr.contains("on standard input cannot be taken: it holds no PEM"), "{}", ended.stderr);
    let ended = lab.run(&["cert", "sign", "other", "--csr", "missing.csr"]);
    assert!(ended.code == 3 && ended.stderr.contains("missing.csr"), "{}", ended.stderr);
    let ended = lab.run(&["cert", "sign", "other", "--csr", "/dev/zero"]);
    assert!(ended.code == 2 && ended.stderr.contains("more than 65536 octets"), "{}", ended.stderr);
}

#[test]
fn who_keeps_the_key_renews_with_a_new_request() {
    let lab = Lab::new();
    let Some(first) = request(&lab, "first", &P256, &[]) else { return };
    lab.json(&["cert", "sign", "partner", "--csr", &first, "--san", "DNS:a.example"]);
    let ended = lab.run(&["cert", "renew", "partner"]);
    assert!(ended.code == 2 && ended.stderr.contains("`authbench cert renew partner --csr FILE`"), "{}", ended.stderr);
    let second = request(&lab, "second", &["ed25519"], &[]).unwrap();
    lab.json(&["cert", "renew", "partner", "--csr", &second]);
    let told = described(&lab, "partner").unwrap();
    assert!(told.contains("DNS:a.example") && told.contains("ED25519"), "{told}");
    assert_eq!(lab.json(&["cert", "list"])["certificates"].as_array().map(Vec::len), Some(2), "the old one stays");
}

#[test]
fn a_key_that_was_made_here_goes_when_the_caller_brings_its_own() {
    let lab = Lab::new();
    let Some(csr) = request(&lab, "own", &P256, &[]) else { return };
    let made = lab.json(&["cert", "issue", "partner"]);
    let ended = lab.run(&["cert", "sign", "partner", "--csr", &csr]);
    assert!(ended.code == 2 && ended.stderr.contains("there already"), "{}", ended.stderr);
    assert!(Path::new(text(&made, "key")).is_file());
    lab.json(&["cert", "renew", "partner", "--csr", &csr]);
    assert!(!Path::new(text(&made, "key")).exists(), "it would be taken for that of the new certificate");
    assert!(verdict(&lab, "partner").unwrap().ends_with("cert.pem: OK\n"));
}
