//! Other people's programs read the document, try the server by it, and open the pages.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::lab::{Client, Lab, Server, missing, text, tool};

/// A server with a caller, and what a program must be told to be that caller.
struct Stage {
    lab: Lab,
    server: Server,
    environment: Vec<(&'static str, String)>,
    /// The section of schemathesis' configuration.
    settings: String,
    /// Checks of schemathesis that this server does not pass, and should not.
    without: &'static [&'static str],
}

impl Stage {
    fn in_profile(mode: &str, profile: &str) -> Self {
        let lab = Lab::new();
        let server = Server::start(&lab, &["--mode", mode, "--profile", profile]);
        let (environment, mut settings) = match mode {
            "jwt" => {
                let client = Client::of(&lab.effective(&["client", "add", "partner"]));
                let token = client.token(&mut server.line(None));
                let Client { id, secret, .. } = client;
                let settings = format!(
                    "[auth.openapi.oauth2]\nbearer = \"{token}\"\n[auth.openapi.oauth2Client]\nusername = \"{id}\"\npassword = \"{secret}\"\n"
                );
                (vec![("CLIENT_ID", id), ("CLIENT_SECRET", secret)], settings)
            }
            "apikey" => {
                let key = text(&lab.effective(&["key", "add", "partner"]), "key").to_owned();
                let settings = format!("[auth.openapi.apiKey]\napi_key = \"{key}\"\n");
                (vec![("API_KEY", key)], settings)
            }
            "mtls" => {
                let issued = lab.effective(&["cert", "issue", "partner"]);
                let file = |member| lab.path(text(&issued, member)).display().to_string();
                (vec![("CERT", file("chain")), ("CERT_KEY", file("key"))], String::new())
            }
            _ => (Vec::new(), String::new()),
        };
        if (mode, profile) == ("jwt", "aws") {
            // Cognito answers 400 where RFC 6749 has 401.
            settings += "[[operations]]\ninclude-path = \"/oauth2/token\"\n\
                         checks.ignored_auth.enabled = false\nchecks.missing_required_header.enabled = false\n";
        }
        // To API Gateway another method is another path, so it has no 405.
        let without: &[_] = if profile == "aws" { &["--exclude-checks", "unsupported_method"] } else { &[] };
        Self { lab, server, environment, settings, without }
    }

    fn environment(&self, name: &str) -> Option<&str> {
        self.environment.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Runs schemathesis, all checks, with the document of a file against this server: whether it found nothing, and what it said.
    fn tried(&self, program: &Path, document: &Path) -> (bool, String) {
        let settings = self.lab.file("schemathesis.toml", &self.settings);
        let mut command = Command::new(program);
        command.current_dir(self.lab.path("")).arg("--config-file").arg(settings).arg("run").arg(document);
        command.args(["--url", &self.server.url, "--tls-verify"]).arg(&self.server.ca);
        command.args(["--max-examples", "20", "--generation-deterministic"]);
        command.args(["--no-color", "--warnings", "off"]).args(self.without);
        if let (Some(certificate), Some(key)) = (self.environment("CERT"), self.environment("CERT_KEY")) {
            command.args(["--request-cert", certificate, "--request-cert-key", key]);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        (output.status.success(), said)
    }

    fn document(&self) -> PathBuf {
        self.lab.file("openapi.json", &self.server.admin("/openapi.json"))
    }
}

#[test]
fn every_document_is_openapi() {
    let Some(validator) = tool("openapi-spec-validator") else { return };
    let lab = Lab::new();
    lab.configure("[mtls]\nclient_auth = \"optional\"\n[[resource_servers]]\nidentifier = \"https://b.example\"\nscopes = { read = \"R\" }\n");
    let pairs = ["open", "jwt", "mtls", "apikey"].iter().flat_map(|mode| ["standard", "aws"].map(|profile| (mode, profile)));
    let files = pairs.map(|(mode, profile)| {
        let document = lab.run(&["openapi", "--mode", mode, "--profile", profile]).stdout;
        lab.file(&format!("{mode}-{profile}.json"), &document)
    });
    let said = Command::new(&validator).args(["--schema", "3.1"]).args(files).output().unwrap();
    assert!(said.status.success(), "{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
    let broken = lab.file("broken.json", &lab.run(&["openapi"]).stdout.replace("\"responses\"", "\"answers\""));
    assert!(!Command::new(validator).arg(broken).output().unwrap().status.success(), "it is not asleep");
}

#[test]
fn schemathesis_finds_nothing_behind_any_lock() {
    let Some(schemathesis) = tool("schemathesis") else { return };
    for mode in ["open", "jwt", "mtls", "apikey"] {
        for profile in ["standard", "aws"] {
            let stage = Stage::in_profile(mode, profile);
            let (nothing, said) = stage.tried(&schemathesis, &stage.document());
            assert!(nothing && said.contains("Coverage"), "{mode} {profile}: {said}");
        }
    }
}

/// The document of a lock, and a server that has none: whoever does not see that sees nothing.
#[test]
fn schemathesis_notices_a_lock_that_is_not_there() {
    let Some(schemathesis) = tool("schemathesis") else { return };
    let open = Stage::in_profile("open", "standard");
    let document = open.lab.run(&["openapi", "--mode", "apikey"]).stdout;
    let document = open.lab.file("locked.json", &document);
    let (nothing, said) = open.tried(&schemathesis, &document);
    assert!(!nothing && said.contains("API accepts requests without authentication"), "{said}");
}

#[test]
fn a_browser_authorizes_calls_and_keeps_nothing() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let chromium = std::env::var_os("CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    let Some(node) = tool("node") else { return };
    for (what, path) in [("Chromium", Path::new(&chromium)), ("tests/browser/node_modules", &tests.join("node_modules"))] {
        if !path.exists() {
            return missing(what);
        }
    }
    for (mode, profile) in [("jwt", "standard"), ("apikey", "standard"), ("mtls", "standard"), ("apikey", "aws")] {
        let stage = Stage::in_profile(mode, profile);
        let mut command = Command::new(&node);
        command.arg(tests.join("docs.mjs")).args([&stage.server.url, &stage.server.admin]);
        command.envs(stage.environment.iter().map(|(name, value)| (name, value)));
        let said = command.output().unwrap();
        assert!(
            said.status.success(),
            "{mode} {profile}: {}{}",
            String::from_utf8_lossy(&said.stdout),
            String::from_utf8_lossy(&said.stderr)
        );
    }
}
