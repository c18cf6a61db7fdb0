//! What an answer of the token endpoint or a neighbour says, and whether it says so in the form that the documents demand.

use serde_json::{Map, Value};

use super::strange;
use crate::{
    caller::Exchange,
    compare::scenario::{Endpoint, Outcome, TokenError},
    denial::Reason,
    mode::Profile,
};

/// The outcome of a call whose token was refused before it began (RFC 6749 §5.2).
pub(in crate::compare) fn token_refusal(answer: &Exchange) -> Outcome {
    let json = answer.json();
    let error = json["error"].as_str().unwrap_or_default();
    match (error, json.get("reason").and_then(Value::as_str).map(str::parse)) {
        (_, Some(Ok(reason))) => Outcome::Refused(reason),
        ("invalid_client", _) => Outcome::Refused(Reason::CredentialUnknown),
        ("invalid_scope", _) => Outcome::Refused(Reason::ScopeInsufficient),
        _ => strange(answer, &format!("gives no token, error `{error}`")),
    }
}

/// The outcome of a request to one of the endpoints; nothing when the answer leaves the reason to the server's counter.
pub(in crate::compare) fn asked(answer: &Exchange, endpoint: Endpoint, profile: Profile) -> Option<Outcome> {
    let json = answer.json();
    let body = json.as_object();
    if answer.status.is_success() {
        return Some(granted(answer, body, endpoint, profile).unwrap_or_else(|why| strange(answer, &why)));
    }
    match (body.and_then(|body| body.get("error")).and_then(Value::as_str).map(str::parse), answer.status.as_u16()) {
        // 400 and 401 are OAuth's own (RFC 6749 §5.2); every other refusal is the server's, whatever the word for clients is.
        (Some(Ok(error)), 400 | 401) => {
            Some(refused(answer, body, error, profile).map_or_else(|why| strange(answer, &why), |()| Outcome::Error(error)))
        }
        (Some(Err(_)), 400 | 401) => Some(strange(answer, "names an error that is none")),
        _ => match json["reason"].as_str().map(str::parse) {
            Some(Ok(reason)) => Some(Outcome::Refused(reason)),
            _ => None,
        },
    }
}

type Body<'a> = Option<&'a Map<String, Value>>;

fn granted(answer: &Exchange, body: Body<'_>, endpoint: Endpoint, profile: Profile) -> Result<Outcome, String> {
    match endpoint {
        Endpoint::Revoke => Ok(Outcome::Accepted),
        Endpoint::Token => {
            let body = body.ok_or("is no JSON object")?;
            uncached(answer, profile)?;
            let has = |name: &str| body.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
            if !has("access_token") || !has("token_type") || !body.get("expires_in").is_some_and(Value::is_u64) {
                return Err("lacks a member of a token answer (RFC 6749 §5.1)".into());
            }
            if body.contains_key("refresh_token") {
                return Err("holds a refresh token (RFC 6749 §4.4.3)".into());
            }
            if profile == Profile::Aws && body.len() != 3 {
                return Err(format!("has {} members; Cognito's has three", body.len()));
            }
            Ok(Outcome::Granted)
        }
        Endpoint::Introspect => {
            let body = body.ok_or("is no JSON object")?;
            uncached(answer, profile)?;
            match body.get("active").and_then(Value::as_bool) {
                Some(true) => Ok(Outcome::Active),
                Some(false) if body.len() == 1 => Ok(Outcome::Inactive),
                Some(false) => Err("tells more about a token that does not count (RFC 7662 §2.2)".into()),
                None => Err("does not say whether the token counts (RFC 7662 §2.2)".into()),
            }
        }
    }
}

