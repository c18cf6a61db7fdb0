//! What the files hold: read whole, checked whole, and only then put in force.

use std::{sync::Arc, time::SystemTime};

use rustls::pki_types::CertificateDer;

use super::{
    Habits,
    files::{CallerFiles, Files},
};
use crate::{
    census::Ending,
    clock,
    exit::Failure,
    lifetime::Life,
    pki::crl,
    revocation::RevocationList,
    transport::{ClientVerifier, Entrances, ServerIdentity, tls},
};

/// Everything that handshakes are done with. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Material {
    pub(super) identity: ServerIdentity,
    pub(super) callers: Option<Arc<Callers>>,
}

/// What callers are verified by, their revocation lists aside.
#[derive(Debug)]
pub(super) struct Callers {
    pub(super) anchors: Vec<CertificateDer<'static>>,
    /// From when until when the CAs and their lists are good.
    pub(super) lives: Vec<(Ending, Life)>,
    /// Of the list that ends first: when half of its life is over, and its end.
    pub(super) due: Option<(SystemTime, SystemTime)>,
    pub(super) signed: Vec<SignedList>,
}

/// A revocation list as it was signed.
#[derive(Debug)]
pub(super) struct SignedList {
    pub(super) issuer: Arc<[u8]>,
    pub(super) der: Arc<[u8]>,
}

/// Both: the lists go to whoever is asked about revocations.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) callers: Callers,
    pub(super) lists: Vec<RevocationList>,
}

impl Material {
    /// One configuration for each way in, each with sessions of its own.
    pub(super) fn entrances(&self, habits: &Habits) -> Result<Entrances, Failure> {
        let verifier = self.callers.as_ref().map(|callers| callers.verifier(habits)).transpose()?;
        let entrances = Entrances::new(tls::server_config(&self.identity, verifier.map(Arc::new))?);
        match &habits.default_endpoint {
            Some(name) => Ok(entrances.with_default_endpoint(name.clone(), tls::server_config(&self.identity, None)?)),
            None => Ok(entrances),
        }
    }
}

/// Reads everything once: the lists apart, since nobody needs them twice.
pub(super) fn read(files: &Files) -> Result<(Material, Vec<RevocationList>), Failure> {
    let identity = ServerIdentity::read(&files.certificate, &files.key)?;
    let callers = files.callers.as_ref().map(Callers::read).transpose()?;
    let (callers, lists) = callers.map(|read| (read.callers, read.lists)).unzip();
    Ok((Material { identity, callers: callers.map(Arc::new) }, lists.unwrap_or_default()))
}

impl Callers {
    pub(super) fn read(files: &CallerFiles) -> Result<Read, Failure> {
        let anchors = tls::certificates(&files.anchors)?;
        let below = files.intermediates.as_deref().map(tls::certificates).transpose()?.unwrap_or_default();
        let now = clock::now();
        let authorities: Vec<_> = anchors.iter().chain(&below).collect();
        let lists = files.lists.as_deref().map(|path| crl::load_each(path, &authorities, now)).transpose()?;
        let (ders, lists): (Vec<_>, Vec<_>) = lists.unwrap_or_default().into_iter().unzip();
        let cas = authorities.iter().filter_map(|ca| tls::life(ca)).map(|life| (Ending::ClientCa, life));
        let life = |list: &RevocationList| Life { from: list.this_update, until: list.next_update };
        let lives = cas.chain(lists.iter().map(|list| (Ending::RevocationList, life(list)))).collect();
        let signed = lists.iter().zip(ders).map(|(list, der)| SignedList { issuer: Arc::clone(&list.issuer), der: der.into() });
        let signed = signed.collect();
        let due = lists.iter().map(|list| (list.halfway(), list.next_update)).min_by_key(|(_, end)| *end);
        Ok(Read { callers: Self { anchors, lives, due, signed }, lists })
    }

    /// The public keys of the CAs that are trusted (`SubjectPublicKeyInfo`, DER).
    pub(super) fn keys(&self) -> impl Iterator<Item = Vec<u8>> {
        self.anchors.iter().filter_map(|ca| tls::public_key(ca))
    }

    fn verifier(&self, habits: &Habits) -> Result<ClientVerifier, Failure> {
        let verifier = ClientVerifier::new(&self.anchors, Arc::clone(&habits.revocation), clock::now())?;
        Ok(verifier.asking(habits.asking).strictness(habits.strictness))
    }
}
