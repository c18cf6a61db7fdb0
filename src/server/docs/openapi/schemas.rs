//! The bodies.

use utoipa::openapi::{Array, Object, ObjectBuilder, OneOfBuilder, RefOr, Schema, SchemaFormat, Type};

use super::{Subject, refusals};
use crate::{algorithm::Algorithm, issuer::ErrorCode, mode::Mode};

/// The resource.
pub(super) const HELLO: &str = "Hello";
/// A refusal (RFC 9457).
const PROBLEM: &str = "Problem";
/// A refusal of API Gateway.
const MESSAGE: &str = "Message";
/// A refusal of the token service (RFC 6749 §5.2).
const OAUTH_ERROR: &str = "OAuthError";
/// RFC 6749 §5.1.
pub(super) const TOKEN: &str = "Token";
/// RFC 7662 §2.2.
pub(super) const INTROSPECTION: &str = "Introspection";
/// RFC 7517 §5.
pub(super) const KEYS: &str = "Keys";
/// RFC 8414 §2.
pub(super) const METADATA: &str = "Metadata";
/// `OpenAPI` itself.
pub(super) const DOCUMENT: &str = "Document";

impl Subject<'_> {
    /// The schema of a refusal.
    pub(super) fn error_schema(&self, of_token_service: bool) -> &'static str {
        match (of_token_service, self.is_standard()) {
            (true, _) => OAUTH_ERROR,
            (false, true) => PROBLEM,
            (false, false) => MESSAGE,
        }
    }
}

/// Every schema that the document refers to.
pub(super) fn all(subject: &Subject<'_>) -> Vec<(&'static str, RefOr<Schema>)> {
    let mut all = vec![(HELLO, object(&[("message", one_of(&["hello world!"]))], &[]))];
    if subject.is_standard() {
        all.extend([(PROBLEM, problem(subject)), (DOCUMENT, object(&[("openapi", one_of(&["3.1.0"]))], &[]))]);
    } else {
        all.push((MESSAGE, object(&[("message", text())], &[])));
    }
    if subject.mode == Mode::Jwt {
        all.extend([(OAUTH_ERROR, oauth_error(subject)), (TOKEN, token()), (KEYS, keys()), (METADATA, metadata())]);
        if subject.is_standard() {
            all.push((INTROSPECTION, introspection()));
        }
    }
    all.into_iter().map(|(name, schema)| (name, RefOr::T(schema))).collect()
}

fn problem(subject: &Subject<'_>) -> Schema {
    let reasons: Vec<_> = refusals::reasons(subject).into_iter().map(crate::denial::Reason::as_str).collect();
    let members = [
        ("type", one_of(&["about:blank"])),
        ("title", text()),
        ("status", integer()),
        ("detail", text()),
        ("reason", one_of(&reasons)),
        ("request_id", text()),
    ];
    object(&members, &[])
}

fn oauth_error(subject: &Subject<'_>) -> Schema {
    let errors: Vec<_> = ErrorCode::ALL.iter().map(|error| error.as_str()).collect();
    let error = ("error", one_of(&errors));
    // Cognito describes nothing.
    if subject.is_standard() { object(&[error, ("error_description", text())], &[]) } else { object(&[error], &[]) }
}

fn token() -> Schema {
    object(&[("access_token", text()), ("expires_in", integer()), ("token_type", one_of(&["Bearer"]))], &[("scope", text())])
}

fn introspection() -> Schema {
    let boolean = |value: bool| ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([value])).build();
    let active = [
        ("active", boolean(true)),
        ("scope", text()),
        ("client_id", text()),
        ("token_type", one_of(&["Bearer"])),
        ("exp", integer()),
        ("iat", integer()),
        ("sub", text()),
        ("iss", text()),
        ("jti", text()),
    ];
    let one = OneOfBuilder::new().item(object(&active, &[("aud", text())])).item(object(&[("active", boolean(false))], &[]));
    Schema::OneOf(one.build())
}

fn keys() -> Schema {
    let algorithms: Vec<_> = Algorithm::ALL.iter().map(|algorithm| algorithm.as_str()).collect();
    let always =
        [("kty", one_of(&["EC", "RSA", "OKP"])), ("use", one_of(&["sig"])), ("alg", one_of(&algorithms)), ("kid", text())];
    let by_type = [("crv", text()), ("x", text()), ("y", text()), ("n", text()), ("e", text())];
    let keys = Schema::Array(Array::new(object(&always, &by_type)));
    Schema::Object(ObjectBuilder::new().property("keys", keys).required("keys").build())
}

fn metadata() -> Schema {
    let texts = || Schema::Array(Array::new(text()));
    let lists = ["scopes_supported", "grant_types_supported", "token_endpoint_auth_methods_supported"];
    let addresses = ["issuer", "token_endpoint", "revocation_endpoint", "jwks_uri"];
    let schema = addresses.into_iter().fold(ObjectBuilder::new(), |all, name| all.property(name, address()).required(name));
    let schema = lists.into_iter().fold(schema, |all, name| all.property(name, texts()).required(name));
    Schema::Object(schema.build())
}

/// An object with members that are always there, and some that may be.
fn object(always: &[(&str, Object)], sometimes: &[(&str, Object)]) -> Schema {
    let schema = always.iter().fold(ObjectBuilder::new(), |all, (name, of)| all.property(*name, of.clone()).required(*name));
    let schema = sometimes.iter().fold(schema, |all, (name, of)| all.property(*name, of.clone()));
    Schema::Object(schema.build())
}

fn one_of(words: &[&str]) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words.iter().copied())).build()
}

fn text() -> Object {
    Object::with_type(Type::String)
}

fn address() -> Object {
    ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::Custom("uri".into()))).build()
}

fn integer() -> Object {
    Object::with_type(Type::Integer)
}
