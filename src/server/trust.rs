//! Certificates on both sides: the server's own, the client CAs, and who is revoked; and what keeps them true while the server
//! runs.

mod files;
mod keep;
mod material;
mod view;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use arc_swap::ArcSwap;

pub(super) use self::view::View;
use self::{
    files::{CallerFiles, Files},
    material::{Callers, Material},
};
use super::{hosts::CertificateNames, signing::Signing, watched::Stamps};
use crate::{
    authn::mtls::OwnIssuers,
    cli::Common,
    config::{ClientAuth, Config},
    exit::Failure,
    mode::{Mode, Profile},
    pki::{self, Pki, Refreshed, Setup},
    revocation::{NeverAsked, Revocation, RevocationList},
    store::{CertificateState, Change, Memory, Store, feed},
    transport::{Asking, Entrances, LiveEntrances, Registry, RevocationLists, ServerIdentity, Strictness},
};

/// What the transport needs, and what keeps it true.
#[derive(Debug)]
pub(super) struct Trust {
    /// `None` on plain HTTP.
    pub(super) entrances: Option<Arc<LiveEntrances>>,
    /// The live connections by certificate.
    pub(super) registry: Arc<Registry>,
    /// The file that verifies the server.
    pub(super) ca: PathBuf,
    /// The names that the server's certificate is for.
    pub(super) names: Arc<CertificateNames>,
    /// Whose certificates are all recorded.
    pub(super) own_issuers: Arc<OwnIssuers>,
    /// What the operator sees of it.
    pub(super) view: Arc<View>,
    lists: Arc<RevocationLists>,
    habits: Habits,
    files: Option<Files>,
    /// What the server began with, and how the files were found just before they were read.
    begun_with: Option<(Material, [Stamps; 2])>,
    own: Option<Arc<Own>>,
}

/// How this server asks for certificates, from start to end.
#[derive(Debug)]
struct Habits {
    asking: Asking,
    strictness: Strictness,
    /// Who says whether a certificate was revoked.
    revocation: Arc<dyn Revocation>,
    default_endpoint: Option<String>,
}

/// The development CA, whose list this server signs anew in time if it has the key.
#[derive(Debug)]
struct Own {
    pki: Pki,
    state: PathBuf,
}

impl Own {
    /// Signs what is to be signed; says whether whoever runs this has the keys for the next time.
    fn refresh(&self) -> Result<bool, Failure> {
        let refreshed = self.pki.refresh_revocation_list(&mut Store::open(&self.state)?)?;
        Ok(refreshed != Refreshed::NoKey && self.pki.signs_revocation_lists()?)
    }
}

/// Opens the certificates of this mode.
pub(super) fn open(common: &Common, config: &Config, mode: Mode, plain: bool) -> Result<Trust, Failure> {
    let asks_callers = mode == Mode::Mtls && !plain;
    let needs_pki = !plain && (config.tls.server_files().is_none() || (asks_callers && config.tls.client_files().is_none()));
    let pki = needs_pki.then(|| open_pki(common, config)).transpose()?;
    let files = if plain { None } else { Some(Files::new(config, pki.as_ref(), asks_callers)?) };
    let own = pki.filter(|_| asks_callers && config.tls.client_files().is_none());
    let lists = Arc::new(RevocationLists::default());
    let mut trust = Trust {
        entrances: None,
        registry: Arc::default(),
        ca: files.as_ref().map_or_else(PathBuf::new, |files| files.ca.clone()),
        names: Arc::new(ArcSwap::from_pointee(Vec::new())),
        own_issuers: Arc::new(ArcSwap::from_pointee(Vec::new())),
        view: Arc::default(),
        habits: Habits::new(config, mode, &lists),
        lists,
        files,
        begun_with: None,
        own: own.map(|pki| Arc::new(Own { pki, state: common.state.clone() })),
    };
    trust.begin()?;
    Ok(trust)
}

fn open_pki(common: &Common, config: &Config) -> Result<Pki, Failure> {
    let passphrase = pki::passphrase::of_ca(None, config.tls.ca_passphrase_file.as_deref())?;
    let pki = Pki::open_with(&common.certs, &Setup { passphrase, ..Setup::default() })?;
    if !pki.made().is_empty() {
        Store::open(&common.state)?.tell(pki.made().to_vec())?;
    }
    Ok(pki)
}

