//! What happens when something fails, in rows and columns: measures by modes, one table a failure.

use super::{
    answer::list,
    number::digits,
    section::{Row, Section, Table, Value},
};
use crate::{
    compare::findings::{Failure, Findings, Gap, Outage, median},
    mode::Mode,
};

/// What is told of a failure in one mode; nothing where it says nothing.
type Told = fn(&Outage) -> Option<String>;

/// The rows of a server that ends and begins again.
const RESTART: &[(&str, Told)] = &[
    ("served again after", |outage| spread(&outage.each(Gap::down_ms))),
    ("of it the start of the server", |outage| spread(&outage.each(|gap| gap.ready_ms))),
    ("nobody is turned away after", |outage| spread(&outage.each(|gap| Some(gap.repair_ms + gap.all_back_ms?)))),
    ("longest wait of a served call", |outage| spread(&outage.each(|gap| Some(gap.longest_ms)))),
    ("calls not served, of all meanwhile", |outage| share(outage, |gap| gap.unserved, |gap| gap.calls)),
    ("TLS sessions resumed afterwards", |outage| share(outage, |gap| gap.resumed, |gap| gap.resumed + gap.full)),
    ("served with what was revoked before", |outage| share(outage, |gap| gap.revoked_served, |gap| gap.revoked_calls)),
];

/// The rows of something that a server needs and that is gone for a while.
const LOST: &[(&str, Told)] = &[
    ("calls are served on for", served_on),
    ("turned away for the first time after", |outage| spread(&outage.each(|gap| gap.first_unserved_ms))),
    ("once it is back, served again after", |outage| spread(&outage.each(|gap| gap.back_ms))),
    ("nobody is turned away after", |outage| spread(&outage.each(|gap| gap.all_back_ms))),
    ("calls not served, of all meanwhile", |outage| share(outage, |gap| gap.unserved, |gap| gap.calls)),
];

/// The whole part; nothing when nothing failed.
pub(super) fn section(findings: &Findings) -> Option<Section> {
    let tables: Vec<Table> = Failure::ALL.iter().filter_map(|what| table(findings, *what)).collect();
    (!tables.is_empty()).then(|| Section {
        anchor: "outages",
        title: "What happens when something fails".into(),
        lead: vec![lead(findings)],
        tables,
        notes: notes(findings),
        ..Section::default()
    })
}

fn lead(findings: &Findings) -> String {
    let busy = findings.outages.iter().map(|outage| outage.busy).max().unwrap_or_default();
    format!(
        "{busy} callers go on calling at fixed moments while it fails and comes back, whatever becomes of their calls: over kept \
         connections, HTTP/2, new connections and resumed sessions. Median – longest of all rounds."
    )
}

fn table(findings: &Findings, what: Failure) -> Option<Table> {
    let modes = &findings.settings.modes;
    let first = findings.outages.iter().find(|outage| outage.what == what)?;
    let mut table = Table::by_mode(format!("{}: {}", title(what), first.how), title(what), modes);
    for (row, told) in rows(what) {
        let value =
            |mode: &Mode| Value::text(find(findings, what, *mode).map_or_else(|| "–".into(), |outage| shown(outage, *told)));
        table.rows.push(Row::of(*row, modes.iter().map(value)));
    }
    Some(table)
}

fn rows(what: Failure) -> &'static [(&'static str, Told)] {
    match what {
        Failure::Killed | Failure::Stopped => RESTART,
        Failure::StoreLost | Failure::IssuerLost | Failure::KeysLost | Failure::StartedAlone => LOST,
    }
}

fn title(what: Failure) -> &'static str {
    match what {
        Failure::Killed => "Server killed",
        Failure::Stopped => "Server told to stop",
        Failure::StoreLost => "Store lost",
        Failure::IssuerLost => "Maker of credentials lost",
        Failure::KeysLost => "Token service lost, keys grow old",
        Failure::StartedAlone => "Started without the token service",
    }
}

fn find(findings: &Findings, what: Failure, mode: Mode) -> Option<&Outage> {
    findings.outages.iter().find(|outage| outage.what == what && outage.mode == mode)
}

fn shown(outage: &Outage, told: Told) -> String {
    if outage.rounds.is_empty() { "void".into() } else { told(outage).unwrap_or_else(|| "–".into()) }
}

/// `120–131 ms`: median and longest, or one number where there is one; seconds where there are many.
fn spread(samples: &[f64]) -> Option<String> {
    let (median, longest) = (median(samples)?, samples.iter().copied().reduce(f64::max)?);
    let (scale, unit) = if longest < 10_000.0 { (1.0, "ms") } else { (1e3, "s") };
    let number = |millis: f64| if millis > 0.0 { digits(millis / scale) } else { "0".into() };
    let (median, longest) = (number(median), number(longest));
    Some(if median == longest { format!("{median} {unit}") } else { format!("{median}–{longest} {unit}") })
}

/// For how long; `throughout` when nobody was ever turned away.
fn served_on(outage: &Outage) -> Option<String> {
    if outage.rounds.iter().all(|gap| gap.unserved == 0) {
        return Some("throughout".into());
    }
    spread(&outage.each(|gap| Some(gap.served_on_ms)))
}

/// `58 of 240`, over all rounds; nothing of nothing is nothing.
fn share(outage: &Outage, part: fn(&Gap) -> u64, whole: fn(&Gap) -> u64) -> Option<String> {
    let sum = |of: fn(&Gap) -> u64| outage.rounds.iter().map(of).sum::<u64>();
    (sum(whole) > 0).then(|| format!("{} of {}", sum(part), sum(whole)))
}

