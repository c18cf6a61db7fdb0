//! The verbs. Each means the same in every mode; what it takes to do it is the lab's business.

use std::{fmt, time::Duration};

use serde::{Deserialize, Deserializer, de::Error};

use super::{
    Ask, Call, Expect, Forge,
    attack::{Impostor, SignedBy, Steal, Tamper},
    place::Where,
};
use crate::{
    compare::findings::Probe,
    mode::{Mode, Profile},
};

/// One thing that happens, perhaps in several variants.
#[derive(Debug, Clone)]
pub struct Step {
    /// What.
    pub verb: Verb,
    /// What is laid over the verb, one variant after the other; none: it happens once, as it is written.
    pub each: Vec<Variant>,
    /// How it ends, every variant alike; `call`, `ask` and `flood` only.
    pub expect: Option<Expect>,
    /// Whether the cell stands for this step.
    pub decides: bool,
    /// Where it happens; none: wherever the scenario does.
    pub places: Vec<Where>,
    /// What a thief tries in it, where it is about that.
    pub probe: Option<Probe>,
}

impl Step {
    /// Whether it happens in a mode of a profile.
    pub fn happens(&self, (profile, mode): (Profile, Mode)) -> bool {
        self.places.is_empty() || self.places.iter().any(|place| place.holds(profile, mode))
    }

    /// What is done, variant by variant, each with the words for it; once and without words when there are none.
    pub fn ways(&self) -> Vec<(&str, &Verb)> {
        match self.each[..] {
            [] => vec![("", &self.verb)],
            ref each => each.iter().map(|variant| (variant.words.as_str(), &variant.verb)).collect(),
        }
    }
}

/// One way of doing the same.
#[derive(Debug, Clone)]
pub struct Variant {
    /// What is different, as it is written.
    pub words: String,
    /// The verb with that laid over it.
    pub verb: Verb,
}

/// What can happen.
#[derive(Debug, Clone)]
pub enum Verb {
    /// A caller gets a credential.
    Provision(Provision),
    /// A caller asks for the resource.
    Call(Call),
    /// A client asks the token endpoint or a neighbour.
    Ask(Ask),
    /// The caller's credential is withdrawn for good.
    Revoke(Named),
    /// The client CA signs a revocation list, without the server's commands.
    List(List),
    /// The caller gets a new credential in place of the old one.
    Rotate(Rotate),
    /// The caller is switched off.
    Disable(Named),
    /// The caller is switched on again.
    Enable(Named),
    /// The caller is taken off the books.
    Remove(Named),
    /// Time passes until the caller's credential has ended.
    Expire(Expire),
    /// Somebody changes the name in a caller's credential.
    Tamper(Tamper),
    /// Somebody makes a credential.
    Forge(Forge),
    /// Somebody takes what a caller sends or keeps.
    Steal(Steal),
    /// A fake server takes a caller's call.
    Impostor(Impostor),
    /// A caller asks many times, as fast as it can.
    Flood(Flood),
    /// A new key makes credentials from here on.
    Succeed,
    /// The key before it counts no more.
    Retire,
    /// The server is stopped politely and started again.
    Restart,
    /// The server is killed and started again.
    Kill,
}

/// `provision`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provision {
    /// Who.
    pub caller: String,
    /// Networks that the caller may call from; none: everywhere.
    #[serde(default)]
    pub allow: Vec<String>,
    /// Networks that it may not call from, even if they are within those.
    #[serde(default)]
    pub deny: Vec<String>,
    /// Names in its certificate, with their kind: `URI:spiffe://…`; none: its own as a host.
    #[serde(default)]
    pub san: Vec<String>,
    /// What is wrong with its certificate, one of `[flaws]` in `certs/profile.toml`.
    pub flaw: Option<String>,
    /// The kind of its certificate's key, as `cert issue --key-type` has it; none: P-256.
    pub key_type: Option<String>,
    /// The usage plan, one of `[server.plans]`.
    pub plan: Option<String>,
    /// Scopes by short name; none: all.
    #[serde(default)]
    pub scope: Vec<String>,
    /// How long the credential is good (in `jwt`: each token).
    #[serde(default, deserialize_with = "duration")]
    pub ttl: Option<Duration>,
}

/// A verb about one caller.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Who.
    pub caller: String,
}

/// `list`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// Whose certificates are on it; nobody else's are.
    pub revoked: Vec<String>,
}

/// `expire`
pub type Expire = Named;

/// `rotate`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rotate {
    /// Who.
    pub caller: String,
    /// How long the old credential still works; absent: not at all.
    #[serde(default, deserialize_with = "duration")]
    pub overlap: Option<Duration>,
    /// The name under which the old credential goes on [default: nobody keeps it].
    pub old: Option<String>,
}

/// `flood`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flood {
    /// Who.
    #[serde(rename = "as")]
    pub who: String,
    /// How many requests; the outcome is that of the last.
    pub requests: u32,
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provision(one) => write!(f, "provision {}", one.caller),
            Self::Call(call) => write!(f, "{call}"),
            Self::Ask(ask) => write!(f, "{ask}"),
            Self::Revoke(one) => write!(f, "revoke {}", one.caller),
            Self::List(one) if one.revoked.is_empty() => f.write_str("sign a revocation list that names nobody"),
            Self::List(one) => write!(f, "sign a revocation list that names {} alone", one.revoked.join(" and ")),
            Self::Rotate(one) => write!(f, "rotate {}", one.caller),
            Self::Disable(one) => write!(f, "disable {}", one.caller),
            Self::Enable(one) => write!(f, "enable {}", one.caller),
            Self::Remove(one) => write!(f, "remove {}", one.caller),
            Self::Expire(one) => write!(f, "wait until the credential of {} has ended", one.caller),
            Self::Tamper(one) => write!(f, "change the name in the credential of {}, as {}", one.caller, one.who),
            Self::Forge(one) => write!(f, "{one}"),
            Self::Steal(one) => write!(f, "steal the {} of {}, as {}", one.what.as_str().replace('_', " "), one.from, one.by),
            Self::Impostor(one) => {
                let checks = if one.verify { "checks" } else { "does not check" };
                let whose = if one.signed_by == SignedBy::ServerCa { ", signed by the true CA" } else { "" };
                write!(f, "{} calls a fake server of {}, and {checks} its certificate{whose}", one.victim, one.by)
            }
            Self::Flood(one) => write!(f, "call {} times as {}", one.requests, one.who),
            Self::Succeed => f.write_str("let a new key make credentials; the old one still counts"),
            Self::Retire => f.write_str("retire the old key"),
            Self::Restart => f.write_str("restart the server"),
            Self::Kill => f.write_str("kill the server and start it again"),
        }
    }
}

fn duration<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(from)?;
    let read = humantime::parse_duration(&text);
    read.map(Some).map_err(|_| D::Error::custom(format!("`{text}` is no duration; write a number and a unit: \"2s\", \"10m\"")))
}
