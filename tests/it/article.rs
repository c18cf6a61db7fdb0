//! The article's flow with the article's tools: the commands as it prints them, with host and CA changed only.

use std::fmt::Write as _;

use authbench::wire::HELLO_BODY;

use crate::lab::{Lab, shell, text, tool};

#[test]
fn the_articles_two_commands_work_as_printed() {
    let Some(_) = tool("curl") else { return };
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let client = lab.effective(&["client", "add", "3rd-party"]);
    let (id, secret, port) = (text(&client, "client_id"), text(&client, "client_secret"), server.port);

    let got = shell(
        &format!(
            r#"curl -sS -X POST --location "https://localhost:{port}/oauth2/token" \
-H "Authorization: Basic $(echo -n '{id}:{secret}' | base64)" \
-H "Content-Type: application/x-www-form-urlencoded" \
-d "grant_type=client_credentials&scope=https%3A%2F%2Flocalhost%3A{port}%2Ftest%2Fhello-world""#
        ),
        &server.ca,
    );
    assert_eq!(got.code, 0, "{}", got.stderr);
    let token: serde_json::Value = serde_json::from_str(&got.stdout).unwrap();
    assert_eq!((&token["expires_in"], &token["token_type"]), (&86400.into(), &"Bearer".into()));

    let access_token = text(&token, "access_token");
    let called = shell(
        &format!(
            r#"curl -sS -X GET --location "https://localhost:{port}/test/hello-world" \
-H "Authorization: Bearer {access_token}""#
        ),
        &server.ca,
    );
    assert_eq!(called.stdout, HELLO_BODY, "{}", called.stderr);
    let records = server.all_records();
    assert!(records.contains("3rd-party"), "no record of the caller: {records}");
    assert!(!records.contains(secret) && !records.contains(access_token), "a secret in the records");
}

#[test]
fn the_short_form_with_curls_own_basic_works_too() {
    let Some(_) = tool("curl") else { return };
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let client = lab.effective(&["client", "add", "3rd-party"]);
    let (id, secret, url) = (text(&client, "client_id"), text(&client, "client_secret"), &server.url);
    let got = shell(&format!("curl -sS -u '{id}:{secret}' -d grant_type=client_credentials {url}/oauth2/token"), &server.ca);
    let token: serde_json::Value = serde_json::from_str(&got.stdout).unwrap_or_else(|_| panic!("{got:?}"));
    let bearer = text(&token, "access_token");
    let called = shell(&format!("curl -sS -H 'Authorization: Bearer {bearer}' {url}/test/hello-world"), &server.ca);
    assert_eq!(called.stdout, HELLO_BODY);
}

#[test]
fn without_a_token_the_article_gets_401_with_a_bare_challenge() {
    let Some(_) = tool("curl") else { return };
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let answer = shell(&format!("curl -sS -i --http1.1 {}/test/hello-world", server.url), &server.ca).stdout;
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    let challenge = answer.lines().find(|line| line.starts_with("www-authenticate:")).unwrap_or_default();
    assert!(challenge.contains("Bearer realm=\"") && !challenge.contains("error"), "{answer}");
    assert!(answer.contains(r#""reason":"credential_missing""#), "{answer}");
}

#[test]
fn mutual_tls_with_curl() {
    let Some(_) = tool("curl") else { return };
    let lab = Lab::new();
    let server = lab.serve("mtls");
    let issued = lab.effective(&["cert", "issue", "partner"]);
    let (chain, key, url) = (text(&issued, "chain"), text(&issued, "key"), &server.url);
    let answer = shell(&format!("curl -sS --cert {chain} --key {key} {url}/test/hello-world"), &server.ca);
    assert_eq!(answer.stdout, HELLO_BODY, "{}", answer.stderr);
    let refused = shell(&format!("curl -sS {url}/test/hello-world"), &server.ca);
    assert_ne!(refused.code, 0, "served without a certificate");
    assert_eq!(refused.stdout, "");
}

#[test]
fn mutual_tls_with_openssl() {
    let Some(_) = tool("openssl") else { return };
    let lab = Lab::new();
    let server = lab.serve("mtls");
    let issued = lab.effective(&["cert", "issue", "partner"]);
    let (cert, chain, key, ca) = (text(&issued, "cert"), text(&issued, "chain"), text(&issued, "key"), server.ca.display());
    for version in ["-tls1_2", "-tls1_3"] {
        let mut command = format!(
            "printf 'GET /test/hello-world HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' | \
             openssl s_client -quiet {version} -connect localhost:{} -servername localhost -CAfile {ca} -verify_return_error",
            server.port
        );
        let without = shell(&command, &server.ca);
        assert!(!without.stdout.contains("hello world"), "{version}: served without a certificate");
        assert!(without.stderr.contains("alert"), "{version}: {}", without.stderr);
        let _ = write!(command, " -cert {cert} -key {key} -cert_chain {chain}");
        let answer = shell(&command, &server.ca);
        assert!(answer.stdout.ends_with(HELLO_BODY), "{version}: {answer:?}");
    }
}

#[test]
fn an_api_key_with_curl() {
    let Some(_) = tool("curl") else { return };
    let lab = Lab::new();
    let server = lab.serve("apikey");
    let made = lab.effective(&["key", "add", "partner"]);
    let (key, url) = (text(&made, "key"), &server.url);
    let answer = shell(&format!("curl -sS -H 'x-api-key: {key}' {url}/test/hello-world"), &server.ca);
    assert_eq!(answer.stdout, HELLO_BODY, "{}", answer.stderr);
    for (header, reason) in [
        ("x-no: x".to_owned(), "credential_missing"),
        ("x-api-key: nonsense".to_owned(), "credential_malformed"),
        (format!("x-api-key: {key}x"), "credential_malformed"),
        (format!("x-api-key: {key}' -H 'x-api-key: {key}"), "credential_ambiguous"),
    ] {
        let refused = shell(&format!("curl -sS -H '{header}' {url}/test/hello-world"), &server.ca).stdout;
        assert!(refused.contains(&format!(r#""reason":"{reason}""#)), "{header}: {refused}");
    }
    let in_query = shell(&format!("curl -sS '{url}/test/hello-world?x-api-key={key}'"), &server.ca).stdout;
    assert!(in_query.contains(r#""reason":"credential_missing""#), "{in_query}");
}
