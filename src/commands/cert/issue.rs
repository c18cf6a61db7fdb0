//! `cert issue` and `cert sign`: the first certificate of a caller.

use super::{
    Desk,
    make::{self, Recorded},
};
use crate::{
    commands,
    exit::Failure,
    pki::{Existing, Issued, Order, Pki},
    principal::Grant,
};

/// Issues, and says where the files are.
pub(super) fn run(desk: &mut Desk<'_>, order: Order<'_>, grant: Grant) -> Result<(), Failure> {
    let pki = desk.pki()?;
    let issued = issue(desk, &pki, order, grant)?;
    make::told(desk, &pki, order.name, &issued)
}

pub(super) fn issue(desk: &mut Desk<'_>, pki: &Pki, order: Order<'_>, grant: Grant) -> Result<Issued, Failure> {
    commands::check_name(order.name)?;
    // Of a name that this store gave away before, the files are ours to replace.
    let existing = if desk.store.has_certificates_named(order.name)? { Existing::Replace } else { Existing::Refuse };
    make::make(desk, pki, &Order { existing, ..order }, Recorded { grant, is_renewal: false })
}
