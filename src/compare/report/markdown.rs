//! The report in Markdown, to be pasted into a decision record.

use std::fmt::Write as _;

use super::{
    Reader,
    answer::{answer, capital, name},
    asked, machine,
    mark::{Mark, outcome},
    matrix::{Matrix, Seen, matrices},
    section::Section,
    sections,
    tally::tally,
};
use crate::{
    compare::findings::{Entry, Findings},
    mode::Mode,
};

/// Writes the findings as GitHub-flavoured Markdown.
pub fn markdown(findings: &Findings, reader: Reader<'_>) -> String {
    let matrices = matrices(findings);
    let answer = answer(findings, &matrices);
    let mut text = format!("# What each lock stops, lets through and costs\n\n**{}**\n\n", escaped(&answer.headline));
    bullets(&mut text, answer.sentences.iter().map(|sentence| escaped(sentence)));
    missing(&mut text, findings);
    for section in asked(findings, reader) {
        part(&mut text, &section);
    }
    for matrix in &matrices {
        section(&mut text, matrix, matrices.len() > 1);
    }
    for section in sections(findings) {
        part(&mut text, &section);
    }
    text.push_str("## How it was measured\n\n");
    bullets(&mut text, machine::lines(findings).iter().map(|line| escaped(line)));
    text.push_str(
        "`findings.json` holds the exchange that proves each cell; `authbench report findings.json` draws this again.\n",
    );
    text
}

fn missing(text: &mut String, findings: &Findings) {
    for sentence in &findings.missing {
        let _ = writeln!(text, "> **Note.** {}\n", escaped(sentence));
    }
}

fn section(text: &mut String, matrix: &Matrix<'_>, several: bool) {
    let profile = if several { format!(" (profile `{}`)", matrix.profile) } else { String::new() };
    let _ = writeln!(text, "## What each lock did{profile}\n");
    head(text, "scenario", &matrix.modes.iter().map(ToString::to_string).collect::<Vec<_>>());
    let empty = " |".repeat(matrix.modes.len());
    for group in &matrix.groups {
        let _ = writeln!(text, "| **{}** |{empty}", escaped(group.name));
        for part in &group.parts {
            if let Some(mode) = part.only {
                let _ = writeln!(text, "| *only {mode}* |{empty}");
            }
            for row in &part.rows {
                let cells: Vec<_> = row.cells.iter().map(cell).collect();
                let _ = writeln!(text, "| {} | {} |", escaped(&row.entry.title), cells.join(" | "));
            }
        }
    }
    let legend: Vec<_> = Mark::ALL.iter().map(|mark| format!("{} {}", mark.symbol(), mark.meaning())).collect();
    let _ = writeln!(text, "\n{}; *tls*: refused in the handshake.\n", legend.join("; "));
    weaknesses(text, matrix);
}

fn cell(seen: &Seen<'_>) -> String {
    let (reason, tls) = outcome(seen.observed());
    let reason = if reason.is_empty() { String::new() } else { format!(" `{}`", reason.replace(['`', '|', '\n'], " ")) };
    format!("{}{reason}{}", seen.mark.symbol(), if tls { " *tls*" } else { "" })
}

/// What passed each lock and should not have, and what was stopped and should not have been.
fn weaknesses(text: &mut String, matrix: &Matrix<'_>) {
    for mode in matrix.modes.iter().copied().filter(|mode| *mode != Mode::Open) {
        let tally = tally(matrix, mode);
        let of = |entries: &[&Entry]| entries.iter().map(|entry| escaped(&entry.title)).collect::<Vec<_>>().join("; ");
        let through = if tally.through.is_empty() { "nothing".into() } else { of(&tally.through) };
        let stopped = if tally.hindered.is_empty() { String::new() } else { format!(" It stopped: {}.", of(&tally.hindered)) };
        let _ = writeln!(
            text,
            "- **{}** stopped {} of {} attacks and mistakes, and {} of {} kinds of rightful calls. It let through: {through}.{stopped}",
            capital(name(mode)),
            tally.stopped,
            tally.attacks,
            tally.hindered.len(),
            tally.rightful,
        );
    }
    text.push('\n');
}

fn part(text: &mut String, part: &Section) {
    let _ = writeln!(text, "## {}\n", escaped(&part.title));
    for line in &part.lead {
        let _ = writeln!(text, "{}\n", escaped(line));
    }
    for table in &part.tables {
        let names: Vec<_> = table.head.1.iter().map(|head| escaped(head.text())).collect();
        head(text, &escaped(&table.head.0), &names);
        for row in &table.rows {
            let values: Vec<_> = row.values.iter().map(|value| escaped(&value.line())).collect();
            let note = if row.note.is_empty() { String::new() } else { format!(" ({})", escaped(&row.note)) };
            let _ = writeln!(text, "| {}{note} | {} |", escaped(&row.title), values.join(" | "));
        }
        text.push('\n');
    }
    bullets(text, part.notes.iter().map(|line| escaped(line)));
}

