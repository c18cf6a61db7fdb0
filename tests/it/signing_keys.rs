//! Signing keys: published, then used, then retired, while servers run and nobody notices.

mod load;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    thread,
    time::{Duration, Instant},
};

use authbench::{
    algorithm::Algorithm,
    authn::jwt::{KeySet, jws::Compact},
    denial::Reason,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::lab::{Answer, Lab, Line, Server, WITHIN, text};

const PATH: &str = "/test/hello-world";
const JWKS: &str = "/.well-known/jwks.json";
/// A token names its issuer; servers on other ports must still be the same one.
const FIXED: &str = "[jwt]\nissuer = \"https://issuer.test\"\nidentifier = \"https://api.test/test\"\n";

/// The form of a client that was just made.
fn form(client: &Value) -> String {
    let (id, secret) = (text(client, "client_id"), text(client, "client_secret"));
    format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")
}

fn token(line: &mut Line, form: &str) -> String {
    let answer = line.post("/oauth2/token", &[], form).unwrap();
    let granted: Value = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"));
    text(&granted, "access_token").to_owned()
}

fn call(line: &mut Line, token: &str) -> Answer {
    line.get(PATH, &[("authorization", &format!("Bearer {token}"))]).unwrap()
}

fn header(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

fn kid(token: &str) -> String {
    text(&header(token), "kid").to_owned()
}

/// The `kid`s in the order in which they are published.
fn published(server: &Server) -> Vec<String> {
    let answer = server.line(None).get(JWKS, &[]).unwrap();
    let set: Value = serde_json::from_str(&answer.body).unwrap();
    set["keys"].as_array().unwrap().iter().map(|key| text(key, "kid").to_owned()).collect()
}

/// Asks again and again, for as long as a busy machine may take.
fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// State by `kid`, as `list` says it.
fn state(lab: &Lab, kid: &str) -> String {
    let listed = lab.json(&["signing-key", "list"]);
    let found = listed.as_array().unwrap().iter().find(|key| key["kid"] == kid);
    found.map_or_else(|| "unknown".into(), |key| text(key, "state").to_owned())
}

#[test]
fn a_rotation_is_published_then_used_and_old_tokens_go_on() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let form = form(&lab.effective(&["client", "add", "partner"]));
    let mut line = server.line(None);
    let old = token(&mut line, &form);
    assert_eq!(published(&server), [kid(&old)]);

    let next = lab.effective(&["signing-key", "rotate", "--wait", "4s"]);
    let fresh = text(&next, "kid").to_owned();
    assert_eq!(next["state"], "published");
    assert_eq!(published(&server), [kid(&old), fresh.clone()], "published before it signs, the signing one first");
    assert_eq!(kid(&token(&mut line, &form)), kid(&old), "not yet its turn");
    eventually("the next key signs", || kid(&token(&mut line, &form)) == fresh);
    let now = authbench::clock::rfc3339(authbench::clock::now());
    assert!(*now >= *text(&next, "signs").trim_end_matches('Z'), "{now} is before {next}");
    assert_eq!(published(&server), [fresh.clone(), kid(&old)]);
    let new = token(&mut line, &form);
    for theirs in [&old, &new] {
        assert_eq!(call(&mut line, theirs).outcome(), "allowed");
    }
    assert_eq!((&*state(&lab, &kid(&old)), &*state(&lab, &fresh)), ("verifies", "signs"));
}

#[test]
fn a_retired_key_takes_its_tokens_along_at_once_and_for_good() {
    let lab = Lab::new();
    lab.configure(FIXED);
    let server = lab.serve("jwt");
    let form = form(&lab.effective(&["client", "add", "partner"]));
    let mut line = server.line(None);
    let old = token(&mut line, &form);
    let fresh = lab.effective(&["signing-key", "rotate", "--wait", "0s"]);
    let new = token(&mut line, &form);
    assert_eq!(kid(&new), text(&fresh, "kid"));
    let file = |token: &str| lab.path("state/signing-keys").join(format!("{}.pem", kid(token)));
    assert_eq!(fs::metadata(file(&old)).unwrap().permissions().mode() & 0o777, 0o600);

    let retired = lab.json(&["signing-key", "retire", &kid(&old)]);
    let returned = Instant::now();
    assert_eq!((&retired["state"], &retired["kid"]), (&json!("retired"), &json!(kid(&old))));
    while returned.elapsed() < WITHIN * 3 {
        let began = returned.elapsed();
        // Not faster than the failure budget: its answer is another one.
        thread::sleep(Duration::from_millis(20));
        let seen = call(&mut line, &old).outcome();
        assert!(seen == "credential_unknown" || (seen == "allowed" && began < WITHIN), "{seen} {began:?} after the command");
    }
    assert_eq!(call(&mut line, &new).outcome(), "allowed", "the connection stays usable");
    assert_eq!(published(&server), [kid(&new)]);
    assert!(!file(&old).exists(), "the private side is gone");
    assert_eq!(lab.json_with_input(&["token", "inspect", "-", "--url", &server.url], &old)["reason"], "credential_unknown");

    server.kill();
    let again = lab.serve("jwt");
    let mut line = again.line(None);
    assert_eq!(call(&mut line, &old).outcome(), "credential_unknown");
    assert_eq!(call(&mut line, &new).outcome(), "allowed");
    assert_eq!(kid(&token(&mut line, &form)), kid(&new), "the key that signed goes on signing");
    assert_eq!(published(&again), [kid(&new)]);
}

#[test]
fn each_algorithm_issues_and_verifies_and_a_change_of_it_keeps_the_old_tokens() {
    let lab = Lab::new();
    let (mut tokens, mut client) = (Vec::new(), Value::Null);
    for (algorithm, member, shape) in [("RS256", "n", 512), ("EdDSA", "x", 43), ("ES256", "y", 43)] {
        lab.configure(&format!("{FIXED}algorithm = \"{algorithm}\"\n"));
        let server = lab.serve("jwt");
        if client.is_null() {
            client = lab.effective(&["client", "add", "partner"]);
        }
        let mut line = server.line(None);
        let fresh = token(&mut line, &form(&client));
        let header = header(&fresh);
        assert_eq!((&header["alg"], &header["typ"]), (&json!(algorithm), &json!("at+jwt")));
        let set: Value = serde_json::from_str(&line.get(JWKS, &[]).unwrap().body).unwrap();
        let key = &set["keys"][0];
        assert_eq!((&key["kid"], &key["alg"], &key["use"]), (&header["kid"], &json!(algorithm), &json!("sig")));
        assert_eq!(text(key, member).len(), shape, "{key}: 3072 bits are 384 octets are 512 characters");
        tokens.push(fresh);
        for token in &tokens {
            assert_eq!(call(&mut line, token).outcome(), "allowed", "{algorithm} signs now: {}", self::header(token));
        }
        let inspected = lab.json_with_input(&["token", "inspect", "-", "--url", &server.url], &tokens[0]);
        assert_eq!(inspected["accepted"], true, "{inspected}");
    }
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let lab = Lab::new();
    lab.configure(FIXED);
    let server = lab.serve("jwt");
    let form = form(&lab.effective(&["client", "add", "partner"]));
    let old = token(&mut server.line(None), &form);
    let next = lab.json(&["signing-key", "rotate", "--wait", "1h"]);
    let before = lab.json(&["signing-key", "list"]);
    server.kill();
    let again = lab.serve("jwt");
    let mut line = again.line(None);
    assert_eq!(published(&again), [&*kid(&old), text(&next, "kid")]);
    assert_eq!(call(&mut line, &old).outcome(), "allowed");
    assert_eq!(kid(&token(&mut line, &form)), kid(&old));
    assert_eq!(lab.json(&["signing-key", "list"]), before);
}

#[test]
fn an_old_key_retires_when_its_last_token_has_ended() {
    let lab = Lab::new();
    lab.configure("[jwt]\ntoken_ttl = \"1s\"\n");
    let server = lab.serve("jwt");
    let form = form(&lab.effective(&["client", "add", "partner"]));
    let mut line = server.line(None);
    let old = kid(&token(&mut line, &form));
    let fresh = lab.json(&["signing-key", "rotate", "--wait", "0s"]);
    eventually("the server retires it", || state(&lab, &old) == "retired");
    assert!(!lab.path("state/signing-keys").join(format!("{old}.pem")).exists());
    let retired = lab.json(&["signing-key", "list"]).as_array().unwrap().iter().find(|key| key["kid"] == old).cloned().unwrap();
    let (over, began) = (text(&retired, "retired"), text(&fresh, "signs"));
    let moment = |text: &str| humantime::parse_rfc3339(text).unwrap();
    assert!(
        moment(over).duration_since(moment(began)).unwrap() >= Duration::from_secs(1),
        "{over} is before its last token ended"
    );
    assert_eq!(kid(&token(&mut line, &form)), text(&fresh, "kid"));
}

#[test]
fn a_server_that_cannot_sign_says_so_and_makes_another_key() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let form = form(&lab.effective(&["client", "add", "partner"]));
    let mut line = server.line(None);
    let only = kid(&token(&mut line, &form));
    // For servers of the other profile this key is not the one that signs, so nothing stands in the way.
    lab.json(&["signing-key", "retire", &only, "--profile", "aws"]);
    let mut kids = Vec::new();
    eventually("another key signs", || {
        let answer = line.post("/oauth2/token", &[], &form).unwrap();
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        match answer.status {
            200 => kids.push(kid(text(&body, "access_token"))),
            status => assert_eq!((status, &body["error"]), (503, &json!("server_error")), "{answer:?}"),
        }
        kids.last().is_some_and(|last| *last != only)
    });
    let last = token(&mut line, &form);
    assert_eq!(call(&mut line, &last).outcome(), "allowed");
    assert!(server.records().contains("no key could sign"), "the operator is told");
}

