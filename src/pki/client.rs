//! Client certificates: a directory each.

use std::{path::Path, time::SystemTime};

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose};

use super::{
    ca::Authority,
    flaw::{self, Flaw, Other},
    issue::{self, Leaf},
    issued::{Issued, Pems},
    key,
    order::{Existing, Key, Order, OrderKey},
    profile::Profile,
};
use crate::{exit::Failure, secret::Secret};

/// Issues below `clients`, see [`super::Pki::issue`].
pub(super) fn issue(
    clients: &Path,
    order: &Order<'_>,
    profile: &Profile,
    authority: &Authority,
    now: SystemTime,
) -> Result<Issued, Failure> {
    issue::check_name(order.name)?;
    let directory = clients.join(order.name);
    if order.existing == Existing::Refuse {
        refuse_taken(&directory)?;
    }
    let flaw = order.flaw.map(|name| flaw::named(&profile.flaws, name)).transpose()?;
    if !flaw.is_some_and(Flaw::has_end) {
        issue::check_lifetime(order.ttl, now, authority.not_after())?;
    }
    let mut params = leaf(order)?.params(now)?;
    flaw.inspect(|flaw| flaw.spoil(&mut params, now));
    let other = flaw.map(|flaw| flaw.signer(authority, &profile.client_ca, now)).transpose()?.flatten();
    let key = Key::of(order.key)?;
    let (cert, below) = sign(&params, &key, authority, other.as_ref())?;
    let key = key_text(&key, order, flaw)?;
    Ok(Issued {
        serial: issue::serial(&params),
        issuer: other.is_none().then(|| authority.name()),
        not_before: params.not_before.into(),
        not_after: params.not_after.into(),
        cert: directory.join("cert.pem"),
        key: key.is_some().then(|| directory.join("key.pem")),
        identity: key.is_some().then(|| directory.join("identity.pem")),
        chain: directory.join("chain.pem"),
        pems: Pems { chain: format!("{cert}{below}"), cert, key },
    })
}

fn refuse_taken(directory: &Path) -> Result<(), Failure> {
    let what = match (directory.join("key.pem").exists(), directory.join("cert.pem").is_file()) {
        (true, _) => "key",
        (false, true) => "certificate",
        (false, false) => return Ok(()),
    };
    Err(Failure::usage(format!("{} is there already, with somebody's {what}", directory.display()))
        .remedy("take another name, or move that directory away"))
}

fn leaf<'a>(order: &Order<'a>) -> Result<Leaf<'a>, Failure> {
    let default = [format!("DNS:{}", order.name)];
    let sans = if order.sans.is_empty() { &default } else { order.sans };
    let sans = sans.iter().map(|text| issue::alternative_name(text)).collect::<Result<_, _>>()?;
    Ok(Leaf { name: order.name, sans, lifetime: order.ttl, purpose: ExtendedKeyUsagePurpose::ClientAuth })
}

/// The certificate in PEM, and that of its CA.
fn sign<'a>(
    params: &CertificateParams,
    key: &Key<'_>,
    authority: &'a Authority,
    other: Option<&'a Other>,
) -> Result<(String, &'a str), Failure> {
    let (signed, below) = match (other, key.pair()) {
        (None, _) => (params.signed_by(key, authority.signer()?), authority.pem.as_str()),
        (Some(Other::Authority(signer, pem)), _) => (params.signed_by(key, signer), pem.as_str()),
        (Some(Other::Itself), Some(pair)) => (params.self_signed(pair), ""),
        (Some(Other::Itself), None) => return Err(Failure::usage("nobody but its holder can sign with that key")),
    };
    signed.map(|signed| (signed.pem(), below)).map_err(|error| issue::cannot_sign(&error))
}

/// The private key for the file: that of the certificate, or of nothing when that is the flaw.
fn key_text(key: &Key<'_>, order: &Order<'_>, flaw: Option<&Flaw>) -> Result<Option<Secret>, Failure> {
    match order.key {
        OrderKey::Fresh(key_type) if flaw.is_some_and(|flaw| flaw.other_key) => {
            key::generate(key_type).map(|other| Some(Secret::new(other.serialize_pem())))
        }
        _ => Ok(key.pair().map(|pair| Secret::new(pair.serialize_pem()))),
    }
}
