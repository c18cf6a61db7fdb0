//! The answer at the top: sentences made from the findings alone.

use super::{
    drills,
    matrix::Matrix,
    merits,
    number::{count, digits, ratio, text},
    tally::{Tally, shared, tally},
};
use crate::{
    compare::findings::{Entry, Figure, Findings, Measure, Shape, Verdict},
    mode::Mode,
};

/// What a reader with half a minute should know.
#[derive(Debug)]
pub(super) struct Answer {
    /// One line.
    pub(super) headline: String,
    /// A few more.
    pub(super) sentences: Vec<String>,
}

/// More titles than this make no sentence.
const MANY: usize = 3;

/// The name of a lock in a sentence.
pub(super) fn name(mode: Mode) -> &'static str {
    match mode {
        Mode::Open => "the open door",
        Mode::Jwt => "OAuth2 JWT",
        Mode::Mtls => "mutual TLS",
        Mode::Apikey => "API key",
    }
}

/// Answers from the first matrix (the standard profile, where it was tried) and the costs.
pub(super) fn answer(findings: &Findings, matrices: &[Matrix<'_>]) -> Answer {
    let modes = &findings.settings.modes;
    let locks: Vec<Mode> = modes.iter().copied().filter(|mode| *mode != Mode::Open).collect();
    let tallies = matrices.first().map(|matrix| shared(matrix, &locks)).unwrap_or_default();
    let mut sentences = merits::sentences(findings, matrices.first());
    if let Some(matrix) = matrices.first() {
        sentences.extend(trials(findings));
        sentences.extend(stopped(matrix, &tallies, modes));
        sentences.extend(unstopped(&tallies));
        sentences.extend(rightful(&tallies));
        sentences.extend(matrices[1..].iter().flat_map(|other| weaker(matrix, other)));
    }
    sentences.extend(drills::sentence(findings));
    sentences.extend(cpu(findings));
    sentences.extend(first_call(findings));
    Answer { headline: headline(findings, &tallies), sentences }
}

fn headline(findings: &Findings, tallies: &[Tally<'_>]) -> String {
    let differing = findings.differing();
    if differing > 0 {
        return format!("{differing} of {} did not end as declared.", count(tried(findings), "trial", "trials"));
    }
    let faults = findings.faults().len();
    if faults > 0 {
        return format!("In the drills {} did not go as declared.", count(faults, "thing", "things"));
    }
    let Some(most) = tallies.iter().map(|tally| tally.stopped).max().filter(|_| tallies[0].attacks > 0) else {
        let costs = match (findings.costs.is_empty(), findings.drills.is_empty()) {
            (false, _) => "What each lock costs.",
            (true, false) => "How long a stolen credential goes on.",
            (true, true) => "Nothing was tried.",
        };
        return costs.into();
    };
    let best: Vec<_> = tallies.iter().filter(|tally| tally.stopped == most).map(|tally| name(tally.mode)).collect();
    let of = format!("{most} of {}", count(tallies[0].attacks, "attack", "attacks"));
    match (best.len(), tallies.len()) {
        (_, 1) => capital(&format!("{} stopped {of}.", best[0])),
        (all, locks) if all == locks => format!("Every lock stopped {of}."),
        (1, _) => capital(&format!("{} stopped the most: {of}.", best[0])),
        _ => capital(&format!("{} stopped the most: {of} each.", list(&best))),
    }
}

fn tried(findings: &Findings) -> usize {
    findings.scenarios.iter().filter(|cell| cell.verdict != Verdict::Skipped).count()
}

fn trials(findings: &Findings) -> Option<String> {
    let tried = tried(findings);
    let untried = match findings.scenarios.len() - tried {
        0 => String::new(),
        skipped => format!("; {} could not be tried", count(skipped, "trial", "trials")),
    };
    (findings.differing() == 0 && tried > 0).then(|| match tried {
        1 => format!("The one trial ended as declared{untried}."),
        _ => format!("All {tried} trials ended as the scenarios declare, known weaknesses included{untried}."),
    })
}

fn stopped(matrix: &Matrix<'_>, tallies: &[Tally<'_>], modes: &[Mode]) -> Option<String> {
    let first = tallies.first().filter(|first| first.attacks > 0 && tallies.len() > 1)?;
    let mut ranked: Vec<_> = tallies.iter().collect();
    ranked.sort_by_key(|tally| std::cmp::Reverse(tally.stopped));
    let each: Vec<_> = ranked.iter().map(|tally| format!("{} stopped {}", name(tally.mode), tally.stopped)).collect();
    let faced = count(first.attacks, "attack or mistake", "attacks and mistakes");
    let open = modes.contains(&Mode::Open).then(|| {
        let with: Vec<_> = tallies.iter().map(|tally| tally.mode).chain([Mode::Open]).collect();
        shared(matrix, &with).into_iter().next_back()
    });
    let open = open.flatten().filter(|open| open.attacks > 0);
    let open = open.map(|open| format!("; without a lock {} of {}", open.stopped, open.attacks));
    Some(format!("Of the {faced} that every lock faced, {}{}.", list(&each), open.unwrap_or_default()))
}

fn unstopped(tallies: &[Tally<'_>]) -> Option<String> {
    let (first, rest) = tallies.split_first().filter(|(_, rest)| !rest.is_empty())?;
    let by_all = |entry: &&&Entry| rest.iter().all(|tally| tally.through.iter().any(|other| other.id == entry.id));
    let through: Vec<&Entry> = first.through.iter().filter(by_all).copied().collect();
    (!through.is_empty()).then(|| format!("No lock stopped {}.", titles(&through)))
}

fn rightful(tallies: &[Tally<'_>]) -> Option<String> {
    let first = tallies.first().filter(|first| first.rightful > 0)?;
    let hindered: Vec<_> = tallies.iter().filter(|tally| !tally.hindered.is_empty()).collect();
    if hindered.is_empty() {
        return Some(match first.rightful {
            1 => "The one kind of rightful call passed.".into(),
            kinds => format!("All {kinds} kinds of rightful calls passed."),
        });
    }
    let each: Vec<_> = hindered.iter().map(|tally| format!("{} stopped {}", name(tally.mode), titles(&tally.hindered))).collect();
    Some(format!("Of the rightful calls, {}.", list(&each)))
}

/// What a lock stops in the first matrix and lets through in another profile.
fn weaker(matrix: &Matrix<'_>, other: &Matrix<'_>) -> Vec<String> {
    let lock = |mode: &Mode| {
        let stopped = |entry: &&Entry| !tally(matrix, *mode).through.iter().any(|through| through.id == entry.id);
        let tally = tally(other, *mode);
        let more: Vec<&Entry> = tally.through.iter().filter(|entry| stopped(entry)).copied().collect();
        let (profile, name) = (other.profile, name(*mode));
        (!more.is_empty()).then(|| {
            format!(
                "With the habits of profile {profile}, {name} stopped {} of {}; through came also {}.",
                tally.stopped,
                tally.attacks,
                titles(&more)
            )
        })
    };
    other.modes.iter().filter(|mode| **mode != Mode::Open).filter_map(lock).collect()
}

/// What one call costs the server, as multiples of the open door where the intervals tell them apart.
fn cpu(findings: &Findings) -> Option<String> {
    let kept = |mode| findings.figure(mode, Shape::Kept, Measure::ServerCpu);
    let base = kept(Mode::Open)?;
    if let Some(why) = &base.void {
        return Some(format!("What a call costs the server is not told: {why}."));
    }
    let locks = findings.settings.modes.iter().copied().filter(|mode| *mode != Mode::Open);
    let measured = locks.filter_map(|mode| Some((mode, kept(mode)?, ratio(kept(mode), Some(base))?)));
    let (alike, apart): (Vec<_>, Vec<_>) = measured.partition(|(_, figure, _)| is_level(figure));
    let times: Vec<_> =
        apart.iter().map(|(mode, _, ratio)| format!("{} times that with {}", digits(*ratio), name(*mode))).collect();
    let times = if times.is_empty() { String::new() } else { format!(", {}", list(&times)) };
    let alike: Vec<_> = alike.iter().map(|(mode, ..)| name(*mode)).collect();
    let alike = if alike.is_empty() { String::new() } else { format!("; with {} no difference can be told", list(&alike)) };
    Some(format!("On a kept connection one call costs the server {} of CPU behind the open door{times}{alike}.", text(base)?))
}

/// Whether the true difference from the baseline may be none.
fn is_level(figure: &Figure) -> bool {
    let interval = figure.over.and_then(|over| over.interval);
    interval.is_some_and(|(low, high)| low <= 0.0 && high >= 0.0)
}

fn first_call(findings: &Findings) -> Option<String> {
    let took = |mode: Mode| {
        let figure = findings.figure(mode, Shape::First, Measure::FirstCall)?;
        Some(format!("{} {} {}", text(figure)?, if mode == Mode::Open { "behind" } else { "with" }, name(mode)))
    };
    let each: Vec<_> = findings.settings.modes.iter().copied().filter_map(took).collect();
    (!each.is_empty()).then(|| format!("From nothing to the first answer takes {}.", list(&each)))
}

/// The first few by their titles; the matrix has them all.
pub(super) fn titles(entries: &[&Entry]) -> String {
    let shown = if entries.len() > MANY { MANY - 1 } else { entries.len() };
    let named = entries.iter().take(shown).map(|entry| format!("“{}”", entry.title));
    let more = (shown < entries.len()).then(|| format!("{} more", entries.len() - shown));
    list(&named.chain(more).collect::<Vec<_>>())
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list<S: AsRef<str>>(items: &[S]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::{
        super::{matrix::matrices, sample},
        *,
    };
    use crate::compare::findings::Over;

    fn told(findings: &Findings) -> String {
        let answer = answer(findings, &matrices(findings));
        format!("{}\n{}", answer.headline, answer.sentences.join("\n"))
    }

    #[test]
    fn the_sentences_follow_from_the_findings() {
        insta::assert_snapshot!(told(&sample::findings()), @"
        Mutual TLS stopped the most: 14 of 15 attacks.
        OAuth2 JWT is ahead of all in nothing that was compared, and behind every other lock in the time of the first call (2.64 ms) and in server CPU per call on a kept connection (52.1 µs).
        Mutual TLS is ahead of every other lock in stopping “A credential seen by a proxy is replayed from another machine” and “A fake server takes the call of a careless caller” and in the end of a revoked credential (at once). It is behind every other in server CPU per call on a new connection (431 µs) and in bytes per call on a new connection (4.37 kB).
        API key is ahead of every other lock in the time of the first call (1.23 ms), in server CPU per call on a new connection (230 µs) and in bytes per call on a new connection (2.55 kB), and behind all in nothing that was compared.
        All 77 trials ended as the scenarios declare, known weaknesses included.
        Of the 15 attacks and mistakes that every lock faced, mutual TLS stopped 14, OAuth2 JWT stopped 12 and API key stopped 12; without a lock 2 of 15.
        No lock stopped “The caller's files are stolen”.
        All 3 kinds of rightful calls passed.
        Revoked while many connections were busy, a credential was served for 23.4 ms more with OAuth2 JWT, not at all with mutual TLS and for 35.0 ms more with API key once the command was done.
        On a kept connection one call costs the server 9.40 µs of CPU behind the open door, 5.54 times that with OAuth2 JWT, 1.02 times that with mutual TLS and 1.09 times that with API key.
        From nothing to the first answer takes 1.21 ms behind the open door, 2.64 ms with OAuth2 JWT, 1.73 ms with mutual TLS and 1.23 ms with API key.
        ");
    }

    #[test]
    fn what_another_profile_lets_through_is_said() {
        let told = told(&sample::both_profiles());
        let wanted = "With the habits of profile aws, OAuth2 JWT stopped 2 of 3; through came also “A revoked credential on a new connection”.";
        assert!(told.contains(wanted), "{told}");
    }

    #[test]
    fn a_difference_that_may_be_none_is_not_told_as_one() {
        let mut findings = sample::findings();
        for cost in findings.costs.iter_mut().filter(|cost| cost.mode != Mode::Jwt && cost.shape == Shape::Kept && cost.tls) {
            for figure in cost.figures.iter_mut().filter(|figure| figure.name == Measure::ServerCpu) {
                figure.over = Some(Over { value: 0.4, interval: Some((-0.2, 0.9)) });
            }
        }
        let wanted = "of CPU behind the open door, 5.54 times that with OAuth2 JWT; with mutual TLS and API key no difference can be told.";
        assert!(told(&findings).contains(wanted), "{}", told(&findings));
    }

    #[test]
    fn trouble_comes_first() {
        insta::assert_snapshot!(told(&sample::troubled()), @"
        1 of 68 trials did not end as declared.
        OAuth2 JWT is ahead of all in nothing that was compared, and behind every other lock in the time of the first call (2.64 ms).
        Mutual TLS is ahead of every other lock in stopping “A credential seen by a proxy is replayed from another machine” and “A fake server takes the call of a careless caller” and in the end of a revoked credential (at once). It is behind every other in bytes per call on a new connection (4.37 kB).
        API key is ahead of every other lock in the time of the first call (1.23 ms) and in bytes per call on a new connection (2.55 kB). It is behind every other in stopping “A revoked credential on a new connection”.
        Of the 13 attacks and mistakes that every lock faced, mutual TLS stopped 12, OAuth2 JWT stopped 10 and API key stopped 9; without a lock 2 of 13.
        No lock stopped “The caller's files are stolen”.
        All 2 kinds of rightful calls passed.
        Revoked while many connections were busy, a credential was served for 132 ms more with OAuth2 JWT, not at all with mutual TLS and for 35.0 ms more with API key once the command was done.
        What a call costs the server is not told: the baseline drifted by 31 % between the opening and the closing run.
        From nothing to the first answer takes 1.21 ms behind the open door, 2.64 ms with OAuth2 JWT, 1.73 ms with mutual TLS and 1.23 ms with API key.
        ");
    }

    #[test]
    fn one_lock_is_not_ranked_and_nothing_is_not_embellished() {
        let mut one = sample::findings();
        one.settings.modes = vec![Mode::Mtls];
        one.costs.clear();
        one.drills.clear();
        one.scenarios.retain(|cell| cell.mode == Mode::Mtls);
        insta::assert_snapshot!(told(&one), @"
        Mutual TLS stopped 16 of 17 attacks.
        All 20 trials ended as the scenarios declare, known weaknesses included.
        All 3 kinds of rightful calls passed.
        ");
        one.scenarios.clear();
        insta::assert_snapshot!(told(&one), @"Nothing was tried.");
    }
}