#[test]
fn servers_that_share_a_state_share_its_keys() {
    let lab = Lab::new();
    lab.configure(FIXED);
    let servers = thread::scope(|scope| {
        let both = [scope.spawn(|| lab.serve("jwt")), scope.spawn(|| lab.serve("jwt"))];
        both.map(|server| server.join().unwrap())
    });
    assert_eq!(lab.json(&["signing-key", "list"]).as_array().map(Vec::len), Some(1), "a first start of two makes one key");
    let form = form(&lab.effective(&["client", "add", "partner"]));
    let mut lines = [servers[0].line(None), servers[1].line(None)];
    let old = token(&mut lines[0], &form);
    let fresh = lab.effective(&["signing-key", "rotate", "--wait", "0s"]);
    for at in [0, 1] {
        let new = token(&mut lines[at], &form);
        assert_eq!(kid(&new), text(&fresh, "kid"));
        assert_eq!(call(&mut lines[1 - at], &new).outcome(), "allowed", "the other one accepts it");
        assert_eq!(call(&mut lines[at], &old).outcome(), "allowed");
    }
    assert_eq!(published(&servers[0]), published(&servers[1]));
    lab.effective(&["signing-key", "retire", &kid(&old)]);
    assert_eq!(lines.each_mut().map(|line| call(line, &old).outcome()), ["credential_unknown", "credential_unknown"]);
}

