//! The proof that a request passed every check. Whoever holds one may serve.

use super::limit::Spent;
use crate::{
    allowance::{Allowance, Limit},
    principal::Principal,
};

/// A decision in favour. Made only by [`super::Policy::decide`], so a handler that takes one cannot be an open door.
#[derive(Debug)]
pub struct Permit {
    principal: Principal,
    spent: Spent,
}

impl Permit {
    pub(super) fn new(principal: Principal, spent: Spent) -> Self {
        Self { principal, spent }
    }

    /// Who is served.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What is left of its plan, if it is in one.
    pub fn allowance(&self) -> Option<&Allowance> {
        self.spent.allowance.as_ref()
    }

    /// The limit that would have refused it, were its plan more than a shadow.
    pub fn shadowed(&self) -> Option<Limit> {
        self.spent.shadowed
    }
}
