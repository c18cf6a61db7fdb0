//! Answers as the RFCs want them: the only place that knows the status of each reason in `standard`.

use std::borrow::Cow;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde::Serialize;

use crate::{
    allowance::Allowance,
    authn::Challenge,
    denial::{Denial, Reason},
    mode::Mode,
    server::{
        door::RequestId,
        rate_limit::{self, whole_seconds},
        token,
    },
    wire::{HELLO_BODY, PROBLEM_JSON, REQUEST_ID_HEADER},
};

/// The realm of every challenge.
const REALM: &str = "authbench";

/// The resource (RFC 9110), with what is left of the caller's plan.
pub(super) fn serve(allowance: Option<&Allowance>) -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")];
    let mut response = (headers, HELLO_BODY).into_response();
    if let Some(allowance) = allowance {
        response.headers_mut().extend(rate_limit::fields(allowance));
    }
    response
}

/// Status and headers of a refusal; its body waits for the request's name.
pub(super) fn refuse(denial: &Denial, mode: Mode) -> Response {
    let status = status(denial.reason, mode);
    let challenge = Challenge::of(mode).and_then(|challenge| challenge_text(challenge, denial, status));
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(wait) = denial.retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
    }
    headers.extend(denial.allowance.as_deref().into_iter().flat_map(rate_limit::fields));
    if let Some(challenge) = challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
        headers.insert(WWW_AUTHENTICATE, challenge);
    }
    if matches!(denial.reason, Reason::TooLarge | Reason::Timeout) {
        // What is left of the request is not read, so the connection cannot be kept.
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    (status, headers).into_response()
}

/// Names the request in the header, and in the body of a problem; below the token service it is RFC 6749's JSON instead.
pub(super) fn finish(response: &mut Response, id: &RequestId, of_token_service: bool) {
    if let Some(denial) = response.extensions().get::<Denial>()
        && response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM_JSON)
    {
        if of_token_service {
            token::in_its_own_words(response);
        } else {
            *response.body_mut() = Body::from(problem(denial, response.status(), id));
        }
    }
    if let Ok(value) = HeaderValue::try_from(&id.0) {
        response.headers_mut().insert(HeaderName::from_static(REQUEST_ID_HEADER), value);
    }
}

/// The body of a refusal (RFC 9457 §3.1) with two members of our own.
#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'static str,
    reason: Reason,
    request_id: &'a str,
}

/// Writes the body of a refusal, once its request id is known.
fn problem(denial: &Denial, status: StatusCode, id: &RequestId) -> String {
    let problem = Problem {
        r#type: "about:blank",
        title: status.canonical_reason().unwrap_or("Refused"),
        status: status.as_u16(),
        detail: sentence(denial.reason),
        reason: denial.reason,
        request_id: &id.0,
    };
    serde_json::to_string(&problem).unwrap_or_default()
}

/// The status of a reason. Behind mutual TLS there is no HTTP authentication to ask for, so what would be 401 is 403.
pub(in crate::server) fn status(reason: Reason, mode: Mode) -> StatusCode {
    match reason {
        Reason::CredentialAmbiguous | Reason::ProtocolError => StatusCode::BAD_REQUEST,
        Reason::NameRefused
        | Reason::ScopeInsufficient
        | Reason::AddressDenied
        | Reason::PurposeMismatch
        | Reason::RevocationUnknown => StatusCode::FORBIDDEN,
        Reason::RateLimited | Reason::QuotaExhausted | Reason::Guessing => StatusCode::TOO_MANY_REQUESTS,
        Reason::WrongDoor => StatusCode::MISDIRECTED_REQUEST,
        Reason::Unavailable | Reason::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        Reason::NotFound => StatusCode::NOT_FOUND,
        Reason::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Reason::TooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Reason::Timeout => StatusCode::REQUEST_TIMEOUT,
        Reason::CredentialMissing
        | Reason::CredentialMalformed
        | Reason::CredentialUnknown
        | Reason::SignatureInvalid
        | Reason::AlgorithmRefused
        | Reason::IssuerMismatch
        | Reason::AudienceMismatch
        | Reason::TypeMismatch
        | Reason::BindingMismatch
        | Reason::Expired
        | Reason::NotYetValid
        | Reason::Revoked
        | Reason::Disabled => match mode {
            Mode::Mtls | Mode::Open => StatusCode::FORBIDDEN,
            Mode::Jwt | Mode::Apikey => StatusCode::UNAUTHORIZED,
        },
    }
}