#[test]
fn a_client_that_keeps_the_key_set_for_its_max_age_never_meets_an_unknown_key() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let form = form(&lab.effective(&["client", "add", "partner"]));
    let mut line = server.line(None);
    let fetched = |line: &mut Line| {
        let answer = line.get(JWKS, &[]).unwrap();
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        KeySet::from_jwks(&answer.body).unwrap()
    };
    let verified = |keys: &KeySet, token: &str| {
        Compact::parse(token).unwrap().verify(keys, Algorithm::ALL).map(drop).map_err(|denial| denial.reason)
    };
    assert!(authbench::config::Config::default().jwt.key_wait.0 >= authbench::wire::JWKS_MAX_AGE);
    let before = fetched(&mut line);
    let old = token(&mut line, &form);
    lab.effective(&["signing-key", "rotate", "--wait", "1s"]);
    let refreshed = fetched(&mut line);
    eventually("the next key signs", || kid(&token(&mut line, &form)) != kid(&old));
    let new = token(&mut line, &form);
    assert_eq!(verified(&before, &new), Err(Reason::CredentialUnknown), "who did not look meanwhile must look again");
    assert_eq!([verified(&refreshed, &old), verified(&refreshed, &new)], [Ok(()), Ok(())], "one look during the wait is enough");
    lab.effective(&["signing-key", "retire", &kid(&old)]);
    let last = fetched(&mut line);
    assert_eq!([verified(&last, &old), verified(&last, &new)], [Err(Reason::CredentialUnknown), Ok(())]);
}

