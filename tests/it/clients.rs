//! Other people's clients, unchanged, against a fresh server: the programs in `tests/clients/`.

mod mock_issuer;

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::lab::{Lab, Server, client_tool, text, tool};

/// What every client can do.
const BASICS: [&str; 3] = ["discovery", "grant", "call"];
/// The whole life of a token.
const LIFE: [&str; 5] = ["discovery", "grant", "call", "introspection", "revocation"];
/// The user pool of the `aws` profile, by default.
const POOL: &str = "eu-west-1_Example01";

const NODE: &str = "node/node_modules/jose/package.json";
const PYTHON: &str = "python/venv/bin/python";

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

fn node() -> Option<PathBuf> {
    client_tool("node", NODE)
}

fn python() -> Option<PathBuf> {
    client_tool("python3", PYTHON)
}

/// A server with one client, and what a program gets to know of them.
struct Stage {
    lab: Lab,
    server: Server,
    client: serde_json::Value,
}

impl Stage {
    fn new(profile: &str) -> Self {
        Self::configured(profile, "")
    }

    fn configured(profile: &str, toml: &str) -> Self {
        let lab = Lab::new();
        lab.configure(toml);
        let server = Server::start(&lab, &["--mode", "jwt", "--profile", profile]);
        let client = lab.effective(&["client", "add", "partner"]);
        Self { lab, server, client }
    }

    /// Runs a program with URL and client id first, and gives what it printed.
    fn run(&self, program: &Path, script: Option<&str>, arguments: &[&str]) -> String {
        let mut command = Command::new(program);
        if let Some(script) = script {
            command.arg(scripts().join(script));
        }
        command.arg(&self.server.url).arg(text(&self.client, "client_id")).args(arguments);
        if let Some(secret) = self.client["client_secret"].as_str() {
            command.env("CLIENT_SECRET", secret);
        }
        for variable in ["CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"] {
            command.env(variable, &self.server.ca);
        }
        command.env("CLIENT_KEY", self.lab.path("client.jwk"));
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {said}\n{}", self.server.records());
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same, and each step must have been reported.
    fn takes(&self, program: &Path, script: Option<&str>, method: &[&str], steps: &[&str]) {
        let done = self.run(program, script, &[method, steps].concat());
        assert_eq!(done.lines().collect::<Vec<_>>(), steps.iter().map(|step| format!("{step}: ok")).collect::<Vec<_>>());
    }

    fn issuer(&self) -> String {
        format!("{}/{POOL}", self.server.url)
    }
}

#[test]
fn curl() {
    if tool("curl").is_some() {
        Stage::new("standard").takes(&scripts().join("curl.sh"), None, &[], &BASICS);
    }
}

#[test]
fn curl_for_the_life_of_a_token() {
    if tool("curl").is_some() {
        Stage::new("standard").takes(&scripts().join("curl.sh"), None, &[], &LIFE);
    }
}

#[test]
fn oauth4webapi() {
    let Some(node) = node() else { return };
    let stage = Stage::new("standard");
    for method in ["client_secret_basic", "client_secret_post"] {
        stage.takes(&node, Some("node/oauth4webapi.mjs"), &[method], &BASICS);
    }
}

#[test]
fn oauth4webapi_for_the_life_of_a_token() {
    let Some(node) = node() else { return };
    let stage = Stage::new("standard");
    for method in ["client_secret_basic", "client_secret_post"] {
        stage.takes(&node, Some("node/oauth4webapi.mjs"), &[method], &LIFE);
    }
}

#[test]
fn oauth4webapi_with_a_key_instead_of_a_secret() {
    let Some(node) = node() else { return };
    let mut stage = Stage::new("standard");
    let files = ["client.jwk", "client.jwks.json"].map(|name| stage.lab.path(name));
    let made = Command::new(&node).arg(scripts().join("node/make-key.mjs")).args(&files).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    stage.client = stage.lab.effective(&["client", "add", "signer", "--jwks", files[1].to_str().unwrap()]);
    stage.takes(&node, Some("node/oauth4webapi.mjs"), &["private_key_jwt"], &LIFE);
}

#[test]
fn jose_and_amazons_verifier_and_pyjwt_believe_our_tokens() {
    let stage = Stage::new("standard");
    if let Some(node) = node() {
        insta::assert_snapshot!(stage.run(&node, Some("node/jose.mjs"), &[]), @"
        discovery: ok
        grant: ok
        verification by ES256: ok
        call: ok
        ");
        insta::assert_snapshot!(stage.run(&node, Some("node/aws-jwt-verify.mjs"), &[]), @"
        discovery: ok
        grant: ok
        verification: ok
        call: ok
        ");
    }
    if let Some(python) = python() {
        insta::assert_snapshot!(stage.run(&python, Some("python/pyjwt.py"), &[]), @"
        discovery: ok
        grant: ok
        verification: ok
        call: ok
        ");
    }
}

#[test]
fn requests_oauthlib() {
    let Some(python) = python() else { return };
    Stage::new("standard").takes(&python, Some("python/requests_oauthlib_client.py"), &[], &BASICS);
}

#[test]
fn requests_oauthlib_for_the_life_of_a_token() {
    let Some(python) = python() else { return };
    Stage::new("standard").takes(&python, Some("python/requests_oauthlib_client.py"), &[], &LIFE);
}

#[test]
fn everybody_takes_the_aws_profile_for_a_user_pool() {
    let stage = Stage::new("aws");
    let issuer = stage.issuer();
    if tool("curl").is_some() {
        stage.takes(&scripts().join("curl.sh"), None, &[], &["aws"]);
    }
    if let Some(node) = node() {
        for script in ["node/jose.mjs", "node/aws-jwt-verify.mjs"] {
            assert_eq!(stage.run(&node, Some(script), &["aws", &issuer]), "aws: ok\n", "{script}");
        }
    }
    if let Some(python) = python() {
        assert_eq!(stage.run(&python, Some("python/pyjwt.py"), &["aws", &issuer]), "aws: ok\n");
        stage.takes(&python, Some("python/requests_oauthlib_client.py"), &[], &["aws"]);
    }
}

#[test]
fn amazons_verifier_with_its_own_host_name_cannot_tell() {
    let Some(node) = node() else { return };
    let issuer = format!("https://cognito-idp.eu-west-1.amazonaws.com/{POOL}");
    let stage = Stage::configured("aws", &format!("[jwt]\nissuer = \"{issuer}\"\n"));
    assert_eq!(stage.run(&node, Some("node/aws-jwt-verify.mjs"), &["aws", &issuer]), "aws: ok\n");
}
