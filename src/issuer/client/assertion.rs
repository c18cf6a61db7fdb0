//! A client's assertion (RFC 7523 §3): a short-lived JWT in its own name, to this service, used once.

use crate::{
    authn::jwt::{
        Payload,
        jws::{Compact, Typ},
    },
    denial::Denial,
};

/// Longer than any assertion needs to be.
pub(super) const LONGEST: usize = 8 * 1024;
/// Longer names are not kept.
const LONGEST_JTI: usize = 256;
/// How far ahead `exp` may lie, in seconds: so long must a used one be remembered.
const EXP_AHEAD: u64 = 10 * 60;
/// How far ahead `iat` may lie: clocks differ, but not by more.
const IAT_AHEAD: u64 = 60;

/// What an assertion says, each member with its one type.
#[derive(Debug)]
pub(super) struct Claims<'a> {
    iss: &'a str,
    pub(super) sub: &'a str,
    /// The only name in it: several are as good as none.
    aud: Option<&'a str>,
    pub(super) exp: u64,
    nbf: Option<u64>,
    iat: Option<u64>,
    pub(super) jti: &'a str,
}

impl<'a> Claims<'a> {
    /// What a payload says whose signature may not have been checked yet.
    ///
    /// # Errors
    /// `credential_malformed`, naming the member that is missing or of another type.
    pub(super) fn unverified(payload: &'a Payload<'_>) -> Result<Self, Denial> {
        Ok(Self {
            iss: payload.text("iss")?,
            sub: payload.text("sub")?,
            aud: payload.only_audience(),
            exp: payload.whole("exp")?,
            nbf: payload.whole_if_there("nbf")?,
            iat: payload.whole_if_there("iat")?,
            jti: payload.text("jti")?,
        })
    }

    /// Whether it says what RFC 7523 §3 demands, to one of `audiences`, at `now`; else what is wrong.
    pub(super) fn check(&self, audiences: &[&str], now: u64) -> Result<(), &'static str> {
        if self.iss != self.sub {
            return Err("the assertion's `iss` is not its `sub`");
        }
        // One audience alone: who is another one of several could use the assertion here in the client's name.
        if self.aud.is_none_or(|aud| !audiences.contains(&aud)) {
            return Err("the assertion's `aud` is not this issuer or its token endpoint, and nothing else");
        }
        if self.exp <= now {
            return Err("the assertion's `exp` has come");
        }
        if self.exp > now.saturating_add(EXP_AHEAD) {
            return Err("the assertion's `exp` lies more than ten minutes ahead");
        }
        if self.nbf.is_some_and(|nbf| nbf > now) {
            return Err("the assertion's `nbf` is still to come");
        }
        if self.iat.is_some_and(|iat| iat > now.saturating_add(IAT_AHEAD)) {
            return Err("the assertion's `iat` lies more than a minute ahead");
        }
        if self.jti.is_empty() || self.jti.len() > LONGEST_JTI {
            return Err("the assertion's `jti` is empty or too long");
        }
        Ok(())
    }
}

/// Whether `typ` allows that this is an assertion: absent, `JWT`, or its own type. An access token is none.
pub(super) fn is_assertion(jws: &Compact<'_>) -> bool {
    matches!(jws.typ(), Typ::Absent | Typ::Jwt | Typ::ClientAuthentication)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn outcome(change: &str, value: Value) -> Result<(), String> {
        let mut claims = json!({"iss": "c", "sub": "c", "aud": "https://i", "exp": NOW + 60, "jti": "j"});
        if value == json!("(absent)") {
            claims.as_object_mut().unwrap().remove(change);
        } else {
            claims[change] = value;
        }
        let text = claims.to_string();
        let payload = Payload::read(text.as_bytes()).map_err(|denial| denial.cause)?;
        let claims = Claims::unverified(&payload).map_err(|denial| denial.cause)?;
        claims.check(&["https://i", "https://i/oauth2/token"], NOW).map_err(str::to_owned)
    }

    #[test]
    fn what_the_rfc_allows_passes() {
        for (claim, value) in [
            ("exp", json!(NOW + 1)),
            ("exp", json!(NOW + 600)),
            ("aud", json!(["https://i"])),
            ("aud", json!("https://i/oauth2/token")),
            ("nbf", json!(NOW)),
            ("iat", json!(NOW + 60)),
            ("iat", json!(0)),
            ("jti", json!("j".repeat(256))),
            ("extra", json!({"a": []})),
        ] {
            assert_eq!(outcome(claim, value.clone()), Ok(()), "{claim} = {value}");
        }
    }

    #[test]
    fn every_other_type_value_and_absence_is_refused() {
        let absent = json!("(absent)");
        let rows = [
            ("iss", vec![absent.clone(), json!("d"), json!(""), json!(["c"]), json!(1), Value::Null]),
            ("sub", vec![absent.clone(), json!("d"), json!(["c"]), Value::Null]),
            (
                "aud",
                vec![
                    absent.clone(),
                    json!(""),
                    json!([]),
                    json!(["https://i", "https://j"]),
                    json!(["https://i", "https://i/oauth2/token"]),
                    json!("https://i/"),
                    json!("HTTPS://i"),
                    json!("https://i/oauth2/revoke"),
                    json!("https://i https://j"),
                    json!({"https://i": 1}),
                    json!(1),
                    Value::Null,
                ],
            ),
            (
                "exp",
                vec![
                    absent.clone(),
                    json!(NOW),
                    json!(0),
                    json!(-1),
                    json!(NOW + 601),
                    json!(u64::MAX),
                    json!(1e308),
                    json!(1_800_000_060.5),
                    json!((NOW + 60).to_string()),
                    json!(true),
                    Value::Null,
                ],
            ),
            ("nbf", vec![json!(NOW + 1), json!("0"), json!(1.5), json!(-1), Value::Null, json!([])]),
            ("iat", vec![json!(NOW + 61), json!("0"), json!(1.5), json!(-1), Value::Null, json!(u64::MAX)]),
            ("jti", vec![absent, json!(""), json!(7), json!("j".repeat(257)), json!(["j"]), Value::Null]),
        ];
        for (claim, values) in rows {
            for value in values {
                assert!(outcome(claim, value.clone()).is_err(), "{claim} = {value}");
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_repeated() {
        for (claim, value) in [("exp", json!("a-secret")), ("aud", json!({"a-secret": 1})), ("jti", json!(["a-secret"]))] {
            let why = outcome(claim, value).unwrap_err();
            assert!(!why.contains("secret"), "{why}");
        }
    }

    #[test]
    fn a_payload_is_an_object() {
        for text in [r#"["c","c","https://i",1800000001,null,null,"j"]"#, "[]", "null", "7", ""] {
            assert!(Payload::read(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_member_may_not_be_there_twice() {
        let text = format!(r#"{{"iss":"c","sub":"c","aud":"https://i","exp":{},"jti":"a","jti":"b"}}"#, NOW + 1);
        assert!(Payload::read(text.as_bytes()).is_err());
    }
}
