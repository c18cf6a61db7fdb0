//! The `aws` profile, to the letter of what Cognito and API Gateway answer.

mod keys;

use authbench::{caller, secret::Secret};

use crate::lab::{Answer, Client, GRANT, Lab, PATH, Server, TOKEN, basic, claims, header};

const POOL: &str = "/eu-west-1_Example01";

/// Status, headers and body of an answer, with what differs from run to run replaced. The ids are checked for their form.
fn shown(answer: &Answer, server: &Server) -> String {
    let mut headers: Vec<String> = Vec::new();
    for (name, value) in &answer.headers {
        match name.as_str() {
            "date" | "content-length" => {}
            "x-amzn-requestid" | "x-amz-cognito-request-id" => {
                let lengths: Vec<_> = value.split('-').map(str::len).collect();
                assert_eq!(lengths, [8, 4, 4, 4, 12], "{name} is a UUID: {value}");
                headers.push(format!("{name}: UUID"));
            }
            "x-amz-apigw-id" | "apigw-requestid" => {
                assert!(value.len() == 16 && value.ends_with('='), "{name}: {value}");
                headers.push(format!("{name}: ID="));
            }
            _ => headers.push(format!("{name}: {value}")),
        }
    }
    headers.sort();
    let shown = format!("{}\n{}\n\n{}", answer.status, headers.join("\n"), answer.body);
    shown.replace(&server.port.to_string(), "PORT")
}

fn serve(lab: &Lab) -> Server {
    Server::start(lab, &["--mode", "jwt", "--profile", "aws"])
}

/// `Basic` for a client that was just added.
fn client(lab: &Lab, options: &[&str]) -> String {
    Client::new(lab, "3rd-party", options).basic()
}

fn post(server: &Server, basic: &str, form: &str) -> Answer {
    server.line(None).post(TOKEN, &[("authorization", basic)], form).unwrap()
}

fn token(server: &Server, basic: &str) -> String {
    post(server, basic, GRANT).access_token()
}

fn call(server: &Server, token: &str) -> Answer {
    server.line(None).call(token)
}

#[test]
fn basic_is_what_amazon_says_it_is() {
    let request = caller::token::request("djc98u3jiedmi283eu928", &Secret::new("abcdef01234567890"), &[]).unwrap();
    assert_eq!(request.headers()["authorization"], "Basic ZGpjOTh1M2ppZWRtaTI4M2V1OTI4OmFiY2RlZjAxMjM0NTY3ODkw");
}

