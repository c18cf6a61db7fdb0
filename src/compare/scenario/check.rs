//! What a scenario must be beyond its shape: callers that exist, outcomes for every mode, one deciding step.

use std::{collections::BTreeSet, ops::Range};

use toml::Spanned;

use super::{
    Ask, Expect, Forge, NOBODY, Outcome, blanks, each,
    forge::Minter,
    step::{Call, On, Step, Verb},
    written::{Written, WrittenStep},
};
use crate::{
    document::{Document, Fault},
    mode::{Mode, Profile},
    network::Networks,
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

/// The profiles, in the order of their matrices; each serves at least one of `modes`.
pub(super) fn profiles(document: &Document<'_>, written: &Written, modes: &[Mode]) -> Result<Vec<Profile>, Fault> {
    let Some(named) = &written.profiles else { return Ok(vec![Profile::Standard]) };
    let chosen: Vec<Profile> = Profile::ALL.iter().copied().filter(|profile| named.get_ref().contains(profile)).collect();
    if chosen.is_empty() {
        let remedy = "name one, or leave `profiles` away for `standard`";
        return Err(document.fault(&named.span(), "the scenario runs in no profile", remedy));
    }
    match chosen.iter().find(|profile| !modes.iter().any(|mode| profile.modes().contains(mode))) {
        None => Ok(chosen),
        Some(profile) => {
            let served: Vec<_> = profile.modes().iter().map(|mode| mode.as_str()).collect();
            let what = format!("`{profile}` serves none of the scenario's modes, only {}", served.join(" and "));
            Err(document.fault(&named.span(), what, format!("leave `{profile}` away")))
        }
    }
}

/// The steps, each checked against those before it. `raw` has them as they are written.
pub(super) fn steps(
    document: &Document<'_>,
    written: Vec<Spanned<WrittenStep>>,
    raw: &[toml::Table],
    places: &[Place],
) -> Result<Vec<Placed>, Fault> {
    let mut known = Known { modes: places.iter().map(|(_, mode)| *mode).collect(), ..Known::default() };
    let mut steps = Vec::new();
    for (step, raw) in written.into_iter().zip(raw) {
        let placed = one_verb(document, step, raw)?;
        let fault = |at: &Range<usize>, (what, remedy): Complaint| document.fault(at, what, remedy);
        known.admit(&placed.step.verb).map_err(|complaint| fault(&placed.at, complaint))?;
        for (variant, at) in placed.step.each.iter().zip(&placed.each_at) {
            known.admit(&variant.verb).map_err(|complaint| Fault { key: "step.each".into(), ..fault(at, complaint) })?;
        }
        complete(&placed.step, places).map_err(|complaint| fault(&placed.at, complaint))?;
        steps.push(placed);
    }
    Ok(steps)
}

/// The step that the cell stands for: the one that says so, or the last with an outcome.
pub(super) fn deciding(document: &Document<'_>, steps: &[Placed]) -> Result<usize, Fault> {
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
            Ok(Placed { step: Step { verb, each, expect, decides: step.decides }, at, each_at })
        }
        (Some(_), Some(second)) => {
            Err(document.fault(&second.span(), "a step has two verbs", "begin a `[[step]]` of its own for the second"))
        }
        (None, _) => {
            Err(document.fault(&span, "a step without a verb", format!("write one; they are listed in {}", super::REFERENCE)))
        }
    }
}

type Complaint = (String, String);

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
    use Outcome::{Accepted, Active, Allowed, Closed, Error, Granted, HandshakeRefused, Inactive, Refused, Strange};
    let asked = matches!(step.verb, Verb::Ask(_));
    let fits = match outcome {
        Granted | Accepted | Active | Inactive | Error(_) => asked,
        Allowed | Closed | HandshakeRefused(_) => !asked,
        Refused(_) | Strange(_) => true,
    };
    let verb = if asked { "ask" } else { "call" };
    let remedy = format!("write an outcome of `{verb}`; they are listed in {}", super::REFERENCE);
    if fits { Ok(()) } else { Err((format!("`{verb}` never ends with `{outcome}`"), remedy)) }
}

/// The callers that the steps so far have spoken of.
#[derive(Default)]
struct Known {
    modes: BTreeSet<Mode>,
    holders: BTreeSet<String>,
    provisioned: BTreeSet<String>,
    connected: BTreeSet<String>,
}

