//! The report on a terminal: the matrix group by group, then the costs.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::{
    answer::answer,
    costs,
    mark::{Mark, outcome},
    matrix::{Group, Matrix, Row, Seen, matrices},
};
use crate::{compare::findings::Findings, mode::Mode};

/// Columns of text in one outcome.
const OUTCOME: usize = 15;
/// Columns of the whole table.
const WIDTH: usize = 100;

/// Draws the findings for a terminal of at least 100 columns. `colour` is for terminals only.
pub fn terminal(findings: &Findings, colour: bool) -> String {
    let matrices = matrices(findings);
    let mut parts: Vec<String> = Vec::new();
    for matrix in &matrices {
        if matrices.len() > 1 {
            parts.push(format!("PROFILE {}", matrix.profile));
        }
        parts.extend(matrix.groups.iter().map(|group| drawn(&group_table(group, &findings.settings.modes), colour)));
        parts.push(legend(matrix));
    }
    if let Some(table) = cost_table(findings) {
        parts.push(drawn(&table, colour));
        parts.extend(paragraph(&costs::voids(findings)));
    }
    let answer = answer(findings, &matrices);
    parts.extend(paragraph(&[vec![answer.headline], answer.sentences].concat()));
    parts.extend(paragraph(&findings.missing));
    parts.join("\n\n") + "\n"
}

fn group_table(group: &Group<'_>, modes: &[Mode]) -> Table {
    let mut table = Table::new();
    let title = Cell::new(group.name.to_uppercase()).add_attribute(Attribute::Bold);
    table.set_header(std::iter::once(title).chain(modes.iter().map(Cell::new)));
    table.add_rows(group.rows.iter().map(line));
    table
}

fn line(row: &Row<'_>) -> Vec<Cell> {
    std::iter::once(Cell::new(&row.entry.title)).chain(row.cells.iter().map(outcome_cell)).collect()
}

fn outcome_cell(seen: &Seen<'_>) -> Cell {
    let cell = Cell::new(outcome_text(seen));
    match seen.mark {
        Mark::Wanted => cell.fg(Color::Green),
        Mark::Unwanted => cell.fg(Color::Yellow),
        Mark::Differs => cell.fg(Color::Red).add_attribute(Attribute::Bold),
        Mark::Untried | Mark::NotApplicable => cell.fg(Color::DarkGrey),
    }
}

