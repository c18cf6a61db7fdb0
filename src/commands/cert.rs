//! `authbench cert …`: client certificates, and the development CAs that sign them.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{grant, output};
use crate::{
    cli::{self, Common},
    clock,
    config::Config,
    exit::Failure,
    files::Staged,
    peer::Serial,
    pki::{Existing, Issued, Pki},
    principal::Grant,
    store::{CertificateRecord, CertificateState, Store},
};

/// Does what `cert …` asks.
///
/// # Errors
/// As the store's and the PKI's.
pub fn run(common: &Common, command: &cli::Cert) -> Result<(), Failure> {
    let config = Config::load(common)?;
    let mut store = Store::open(&common.state)?;
    match command {
        cli::Cert::Init => init(common, &mut store),
        cli::Cert::Issue { name, san, ttl, grants } => {
            let grant = grant::read(grants, &config)?;
            told_issued(common, name, &issue(common, &mut store, (name, san, *ttl), grant)?)
        }
        cli::Cert::Renew { name, ttl } => {
            let (name, issued) = renew(common, &mut store, name, *ttl)?;
            told_issued(common, &name, &issued)
        }
        cli::Cert::List => list(common, &store),
        cli::Cert::Show { name } => show(common, &store, name),
        cli::Cert::Revoke { name, serial } => {
            told_revoked(common, &revoke(common, &mut store, name.as_deref(), serial.as_deref())?)
        }
        cli::Cert::Crl => crl(common, &mut store),
    }
}

fn init(common: &Common, store: &mut Store) -> Result<(), Failure> {
    let pki = Pki::open(&common.certs)?;
    pki.refresh_revocation_list(store)?;
    let (server, list) = (pki.server(), pki.revocation_list());
    let document = json!({
        "server_ca": pki.server_ca(), "client_ca": pki.client_ca(), "crl": list, "cert": server.cert, "key": server.key,
    });
    output::show(common.json, &document, || {
        format!(
            "server CA  {}\nclient CA  {}\ncrl        {}\nserver     {}",
            pki.server_ca().display(),
            pki.client_ca().display(),
            list.display(),
            server.cert.display()
        )
    })
}

fn issue(
    common: &Common,
    store: &mut Store,
    (name, sans, ttl): (&str, &[String], Duration),
    grant: Grant,
) -> Result<Issued, Failure> {
    super::check_name(name)?;
    // Of a name that this store gave away before, the files are ours to replace.
    let existing = if store.has_certificates_named(name)? { Existing::Replace } else { Existing::Refuse };
    make(common, store, (name, sans, ttl, existing), grant, false)
}

fn renew(common: &Common, store: &mut Store, name: &str, ttl: Duration) -> Result<(Arc<str>, Issued), Failure> {
    let newest = newest(store, name)?;
    // What has ended can be renewed too, as a first one: nothing of that name is live.
    let is_renewal = newest.not_after > clock::now();
    let issued = make(common, store, (&newest.name, &newest.sans, ttl, Existing::Replace), newest.grant, is_renewal)?;
    Ok((newest.name, issued))
}

/// Signs, writes beside, records, moves into place: what cannot be written is not recorded, and whatever is in a file can be
/// revoked.
fn make(
    common: &Common,
    store: &mut Store,
    (name, sans, ttl, existing): (&str, &[String], Duration, Existing),
    grant: Grant,
    is_renewal: bool,
) -> Result<Issued, Failure> {
    let pki = Pki::open(&common.certs)?;
    let _lock = pki.lock()?;
    let issued = pki.issue(name, sans, ttl, existing)?;
    let staged = issued.stage()?;
    store.add_certificate(&record(name, sans, &issued, grant), is_renewal)?;
    staged.into_iter().try_for_each(Staged::publish)?;
    Ok(issued)
}

fn record(name: &str, sans: &[String], issued: &Issued, grant: Grant) -> CertificateRecord {
    CertificateRecord {
        issuer: Arc::clone(&issued.issuer),
        serial: issued.serial.clone(),
        name: name.into(),
        sans: sans.to_vec(),
        state: CertificateState::Active,
        revoked: None,
        grant,
        not_before: issued.not_before,
        not_after: issued.not_after,
    }
}

