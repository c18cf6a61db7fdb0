//! The development PKI: a CA for servers, a CA for clients, what they sign, and the revocation list.
//!
//! Everything lies in one directory (see `certs/README.md`) and is changed under one lock, so servers and commands may share it.

mod ca;
mod client;
pub mod crl;
mod issue;
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

use self::{ca::Authority, client::Request, profile::Profile};
use crate::{
    clock,
    exit::Failure,
    files::{self, Readers},
    peer::Serial,
    revocation::RevocationList,
};

/// The directory of the development PKI, complete since [`Pki::open`].
#[derive(Debug)]
pub struct Pki {
    directory: PathBuf,
    profile: Profile,
}

/// A client certificate that was just issued, and is nowhere yet: to be recorded first, then written, so that no
/// certificate is in the world that nobody knows how to revoke.
#[derive(Debug)]
pub struct Issued {
    /// Its serial number, unique for its issuer.
    pub serial: Serial,
    /// The issuer's distinguished name, DER.
    pub issuer: Arc<[u8]>,
    /// The beginning of validity.
    pub not_before: SystemTime,
    /// The end of validity.
    pub not_after: SystemTime,
    /// The certificate, PEM.
    pub cert: PathBuf,
    /// Its private key, PEM, mode 0600.
    pub key: PathBuf,
    /// The certificate and its CA, PEM.
    pub chain: PathBuf,
    pems: client::Pems,
}

/// A certificate file and its key file.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The certificate chain, PEM.
    pub cert: PathBuf,
    /// The private key, PEM.
    pub key: PathBuf,
}

/// Whether a caller may already have a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// A directory of that name is somebody's key: refuse.
    Refuse,
    /// A new key and certificate take the place of the old files.
    Replace,
}

impl Pki {
    /// Makes what is missing (both CAs, the server's certificate, the first revocation list), and checks what is there.
    /// Safe when several processes start at once.
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
            pki.write_list(&clients, 0, &HashMap::new(), now)?;
        }
        clients.keep()?;
        server::keep(&pki.server(), &pki.profile.server, &servers, now)?;
        Ok(pki)
    }

    /// Holds the directory for one change, until dropped.
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

    /// The CA certificate that verifies callers.
    pub fn client_ca(&self) -> PathBuf {
        self.directory.join("client-ca/cert.pem")
    }

    /// The revocation list of the client CA.
    pub fn revocation_list(&self) -> PathBuf {
        self.directory.join("client-ca/crl.pem")
    }

    /// The server's certificate and key.
    pub fn server(&self) -> Pair {
        Pair { cert: self.directory.join("server/cert.pem"), key: self.directory.join("server/key.pem") }
    }

    /// The distinguished name of the client CA, DER: the issuer of every certificate that [`Pki::issue`] makes.
    ///
    /// # Errors
    /// As [`Pki::open`].
    pub fn client_issuer(&self) -> Result<Arc<[u8]>, Failure> {
        self.clients(clock::now()).map(|authority| authority.name())
    }

    /// Issues a client certificate with a fresh P-256 key. Names are `DNS:…`, `URI:…` or `IP:…`; none means `DNS:NAME`.
    /// [`Issued::stage`] writes it into its directory. The caller holds [`Pki::lock`] until it is published.
    ///
    /// # Errors
    /// Exit 2 for a name, an alternative name or a lifetime (below a second, beyond the CA's) that cannot be.
    pub fn issue(&self, name: &str, sans: &[String], ttl: Duration, existing: Existing) -> Result<Issued, Failure> {
        let now = clock::now();
        client::issue(&self.directory.join("clients"), &Request { name, sans, ttl, existing }, &self.clients(now)?, now)
    }

    /// Signs and writes the revocation list of the client CA. `number` must be higher than that of the list before.
    ///
    /// The caller holds [`Pki::lock`].
    ///
    /// # Errors
    /// As [`Pki::open`].
    pub fn sign_revocation_list(&self, number: u64, revoked: &HashMap<Serial, SystemTime>) -> Result<(), Failure> {
        let now = clock::now();
        self.write_list(&self.clients(now)?, number, revoked, now)
    }

    /// The list that is on disk, checked; `None` when there is none.
    ///
    /// # Errors
    /// Exit 2 or 3 as [`crl::load`].
    pub fn read_revocation_list(&self) -> Result<Option<RevocationList>, Failure> {
        let path = self.revocation_list();
        let is_there = path.try_exists();
        if !is_there.map_err(|error| Failure::environment(format!("cannot look for {}: {error}", path.display())))? {
            return Ok(None);
        }
        let now = clock::now();
        crl::load(&path, &[self.clients(now)?.der], now).map(|lists| RevocationList::newest_of_each(lists).pop())
    }

    /// How long a list that is signed now counts.
    pub(super) fn revocation_list_life(&self) -> Duration {
        self.profile.revocation_list.lifetime
    }

    fn clients(&self, now: SystemTime) -> Result<Authority, Failure> {
        Authority::load(&self.directory.join("client-ca"), now)
    }

    fn write_list(
        &self,
        by: &Authority,
        number: u64,
        revoked: &HashMap<Serial, SystemTime>,
        now: SystemTime,
    ) -> Result<(), Failure> {
        let pem = crl::sign(by, number, revoked, now, self.profile.revocation_list.lifetime)?;
        files::write(&self.revocation_list(), pem.as_bytes(), Readers::Everyone)
    }
}

#[cfg(test)]
mod tests;
