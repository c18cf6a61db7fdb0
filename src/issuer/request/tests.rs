use base64::{Engine, engine::general_purpose::STANDARD};
use http::header::{AUTHORIZATION, CONTENT_TYPE};

use super::*;

fn read(basic: Option<&str>, body: &str) -> Result<(String, String), (ErrorCode, &'static str)> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8".parse().unwrap());
    if let Some(pair) = basic {
        headers.insert(AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair)).parse().unwrap());
    }
    let request = TokenRequest::read(&headers, &Uri::from_static("/oauth2/token"), body.as_bytes());
    let request = request.map_err(|refusal| (refusal.error, refusal.description()))?;
    request.check_grant_type().map_err(|refusal| (refusal.error, refusal.description()))?;
    Ok(match request.proof {
        Some(Proof::Secret { id, secret }) => (id, secret.expose().to_owned()),
        Some(Proof::Assertion { id, assertion }) => (id.unwrap_or_default(), assertion.expose().to_owned()),
        None => Default::default(),
    })
}

const GRANT: &str = "grant_type=client_credentials";
const TYPE: &str = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

#[test]
fn basic_and_post_name_the_same_client() {
    let right = Ok(("id".to_owned(), "a:b%c+d é".to_owned()));
    assert_eq!(read(Some("id:a%3Ab%25c%2Bd+%C3%A9"), GRANT), right);
    assert_eq!(read(None, &format!("{GRANT}&client_id=id&client_secret=a%3Ab%25c%2Bd+%C3%A9")), right);
    assert_eq!(read(Some("id:s"), &format!("{GRANT}&client_id=id&unknown=1&scope=")), Ok(("id".into(), "s".into())));
    assert_eq!(read(None, &format!("{GRANT}&client_id=id")), Ok(Default::default()), "no secret, no client");
}

#[test]
fn an_assertion_comes_with_its_type_and_perhaps_a_client_id() {
    assert_eq!(read(None, &format!("{GRANT}&{TYPE}&client_assertion=a.b.c")), Ok((String::new(), "a.b.c".into())));
    assert_eq!(read(None, &format!("{GRANT}&{TYPE}&client_assertion=a.b.c&client_id=id")), Ok(("id".into(), "a.b.c".into())));
}

#[test]
fn what_the_rfc_refuses_is_refused() {
    use ErrorCode::{InvalidClient, InvalidRequest, UnsupportedGrantType};
    let rows = [
        (Some("id:s"), format!("{GRANT}&client_secret=s"), InvalidRequest),
        (Some("id:s"), format!("{GRANT}&client_id=other"), InvalidRequest),
        (Some("id:s"), format!("{GRANT}&{GRANT}"), InvalidRequest),
        (Some("id:s"), format!("{GRANT}&x=1&x=2"), InvalidRequest),
        (Some("id:s"), format!("{GRANT}&scope=&scope=a"), InvalidRequest),
        (Some("id:s"), "scope=a".to_owned(), InvalidRequest),
        (Some("id:s"), "grant_type=".to_owned(), InvalidRequest),
        (Some("id:s"), "grant_type=password".to_owned(), UnsupportedGrantType),
        (Some("no-colon"), GRANT.to_owned(), InvalidClient),
        (Some("id:%FF"), GRANT.to_owned(), InvalidClient),
        (Some("id:"), GRANT.to_owned(), InvalidClient),
        (Some(":s"), GRANT.to_owned(), InvalidClient),
        (Some(":"), GRANT.to_owned(), InvalidClient),
        (Some("id:s"), format!("{GRANT}&{TYPE}&client_assertion=a.b.c"), InvalidRequest),
        (None, format!("{GRANT}&{TYPE}&client_assertion=a.b.c&client_id=id&client_secret=s"), InvalidRequest),
        (None, format!("{GRANT}&{TYPE}"), InvalidRequest),
        (None, format!("{GRANT}&{TYPE}&client_assertion="), InvalidRequest),
        (None, format!("{GRANT}&client_assertion=a.b.c"), InvalidRequest),
        (None, format!("{GRANT}&client_assertion=a.b.c&client_assertion_type=jwt-bearer"), InvalidClient),
        (None, format!("{GRANT}&client_assertion=a.b.c&{}", TYPE.replace("jwt-", "JWT-")), InvalidClient),
        (None, format!("{GRANT}&client_assertion=a.b.c&{}", TYPE.replace("jwt-bearer", "saml2-bearer")), InvalidClient),
    ];
    for (basic, body, error) in rows {
        assert_eq!(read(basic, &body).map_err(|(error, _)| error), Err(error), "{basic:?} {body}");
    }
}

#[test]
fn a_secret_in_the_uri_and_another_content_type_are_refused() {
    let mut headers = HeaderMap::new();
    let read = |headers: &HeaderMap, uri: &'static str| {
        TokenRequest::read(headers, &Uri::from_static(uri), GRANT.as_bytes()).map(drop).map_err(|refusal| refusal.description())
    };
    assert_eq!(read(&headers, "/oauth2/token"), Err("the body must be application/x-www-form-urlencoded"));
    headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
    assert_eq!(read(&headers, "/oauth2/token?x=1"), Ok(()));
    for name in ["client_secret", "client_assertion", "token", "client%5Fsecret"] {
        let uri: Uri = format!("/oauth2/token?{name}=s").parse().unwrap();
        let read = TokenRequest::read(&headers, &uri, GRANT.as_bytes()).map(drop).map_err(|refusal| refusal.description());
        assert_eq!(read, Err("a secret does not belong in the URI"), "{name}");
    }
}

#[test]
fn many_parameters_are_read_in_no_time() {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
    let many = (0..12_000).map(|n| format!("{n:x}")).collect::<Vec<_>>().join("&");
    let began = std::time::Instant::now();
    TokenRequest::read(&headers, &Uri::from_static("/oauth2/token"), many.as_bytes()).unwrap();
    assert!(began.elapsed() < std::time::Duration::from_secs(1), "{:?}", began.elapsed());
}