impl Known {
    fn admit(&mut self, verb: &Verb) -> Result<(), Complaint> {
        match verb {
            Verb::Provision(one) => {
                if !one.allow.is_empty() {
                    Networks::parse(&one.allow).map_err(|error| (error, "write networks such as 127.0.0.1/32".into()))?;
                }
                if !self.provisioned.insert(one.caller.clone()) {
                    return Err((format!("`{}` is provisioned twice", one.caller), "use `rotate`, or another name".into()));
                }
                self.new_holder(&one.caller)
            }
            Verb::Call(call) => self.call(call),
            Verb::Flood(flood) => self.holds(&flood.who),
            Verb::Ask(ask) => self.ask(ask),
            Verb::Disable(one) | Verb::Enable(one) => {
                self.within("`disable` and `enable` have", &[Mode::Open, Mode::Jwt, Mode::Apikey])?;
                self.is_provisioned(&one.caller)
            }
            Verb::Remove(one) => {
                self.within("`remove` has", &[Mode::Open, Mode::Jwt])?;
                self.is_provisioned(&one.caller)
            }
            Verb::Revoke(one) | Verb::Expire(one) => self.is_provisioned(&one.caller),
            Verb::Rotate(one) => {
                self.is_provisioned(&one.caller)?;
                one.old.as_ref().map_or(Ok(()), |old| self.new_holder(old))
            }
            Verb::Tamper(_) | Verb::Forge(_) | Verb::Steal(_) | Verb::Impostor(_) => self.attack(verb),
            Verb::Restart | Verb::Kill => Ok(()),
        }
    }

    fn attack(&mut self, verb: &Verb) -> Result<(), Complaint> {
        let (victim, villain) = match verb {
            Verb::Tamper(one) => (&one.caller, &one.who),
            Verb::Impostor(one) => (&one.victim, &one.by),
            Verb::Forge(one) => {
                self.possible(one)?;
                (&one.like, &one.who)
            }
            Verb::Steal(one) => {
                self.within(&format!("`what = \"{}\"` has", one.what), one.what.modes())?;
                (&one.from, &one.by)
            }
            _ => return Ok(()),
        };
        self.is_provisioned(victim)?;
        self.new_holder(villain)
    }

    fn call(&mut self, call: &Call) -> Result<(), Complaint> {
        self.holds(&call.who)?;
        filled(&call.texts(), Call::BLANKS)?;
        if call.on != On::New && !self.connected.contains(&call.who) {
            let what = format!("`{}` has not called before, so there is nothing to be {}", call.who, call.on);
            return Err((what, "put a `call` on a new connection before it".into()));
        }
        if call.on == On::Kept && call.from.is_some() {
            return Err(("a kept connection keeps its address".into(), "drop `from`, or call on a new connection".into()));
        }
        self.connected.insert(call.who.clone());
        Ok(())
    }

    fn new_holder(&mut self, name: &str) -> Result<(), Complaint> {
        if name == NOBODY {
            return Err((format!("`{NOBODY}` never holds anything"), "choose another name".into()));
        }
        self.holders.insert(name.to_owned());
        Ok(())
    }

    fn holds(&self, name: &str) -> Result<(), Complaint> {
        if name == NOBODY || self.holders.contains(name) {
            return Ok(());
        }
        let remedy = format!("`provision` it in an earlier step; `{NOBODY}` is the caller that presents nothing");
        Err((format!("there is no caller `{name}` yet"), remedy))
    }

    fn is_provisioned(&self, name: &str) -> Result<(), Complaint> {
        if self.provisioned.contains(name) {
            return Ok(());
        }
        Err((format!("nobody has provisioned `{name}`"), "add a step `provision` before this one".into()))
    }

    fn ask(&self, ask: &Ask) -> Result<(), Complaint> {
        self.within("`ask` has", &[Mode::Jwt])?;
        self.holds(&ask.who)?;
        self.holds(ask.owner())?;
        filled(&ask.texts(), Ask::BLANKS)
    }

    fn possible(&self, forge: &Forge) -> Result<(), Complaint> {
        if forge.is_about_tokens() {
            self.within("what is said about a token has", &[Mode::Open, Mode::Jwt])?;
        }
        filled(&forge.texts(), Forge::BLANKS)?;
        match forge.flaw {
            Some(flaw) => self.within(&format!("`flaw = \"{flaw}\"` has"), flaw.modes()),
            None if forge.by == Minter::Trusted => self.within("`by = \"trusted\"` has", &[Mode::Open, Mode::Jwt, Mode::Mtls]),
            None => Ok(()),
        }
    }

    /// `what` must have a meaning in every mode of the scenario.
    fn within(&self, what: &str, possible: &[Mode]) -> Result<(), Complaint> {
        let remedy = |mode| format!("leave `{mode}` out by `modes`, and say so in `why_not`");
        match self.modes.iter().find(|mode| !possible.contains(mode)) {
            None => Ok(()),
            Some(mode) => Err((format!("{what} no meaning in `{mode}`"), remedy(mode))),
        }
    }
}

/// Every blank must be one of `words`, or one that everybody can fill.
fn filled(texts: &[&str], words: &[&str]) -> Result<(), Complaint> {
    match texts.iter().find_map(|text| blanks::unknown(text, words)) {
        None => Ok(()),
        Some(blank) => {
            let known: Vec<_> = words.iter().map(|word| format!("{{{word}}}")).collect();
            Err((format!("nothing here is called `{{{blank}}}`"), format!("write one of {}", known.join(", "))))
        }
    }
}
