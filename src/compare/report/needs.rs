//! The team's needs, held against the findings: which lock meets how many, and the row behind every judgement.

mod drilled;
mod judge;
mod measured;
mod operated;
mod rank;
#[cfg(test)]
mod tests;
mod told;
mod tried;

use self::{
    judge::{Judged, Verdict, World},
    rank::{Place, ranked},
};
use super::{
    answer::{capital, list, name},
    section::{Row, Section, Table, Value},
};
use crate::compare::{
    findings::Findings,
    needs::{Need, Needs, Weight},
};

/// The whole part. Only locks are ranked; nothing when there is none.
pub(super) fn section(findings: &Findings, needs: &Needs) -> Option<Section> {
    let places = ranked(World { findings, needs });
    let modes: Vec<_> = places.iter().map(|place| place.mode).collect();
    let mut table = Table::by_mode("Every need, whether each lock meets it, and what shows that", "Need", &modes);
    table.rows = needs.needs.iter().enumerate().map(|(at, need)| row(need, at, needs, &places)).collect();
    let title = if needs.title.is_empty() { String::new() } else { format!(": {}", needs.title) };
    (!places.is_empty()).then(|| Section {
        anchor: "needs",
        title: format!("Ranked for your needs{title}"),
        lead: sentences(&places, needs),
        tables: vec![table],
        notes: vec![
            "Ranked by the musts that are not met, then by those that are not known, then by the shoulds that are met. What this run \
             does not show is not known, and never counts as met."
                .into(),
        ],
        ..Section::default()
    })
}

fn row(need: &Need, at: usize, needs: &Needs, places: &[Place<'_>]) -> Row {
    let begins = at > 0 && needs.needs[at - 1].weight != need.weight;
    let values = places.iter().map(|place| value(&place.judged[at].1));
    let title = format!("{}: {}", need.weight, told::title(need.what, needs));
    Row { note: told::how(need.what).into(), begins, ..Row::of(title, values) }
}

fn value(judged: &Judged) -> Value {
    let text = match judged.verdict {
        Verdict::Met => "✓ met",
        Verdict::Unmet => "✗ not met",
        Verdict::Unknown => "? not known",
    };
    Value { text: text.into(), small: judged.because.clone(), proof: judged.row.clone(), mark: None }
}

/// How the locks stand, the best one first.
fn sentences(places: &[Place<'_>], needs: &Needs) -> Vec<String> {
    let whole = |place: &Place<'_>| place.count(Weight::Must, Verdict::Met) == place.all(Weight::Must);
    let nobody = (!places.iter().any(whole)).then(|| "No lock is shown to meet every must.".to_owned());
    nobody.into_iter().chain(places.iter().map(|place| sentence(place, places, needs))).collect()
}

/// `1. Mutual TLS meets all 3 musts and 1 of 2 shoulds. Not met: should … (why).`
fn sentence(place: &Place<'_>, places: &[Place<'_>], needs: &Needs) -> String {
    let level = places.iter().filter(|other| other.rank == place.rank && other.mode != place.mode);
    let level: Vec<_> = level.map(|other| name(other.mode)).collect();
    let tie = if level.is_empty() { String::new() } else { format!(", level with {},", list(&level)) };
    let met: Vec<_> = Weight::ALL.iter().filter_map(|weight| met(place, *weight)).collect();
    let unmet = reasons(place, "Not met", Verdict::Unmet, needs);
    let unknown = reasons(place, "Not known", Verdict::Unknown, needs);
    format!("{}. {}{tie} {}.{unmet}{unknown}", place.rank, capital(name(place.mode)), list(&met))
}

/// `meets all 3 musts`, `misses the one should`; nothing when there are none.
fn met(place: &Place<'_>, weight: Weight) -> Option<String> {
    match (place.count(weight, Verdict::Met), place.all(weight)) {
        (_, 0) => None,
        (0, 1) if place.count(weight, Verdict::Unknown) == 1 => Some(format!("may or may not meet the one {weight}")),
        (0, 1) => Some(format!("misses the one {weight}")),
        (_, 1) => Some(format!("meets the one {weight}")),
        (0, all) => Some(format!("meets none of {all} {weight}s")),
        (2, 2) => Some(format!("meets both {weight}s")),
        (met, all) if met == all => Some(format!("meets all {all} {weight}s")),
        (met, all) => Some(format!("meets {met} of {all} {weight}s")),
    }
}

fn reasons(place: &Place<'_>, title: &str, verdict: Verdict, needs: &Needs) -> String {
    let of = place.judged.iter().filter(|(_, judged)| judged.verdict == verdict);
    let each: Vec<_> =
        of.map(|(need, judged)| format!("{} “{}” ({})", need.weight, told::title(need.what, needs), judged.because)).collect();
    if each.is_empty() { String::new() } else { format!(" {title}: {}.", each.join("; ")) }
}
