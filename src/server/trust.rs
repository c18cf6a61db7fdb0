//! Certificates on both sides: the server's own, the client CAs, and who is revoked.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::signing::Signing;
use crate::{
    cli::Common,
    clock,
    config::Config,
    exit::Failure,
    mode::Mode,
    pki::{self, Pki, Refreshed},
    revocation::Revocation,
    store::{CertificateState, Change, Memory, Store, feed},
    transport::{ClientVerifier, Registry, RevocationLists, Tls, tls},
};

/// How often the revocation list on disk is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is asked whether our own list should be signed again.
const REFRESH: Duration = Duration::from_secs(60);

/// What the transport needs, and what keeps it true while the server runs.
#[derive(Debug)]
pub(super) struct Trust {
    /// `None` on plain HTTP.
    pub(super) tls: Option<Tls>,
    /// The live connections by certificate.
    pub(super) registry: Arc<Registry>,
    /// The file that verifies the server.
    pub(super) ca: PathBuf,
    lists: Arc<RevocationLists>,
    clients: Option<Arc<Clients>>,
}

/// Where client certificates come from, in `mtls`.
#[derive(Debug)]
struct Clients {
    authorities: Vec<Vec<u8>>,
    list: PathBuf,
    /// Ours to sign anew, when it is the development CA's.
    own: Option<(Pki, PathBuf)>,
}

/// Opens the certificates of this mode.
pub(super) fn open(common: &Common, config: &Config, mode: Mode, plain: bool) -> Result<Trust, Failure> {
    let (lists, registry) = (Arc::new(RevocationLists::default()), Arc::new(Registry::default()));
    if plain {
        return Ok(Trust { tls: None, registry, ca: PathBuf::new(), lists, clients: None });
    }
    let needs_pki = config.tls.server_files().is_none() || (mode == Mode::Mtls && config.tls.client_files().is_none());
    let pki = needs_pki.then(|| Pki::open(&common.certs)).transpose()?;
    let (certificate, key, ca) = server_files(config, pki.as_ref())?;
    let clients = match mode {
        Mode::Mtls => Some(Arc::new(Clients::open(config, pki, &common.state)?)),
        Mode::Open | Mode::Jwt | Mode::Apikey => None,
    };
    let verifier = clients.as_ref().map(|clients| clients.verifier(&lists)).transpose()?;
    let tls = tls::server_config(&certificate, &key, verifier)?;
    let trust = Trust { tls: Some(tls), registry, ca, lists, clients };
    if let Some(clients) = &trust.clients {
        trust.lists.replace(clients.read_list()?).map_err(Failure::usage)?;
    }
    Ok(trust)
}

fn server_files(config: &Config, pki: Option<&Pki>) -> Result<(PathBuf, PathBuf, PathBuf), Failure> {
    match (config.tls.server_files(), pki) {
        (Some((certificate, key)), _) => Ok((certificate.into(), key.into(), certificate.into())),
        (None, Some(pki)) => {
            let pair = pki.server();
            Ok((pair.cert, pair.key, pki.server_ca()))
        }
        (None, None) => Err(Failure::environment("there is no server certificate")),
    }
}

impl Clients {
    fn open(config: &Config, pki: Option<Pki>, state: &Path) -> Result<Self, Failure> {
        let (ca, list, own) = match (config.tls.client_files(), pki) {
            (Some((ca, list)), _) => (ca.to_path_buf(), list.to_path_buf(), None),
            (None, Some(pki)) => (pki.client_ca(), pki.revocation_list(), Some((pki, state.to_path_buf()))),
            (None, None) => return Err(Failure::environment("there is no client CA")),
        };
        let authorities = tls::certificates(&ca)?.into_iter().map(|der| der.to_vec()).collect();
        let clients = Self { authorities, list, own };
        clients.keep_list_fresh()?;
        Ok(clients)
    }

