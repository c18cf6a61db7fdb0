//! `forge`: a credential that somebody makes. What is wrong with a token is written as data; what data cannot say has a word.

use std::{collections::BTreeMap, fmt};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Chain, Purpose};
use crate::{mode::Mode, words::words};

/// `forge`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forge {
    /// Who then holds the made one.
    #[serde(rename = "as")]
    pub who: String,
    /// Whom it claims to be.
    pub like: String,
    /// Who makes it.
    pub by: Minter,
    /// What is wrong with it, beside who made it, in a word that means the same in every mode.
    pub flaw: Option<Flaw>,
    /// What a certificate is for, when not for callers; an empty list: it does not say.
    pub purpose: Option<Vec<Purpose>>,
    /// What is sent, when not the certificate alone.
    pub chain: Option<Chain>,
    /// Members of the token's header that are other than they should be.
    #[serde(default)]
    pub header: Map<String, Value>,
    /// Claims that are other than they should be.
    #[serde(default)]
    pub claims: Map<String, Value>,
    /// Members that are left away: claims, and members of the header as `header.kid`.
    #[serde(default)]
    pub without: Vec<String>,
    /// Members whose value is written as JSON, for what TOML has no word for.
    #[serde(default)]
    pub json: BTreeMap<String, String>,
    /// Members that are there a second time, with this JSON, before the right one.
    #[serde(default)]
    pub before: BTreeMap<String, String>,
    /// Members that are there a second time, with this JSON, after the right one.
    #[serde(default)]
    pub after: BTreeMap<String, String>,
    /// How it is signed, when not as it should be.
    pub signature: Option<Signature>,
    /// How it is written down, when not as three parts in base64url.
    pub shape: Option<Shape>,
}

words! {
    /// Who makes a credential.
    pub enum Minter {
        /// Somebody with a signing key, a CA, a random generator of its own.
        Stranger = "stranger",
        /// Somebody whom the server trusts to make them: a second issuer, the client CA.
        Trusted = "trusted",
        /// Somebody who has stolen the private key of the true maker: the issuer's signing key, the client CA's.
        Maker = "maker",
    }
}

words! {
    /// What is wrong with a made credential, in any mode.
    pub enum Flaw {
        /// It names the true maker (`kid`, the CA's name), who did not make it.
        SameName = "same_name",
        /// It begins in an hour.
        NotYetValid = "not_yet_valid",
        /// It ended an hour ago.
        Expired = "expired",
        /// It is good, but for something else: another audience, server authentication.
        NotForThisServer = "not_for_this_server",
        /// It cannot be read.
        Garbage = "garbage",
    }
}

words! {
    /// A signature that is not what `alg` ES256 promises: r and s of 32 octets each (RFC 7518 §3.4).
    pub enum Signature {
        /// No octets at all.
        None = "none",
        /// That of the token which it is like.
        Original = "original",
        /// r = s = 0, which verifies everything where nobody looks (CVE-2022-21449).
        Zero = "zero",
        /// r is the order of the curve.
        RIsN = "r_is_n",
        /// s is the order of the curve.
        SIsN = "s_is_n",
        /// The right r and s as ASN.1, as TLS has them.
        Der = "der",
        /// The last octet is missing.
        Truncated = "truncated",
        /// One octet more.
        TooLong = "too_long",
        /// A right signature, on P-384.
        WrongCurve = "wrong_curve",
        /// HMAC with an empty key.
        HmacEmpty = "hmac_empty",
        /// HMAC with the issuer's published key as PEM.
        HmacPem = "hmac_pem",
        /// The same without the line end.
        HmacPemBare = "hmac_pem_bare",
        /// HMAC with the issuer's published key as DER.
        HmacDer = "hmac_der",
        /// HMAC with the key alone: the point of a curve, an RSA key as PKCS #1.
        HmacRaw = "hmac_raw",
        /// HMAC with the text of the published JWK.
        HmacJwk = "hmac_jwk",
        /// HMAC with the text of the published key set.
        HmacJwks = "hmac_jwks",
    }
}

words! {
    /// A token that is not written as RFC 7515 §7.1 has it.
    pub enum Shape {
        /// Base64 with `=` at the end.
        Padded = "padded",
        /// Base64 with `+` and `/`.
        StandardAlphabet = "standard_alphabet",
        /// The last letter of a part has bits set that mean nothing.
        TrailingBits = "trailing_bits",
        /// A space within a part.
        Space = "space",
        /// Without a signature and its dot.
        TwoParts = "two_parts",
        /// One part more, empty.
        FourParts = "four_parts",
        /// Five parts, as an encrypted token has.
        FiveParts = "five_parts",
        /// The flattened JSON serialisation (RFC 7515 §7.2.2).
        Json = "json",
    }
}

impl Forge {
    /// Words in braces that its texts may hold: the claims that a right token would have, and what only the lab knows.
    pub(super) const BLANKS: &[&str] =
        &["iss", "aud", "sub", "client_id", "scope", "exp", "iat", "jti", "kid", "jwk", "x5c", "listener"];

    /// Every text that may hold blanks.
    pub(super) fn texts(&self) -> Vec<&str> {
        let json = [&self.json, &self.before, &self.after].into_iter().flat_map(BTreeMap::values).map(String::as_str);
        let mut all: Vec<&str> = json.collect();
        self.header.values().chain(self.claims.values()).for_each(|value| strings(value, &mut all));
        all
    }

    /// Whether it names a place of the forger's own.
    pub fn calls_home(&self) -> bool {
        self.texts().iter().any(|text| text.contains("{listener}"))
    }

    /// Whether it says something that only certificates have.
    pub(super) fn is_about_certificates(&self) -> bool {
        self.purpose.is_some() || self.chain.is_some()
    }

    /// Whether it says something that only tokens have.
    pub(super) fn is_about_tokens(&self) -> bool {
        let members = !self.header.is_empty() || !self.claims.is_empty() || !self.without.is_empty();
        let texts = [&self.json, &self.before, &self.after].into_iter().any(|texts| !texts.is_empty());
        members || texts || self.signature.is_some() || self.shape.is_some()
    }
}

fn strings<'v>(value: &'v Value, into: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => into.push(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, into)),
        Value::Object(members) => members.values().for_each(|member| strings(member, into)),
        _ => {}
    }
}

impl Flaw {
    /// The modes in which somebody can make such a thing; `open` takes anything.
    pub fn modes(self) -> &'static [Mode] {
        match self {
            Self::Garbage => Mode::ALL,
            Self::SameName | Self::NotYetValid | Self::Expired | Self::NotForThisServer => &[Mode::Open, Mode::Jwt, Mode::Mtls],
        }
    }
}

impl fmt::Display for Forge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let who = match self.by {
            Minter::Stranger => "a stranger",
            Minter::Trusted => "somebody who is trusted",
            Minter::Maker => "who has the true maker's private key",
        };
        write!(f, "{who} makes a credential like that of {}", self.like)?;
        self.flaw.map_or(Ok(()), |flaw| write!(f, ", {}", flaw.as_str().replace('_', " ")))?;
        write!(f, ", for {}", self.who)
    }
}
