//! How the server itself is: what it is, since when, and whether its store and its records keep up.

use std::time::{Duration, SystemTime};

use super::page::{Family, Page, Type};
use crate::{
    clock,
    histogram::Histogram,
    mode::{Mode, Profile},
    wire::TOKEN_CACHE,
};

const BUILD: Family =
    Family { name: "authbench_build_info", kind: Type::Gauge, help: "Always 1; version, mode and profile of the server." };
/// As every Prometheus client calls it.
const STARTED: Family =
    Family { name: "process_start_time_seconds", kind: Type::Gauge, help: "When the server started, in seconds since 1970." };
const STORE_AGE: Family = Family {
    name: "authbench_store_age_seconds",
    kind: Type::Gauge,
    help: "Seconds since the store was last seen in good order.",
};
const STORE_LIMIT: Family = Family {
    name: "authbench_store_age_limit_seconds",
    kind: Type::Gauge,
    help: "The age of the store beyond which every caller is refused: deadlines.store.",
};
const STORE: Family = Family {
    name: "authbench_store_duration_seconds",
    kind: Type::Histogram,
    help: "How long the store took: to read a change that somebody made, or to write what requests leave behind.",
};
const DROPPED: Family = Family {
    name: "authbench_records_dropped_total",
    kind: Type::Counter,
    help: "Records that were dropped because they came faster than they could be written.",
};
const LOST: Family = Family {
    name: "authbench_audit_lost_total",
    kind: Type::Counter,
    help: "Refusals that are not in the audit log: too many came, or its file is full or cannot be written.",
};
const CACHE: Family = Family {
    name: TOKEN_CACHE,
    kind: Type::Counter,
    help: "Tokens that were remembered from an earlier request (hit), or had to be verified (miss).",
};
const CACHED: Family =
    Family { name: "authbench_token_cache_entries", kind: Type::Gauge, help: "Verified tokens that are remembered now." };

/// The memory of verified tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenCache {
    /// Tokens that were there.
    pub hits: u64,
    /// Tokens that had to be verified.
    pub misses: u64,
    /// Tokens that are there now.
    pub entries: usize,
}

impl Page {
    pub(super) fn build(&mut self, mode: Mode, profile: Profile, started: SystemTime) {
        let labels = [("version", env!("CARGO_PKG_VERSION")), ("mode", mode.as_str()), ("profile", profile.as_str())];
        self.family(BUILD).put(&labels, 1_u8);
        self.family(STARTED).put(&[], clock::seconds(started));
    }

    /// The store: how old what is known of it is, how old it may be, and how long it took to read and to write.
    pub fn store(&mut self, age: Duration, limit: Duration, [read, write]: [&Histogram; 2]) {
        self.family(STORE_AGE).put(&[], age.as_secs_f64());
        self.family(STORE_LIMIT).put(&[], limit.as_secs_f64());
        let mut took = self.family(STORE);
        took.histogram(&[("operation", "read")], read);
        took.histogram(&[("operation", "write")], write);
    }

    /// Records that were dropped since the start, and refusals that are not in the audit log.
    pub fn records(&mut self, dropped: u64, lost: u64) {
        self.family(DROPPED).put(&[], dropped);
        self.family(LOST).put(&[], lost);
    }

    /// The memory of tokens; `None` where there are no tokens.
    pub fn token_cache(&mut self, cache: Option<TokenCache>) {
        let mut counted = self.family(CACHE);
        if let Some(cache) = cache {
            counted.put(&[("outcome", "hit")], cache.hits);
            counted.put(&[("outcome", "miss")], cache.misses);
        }
        let mut there = self.family(CACHED);
        if let Some(cache) = cache {
            there.put(&[], cache.entries);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_tells_of_itself() {
        let mut page = Page::default();
        page.build(Mode::Mtls, Profile::Aws, clock::from_seconds(1_800_000_000));
        let (read, write) = (Histogram::default(), Histogram::default());
        write.count(Duration::from_millis(3));
        page.store(Duration::from_millis(500), Duration::from_secs(10), [&read, &write]);
        page.records(3, 6);
        page.token_cache(Some(TokenCache { hits: 4, misses: 5, entries: 2 }));
        let text = page.into_text();
        let version = env!("CARGO_PKG_VERSION");
        for line in [
            &format!(r#"authbench_build_info{{version="{version}",mode="mtls",profile="aws"}} 1"#),
            "process_start_time_seconds 1800000000",
            "authbench_store_age_seconds 0.5",
            "authbench_audit_lost_total 6",
            "authbench_store_age_limit_seconds 10",
            r#"authbench_store_duration_seconds_count{operation="write"} 1"#,
            r#"authbench_store_duration_seconds_count{operation="read"} 0"#,
            "authbench_records_dropped_total 3",
            r#"authbench_token_cache_total{outcome="hit"} 4"#,
            r#"authbench_token_cache_total{outcome="miss"} 5"#,
            "authbench_token_cache_entries 2",
        ] {
            assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
        }
    }
}