#[test]
fn commands_work_without_a_server_and_say_what_mends() {
    let lab = Lab::new();
    assert_eq!(lab.json(&["signing-key", "list"]), json!([]));
    let made = lab.json(&["signing-key", "rotate", "--wait", "0s"]);
    let only = text(&made, "kid").to_owned();
    assert_eq!((&made["algorithm"], &made["state"], &made["key_file"]), (&json!("ES256"), &json!("signs"), &json!(true)));
    let again = lab.json(&["signing-key", "rotate"]);
    assert_eq!(lab.json(&["signing-key", "rotate", "--wait", "90d"]), again, "a rotation under way is not put off");
    for (arguments, said) in [
        (&["signing-key", "retire", &only] as &[_], "is the only one that can sign\n  mend: `authbench signing-key rotate`"),
        (&["signing-key", "retire", "nobody"], "there is no signing key `nobody`\n  mend: `authbench signing-key list`"),
        (&["signing-key", "retire", "-x"], "there is no signing key `-x`"),
        (&["signing-key", "rotate", "--algorithm", "HS256"], "`HS256` is not one of ES256, RS256, EdDSA"),
        (&["signing-key", "rotate", "--algorithm", "none"], "`none` is not one of ES256, RS256, EdDSA"),
        (&["signing-key", "rotate", "--wait", "soon"], "`soon` is no duration"),
        (
            &["signing-key", "rotate", "--profile", "aws", "--algorithm", "ES256"],
            "the `aws` profile signs with RS256 with 2048 bits only",
        ),
    ] {
        let ended = lab.run(arguments);
        assert_eq!((ended.code, &*ended.stdout), (2, ""), "{arguments:?}: {ended:?}");
        assert!(ended.stderr.contains(said), "{arguments:?}: {}", ended.stderr);
    }
    let listed = lab.json(&["signing-key", "list", "--profile", "aws"]);
    assert_eq!(listed.as_array().map(Vec::len), Some(2));
    let text = lab.run(&["signing-key", "list"]);
    assert!(text.stdout.trim_start().starts_with("KEY ID") && text.stdout.contains("published"), "{text:?}");
}

#[test]
fn cognito_shows_two_keys_and_goes_on_showing_them() {
    let lab = Lab::new();
    let aws = |arguments: &[&str]| lab.json(&[&["signing-key"], arguments, &["--profile", "aws"]].concat());
    let first = aws(&["rotate", "--wait", "0s"]);
    assert_eq!((&first["algorithm"], &first["rsa_bits"]), (&json!("RS256"), &json!(2048)));
    let states = |listed: Value| {
        let mut states: Vec<_> = listed.as_array().unwrap().iter().map(|key| text(key, "state").to_owned()).collect();
        states.sort();
        states.join(" ")
    };
    assert_eq!(states(aws(&["list"])), "signs spare");
    aws(&["rotate", "--wait", "1h"]);
    assert_eq!(states(aws(&["list"])), "published signs");
    aws(&["rotate", "--wait", "0s"]);
    aws(&["retire", text(&first, "kid")]);
    assert_eq!(states(aws(&["list"])), "retired signs spare");
}
