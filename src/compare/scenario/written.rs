//! The shape of a scenario file, before it is checked.

use serde::Deserialize;
use toml::Spanned;

use super::{
    Ask, Call, Expect, Forge, Group,
    attack::{Impostor, Steal, Tamper},
    claims::Tie,
    place::Where,
    step::{Flood, List, Named, Provision, Rotate, Verb},
};
use crate::{
    compare::findings::{Artefact, Probe, Want},
    mode::{Mode, Profile},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) title: String,
    pub(super) asks: String,
    pub(super) group: Group,
    pub(super) want: Want,
    pub(super) modes: Option<Spanned<Vec<Mode>>>,
    pub(super) why_not: Option<String>,
    pub(super) profiles: Option<Spanned<Vec<Profile>>>,
    pub(super) claims: Option<Spanned<Vec<Tie>>>,
    pub(super) artefact: Option<Spanned<Artefact>>,
    #[serde(default)]
    pub(super) issuing_ca: bool,
    #[serde(default)]
    pub(super) server: toml::Table,
    #[serde(default)]
    pub(super) step: Vec<Spanned<WrittenStep>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenStep {
    provision: Option<Spanned<Provision>>,
    call: Option<Spanned<Call>>,
    ask: Option<Spanned<Ask>>,
    revoke: Option<Spanned<Named>>,
    list: Option<Spanned<List>>,
    rotate: Option<Spanned<Rotate>>,
    disable: Option<Spanned<Named>>,
    enable: Option<Spanned<Named>>,
    remove: Option<Spanned<Named>>,
    expire: Option<Spanned<Named>>,
    tamper: Option<Spanned<Tamper>>,
    forge: Option<Spanned<Forge>>,
    steal: Option<Spanned<Steal>>,
    impostor: Option<Spanned<Impostor>>,
    flood: Option<Spanned<Flood>>,
    succeed: Option<Spanned<Nothing>>,
    retire: Option<Spanned<Nothing>>,
    restart: Option<Spanned<Nothing>>,
    kill: Option<Spanned<Nothing>>,
    pub(super) each: Option<Spanned<Vec<Spanned<toml::Table>>>>,
    pub(super) expect: Option<Spanned<Expect>>,
    #[serde(default)]
    pub(super) decides: bool,
    pub(super) places: Option<Spanned<Vec<Where>>>,
    pub(super) probe: Option<Probe>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl WrittenStep {
    /// Every verb of the step: a right one has exactly one.
    pub(super) fn verbs(&mut self) -> Vec<Spanned<Verb>> {
        fn put<T>(into: &mut Vec<Spanned<Verb>>, written: &mut Option<Spanned<T>>, verb: impl FnOnce(T) -> Verb) {
            into.extend(written.take().map(|one| Spanned::new(one.span(), verb(one.into_inner()))));
        }
        let mut all = Vec::new();
        put(&mut all, &mut self.provision, Verb::Provision);
        put(&mut all, &mut self.call, Verb::Call);
        put(&mut all, &mut self.ask, Verb::Ask);
        put(&mut all, &mut self.revoke, Verb::Revoke);
        put(&mut all, &mut self.list, Verb::List);
        put(&mut all, &mut self.rotate, Verb::Rotate);
        put(&mut all, &mut self.disable, Verb::Disable);
        put(&mut all, &mut self.enable, Verb::Enable);
        put(&mut all, &mut self.remove, Verb::Remove);
        put(&mut all, &mut self.expire, Verb::Expire);
        put(&mut all, &mut self.tamper, Verb::Tamper);
        put(&mut all, &mut self.forge, Verb::Forge);
        put(&mut all, &mut self.steal, Verb::Steal);
        put(&mut all, &mut self.impostor, Verb::Impostor);
        put(&mut all, &mut self.flood, Verb::Flood);
        put(&mut all, &mut self.succeed, |Nothing {}| Verb::Succeed);
        put(&mut all, &mut self.retire, |Nothing {}| Verb::Retire);
        put(&mut all, &mut self.restart, |Nothing {}| Verb::Restart);
        put(&mut all, &mut self.kill, |Nothing {}| Verb::Kill);
        all
    }
}