/// How calls ended that were not served, and what does not count.
fn notes(findings: &Findings) -> Vec<String> {
    let voids = findings
        .outages
        .iter()
        .flat_map(|outage| outage.void.iter().map(|why| format!("void: {}, {}: {why}", outage.what.name(), outage.mode)));
    let faults = findings.outages.iter().flat_map(Outage::faults).map(|fault| format!("{fault}."));
    faults.chain(Failure::ALL.iter().filter_map(|what| ways(findings, *what))).chain(voids).collect()
}

/// `Server killed: not served were 468 (no connection) and 24 (closed without an answer).`
fn ways(findings: &Findings, what: Failure) -> Option<String> {
    let mut all: Vec<(&str, u64)> = Vec::new();
    for way in findings.outages.iter().filter(|outage| outage.what == what).flat_map(|outage| &outage.ended) {
        match all.iter_mut().find(|(how, _)| *how == way.how) {
            Some((_, calls)) => *calls += way.calls,
            None => all.push((&way.how, way.calls)),
        }
    }
    all.sort_by_key(|(_, calls)| std::cmp::Reverse(*calls));
    let each: Vec<_> = all.iter().map(|(how, calls)| format!("{calls} ({how})")).collect();
    (!each.is_empty()).then(|| format!("{}: not served were {}.", title(what), list(&each)))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Reader, Style, sample, terminal},
        *,
    };

    fn told(findings: &Findings) -> String {
        let section = section(findings).unwrap();
        let row = |row: &Row| {
            format!("{}: {}", row.title, row.values.iter().map(|value| value.text.as_str()).collect::<Vec<_>>().join(" | "))
        };
        let table = |table: &Table| format!("# {}\n{}", table.caption, table.rows.iter().map(row).collect::<Vec<_>>().join("\n"));
        let tables = section.tables.iter().map(table);
        tables.chain(section.notes.iter().cloned()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_failure_has_its_table() {
        insta::assert_snapshot!(told(&sample::failures()), @"
        # Server killed: SIGKILL, and started again at once
        served again after: 107–130 ms | 107–130 ms | 107–130 ms | 107–130 ms
        of it the start of the server: 102–114 ms | 102–114 ms | 102–114 ms | 102–114 ms
        nobody is turned away after: 106–128 ms | 106–128 ms | 106–128 ms | 106–128 ms
        longest wait of a served call: 98.2–110 ms | 98.2–110 ms | 98.2–110 ms | 98.2–110 ms
        calls not served, of all meanwhile: 123 of 480 | 123 of 480 | 123 of 480 | 123 of 480
        TLS sessions resumed afterwards: 6 of 9 | 6 of 9 | 0 of 3 | 6 of 9
        served with what was revoked before: – | 0 of 18 | 0 of 18 | 0 of 18
        # Server told to stop: SIGTERM, and started again as soon as it had ended
        served again after: – | 107–130 ms | – | –
        of it the start of the server: – | 102–114 ms | – | –
        nobody is turned away after: – | 106–128 ms | – | –
        longest wait of a served call: – | 98.2–110 ms | – | –
        calls not served, of all meanwhile: – | 123 of 480 | – | –
        TLS sessions resumed afterwards: – | 6 of 9 | – | –
        served with what was revoked before: – | 0 of 18 | – | –
        # Store lost: the state directory moved away for 1.4s
        calls are served on for: – | – | – | 986 ms
        turned away for the first time after: – | – | – | 998 ms
        once it is back, served again after: – | – | – | 15.1 ms
        nobody is turned away after: – | – | – | 15.2 ms
        calls not served, of all meanwhile: – | – | – | 77 of 289
        # Maker of credentials lost: the key of the client CA moved away for 1.4s
        calls are served on for: – | – | throughout | –
        turned away for the first time after: – | – | – | –
        once it is back, served again after: – | – | 3.10 ms | –
        nobody is turned away after: – | – | 0 ms | –
        calls not served, of all meanwhile: – | – | 0 of 291 | –
        Server killed: not served were 468 (no connection) and 24 (closed without an answer).
        Server told to stop: not served were 117 (no connection) and 6 (closed without an answer).
        Store lost: not served were 77 (answered 503 Service Unavailable).
        ");
    }

    #[test]
    fn several_tables_have_names_of_their_own_on_a_terminal() {
        let shown = terminal(&sample::failures(), Reader::default(), Style::default());
        let names: Vec<_> = shown.lines().filter(|line| line.starts_with(" SERVER")).map(|line| line[..24].trim()).collect();
        assert_eq!(names, ["SERVER KILLED", "SERVER TOLD TO STOP"]);
        assert!(shown.contains("\n STORE LOST ") && shown.contains("\n MAKER OF CREDENTIALS LOST "), "{shown}");
    }

    #[test]
    fn what_must_not_happen_and_what_does_not_count_is_told() {
        insta::assert_snapshot!(section(&sample::bad_failures()).unwrap().notes.join("\n"), @"
        the server killed, jwt: 2 of 6 calls with a revoked credential were served.
        the store lost, apikey: a call was served 1180 ms after it failed; 1100 ms are allowed.
        Server killed: not served were 468 (no connection) and 24 (closed without an answer).
        Server told to stop: not served were 117 (no connection) and 6 (closed without an answer).
        Store lost: not served were 77 (answered 503 Service Unavailable).
        void: the server killed, mtls: the callers were held up for 88 ms by other programs
        void: the server killed, mtls: the callers were held up for 88 ms by other programs
        ");
    }

    #[test]
    fn nothing_failed_is_nothing_said() {
        assert!(section(&sample::findings()).is_none());
    }
}
