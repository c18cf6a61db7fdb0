//! Answers as API Gateway gives them, in front of a Cognito user pool: the REST API of the article, or an HTTP API.
//!
//! What AWS documents, or its users have recorded, is here to the letter. What neither says (a body that is too large, a state
//! that is lost) has the gateway's form and a status of ours.

use aws_lc_rs::digest;
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{ALLOW, CONNECTION, CONTENT_TYPE, WWW_AUTHENTICATE},
};

use super::standard::sentence;
use crate::{
    config::{Api, Aws, ScopeRefusal},
    denial::{Denial, Reason},
    mode::Mode,
    server::door::RequestId,
    wire::HELLO_BODY,
};

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const EXTENDED_ID: HeaderName = HeaderName::from_static("x-amz-apigw-id");
const HTTP_API_ID: HeaderName = HeaderName::from_static("apigw-requestid");
const COGNITO_ID: HeaderName = HeaderName::from_static("x-amz-cognito-request-id");

/// One of the two products, with the settings where AWS's own pages disagree.
#[derive(Debug)]
pub(in crate::server) struct Gateway {
    api: Api,
    scope_refusal: StatusCode,
}

/// What a refusal says: status, the type that a REST API names, and the sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Words(u16, &'static str, &'static str);

const UNAUTHORIZED: Words = Words(401, "UnauthorizedException", "Unauthorized");
const EXPIRED: Words = Words(401, "UnauthorizedException", "The incoming token has expired");
const FORBIDDEN: Words = Words(403, "ForbiddenException", "Forbidden");
const NO_ROUTE: Words = Words(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
const NOT_FOUND: Words = Words(404, "NotFoundException", "Not Found");
const THROTTLED: Words = Words(429, "TooManyRequestsException", "Too Many Requests");
const QUOTA: Words = Words(429, "LimitExceededException", "Limit Exceeded");
const UNREADABLE: Words = Words(400, "BadRequestException", "Bad Request");
const SLOW: Words = Words(408, "RequestTimeoutException", "Request Timeout");
const TOO_LARGE: Words = Words(413, "RequestTooLargeException", "Request Too Long");
const UNAVAILABLE: Words = Words(503, "ServiceUnavailableException", "Service Unavailable");

/// The resource: an integration's answer has no headers of the gateway but its ids.
pub(super) fn serve() -> Response {
    ([(CONTENT_TYPE, JSON)], HELLO_BODY).into_response()
}

/// API Gateway does not tell which methods a resource has: to it, another method is another route.
pub(in crate::server) async fn no_allow(mut response: Response) -> Response {
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        response.headers_mut().remove(ALLOW);
    }
    response
}

impl Gateway {
    pub(super) fn new(settings: &Aws) -> Self {
        let scope_refusal = match settings.scope_refusal {
            ScopeRefusal::Forbidden => StatusCode::FORBIDDEN,
            ScopeRefusal::Unauthorized => StatusCode::UNAUTHORIZED,
        };
        Self { api: settings.api, scope_refusal }
    }