fn told_issued(common: &Common, name: &str, issued: &Issued) -> Result<(), Failure> {
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

fn list(common: &Common, store: &Store) -> Result<(), Failure> {
    let all = store.certificates()?;
    if common.json {
        return output::json(&all.iter().map(document).collect::<Vec<_>>());
    }
    if all.is_empty() {
        output::note("There is no certificate yet. Make one: authbench cert issue NAME");
        return Ok(());
    }
    let row = |one: &CertificateRecord| {
        let ends = clock::rfc3339(one.not_after);
        vec![one.name.to_string(), one.serial.to_string(), state(one).to_owned(), ends, grant::text(&one.grant)]
    };
    output::table(&["NAME", "SERIAL", "STATE", "ENDS", "MAY"], &all.iter().map(row).collect::<Vec<_>>())
}

fn show(common: &Common, store: &Store, name: &str) -> Result<(), Failure> {
    let all = store.certificates_of(name)?;
    let documents: Vec<_> = all.iter().map(document).collect();
    output::show(common.json, &documents, || all.iter().map(text).collect::<Vec<_>>().join("\n\n"))
}

fn revoke(
    common: &Common,
    store: &mut Store,
    name: Option<&str>,
    serial: Option<&str>,
) -> Result<Vec<CertificateRecord>, Failure> {
    // In force from here on: a running server follows the store. The list is for everyone else, and for the next start.
    let revoked = match serial {
        Some(text) => store.revoke_serial(&Serial::from_hex(text).ok_or_else(|| {
            Failure::usage(format!("`{}` is no serial number", text.escape_debug()))
                .remedy("write it in hexadecimal, as `authbench cert list` shows it")
        })?)?,
        None => store.revoke_certificates(name.unwrap_or_default())?,
    };
    let published = Pki::open(&common.certs).and_then(|pki| pki.publish_revocation_list(store));
    published.map_err(|failure| {
        Failure::environment(format!("it is revoked, and servers refuse it; but the list for others was not signed: {failure}"))
    })?;
    Ok(revoked)
}

fn told_revoked(common: &Common, revoked: &[CertificateRecord]) -> Result<(), Failure> {
    let name = revoked.first().map(|one| one.name.to_string()).unwrap_or_default();
    let serials: Vec<_> = revoked.iter().map(|one| one.serial.to_string()).collect();
    let document = json!({"name": name, "serials": serials, "state": CertificateState::Revoked});
    output::show(common.json, &document, || format!("certificate {name} is revoked: {}", serials.join(", ")))
}

fn crl(common: &Common, store: &mut Store) -> Result<(), Failure> {
    let pki = Pki::open(&common.certs)?;
    let number = pki.remake_revocation_list(store)?;
    let list = pki.read_revocation_list()?.ok_or_else(|| Failure::environment("the list that was written is gone"))?;
    let (path, ends) = (pki.revocation_list(), clock::rfc3339(list.next_update));
    let document = json!({"crl": path, "number": number, "next_update": ends, "revoked": list.revoked.len()});
    output::show(common.json, &document, || {
        format!("crl      {}\nnumber   {number}\nrevoked  {}\nends     {ends}", path.display(), list.revoked.len())
    })
}

/// The one that a renewal repeats: the latest to end of those that are not revoked.
fn newest(store: &Store, name: &str) -> Result<CertificateRecord, Failure> {
    let all = store.certificates_of(name)?;
    all.into_iter().find(|one| one.state == CertificateState::Active).ok_or_else(|| {
        Failure::usage(format!("every certificate of `{name}` is revoked"))
            .remedy(format!("`authbench cert issue {name}` makes a new one, with grants of its own"))
    })
}

fn state(one: &CertificateRecord) -> &'static str {
    let is_over = one.state == CertificateState::Active && one.not_after < clock::now();
    if is_over { "expired" } else { one.state.as_str() }
}

fn text(one: &CertificateRecord) -> String {
    format!(
        "certificate  {}\nserial       {}\nstate        {}\nmay          {}\nnames        {}\nbegins       {}\nends         {}",
        one.name,
        one.serial,
        state(one),
        grant::text(&one.grant),
        if one.sans.is_empty() { format!("DNS:{}", one.name) } else { one.sans.join(" ") },
        clock::rfc3339(one.not_before),
        clock::rfc3339(one.not_after)
    )
}

fn document(one: &CertificateRecord) -> Value {
    json!({
        "name": &*one.name,
        "serial": one.serial.to_string(),
        "state": state(one),
        "grant": grant::json(&one.grant),
        "sans": one.sans,
        "not_before": clock::rfc3339(one.not_before),
        "not_after": clock::rfc3339(one.not_after),
        "revoked": one.revoked.map(clock::rfc3339),
    })
}

#[cfg(test)]
mod tests;
