//! No secret gets into the log, whatever was done with it.

use std::fs;

use super::files;
use crate::lab::{Client, Lab, basic, text};

#[test]
fn no_secret_that_was_made_shown_guessed_or_refused_is_in_the_log() {
    let lab = Lab::new();
    let mut secrets = Vec::new();
    for arguments in [&["key", "add", "one"][..], &["key", "rotate", "one"], &["key", "add", "two", "--profile", "aws"]] {
        secrets.push(text(&lab.json(arguments), "key").to_owned());
    }
    let key = secrets[1].clone();
    secrets.push(key.rsplit('_').next().unwrap().to_owned());
    let client = Client::new(&lab, "partner", &[]);
    secrets.push(client.secret.clone());
    secrets.push(Client::of(&lab.json(&["client", "rotate", "partner"])).secret);
    let imported = "a-secret-from-elsewhere-0123";
    lab.run_with_input(&["client", "import", "old", "--client-id", "elsewhere"], imported);
    secrets.push(imported.into());
    let server = lab.serve("jwt");
    let old = Client { id: "elsewhere".into(), secret: imported.into() };
    let mut line = server.line(None);
    let token = old.token(&mut line);
    secrets.extend([token.clone(), token.rsplit('.').next().unwrap().to_owned()]);
    lab.json_with_input(&["token", "revoke", "-"], &token);
    // What is wrong is somebody's too, often by a slip only.
    let wrong = "a-secret-with-a-typo-in-it";
    line.post("/oauth2/token", &[("authorization", &basic("elsewhere", wrong))], "grant_type=client_credentials").unwrap();
    line.post("/oauth2/token", &[], &format!("grant_type=client_credentials&client_id=elsewhere&client_secret={wrong}")).unwrap();
    line.get(&format!("/test/hello-world?access_token={token}"), &[("authorization", &format!("Bearer {token}"))]).unwrap();
    line.get("/test/hello-world", &[("authorization", &format!("Bearer {wrong}"))]).unwrap();
    secrets.push(wrong.into());
    assert!(server.terminate().success());
    let server = lab.serve("apikey");
    for presented in [key.as_str(), &key.to_lowercase(), "ab_wrong_key"] {
        server.call(&[("x-api-key", presented)]);
    }
    server.line(None).get(&format!("/test/hello-world?x-api-key={key}"), &[]).unwrap();
    assert!(server.terminate().success());
    let all: String = files(&lab).iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(all.lines().count() > 12, "{all}");
    for secret in &secrets {
        assert!(!all.contains(secret.as_str()), "{secret} is in\n{all}");
    }
    let scanned = lab.json(&["key", "scan", "state/audit"]);
    assert_eq!(scanned["found"], serde_json::json!([]));
}