    /// A refusal, whole but for the ids.
    pub(super) fn refuse(&self, denial: &Denial, mode: Mode) -> Response {
        let Words(status, kind, message) = self.words(denial.reason, mode);
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
        let mut response = (status, [(CONTENT_TYPE, JSON)], format!(r#"{{"message":"{message}"}}"#)).into_response();
        let headers = response.headers_mut();
        match self.api {
            Api::Rest => headers.insert(ERROR_TYPE, HeaderValue::from_static(kind)),
            Api::Http => challenge(denial.reason, status).and_then(|text| headers.insert(WWW_AUTHENTICATE, text)),
        };
        if matches!(denial.reason, Reason::TooLarge | Reason::Timeout) {
            // What is left of the request is not read, so the connection cannot be kept.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// Gives an answer its ids.
    pub(super) fn finish(&self, response: &mut Response, id: &RequestId, of_user_pool: bool) {
        let headers = response.headers_mut();
        let (name, extended) = match (of_user_pool, self.api) {
            (true, _) => (COGNITO_ID, None),
            (false, Api::Rest) => (REQUEST_ID, Some(EXTENDED_ID)),
            (false, Api::Http) => {
                headers.extend(value(&extended_id(id)).map(|value| (HTTP_API_ID, value)));
                return;
            }
        };
        headers.extend(value(&id.0).map(|value| (name, value)));
        headers.extend(extended.and_then(|name| Some((name, value(&extended_id(id))?))));
    }

    fn words(&self, reason: Reason, mode: Mode) -> Words {
        match reason {
            Reason::NotFound | Reason::MethodNotAllowed if self.api == Api::Http => NOT_FOUND,
            Reason::NotFound | Reason::MethodNotAllowed => NO_ROUTE,
            Reason::RateLimited => THROTTLED,
            Reason::QuotaExhausted => QUOTA,
            Reason::TooLarge => TOO_LARGE,
            Reason::Timeout => SLOW,
            Reason::ProtocolError => UNREADABLE,
            Reason::Unavailable | Reason::Overloaded => UNAVAILABLE,
            Reason::ScopeInsufficient if self.scope_refusal == StatusCode::UNAUTHORIZED => UNAUTHORIZED,
            Reason::ScopeInsufficient | Reason::AddressDenied | Reason::WrongDoor | Reason::NameRefused => FORBIDDEN,
            Reason::Expired if mode == Mode::Jwt && self.api == Api::Rest => EXPIRED,
            // All that is wrong with a credential is one answer, a spent failure budget too: the gateway has none to tell of.
            _ if mode == Mode::Jwt => UNAUTHORIZED,
            _ => FORBIDDEN,
        }
    }
}

/// An HTTP API says what was wrong with a token (RFC 6750 §3), in its own order of parameters.
fn challenge(reason: Reason, status: StatusCode) -> Option<HeaderValue> {
    match (status, reason) {
        (StatusCode::UNAUTHORIZED, Reason::CredentialMissing) => Some(HeaderValue::from_static("Bearer")),
        (StatusCode::UNAUTHORIZED, reason) => {
            let description = match reason {
                Reason::Expired => "the token has expired",
                Reason::AudienceMismatch => "the token does not have a valid audience",
                Reason::IssuerMismatch => "the token does not have a valid issuer",
                Reason::Guessing => sentence(Reason::CredentialUnknown),
                _ => sentence(reason),
            };
            value(&format!(r#"Bearer scope="" error="invalid_token" error_description="{description}""#))
        }
        _ => None,
    }
}

/// An id in the form of the gateway's own: fifteen characters and `=`. It follows from the request's name, so one finds both.
fn extended_id(id: &RequestId) -> String {
    let hash = digest::digest(&digest::SHA256, id.0.as_bytes());
    format!("{}=", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..11]))
}

fn value(text: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway(api: Api) -> Gateway {
        Gateway::new(&Aws { api, ..Aws::default() })
    }

    #[test]
    fn all_that_is_wrong_with_a_token_is_one_answer_but_for_its_end() {
        let rest = gateway(Api::Rest);
        for reason in Reason::ALL {
            let words = rest.words(*reason, Mode::Jwt);
            let expected = match reason {
                Reason::Expired => Some(EXPIRED),
                Reason::CredentialMissing
                | Reason::CredentialMalformed
                | Reason::CredentialAmbiguous
                | Reason::CredentialUnknown
                | Reason::SignatureInvalid
                | Reason::AlgorithmRefused
                | Reason::IssuerMismatch
                | Reason::AudienceMismatch
                | Reason::TypeMismatch
                | Reason::NotYetValid
                | Reason::Guessing => Some(UNAUTHORIZED),
                _ => None,
            };
            assert!(expected.is_none_or(|expected| expected == words), "{reason}: {words:?}");
        }
    }

    #[test]
    fn all_that_is_wrong_with_a_key_is_one_answer_and_each_limit_has_its_own() {
        let rest = gateway(Api::Rest);
        for reason in Reason::ALL.iter().copied().filter(|reason| *reason < Reason::RateLimited) {
            assert_eq!(rest.words(reason, Mode::Apikey), FORBIDDEN, "{reason}");
        }
        let mut spent = Denial::new(Reason::QuotaExhausted, "");
        spent.retry_after = Some(std::time::Duration::from_secs(1));
        let spent = rest.refuse(&spent, Mode::Apikey);
        assert_eq!((spent.status(), spent.headers()[ERROR_TYPE].to_str().unwrap()), (StatusCode::TOO_MANY_REQUESTS, QUOTA.1));
        assert_eq!(spent.headers().get(http::header::RETRY_AFTER), None, "the gateway does not say for how long");
        assert_eq!(rest.words(Reason::QuotaExhausted, Mode::Apikey), Words(429, "LimitExceededException", "Limit Exceeded"));
        assert_eq!(rest.words(Reason::Guessing, Mode::Apikey), FORBIDDEN);
    }

    #[test]
    fn a_scope_that_is_not_covered_is_a_setting() {
        let other = Gateway::new(&Aws { scope_refusal: ScopeRefusal::Unauthorized, ..Aws::default() });
        assert_eq!(gateway(Api::Rest).words(Reason::ScopeInsufficient, Mode::Jwt), FORBIDDEN);
        assert_eq!(other.words(Reason::ScopeInsufficient, Mode::Jwt), UNAUTHORIZED);
    }

    #[test]
    fn an_extended_id_looks_like_the_gateways() {
        let id = extended_id(&RequestId("a".into()));
        assert_eq!((id.len(), id.ends_with('=')), (16, true));
        assert_ne!(id, extended_id(&RequestId("b".into())));
    }
}
