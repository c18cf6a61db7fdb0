//! The proof that a request passed every check. Whoever holds one may serve.

use crate::{allowance::Allowance, principal::Principal};

/// A decision in favour. Made only by [`super::Policy::decide`], so a handler that takes one cannot be an open door.
#[derive(Debug, Clone)]
pub struct Permit {
    principal: Principal,
    allowance: Option<Allowance>,
}

impl Permit {
    pub(super) fn new(principal: Principal, allowance: Option<Allowance>) -> Self {
        Self { principal, allowance }
    }

    /// Who is served.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// What is left of its plan, if it is in one.
    pub fn allowance(&self) -> Option<&Allowance> {
        self.allowance.as_ref()
    }
}
