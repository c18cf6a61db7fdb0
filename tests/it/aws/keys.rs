//! API keys behind API Gateway's REST API: one word for all that is wrong with a key, and limits without a hint.

use super::shown;
use crate::lab::{Answer, Lab, PATH, Server, text};

fn serve(lab: &Lab) -> Server {
    Server::start(lab, &["--mode", "apikey", "--profile", "aws"])
}

fn call(server: &Server, key: &str) -> Answer {
    server.call(&[("x-api-key", key)])
}

#[test]
fn a_right_key_gets_the_integrations_answer() {
    let lab = Lab::new();
    let server = serve(&lab);
    let made = lab.effective(&["key", "add", "partner"]);
    insta::assert_snapshot!(shown(&call(&server, text(&made, "key")), &server), @r#"
    200
    content-type: application/json
    x-amz-apigw-id: ID=
    x-amzn-requestid: UUID

    {"message": "hello world!"}
    "#);
}

#[test]
fn all_that_is_wrong_with_a_key_is_forbidden() {
    let lab = Lab::new();
    lab.configure("[scopes]\nother = \"Another\"\n");
    let server = serve(&lab);
    let key = |name: &str, options: &[&str]| {
        let made = lab.json(&[&["key", "add", name], options].concat());
        text(&made, "key").to_owned()
    };
    let (revoked, disabled, rotated) = (key("revoked", &[]), key("disabled", &[]), key("rotated", &[]));
    let ended = key("ended", &["--expires", "1s"]);
    let (elsewhere, less) = (key("elsewhere", &["--allow", "192.0.2.0/24"]), key("less", &["--scope", "other"]));
    lab.json(&["key", "revoke", "revoked"]);
    lab.json(&["key", "disable", "disabled"]);
    lab.json(&["key", "rotate", "rotated"]);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    for (key, reason) in [
        ("", "credential_malformed"),
        ("no key", "credential_malformed"),
        (&*rotated, "credential_unknown"),
        (&*disabled, "disabled"),
        (&*revoked, "revoked"),
        (&*ended, "expired"),
        (&*elsewhere, "address_denied"),
        (&*less, "scope_insufficient"),
    ] {
        let refused = call(&server, key);
        insta::allow_duplicates! {
            insta::assert_snapshot!(shown(&refused, &server), @r#"
            403
            content-type: application/json
            x-amz-apigw-id: ID=
            x-amzn-errortype: ForbiddenException
            x-amzn-requestid: UUID

            {"message":"Forbidden"}
            "#);
        }
        let counted =
            server.metric(&format!("authbench_decisions_total{{mode=\"apikey\",outcome=\"refused\",reason=\"{reason}\"}}"));
        assert!(counted > 0, "{reason} was not counted");
    }
    let missing = shown(&server.call(&[]), &server);
    let twice = shown(&server.call(&[("x-api-key", &disabled), ("x-api-key", &disabled)]), &server);
    assert_eq!([&missing, &twice], [&shown(&call(&server, "no key"), &server); 2]);
}

#[test]
fn a_route_that_is_not_there_asks_for_a_token() {
    let lab = Lab::new();
    let server = serve(&lab);
    for (method, path) in [("GET", "/nothing"), ("POST", PATH)] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(shown(&server.line(None).send(method, path, &[], b"").unwrap(), &server), @r#"
            403
            content-type: application/json
            x-amz-apigw-id: ID=
            x-amzn-errortype: MissingAuthenticationTokenException
            x-amzn-requestid: UUID

            {"message":"Missing Authentication Token"}
            "#);
        }
    }
}

#[test]
fn a_usage_plan_throttles_without_saying_for_how_long() {
    let lab = Lab::new();
    lab.configure("[plans.small]\nrate = 1\nburst = 1\n");
    let server = serve(&lab);
    let made = lab.effective(&["key", "add", "partner", "--plan", "small"]);
    let mut line = server.line(None);
    let mut ask = || line.get(PATH, &[("x-api-key", text(&made, "key"))]).unwrap();
    let answers = [ask(), ask(), ask()];
    let throttled = answers.iter().find(|answer| answer.status == 429).unwrap();
    insta::assert_snapshot!(shown(throttled, &server), @r#"
    429
    content-type: application/json
    x-amz-apigw-id: ID=
    x-amzn-errortype: TooManyRequestsException
    x-amzn-requestid: UUID

    {"message":"Too Many Requests"}
    "#);
}

#[test]
fn a_quota_that_is_used_up_is_another_429_that_does_not_say_until_when() {
    let lab = Lab::new();
    lab.configure("[plans.small]\nrate = 100\nburst = 100\nquota = { requests = 2, per = \"month\" }\n");
    let server = serve(&lab);
    let made = lab.effective(&["key", "add", "partner", "--plan", "small"]);
    let mut line = server.line(None);
    let mut ask = || line.get(PATH, &[("x-api-key", text(&made, "key"))]).unwrap();
    assert_eq!([ask().status, ask().status], [200, 200]);
    insta::assert_snapshot!(shown(&ask(), &server), @r#"
    429
    content-type: application/json
    x-amz-apigw-id: ID=
    x-amzn-errortype: LimitExceededException
    x-amzn-requestid: UUID

    {"message":"Limit Exceeded"}
    "#);
}

#[test]
fn who_guesses_is_told_nothing_and_the_right_key_passes() {
    let lab = Lab::new();
    lab.configure("[guessing]\nfailures = 2\n");
    let server = serve(&lab);
    let old = lab.json(&["key", "add", "partner"]);
    let new = lab.effective(&["key", "rotate", "partner"]);
    let answers: Vec<_> = (0..6).map(|_| shown(&call(&server, text(&old, "key")), &server)).collect();
    assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    assert!(server.metric("authbench_decisions_total{mode=\"apikey\",outcome=\"refused\",reason=\"guessing\"}") > 0);
    assert_eq!(call(&server, text(&new, "key")).status, 200);
}

#[test]
fn an_http_api_knows_no_keys() {
    let lab = Lab::new();
    lab.configure("profile = \"aws\"\n[aws]\napi = \"http\"\n");
    let ended = lab.run(&["--mode", "apikey", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    insta::assert_snapshot!(ended.stderr, @r#"
    authbench: aws.api is "http", and an HTTP API of API Gateway knows no API keys
      mend: write "rest", or choose another mode
    "#);
}
