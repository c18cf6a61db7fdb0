//! The token service: what it is asked, and every answer, refusals as the code that reads requests makes them.

use std::time::Duration;

use axum::response::Response;
use http::{HeaderMap, HeaderValue, Uri, header::CONTENT_TYPE};
use serde_json::json;
use utoipa::openapi::{
    ContentBuilder, Object, ObjectBuilder, Required, Type,
    request_body::{RequestBody, RequestBodyBuilder},
};

use super::{
    Subject, about,
    answers::{Answers, Sample},
    refusals::{self, Shared},
    route::{Asks, Route},
    schemas::{INTROSPECTION, KEYS, METADATA, TOKEN},
    security,
};
use crate::{
    denial::{Denial, Reason},
    issuer::{Metadata, TokenQuery, TokenRefusal, TokenRequest, full_scope},
    server::token::{self, Endpoint},
    wire::{INTROSPECTION_PATH, REVOCATION_PATH, TOKEN_PATH},
};

const FORM: &str = "application/x-www-form-urlencoded";

pub(super) fn routes<'a>(subject: &Subject<'_>, shared: &'a Shared) -> Vec<Route<'a>> {
    let mut routes = vec![grant(subject), revocation(subject)];
    if subject.is_standard() {
        routes.push(introspection(subject));
    }
    let keys = || document(subject, &json!({"keys": []}), KEYS, "The signing keys.");
    let metadata = Metadata::new(&subject.names, subject.url);
    let about = || document(subject, &serde_json::to_value(&metadata).unwrap_or_default(), METADATA, "The metadata.");
    let [inserted, behind] = Metadata::paths(&subject.names);
    let public = |path, id, summary, asks| Route {
        path,
        id,
        tag: about::TOKEN_SERVICE,
        summary,
        description: "",
        security: Vec::new(),
        asks,
    };
    let jwks = Metadata::jwks_path(&subject.names);
    routes.push(public(jwks, "SigningKeys", "The keys that verify tokens (RFC 7517)", Asks::Get(keys(), shared)));
    routes.push(public(inserted, "ServerMetadata", "The metadata (RFC 8414)", Asks::Get(about(), shared)));
    routes.push(public(behind, "OpenIdMetadata", "The metadata, where OpenID clients look", Asks::Get(about(), shared)));
    routes
}

