//! What a token says, with exact types: nothing is coerced, nothing may be there twice.

use std::time::SystemTime;

use super::json::{Object, Value};
use crate::{
    clock,
    denial::{Denial, Reason},
};

/// The end of the year 9999: later times are mistakes or attacks.
const LATEST: u64 = 253_402_300_799;

/// A payload that could be read.
#[derive(Debug)]
pub struct Payload<'a>(Object<'a>);

/// The claims of an access token (RFC 9068 §2.2), borrowed from its payload.
#[derive(Debug)]
pub struct Claims<'a> {
    /// The issuer.
    pub iss: &'a str,
    /// Whom the token is about; in the client-credentials grant, the client.
    pub sub: &'a str,
    /// The token's own name.
    pub jti: &'a str,
    /// The client that asked for it.
    pub client_id: Option<&'a str>,
    /// The end of validity, in seconds since 1970.
    pub exp: u64,
    /// The beginning of validity.
    pub nbf: Option<u64>,
    /// When it was made.
    pub iat: u64,
    /// Scopes in full, separated by spaces.
    pub scope: &'a str,
    others: &'a Object<'a>,
}

impl<'a> Payload<'a> {
    /// Reads a payload, whoever it comes from.
    ///
    /// # Errors
    /// `credential_malformed`: no JSON object (RFC 7519 §7.2), or a member is there twice.
    pub fn read(octets: &'a [u8]) -> Result<Self, Denial> {
        let object = Object::read(octets);
        object.map(Self).map_err(|_| malformed("the payload is no JSON object, or a member is there twice"))
    }

    /// `iss` before the signature was checked: good for choosing whose keys to use. `None` when it is missing or no string.
    pub fn unverified_issuer(&self) -> Option<&str> {
        self.0.get("iss")?.text()
    }

    /// The claims, once the signature was verified.
    ///
    /// # Errors
    /// `credential_malformed`, naming the claim that is missing or of another type.
    pub fn claims(&self) -> Result<Claims<'_>, Denial> {
        let claims = Claims {
            iss: self.text("iss")?,
            sub: self.text("sub")?,
            jti: self.text("jti")?,
            client_id: self.optional("client_id", Value::text)?,
            exp: self.whole("exp")?,
            nbf: self.whole_if_there("nbf")?,
            iat: self.whole("iat")?,
            scope: self.optional("scope", Value::text)?.unwrap_or_default(),
            others: &self.0,
        };
        if claims.sub.is_empty() || claims.jti.is_empty() {
            return Err(malformed("`sub` or `jti` is empty"));
        }
        if claims.exp > LATEST {
            return Err(malformed("`exp` lies beyond all calendars"));
        }
        Ok(claims)
    }

    /// A claim that must be there and a string.
    ///
    /// # Errors
    /// `credential_malformed`, naming it.
    pub fn text(&self, name: &str) -> Result<&str, Denial> {
        self.needed(name, Value::text)
    }

    /// A claim that must be there and a whole number.
    ///
    /// # Errors
    /// As [`Payload::text`].
    pub fn whole(&self, name: &str) -> Result<u64, Denial> {
        self.needed(name, Value::whole)
    }

    /// A claim that must be a whole number where it is there.
    ///
    /// # Errors
    /// As [`Payload::text`].
    pub fn whole_if_there(&self, name: &str) -> Result<Option<u64>, Denial> {
        self.optional(name, Value::whole)
    }

    /// The only name in `aud` (RFC 7519 §4.1.3), whether it stands alone or in a list.
    pub fn only_audience(&self) -> Option<&str> {
        match self.0.get("aud")? {
            Value::Text(one) => Some(one),
            Value::List(several) => match &several[..] {
                [one] => one.text(),
                _ => None,
            },
            _ => None,
        }
    }

    /// A claim that must have its type where it is there, whatever it says.
    pub(super) fn optional<'o, T>(&'o self, name: &str, of: impl Fn(&'o Value<'a>) -> Option<T>) -> Result<Option<T>, Denial> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        of(value).map(Some).ok_or_else(|| malformed(format!("`{name}` is of another type than it must be")))
    }

    fn needed<'o, T>(&'o self, name: &str, of: impl Fn(&'o Value<'a>) -> Option<T>) -> Result<T, Denial> {
        self.optional(name, of)?.ok_or_else(|| malformed(format!("`{name}` is missing")))
    }
}

impl Claims<'_> {
    /// The end of validity.
    pub fn expires(&self) -> SystemTime {
        clock::from_seconds(self.exp)
    }

    /// Whether there is an `aud` at all.
    pub(super) fn has_audience(&self) -> bool {
        self.others.has("aud")
    }

    /// Whether `aud` is this text, or a list of texts that holds it (RFC 7519 §4.1.3).
    pub(super) fn audience_is(&self, audience: &str) -> bool {
        match self.others.get("aud") {
            Some(Value::Text(one)) => one == audience,
            Some(Value::List(several)) => {
                several.iter().all(|one| one.text().is_some()) && several.iter().any(|one| one.text() == Some(audience))
            }
            _ => false,
        }
    }

    /// What the token is for, where the issuer says so: a string, or nothing.
    pub(super) fn token_use(&self) -> Option<&str> {
        self.others.get("token_use")?.text()
    }

    /// The scopes of this resource server, by short name.
    pub(super) fn short_scopes(&self, prefix: &str) -> Vec<String> {
        let all = self.scope.split(' ');
        all.filter_map(|scope| scope.strip_prefix(prefix)?.strip_prefix('/')).map(str::to_owned).collect()
    }
}

fn malformed(cause: impl Into<std::borrow::Cow<'static, str>>) -> Denial {
    Denial::new(Reason::CredentialMalformed, cause)
}
