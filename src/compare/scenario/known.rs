//! Who has been spoken of so far: a step about a caller needs one before it that made it.

use std::collections::BTreeSet;

use super::{Ask, Call, Forge, NOBODY, On, blanks, check::Complaint, forge::Minter, step::Verb};
use crate::{mode::Mode, network::Networks};

/// The callers that the steps so far have spoken of.
pub(super) struct Known {
    mode: Mode,
    holders: BTreeSet<String>,
    provisioned: BTreeSet<String>,
    connected: BTreeSet<String>,
    succeeded: bool,
}

impl Known {
    /// Nobody yet, where a scenario runs in this mode.
    pub(super) fn nobody(mode: Mode) -> Self {
        let none = BTreeSet::new;
        Self { mode, holders: none(), provisioned: none(), connected: none(), succeeded: false }
    }

    pub(super) fn admit(&mut self, verb: &Verb) -> Result<(), Complaint> {
        match verb {
            Verb::Provision(one) => {
                if !one.san.is_empty() || one.flaw.is_some() || one.key_type.is_some() {
                    self.within("`san`, `flaw` and `key_type` have", &[Mode::Open, Mode::Mtls])?;
                }
                for list in [&one.allow, &one.deny].into_iter().filter(|list| !list.is_empty()) {
                    Networks::parse(list).map_err(|misfit| (misfit.why, misfit.remedy))?;
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
            Verb::List(one) => {
                self.within("`list` has", &[Mode::Open, Mode::Mtls])?;
                one.revoked.iter().try_for_each(|caller| self.is_provisioned(caller))
            }
            Verb::Revoke(one) | Verb::Expire(one) => self.is_provisioned(&one.caller),
            Verb::Rotate(one) => {
                self.is_provisioned(&one.caller)?;
                one.old.as_ref().map_or(Ok(()), |old| self.new_holder(old))
            }
            Verb::Tamper(_) | Verb::Forge(_) | Verb::Steal(_) | Verb::Impostor(_) => self.attack(verb),
            Verb::Succeed => {
                self.within("`succeed` has", &[Mode::Open, Mode::Jwt, Mode::Mtls])?;
                self.succeeded = true;
                Ok(())
            }
            Verb::Retire if self.succeeded => Ok(()),
            Verb::Retire => {
                Err(("no other key has followed the first one".into(), "add a step `succeed` before this one".into()))
            }
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
        let new = |key: &str| format!("drop `{key}`, or call on a new connection");
        let changed = [("protocol", call.protocol.is_some()), ("tls", call.tls.is_some())];
        let moved = [("from", call.from.is_some()), ("sni", call.sni.is_some())];
        let kept = changed.iter().chain(moved.iter().filter(|_| call.on == On::Kept)).find(|(_, given)| *given);
        if let Some((key, _)) = kept.filter(|_| call.on != On::New) {
            return Err((format!("what is {} keeps its `{key}`", call.on), new(key)));
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
        if forge.is_about_certificates() {
            self.within("what is said about a certificate has", &[Mode::Open, Mode::Mtls])?;
        }
        filled(&forge.texts(), Forge::BLANKS)?;
        match forge.flaw {
            Some(flaw) => self.within(&format!("`flaw = \"{flaw}\"` has"), flaw.modes()),
            None if forge.by != Minter::Stranger => {
                self.within(&format!("`by = \"{}\"` has", forge.by), &[Mode::Open, Mode::Jwt, Mode::Mtls])
            }
            None => Ok(()),
        }
    }

    /// `what` must have a meaning in this mode.
    fn within(&self, what: &str, possible: &[Mode]) -> Result<(), Complaint> {
        if possible.contains(&self.mode) {
            return Ok(());
        }
        let mode = self.mode;
        let remedy = format!("leave `{mode}` out by `modes`, and say so in `why_not`; or name the step's own `places`");
        Err((format!("{what} no meaning in `{mode}`"), remedy))
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
