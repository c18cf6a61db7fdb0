//! `cert export`

use std::path::Path;

use serde_json::json;

use super::Desk;
use crate::{
    commands::output,
    deed::{Deed, Event, Thing},
    exit::Failure,
    pki::{P12_PASSPHRASE, passphrase},
};

/// Writes the caller's key and chain to a PKCS #12 file.
pub(super) fn run(desk: &Desk<'_>, name: &str, to: &Path, passphrase_file: Option<&Path>) -> Result<(), Failure> {
    let secret = match passphrase_file {
        Some(path) => Some(passphrase::of_file(path)?),
        None => passphrase::of_environment(P12_PASSPHRASE)?,
    };
    let secret = secret.ok_or_else(|| {
        Failure::usage("a key is exported under a passphrase, and there is none")
            .remedy(format!("name a file that holds it (--passphrase-file), or put it into {P12_PASSPHRASE}; never an argument"))
    })?;
    // The name must be one that was given: a serial, or a slip of the pen, is no directory.
    let newest = desk.store.certificates_of(name)?.into_iter().next();
    desk.pki()?.export(name, to, &secret)?;
    let serial = newest.map(|newest| newest.serial.to_string()).unwrap_or_default();
    desk.store.tell(vec![Deed::new(Event::CertificateExported, Thing::Certificate, serial).named(name)])?;
    output::show(desk.common.json, &json!({"name": name, "p12": to}), || {
        format!("key and certificates of {name} are in {}", to.display())
    })
}
