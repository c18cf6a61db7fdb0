//! The one seam of verification: a compact JWS (RFC 7515 §7.1), a key set, the allowed algorithms, and out comes the payload.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    check::{Check, Unwatched, Watch},
    json::Object,
    keys::{Key, KeySet},
};
use crate::{
    algorithm::Algorithm,
    denial::{Denial, Reason},
    guard::Guard,
};

/// When a caller may try again whose issuer cannot be asked: its keys are fetched again about as often.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// A JWS that could be read. Nothing in it is believed yet.
#[derive(Debug)]
pub struct Compact<'a> {
    header: Header,
    payload: Vec<u8>,
    signed: &'a str,
    signature: &'a str,
}

/// The header members that matter. Others are ignored, above all those that would name a key: `jku`, `x5u`, `jwk`, `x5c`.
#[derive(Debug)]
struct Header {
    /// `None`: none that is used here.
    alg: Option<Algorithm>,
    kid: Option<Box<str>>,
    typ: Typ,
}

/// What `typ` says (RFC 7515 §4.1.9): a media type in any case, with or without `application/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typ {
    /// Nothing: it is not there.
    Absent,
    /// An access token (RFC 9068 §2.1).
    AccessToken,
    /// A JWT of no particular kind (RFC 7519 §5.1).
    Jwt,
    /// A client's assertion (RFC 7523, as its revision names it).
    ClientAuthentication,
    /// Something else.
    Other,
}

impl<'a> Compact<'a> {
    /// Takes three base64url parts without padding apart and reads the header.
    ///
    /// # Errors
    /// `credential_malformed`.
    pub fn parse(text: &'a str) -> Result<Self, Denial> {
        let (signed, signature) = text.rsplit_once('.').ok_or_else(|| malformed("not a compact JWS"))?;
        let (header, payload) = signed.split_once('.').ok_or_else(|| malformed("not a compact JWS"))?;
        if payload.contains('.') {
            return Err(malformed("more than three parts"));
        }
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed("not base64url"));
        let header = Header::read(&decode(header)?)?;
        Ok(Self { header, payload: decode(payload)?, signed, signature })
    }

    /// What `typ` says.
    pub fn typ(&self) -> Typ {
        self.header.typ
    }

    /// The payload before the signature was checked: good for choosing an issuer, for nothing else.
    pub fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }

    /// The `kid` that is not among `keys`, of a token that would otherwise be verified: what its issuer can be asked for.
    pub fn missing_kid(&self, keys: &KeySet, allowed: &[Algorithm]) -> Option<&str> {
        let kid = self.header.kid.as_deref().filter(|kid| !kid.is_empty())?;
        let algorithm = self.header.alg.is_some_and(|algorithm| allowed.contains(&algorithm));
        (algorithm && keys.find(kid).is_none()).then_some(kid)
    }

    /// The payload, after its signature was verified with the key that `kid` names.
    ///
    /// # Errors
    /// `algorithm_refused`, `credential_unknown` (no such `kid`), `unavailable` (no keys at all), `signature_invalid`.
    pub fn verify(&self, keys: &KeySet, allowed: &[Algorithm]) -> Result<&[u8], Denial> {
        self.verify_watched(keys, allowed, &mut Unwatched)?;
        Ok(&self.payload)
    }

    /// The same, watched, and says which key it was.
    pub(super) fn verify_watched<'k>(
        &self,
        keys: &'k KeySet,
        allowed: &[Algorithm],
        watch: &mut impl Watch,
    ) -> Result<&'k Key, Denial> {
        watch.begins(Check::Algorithm);
        let algorithm = self.header.alg.filter(|algorithm| allowed.contains(algorithm));
        let algorithm = algorithm.ok_or_else(|| refused("`alg` is not one that this issuer uses"))?;
        watch.begins(Check::Key);
        let key = self.header.kid.as_deref().and_then(|kid| keys.find(kid));
        let key = key.ok_or_else(|| missing(keys))?;
        if key.algorithm != algorithm {
            return Err(refused("the key belongs to another algorithm"));
        }
        watch.begins(Check::Signature);
        if key.verifies(self.signed, self.signature) || !Guard::TokenSignature.stands() {
            Ok(key)
        } else {
            Err(Denial::new(Reason::SignatureInvalid, "the signature does not verify"))
        }
    }
}

/// A key that is not there: nobody's, or nobody can say.
fn missing(keys: &KeySet) -> Denial {
    if keys.is_lost() {
        Denial::new(Reason::Unavailable, "the keys of its issuer cannot be had").retry_after(ASK_AGAIN)
    } else {
        Denial::new(Reason::CredentialUnknown, "`kid` names no key of this issuer")
    }
}

impl Header {
    fn read(text: &[u8]) -> Result<Self, Denial> {
        let object = Object::read(text).map_err(|_| malformed("the header is no JSON object, or a member is there twice"))?;
        if object.has("crit") || object.has("b64") {
            // RFC 7515 §4.1.11: an extension that is not understood makes the JWS invalid, and none is understood here.
            return Err(malformed("`crit` or `b64` in the header"));
        }
        let text = |name: &str| match object.get(name) {
            None => Ok(None),
            Some(value) => value.text().map(Some).ok_or_else(|| malformed("`alg`, `kid` or `typ` is no string")),
        };
        let alg = text("alg")?.ok_or_else(|| malformed("no `alg` in the header"))?;
        Ok(Self { alg: alg.parse().ok(), kid: text("kid")?.map(Into::into), typ: text("typ")?.map_or(Typ::Absent, Typ::of) })
    }
}

impl Typ {
    fn of(typ: &str) -> Self {
        let prefix = "application/";
        let short = typ
            .split_at_checked(prefix.len())
            .filter(|(start, _)| start.eq_ignore_ascii_case(prefix))
            .map_or(typ, |(_, rest)| rest);
        match &*short.to_ascii_lowercase() {
            "at+jwt" => Self::AccessToken,
            "jwt" => Self::Jwt,
            "client-authentication+jwt" => Self::ClientAuthentication,
            _ => Self::Other,
        }
    }
}

fn malformed(cause: &'static str) -> Denial {
    Denial::new(Reason::CredentialMalformed, cause)
}

fn refused(cause: &'static str) -> Denial {
    Denial::new(Reason::AlgorithmRefused, cause)
}
