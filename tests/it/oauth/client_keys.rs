//! `client add --jwks` and `client rotate --jwks`: which sets are taken, and what the commands say.

use serde_json::{Value, json};

use super::signs;
use crate::lab::{Lab, Signer, text};

#[test]
fn a_client_with_keys_is_shown_with_its_keys_and_has_no_secret() {
    let lab = Lab::new();
    let set = signs::publish(&lab, "set", &[&Signer::es256("one"), &Signer::ed25519("two")]);
    let made = lab.json(&["client", "add", "partner", "--jwks", &set, "--scope", "hello-world"]);
    assert_eq!((text(&made, "auth_method"), &made["kids"]), ("private_key_jwt", &json!(["one", "two"])), "{made}");
    assert_eq!((&made["scopes"], made.get("client_secret")), (&json!(["hello-world"]), None), "{made}");
    let shown = lab.json(&["client", "show", "partner"]);
    assert_eq!((text(&shown, "auth_method"), &shown["kids"]), ("private_key_jwt", &json!(["one", "two"])));
    assert_eq!(shown["secrets"], json!([]));
    let next = signs::publish(&lab, "next", &[&Signer::es256("three")]);
    assert_eq!(lab.json(&["client", "rotate", "partner", "--jwks", &next])["kids"], json!(["three"]));
    let plain = lab.run(&["client", "show", "partner"]);
    assert!(plain.stdout.contains("keys       three"), "{}", plain.stdout);
}

#[test]
fn a_method_is_kept_for_life() {
    let lab = Lab::new();
    let set = signs::publish(&lab, "set", &[&Signer::es256("one")]);
    lab.json(&["client", "add", "signs", "--jwks", &set]);
    lab.json(&["client", "add", "knows"]);
    for (arguments, names) in [
        (&["client", "rotate", "signs"] as &[&str], "keys and no secret"),
        (&["client", "rotate", "knows", "--jwks", &set], "a secret and no keys"),
        (&["client", "rotate", "nobody", "--jwks", &set], "nobody"),
        (&["client", "add", "other", "--jwks", &set, "--save", "x"], "--save"),
        (&["client", "rotate", "signs", "--jwks", &set, "--overlap", "5m"], "--overlap"),
    ] {
        let ended = lab.run(arguments);
        assert_eq!((ended.code, &*ended.stdout), (2, ""), "{arguments:?} {}", ended.stderr);
        assert!(ended.stderr.contains(names), "{arguments:?} {}", ended.stderr);
    }
}

#[test]
fn a_set_that_is_not_of_public_signing_keys_is_refused_whole() {
    let lab = Lab::new();
    let right = Signer::es256("k").jwk();
    let with = |member: &str, value: Value| {
        let mut key = right.clone();
        key[member] = value;
        json!({ "keys": [key] }).to_string()
    };
    let short = json!({"kty": "RSA", "kid": "k", "e": "AQAB", "n": "q".repeat(171)});
    let rows = [
        (String::new(), "not JSON"),
        ("[]".into(), "no `keys`"),
        ("{\"keys\": 7}".into(), "no `keys`"),
        (json!({"keys": []}).to_string(), "0 keys"),
        (json!({ "keys": vec![&right; 65] }).to_string(), "65 keys"),
        (json!({"keys": [right, right]}).to_string(), "there twice"),
        (right.to_string(), "no `keys`"),
        (with("kid", Value::Null), "without `kid`"),
        (with("kid", json!("")), "without `kid`"),
        (with("d", json!("AAAA")), "a private key"),
        (with("use", json!("enc")), "not for signatures"),
        (with("alg", json!("ES384")), "another `alg`"),
        (with("crv", json!("P-384")), "not accepted"),
        (json!({"keys": [{"kty": "oct", "kid": "k", "k": "AAAA"}]}).to_string(), "a private key"),
        (json!({ "keys": [short] }).to_string(), "not accepted"),
        (" ".repeat(65 * 1024), "too long"),
    ];
    for (content, names) in rows {
        let file = lab.file("set", &content).display().to_string();
        let ended = lab.run(&["client", "add", "partner", "--jwks", &file]);
        let shown: String = content.chars().take(200).collect();
        assert_eq!((ended.code, &*ended.stdout), (2, ""), "{shown} {}", ended.stderr);
        assert!(ended.stderr.contains(names) && ended.stderr.contains("mend:"), "{shown}: {}", ended.stderr);
    }
    assert_eq!(lab.run(&["client", "add", "partner", "--jwks", "nowhere"]).code, 3);
    assert_eq!(lab.json(&["client", "list"]), json!([]), "nothing is half done");
}
