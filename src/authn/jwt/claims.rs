//! What a verified token says (RFC 9068 §2.2), with exact types: nothing is coerced, nothing may be there twice.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::{
    clock,
    denial::{Denial, Reason},
};

/// The end of the year 9999: later times are mistakes or attacks.
const LATEST: u64 = 253_402_300_799;
/// How far `iat` may lie ahead: clocks differ, but not by more.
const IAT_AHEAD: u64 = 60;

/// The claims of an access token.
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// The issuer.
    pub iss: String,
    /// Whom the token is about; in the client-credentials grant, the client.
    pub sub: String,
    /// Whom it is for.
    pub aud: Audience,
    /// When it ends, in seconds since 1970.
    pub exp: u64,
    nbf: Option<u64>,
    /// When it was issued, in seconds since 1970.
    pub iat: u64,
    /// The token's own name.
    pub jti: String,
    /// The client that asked for it.
    pub client_id: Option<String>,
    /// What it is good for, in full.
    pub scope: Option<String>,
}

/// One name, or a list of them (RFC 7519 §4.1.3).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Audience {
    /// `"aud": "…"`.
    One(String),
    /// `"aud": […]`.
    Several(Vec<String>),
}

#[derive(Deserialize)]
struct IssuerOnly {
    iss: String,
}

impl Claims {
    /// `iss` of a payload whose signature was not checked yet.
    pub(super) fn unverified_issuer(payload: &[u8]) -> Result<String, Denial> {
        // A payload that is an object without a readable `iss` comes from no trusted issuer.
        let object = serde_json::from_slice::<serde::de::IgnoredAny>(payload).is_ok();
        let found = serde_json::from_slice::<IssuerOnly>(payload);
        found.map(|only| only.iss).map_err(|_| {
            if object {
                Denial::new(Reason::IssuerMismatch, "`iss` is missing, twice there, or no string")
            } else {
                Denial::new(Reason::CredentialMalformed, "the payload is not JSON")
            }
        })
    }

    /// Reads the payload of a token whose signature was verified.
    ///
    /// # Errors
    /// `audience_mismatch` when `aud` is missing or of the wrong type, else `credential_malformed`.
    pub fn read(payload: &[u8]) -> Result<Self, Denial> {
        serde_json::from_slice(payload).map_err(|error| {
            let aud = error.to_string().contains("`aud`") || error.to_string().contains("Audience");
            let reason = if aud { Reason::AudienceMismatch } else { Reason::CredentialMalformed };
            Denial::new(reason, format!("claims: {error}"))
        })
    }

    pub(super) fn check(&self, issuer: &str, audience: &str, now: SystemTime) -> Result<(), Denial> {
        let now = clock::seconds(now);
        let refuse = |reason, cause: &'static str| Err(Denial::new(reason, cause));
        if self.sub.is_empty() || self.jti.is_empty() || self.exp > LATEST {
            return refuse(Reason::CredentialMalformed, "an empty `sub` or `jti`, or an `exp` beyond all calendars");
        }
        if self.iss != issuer {
            return refuse(Reason::IssuerMismatch, "`iss` is not the issuer whose key signed");
        }
        if !self.aud.names(audience) {
            return refuse(Reason::AudienceMismatch, "`aud` does not name this resource server");
        }
        // RFC 7519 §4.1.4: on or after `exp` it must not be accepted. No leeway for any issuer.
        if self.exp <= now {
            return refuse(Reason::Expired, "`exp` has come");
        }
        if self.nbf.is_some_and(|nbf| nbf > now) {
            return refuse(Reason::NotYetValid, "`nbf` is still to come");
        }
        if self.iat > now + IAT_AHEAD {
            return refuse(Reason::NotYetValid, "`iat` lies more than a minute ahead");
        }
        Ok(())
    }

    /// The end of validity.
    pub fn expires(&self) -> SystemTime {
        clock::from_seconds(self.exp)
    }

