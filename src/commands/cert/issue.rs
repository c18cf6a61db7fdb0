//! `cert issue` and `cert sign`: the first certificate of a caller.

use crate::{
    cli::Common,
    commands,
    exit::Failure,
    pki::{Existing, Issued, Order},
    principal::Grant,
    store::Store,
};

use super::make::{self, Recorded};

/// Issues, and says where the files are.
pub(super) fn run(common: &Common, store: &mut Store, order: Order<'_>, grant: Grant) -> Result<(), Failure> {
    make::told(common, order.name, &issue(common, store, order, grant)?)
}

pub(super) fn issue(common: &Common, store: &mut Store, order: Order<'_>, grant: Grant) -> Result<Issued, Failure> {
    commands::check_name(order.name)?;
    // Of a name that this store gave away before, the files are ours to replace.
    let existing = if store.has_certificates_named(order.name)? { Existing::Replace } else { Existing::Refuse };
    make::make(common, store, &Order { existing, ..order }, Recorded { grant, is_renewal: false })
}
