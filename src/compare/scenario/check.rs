//! What a scenario must be beyond its shape: callers that exist, outcomes for every mode, one deciding step.

use std::ops::Range;

use toml::Spanned;

use super::{
    Expect, each,
    known::Known,
    step::{Step, Verb},
    written::{Written, WrittenStep},
};
use crate::{
    compare::findings::Artefact,
    document::{Document, Fault},
    mode::{Mode, Profile},
};

/// Where a scenario happens: a column of one profile's matrix.
pub(super) type Place = (Profile, Mode);

/// A step with the place where it stands.
pub(super) struct Placed {
    pub(super) step: Step,
    at: Range<usize>,
    each_at: Vec<Range<usize>>,
}

/// The columns, in the order of the matrix.
pub(super) fn modes(document: &Document<'_>, written: &Written) -> Result<Vec<Mode>, Fault> {
    let Some(named) = &written.modes else { return Ok(Mode::ALL.to_vec()) };
    let chosen: Vec<Mode> = Mode::ALL.iter().copied().filter(|mode| named.get_ref().contains(mode)).collect();
    if chosen.is_empty() {
        return Err(document.fault(&named.span(), "the scenario runs in no mode", "name one, or leave `modes` away for all"));
    }
    if chosen.len() < Mode::ALL.len() && written.why_not.as_deref().unwrap_or_default().trim().is_empty() {
        let remedy = "add `why_not`: one sentence that says why the other modes have no such thing";
        return Err(document.fault(&named.span(), "modes are left out without a reason", remedy));
    }
    Ok(chosen)
}

/// The profiles, in the order of their matrices.
pub(super) fn profiles(document: &Document<'_>, written: &Written) -> Result<Vec<Profile>, Fault> {
    let Some(named) = &written.profiles else { return Ok(vec![Profile::Standard]) };
    let chosen: Vec<Profile> = Profile::ALL.iter().copied().filter(|profile| named.get_ref().contains(profile)).collect();
    if chosen.is_empty() {
        let remedy = "name one, or leave `profiles` away for `standard`";
        return Err(document.fault(&named.span(), "the scenario runs in no profile", remedy));
    }
    Ok(chosen)
}

/// The steps, each checked against those before it. `raw` has them as they are written.
pub(super) fn steps(
    document: &Document<'_>,
    written: Vec<Spanned<WrittenStep>>,
    raw: &[toml::Table],
    places: &[Place],
) -> Result<Vec<Placed>, Fault> {
    // Who is known where: a step may happen in some places only.
    let mut known: Vec<(Place, Known)> = places.iter().map(|place| (*place, Known::nobody(place.1))).collect();
    let mut steps = Vec::new();
    for (step, raw) in written.into_iter().zip(raw) {
        let whole = one_verb(document, step, raw)?;
        let fault = |at: &Range<usize>, (what, remedy): Complaint| document.fault(at, what, remedy);
        let here: Vec<Place> = places.iter().copied().filter(|place| whole.step.happens(*place)).collect();
        if here.is_empty() {
            let remedy = "name one of the scenario's, or leave `places` away for all";
            return Err(fault(&whole.at, ("the step happens nowhere in this scenario".into(), remedy.into())));
        }
        for (_, known) in known.iter_mut().filter(|(place, _)| here.contains(place)) {
            known.admit(&whole.step.verb).map_err(|complaint| fault(&whole.at, complaint))?;
            for (variant, at) in whole.step.each.iter().zip(&whole.each_at) {
                known.admit(&variant.verb).map_err(|complaint| Fault { key: "step.each".into(), ..fault(at, complaint) })?;
            }
        }
        complete(&whole.step, &here).map_err(|complaint| fault(&whole.at, complaint))?;
        steps.push(whole);
    }
    Ok(steps)
}

/// Whether a thief's steps stand in a scenario about a theft, end, and are there at all.
pub(super) fn probes(document: &Document<'_>, artefact: Option<&Spanned<Artefact>>, steps: &[Placed]) -> Result<(), Fault> {
    let probing: Vec<&Placed> = steps.iter().filter(|placed| placed.step.probe.is_some()).collect();
    if let Some(endless) = probing.iter().find(|placed| placed.step.expect.is_none()) {
        return Err(document.fault(&endless.at, "a probe without an outcome tells nothing", "add `expect`, or drop `probe`"));
    }
    match (artefact, probing.first()) {
        (None, Some(first)) => {
            let remedy = "add `artefact` to the head, or drop `probe`";
            Err(document.fault(&first.at, "a probe in a scenario that does not say what was stolen", remedy))
        }
        (Some(artefact), None) => {
            let remedy = "say by `probe` what a `call` tries, or drop `artefact`";
            Err(document.fault(&artefact.span(), "no step tries what a thief can do with it", remedy))
        }
        _ => Ok(()),
    }
}

