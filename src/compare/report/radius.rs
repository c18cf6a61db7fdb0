//! The blast radius: what a thief can do with each stolen thing, behind each lock, as it was tried.

use std::collections::BTreeMap;

use super::{
    html::anchor,
    mark::{Mark, outcome},
    matrix::{Matrix, matrices},
    section::{Row, Section, Table, Value},
};
use crate::{
    compare::findings::{Artefact, Cell, Entry, Findings, Probe, decided, passed},
    mode::{Mode, Profile},
};

/// The whole part; nothing when no theft was tried.
pub(super) fn section(findings: &Findings) -> Option<Section> {
    let matrices = matrices(findings);
    let tables: Vec<_> = matrices.iter().filter_map(|matrix| table(findings, matrix, matrices.len() > 1)).collect();
    (!tables.is_empty()).then(|| Section {
        anchor: "radius",
        title: "What a thief can do with it".into(),
        lead: vec![
            "Each thing was really stolen, and its thief really called: at once, from another address, after its end, and after \
             everything that might stop it. A dash stands where a lock has no such thing."
                .into(),
        ],
        tables,
        ..Section::default()
    })
}

fn table(findings: &Findings, matrix: &Matrix<'_>, several: bool) -> Option<Table> {
    let profile = if several { format!(", profile {}", matrix.profile) } else { String::new() };
    let caption = format!("What is stolen, and what its thief can do{profile}");
    let mut table = Table::by_mode(caption, format!("Stolen{profile}"), &matrix.modes);
    for artefact in Artefact::ALL {
        let entries: Vec<&Entry> = findings.catalogue.iter().filter(|entry| entry.artefact == Some(*artefact)).collect();
        let tried: Vec<_> = matrix.modes.iter().map(|mode| tried(findings, &entries, matrix.profile, *mode)).collect();
        if tried.iter().any(Option::is_some) {
            table.rows.push(Row::of(
                name(*artefact),
                tried.into_iter().map(|tried| tried.map_or_else(|| Value::text("–"), Tried::value)),
            ));
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

/// What was tried with one artefact behind one lock.
#[derive(Debug, Default)]
struct Tried {
    /// What was tried, and whether the thief got in: of several steps, in any.
    probes: BTreeMap<Probe, bool>,
    /// How the first of them ended.
    first: String,
    /// The row in which it is proven.
    proof: String,
    /// Whether there is a lock at all: without one nothing limits anybody.
    locked: bool,
}

fn tried(findings: &Findings, entries: &[&Entry], profile: Profile, mode: Mode) -> Option<Tried> {
    let mut tried = Tried { locked: mode != Mode::Open, ..Tried::default() };
    for entry in entries {
        let here = |cell: &&Cell| cell.id == entry.id && cell.mode == mode && cell.profile == profile && decided(cell);
        for step in findings.scenarios.iter().filter(here).flat_map(|cell| &cell.proof) {
            let (Some(probe), Some(observed)) = (step.probe, &step.observed) else { continue };
            *tried.probes.entry(probe).or_default() |= passed(observed);
            if tried.proof.is_empty() {
                tried.first.clone_from(observed);
                tried.proof = anchor(profile, entry);
            }
        }
    }
    (!tried.probes.is_empty()).then_some(tried)
}

impl Tried {
    fn value(self) -> Value {
        let text = self.reach();
        let (mark, small) = if self.gets_in() { (Mark::Unwanted, self.limits()) } else { (Mark::Wanted, self.refusal()) };
        Value { text, small, mark: Some(mark), proof: Some(self.proof) }
    }

    fn gets_in(&self) -> bool {
        self.went(Probe::AtOnce) == Some(true) || self.went(Probe::Elsewhere) == Some(true)
    }

    /// Whether the thief got in; nothing where it was not tried.
    fn went(&self, probe: Probe) -> Option<bool> {
        self.probes.get(&probe).copied()
    }

    /// What it can do, and from where.
    fn reach(&self) -> String {
        let from = match (self.went(Probe::Elsewhere), self.went(Probe::AtOnce)) {
            (Some(true), _) => "calls from anywhere",
            (_, Some(true)) => "calls from the caller’s own address",
            _ => return "nothing".into(),
        };
        let another = match (self.went(Probe::Another), self.went(Probe::Invented)) {
            (_, Some(true)) => ", as whoever it likes",
            (Some(true), _) => ", as any caller",
            _ => "",
        };
        format!("{from}{another}")
    }

    /// Until when, and what stops it.
    fn limits(&self) -> String {
        if !self.locked {
            return String::new();
        }
        let until = match (self.went(Probe::Ended), self.went(Probe::Renewed)) {
            (_, Some(true)) => Some("beyond its end, with a new token"),
            (Some(true), _) => Some("without end"),
            (Some(false), _) => Some("until it ends"),
            (None, _) => None,
        };
        let stops = |stopped: bool| {
            let named = STOPS.iter().filter(|(probe, _)| self.went(*probe) == Some(!stopped)).map(|(_, words)| *words);
            named.collect::<Vec<_>>().join(", ")
        };
        let (by, not_by) = (stops(true), stops(false));
        let not = if by.is_empty() { "not stopped by" } else { "not by" };
        let by = (!by.is_empty()).then(|| format!("stopped by {by}"));
        let not_by = (!not_by.is_empty()).then(|| format!("{not} {not_by}"));
        let parts: Vec<String> = [until.map(str::to_owned), by, not_by].into_iter().flatten().collect();
        if parts.is_empty() { String::new() } else { format!("({})", parts.join("; ")) }
    }

    /// What it met instead.
    fn refusal(&self) -> String {
        let (reason, tls) = outcome(&self.first);
        format!("({}{})", reason.replace('_', " "), if tls { ", in the handshake" } else { "" })
    }
}

/// What may stop a thief, in words.
const STOPS: &[(Probe, &str)] = &[
    (Probe::Allowlist, "an allowlist"),
    (Probe::Revoked, "revoking"),
    (Probe::Rotated, "rotating"),
    (Probe::Disabled, "switching the caller off"),
    (Probe::Retired, "retiring the key"),
];

fn name(artefact: Artefact) -> &'static str {
    match artefact {
        Artefact::Ciphertext => "a recording of encrypted traffic",
        Artefact::ResourceRequest => "a call, seen where TLS ends",
        Artefact::TokenRequest => "a request for a token, seen where TLS ends",
        Artefact::Disk => "the caller’s files",
        Artefact::Store => "the server’s database",
        Artefact::Log => "the server’s log",
        Artefact::SigningKey => "the key that signs tokens",
        Artefact::CaKey => "the key of the callers’ CA",
        Artefact::ServerCaKey => "the key of the server’s CA: a fake server that is believed",
        Artefact::FakeServer => "a fake server, called by who checks its certificate",
        Artefact::UncheckedServer => "a fake server, called by who checks nothing",
    }
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    fn tried(probes: &[(Probe, bool)]) -> Tried {
        Tried {
            probes: probes.iter().copied().collect(),
            first: "handshake_refused(revoked)".into(),
            proof: "p".into(),
            locked: true,
        }
    }

    #[test]
    fn a_cell_says_what_worked_until_when_and_what_stopped_it() {
        use Probe::{Allowlist, Another, AtOnce, Disabled, Elsewhere, Ended, Invented, Renewed, Retired, Revoked, Rotated};
        for (probes, line) in [
            (&[(AtOnce, false), (Elsewhere, false)][..], "✓ nothing (revoked, in the handshake)"),
            (&[(AtOnce, true)], "✗ calls from the caller’s own address"),
            (&[(AtOnce, true), (Elsewhere, false)], "✗ calls from the caller’s own address"),
            (
                &[(Elsewhere, true), (Ended, false), (Revoked, false)],
                "✗ calls from anywhere (until it ends; stopped by revoking)",
            ),
            (
                &[(Elsewhere, true), (Ended, false), (Renewed, true), (Rotated, true), (Disabled, false)],
                "✗ calls from anywhere (beyond its end, with a new token; stopped by switching the caller off; not by rotating)",
            ),
            (
                &[(Elsewhere, true), (Another, true), (Invented, false), (Ended, true), (Retired, false), (Allowlist, false)],
                "✗ calls from anywhere, as any caller (without end; stopped by an allowlist, retiring the key)",
            ),
            (&[(Elsewhere, true), (Revoked, true)], "✗ calls from anywhere (not stopped by revoking)"),
            (&[(Elsewhere, true), (Another, true), (Invented, true)], "✗ calls from anywhere, as whoever it likes"),
        ] {
            assert_eq!(tried(probes).value().line().trim_end(), line);
        }
    }

    #[test]
    fn each_stolen_thing_is_a_row_and_a_lock_without_it_has_a_dash() {
        let section = section(&sample::thefts()).unwrap();
        let rows: Vec<_> = section.tables[0]
            .rows
            .iter()
            .map(|row| (row.title.clone(), row.values.iter().map(Value::line).collect::<Vec<_>>()))
            .collect();
        insta::assert_debug_snapshot!(rows, @r#"
        [
            (
                "a call, seen where TLS ends",
                [
                    "✗ calls from anywhere",
                    "✗ calls from anywhere (stopped by an allowlist, revoking)",
                    "✓ nothing (signature invalid, in the handshake)",
                    "✗ calls from anywhere (stopped by an allowlist, revoking)",
                ],
            ),
            (
                "the caller’s files",
                [
                    "✗ calls from anywhere",
                    "✗ calls from anywhere (stopped by revoking)",
                    "✗ calls from anywhere (stopped by revoking)",
                    "✗ calls from anywhere (stopped by revoking)",
                ],
            ),
        ]
        "#);
    }

    #[test]
    fn of_two_tables_each_says_whose_it_is() {
        let section = section(&sample::thefts()).unwrap();
        let heads: Vec<_> = section.tables.iter().map(|table| table.head.0.as_str()).collect();
        assert!(heads.iter().all(|head| head.starts_with("Stolen, profile ")), "{heads:?}");
    }

    #[test]
    fn where_no_theft_was_tried_there_is_no_part() {
        let mut findings = sample::thefts();
        findings.scenarios.retain(|cell| cell.proof.iter().all(|step| step.probe.is_none()));
        assert!(section(&findings).is_none());
    }
}
