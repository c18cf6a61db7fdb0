//! The development PKI: a CA for servers, a CA for clients, what they sign, and the revocation list.
//!
//! Everything lies in one directory (see `certs/README.md`) and is changed under one lock, so servers and commands may share it.

mod bundle;
mod ca;
mod client;
pub mod crl;
mod csr;
mod ends;
mod export;
mod flaw;
mod generation;
mod issue;
mod issued;
mod key;
mod lists;
mod made;
mod order;
mod p12;
pub mod passphrase;
mod pbes2;
mod profile;
mod publish;
mod server;
mod succession;

use std::{
    collections::HashMap,
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use self::{
    ca::Authority,
    generation::{Generation, New},
    lists::Kept,
    made::ca_made,
    profile::Profile,
};
pub use self::{
    csr::{LONGEST as LONGEST_REQUEST, OwnKey},
    ends::{End, EndKind},
    export::P12_PASSPHRASE,
    issue::common_name,
    issued::{Issued, StagedFiles},
    made::server_certificate,
    order::{Existing, Order, OrderKey},
    publish::Refreshed,
    succession::{CaKeys, ClientCa, Standing},
};
use crate::{
    clock,
    deed::{Deed, Thing},
    exit::Failure,
    files,
    peer::Serial,
    revocation::RevocationList,
    secret::Secret,
};

/// The directory of the development PKI, complete since [`Pki::open`].
#[derive(Debug)]
pub struct Pki {
    directory: PathBuf,
    profile: Profile,
    passphrase: Option<Secret>,
    /// What was missing and was made.
    made: Vec<Deed>,
}

/// How what is missing is made.
#[derive(Debug, Default)]
pub struct Setup {
    /// The client CA that is trusted does not issue itself: a CA below it does.
    pub intermediate: bool,
    /// What the keys of the CAs are encrypted with.
    pub passphrase: Option<Secret>,
}

/// A certificate file and its key file.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The certificate chain, PEM.
    pub cert: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

/// A certificate for the server that was just made.
#[derive(Debug)]
pub struct MadeServer {
    /// Its serial number.
    pub serial: Serial,
    /// The end of its validity.
    pub not_after: SystemTime,
    /// What it is for.
    pub names: Vec<String>,
}

impl Pki {
    /// Makes what is missing (both CAs, the server's certificate, the first revocation list), and checks what is there.
    /// Safe when several processes start at once. A CA whose key is not here is no fault: what needs the key says so.
    ///
    /// # Errors
    /// Exit 3 when a file cannot be read or written; exit 2 when one cannot be used, naming it and the remedy.
    pub fn open(directory: &Path) -> Result<Self, Failure> {
        Self::open_with(directory, &Setup::default())
    }

    /// The same, with a say in what is made.
    ///
    /// # Errors
    /// As [`Pki::open`], and exit 2 when what is asked for cannot be had with what is there.
    pub fn open_with(directory: &Path, setup: &Setup) -> Result<Self, Failure> {
        let profile = Profile::read(directory)?;
        let mut pki = Self { directory: directory.into(), profile, passphrase: setup.passphrase.clone(), made: Vec::new() };
        let _lock = pki.lock()?;
        let now = clock::now();
        let servers = Authority::open(&pki.server_directory(), &pki.profile.server_ca, pki.passphrase.as_ref(), now)?;
        servers.keep()?;
        pki.made.extend(servers.made(Thing::ServerCa));
        pki.open_clients(setup, now)?;
        let made = server::keep(&pki.server(), &pki.profile.server, &servers, now)?;
        pki.made.extend(made.map(|serial| server_certificate(&serial)));
        Ok(pki)
    }

    fn open_clients(&mut self, setup: &Setup, now: SystemTime) -> Result<(), Failure> {
        let directory = self.client_directory();
        files::sweep(&directory);
        if setup.intermediate && !generation::is_any(&directory) {
            let passphrase = self.passphrase.as_ref();
            generation::add(&directory, &New { profile: &self.profile.client_ca, intermediate: true, passphrase }, now)?;
            self.made.extend(self.generations(now)?.first().map(|first| ca_made(Thing::ClientCa, &first.root)));
        }
        if generation::is_numbered(&directory) {
            generation::remove_copied_key(&directory)?;
            generation::finish_retiring(&directory)?;
            self.bundle(&self.generations(now)?, now)?;
        } else {
            self.open_first(now)?;
        }
        if setup.intermediate && self.generations(now)?.first().is_some_and(|newest| newest.issuing.is_none()) {
            return Err(Failure::usage(format!("the client CA in {} is there already, and issues itself", directory.display()))
                .remedy("`authbench cert ca rotate --intermediate` lets a new one take over, and the old one count until it is retired"));
        }
        Ok(())
    }

    /// The one CA that needs no directory of its own.
    fn open_first(&mut self, now: SystemTime) -> Result<(), Failure> {
        let clients = Authority::open(&self.client_directory(), &self.profile.client_ca, self.passphrase.as_ref(), now)?;
        if clients.has_new_key {
            // Only with a new CA: an empty list in the place of a lost one would let the revoked back in. A CA whose key was
            // there before may have revoked somebody, though its certificate is new.
            let list = Kept::sign(&clients, 0, &HashMap::new(), self.revocation_list_life(), now)?;
            self.write_lists([&list].into_iter())?;
        }
        clients.keep()?;
        self.made.extend(clients.made(Thing::ClientCa));
        Ok(())
    }

    /// The keys of CAs that lie here as they are, without a passphrase.
    ///
    /// # Errors
    /// As [`Pki::open`].
    pub fn keys_without_passphrase(&self) -> Result<Vec<PathBuf>, Failure> {
        let now = clock::now();
        let servers = Authority::load(&self.server_directory(), None, now)?;
        let generations = generation::load(&self.client_directory(), None, now)?;
        let all = generations.iter().flat_map(Generation::authorities).chain([&servers]);
        Ok(all.filter(|authority| authority.can_sign()).map(Authority::key_file).collect())
    }

    /// Holds the directory for one change, until dropped. Whoever reads several files under it sees one state of them.
    ///
    /// # Errors
    /// Exit 3, naming the lock file.
    pub fn lock(&self) -> Result<File, Failure> {
        files::lock(&self.directory.join("pki.lock"))
    }

    /// The CA certificate that verifies the server.
    pub fn server_ca(&self) -> PathBuf {
        self.server_directory().join("cert.pem")
    }

    /// The CA certificates that verify callers: PEM, one for every client CA that is trusted now.
    pub fn client_ca(&self) -> PathBuf {
        self.directory.join("client-ca/cert.pem")
    }

    /// The issuing CAs below those, if there are any: PEM. They sign revocation lists and are sent by callers; they are not
    /// trusted by themselves.
    pub fn client_intermediates(&self) -> Option<PathBuf> {
        Some(self.issuing()).filter(|path| path.exists())
    }

    /// The revocation lists of all of them: PEM, one after the other.
    pub fn revocation_list(&self) -> PathBuf {
        self.directory.join("client-ca/crl.pem")
    }

    /// The server's certificate and key.
    pub fn server(&self) -> Pair {
        Pair { cert: self.directory.join("server/cert.pem"), key: self.directory.join("server/key.pem") }
    }

    /// Makes a new certificate for the server, for these names (those of the profile, if none), on the key that is there or on
    /// a new one. A running server takes it over.
    ///
    /// # Errors
    /// Exit 2 for a name or a lifetime that cannot be, and when the CA's key is not here.
    pub fn replace_server(&self, names: &[String], ttl: Option<Duration>, new_key: bool) -> Result<MadeServer, Failure> {
        let _lock = self.lock()?;
        let now = clock::now();
        let authority = Authority::load(&self.server_directory(), self.passphrase.as_ref(), now)?;
        let profile = &self.profile.server;
        let names = if names.is_empty() { &profile.names } else { names };
        let params = server::replace(&self.server(), (names, ttl.unwrap_or(profile.lifetime)), new_key, &authority, now)?;
        Ok(MadeServer { serial: issue::serial(&params), not_after: params.not_after.into(), names: names.to_vec() })
    }

    /// The distinguished names, DER, of the CAs whose certificates are in the store: whoever they issued to is known there.
    ///
    /// # Errors
    /// As [`Pki::open`].
    pub fn client_issuers(&self) -> Result<Vec<Arc<[u8]>>, Failure> {
        Ok(self.generations(clock::now())?.iter().map(|one| one.issuer().name()).collect())
    }

    /// Issues a client certificate. [`Issued::stage`] writes it into its directory. The caller holds
    /// [`Pki::lock`] until it is published.
    ///
    /// # Errors
    /// Exit 2 for a name, an alternative name, a flaw or a lifetime (below a second, beyond the CA's) that cannot be, and when
    /// the CA's key is not here.
    pub fn issue(&self, order: &Order<'_>) -> Result<Issued, Failure> {
        let now = clock::now();
        let generations = self.generations(now)?;
        let newest = generations.first().ok_or_else(|| Failure::environment("there is no client CA"))?;
        client::issue(&self.directory.join("clients"), order, &self.profile, newest.issuer(), now)
    }

    /// Whether a certificate could be issued now: the CA's key is here, and its passphrase is right.
    ///
    /// # Errors
    /// Exit 2 when not.
    pub fn check_issuing(&self) -> Result<(), Failure> {
        self.generations(clock::now())?.first().map_or(Ok(()), |newest| newest.issuer().signer().map(drop))
    }

    /// The lists that are on disk, checked; of several of one CA, the newest.
    ///
    /// # Errors
    /// Exit 2 or 3 as [`crl::load`].
    pub fn read_revocation_lists(&self) -> Result<Vec<RevocationList>, Failure> {
        let now = clock::now();
        let generations = self.generations(now)?;
        let authorities: Vec<_> = generations.iter().flat_map(Generation::authorities).collect();
        let kept = self.kept_lists(&authorities, now)?;
        Ok(kept.into_iter().map(|kept| kept.list).collect())
    }

    /// How long a list that is signed now counts.
    fn revocation_list_life(&self) -> Duration {
        self.profile.revocation_list.lifetime
    }

    /// Whether the keys are here that sign the next revocation lists.
    ///
    /// # Errors
    /// As [`Pki::open`].
    pub fn signs_revocation_lists(&self) -> Result<bool, Failure> {
        let generations = self.generations(clock::now())?;
        Ok(generations.iter().flat_map(Generation::authorities).all(|authority| authority.signer().is_ok()))
    }

    /// Every client CA that counts, the one that issues first.
    fn generations(&self, now: SystemTime) -> Result<Vec<Generation>, Failure> {
        generation::load(&self.client_directory(), self.passphrase.as_ref(), now)
    }

    fn server_directory(&self) -> PathBuf {
        self.directory.join("server-ca")
    }

    fn client_directory(&self) -> PathBuf {
        self.directory.join("client-ca")
    }
}

#[cfg(test)]
mod tests;
