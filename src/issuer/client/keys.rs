//! The public keys of clients, parsed once for each set and not for each request.

use std::sync::{Arc, LazyLock};

use dashmap::DashMap;

use crate::{
    authn::jwt::KeySet,
    store::{Caller, Memory, Which},
};

/// The key sets that were needed so far, each with the text that it was read from.
#[derive(Debug, Default)]
pub(in crate::issuer) struct ClientKeys(DashMap<Arc<str>, Parsed>);

/// One text, and what it holds; nothing when it cannot be read.
#[derive(Debug)]
struct Parsed {
    text: Arc<str>,
    keys: Option<Arc<KeySet>>,
}

impl ClientKeys {
    /// The keys of this client; `None` when it has none, or none that can be read.
    pub(super) fn of(&self, client: &Caller, memory: &Memory) -> Option<Arc<KeySet>> {
        let text = client.jwks.as_ref()?;
        let known = self.0.get(&client.id).filter(|known| Arc::ptr_eq(&known.text, text) || known.text == *text);
        if let Some(known) = known {
            return known.keys.clone();
        }
        let read = KeySet::from_jwks(text);
        if let Err(why) = &read {
            tracing::error!(client = &*client.id, why, "the keys of a client cannot be read; it is refused");
        }
        let keys = read.ok().map(Arc::new);
        // Sets change seldom, so there is time to forget the clients that are gone.
        self.0.retain(|id, _| memory.caller(Which::Client, id).is_some());
        self.0.insert(Arc::clone(&client.id), Parsed { text: Arc::clone(text), keys: keys.clone() });
        keys
    }
}

/// Costs what a verification costs, and decides nothing: for clients and keys that do not exist.
pub(super) fn verify_with_nobody(assertion: &str) {
    static NOBODY: LazyLock<Option<KeySet>> = LazyLock::new(|| KeySet::from_jwks(JWKS).ok());
    let signed = assertion.rsplit_once('.').map_or(assertion, |(signed, _)| signed);
    let verified = NOBODY.as_ref().and_then(|keys| keys.find("nobody")).map(|key| key.verifies(signed, SIGNATURE));
    std::hint::black_box(verified);
}

/// Key and signature of RFC 7515 appendix A.3: of the right form, and of nobody here.
const JWKS: &str = r#"{"keys":[{"kid":"nobody","kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
const SIGNATURE: &str = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_nobody_is_a_key() {
        assert!(KeySet::from_jwks(JWKS).is_ok_and(|keys| keys.find("nobody").is_some()));
    }
}
