//! How many credentials there are in which state, and what must be seen to before it ends.

use super::page::{Family, Page, Type};
use crate::{
    census::{Census, Standing},
    clock,
    principal::Kind,
    wire::ISSUER_KEYS_AGE,
};

const CREDENTIALS: Family = Family {
    name: "authbench_credentials",
    kind: Type::Gauge,
    help: "Clients, keys and certificates in the store, by kind and state: active, disabled, revoked, expired.",
};
const ENDS: Family = Family {
    name: "authbench_ends_timestamp_seconds",
    kind: Type::Gauge,
    help: "When the first of its sort ends, in seconds since 1970; no sample where nothing ends.",
};
const OVERDUE: Family = Family {
    name: "authbench_overdue_timestamp_seconds",
    kind: Type::Gauge,
    help: "When the first of its sort should have been replaced at the latest, in seconds since 1970: a sixth of its life before its end.",
};
const SIGNS_LISTS: Family = Family {
    name: "authbench_revocation_list_signer",
    kind: Type::Gauge,
    help: "Whether the key is here (1) or not (0) that signs the next revocation list of the development CA.",
};
const ISSUER_KEYS: Family = Family {
    name: ISSUER_KEYS_AGE,
    kind: Type::Gauge,
    help: "Seconds since the keys of a further issuer were last fetched; infinite when there are none.",
};

/// What is kept for good, so that there is a state of it.
const KEPT: [Kind; 3] = [Kind::Client, Kind::Key, Kind::Certificate];

impl Page {
    /// Credentials by kind and state, zeros too, and what ends.
    pub fn credentials(&mut self, census: &Census) {
        let mut credentials = self.family(CREDENTIALS);
        for kind in KEPT {
            for standing in Standing::ALL.iter().copied() {
                let count = census.credentials.get(&(kind, standing)).copied().unwrap_or_default();
                credentials.put(&[("kind", kind.as_str()), ("state", standing.as_str())], count);
            }
        }
        let mut ends = self.family(ENDS);
        for (what, end) in &census.ends {
            ends.put(&[("what", what.as_str())], clock::seconds(end.at));
        }
        let mut overdue = self.family(OVERDUE);
        for (what, at) in census.ends.iter().filter_map(|(what, end)| Some((what, end.overdue?))) {
            overdue.put(&[("what", what.as_str())], clock::seconds(at));
        }
    }

    /// Whether the next revocation list can be signed here; `None` where lists come from elsewhere.
    pub fn signs_lists(&mut self, signs: Option<bool>) {
        let mut family = self.family(SIGNS_LISTS);
        if let Some(signs) = signs {
            family.put(&[], u8::from(signs));
        }
    }

    /// How many seconds ago the keys of each further issuer were fetched.
    pub fn issuer_keys<'i>(&mut self, ages: impl Iterator<Item = (&'i str, f64)>) {
        let mut family = self.family(ISSUER_KEYS);
        ages.for_each(|(issuer, age)| family.put(&[("issuer", issuer)], age));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{census::Ending, lifetime::Life};

    #[test]
    fn what_does_not_end_is_absent_and_what_is_not_there_is_zero() {
        let mut census = Census::default();
        census.count(Kind::Key, Standing::Expired);
        census.lives(Ending::Key, Life { from: clock::from_seconds(1_799_999_400), until: clock::from_seconds(1_800_000_000) });
        census.ends(Ending::KeySecret, clock::from_seconds(1_700_000_000));
        let mut page = Page::default();
        page.credentials(&census);
        page.signs_lists(None);
        page.issuer_keys([("https://issuer.example", f64::INFINITY)].into_iter());
        let text = page.into_text();
        for line in [
            r#"authbench_credentials{kind="key",state="expired"} 1"#,
            r#"authbench_credentials{kind="client",state="active"} 0"#,
            r#"authbench_ends_timestamp_seconds{what="key"} 1800000000"#,
            r#"authbench_overdue_timestamp_seconds{what="key"} 1799999900"#,
            r#"authbench_ends_timestamp_seconds{what="key_secret"} 1700000000"#,
            r#"authbench_issuer_keys_age_seconds{issuer="https://issuer.example"} inf"#,
        ] {
            assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
        }
        assert!(!text.contains("authbench_overdue_timestamp_seconds{what=\"key_secret\"}"), "{text}");
        assert!(!text.contains("what=\"server\"") && !text.contains("\nauthbench_revocation_list_signer"), "{text}");
    }
}
