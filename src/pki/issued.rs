//! A certificate that was signed, on its way into its files.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use crate::{
    exit::Failure,
    files::{self, Readers, Staged},
    peer::Serial,
    secret::Secret,
};

/// A client certificate that was just issued, and is nowhere yet: to be recorded first, then written, so that no
/// certificate is in the world that nobody knows how to revoke.
#[derive(Debug)]
pub struct Issued {
    /// Its serial number, unique for its issuer.
    pub serial: Serial,
    /// The issuer's distinguished name, DER; `None` when a bad one was signed by somebody else than the client CA, who alone
    /// could revoke it.
    pub issuer: Option<Arc<[u8]>>,
    /// The beginning of validity.
    pub not_before: SystemTime,
    /// The end of validity.
    pub not_after: SystemTime,
    /// The certificate, PEM.
    pub cert: PathBuf,
    /// Its private key, PEM, mode 0600; `None` when it is the caller's own.
    pub key: Option<PathBuf>,
    /// The certificate and its CA, PEM.
    pub chain: PathBuf,
    /// Chain and key in one file, PEM, mode 0600: whoever reads it while it is replaced has a pair that fits. `None` when the
    /// key is the caller's own.
    pub identity: Option<PathBuf>,
    pub(super) pems: Pems,
}

/// What goes into the files.
#[derive(Debug)]
pub(super) struct Pems {
    pub(super) cert: String,
    pub(super) chain: String,
    pub(super) key: Option<Secret>,
}

/// The files, written beside their places.
#[derive(Debug)]
pub struct StagedFiles {
    files: Vec<Staged>,
    /// The files of a key that was here, and is not that of the new certificate.
    stale: Vec<PathBuf>,
}

impl Issued {
    /// Writes key, chain and certificate beside their places in the caller's directory. The files that were there stay until
    /// all are published. The caller holds [`super::Pki::lock`].
    ///
    /// # Errors
    /// Exit 3, naming the file.
    pub fn stage(&self) -> Result<StagedFiles, Failure> {
        let directory = self.cert.parent().unwrap_or(Path::new(""));
        files::private_directory(directory)?;
        files::sweep(directory);
        let mut files = Vec::with_capacity(4);
        if let (Some(path), Some(identity), Some(key)) = (&self.key, &self.identity, &self.pems.key) {
            let both = Secret::new(format!("{}{}", self.pems.chain, key.expose()));
            files.push(files::stage(identity, both.expose().as_bytes(), Readers::Owner)?);
            files.push(files::stage(path, key.expose().as_bytes(), Readers::Owner)?);
        }
        files.push(files::stage(&self.chain, self.pems.chain.as_bytes(), Readers::Everyone)?);
        files.push(files::stage(&self.cert, self.pems.cert.as_bytes(), Readers::Everyone)?);
        let stale = if self.key.is_none() { vec![directory.join("key.pem"), directory.join("identity.pem")] } else { Vec::new() };
        Ok(StagedFiles { files, stale })
    }
}

impl StagedFiles {
    /// Moves all to their places. A key that was there goes when the new certificate is not for it: nobody shall take the two
    /// for a pair.
    ///
    /// # Errors
    /// Exit 3, naming the file.
    pub fn publish(self) -> Result<(), Failure> {
        files::publish_together(&self.files)?;
        self.stale.iter().try_for_each(|path| files::remove(path))
    }
}
