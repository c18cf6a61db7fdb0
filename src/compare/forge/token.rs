//! Access tokens as somebody else makes them: by another key, by a second issuer that the server trusts, and with what a
//! scenario says is wrong about them.

use base64::{
    Engine,
    engine::{
        GeneralPurpose,
        general_purpose::{STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
    },
};
use serde_json::{Value, json};

use super::{members::Members, published::Published, signer::Signer};
use crate::{
    clock,
    compare::scenario::{Flaw, Forge, Minter, Shape, Signature, blanks},
    secret::Secret,
    wire::JWKS_PATH,
};

/// The second issuer, whom the server trusts by a file of keys.
pub(in crate::compare) const TRUSTED_ISSUER: &str = "https://issuer.example";

const HOUR: u64 = 3600;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What a forger knows beside its own key.
#[derive(Debug, Clone, Copy)]
pub(in crate::compare) struct World<'a> {
    /// What the true issuer tells the world about its keys.
    pub(in crate::compare) published: &'a [u8],
    /// A place of the forger's that nobody should call.
    pub(in crate::compare) listener: Option<&'a str>,
}

/// A token like a true one, made by `signer` as `how` says.
pub(in crate::compare) fn forge(like: &Secret, signer: &Signer, how: &Forge, world: World<'_>) -> Result<Secret, String> {
    if how.flaw == Some(Flaw::Garbage) {
        return Ok(Secret::new("this.is.no-token"));
    }
    let mut parts = Parts::of(like)?;
    let kid = parts.header.text("kid").unwrap_or_default();
    parts.header.set("alg", signer.algorithm());
    parts.header.set("kid", signer.kid.as_str());
    if how.by == Minter::Trusted {
        parts.claims.set("iss", TRUSTED_ISSUER);
    }
    if let Some(flaw) = how.flaw {
        parts.spoil(flaw, &kid);
    }
    let right = parts.clone();
    let known = |word: &str| match word {
        "kid" => Some(kid.clone()),
        "jwk" => Some(signer.jwk().to_string()),
        "x5c" => signer.x5c().ok(),
        "listener" => world.listener.map(str::to_owned),
        claim => right.claims.text(claim),
    };
    parts.change(how, &known)?;
    let input = parts.input(engine(how.shape));
    let signature = match how.signature {
        None => signer.sign(&input)?,
        Some(Signature::None) => Vec::new(),
        Some(Signature::Original) => signature_of(like)?,
        Some(
            hmac @ (Signature::HmacEmpty
            | Signature::HmacPem
            | Signature::HmacPemBare
            | Signature::HmacDer
            | Signature::HmacRaw
            | Signature::HmacJwk
            | Signature::HmacJwks),
        ) => {
            let alg = parts.header.text("alg").unwrap_or_default();
            Published::of(world.published, &kid)?.hmac(&input, &alg, hmac)?
        }
        Some(other) => signer.sign_wrongly(&input, other)?,
    };
    Ok(Secret::new(written(&input, &engine(how.shape).encode(signature), how.shape)))
}

/// Another token like a true one, with a `jti` of its own.
pub(in crate::compare) fn twin(like: &Secret, signer: &Signer, jti: &str) -> Result<Secret, String> {
    let mut parts = Parts::of(like)?;
    parts.header.set("alg", signer.algorithm());
    parts.header.set("kid", signer.kid.as_str());
    parts.claims.set("jti", jti);
    let input = parts.input(&URL_SAFE_NO_PAD);
    let signature = signer.sign(&input)?;
    Ok(Secret::new(written(&input, &URL_SAFE_NO_PAD.encode(signature), None)))
}

/// The token with another caller's name in it, under the old signature.
pub(in crate::compare) fn renamed(token: &Secret) -> Result<Secret, String> {
    let mut parts = Parts::of(token)?;
    for claim in ["sub", "client_id"] {
        parts.claims.set(claim, "somebody-else");
    }
    let signature = token.expose().rsplit('.').next().unwrap_or_default();
    Ok(Secret::new(format!("{}.{signature}", parts.input(&URL_SAFE_NO_PAD))))
}

/// When a token ends, in seconds since 1970.
pub(in crate::compare) fn ends(token: &Secret) -> Option<u64> {
    Parts::of(token).ok()?.claims.get("exp")?.as_u64()
}

/// The key id of a true token.
pub(in crate::compare) fn kid(token: &Secret) -> Result<String, String> {
    Parts::of(token)?.header.text("kid").ok_or_else(|| "the server's token names no `kid`".into())
}

/// What a true token is signed with.
pub(in crate::compare) fn algorithm(token: &Secret) -> Result<String, String> {
    Parts::of(token)?.header.text("alg").ok_or_else(|| "the server's token names no `alg`".into())
}

