//! What a token says, by profile. Times are whole seconds since 1970 (RFC 7519 §2).

use std::time::Duration;

use serde::Serialize;

use crate::{
    mode::Profile,
    secret::{random_text, random_uuid},
};

/// What every token is made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grant<'a> {
    pub(super) profile: Profile,
    pub(super) issuer: &'a str,
    pub(super) client: &'a str,
    pub(super) audience: &'a str,
    /// In full, separated by spaces.
    pub(super) scope: &'a str,
    /// Now.
    pub(super) iat: u64,
    pub(super) ttl: u64,
}

/// The claims of a token; which ones, and in which order, is the profile's.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Claims<'a> {
    /// RFC 9068 §2.2.
    Standard { iss: &'a str, sub: &'a str, client_id: &'a str, aud: &'a str, exp: u64, iat: u64, jti: String, scope: &'a str },
    /// An access token of Cognito: no `aud`.
    Cognito {
        sub: &'a str,
        token_use: &'static str,
        scope: &'a str,
        auth_time: u64,
        iss: &'a str,
        exp: u64,
        iat: u64,
        version: u8,
        jti: String,
        client_id: &'a str,
    },
}

impl<'a> Claims<'a> {
    pub(super) fn of(grant: Grant<'a>) -> Result<Self, String> {
        let Grant { profile, issuer: iss, client, audience: aud, scope, iat, ttl } = grant;
        let exp = iat.saturating_add(ttl);
        Ok(match profile {
            Profile::Standard => {
                let jti = random_text(22)?;
                Self::Standard { iss, sub: client, client_id: client, aud, exp, iat, jti, scope }
            }
            Profile::Aws => Self::Cognito {
                sub: client,
                token_use: "access",
                scope,
                auth_time: iat,
                iss,
                exp,
                iat,
                version: 2,
                jti: random_uuid()?,
                client_id: client,
            },
        })
    }
}

/// How long a token lives, in seconds. Cognito has no token below five minutes or beyond a day.
pub(super) fn lifetime(profile: Profile, wanted: Duration) -> u64 {
    match profile {
        Profile::Standard => wanted.as_secs().max(1),
        Profile::Aws => wanted.as_secs().clamp(5 * 60, 24 * 60 * 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(profile: Profile) -> String {
        let scope = "https://h/test/hello-world";
        let (issuer, audience, iat) = ("https://h/p", "https://h/test", 1_800_000_000);
        let grant = Grant { profile, issuer, client: "c", audience, scope, iat, ttl: 300 };
        let mut value = serde_json::to_value(Claims::of(grant).unwrap()).unwrap();
        assert!(value["jti"].take().is_string());
        serde_json::to_string(&value).unwrap()
    }

    #[test]
    fn each_profile_says_what_its_verifiers_want() {
        insta::assert_snapshot!(written(Profile::Standard), @r#"{"aud":"https://h/test","client_id":"c","exp":1800000300,"iat":1800000000,"iss":"https://h/p","jti":null,"scope":"https://h/test/hello-world","sub":"c"}"#);
        insta::assert_snapshot!(written(Profile::Aws), @r#"{"auth_time":1800000000,"client_id":"c","exp":1800000300,"iat":1800000000,"iss":"https://h/p","jti":null,"scope":"https://h/test/hello-world","sub":"c","token_use":"access","version":2}"#);
    }

    #[test]
    fn cognito_has_neither_very_short_nor_very_long_tokens() {
        let of = |profile, seconds| lifetime(profile, Duration::from_secs(seconds));
        assert_eq!([0, 1, 299, 86_401].map(|seconds| of(Profile::Standard, seconds)), [1, 1, 299, 86_401]);
        assert_eq!([0, 299, 300, 86_400, 86_401].map(|seconds| of(Profile::Aws, seconds)), [300, 300, 300, 86_400, 86_400]);
    }
}
