//! Every command with a result prints, with `--json`, one valid document and nothing else on stdout.
//!
//! `Lab::json` is the check: it parses all of stdout as one document and fails on anything before or after it.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use serde_json::Value;

use crate::lab::{Lab, text};

/// The members of an object, in order of their names.
fn members(value: &Value) -> Vec<&str> {
    value.as_object().unwrap_or_else(|| panic!("no object: {value}")).keys().map(String::as_str).collect()
}

fn has(value: &Value, wanted: &[&str]) {
    let missing: Vec<_> = wanted.iter().filter(|name| value.get(**name).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?} missing in {value}");
}

fn assert_private(path: &Path) {
    let mode = fs::metadata(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{}", path.display());
}

#[test]
fn clients() {
    let lab = Lab::new();
    let made = lab.json(&["client", "add", "partner"]);
    has(&made, &["name", "client_id", "client_secret", "scopes"]);
    assert_eq!((text(&made, "client_id").len(), text(&made, "client_secret").len()), (20, 32));
    assert_eq!(made["scopes"].as_array().map(Vec::len), Some(1), "{made}");
    let listed = lab.json(&["client", "list"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(1));
    assert!(!listed.to_string().contains(text(&made, "client_secret")), "a secret is shown once");
    assert_eq!(lab.json(&["client", "show", "partner"])["client_id"], made["client_id"]);
    assert_eq!(lab.json(&["client", "show", text(&made, "client_id")])["name"], "partner");
    let rotated = lab.json(&["client", "rotate", "partner"]);
    assert_eq!(members(&rotated), members(&made));
    assert_ne!(rotated["client_secret"], made["client_secret"]);
    for (verb, state) in [("disable", "disabled"), ("enable", "active"), ("remove", "removed")] {
        let done = lab.json(&["client", verb, "partner"]);
        assert_eq!((&done["name"], &done["state"]), (&"partner".into(), &state.into()), "{verb}");
    }
    assert_eq!(lab.json(&["client", "list"]), Value::Array(Vec::new()));
}

#[test]
fn keys() {
    let lab = Lab::new();
    let made = lab.json(&["key", "add", "partner"]);
    has(&made, &["name", "id", "key"]);
    assert!(text(&made, "key").starts_with(&format!("ab_{}_", text(&made, "id"))), "{made}");
    let listed = lab.json(&["key", "list"]);
    assert!(!listed.to_string().contains(text(&made, "key")), "a key is shown once");
    assert_eq!(lab.json(&["key", "show", "partner"])["id"], made["id"]);
    let rotated = lab.json(&["key", "rotate", "partner"]);
    assert_eq!(members(&rotated), members(&made));
    for (verb, state) in [("disable", "disabled"), ("enable", "active"), ("revoke", "revoked")] {
        let done = lab.json(&["key", verb, text(&rotated, "id")]);
        assert_eq!((&done["name"], &done["state"]), (&"partner".into(), &state.into()), "{verb}");
    }
}

#[test]
fn certificates() {
    let lab = Lab::new();
    lab.json(&["cert", "init"]);
    let made = lab.json(&["cert", "issue", "partner"]);
    has(&made, &["name", "serial", "not_after", "cert", "chain", "key", "ca"]);
    assert_private(Path::new(text(&made, "key")));
    for public in ["cert", "chain", "ca"] {
        assert!(Path::new(text(&made, public)).is_file(), "{public} in {made}");
    }
    let listed = &lab.json(&["cert", "list"])["certificates"];
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    lab.json(&["cert", "show", "partner"]);
    lab.json(&["cert", "show", text(&made, "serial")]);
    let renewed = lab.json(&["cert", "renew", "partner"]);
    assert_eq!(members(&renewed), members(&made));
    assert_ne!(renewed["serial"], made["serial"]);
    lab.json(&["cert", "crl"]);
    let revoked = lab.json(&["cert", "revoke", "--serial", text(&renewed, "serial")]);
    assert_eq!(revoked["state"], "revoked", "{revoked}");
    assert_eq!(lab.json(&["cert", "revoke", "partner"])["state"], "revoked");
}

#[test]
fn tokens() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let client = lab.effective(&["client", "add", "partner"]);
    let secret = lab.file("secret", text(&client, "client_secret"));
    let (ca, secret) = (server.ca.display().to_string(), secret.display().to_string());
    let id = text(&client, "client_id");
    let got = lab.json(&["token", "get", "--url", &server.url, "--ca", &ca, "--client-id", id, "--secret-file", &secret]);
    has(&got, &["access_token", "expires_in", "token_type"]);
    let token = text(&got, "access_token");
    let inspected = lab.json_with_input(&["token", "inspect", "-", "--url", &server.url], token);
    assert!(inspected.to_string().contains(id), "{inspected}");
    let revoked = lab.json_with_input(&["token", "revoke", "-"], token);
    assert_eq!(revoked["state"], "revoked", "{revoked}");
}

#[test]
fn a_revocation_by_jti_outlives_every_token() {
    let revoked = Lab::new().json(&["token", "revoke", "a-jti"]);
    let year = |at: &str| at[..4].parse::<u32>().unwrap();
    let now = authbench::clock::rfc3339(authbench::clock::now());
    // Ten years of 365 days may end in December of the ninth year after this one.
    assert!(year(text(&revoked, "until")) >= year(&now) + 9, "{revoked}");
}

#[test]
fn configuration_and_scenarios() {
    let lab = Lab::new();
    assert_eq!(lab.json(&["config", "check"])["file"], Value::Null, "the defaults, from no file");
    lab.json(&["config", "init"]);
    assert!(lab.path("authbench.toml").is_file());
    assert_eq!(lab.json(&["config", "check"])["file"], "authbench.toml");
    lab.json(&["config", "show"]);
    let listed = lab.json(&["scenario", "list"]);
    let scenarios = listed.as_array().unwrap();
    assert!(scenarios.len() >= 16, "{} scenarios", scenarios.len());
    lab.json(&["scenario", "show", text(&scenarios[0], "id")]);
}

#[test]
fn a_saved_secret_is_private_and_not_printed() {
    let lab = Lab::new();
    for (kind, member) in [("client", "client_secret"), ("key", "key")] {
        let path = lab.path(&format!("{kind}.saved"));
        let printed = lab.json(&[kind, "add", "partner", "--save", &path.display().to_string()]);
        assert!(printed.get(member).is_none_or(Value::is_null), "{printed}");
        assert_private(&path);
    }
}

#[test]
fn comparison_and_report() {
    let lab = Lab::new();
    let ran = lab.json(&["scenario", "run", "shared/right-credential", "--mode", "apikey"]);
    assert!(ran.to_string().contains("allowed"), "{ran}");
    let compared = lab.json(&["compare", "--quick", "--only", "proof", "--mode", "open", "--out", "first"]);
    assert_eq!(compared["differs"], 0, "{compared}");
    lab.json(&["report", "first/findings.json", "--out", "again"]);
    for directory in ["first", "again"] {
        for file in ["index.html", "report.md"] {
            assert!(lab.path(directory).join(file).is_file(), "{directory}/{file}");
        }
    }
}