/// Header and claims of a token as text, for people.
pub(in crate::compare) fn shown(token: &Secret) -> Option<String> {
    let mut parts = token.expose().split('.').map(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let text = |octets: Vec<u8>| String::from_utf8_lossy(&octets).into_owned();
    Some(format!("{} {}", text(parts.next()??), text(parts.next()??)))
}

/// The path of the keys of the issuer that a token names: Cognito's lie below the user pool's own path.
pub(in crate::compare) fn keys_path(token: &Secret) -> String {
    let issuer = Parts::of(token).ok().and_then(|parts| parts.claims.text("iss")).unwrap_or_default();
    let path = issuer.parse::<http::Uri>().map(|uri| uri.path().trim_end_matches('/').to_owned()).unwrap_or_default();
    format!("{path}{JWKS_PATH}")
}

#[derive(Debug, Clone)]
struct Parts {
    header: Members,
    claims: Members,
}

impl Parts {
    fn of(token: &Secret) -> Result<Self, String> {
        let mut parts = token.expose().split('.').map(|part| Members::of(&URL_SAFE_NO_PAD.decode(part).ok()?));
        match (parts.next().flatten(), parts.next().flatten()) {
            (Some(header), Some(claims)) => Ok(Self { header, claims }),
            _ => Err("the server's token is no JWT".into()),
        }
    }

    /// Puts a flaw that every mode knows where it belongs; the signature is somebody else's business.
    fn spoil(&mut self, flaw: Flaw, true_kid: &str) {
        let now = clock::seconds(clock::now());
        match flaw {
            Flaw::Garbage => {}
            Flaw::SameName => self.header.set("kid", true_kid),
            Flaw::NotYetValid => {
                self.claims.set("nbf", now + HOUR);
                self.claims.set("exp", now + 2 * HOUR);
            }
            Flaw::Expired => {
                self.claims.set("iat", now - 2 * HOUR);
                self.claims.set("exp", now - HOUR);
            }
            Flaw::NotForThisServer => self.claims.set("aud", "https://another.example/test"),
        }
    }

    /// Lays over what a scenario says: first whole members, then what is left away, then what is there twice.
    fn change(&mut self, how: &Forge, known: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
        for (name, value) in &how.header {
            self.header.set(name, filled(value, known)?);
        }
        for (name, value) in &how.claims {
            self.claims.set(name, filled(value, known)?);
        }
        for (name, text) in &how.json {
            let (members, name) = self.place(name);
            members.set_json(name, blanks::fill(text, known)?);
        }
        for name in &how.without {
            let (members, name) = self.place(name);
            members.remove(name);
        }
        for (name, text) in &how.before {
            let (members, name) = self.place(name);
            members.before(name, blanks::fill(text, known)?);
        }
        for (name, text) in &how.after {
            let (members, name) = self.place(name);
            members.after(name, blanks::fill(text, known)?);
        }
        if how.shape == Some(Shape::StandardAlphabet) {
            // Three question marks in a row become `Pz8/`, wherever they begin.
            self.claims.set("about", "????????");
        }
        Ok(())
    }

    /// `header.kid` is a member of the header, every other name a claim.
    fn place<'n>(&mut self, name: &'n str) -> (&mut Members, &'n str) {
        match name.strip_prefix("header.") {
            Some(name) => (&mut self.header, name),
            None => (&mut self.claims, name),
        }
    }

    /// What is signed (RFC 7515 §5.1).
    fn input(&self, engine: &GeneralPurpose) -> String {
        format!("{}.{}", engine.encode(self.header.to_string()), engine.encode(self.claims.to_string()))
    }
}

/// A value with the blanks in its texts filled.
fn filled(value: &Value, known: &dyn Fn(&str) -> Option<String>) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => blanks::fill(text, known)?.into(),
        Value::Array(items) => Value::Array(items.iter().map(|item| filled(item, known)).collect::<Result<_, _>>()?),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| Ok((name.clone(), filled(value, known)?));
            Value::Object(members.iter().map(member).collect::<Result<_, String>>()?)
        }
        other => other.clone(),
    })
}

fn signature_of(token: &Secret) -> Result<Vec<u8>, String> {
    let last = token.expose().rsplit('.').next().unwrap_or_default();
    URL_SAFE_NO_PAD.decode(last).map_err(|_| "the server's token has no signature".into())
}

fn engine(shape: Option<Shape>) -> &'static GeneralPurpose {
    match shape {
        Some(Shape::Padded) => &URL_SAFE,
        Some(Shape::StandardAlphabet) => &STANDARD_NO_PAD,
        _ => &URL_SAFE_NO_PAD,
    }
}

/// Puts the parts together.
fn written(input: &str, signature: &str, shape: Option<Shape>) -> String {
    let (header, claims) = input.split_once('.').unwrap_or((input, ""));
    match shape {
        None | Some(Shape::Padded | Shape::StandardAlphabet) => format!("{input}.{signature}"),
        Some(Shape::TrailingBits) => format!("{input}.{}", with_trailing_bits(signature)),
        Some(Shape::Space) => {
            let (half, rest) = claims.split_at(claims.len() / 2);
            format!("{header}.{half} {rest}.{signature}")
        }
        Some(Shape::TwoParts) => input.to_owned(),
        Some(Shape::FourParts) => format!("{input}.{signature}."),
        Some(Shape::FiveParts) => format!("{input}.{signature}.{signature}.{signature}"),
        Some(Shape::Json) => json!({ "protected": header, "payload": claims, "signature": signature }).to_string(),
    }
}

/// The same octets, in a text whose last letter has a bit too many.
fn with_trailing_bits(part: &str) -> String {
    let last = part.bytes().last().and_then(|last| ALPHABET.iter().position(|letter| *letter == last));
    let other = last.and_then(|at| ALPHABET.get(at ^ 1)).copied().map_or('_', char::from);
    format!("{}{other}", part.get(..part.len().saturating_sub(1)).unwrap_or_default())
}

#[cfg(test)]
mod tests;