/// `WWW-Authenticate` (RFC 6750 §3): bare when nothing was presented, with an error code otherwise.
fn challenge_text(challenge: Challenge, denial: &Denial, status: StatusCode) -> Option<String> {
    let error = match (challenge, status) {
        (Challenge::ApiKey, StatusCode::UNAUTHORIZED) => return Some(format!("ApiKey realm=\"{REALM}\", header=\"x-api-key\"")),
        (Challenge::Bearer, _) if denial.reason == Reason::CredentialMissing => return Some(format!("Bearer realm=\"{REALM}\"")),
        (Challenge::Bearer, StatusCode::UNAUTHORIZED) => "invalid_token",
        (Challenge::Bearer, StatusCode::BAD_REQUEST) => "invalid_request",
        (Challenge::Bearer, _) if denial.reason == Reason::ScopeInsufficient => "insufficient_scope",
        _ => return None,
    };
    let scope = denial.scope.as_ref().map_or(Cow::Borrowed(""), |scope| format!(", scope=\"{scope}\"").into());
    Some(format!("Bearer realm=\"{REALM}\", error=\"{error}\", error_description=\"{}\"{scope}", sentence(denial.reason)))
}

/// What the caller is told. No quotes: the text stands in a quoted string too.
pub(in crate::server) fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::CredentialMissing => "No credential was presented.",
        Reason::CredentialMalformed => "The credential cannot be read.",
        Reason::CredentialAmbiguous => "More than one credential was presented.",
        Reason::CredentialUnknown => "The credential is not known here.",
        Reason::SignatureInvalid => "The signature does not verify.",
        Reason::AlgorithmRefused => "The signature algorithm is not accepted here.",
        Reason::IssuerMismatch => "The issuer is not trusted here.",
        Reason::AudienceMismatch => "The credential is meant for another audience.",
        Reason::TypeMismatch => "The token is not an access token.",
        Reason::BindingMismatch => "The credential is bound to another connection or key.",
        Reason::PurposeMismatch => "The certificate is not for client authentication.",
        Reason::NameRefused => "The certificate holds no accepted name.",
        Reason::Expired => "The credential has expired.",
        Reason::NotYetValid => "The credential is not valid yet.",
        Reason::Revoked => "The credential was revoked.",
        Reason::Disabled => "The caller is disabled.",
        Reason::RevocationUnknown => "Whether the certificate was revoked is not known.",
        Reason::ScopeInsufficient => "The caller may not do this.",
        Reason::AddressDenied => "Calls from this address are not accepted.",
        Reason::RateLimited => "Too many requests; wait before the next one.",
        Reason::QuotaExhausted => "The quota is used up.",
        Reason::Guessing => "Too many failures from this address; wait before the next attempt.",
        Reason::WrongDoor => "This host is not served on this connection.",
        Reason::Unavailable => "The service cannot decide at the moment.",
        Reason::Overloaded => "The service is at its limit.",
        Reason::NotFound => "There is nothing at this path.",
        Reason::MethodNotAllowed => "The method is not allowed here.",
        Reason::TooLarge => "The request is too large.",
        Reason::Timeout => "The request took too long.",
        Reason::ProtocolError => "The request is not HTTP as it is spoken here.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_fits_into_a_quoted_string() {
        // RFC 6750 §3: %x20-21 / %x23-5B / %x5D-7E.
        for reason in Reason::ALL {
            assert!(
                sentence(*reason).bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\'),
                "{reason}"
            );
        }
    }

    #[test]
    fn challenges_are_bare_or_say_what_was_wrong() {
        let text =
            |reason, status| challenge_text(Challenge::Bearer, &Denial::new(reason, "private").scope("https://a/s"), status);
        insta::assert_snapshot!(text(Reason::CredentialMissing, StatusCode::UNAUTHORIZED).unwrap(), @r#"Bearer realm="authbench""#);
        insta::assert_snapshot!(text(Reason::ScopeInsufficient, StatusCode::FORBIDDEN).unwrap(), @r#"Bearer realm="authbench", error="insufficient_scope", error_description="The caller may not do this.", scope="https://a/s""#);
        assert_eq!(text(Reason::AddressDenied, StatusCode::FORBIDDEN), None);
        assert_eq!(text(Reason::RateLimited, StatusCode::TOO_MANY_REQUESTS), None);
    }
}
