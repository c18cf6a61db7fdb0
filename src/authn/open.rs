//! No lock: the baseline of every comparison.

use super::{Authenticate, Presented};
use crate::{
    denial::Denial,
    principal::{Grant, Kind, Principal},
};

/// Takes everyone for anyone.
#[derive(Debug, Clone, Copy)]
pub struct Open;

impl Authenticate for Open {
    fn authenticate(&self, _: Presented<'_>) -> Result<Principal, Denial> {
        let anyone = || "anyone".into();
        Ok(Principal { kind: Kind::Anyone, id: anyone(), name: anyone(), grant: Grant::default(), expires: None })
    }
}
