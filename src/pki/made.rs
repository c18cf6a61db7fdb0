//! What was made of the PKI, as the audit log tells it.

use super::{Pki, ca::Authority};
use crate::{
    deed::{Deed, Event, Thing},
    peer::Serial,
};

impl Pki {
    /// What was missing when it was opened, and was made.
    pub fn made(&self) -> &[Deed] {
        &self.made
    }
}

/// A certificate that the server has now.
pub fn server_certificate(serial: &Serial) -> Deed {
    Deed::new(Event::ServerCertificateMade, Thing::ServerCertificate, serial.to_string())
}

/// A CA, which has no number yet.
pub(super) fn ca_made(thing: Thing, authority: &Authority) -> Deed {
    Deed { id: None, ..Deed::new(Event::CaMade, thing, "").named(authority.names().1) }
}
