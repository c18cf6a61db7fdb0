//! How many credentials there are in which state, and what ends first.

use std::{collections::BTreeMap, time::SystemTime};

use crate::{lifetime::Life, principal::Kind, words::words};

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

/// When the first of its sort ends, and is overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// The end of what ends first.
    pub at: SystemTime,
    /// When the first of them should have been replaced at the latest; `None` when their end is meant.
    pub overdue: Option<SystemTime>,
}

/// What is there at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// How many credentials of a kind stand so.
    pub credentials: BTreeMap<(Kind, Standing), u64>,
    /// What ends when, of each sort the first.
    pub ends: BTreeMap<Ending, End>,
}

impl Census {
    /// One more credential.
    pub fn count(&mut self, kind: Kind, standing: Standing) {
        *self.credentials.entry((kind, standing)).or_default() += 1;
    }

    /// Something that is to end then, with nothing in its place.
    pub fn ends(&mut self, what: Ending, at: SystemTime) {
        self.end(what, End { at, overdue: None });
    }

    /// Something that lives so long, and must be replaced before its end.
    pub fn lives(&mut self, what: Ending, life: Life) {
        self.end(what, End { at: life.until, overdue: Some(life.overdue()) });
    }

    /// What ends first and what is overdue first need not be the same: of two, one may live for minutes and one for years.
    fn end(&mut self, what: Ending, end: End) {
        let first = self.ends.entry(what).or_insert(end);
        first.at = end.at.min(first.at);
        first.overdue = end.overdue.into_iter().chain(first.overdue).min();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn the_first_end_of_each_sort_is_kept() {
        let mut census = Census::default();
        for (what, at) in [(Ending::KeySecret, 30), (Ending::KeySecret, 20), (Ending::KeySecret, 40), (Ending::ClientSecret, 50)]
        {
            census.ends(what, clock::from_seconds(at));
        }
        let meant = |at| End { at: clock::from_seconds(at), overdue: None };
        assert_eq!((census.ends[&Ending::KeySecret], census.ends[&Ending::ClientSecret]), (meant(20), meant(50)));
    }

    #[test]
    fn what_lives_for_minutes_does_not_hide_what_is_overdue() {
        const DAY: u64 = 24 * 60 * 60;
        let now = 1_000 * DAY;
        let mut census = Census::default();
        let life = |from, until| Life { from: clock::from_seconds(from), until: clock::from_seconds(until) };
        census.lives(Ending::ClientCertificate, life(now - 89 * DAY, now + DAY));
        census.lives(Ending::ClientCertificate, life(now, now + 600));
        let end = census.ends[&Ending::ClientCertificate];
        assert_eq!(clock::seconds(end.at), now + 600);
        assert_eq!(end.overdue.map(clock::seconds), Some(now - 14 * DAY));
    }
}
