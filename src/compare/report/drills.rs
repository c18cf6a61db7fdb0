//! The drills in rows and columns: kinds of connection by modes, revocation above a short life.

use super::{
    answer::{capital, list, name},
    dots::dots,
    number::{count, digits},
    section::{self, Plot, Section, Table},
};
use crate::{
    compare::findings::{Drill, Event, Findings, Kind, Lasted, Noisy, Replaced, median},
    mode::Mode,
};

/// One kind of connection after one event, over all modes.
#[derive(Debug)]
pub(super) struct Row {
    /// Event and kind in words.
    pub(super) title: String,
    /// One per column: `9.10 – 24.0 ms`.
    pub(super) values: Vec<String>,
}

/// The whole part; nothing when nothing was drilled.
pub(super) fn section(findings: &Findings) -> Option<Section> {
    let caption = "Time from the end of a credential to the last accepted request, median and longest";
    let mut table = Table::by_mode(caption, "After its end", &findings.settings.modes);
    table.rows = rows(findings).into_iter().map(Row::drawn).collect();
    (!table.rows.is_empty()).then(|| Section {
        anchor: "drills",
        title: "How long a stolen credential goes on".into(),
        plots: plots(findings),
        tables: vec![table],
        notes: [notes(findings), troubles(findings)].concat(),
        ..Section::default()
    })
}

/// For each lock the rounds that were drilled.
fn plots(findings: &Findings) -> Vec<Plot> {
    let one = |mode: &Mode| {
        let drilled: Vec<_> = Event::ALL.iter().filter_map(|event| find(findings, *event, *mode)).collect();
        Some(Plot {
            mode: Some(*mode),
            title: capital(name(*mode)),
            note: "one dot a round: ● revoked, ○ left to expire; from its end to the last accepted request".into(),
            svg: dots(*mode, &drilled)?,
        })
    };
    findings.settings.modes.iter().filter_map(one).collect()
}

impl Row {
    fn drawn(self) -> section::Row {
        section::Row::of(self.title, self.values.into_iter().map(section::Value::text))
    }
}

/// The rows of the drills that were made.
pub(super) fn rows(findings: &Findings) -> Vec<Row> {
    let made = |event: Event| findings.drills.iter().any(|drill| drill.event == event);
    let events = Event::ALL.iter().copied().filter(|event| made(*event));
    events.flat_map(|event| Kind::ALL.iter().map(move |kind| row(findings, event, *kind))).collect()
}

fn row(findings: &Findings, event: Event, kind: Kind) -> Row {
    let value = |mode: &Mode| {
        let Some(drill) = find(findings, event, *mode) else { return "–".to_owned() };
        let lasted = drill.lasted.iter().find(|lasted| lasted.kind == kind);
        lasted.and_then(spread).unwrap_or_else(|| "void".into())
    };
    let title = format!("{}, {}", event_name(event), kind_name(kind));
    Row { title, values: findings.settings.modes.iter().map(value).collect() }
}

pub(super) fn find(findings: &Findings, event: Event, mode: Mode) -> Option<&Drill> {
    findings.drills.iter().find(|drill| drill.event == event && drill.mode == mode)
}

pub(super) fn event_name(event: Event) -> &'static str {
    match event {
        Event::Revoked => "revoked",
        Event::Expired => "left to expire",
    }
}

pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::New => "new connections",
        Kind::Kept => "kept connections",
        Kind::Http2 => "HTTP/2 connections",
        Kind::Resumed => "resumed sessions",
    }
}

/// `9.10 – 24.0 ms`: median and longest; `0 ms` when nothing was accepted afterwards in any round.
fn spread(lasted: &Lasted) -> Option<String> {
    let (median, longest) = (lasted.median()?, lasted.longest()?);
    Some(if longest > 0.0 { format!("{} – {} ms", plain(median), plain(longest)) } else { "0 ms".into() })
}

/// Zero is zero.
fn plain(millis: f64) -> String {
    if millis > 0.0 { digits(millis) } else { "0".into() }
}

/// What the rows mean, and what else the drills saw.
pub(super) fn notes(findings: &Findings) -> Vec<String> {
    let Some(first) = findings.drills.first() else { return Vec::new() };
    let mut notes = vec![format!(
        "From the moment that ends a credential (the command that revokes it returns, its time is over) to the end of the last \
         accepted request, while {} connections were busy with it: median – longest of {}. 0 ms: nothing was accepted \
         afterwards. Allowed are {:.0} ms.",
        first.busy,
        rounds(findings),
        first.limit_ms
    )];
    notes.extend(commands(findings));
    notes.extend(neighbours(findings));
    notes.extend(replaced(findings));
    notes.extend(noisy(findings));
    notes.extend(renewal(findings));
    notes
}

