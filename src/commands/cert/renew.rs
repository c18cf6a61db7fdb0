//! `cert renew`: the next certificate of a caller that has one.

use std::{path::Path, sync::Arc, time::Duration};

use super::{
    Desk,
    make::{self, Recorded},
    request,
};
use crate::{
    clock,
    exit::Failure,
    pki::{Existing, Issued, Order, OrderKey, OwnKey, Pki},
    store::{CertificateRecord, CertificateState, Store},
};

/// Issues the next one, on a fresh key of the same kind or on that of a request, and says where the files are.
pub(super) fn run(desk: &mut Desk<'_>, name: &str, ttl: Duration, csr: Option<&Path>) -> Result<(), Failure> {
    let own = csr.map(request::read).transpose()?;
    let pki = desk.pki()?;
    let (name, issued) = renew(desk, &pki, name, ttl, own.as_ref())?;
    make::told(desk, &pki, &name, &issued)
}

pub(super) fn renew(
    desk: &mut Desk<'_>,
    pki: &Pki,
    name: &str,
    ttl: Duration,
    own: Option<&OwnKey>,
) -> Result<(Arc<str>, Issued), Failure> {
    let newest = newest(&desk.store, name)?;
    // What has ended can be renewed too, as a first one: nothing of that name is live.
    let recorded = Recorded { is_renewal: newest.not_after > clock::now(), grant: newest.grant.clone() };
    let key = key(&newest, own)?;
    let order = Order { name: &newest.name, sans: &newest.sans, ttl, key, flaw: None, existing: Existing::Replace };
    let issued = make::make(desk, pki, &order, recorded)?;
    Ok((newest.name, issued))
}

/// Whoever keeps a key away from us makes the next one too, and proves to have it.
pub(super) fn key<'a>(newest: &CertificateRecord, own: Option<&'a OwnKey>) -> Result<OrderKey<'a>, Failure> {
    match (own, newest.key_type) {
        (Some(own), _) => Ok(OrderKey::Own(own)),
        (None, Some(key_type)) => Ok(OrderKey::Fresh(key_type)),
        (None, None) => {
            Err(Failure::usage(format!("the key of `{}` is the caller's own, so only the caller can make the next", newest.name))
                .remedy(format!("get a new request from the caller: `authbench cert renew {} --csr FILE`", newest.name)))
        }
    }
}

/// The one that a renewal repeats: the latest to end of those that are not revoked.
pub(super) fn newest(store: &Store, name: &str) -> Result<CertificateRecord, Failure> {
    let all = store.certificates_of(name)?;
    all.into_iter().find(|one| one.state == CertificateState::Active).ok_or_else(|| {
        Failure::usage(format!("every certificate of `{name}` is revoked"))
            .remedy(format!("`authbench cert issue {name}` makes a new one, with grants of its own"))
    })
}
