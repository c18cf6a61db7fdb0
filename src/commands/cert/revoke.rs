//! `cert revoke`

use serde_json::json;

use super::Desk;
use crate::{
    commands::output,
    exit::Failure,
    peer::Serial,
    store::{CertificateRecord, CertificateState},
};

/// Revokes, and says whom.
pub(super) fn run(desk: &mut Desk<'_>, name: Option<&str>, serial: Option<&str>) -> Result<(), Failure> {
    let revoked = revoke(desk, name, serial)?;
    let name = revoked.first().map(|one| one.name.to_string()).unwrap_or_default();
    let serials: Vec<_> = revoked.iter().map(|one| one.serial.to_string()).collect();
    let document = json!({"name": name, "serials": serials, "state": CertificateState::Revoked});
    output::show(desk.common.json, &document, || format!("certificate {name} is revoked: {}", serials.join(", ")))
}

pub(super) fn revoke(desk: &mut Desk<'_>, name: Option<&str>, serial: Option<&str>) -> Result<Vec<CertificateRecord>, Failure> {
    // In force from here on: a running server follows the store. The list is for everyone else, and for the next start.
    let revoked = match serial {
        Some(text) => desk.store.revoke_serial(&Serial::from_hex(text).ok_or_else(|| {
            Failure::usage(format!("`{}` is no serial number", text.escape_debug()))
                .remedy("write it in hexadecimal, as `authbench cert list` shows it")
        })?)?,
        None => desk.store.revoke_certificates(name.unwrap_or_default())?,
    };
    let published = desk.pki().and_then(|pki| pki.publish_revocation_list(&mut desk.store));
    published.map_err(|failure| {
        Failure::environment(format!("it is revoked, and servers refuse it; but the list for others was not signed: {failure}"))
    })?;
    Ok(revoked)
}