fn rounds(findings: &Findings) -> String {
    let most = |event: Event| {
        let of = findings.drills.iter().filter(|drill| drill.event == event);
        of.map(Drill::rounds).max().map(|most| format!("{} ({})", count(most, "round", "rounds"), event_name(event)))
    };
    list(&Event::ALL.iter().filter_map(|event| most(*event)).collect::<Vec<_>>())
}

/// The time before the moment: a command works while it runs.
fn commands(findings: &Findings) -> Option<String> {
    let took = |drill: &Drill| {
        let median = median(&drill.command_ms)?;
        Some(format!("{} ms in {} (`{}`)", digits(median), drill.mode, drill.how))
    };
    let each: Vec<_> = findings.drills.iter().filter_map(took).collect();
    (!each.is_empty()).then(|| format!("The command itself took {}, and works before it returns; medians.", list(&each)))
}

fn neighbours(findings: &Findings) -> Option<String> {
    let sum = |part: fn(&Drill) -> u64| findings.drills.iter().map(part).sum::<u64>();
    let (calls, refused) = (sum(|drill| drill.neighbour_calls), sum(|drill| drill.neighbour_refused));
    let refused = if refused == 0 { "none was refused".into() } else { format!("{refused} were refused") };
    (calls > 0).then(|| format!("Of {calls} requests that another caller made meanwhile, {refused}."))
}

/// What was replaced under load, and whether anybody noticed.
fn replaced(findings: &Findings) -> Vec<String> {
    let one = |what: &Replaced| {
        let of: Vec<_> = findings.rotations.iter().filter(|rotation| rotation.what == *what).collect();
        let modes: Vec<_> = of.iter().map(|rotation| format!("{} (`{}`)", rotation.mode, rotation.how)).collect();
        let calls: u64 = of.iter().map(|rotation| rotation.calls).sum();
        let failed: u64 = of.iter().map(|rotation| rotation.failed).sum();
        let failed = if failed == 0 { "every one was served".into() } else { format!("{failed} were not served") };
        let name = match what {
            Replaced::Credential => "A credential replaced with an overlap",
            Replaced::Maker => "The key that makes credentials replaced",
            Replaced::ServerCertificate => "The server's certificate replaced",
        };
        (!of.is_empty()).then(|| format!("{name} in {}: of {calls} requests meanwhile {failed}.", list(&modes)))
    };
    Replaced::ALL.iter().filter_map(one).collect()
}

/// What one caller's flood does to another.
fn noisy(findings: &Findings) -> Option<String> {
    let first = findings.noisy.first()?;
    let one = |noisy: &Noisy| {
        let ratio = noisy.ratio()?;
        let (quiet, flooded) = (digits(noisy.quiet_p99_ms), digits(noisy.flooded_p99_ms));
        Some(format!("{flooded} ms in {} ({quiet} ms without the flood; {ratio:.2} times in the median pair)", noisy.mode))
    };
    let each: Vec<_> = findings.noisy.iter().filter_map(one).collect();
    (!each.is_empty()).then(|| {
        format!(
            "A caller that may ask {} times a second asked {:.0} times; 99 of 100 calls of another took at most {}.",
            first.allowed_per_second,
            first.asked_per_second,
            list(&each)
        )
    })
}

fn renewal(findings: &Findings) -> Option<String> {
    let renewal = findings.renewal.as_ref()?;
    let wall = median(&renewal.wall_ms)?;
    let cpu = renewal.cpu_ms.map(|cpu| format!(", {} ms of it CPU", plain(cpu))).unwrap_or_default();
    let command = &renewal.command;
    Some(format!(
        "A short life has to be renewed: `{command}` takes {} ms (median of {}){cpu}.",
        digits(wall),
        renewal.wall_ms.len()
    ))
}

/// What did not go as it must, and which rounds do not count.
pub(super) fn troubles(findings: &Findings) -> Vec<String> {
    let faults = findings.drill_faults().into_iter().map(|fault| format!("{fault}."));
    let noisy = findings.noisy.iter().filter_map(|noisy| Some((noisy.mode, noisy.void.as_ref()?)));
    let noisy = noisy.map(|(mode, why)| format!("void: a flood of one caller, {mode}: {why}"));
    faults.chain(findings.drills.iter().flat_map(voids)).chain(noisy).collect()
}

