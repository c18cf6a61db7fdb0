//! What a scenario must be beyond its shape: callers that exist, outcomes for every mode, one deciding step.

use std::{collections::BTreeSet, ops::Range};

use toml::Spanned;

use super::{
    NOBODY,
    attack::{Forge, Minter},
    step::{Call, On, Step, Verb},
    written::{Written, WrittenStep},
};
use crate::{
    document::{Document, Fault},
    mode::Mode,
    network::Networks,
};

/// A step with the place where it stands.
pub(super) struct Placed {
    pub(super) step: Step,
    at: Range<usize>,
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

/// The steps, each checked against those before it.
pub(super) fn steps(document: &Document<'_>, written: Vec<Spanned<WrittenStep>>, modes: &[Mode]) -> Result<Vec<Placed>, Fault> {
    let mut known = Known::default();
    let mut steps = Vec::new();
    for step in written {
        let placed = one_verb(document, step)?;
        let fault = |(what, remedy): (String, String)| document.fault(&placed.at, what, remedy);
        known.admit(&placed.step.verb, modes).map_err(fault)?;
        complete(&placed.step, modes).map_err(fault)?;
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

fn one_verb(document: &Document<'_>, step: Spanned<WrittenStep>) -> Result<Placed, Fault> {
    let span = step.span();
    let mut step = step.into_inner();
    let mut verbs = step.verbs().into_iter();
    match (verbs.next(), verbs.next()) {
        (Some(verb), None) => {
            let at = verb.span();
            let expect = step.expect.map(Spanned::into_inner);
            Ok(Placed { step: Step { verb: verb.into_inner(), expect, decides: step.decides }, at })
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

fn complete(step: &Step, modes: &[Mode]) -> Result<(), Complaint> {
    let ends = matches!(step.verb, Verb::Call(_) | Verb::Flood(_));
    match &step.expect {
        Some(_) if !ends => Err(("only `call` and `flood` end with an outcome".into(), "move `expect` to a `call`".into())),
        Some(expect) => match modes.iter().find(|mode| expect.in_mode(**mode).is_none()) {
            Some(mode) => Err((
                format!("`expect` says nothing about `{mode}`"),
                format!("add `{mode} = \"…\"`, or leave the mode out by `modes` and `why_not`"),
            )),
            None => Ok(()),
        },
        None => Ok(()),
    }
}

/// The callers that the steps so far have spoken of.
#[derive(Default)]
struct Known {
    holders: BTreeSet<String>,
    provisioned: BTreeSet<String>,
    connected: BTreeSet<String>,
}

impl Known {
    fn admit(&mut self, verb: &Verb, modes: &[Mode]) -> Result<(), Complaint> {
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
            Verb::Disable(one) | Verb::Enable(one) => {
                within("`disable` and `enable` have", &[Mode::Open, Mode::Jwt, Mode::Apikey], modes)?;
                self.is_provisioned(&one.caller)
            }
            Verb::Revoke(one) | Verb::Expire(one) => self.is_provisioned(&one.caller),
            Verb::Rotate(one) => {
                self.is_provisioned(&one.caller)?;
                one.old.as_ref().map_or(Ok(()), |old| self.new_holder(old))
            }
            Verb::Tamper(_) | Verb::Forge(_) | Verb::Steal(_) | Verb::Impostor(_) => self.attack(verb, modes),
            Verb::Restart | Verb::Kill => Ok(()),
        }
    }

    fn attack(&mut self, verb: &Verb, modes: &[Mode]) -> Result<(), Complaint> {
        let (victim, villain) = match verb {
            Verb::Tamper(one) => (&one.caller, &one.who),
            Verb::Impostor(one) => (&one.victim, &one.by),
            Verb::Forge(one) => {
                possible(one, modes)?;
                (&one.like, &one.who)
            }
            Verb::Steal(one) => {
                within(&format!("`what = \"{}\"` has", one.what), one.what.modes(), modes)?;
                (&one.from, &one.by)
            }
            _ => return Ok(()),
        };
        self.is_provisioned(victim)?;
        self.new_holder(villain)
    }

    fn call(&mut self, call: &Call) -> Result<(), Complaint> {
        self.holds(&call.who)?;
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
}

fn possible(forge: &Forge, modes: &[Mode]) -> Result<(), Complaint> {
    match forge.flaw {
        Some(flaw) => within(&format!("`flaw = \"{flaw}\"` has"), flaw.modes(), modes),
        None if forge.by == Minter::Trusted => within("`by = \"trusted\"` has", &[Mode::Open, Mode::Jwt, Mode::Mtls], modes),
        None => Ok(()),
    }
}

/// `what` must have a meaning in every mode of the scenario.
fn within(what: &str, possible: &[Mode], modes: &[Mode]) -> Result<(), Complaint> {
    match modes.iter().find(|mode| !possible.contains(mode)) {
        None => Ok(()),
        Some(mode) => {
            Err((format!("{what} no meaning in `{mode}`"), format!("leave `{mode}` out by `modes`, and say so in `why_not`")))
        }
    }
}
