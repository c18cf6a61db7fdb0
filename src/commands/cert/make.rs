//! A certificate is signed, written beside, recorded, and moved into place.

use std::sync::Arc;

use serde_json::json;

use super::Desk;
use crate::{
    clock,
    commands::output,
    exit::Failure,
    pki::{Issued, Order, OrderKey, Pki},
    principal::Grant,
    store::{CertificateRecord, CertificateState, LastUse},
};

/// What is kept of a certificate beside what is in it.
#[derive(Debug)]
pub(super) struct Recorded {
    pub(super) grant: Grant,
    pub(super) is_renewal: bool,
}

/// What cannot be written is not recorded, and whatever is in a file can be revoked, unless a stranger signed it.
pub(super) fn make(desk: &mut Desk<'_>, pki: &Pki, order: &Order<'_>, recorded: Recorded) -> Result<Issued, Failure> {
    let _lock = pki.lock()?;
    let issued = pki.issue(order)?;
    let staged = issued.stage()?;
    if let Some(ca) = &issued.issuer {
        desk.store.add_certificate(&record(order, ca, &issued, recorded.grant), recorded.is_renewal)?;
    }
    staged.publish()?;
    Ok(issued)
}

fn record(order: &Order<'_>, ca: &Arc<[u8]>, issued: &Issued, grant: Grant) -> CertificateRecord {
    CertificateRecord {
        issuer: Arc::clone(ca),
        serial: issued.serial.clone(),
        name: order.name.into(),
        sans: order.sans.to_vec(),
        key_type: match order.key {
            OrderKey::Fresh(key_type) => Some(key_type),
            OrderKey::Own(_) => None,
        },
        state: CertificateState::Active,
        revoked: None,
        grant,
        not_before: issued.not_before,
        not_after: issued.not_after,
        last_used: LastUse::default(),
    }
}

/// Says where the files are, and how to call with them.
pub(super) fn told(desk: &Desk<'_>, pki: &Pki, name: &str, issued: &Issued) -> Result<(), Failure> {
    let (ends, ca) = (clock::rfc3339(issued.not_after), pki.server_ca());
    let document = json!({
        "name": name, "serial": issued.serial.to_string(), "not_after": ends,
        "cert": issued.cert, "chain": issued.chain, "key": issued.key, "identity": issued.identity, "ca": ca,
    });
    let key = issued.key.as_ref().map(|key| key.display().to_string());
    output::show(desk.common.json, &document, || {
        let (cert, key) = (issued.cert.display(), key.as_deref().unwrap_or("the caller's own"));
        format!(
            "certificate  {name}\nserial       {}\nends         {ends}\ncert         {cert}\nkey          {key}",
            issued.serial
        )
    })?;
    if !desk.common.json {
        let (ca, chain, key) = (ca.display(), issued.chain.display(), key.as_deref().unwrap_or("KEY"));
        output::note(&format!("A call: curl --cacert {ca} --cert {chain} --key {key} https://localhost:8443/hello-world"));
    }
    Ok(())
}
