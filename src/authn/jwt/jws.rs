//! The one seam of verification: a compact JWS (RFC 7515 §7.1), a key set, the allowed algorithms, and out comes the payload.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, de::IgnoredAny};

use super::keys::KeySet;
use crate::{
    algorithm::Algorithm,
    denial::{Denial, Reason},
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
#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    #[serde(default)]
    crit: Present,
    #[serde(default)]
    b64: Present,
}

/// Whether a member is there, whatever its value.
#[derive(Debug, Default)]
struct Present(bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(from).map(|_| Self(true))
    }
}

impl<'a> Compact<'a> {
    /// Takes three base64url parts without padding apart and reads the header.
    ///
    /// # Errors
    /// `credential_malformed`.
    pub fn parse(text: &'a str) -> Result<Self, Denial> {
        let malformed = |cause: &'static str| Denial::new(Reason::CredentialMalformed, cause);
        let (signed, signature) = text.rsplit_once('.').ok_or_else(|| malformed("not a compact JWS"))?;
        let (header, payload) = signed.split_once('.').ok_or_else(|| malformed("not a compact JWS"))?;
        if payload.contains('.') {
            return Err(malformed("more than three parts"));
        }
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| malformed("not base64url"));
        let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| malformed("the header cannot be read"))?;
        if header.crit.0 || header.b64.0 {
            // RFC 7515 §4.1.11: an extension that is not understood makes the JWS invalid, and none is understood here.
            return Err(malformed("`crit` or `b64` in the header"));
        }
        Ok(Self { header, payload: decode(payload)?, signed, signature })
    }

    /// Whether `typ` says access token (RFC 9068 §2.1), in any case, with or without `application/`.
    pub fn is_access_token(&self) -> bool {
        let typ = self.header.typ.as_deref().unwrap_or_default();
        let prefix = "application/";
        let short = typ
            .split_at_checked(prefix.len())
            .filter(|(start, _)| start.eq_ignore_ascii_case(prefix))
            .map_or(typ, |(_, rest)| rest);
        short.eq_ignore_ascii_case("at+jwt")
    }

    /// The payload before the signature was checked: good for choosing an issuer, for nothing else.
    pub fn unverified_payload(&self) -> &[u8] {
        &self.payload
    }

    /// The `kid` that is not among `keys`, of a token that would otherwise be verified: what its issuer can be asked for.
    pub fn missing_kid(&self, keys: &KeySet, allowed: &[Algorithm]) -> Option<&str> {
        let kid = self.header.kid.as_deref().filter(|kid| !kid.is_empty())?;
        let algorithm = self.header.alg.parse().is_ok_and(|algorithm: Algorithm| allowed.contains(&algorithm));
        (algorithm && keys.find(kid).is_none()).then_some(kid)
    }

    /// The payload, after its signature was verified with the key that `kid` names.
    ///
    /// # Errors
    /// `algorithm_refused`, `credential_unknown` (no such `kid`), `unavailable` (no keys at all), `signature_invalid`.
    pub fn verify(&self, keys: &KeySet, allowed: &[Algorithm]) -> Result<&[u8], Denial> {
        let refused = || Denial::new(Reason::AlgorithmRefused, "`alg` is not one that this issuer uses");
        let algorithm = self.header.alg.parse::<Algorithm>().ok().filter(|alg| allowed.contains(alg)).ok_or_else(refused)?;
        let kid = self.header.kid.as_deref().unwrap_or_default();
        let key = keys.find(kid).ok_or_else(|| missing(keys))?;
        if key.algorithm != algorithm {
            return Err(Denial::new(Reason::AlgorithmRefused, "the key belongs to another algorithm"));
        }
        if key.verifies(self.signed, self.signature) {
            Ok(&self.payload)
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