    /// The scopes of this resource server, by short name.
    pub(super) fn short_scopes(&self, prefix: &str) -> Vec<String> {
        let all = self.scope.as_deref().unwrap_or_default().split(' ');
        all.filter_map(|scope| scope.strip_prefix(prefix)?.strip_prefix('/')).map(str::to_owned).collect()
    }
}

impl Audience {
    /// The only name in it.
    pub fn only(&self) -> Option<&str> {
        match self {
            Self::One(one) => Some(one),
            Self::Several(several) => match &several[..] {
                [one] => Some(one),
                _ => None,
            },
        }
    }

    fn names(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Several(several) => several.iter().any(|one| one == audience),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn outcome(change: &str, value: Value) -> Result<(), Reason> {
        let mut claims = json!({"iss": "https://i", "sub": "s", "aud": "a", "exp": NOW + 1, "iat": NOW, "jti": "j"});
        if value == json!("(absent)") {
            claims.as_object_mut().unwrap().remove(change)
        } else {
            claims[change] = value;
            None
        };
        let claims = Claims::read(claims.to_string().as_bytes()).map_err(|denial| denial.reason)?;
        claims.check("https://i", "a", clock::from_seconds(NOW)).map_err(|denial| denial.reason)
    }

    #[test]
    fn what_is_right_passes() {
        for (claim, value) in [
            ("exp", json!(NOW + 1)),
            ("aud", json!(["x", "a"])),
            ("nbf", json!(NOW)),
            ("iat", json!(NOW + 60)),
            ("extra", json!({})),
        ] {
            assert_eq!(outcome(claim, value.clone()), Ok(()), "{claim} = {value}");
        }
    }

    #[test]
    fn every_other_type_value_and_absence_is_refused_with_its_reason() {
        use Reason::{AudienceMismatch, CredentialMalformed, Expired, IssuerMismatch, NotYetValid};
        let (absent, huge) = (json!("(absent)"), json!(1e308));
        let rows = [
            ("exp", absent.clone(), CredentialMalformed),
            ("exp", json!("1"), CredentialMalformed),
            ("exp", json!(1.5), CredentialMalformed),
            ("exp", huge, CredentialMalformed),
            ("exp", json!(-1), CredentialMalformed),
            ("exp", json!(0), Expired),
            ("exp", json!(NOW), Expired),
            ("exp", json!(1_u64 << 63), CredentialMalformed),
            ("exp", Value::Null, CredentialMalformed),
            ("exp", json!(true), CredentialMalformed),
            ("aud", absent.clone(), AudienceMismatch),
            ("aud", json!(""), AudienceMismatch),
            ("aud", json!(1), AudienceMismatch),
            ("aud", json!({}), AudienceMismatch),
            ("aud", json!("a/"), AudienceMismatch),
            ("aud", json!([]), AudienceMismatch),
            ("aud", json!("xa"), AudienceMismatch),
            ("iss", json!("https://i/"), IssuerMismatch),
            ("iss", json!("HTTPS://i"), IssuerMismatch),
            ("iss", json!(["https://i"]), CredentialMalformed),
            ("nbf", json!(NOW + 1), NotYetValid),
            ("nbf", json!("0"), CredentialMalformed),
            ("iat", json!(NOW + 61), NotYetValid),
            ("iat", absent.clone(), CredentialMalformed),
            ("sub", absent.clone(), CredentialMalformed),
            ("sub", json!(""), CredentialMalformed),
            ("jti", absent, CredentialMalformed),
            ("jti", json!(7), CredentialMalformed),
            ("scope", json!(["a"]), CredentialMalformed),
        ];
        for (claim, value, reason) in rows {
            assert_eq!(outcome(claim, value.clone()), Err(reason), "{claim} = {value}");
        }
    }

    #[test]
    fn a_member_may_not_be_there_twice() {
        for twice in [r#"{"iss":"a","iss":"b"}"#, r#"{"iss":"a","exp":1,"exp":2}"#] {
            assert!(Claims::read(twice.as_bytes()).is_err(), "{twice}");
        }
        assert!(Claims::unverified_issuer(br#"{"iss":"a","iss":"b"}"#).is_err());
    }
}