/// `✓ signature_` and below it `  invalid (tls)`: broken where the word has a joint, so that columns stay narrow.
fn outcome_text(seen: &Seen<'_>) -> String {
    let (reason, tls) = outcome(seen.observed());
    let whole = format!("{reason}{}", if tls { " (tls)" } else { "" });
    let mut lines = vec![seen.mark.symbol().to_owned() + " "];
    for piece in whole.split_inclusive(['_', ' ']) {
        let full = lines.last().is_some_and(|line| line.chars().count() + piece.trim_end().chars().count() > OUTCOME);
        if full {
            lines.push("  ".to_owned());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(piece);
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

fn legend(matrix: &Matrix<'_>) -> String {
    let used = |mark: &Mark| matrix.rows().any(|row| row.cells.iter().any(|seen| seen.mark == *mark));
    let mut parts: Vec<_> =
        Mark::ALL.into_iter().filter(used).map(|mark| format!("{} {}", mark.symbol(), mark.meaning())).collect();
    if matrix.rows().any(|row| row.cells.iter().any(|seen| outcome(seen.observed()).1)) {
        parts.push("(tls) refused in the handshake".into());
    }
    folded(&parts.join(" · "), WIDTH)
}

fn cost_table(findings: &Findings) -> Option<Table> {
    let rows = costs::rows(findings);
    let mut table = Table::new();
    let title = Cell::new("COST").add_attribute(Attribute::Bold);
    let modes = findings.settings.modes.iter();
    table.set_header(std::iter::once(title).chain(modes.map(|mode| Cell::new(mode).set_alignment(CellAlignment::Right))));
    for row in &rows {
        let values = row.values.iter().map(|value| Cell::new(value.shown()).set_alignment(CellAlignment::Right));
        table.add_row(std::iter::once(Cell::new(row.title)).chain(values).collect::<Vec<_>>());
    }
    (!rows.is_empty()).then_some(table)
}

/// Without borders, every table with the same columns, so that they stand below each other.
fn drawn(table: &Table, colour: bool) -> String {
    let mut table = table.clone();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(100);
    let modes = table.column_count().saturating_sub(1);
    let widths = std::iter::once(WIDTH.saturating_sub(modes * (OUTCOME + 2))).chain(std::iter::repeat_n(OUTCOME + 2, modes));
    let fixed = |width: usize| ColumnConstraint::Absolute(Width::Fixed(u16::try_from(width).unwrap_or(u16::MAX)));
    table.set_constraints(widths.map(fixed));
    if colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Lines below each other, each folded; nothing when there are none.
fn paragraph(lines: &[String]) -> Option<String> {
    let folded: Vec<_> = lines.iter().map(|line| folded(line, WIDTH)).collect();
    (!folded.is_empty()).then(|| folded.join("\n"))
}

/// Breaks a line between words; what follows is indented.
fn folded(line: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > width {
            lines.push("  ".to_owned() + word);
        } else if let Some(line) = lines.last_mut() {
            if last > 0 {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    fn the_terminal_shows_matrix_costs_and_answer() {
        insta::assert_snapshot!(terminal(&sample::findings(), false), @r#"
         PROOF                           open             jwt              mtls             apikey
         Nothing is presented            ✗ allowed        ✓ credential_    ✓ credential_    ✓ credential_
                                                            missing          missing (tls)    missing
         A stranger makes up a           ✗ allowed        ✓ credential_    ✓ credential_    ✓ credential_
         credential of the right form                       unknown          unknown (tls)    unknown
         One bit of a good credential    ✗ allowed        ✓ signature_     ✓ signature_     ✓ credential_
         is changed                                         invalid          invalid (tls)    malformed

         LIFETIME                        open             jwt              mtls             apikey
         The credential has ended        ✗ allowed        ✓ expired        ✓ expired (tls)  ✓ expired
         The credential is not valid     –                ✓ not_yet_valid  ✓ not_yet_valid  –
         yet                                                                 (tls)
         A revoked credential on a new   ✗ allowed        ✓ revoked        ✓ revoked (tls)  ✓ revoked
         connection
         A revoked credential on a       ✗ allowed        ✓ revoked        ✓ closed         ✓ revoked
         connection that is open
         A partner changes to its new    ✓ allowed        ✓ allowed        ✓ allowed        ✓ allowed
         credential

         THEFT                           open             jwt              mtls             apikey
         A credential seen by a proxy    ✗ allowed        ✗ allowed        ✓ signature_     ✗ allowed
         is replayed from another                                            invalid (tls)
         machine
         The same, and the partner may   ✗ allowed        ✓ address_       ✓ signature_     ✓ address_
         call only from its own network                     denied           invalid (tls)    denied
         The caller's files are stolen   ✗ allowed        ✗ allowed        ✗ allowed        ✗ allowed
         A fake server takes the call    ✓ closed         ✓ closed         ✓ closed         ✓ closed
         of a careful caller
         A fake server takes the call    ✗ allowed        ✗ allowed        ✓ signature_     ✗ allowed
         of a careless caller                                                invalid (tls)

         FORGERY                         open             jwt              mtls             apikey
         A good credential, made for     –                ✓ audience_      ✓ purpose_       –
         another service                                    mismatch         mismatch
                                                                             (tls)
         A token that asks not to be     –                ✓ algorithm_     –                –
         verified                                           refused

         ABUSE                           open             jwt              mtls             apikey
         A known caller without the      ✗ allowed        ✓ scope_         ✓ scope_         ✓ scope_
         scope                                              insufficient     insufficient     insufficient
         A forged X-Forwarded-For        ✓ address_       ✓ address_       ✓ address_       ✓ address_
         <script>alert(1)</script> |       denied           denied           denied           denied
         "&"
         One caller floods the server    ✗ allowed        ✓ rate_limited   ✓ rate_limited   ✓ rate_limited
         A quiet caller beside one that  ✓ allowed        ✓ allowed        ✓ allowed        ✓ allowed
         floods

         OPERATION                       open             jwt              mtls             apikey
         The server restarts between     ✓ allowed        ✓ allowed        ✓ allowed        ✓ allowed
         two calls
         The server is killed right      ✗ allowed        ✓ revoked        ✓ revoked (tls)  ✓ revoked
         after a revocation

        ✓ as the team would want · ✗ lets an attack through, or stops a rightful call · – not applicable ·
          (tls) refused in the handshake

         COST                                       open              jwt             mtls           apikey
         first call, time                        1.21 ms          2.64 ms          1.73 ms          1.23 ms
         first call, bytes                       2.89 kB          6.12 kB          4.38 kB          2.96 kB
         kept connection, latency p50             118 µs           171 µs           119 µs           121 µs
         kept connection, latency p99             264 µs           342 µs           270 µs           268 µs
         kept connection, server CPU             9.40 µs          52.1 µs          9.60 µs          10.2 µs
         kept connection, caller CPU             31.0 µs          33.0 µs          31.0 µs          31.0 µs
         kept connection, bytes                    402 B          1.04 kB            402 B            471 B
         new connection, latency p50              742 µs           801 µs          1.19 ms           748 µs
         new connection, latency p99             1.31 ms          1.40 ms          2.02 ms          1.32 ms
         new connection, server CPU               228 µs           279 µs           431 µs           230 µs
         new connection, caller CPU               310 µs           318 µs           472 µs           311 µs
         new connection, bytes                   2.48 kB          3.12 kB          4.37 kB          2.55 kB

        Mutual TLS stopped the most: 14 of 15 attacks.
        All 77 trials ended as the scenarios declare, known weaknesses included.
        Of the 15 attacks and mistakes that every lock faced, mutual TLS stopped 14, OAuth2 JWT stopped 12
          and API key stopped 12; without a lock 2 of 15 were stopped.
        No lock stopped “The caller's files are stolen”.
        All 3 kinds of rightful calls passed.
        On a kept connection one call costs the server 9.40 µs of CPU behind the open door, 5.54 times that
          with OAuth2 JWT, 1.02 times that with mutual TLS and 1.09 times that with API key.
        From nothing to the first answer takes 1.21 ms behind the open door, 2.64 ms with OAuth2 JWT, 1.73
          ms with mutual TLS and 1.23 ms with API key.
        "#);
    }

    #[test]
    fn trouble_is_marked() {
        insta::assert_snapshot!(terminal(&sample::troubled(), false), @r#"
         PROOF                           open             jwt              mtls             apikey
         Nothing is presented            ✗ allowed        ✓ credential_    ✓ credential_    ✓ credential_
                                                            missing          missing (tls)    missing
         A stranger makes up a           ✗ allowed        ✓ credential_    ✓ credential_    ✓ credential_
         credential of the right form                       unknown          unknown (tls)    unknown
         One bit of a good credential    ✗ allowed        ✓ signature_     ✓ signature_     ✓ credential_
         is changed                                         invalid          invalid (tls)    malformed

         LIFETIME                        open             jwt              mtls             apikey
         The credential has ended        ✗ allowed        ✓ expired        ✓ expired (tls)  ✓ expired
         The credential is not valid     –                ✓ not_yet_valid  ✓ not_yet_valid  –
         yet                                                                 (tls)
         A revoked credential on a new   ✗ allowed        ✓ revoked        ✓ revoked (tls)  ! allowed
         connection
         A revoked credential on a       ✗ allowed        ✓ revoked        ✓ closed         ✓ revoked
         connection that is open
         A partner changes to its new    ✓ allowed        ✓ allowed        ✓ allowed        ✓ allowed
         credential

         THEFT                           open             jwt              mtls             apikey
         A credential seen by a proxy    ✗ allowed        ✗ allowed        ✓ signature_     ✗ allowed
         is replayed from another                                            invalid (tls)
         machine
         The same, and the partner may   ✗ allowed        ?                ✓ signature_     ✓ address_
         call only from its own network                                      invalid (tls)    denied
         The caller's files are stolen   ✗ allowed        ✗ allowed        ✗ allowed        ✗ allowed
         A fake server takes the call    ✓ closed         ✓ closed         ✓ closed         ✓ closed
         of a careful caller
         A fake server takes the call    ✗ allowed        ✗ allowed        ✓ signature_     ✗ allowed
         of a careless caller                                                invalid (tls)

         FORGERY                         open             jwt              mtls             apikey
         A good credential, made for     –                ✓ audience_      ✓ purpose_       –
         another service                                    mismatch         mismatch
                                                                             (tls)
         A token that asks not to be     –                ✓ algorithm_     –                –
         verified                                           refused

         ABUSE                           open             jwt              mtls             apikey
         A known caller without the      ✗ allowed        ✓ scope_         ✓ scope_         ✓ scope_
         scope                                              insufficient     insufficient     insufficient
         A forged X-Forwarded-For        ✓ address_       ✓ address_       ✓ address_       ✓ address_
         <script>alert(1)</script> |       denied           denied           denied           denied
         "&"
         One caller floods the server    ✗ allowed        ✓ rate_limited   ✓ rate_limited   ✓ rate_limited
         A quiet caller beside one that  ✓ allowed        ✓ allowed        ✓ allowed        ✓ allowed
         floods

         OPERATION                       open             jwt              mtls             apikey
         The server restarts between     ?                ?                ?                ?
         two calls
         The server is killed right      ?                ?                ?                ?
         after a revocation

        ✓ as the team would want · ✗ lets an attack through, or stops a rightful call · ! differs from what
          was declared · ? not tried · – not applicable · (tls) refused in the handshake

         COST                                       open              jwt             mtls           apikey
         first call, time                        1.21 ms          2.64 ms          1.73 ms          1.23 ms
         first call, bytes                       2.89 kB          6.12 kB          4.38 kB          2.96 kB
         kept connection, latency p50             118 µs           171 µs           119 µs           121 µs
         kept connection, latency p99               void             void             void             void
         kept connection, server CPU                void             void             void             void
         kept connection, caller CPU             31.0 µs          33.0 µs          31.0 µs          31.0 µs
         kept connection, bytes                    402 B          1.04 kB            402 B            471 B
         new connection, latency p50              742 µs           801 µs          1.19 ms           748 µs
         new connection, latency p99                void             void             void             void
         new connection, server CPU                 void             void             void             void
         new connection, caller CPU               310 µs           318 µs           472 µs           311 µs
         new connection, bytes                   2.48 kB          3.12 kB          4.37 kB          2.55 kB

        void: kept connection, latency p99 (open, jwt, mtls, apikey); new connection, latency p99 (open,
          jwt, mtls, apikey): 640 samples are too few for a 99th percentile; 1,000 are needed
        void: kept connection, server CPU (open, jwt, mtls, apikey); new connection, server CPU (open, jwt,
          mtls, apikey): the baseline drifted by 31 % between the opening and the closing run

        1 of 68 trials did not end as declared.
        Of the 13 attacks and mistakes that every lock faced, mutual TLS stopped 12, OAuth2 JWT stopped 10
          and API key stopped 9; without a lock 2 of 13 were stopped.
        No lock stopped “The caller's files are stolen”.
        All 2 kinds of rightful calls passed.
        What a call costs the server is not told: the baseline drifted by 31 % between the opening and the
          closing run.
        From nothing to the first answer takes 1.21 ms behind the open door, 2.64 ms with OAuth2 JWT, 1.73
          ms with mutual TLS and 1.23 ms with API key.

        The run was interrupted: the scenarios that come last were not tried.
        "#);
    }

    #[test]
    fn a_hundred_columns_are_enough_and_colour_is_only_added() {
        let findings = sample::troubled();
        let plain = terminal(&findings, false);
        assert!(plain.lines().all(|line| line.chars().count() <= WIDTH), "{plain}");
        assert!(!plain.contains('\u{1b}'));
        assert!(terminal(&findings, true).contains('\u{1b}'));
        assert_eq!(terminal(&findings, false), plain);
    }

    #[test]
    fn nothing_tried_is_said() {
        let nothing =
            Findings { scenarios: Vec::new(), costs: Vec::new(), missing: vec!["Interrupted.".into()], ..sample::findings() };
        assert_eq!(terminal(&nothing, false), "Nothing was tried.\n\nInterrupted.\n");
    }
}
