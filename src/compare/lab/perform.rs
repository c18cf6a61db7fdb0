//! One step: an operator's or an attacker's deed, or something that is tried, once or in several variants.

use super::{Lab, listener};
use crate::compare::{
    credential::Credential,
    scenario::{Outcome, Step, Verb},
};

/// How one variant ended.
#[derive(Debug)]
pub(in crate::compare) struct Ended {
    /// What was different about it; empty when there is only one.
    pub(in crate::compare) variant: String,
    /// How it ended.
    pub(in crate::compare) outcome: Outcome,
}

impl Lab {
    /// Does one thing. `call`, `ask` and `flood` end, each variant with an outcome of its own; nothing else does.
    ///
    /// # Errors
    /// A sentence when it could not be done at all.
    pub(in crate::compare) async fn perform(&mut self, step: &Step) -> Result<Vec<Ended>, String> {
        match &step.verb {
            Verb::Call(call) => return self.try_each(step, &call.who).await,
            Verb::Ask(ask) => return self.try_each(step, &ask.who).await,
            Verb::Flood(flood) => {
                let outcome = self.flood(flood).await?;
                return Ok(vec![Ended { variant: String::new(), outcome }]);
            }
            Verb::Provision(one) => self.provision(one).await?,
            Verb::Revoke(one) => self.revoke(&one.caller).await?,
            Verb::List(one) => self.list(&one.revoked)?,
            Verb::Rotate(one) => self.rotate(one).await?,
            Verb::Disable(one) => self.switch("disable", &one.caller).await?,
            Verb::Enable(one) => self.switch("enable", &one.caller).await?,
            Verb::Remove(one) => self.remove(&one.caller).await?,
            Verb::Expire(one) => self.expire(&one.caller).await?,
            Verb::Tamper(one) => self.tamper(one).await?,
            Verb::Forge(_) => self.forge(step).await?,
            Verb::Steal(one) => self.steal(one).await?,
            Verb::Impostor(one) => self.impostor(one).await?,
            Verb::Succeed => self.succeed().await?,
            Verb::Retire => self.retire().await?,
            Verb::Restart => self.restart().await?,
            Verb::Kill => self.kill().await?,
        }
        Ok(Vec::new())
    }

    /// Every variant of the step with every credential that was made for `who`, one after the other.
    async fn try_each(&mut self, step: &Step, who: &str) -> Result<Vec<Ended>, String> {
        let made = self.holder(who).made.clone();
        let credentials: Vec<(&str, Option<&Credential>)> = match made[..] {
            [] => vec![("", None)],
            ref made => made.iter().map(|(words, credential)| (words.as_str(), Some(credential))).collect(),
        };
        let (mut ended, mut shown) = (Vec::new(), Shown::default());
        for (held, credential) in credentials {
            for (done, verb) in step.ways() {
                if let Some(credential) = credential {
                    self.holder(who).credential = credential.clone();
                }
                let outcome = self.try_one(verb).await?;
                shown.keep(&outcome, self.proof.take());
                let words: Vec<&str> = [held, done].into_iter().filter(|words| !words.is_empty()).collect();
                ended.push(Ended { variant: words.join(", "), outcome });
            }
        }
        for line in shown.lines {
            self.proof.line(line);
        }
        Ok(ended)
    }

    async fn try_one(&mut self, verb: &Verb) -> Result<Outcome, String> {
        let outcome = match verb {
            Verb::Call(call) => self.call(call).await?,
            Verb::Ask(ask) => self.ask_endpoint(ask).await?,
            other => return Err(format!("{other} does not end")),
        };
        let called = self.listener.as_ref().is_some_and(super::Listener::was_called);
        Ok(if called { Outcome::Strange(listener::CALLED.into()) } else { outcome })
    }
}

/// The exchanges that are worth reading: the first, and the first of each other outcome.
#[derive(Default)]
struct Shown {
    outcomes: Vec<Outcome>,
    lines: Vec<String>,
}

impl Shown {
    fn keep(&mut self, outcome: &Outcome, lines: Vec<String>) {
        if !self.outcomes.contains(outcome) {
            self.outcomes.push(outcome.clone());
            self.lines.extend(lines);
        }
    }
}