    fn verifier(&self, lists: &Arc<RevocationLists>) -> Result<ClientVerifier, Failure> {
        let authorities: Vec<_> = self.authorities.iter().map(|der| der.clone().into()).collect();
        ClientVerifier::new(&authorities, Arc::clone(lists) as Arc<dyn Revocation>, clock::now())
    }

    /// Signs our own list again when it is missing, behind the store, or past half of its life.
    fn keep_list_fresh(&self) -> Result<(), Failure> {
        let Some((pki, state)) = &self.own else { return Ok(()) };
        if pki.refresh_revocation_list(&mut Store::open(state)?)? == Refreshed::NoKey {
            tracing::warn!("the revocation list should be signed again, and the key of its CA is not here");
        }
        Ok(())
    }

    fn read_list(&self) -> Result<Vec<crate::revocation::RevocationList>, Failure> {
        pki::crl::load(&self.list, &self.authorities, clock::now())
    }

    fn written(&self) -> Option<SystemTime> {
        self.list.metadata().and_then(|data| data.modified()).ok()
    }
}

impl Trust {
    /// Who says whether a certificate was revoked.
    pub(super) fn revocation(&self) -> Arc<dyn Revocation> {
        Arc::clone(&self.lists) as Arc<dyn Revocation>
    }

    /// The name of the client CA that is ours: whoever it signed is in the store.
    pub(super) fn own_issuer(&self) -> Result<Option<Arc<[u8]>>, Failure> {
        let own = self.clients.as_ref().and_then(|clients| clients.own.as_ref());
        Ok(own.map(|(pki, _)| pki.client_issuers()).transpose()?.and_then(|all| all.into_iter().next()))
    }

    /// Follows the store: a revoked certificate is refused first, then its connections are cut. Signing keys follow too.
    pub(super) fn follow(&self, state: &Path, signing: Option<Signing>) -> Result<(Arc<Memory>, feed::Feed), Failure> {
        let (lists, registry) = (Arc::clone(&self.lists), Arc::clone(&self.registry));
        feed::follow(state, move |change| {
            if let Some(signing) = &signing {
                signing.take(change);
            }
            if let Change::Certificate(record) = change
                && record.state == CertificateState::Revoked
            {
                lists.revoke(&record.issuer, record.serial.clone());
                registry.cut(&record.issuer, &record.serial);
            }
        })
    }

    /// Keeps the revocation list current for as long as the server runs. A list that cannot be used changes nothing: the
    /// old one counts until its `nextUpdate`, and after that nobody is let in.
    pub(super) async fn keep(&self) {
        let Some(clients) = &self.clients else { return std::future::pending().await };
        // The first look reads again: the list may have been replaced since `open` read it.
        let (mut seen, mut refreshed) = (None, Instant::now());
        loop {
            tokio::time::sleep(LOOK).await;
            if refreshed.elapsed() > REFRESH {
                refreshed = Instant::now();
                refresh(Arc::clone(clients)).await;
            }
            let written = clients.written();
            if written != seen {
                seen = written;
                self.take_list(clients);
            }
        }
    }

    fn take_list(&self, clients: &Clients) {
        let taken = clients.read_list().and_then(|lists| self.lists.replace(lists).map_err(Failure::usage));
        match taken {
            Ok(()) => {
                let cut = self.registry.sweep(&*self.lists, clock::now());
                tracing::info!(cut, "a new revocation list is in force");
            }
            Err(failure) => tracing::error!(%failure, "the new revocation list cannot be used; the old one stays"),
        }
    }
}

/// Asks off the runtime's threads: it opens the database and may sign.
async fn refresh(clients: Arc<Clients>) {
    match tokio::task::spawn_blocking(move || clients.keep_list_fresh()).await {
        Ok(Ok(())) => {}
        Ok(Err(failure)) => tracing::warn!(%failure, "the revocation list could not be signed again"),
        Err(error) => tracing::error!(%error, "the revocation list could not be looked after"),
    }
}
