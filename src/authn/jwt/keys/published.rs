//! A key set as another issuer publishes it: what is meant for others is left aside, what is ambiguous refuses the whole.
//!
//! An issuer serves more than us. RFC 7517 §5 asks to ignore keys of unknown types and keys whose members are missing or out
//! of range, so that a new kind of key breaks nobody. Nothing that is left aside ever verifies a signature.

use jsonwebtoken::jwk::Jwk;
use serde::{Deserialize, Deserializer, de::IgnoredAny};

use super::{Key, KeySet, MOST_KEYS};

/// What an issuer published, sorted.
#[derive(Debug)]
pub struct Published {
    /// The keys that count.
    pub keys: KeySet,
    /// A sentence for each key that does not.
    pub aside: Vec<String>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Key(Box<Shown>),
    Other(IgnoredAny),
}

#[derive(Deserialize)]
struct Shown {
    #[serde(flatten)]
    jwk: Jwk,
    /// The private part of any kind of key (RFC 7518 §6.2.2, §6.3.2; RFC 8037 §2).
    #[serde(default)]
    d: Present,
}

/// Whether a member is there, whatever its value.
#[derive(Default)]
struct Present(bool);

impl<'de> Deserialize<'de> for Present {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(from).map(|_| Self(true))
    }
}

impl KeySet {
    /// Reads the JWK set of another issuer.
    ///
    /// Left aside: keys without `kid`, for other uses, of other types, curves, sizes or algorithms, that can be factored, that
    /// cannot be read, or that everybody can sign with, because their private part is there too.
    ///
    /// # Errors
    /// A sentence, and the set counts for nothing: it is no JWK set, holds too many keys, two with one `kid`, or none that counts.
    pub fn published(text: &[u8]) -> Result<Published, String> {
        if text.iter().find(|octet| !octet.is_ascii_whitespace()) != Some(&b'{') {
            // An array would be read as the members' values in their order.
            return Err("not a JWK set: no JSON object".into());
        }
        let document: Document = serde_json::from_slice(text).map_err(|error| format!("not a JWK set: {error}"))?;
        if document.keys.len() > MOST_KEYS {
            return Err(format!("it holds {} keys; at most {MOST_KEYS} are accepted", document.keys.len()));
        }
        let (mut keys, mut aside) = (Vec::new(), Vec::new());
        for entry in document.keys {
            match entry.read() {
                Ok(key) => keys.push(key),
                Err(why) => aside.push(why),
            }
        }
        if keys.is_empty() {
            let why = if aside.is_empty() { "it is empty".to_owned() } else { aside.join("; ") };
            return Err(format!("it holds no key that counts: {why}"));
        }
        Ok(Published { keys: Self::distinct(keys)?, aside })
    }
}

impl Entry {
    fn read(self) -> Result<Key, String> {
        let Self::Key(shown) = self else { return Err("a key that cannot be read".into()) };
        let key = Key::read(&shown.jwk)?;
        if shown.d.0 {
            return Err(format!("key `{}` is published with its private part", key.kid));
        }
        Ok(key)
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::*;

    /// A sound P-256 key (RFC 7515 appendix A.3.1).
    fn sound(kid: &str) -> Value {
        let (x, y) = ("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
        json!({"kid": kid, "kty": "EC", "crv": "P-256", "x": x, "y": y})
    }

    fn changed(member: &str, value: Value) -> Value {
        let mut key = sound("other");
        key[member] = value;
        key
    }

    fn read(keys: &[Value]) -> Result<Published, String> {
        KeySet::published(json!({ "keys": keys }).to_string().as_bytes())
    }

    #[test]
    fn a_key_that_is_meant_for_others_does_not_poison_the_set() {
        let big = URL_SAFE_NO_PAD.encode([0xff; 256]);
        let short = URL_SAFE_NO_PAD.encode([0xff; 128]);
        let mut nameless = sound("other");
        nameless.as_object_mut().unwrap().remove("kid");
        for other in [
            changed("use", json!("enc")),
            changed("key_ops", json!(["encrypt"])),
            changed("crv", json!("P-384")),
            changed("crv", json!("secp256k1")),
            changed("crv", json!(7)),
            changed("kty", json!("AKP")),
            changed("kty", json!(null)),
            changed("alg", json!("ES384")),
            changed("x", json!("f83O")),
            changed("d", json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI")),
            changed("kid", json!("")),
            changed("kid", json!(["other"])),
            nameless,
            json!({"kid": "other", "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode([0; 32])}),
            json!({"kid": "other", "kty": "OKP", "crv": "X25519", "x": "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}),
            json!({"kid": "other", "kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}),
            json!({"kid": "other", "kty": "RSA", "e": "AQAB", "n": short}),
            json!({"kid": "other", "kty": "RSA", "e": "AQAB", "n": big, "alg": "RSA-OAEP-256"}),
            json!({"kid": "other", "kty": "RSA", "e": "AQAB", "n": big, "alg": "PS256"}),
            json!({"kid": "other"}),
            json!("other"),
            json!(null),
        ] {
            let published = read(&[other.clone(), sound("ours")]).unwrap_or_else(|why| panic!("{other}: {why}"));
            assert!(published.keys.find("ours").is_some(), "{other}");
            assert!(published.keys.find("other").is_none() && published.keys.find("").is_none(), "{other}");
            assert_eq!(published.aside.len(), 1, "{other}");
            assert!(read(std::slice::from_ref(&other)).is_err(), "{other} alone");
        }
    }

    #[test]
    fn what_is_ambiguous_or_nothing_refuses_the_whole() {
        let many: Vec<Value> = (0..=MOST_KEYS).map(|n| sound(&n.to_string())).collect();
        for keys in [&[][..], &[sound("one"), sound("one")], &many] {
            assert!(read(keys).is_err(), "{} keys", keys.len());
        }
        for text in ["", "[]", "null", "{}", r#"{"keys":{}}"#, r#"{"keys":null}"#, r#"{"keys":[]}"#, "<html>", "\u{feff}{}"] {
            assert!(KeySet::published(text.as_bytes()).is_err(), "{text}");
        }
        let twice = format!(r#"{{"keys":[{}],"keys":[{}]}}"#, sound("one"), sound("two"));
        assert!(KeySet::published(twice.as_bytes()).is_err());
        assert!(KeySet::published(format!("[[{}]]", sound("one")).as_bytes()).is_err(), "an array of keys in an array");
        assert!(KeySet::published(format!(" \n{{\"keys\":[{}]}}", sound("one")).as_bytes()).is_ok());
        assert!(KeySet::published(b"{\"keys\":[\xff]}").is_err());
    }
}