/// `POST /oauth2/token`.
fn grant(subject: &Subject<'_>) -> Route<'static> {
    let read = |body: &str| TokenRequest::read(&form(), &Uri::from_static(TOKEN_PATH), body.as_bytes());
    let refusals = [
        read("grant_type=client_credentials&grant_type=client_credentials").err(),
        read("").and_then(|request| request.check_grant_type()).err(),
        read("grant_type=password").and_then(|request| request.check_grant_type()).err(),
        Some(TokenRefusal::scope_not_given("")),
        Some(TokenRefusal::of_policy(refusals::denial(subject, Reason::RateLimited))),
        Some(TokenRefusal::not_kept(String::new())),
    ];
    let token = json!({
        "access_token": "eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl",
        "expires_in": subject.config.jwt.token_ttl.0.as_secs(),
        "token_type": "Bearer",
    });
    let granted = sample("granted", "A token.", Some(TOKEN), token::success(&subject.habits, &token));
    let scope = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("Full scopes of one resource server, separated by spaces; absent: all that the client was given."))
        .pattern(Some(scope_pattern(subject)));
    let form = ObjectBuilder::new()
        .property("grant_type", one_of(&["client_credentials"]))
        .required("grant_type")
        .property("scope", scope)
        .additional_properties(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    Route {
        path: TOKEN_PATH.into(),
        id: "Token",
        tag: about::TOKEN_SERVICE,
        summary: "A token for client credentials (RFC 6749 §4.4)",
        description: proofs(subject),
        security: security::of_token_service(),
        asks: Asks::Post(Box::new(body(form)), answers(subject, Endpoint::Token, granted, refusals.into_iter().flatten())),
    }
}

/// `POST /oauth2/revoke`.
fn revocation(subject: &Subject<'_>) -> Route<'static> {
    let own = if subject.is_standard() { TokenRefusal::of_another_client("") } else { TokenRefusal::not_revocable("") };
    let done = sample("revoked", "It does not count any more, or never did.", None, token::empty(&subject.habits));
    about_token(subject, REVOCATION_PATH, "Revocation", "The end of a token (RFC 7009)", Endpoint::Revocation, done, Some(own))
}

/// `POST /oauth2/introspect`.
fn introspection(subject: &Subject<'_>) -> Route<'static> {
    let inactive = token::success(&subject.habits, &json!({"active": false}));
    let done =
        sample("inactive", "What the token is; of one that does not count, no more than that.", Some(INTROSPECTION), inactive);
    about_token(subject, INTROSPECTION_PATH, "Introspection", "What a token is (RFC 7662)", Endpoint::Introspection, done, None)
}

fn about_token(
    subject: &Subject<'_>,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    endpoint: Endpoint,
    done: Sample,
    more: Option<TokenRefusal>,
) -> Route<'static> {
    let read = |body: &str| TokenQuery::read(&form(), &Uri::from_static(path), body.as_bytes());
    let refusals = [
        read("token=a&token=b").err(),
        read("").and_then(|query| query.token().map(drop)).err(),
        Some(TokenRefusal::of_policy(refusals::denial(subject, Reason::RateLimited))),
        Some(TokenRefusal::not_kept(String::new())),
        more,
    ];
    let form = ObjectBuilder::new()
        .property("token", ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).description(Some("The token.")))
        .required("token")
        .property("token_type_hint", Object::with_type(Type::String))
        .additional_properties(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    Route {
        path: path.into(),
        id,
        tag: about::TOKEN_SERVICE,
        summary,
        description: proofs(subject),
        security: security::of_token_service(),
        asks: Asks::Post(Box::new(body(form)), answers(subject, endpoint, done, refusals.into_iter().flatten())),
    }
}

/// What was done, then what every endpoint refuses, then what this one does.
fn answers(subject: &Subject<'_>, endpoint: Endpoint, done: Sample, own: impl Iterator<Item = TokenRefusal>) -> Answers {
    let unproven = TokenRefusal::invalid_client(Denial::new(Reason::CredentialUnknown, ""));
    let guessed = TokenRefusal::invalid_client(Denial::new(Reason::Guessing, "").retry_after(Duration::from_secs(1)));
    let denied = [Reason::AddressDenied, Reason::TooLarge, Reason::Timeout, Reason::Unavailable, Reason::ProtocolError];
    let denied = denied.map(|reason| TokenRefusal::of_policy(refusals::denial(subject, reason)));
    let refused = own.chain([unproven, guessed]).chain(denied).map(|refusal| {
        let (name, says) = (refusal.error.as_str(), format!("{} (`{}`)", refusal.description(), refusal.denial.reason));
        let response = token::refuse(&subject.habits, subject.mode, endpoint, refusal);
        sample(name, &says, Some(subject.error_schema(true)), response)
    });
    let all = std::iter::once(done).chain(refused);
    let named = all.map(|sample| Sample { response: subject.finished(sample.response, true), ..sample });
    Answers::of(named.chain(refusals::before_token_service(subject)))
}

fn sample(name: &'static str, says: &str, schema: Option<&'static str>, response: Response) -> Sample {
    Sample { name, says: says.to_owned(), schema, response }
}

/// A document that anybody may keep for a while.
fn document(subject: &Subject<'_>, value: &serde_json::Value, schema: &'static str, says: &str) -> Answers {
    let response = subject.finished(token::public(value.to_string()), !subject.is_standard());
    Answers::of([sample("document", says, Some(schema), response)])
}

fn body(form: Object) -> RequestBody {
    let content = ContentBuilder::new().schema(Some(form)).build();
    RequestBodyBuilder::new().content(FORM, content).required(Some(Required::True)).build()
}

fn form() -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(FORM))])
}

fn one_of(words: &[&'static str]) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words.iter().copied()))
}

/// Scopes of one resource server, one or more, or none.
fn scope_pattern(subject: &Subject<'_>) -> String {
    let names = &subject.names;
    let servers =
        std::iter::once((&names.identifier, &names.scopes)).chain(names.others.iter().map(|of| (&of.identifier, &of.scopes)));
    let of_server = |(identifier, scopes): (&std::sync::Arc<str>, &std::collections::BTreeSet<String>)| {
        let all: Vec<_> = scopes.iter().map(|short| full_scope(identifier, short).replace('.', "\\.")).collect();
        let any = format!("({})", all.join("|"));
        format!("{any}( {any})*")
    };
    format!("^({})?$", servers.map(of_server).collect::<Vec<_>>().join("|"))
}

/// How else a client can prove itself: in the form, where `OpenAPI` has no scheme for it.
fn proofs(subject: &Subject<'_>) -> &'static str {
    if subject.is_standard() {
        "Instead of HTTP Basic a client may prove itself in the form: with `client_id` and `client_secret`, or with \
         `client_assertion_type` = `urn:ietf:params:oauth:client-assertion-type:jwt-bearer` and `client_assertion`, a JWT that it \
         signed (RFC 7523). By one of them: two at once are `invalid_request`. A parameter that is there twice is, too; unknown \
         ones are ignored."
    } else {
        "Instead of HTTP Basic a client may prove itself in the form with `client_id` and `client_secret`; both at once are \
         `invalid_request`. A parameter that is there twice is, too; unknown ones are ignored."
    }
}
