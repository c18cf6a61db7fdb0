//! Every verb that changes a credential leaves its line, and no other verb leaves one.

use super::{assert_whole, changes, events};
use crate::lab::{Client, Lab, text};

/// Runs a command and gives the lines that it left, as `event thing name`.
fn left(lab: &Lab, arguments: &[&str], input: &str) -> String {
    let before = changes(lab).len();
    let ended = lab.run_with_input(arguments, input);
    assert_eq!(ended.code, 0, "{arguments:?}: {}", ended.stderr);
    let all = changes(lab);
    let word = |line: &serde_json::Value, member: &str| line[member].as_str().unwrap_or("-").to_owned();
    let one = |line: &serde_json::Value| {
        assert_eq!(line["who"]["uid"], rustix::process::getuid().as_raw());
        assert!(text(&line["who"], "command").starts_with(&arguments.join(" ")), "{line}");
        format!("{} {} {}", word(line, "event"), word(line, "thing"), word(line, "name"))
    };
    all[before..].iter().map(one).collect::<Vec<_>>().join(", ")
}

const JWKS: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"k1","alg":"ES256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

#[test]
fn every_change_of_a_client_or_a_key_leaves_its_line() {
    let lab = Lab::new();
    lab.file("names", "many-1\nmany-2\n");
    lab.file("jwks", JWKS);
    let cases: &[(&[&str], &str, &str)] = &[
        (&["client", "add", "c1"], "", "client_added client c1"),
        (&["client", "add", "signer", "--jwks", "jwks"], "", "client_added client signer"),
        (&["client", "add-many", "names"], "", "client_added client many-1, client_added client many-2"),
        (&["client", "import", "old", "--client-id", "elsewhere"], "0123456789abcdefghij\n", "client_added client old"),
        (&["client", "rotate", "c1"], "", "secret_rotated client c1"),
        (&["client", "rotate", "signer", "--jwks", "jwks"], "", "client_keys_replaced client signer"),
        (&["client", "disable", "c1"], "", "client_disabled client c1"),
        (&["client", "disable", "c1"], "", ""),
        (&["client", "enable", "c1"], "", "client_enabled client c1"),
        (&["client", "remove", "c1"], "", "client_removed client c1"),
        (&["client", "list"], "", ""),
        (&["client", "show", "old"], "", ""),
        (&["client", "usage"], "", ""),
        (&["key", "add", "k1"], "", "key_added key k1"),
        (&["key", "add-many", "names"], "", "key_added key many-1, key_added key many-2"),
        (&["key", "import", "gateway", "--profile", "aws"], "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF\n", "key_added key gateway"),
        (&["key", "rotate", "k1", "--overlap", "1h"], "", "secret_rotated key k1"),
        (&["key", "disable", "k1"], "", "key_disabled key k1"),
        (&["key", "enable", "k1"], "", "key_enabled key k1"),
        (&["key", "revoke", "k1"], "", "key_revoked key k1"),
        (&["key", "revoke", "k1"], "", ""),
        (&["key", "list"], "", ""),
        (&["key", "usage"], "", ""),
        (&["key", "scan", "names"], "", ""),
        (&["token", "revoke", "some-jti"], "", "token_revoked token -"),
        (&["token", "revoke", "some-jti"], "", "token_revoked token -"),
        (&["config", "show"], "", ""),
    ];
    for (arguments, input, expected) in cases {
        let told = left(&lab, arguments, input);
        // The second revocation of a token whose end nobody knows prolongs the first.
        assert_eq!(told, *expected, "{arguments:?}");
    }
    assert_whole(&lab);
}

#[test]
fn every_change_of_a_certificate_or_a_ca_leaves_its_line() {
    let lab = Lab::new();
    let (server, client) = ("authbench development server CA", "authbench development client CA");
    assert_eq!(
        left(&lab, &["cert", "init"], ""),
        format!("ca_made server_ca {server}, ca_made client_ca {client}, server_certificate_made server_certificate -")
    );
    lab.file("passphrase", "correct horse battery staple\n");
    let signed = format!("list_signed list {client}");
    let cases: &[(&[&str], &str)] = &[
        (&["cert", "issue", "web"], "certificate_issued certificate web"),
        (&["cert", "renew", "web"], "certificate_renewed certificate web"),
        (
            &["cert", "export", "web", "--p12", "web.p12", "--passphrase-file", "passphrase"],
            "certificate_exported certificate web",
        ),
        (
            &["cert", "revoke", "web"],
            &format!("certificate_revoked certificate web, certificate_revoked certificate web, {signed}"),
        ),
        (&["cert", "crl"], &signed),
        (&["cert", "server"], "server_certificate_made server_certificate -"),
        (&["cert", "list"], ""),
        (&["cert", "show", "web"], ""),
        (&["cert", "usage"], ""),
        (&["cert", "ca", "list"], ""),
        (&["cert", "ca", "rotate"], &format!("ca_rotated client_ca {client} 2")),
        (&["cert", "ca", "retire", "1"], &format!("ca_retired client_ca {client}")),
    ];
    for (arguments, expected) in cases {
        assert_eq!(left(&lab, arguments, ""), *expected, "{arguments:?}");
    }
    assert_whole(&lab);
}

#[test]
fn signing_keys_and_what_a_request_revokes_leave_their_lines() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let client = Client::new(&lab, "partner", &[]);
    let token = client.token(&mut server.line(None));
    let answer = client.post(&mut server.line(None), "/oauth2/revoke", &format!("token={token}"));
    assert_eq!(answer.status, 200);
    let again = client.post(&mut server.line(None), "/oauth2/revoke", &format!("token={token}"));
    assert_eq!(again.status, 200);
    let kid = text(&lab.json(&["signing-key", "rotate", "--wait", "0s"]), "kid").to_owned();
    let first = changes(&lab).iter().find(|line| line["event"] == "signing_key_made").map(|line| text(line, "id").to_owned());
    lab.json(&["signing-key", "retire", &first.unwrap()]);
    assert!(server.terminate().success());
    let all = changes(&lab);
    let of_keys: Vec<_> = all.iter().filter(|line| line["thing"] == "signing_key").cloned().collect();
    assert_eq!(events(&of_keys), ["signing_key_made", "signing_key_made", "signing_key_retired"]);
    assert_eq!(text(&of_keys[1], "id"), kid);
    let revoked: Vec<_> = all.iter().filter(|line| line["event"] == "token_revoked").collect();
    assert_eq!(revoked.len(), 1, "what is revoked already is not revoked again");
    let who = (text(&revoked[0]["who"], "caller"), text(revoked[0], "address"), text(revoked[0], "request"));
    assert_eq!(who, (client.id.as_str(), "127.0.0.1", answer.header("x-request-id").unwrap_or_default()));
    assert_whole(&lab);
}

#[test]
fn who_became_another_user_is_told_and_cannot_forge_a_line() {
    let lab = Lab::new();
    let mut command = lab.command(&["key", "add", "partner"]);
    command.env("SUDO_USER", "ann\n{\"event\":\"forged\"}\u{202e}").env("SSH_CONNECTION", "192.0.2.7 50000 192.0.2.1 22");
    assert!(command.output().unwrap().status.success());
    let line = &changes(&lab)[0];
    assert_eq!((&line["who"]["ssh"], &line["who"]["sudo"]), (&"192.0.2.7".into(), &"ann\n{\"event\":\"forged\"}\u{202e}".into()));
    assert_whole(&lab);
}
