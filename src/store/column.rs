//! How values stand in columns: times and words, lists and grants, and what is no value of ours.

use std::{
    str::FromStr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use rusqlite::{Error, Row};

use crate::{clock, network::Networks, principal::Grant};

/// A grant as four columns.
pub(super) struct GrantColumns {
    pub(super) scopes: Option<String>,
    pub(super) plan: Option<String>,
    pub(super) networks: Option<String>,
    pub(super) denied: Option<String>,
}

impl From<&Grant> for GrantColumns {
    fn from(grant: &Grant) -> Self {
        let texts = |networks: &Networks| serde_json::json!(networks.texts()).to_string();
        Self {
            scopes: grant.scopes.as_ref().map(|scopes| serde_json::json!(scopes.as_ref()).to_string()),
            plan: grant.plan.as_deref().map(str::to_owned),
            networks: grant.networks.as_ref().map(texts),
            denied: grant.denied.as_ref().map(texts),
        }
    }
}

/// Reads the grant back. A list that cannot be read is an error, never "no limit".
pub(super) fn grant(row: &Row<'_>) -> rusqlite::Result<Grant> {
    Ok(Grant {
        scopes: list(row, "scopes")?.map(Arc::from),
        plan: row.get::<_, Option<String>>("plan")?.map(Arc::from),
        networks: networks(row, "networks")?,
        denied: networks(row, "denied")?,
    })
}

fn networks(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Option<Networks>> {
    list(row, column)?.map(|texts| Networks::kept(&texts).map_err(|_| unreadable(column))).transpose()
}

fn list(row: &Row<'_>, column: &'static str) -> rusqlite::Result<Option<Vec<String>>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|_| unreadable(column))).transpose()
}

/// Reads one word of a closed vocabulary.
pub(super) fn word<T: FromStr>(row: &Row<'_>, column: &'static str) -> rusqlite::Result<T> {
    row.get::<_, String>(column)?.parse().map_err(|_| unreadable(column))
}

pub(super) fn unreadable(column: &str) -> Error {
    Error::InvalidColumnName(format!("{column}: holds what this program did not write"))
}

/// Milliseconds since 1970; zero before it, and the greatest number for what is too far away.
pub(super) fn stamp(at: SystemTime) -> i64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, millis)
}

/// The time of a stamp; 1970 for one that was never written by [`stamp`].
pub(super) fn time(stamp: i64) -> SystemTime {
    clock::after(SystemTime::UNIX_EPOCH, Duration::from_millis(u64::try_from(stamp).unwrap_or(0)))
}

/// Milliseconds; the greatest number for what is too long.
pub(super) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