/// The step that the cell stands for: the one that says so, or the last with an outcome.
pub(super) fn deciding(document: &Document<'_>, steps: &[Placed], places: &[Place]) -> Result<usize, Fault> {
    let deciding = chosen(document, steps)?;
    let step = &steps[deciding];
    if places.iter().all(|place| step.step.happens(*place)) {
        return Ok(deciding);
    }
    let remedy = "drop its `places`, or say `decides = true` at a step that happens everywhere";
    Err(document.fault(&step.at, "the deciding step does not happen wherever the scenario does", remedy))
}

fn chosen(document: &Document<'_>, steps: &[Placed]) -> Result<usize, Fault> {
    let saying: Vec<usize> = (0..steps.len()).filter(|index| steps[*index].step.decides).collect();
    match saying[..] {
        [] => steps.iter().rposition(|placed| placed.step.expect.is_some()).ok_or_else(|| {
            document.fault_at_key(
                "step.expect",
                "no step has one, so nothing would be shown",
                "add `expect` to the deciding `call`",
            )
        }),
        [one] if steps[one].step.expect.is_some() => Ok(one),
        [one] => Err(document.fault(&steps[one].at, "the deciding step has no `expect`", "add one, or drop `decides`")),
        [_, second, ..] => {
            Err(document.fault(&steps[second].at, "two steps say `decides`", "leave it at the one that the cell stands for"))
        }
    }
}

fn one_verb(document: &Document<'_>, step: Spanned<WrittenStep>, raw: &toml::Table) -> Result<Placed, Fault> {
    let span = step.span();
    let mut step = step.into_inner();
    let mut verbs = step.verbs().into_iter();
    match (verbs.next(), verbs.next()) {
        (Some(verb), None) => {
            let (at, verb) = (verb.span(), verb.into_inner());
            let each = each::variants(document, step.each, raw, &verb)?;
            let (each, each_at) = each.into_iter().map(|placed| (placed.variant, placed.at)).unzip();
            let expect = step.expect.map(Spanned::into_inner);
            let places = step.places.map(Spanned::into_inner).unwrap_or_default();
            let step = Step { verb, each, expect, decides: step.decides, places, probe: step.probe };
            Ok(Placed { step, at, each_at })
        }
        (Some(_), Some(second)) => {
            Err(document.fault(&second.span(), "a step has two verbs", "begin a `[[step]]` of its own for the second"))
        }
        (None, _) => {
            Err(document.fault(&span, "a step without a verb", format!("write one; they are listed in {}", super::REFERENCE)))
        }
    }
}

/// What is wrong, and the remedy.
pub(super) type Complaint = (String, String);

/// Whether `expect` stands where something ends, and says how, wherever the scenario runs.
fn complete(step: &Step, places: &[Place]) -> Result<(), Complaint> {
    let Some(expect) = &step.expect else { return Ok(()) };
    if !matches!(step.verb, Verb::Call(_) | Verb::Ask(_) | Verb::Flood(_)) {
        return Err(("only `call`, `ask` and `flood` end with an outcome".into(), "move `expect` to a `call`".into()));
    }
    if expect.speaks_of_aws() && places.iter().all(|(profile, _)| *profile != Profile::Aws) {
        let remedy = "add `profiles = [\"standard\", \"aws\"]` to the head, or drop `aws`".into();
        return Err(("`expect` speaks of `aws`, where the scenario does not run".into(), remedy));
    }
    places.iter().try_for_each(|place| said(step, expect, *place))
}

fn said(step: &Step, expect: &Expect, (profile, mode): Place) -> Result<(), Complaint> {
    let Some(outcome) = expect.outcome(mode, profile) else {
        return Err((
            format!("`expect` says nothing about `{mode}`"),
            format!("add `{mode} = \"…\"`, or leave the mode out by `modes` and `why_not`"),
        ));
    };
    let asked = matches!(step.verb, Verb::Ask(_));
    let fits = outcome.ends_an_ask().is_none_or(|ends| ends == asked);
    let verb = if asked { "ask" } else { "call" };
    let remedy = format!("write an outcome of `{verb}`; they are listed in {}", super::REFERENCE);
    if fits { Ok(()) } else { Err((format!("`{verb}` never ends with `{outcome}`"), remedy)) }
}
