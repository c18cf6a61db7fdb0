//! The development PKI: a CA for servers, a CA for clients, what they sign, and the revocation list.
//!
//! Everything lies in one directory (see `certs/README.md`) and is changed under one lock, so servers and commands may share it.

mod ca;
mod client;
pub mod crl;
mod csr;
mod flaw;
mod issue;
mod issued;
mod key;
mod order;
mod profile;
mod publish;
mod server;

use std::{
    collections::HashMap,
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use self::{ca::Authority, profile::Profile, publish::Kept};
pub use self::{
    csr::{LONGEST as LONGEST_REQUEST, OwnKey},
    issued::{Issued, StagedFiles},
    order::{Existing, Order, OrderKey},
    publish::Refreshed,
};
use crate::{clock, exit::Failure, files, revocation::RevocationList};

/// The directory of the development PKI, complete since [`Pki::open`].
#[derive(Debug)]
pub struct Pki {
    directory: PathBuf,
    profile: Profile,
}

/// A certificate file and its key file.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The certificate chain, PEM.
    pub cert: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

impl Pki {
    /// Makes what is missing (both CAs, the server's certificate, the first revocation list), and checks what is there.
    /// Safe when several processes start at once. A CA whose key is not here is no fault: what needs the key says so.
    ///
    /// # Errors
    /// Exit 3 when a file cannot be read or written; exit 2 when one cannot be used, naming it and the remedy.
    pub fn open(directory: &Path) -> Result<Self, Failure> {
        let pki = Self { directory: directory.into(), profile: Profile::read(directory)? };
        let _lock = pki.lock()?;
        let now = clock::now();
        let servers = Authority::open(&directory.join("server-ca"), &pki.profile.server_ca, now)?;
        servers.keep()?;
        let clients = Authority::open(&directory.join("client-ca"), &pki.profile.client_ca, now)?;
        if clients.has_new_key {
            // Only with a new CA: an empty list in the place of a lost one would let the revoked back in. A CA whose key was
            // there before may have revoked somebody, though its certificate is new.
            let list = Kept::sign(&clients, 0, &HashMap::new(), pki.revocation_list_life(), now)?;
            pki.write_lists([&list].into_iter())?;
        }
        clients.keep()?;
        server::keep(&pki.server(), &pki.profile.server, &servers, now)?;
        Ok(pki)
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
        self.directory.join("server-ca/cert.pem")
    }

    /// The CA certificates that verify callers: PEM, one for every client CA that is trusted now.
    pub fn client_ca(&self) -> PathBuf {
        self.directory.join("client-ca/cert.pem")
    }

    /// The issuing CAs below those, if there are any: PEM. They sign revocation lists and are sent by callers; they are not
    /// trusted by themselves.
    pub fn client_intermediates(&self) -> Option<PathBuf> {
        let path = self.directory.join("client-ca/issuing.pem");
        path.exists().then_some(path)
    }

    /// The revocation lists of all of them: PEM, one after the other.
    pub fn revocation_list(&self) -> PathBuf {
        self.directory.join("client-ca/crl.pem")
    }

    /// The server's certificate and key.
    pub fn server(&self) -> Pair {
        Pair { cert: self.directory.join("server/cert.pem"), key: self.directory.join("server/key.pem") }
    }

    /// The distinguished names, DER, of the CAs whose certificates are in the store: whoever they issued to is known there.
    ///
    /// # Errors
    /// As [`Pki::open`].
    pub fn client_issuers(&self) -> Result<Vec<Arc<[u8]>>, Failure> {
        Ok(self.client_authorities(clock::now())?.iter().map(Authority::name).collect())
    }

    /// Issues a client certificate. [`Issued::stage`] writes it into its directory. The caller holds
    /// [`Pki::lock`] until it is published.
    ///
    /// # Errors
    /// Exit 2 for a name, an alternative name, a flaw or a lifetime (below a second, beyond the CA's) that cannot be, and when
    /// the CA's key is not here.
    pub fn issue(&self, order: &Order<'_>) -> Result<Issued, Failure> {
        let now = clock::now();
        let authority = Authority::load(&self.directory.join("client-ca"), now)?;
        client::issue(&self.directory.join("clients"), order, &self.profile, &authority, now)
    }

    /// The lists that are on disk, checked; of several of one CA, the newest.
    ///
    /// # Errors
    /// Exit 2 or 3 as [`crl::load`].
    pub fn read_revocation_lists(&self) -> Result<Vec<RevocationList>, Failure> {
        let now = clock::now();
        let kept = self.kept_lists(&self.client_authorities(now)?, now)?;
        Ok(kept.into_iter().map(|kept| kept.list).collect())
    }

    /// How long a list that is signed now counts.
    fn revocation_list_life(&self) -> Duration {
        self.profile.revocation_list.lifetime
    }

    /// Every client CA that signs a list, the one that issues first.
    fn client_authorities(&self, now: SystemTime) -> Result<Vec<Authority>, Failure> {
        Ok(vec![Authority::load(&self.directory.join("client-ca"), now)?])
    }
}

#[cfg(test)]
mod tests;