impl Habits {
    fn new(config: &Config, mode: Mode, lists: &Arc<RevocationLists>) -> Self {
        let is_aws = config.profile == Profile::Aws;
        let demands_one = config.mtls.client_auth == ClientAuth::Required;
        // API Gateway closes on who shows nothing, and tells who shows something wrong in HTTP.
        let asking = Asking { demands_one, answers_in_http: is_aws || !demands_one };
        Self {
            asking,
            strictness: if is_aws { Strictness::Gateway } else { Strictness::Usual },
            revocation: if is_aws { Arc::new(NeverAsked) } else { Arc::clone(lists) as _ },
            // Only this lock stands in TLS: the others stay locked under whatever name.
            default_endpoint: config
                .listen
                .default_endpoint
                .as_ref()
                .filter(|_| mode == Mode::Mtls)
                .map(|name| name.to_ascii_lowercase()),
        }
    }
}

impl Trust {
    /// Who says whether a certificate was revoked.
    pub(super) fn revocation(&self) -> Arc<dyn Revocation> {
        Arc::clone(&self.habits.revocation)
    }

    /// Follows the store: a revoked certificate is refused first, then its connections are cut. Signing keys follow too.
    pub(super) fn follow(&self, state: &Path, signing: Option<Signing>) -> Result<(Arc<Memory>, feed::Feed), Failure> {
        let (lists, registry) = (Arc::clone(&self.lists), Arc::clone(&self.registry));
        let is_asked = self.habits.strictness == Strictness::Usual;
        feed::follow(state, move |change| {
            if let Some(signing) = &signing {
                signing.take(change);
            }
            if let Change::Certificate(record) = change
                && record.state == CertificateState::Revoked
                && is_asked
            {
                lists.revoke(&record.issuer, record.serial.clone());
                registry.cut(&record.issuer, &record.serial);
            }
        })
    }

    /// Reads everything for the first time. A list that is missing or behind is signed before anybody is let in by it.
    fn begin(&mut self) -> Result<(), Failure> {
        if let Some(own) = &self.own {
            self.view.signer(own.refresh()?);
        }
        let Some(files) = &self.files else { return Ok(()) };
        let callers = self.caller_files();
        let found = [Stamps::of(files.own()), Stamps::of(callers.iter().flat_map(CallerFiles::paths))];
        let (material, lists) = material::read(files)?;
        self.entrances = Some(material.entrances(&self.habits)?.live());
        self.take_callers(material.callers.as_deref(), lists)?;
        self.take_identity(&material.identity);
        self.begun_with = Some((material, found));
        Ok(())
    }

    /// Where callers' CAs lie now: of the development PKI, an issuing CA comes and goes.
    fn caller_files(&self) -> Option<CallerFiles> {
        let files = self.files.as_ref()?.callers.clone()?;
        Some(match &self.own {
            Some(own) => CallerFiles { lists: files.lists, ..CallerFiles::of(&own.pki) },
            None => files,
        })
    }

    /// New connections shake hands with this from now on.
    fn exchange(&self, material: &Material) -> Result<(), Failure> {
        self.put_in_force(material.entrances(&self.habits)?);
        Ok(())
    }

    fn put_in_force(&self, entrances: Entrances) {
        if let Some(live) = &self.entrances {
            live.store(Arc::new(entrances));
        }
    }

    fn take_identity(&self, identity: &ServerIdentity) {
        self.names.store(Arc::new(identity.names.clone()));
        self.view.server_lives(identity.life);
    }

    /// Puts lists and the names of our own CAs in force.
    fn take_callers(&self, callers: Option<&Callers>, lists: Vec<RevocationList>) -> Result<(), Failure> {
        let Some(callers) = callers else { return Ok(()) };
        let own = self.own.as_ref().map(|own| own.pki.client_issuers()).transpose()?.unwrap_or_default();
        self.lists.replace(lists).map_err(Failure::usage)?;
        self.view.callers(callers, own.first());
        self.own_issuers.store(Arc::new(own));
        Ok(())
    }
}