#[test]
fn a_token_is_three_members_and_cognitos_claims() {
    let lab = Lab::new();
    let server = serve(&lab);
    let basic = client(&lab, &[]);
    let answer = post(&server, &basic, GRANT);
    let token = answer.access_token();
    insta::assert_snapshot!(shown(&answer, &server).replace(&token, "TOKEN"), @r#"
    200
    cache-control: no-store
    content-type: application/json;charset=UTF-8
    pragma: no-cache
    x-amz-cognito-request-id: UUID

    {"access_token":"TOKEN","expires_in":86400,"token_type":"Bearer"}
    "#);
    let (header, claims) = (header(&token), claims(&token));
    let members: Vec<_> = header.as_object().unwrap().keys().cloned().collect();
    assert_eq!((members, &header["alg"]), (vec!["alg".to_owned(), "kid".to_owned()], &"RS256".into()));
    let members: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    let documented = ["auth_time", "client_id", "exp", "iat", "iss", "jti", "scope", "sub", "token_use", "version"];
    assert_eq!(members, documented, "no `aud`, no `username`");
    let url = format!("https://localhost:{}", server.port);
    assert_eq!(claims["iss"], format!("{url}{POOL}"));
    assert_eq!(claims["scope"], format!("{url}/test/hello-world"));
    assert_eq!((&claims["token_use"], &claims["version"]), (&"access".into(), &2.into()));
    assert_eq!((&claims["sub"], &claims["auth_time"]), (&claims["client_id"], &claims["iat"]));
    insta::assert_snapshot!(shown(&call(&server, &token), &server), @r#"
    200
    content-type: application/json
    x-amz-apigw-id: ID=
    x-amzn-requestid: UUID

    {"message": "hello world!"}
    "#);
}

#[test]
fn the_token_endpoint_refuses_in_one_word() {
    let lab = Lab::new();
    let server = serve(&lab);
    let right = client(&lab, &[]);
    insta::assert_snapshot!(shown(&post(&server, &basic("nobody", "nothing"), GRANT), &server), @r#"
    400
    cache-control: no-store
    content-type: application/json;charset=UTF-8
    pragma: no-cache
    x-amz-cognito-request-id: UUID

    {"error":"invalid_client"}
    "#);
    let rows = [
        (&*right, "", r#"{"error":"invalid_request"}"#),
        (&right, "grant_type=client_credentials&grant_type=client_credentials", r#"{"error":"invalid_request"}"#),
        (&right, "grant_type=password", r#"{"error":"unsupported_grant_type"}"#),
        (&right, "grant_type=client_credentials&scope=hello-world", r#"{"error":"invalid_scope"}"#),
        (&right, "grant_type=client_credentials&client_secret=x", r#"{"error":"invalid_request"}"#),
        ("Basic bm8tY29sb24=", GRANT, r#"{"error":"invalid_client"}"#),
        ("Bearer x", GRANT, r#"{"error":"invalid_client"}"#),
        (
            "Basic",
            "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=a.b.c",
            r#"{"error":"invalid_client"}"#,
        ),
    ];
    for (basic, form, body) in rows {
        let answer = post(&server, basic, form);
        assert_eq!((answer.status, &*answer.body, answer.header("www-authenticate")), (400, body, None), "{basic} {form}");
    }
    let get = server.line(None).get(TOKEN, &[]).unwrap();
    assert_eq!((get.status, get.header("allow")), (405, Some("POST")));
}

#[test]
fn an_access_token_is_not_revoked_and_goes_on() {
    let lab = Lab::new();
    let server = serve(&lab);
    let basic_of = client(&lab, &[]);
    let token = token(&server, &basic_of);
    let revoke = |basic: &str, form: &str| {
        let answer = server.line(None).post("/oauth2/revoke", &[("authorization", basic)], form).unwrap();
        shown(&answer, &server)
    };
    insta::assert_snapshot!(revoke(&basic_of, &format!("token={token}")), @r#"
    400
    cache-control: no-store
    content-type: application/json;charset=UTF-8
    pragma: no-cache
    x-amz-cognito-request-id: UUID

    {"error":"unsupported_token_type"}
    "#);
    insta::assert_snapshot!(revoke(&basic_of, "token=of-nobody"), @"
    200
    cache-control: no-store
    pragma: no-cache
    x-amz-cognito-request-id: UUID
    ");
    insta::assert_snapshot!(revoke(&basic("nobody", "nothing"), &format!("token={token}")), @r#"
    401
    cache-control: no-store
    content-type: application/json;charset=UTF-8
    pragma: no-cache
    x-amz-cognito-request-id: UUID

    {"error":"invalid_client"}
    "#);
    insta::assert_snapshot!(revoke(&basic_of, "").lines().last().unwrap(), @r#"{"error":"invalid_request"}"#);
    lab.effective(&["client", "remove", "3rd-party"]);
    assert_eq!(call(&server, &token).status, 200, "the gateway asks nobody");
    let introspected = server.line(None).post("/oauth2/introspect", &[("authorization", &basic_of)], "token=x").unwrap();
    assert_eq!(introspected.status, 404);
}

#[test]
fn inspect_judges_as_the_servers_of_the_profile_that_is_named() {
    let lab = Lab::new();
    let server = serve(&lab);
    let token = token(&server, &client(&lab, &[]));
    let inspect = |more: &[&str]| {
        let arguments = [&["token", "inspect", "-", "--url", &server.url], more].concat();
        lab.json_with_input(&arguments, &token)
    };
    assert_eq!(inspect(&["--profile", "aws"])["accepted"], true);
    assert_eq!(inspect(&[])["reason"], "issuer_mismatch", "the configuration says `standard`, where `iss` has no path");
}

#[test]
fn a_scope_of_nobody_is_refused_or_ignored_as_the_setting_says() {
    let lab = Lab::new();
    lab.configure("[aws]\nunknown_scope = \"ignore\"\n");
    let server = serve(&lab);
    let basic = client(&lab, &[]);
    let answer = post(&server, &basic, "grant_type=client_credentials&scope=https%3A%2F%2Felsewhere%2Fread");
    assert_eq!(answer.status, 200, "{}", answer.body);
    let token = answer.access_token();
    assert_eq!(call(&server, &token).status, 403, "a token without scope");
}

#[test]
fn a_rest_api_has_one_word_for_all_that_is_wrong() {
    let lab = Lab::new();
    let server = serve(&lab);
    insta::assert_snapshot!(shown(&server.call(&[]), &server), @r#"
    401
    content-type: application/json
    x-amz-apigw-id: ID=
    x-amzn-errortype: UnauthorizedException
    x-amzn-requestid: UUID

    {"message":"Unauthorized"}
    "#);
    let right = token(&server, &client(&lab, &[]));
    for wrong in ["a.b.c", &right[..right.len() - 8], "", &format!("{right}.x")] {
        assert_eq!(call(&server, wrong).body, r#"{"message":"Unauthorized"}"#, "{wrong}");
    }
    for (path, method) in [("/nothing", "GET"), ("/", "GET"), (PATH, "POST")] {
        let mut line = server.line(None);
        let answer = if method == "GET" { line.get(path, &[]) } else { line.post(path, &[], "") };
        insta::allow_duplicates! {
            insta::assert_snapshot!(shown(&answer.unwrap(), &server), @r#"
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
fn a_rest_api_throttles_without_saying_for_how_long() {
    let lab = Lab::new();
    lab.configure("[plans.small]\nrate = 1\nburst = 1\n");
    let server = serve(&lab);
    let token = token(&server, &client(&lab, &["--plan", "small"]));
    let mut line = server.line(None);
    let mut ask = || line.call(&token);
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
fn a_scope_that_is_not_covered_is_forbidden_or_unauthorized_as_the_setting_says() {
    let answers = ["403", "401"].map(|setting| {
        let lab = Lab::new();
        lab.configure(&format!("[scopes]\nother = \"Another\"\n[aws]\nscope_refusal = \"{setting}\"\n"));
        let server = serve(&lab);
        let token = token(&server, &client(&lab, &["--scope", "other"]));
        shown(&call(&server, &token), &server)
    });
    insta::assert_snapshot!(answers[0], @r#"
    403
    content-type: application/json
    x-amz-apigw-id: ID=
    x-amzn-errortype: ForbiddenException
    x-amzn-requestid: UUID

    {"message":"Forbidden"}
    "#);
    insta::assert_snapshot!(answers[1], @r#"
    401
    content-type: application/json
    x-amz-apigw-id: ID=
    x-amzn-errortype: UnauthorizedException
    x-amzn-requestid: UUID

    {"message":"Unauthorized"}
    "#);
}

#[test]
fn an_http_api_has_a_challenge_and_one_id() {
    let lab = Lab::new();
    lab.configure("[scopes]\nother = \"Another\"\n[aws]\napi = \"http\"\n");
    let server = serve(&lab);
    insta::assert_snapshot!(shown(&call(&server, "a.b.c"), &server), @r#"
    401
    apigw-requestid: ID=
    content-type: application/json
    www-authenticate: Bearer scope="" error="invalid_token" error_description="The credential cannot be read."

    {"message":"Unauthorized"}
    "#);
    let token = token(&server, &client(&lab, &["--scope", "other"]));
    insta::assert_snapshot!(shown(&call(&server, &token), &server), @r#"
    403
    apigw-requestid: ID=
    content-type: application/json

    {"message":"Forbidden"}
    "#);
    insta::assert_snapshot!(shown(&server.line(None).get("/nothing", &[]).unwrap(), &server), @r#"
    404
    apigw-requestid: ID=
    content-type: application/json

    {"message":"Not Found"}
    "#);
}

#[test]
fn what_cognito_would_not_take_is_refused_at_start() {
    let lab = Lab::new();
    for (toml, key) in [
        ("profile = \"aws\"\n[jwt]\ntoken_ttl = \"299s\"\n", "jwt.token_ttl"),
        ("profile = \"aws\"\n[jwt]\ntoken_ttl = \"25h\"\n", "jwt.token_ttl"),
        ("[aws]\npool_id = \"us-east-1_Abc\"\n", "aws.pool_id"),
        ("[aws]\npool_id = \"eu-west-1_\"\n", "aws.pool_id"),
        ("[aws]\npool_id = \"eu-west-1_../x\"\n", "aws.pool_id"),
        ("[aws]\nregion = \"Mars\"\n", "aws.region"),
        ("[aws]\napi = \"soap\"\n", "aws.api"),
    ] {
        lab.configure(toml);
        let ended = lab.run(&["config", "check"]);
        assert_eq!(ended.code, 2, "{toml}");
        assert!(ended.stderr.contains(key) && ended.stderr.contains("mend:"), "{toml}: {}", ended.stderr);
    }
    let lab = Lab::new();
    lab.configure("[jwt]\ntoken_ttl = \"1s\"\n");
    assert_eq!(lab.run(&["--mode", "jwt", "--profile", "aws", "--listen", "127.0.0.1:0"]).code, 2);
}

#[test]
fn a_pool_gives_150_tokens_a_second_to_all_clients_together() {
    let lab = Lab::new();
    let server = serve(&lab);
    let basic = client(&lab, &[]);
    let mut line = server.line(None);
    let mut ask = || line.post(TOKEN, &[("authorization", &basic)], GRANT).unwrap().status;
    let granted = (0..3000).take_while(|_| ask() == 200).count();
    assert!((150..3000).contains(&granted), "{granted} tokens without a pause");
}