fn head(text: &mut String, first: &str, names: &[String]) {
    let _ = writeln!(text, "| {first} | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len()));
}

fn bullets(text: &mut String, lines: impl Iterator<Item = String>) {
    let before = text.len();
    for line in lines {
        let _ = writeln!(text, "- {line}");
    }
    if text.len() > before {
        text.push('\n');
    }
}

/// Text that stays text: in Markdown any ASCII punctuation may be escaped.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' => out.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '&' | '#' | '~' | '!' => out.extend(['\\', letter]),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod measured;

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    fn the_record_holds_answer_matrix_and_drills() {
        insta::assert_snapshot!(markdown(&sample::unmeasured(), Reader::default()), @r#"
        # What each lock stops, lets through and costs

        **Mutual TLS stopped the most: 14 of 15 attacks.**

        - OAuth2 JWT is neither ahead of every other lock nor behind in anything that was compared.
        - Mutual TLS is ahead of every other lock in stopping “A credential seen by a proxy is replayed from another machine” and “A fake server takes the call of a careless caller” and in the end of a revoked credential (at once), and behind all in nothing that was compared.
        - API key is neither ahead of every other lock nor behind in anything that was compared.
        - All 77 trials ended as the scenarios declare, known weaknesses included.
        - Of the 15 attacks and mistakes that every lock faced, mutual TLS stopped 14, OAuth2 JWT stopped 12 and API key stopped 12; without a lock 2 of 15.
        - No lock stopped “The caller's files are stolen”.
        - All 3 kinds of rightful calls passed.
        - Revoked while many connections were busy, a credential was served for 23.4 ms more with OAuth2 JWT, not at all with mutual TLS and for 35.0 ms more with API key once the command was done.

        ## What each lock did

        | scenario | open | jwt | mtls | apikey |
        |---|---|---|---|---|
        | **proof** | | | | |
        | Nothing is presented | ✗ `allowed` | ✓ `credential_missing` | ✓ `credential_missing` *tls* | ✓ `credential_missing` |
        | A stranger makes up a credential of the right form | ✗ `allowed` | ✓ `credential_unknown` | ✓ `credential_unknown` *tls* | ✓ `credential_unknown` |
        | One bit of a good credential is changed | ✗ `allowed` | ✓ `signature_invalid` | ✓ `signature_invalid` *tls* | ✓ `credential_malformed` |
        | **lifetime** | | | | |
        | The credential has ended | ✗ `allowed` | ✓ `expired` | ✓ `expired` *tls* | ✓ `expired` |
        | The credential is not valid yet | – | ✓ `not_yet_valid` | ✓ `not_yet_valid` *tls* | – |
        | A revoked credential on a new connection | ✗ `allowed` | ✓ `revoked` | ✓ `revoked` *tls* | ✓ `revoked` |
        | A revoked credential on a connection that is open | ✗ `allowed` | ✓ `revoked` | ✓ `closed` | ✓ `revoked` |
        | A partner changes to its new credential | ✓ `allowed` | ✓ `allowed` | ✓ `allowed` | ✓ `allowed` |
        | **theft** | | | | |
        | A credential seen by a proxy is replayed from another machine | ✗ `allowed` | ✗ `allowed` | ✓ `signature_invalid` *tls* | ✗ `allowed` |
        | The same, and the partner may call only from its own network | ✗ `allowed` | ✓ `address_denied` | ✓ `signature_invalid` *tls* | ✓ `address_denied` |
        | The caller's files are stolen | ✗ `allowed` | ✗ `allowed` | ✗ `allowed` | ✗ `allowed` |
        | A fake server takes the call of a careful caller | ✓ `closed` | ✓ `closed` | ✓ `closed` | ✓ `closed` |
        | A fake server takes the call of a careless caller | ✗ `allowed` | ✗ `allowed` | ✓ `signature_invalid` *tls* | ✗ `allowed` |
        | **forgery** | | | | |
        | A good credential, made for another service | – | ✓ `audience_mismatch` | ✓ `purpose_mismatch` *tls* | – |
        | *only jwt* | | | | |
        | A token that asks not to be verified | – | ✓ `algorithm_refused` | – | – |
        | **abuse** | | | | |
        | A known caller without the scope | ✗ `allowed` | ✓ `scope_insufficient` | ✓ `scope_insufficient` | ✓ `scope_insufficient` |
        | A forged X-Forwarded-For \<script\>alert(1)\</script\> \| "\&" | ✓ `address_denied` | ✓ `address_denied` | ✓ `address_denied` | ✓ `address_denied` |
        | One caller floods the server | ✗ `allowed` | ✓ `rate_limited` | ✓ `rate_limited` | ✓ `rate_limited` |
        | A quiet caller beside one that floods | ✓ `allowed` | ✓ `allowed` | ✓ `allowed` | ✓ `allowed` |
        | **operation** | | | | |
        | The server restarts between two calls | ✓ `allowed` | ✓ `allowed` | ✓ `allowed` | ✓ `allowed` |
        | The server is killed right after a revocation | ✗ `allowed` | ✓ `revoked` | ✓ `revoked` *tls* | ✓ `revoked` |

        ✓ as the team would want; ✗ lets an attack through, or stops a rightful call; ! differs from what was declared; ? not tried; – not applicable; *tls*: refused in the handshake.

        - **OAuth2 JWT** stopped 15 of 18 attacks and mistakes, and 0 of 3 kinds of rightful calls. It let through: A credential seen by a proxy is replayed from another machine; The caller's files are stolen; A fake server takes the call of a careless caller.
        - **Mutual TLS** stopped 16 of 17 attacks and mistakes, and 0 of 3 kinds of rightful calls. It let through: The caller's files are stolen.
        - **API key** stopped 12 of 15 attacks and mistakes, and 0 of 3 kinds of rightful calls. It let through: A credential seen by a proxy is replayed from another machine; The caller's files are stolen; A fake server takes the call of a careless caller.

        ## How long a stolen credential goes on

        | After its end | open | jwt | mtls | apikey |
        |---|---|---|---|---|
        | revoked, new connections | – | 7.38 – 14.0 ms | 0 ms | 11.0 – 21.0 ms |
        | revoked, kept connections | – | 12.3 – 23.4 ms | 0 ms | 18.4 – 35.0 ms |
        | revoked, HTTP/2 connections | – | 12.3 – 23.4 ms | 0 ms | 18.4 – 35.0 ms |
        | revoked, resumed sessions | – | 6.15 – 11.7 ms | 0 ms | 9.20 – 17.5 ms |
        | left to expire, new connections | – | 0 – 0.74 ms | 0 ms | 0 – 1.10 ms |
        | left to expire, kept connections | – | 0 – 1.23 ms | 0 ms | 0 – 1.84 ms |
        | left to expire, HTTP/2 connections | – | 0 – 1.23 ms | 0 ms | 0 – 1.84 ms |
        | left to expire, resumed sessions | – | 0 – 0.62 ms | 0 ms | 0 – 0.92 ms |

        - From the moment that ends a credential (the command that revokes it returns, its time is over) to the end of the last accepted request, while 50 connections were busy with it: median – longest of 5 rounds (revoked) and 2 rounds (left to expire). 0 ms: nothing was accepted afterwards. Allowed are 100 ms.
        - The command itself took 22.0 ms in jwt (\`authbench token revoke -\`), 22.0 ms in mtls (\`authbench cert revoke partner\`) and 22.0 ms in apikey (\`authbench key revoke partner\`), and works before it returns; medians.
        - Of 3840 requests that another caller made meanwhile, none was refused.
        - A credential replaced with an overlap in jwt (\`authbench client rotate partner\`) and apikey (\`authbench key rotate partner\`): of 4420 requests meanwhile every one was served.
        - A caller that may ask 100 times a second asked 1998 times; 99 of 100 calls of another took at most 0.44 ms in jwt (0.41 ms without the flood; 1.06 times in the median pair) and 0.42 ms in apikey (0.41 ms without the flood; 1.02 times in the median pair).
        - A short life has to be renewed: \`authbench cert renew NAME\` takes 30.7 ms (median of 5), 24.0 ms of it CPU.

        ## How it was measured

        - Made 2026-11-23T14:30:00Z by authbench 0.1.0, depth quick.
        - On 2 processors (AMD EPYC), linux 6.18.44.

        `findings.json` holds the exchange that proves each cell; `authbench report findings.json` draws this again.
        "#);
    }

    #[test]
    fn trouble_is_told_in_the_record() {
        let text = markdown(&sample::troubled(), Reader::default());
        let wanted = ["**1 of 68 trials did not end as declared.**", "> **Note.** The run was", "| ! `allowed` |", "| void |"];
        for wanted in wanted {
            assert!(text.contains(wanted), "{wanted}\n{text}");
        }
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(escaped("a|b <i> *x* `y`\n# z"), r"a\|b \<i\> \*x\* \`y\` \# z");
    }
}