/// Each reason once.
fn voids(drill: &Drill) -> Vec<String> {
    let mut reasons: Vec<(&str, usize)> = Vec::new();
    for why in &drill.void {
        match reasons.iter_mut().find(|(known, _)| known == why) {
            Some((_, rounds)) => *rounds += 1,
            None => reasons.push((why, 1)),
        }
    }
    let told = |(why, rounds): (&str, usize)| {
        format!("void: {}, {}, {}: {why}", event_name(drill.event), drill.mode, count(rounds, "round", "rounds"))
    };
    reasons.into_iter().map(told).collect()
}

/// One sentence for the top.
pub(super) fn sentence(findings: &Findings) -> Option<String> {
    let longest = |mode: &Mode| {
        let drill = find(findings, Event::Revoked, *mode)?;
        let longest = drill.lasted.iter().filter_map(Lasted::longest).reduce(f64::max)?;
        let time = if longest > 0.0 { format!("for {} ms more", digits(longest)) } else { "not at all".into() };
        Some(format!("{time} with {}", name(*mode)))
    };
    let each: Vec<_> = findings.settings.modes.iter().filter_map(longest).collect();
    (!each.is_empty()).then(|| {
        format!("Revoked while many connections were busy, a credential was served {} once the command was done.", list(&each))
    })
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    fn both_ends_stand_below_each_other() {
        let findings = sample::findings();
        let rows = rows(&findings);
        let shown: Vec<_> = rows.iter().map(|row| format!("{}: {}", row.title, row.values.join(" | "))).collect();
        insta::assert_snapshot!(shown.join("\n"), @"
        revoked, new connections: – | 7.38 – 14.0 ms | 0 ms | 11.0 – 21.0 ms
        revoked, kept connections: – | 12.3 – 23.4 ms | 0 ms | 18.4 – 35.0 ms
        revoked, HTTP/2 connections: – | 12.3 – 23.4 ms | 0 ms | 18.4 – 35.0 ms
        revoked, resumed sessions: – | 6.15 – 11.7 ms | 0 ms | 9.20 – 17.5 ms
        left to expire, new connections: – | 0 – 0.74 ms | 0 ms | 0 – 1.10 ms
        left to expire, kept connections: – | 0 – 1.23 ms | 0 ms | 0 – 1.84 ms
        left to expire, HTTP/2 connections: – | 0 – 1.23 ms | 0 ms | 0 – 1.84 ms
        left to expire, resumed sessions: – | 0 – 0.62 ms | 0 ms | 0 – 0.92 ms
        ");
        insta::assert_snapshot!(notes(&findings).join("\n"), @"
        From the moment that ends a credential (the command that revokes it returns, its time is over) to the end of the last accepted request, while 50 connections were busy with it: median – longest of 5 rounds (revoked) and 2 rounds (left to expire). 0 ms: nothing was accepted afterwards. Allowed are 100 ms.
        The command itself took 22.0 ms in jwt (`authbench token revoke -`), 22.0 ms in mtls (`authbench cert revoke partner`) and 22.0 ms in apikey (`authbench key revoke partner`), and works before it returns; medians.
        Of 3840 requests that another caller made meanwhile, none was refused.
        A credential replaced with an overlap in jwt (`authbench client rotate partner`) and apikey (`authbench key rotate partner`): of 4420 requests meanwhile every one was served.
        A caller that may ask 100 times a second asked 1998 times; 99 of 100 calls of another took at most 0.44 ms in jwt (0.41 ms without the flood; 1.06 times in the median pair) and 0.42 ms in apikey (0.41 ms without the flood; 1.02 times in the median pair).
        A short life has to be renewed: `authbench cert renew NAME` takes 30.7 ms (median of 5), 24.0 ms of it CPU.
        ");
        insta::assert_snapshot!(sentence(&findings).unwrap(), @"Revoked while many connections were busy, a credential was served for 23.4 ms more with OAuth2 JWT, not at all with mutual TLS and for 35.0 ms more with API key once the command was done.");
        assert!(troubles(&findings).is_empty());
    }

    #[test]
    fn trouble_is_told_with_its_place() {
        insta::assert_snapshot!(troubles(&sample::troubled()).join("\n"), @"
        revoked, jwt: on kept connections a request was accepted 131.7 ms after; 100 ms are allowed.
        revoked, jwt: 2 of 640 requests of another caller were refused meanwhile.
        credential replaced, apikey: 3 of 2210 requests were not served, the first: answered 401 Unauthorized, on a kept connection.
        void: left to expire, apikey, 2 rounds: the callers were held up for 72 ms by other programs
        void: a flood of one caller, apikey: its p99 differed by 2.10 times between slices without a flood
        ");
    }

    #[test]
    fn nothing_drilled_is_nothing_said() {
        let mut findings = sample::findings();
        findings.drills.clear();
        assert!(rows(&findings).is_empty() && notes(&findings).is_empty() && sentence(&findings).is_none());
    }
}
