//! How many credentials there are in which state, and what ends first.

use std::{collections::BTreeMap, time::SystemTime};

use crate::{principal::Kind, words::words};

words! {
    /// What a credential is good for at a moment.
    pub enum Standing {
        /// It is accepted.
        Active = "active",
        /// Switched off, until it is switched on again.
        Disabled = "disabled",
        /// Withdrawn for good.
        Revoked = "revoked",
        /// Past its end.
        Expired = "expired",
    }
}

words! {
    /// What ends by itself, so that somebody must see to it in time.
    pub enum Ending {
        /// The server's certificate.
        Server = "server",
        /// The first of the client CAs.
        ClientCa = "client_ca",
        /// The first of their revocation lists.
        RevocationList = "revocation_list",
        /// Of each caller the last of its certificates, and of these the first.
        ClientCertificate = "client_certificate",
        /// The first of the API keys that have an end.
        Key = "key",
        /// The first of the keys' secrets that were rotated away and still count.
        KeySecret = "key_secret",
        /// The same of clients.
        ClientSecret = "client_secret",
        /// The key that signs tokens: when the next one is to sign instead.
        SigningKey = "signing_key",
        /// The keys of further issuers: the first that stop counting unless they are fetched again.
        IssuerKeys = "issuer_keys",
    }
}

/// What is there at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// How many credentials of a kind stand so.
    pub credentials: BTreeMap<(Kind, Standing), u64>,
    /// What ends when, of each sort the first.
    pub ends: BTreeMap<Ending, SystemTime>,
}

impl Census {
    /// One more credential.
    pub fn count(&mut self, kind: Kind, standing: Standing) {
        *self.credentials.entry((kind, standing)).or_default() += 1;
    }

    /// Something that ends then.
    pub fn ends(&mut self, what: Ending, at: SystemTime) {
        let first = self.ends.entry(what).or_insert(at);
        *first = at.min(*first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn the_first_end_of_each_sort_is_kept() {
        let mut census = Census::default();
        for (what, at) in [(Ending::Key, 30), (Ending::Key, 20), (Ending::Key, 40), (Ending::Server, 50)] {
            census.ends(what, clock::from_seconds(at));
        }
        assert_eq!(census.ends[&Ending::Key], clock::from_seconds(20));
        assert_eq!(census.ends[&Ending::Server], clock::from_seconds(50));
    }
}
