//! Where the certificates lie.

use std::path::{Path, PathBuf};

use crate::{config::Config, exit::Failure, mode::Profile, pki::Pki};

/// The files of one server.
#[derive(Debug, Clone)]
pub(super) struct Files {
    /// The server's certificate.
    pub(super) certificate: PathBuf,
    /// Its key.
    pub(super) key: PathBuf,
    /// What verifies it.
    pub(super) ca: PathBuf,
    /// What callers are verified by, where they are asked for certificates.
    pub(super) callers: Option<CallerFiles>,
}

/// What callers are verified by.
#[derive(Debug, Clone)]
pub(super) struct CallerFiles {
    pub(super) anchors: PathBuf,
    pub(super) intermediates: Option<PathBuf>,
    /// Absent where nobody asks who is revoked.
    pub(super) lists: Option<PathBuf>,
}

impl Files {
    /// The server's own.
    pub(super) fn own(&self) -> [&Path; 2] {
        [&self.certificate, &self.key]
    }

    /// Those that are configured, else those of the development PKI.
    pub(super) fn new(config: &Config, pki: Option<&Pki>, asks_callers: bool) -> Result<Self, Failure> {
        let missing = |what| Failure::environment(format!("there is no {what}"));
        let (certificate, key, ca) = match (config.tls.server_files(), pki) {
            (Some((certificate, key)), _) => (certificate.into(), key.into(), certificate.into()),
            (None, Some(pki)) => (pki.server().cert, pki.server().key, pki.server_ca()),
            (None, None) => return Err(missing("server certificate")),
        };
        let callers = match (config.tls.client_files(), pki) {
            _ if !asks_callers => None,
            (Some((anchors, lists)), _) => {
                let intermediates = config.tls.client_intermediates.clone();
                Some(CallerFiles { anchors: anchors.into(), intermediates, lists: lists.map(Into::into) })
            }
            (None, Some(pki)) => Some(CallerFiles::of(pki)),
            (None, None) => return Err(missing("client CA")),
        };
        let callers = callers.map(|callers| callers.asking(config.profile));
        Ok(Self { certificate, key, ca, callers })
    }
}

impl CallerFiles {
    /// API Gateway has no use for lists.
    fn asking(self, profile: Profile) -> Self {
        let lists = self.lists.filter(|_| profile == Profile::Standard);
        Self { lists, ..self }
    }

    /// All of them.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let [intermediates, lists] = [&self.intermediates, &self.lists].map(Option::as_deref);
        [Some(self.anchors.as_path()), intermediates, lists].into_iter().flatten()
    }

    pub(super) fn of(pki: &Pki) -> Self {
        Self { anchors: pki.client_ca(), intermediates: pki.client_intermediates(), lists: Some(pki.revocation_list()) }
    }
}
