//! Own certificates instead of the development CA's.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::document::{Document, Fault};

/// PEM files. Relative paths are relative to the configuration file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// The server's certificate, with intermediates, if any.
    pub certificate: Option<PathBuf>,
    /// Its private key.
    pub key: Option<PathBuf>,
    /// The CAs whose client certificates count, in `mtls`.
    pub client_ca: Option<PathBuf>,
    /// Issuing CAs below them. They sign revocation lists; callers send them along, and by themselves they are not trusted.
    pub client_intermediates: Option<PathBuf>,
    /// Their revocation lists. Needed with `client_ca`, but for the `aws` profile: without one nobody can say who is revoked.
    pub client_crl: Option<PathBuf>,
    /// The file with the passphrase of the development CAs' keys, when they are encrypted.
    pub ca_passphrase_file: Option<PathBuf>,
}

impl Tls {
    /// The server's own certificate and key, if configured.
    pub fn server_files(&self) -> Option<(&Path, &Path)> {
        Some((self.certificate.as_deref()?, self.key.as_deref()?))
    }

    /// The client CAs and their revocation lists, if configured. Only the `aws` profile does without lists.
    pub fn client_files(&self) -> Option<(&Path, Option<&Path>)> {
        Some((self.client_ca.as_deref()?, self.client_crl.as_deref()))
    }

    pub(super) fn resolve(&mut self, directory: &Path) {
        let all = [
            &mut self.certificate,
            &mut self.key,
            &mut self.client_ca,
            &mut self.client_intermediates,
            &mut self.client_crl,
            &mut self.ca_passphrase_file,
        ];
        all.into_iter().flatten().for_each(|path| *path = directory.join(&*path));
    }

    pub(super) fn check(&self, document: &Document<'_>) -> Result<(), Fault> {
        if self.client_intermediates.is_some() && self.client_ca.is_none() {
            let remedy = "set client_ca too: the CAs that they lead to";
            return Err(document.fault_at_key("tls.client_intermediates", "is below no client_ca", remedy));
        }
        let both = "set both, or neither";
        match (&self.certificate, &self.key, &self.client_ca, &self.client_crl) {
            (Some(_), None, ..) => Err(document.fault_at_key("tls.certificate", "certificate and key belong together", both)),
            (None, Some(_), ..) => Err(document.fault_at_key("tls.key", "certificate and key belong together", both)),
            (_, _, None, Some(_)) => {
                Err(document.fault_at_key("tls.client_crl", "client_ca and client_crl belong together", both))
            }
            _ => Ok(()),
        }
    }

    /// Whether nobody could say who is revoked.
    pub(super) fn lacks_lists(&self) -> bool {
        self.client_ca.is_some() && self.client_crl.is_none()
    }
}
