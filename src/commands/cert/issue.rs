//! `cert issue` and `cert renew`

use std::{sync::Arc, time::Duration};

use serde_json::json;

use crate::{
    cli::Common,
    clock,
    commands::{self, output},
    exit::Failure,
    files::Staged,
    key_type::KeyType,
    pki::{Existing, Issued, Order, Pki},
    principal::Grant,
    store::{CertificateRecord, CertificateState, Store},
};

/// The certificate that a command asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) sans: &'a [String],
    pub(super) ttl: Duration,
    pub(super) key_type: KeyType,
    pub(super) flaw: Option<&'a str>,
}

/// Issues, and says where the files are.
pub(super) fn run(common: &Common, store: &mut Store, wanted: Wanted<'_>, grant: Grant) -> Result<(), Failure> {
    told(common, wanted.name, &issue(common, store, wanted, grant)?)
}

/// The same for a caller that has one.
pub(super) fn run_renew(common: &Common, store: &mut Store, name: &str, ttl: Duration) -> Result<(), Failure> {
    let (name, issued) = renew(common, store, name, ttl)?;
    told(common, &name, &issued)
}

pub(super) fn issue(common: &Common, store: &mut Store, wanted: Wanted<'_>, grant: Grant) -> Result<Issued, Failure> {
    commands::check_name(wanted.name)?;
    // Of a name that this store gave away before, the files are ours to replace.
    let existing = if store.has_certificates_named(wanted.name)? { Existing::Replace } else { Existing::Refuse };
    make(common, store, (wanted, existing), grant, false)
}

pub(super) fn renew(common: &Common, store: &mut Store, name: &str, ttl: Duration) -> Result<(Arc<str>, Issued), Failure> {
    let newest = newest(store, name)?;
    // What has ended can be renewed too, as a first one: nothing of that name is live.
    let is_renewal = newest.not_after > clock::now();
    let key_type = newest.key_type.unwrap_or(KeyType::P256);
    let wanted = Wanted { name: &newest.name, sans: &newest.sans, ttl, key_type, flaw: None };
    let issued = make(common, store, (wanted, Existing::Replace), newest.grant, is_renewal)?;
    Ok((newest.name, issued))
}

/// The one that a renewal repeats: the latest to end of those that are not revoked.
fn newest(store: &Store, name: &str) -> Result<CertificateRecord, Failure> {
    let all = store.certificates_of(name)?;
    all.into_iter().find(|one| one.state == CertificateState::Active).ok_or_else(|| {
        Failure::usage(format!("every certificate of `{name}` is revoked"))
            .remedy(format!("`authbench cert issue {name}` makes a new one, with grants of its own"))
    })
}

/// Signs, writes beside, records, moves into place: what cannot be written is not recorded, and whatever is in a file can be
/// revoked, unless a stranger signed it.
fn make(
    common: &Common,
    store: &mut Store,
    (wanted, existing): (Wanted<'_>, Existing),
    grant: Grant,
    is_renewal: bool,
) -> Result<Issued, Failure> {
    let Wanted { name, sans, ttl, key_type, flaw } = wanted;
    let pki = Pki::open(&common.certs)?;
    let _lock = pki.lock()?;
    let issued = pki.issue(&Order { name, sans, ttl, key_type, flaw, existing })?;
    let staged = issued.stage()?;
    if let Some(ca) = &issued.issuer {
        store.add_certificate(&record(wanted, ca, &issued, grant), is_renewal)?;
    }
    staged.into_iter().try_for_each(Staged::publish)?;
    Ok(issued)
}

fn record(wanted: Wanted<'_>, ca: &Arc<[u8]>, issued: &Issued, grant: Grant) -> CertificateRecord {
    CertificateRecord {
        issuer: Arc::clone(ca),
        serial: issued.serial.clone(),
        name: wanted.name.into(),
        sans: wanted.sans.to_vec(),
        key_type: Some(wanted.key_type),
        state: CertificateState::Active,
        revoked: None,
        grant,
        not_before: issued.not_before,
        not_after: issued.not_after,
    }
}

fn told(common: &Common, name: &str, issued: &Issued) -> Result<(), Failure> {
    let (ends, ca) = (clock::rfc3339(issued.not_after), Pki::open(&common.certs)?.server_ca());
    let document = json!({
        "name": name, "serial": issued.serial.to_string(), "not_after": ends,
        "cert": issued.cert, "chain": issued.chain, "key": issued.key, "ca": ca,
    });
    output::show(common.json, &document, || {
        let (cert, key) = (issued.cert.display(), issued.key.display());
        format!(
            "certificate  {name}\nserial       {}\nends         {ends}\ncert         {cert}\nkey          {key}",
            issued.serial
        )
    })?;
    if !common.json {
        let (ca, chain, key) = (ca.display(), issued.chain.display(), issued.key.display());
        output::note(&format!("A call: curl --cacert {ca} --cert {chain} --key {key} https://localhost:8443/hello-world"));
    }
    Ok(())
}