fn refused(answer: &Exchange, body: Body<'_>, error: TokenError, profile: Profile) -> Result<(), String> {
    let members = body.map(Map::len).unwrap_or_default();
    if profile == Profile::Aws {
        return if members == 1 { Ok(()) } else { Err(format!("has {members} members; Cognito's has one")) };
    }
    uncached(answer, profile)?;
    let challenged = answer.header("www-authenticate").is_some();
    match (error, answer.status.as_u16()) {
        (TokenError::InvalidClient, 401) if challenged => {}
        (TokenError::InvalidClient, _) => return Err("does not challenge the client (RFC 6749 §5.2)".into()),
        (_, 400) => {}
        _ => return Err("has the status of another error (RFC 6749 §5.2)".into()),
    }
    let description = body.and_then(|body| body.get("error_description")).and_then(Value::as_str).unwrap_or_default();
    let fits = |octet: u8| matches!(octet, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    if description.bytes().all(fits) {
        Ok(())
    } else {
        Err("describes itself in characters that do not fit (RFC 6749 §5.2)".into())
    }
}

/// RFC 6749 §5.1: what holds tokens or talks about them is kept by nobody.
fn uncached(answer: &Exchange, profile: Profile) -> Result<(), String> {
    let media = answer.header("content-type").unwrap_or_default();
    if !media.starts_with("application/json") {
        return Err(format!("is of type `{media}`"));
    }
    let kept = answer.header("cache-control").is_none_or(|value| !value.contains("no-store"));
    if kept && profile == Profile::Standard { Err("may be cached (RFC 6749 §5.1)".into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, StatusCode};

    use super::*;

    fn exchange(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> Exchange {
        let usual = [("content-type", "application/json"), ("cache-control", "no-store")];
        let mut all = HeaderMap::new();
        for (name, value) in usual.iter().chain(headers) {
            all.insert(*name, HeaderValue::from_static(value));
        }
        Exchange { status: StatusCode::from_u16(status).unwrap(), headers: all, body: body.into() }
    }

    fn said(status: u16, headers: &[(&'static str, &'static str)], body: &'static str) -> String {
        let outcome = asked(&exchange(status, headers, body), Endpoint::Token, Profile::Standard);
        outcome.map_or_else(|| "counter".into(), |outcome| outcome.to_string())
    }

    const TOKEN: &str = r#"{"access_token":"a","token_type":"Bearer","expires_in":3}"#;

    #[test]
    fn a_refused_token_refuses_the_call() {
        let token = |body| token_refusal(&exchange(400, &[], body)).to_string();
        assert_eq!(token(r#"{"error":"invalid_client"}"#), "credential_unknown");
        assert_eq!(token(r#"{"error":"invalid_scope"}"#), "scope_insufficient");
        assert_eq!(token("oops"), "an answer 400 that gives no token, error ``");
    }

    #[test]
    fn answers_of_the_token_endpoint_become_outcomes() {
        assert_eq!(said(200, &[], TOKEN), "granted");
        assert_eq!(said(400, &[], r#"{"error":"invalid_scope"}"#), "invalid_scope");
        assert_eq!(said(401, &[("www-authenticate", "Basic realm=\"r\"")], r#"{"error":"invalid_client"}"#), "invalid_client");
        assert_eq!(said(405, &[], r#"{"reason":"method_not_allowed"}"#), "method_not_allowed");
        assert_eq!(said(429, &[], r#"{"error":"invalid_client"}"#), "counter", "a word for clients is no reason");
        assert_eq!(said(400, &[], r#"{"error":"bad_mood"}"#), "an answer 400 that names an error that is none");
    }

    #[test]
    fn o10_o11_o12_an_answer_in_another_form_is_none() {
        for (status, headers, body, why) in [
            (200, &[][..], r#"{"access_token":"a","token_type":"Bearer"}"#, "lacks a member of a token answer (RFC 6749 §5.1)"),
            (200, &[("cache-control", "private")], TOKEN, "may be cached (RFC 6749 §5.1)"),
            (200, &[("content-type", "text/html")], TOKEN, "is of type `text/html`"),
            (
                200,
                &[],
                r#"{"access_token":"a","token_type":"B","expires_in":3,"refresh_token":"r"}"#,
                "holds a refresh token (RFC 6749 §4.4.3)",
            ),
            (401, &[], r#"{"error":"invalid_client"}"#, "does not challenge the client (RFC 6749 §5.2)"),
            (
                400,
                &[("www-authenticate", "Basic")],
                r#"{"error":"invalid_client"}"#,
                "does not challenge the client (RFC 6749 §5.2)",
            ),
            (401, &[], r#"{"error":"invalid_scope"}"#, "has the status of another error (RFC 6749 §5.2)"),
            (
                400,
                &[],
                r#"{"error":"invalid_scope","error_description":"a \"b\""}"#,
                "describes itself in characters that do not fit (RFC 6749 §5.2)",
            ),
        ] {
            assert_eq!(said(status, headers, body), format!("an answer {status} that {why}"), "{body}");
        }
    }

    #[test]
    fn the_neighbours_answer_in_their_own_words() {
        let said = |endpoint, body| asked(&exchange(200, &[], body), endpoint, Profile::Standard).unwrap().to_string();
        assert_eq!(said(Endpoint::Revoke, ""), "accepted");
        assert_eq!(said(Endpoint::Introspect, r#"{"active":true,"sub":"s"}"#), "active");
        assert_eq!(said(Endpoint::Introspect, r#"{"active":false}"#), "inactive");
        assert!(said(Endpoint::Introspect, r#"{"active":false,"sub":"s"}"#).contains("tells more"));
        assert!(said(Endpoint::Introspect, r#"{"active":"no"}"#).contains("does not say"));
    }

    #[test]
    fn cognito_says_less() {
        let said = |status, body| asked(&exchange(status, &[("cache-control", "")], body), Endpoint::Token, Profile::Aws);
        let text = |status, body| said(status, body).unwrap().to_string();
        assert_eq!(text(200, TOKEN), "granted");
        assert_eq!(text(400, r#"{"error":"invalid_client"}"#), "invalid_client");
        assert!(text(400, r#"{"error":"invalid_client","error_description":"d"}"#).contains("Cognito's has one"));
        assert!(text(200, r#"{"access_token":"a","token_type":"B","expires_in":3,"scope":"s"}"#).contains("Cognito's has three"));
        assert_eq!(said(403, r#"{"message":"Forbidden"}"#), None);
    }
}
