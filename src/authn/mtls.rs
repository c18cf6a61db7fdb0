//! Client certificates: TLS proved possession and chain; here the certificate gets its name, and is looked up again for
//! every request, because a kept or resumed connection outlives what was true at its handshake.

use std::sync::Arc;

use super::{Authenticate, Challenge, Presented};
use crate::{
    clock,
    denial::{Denial, Reason},
    peer::ClientCertificate,
    principal::{Grant, Kind, Principal},
    revocation::Revocation,
    store::Memory,
};

/// Knows the holders of client certificates.
#[derive(Debug)]
pub struct Certificates {
    memory: Arc<Memory>,
    revocation: Arc<dyn Revocation>,
    own_issuer: Option<Arc<[u8]>>,
}

impl Certificates {
    /// Looks certificates up in `memory`, and asks `revocation` about each. `own_issuer` is the name (DER) of the CA whose
    /// every certificate is recorded.
    pub fn new(memory: Arc<Memory>, revocation: Arc<dyn Revocation>, own_issuer: Option<Arc<[u8]>>) -> Self {
        Self { memory, revocation, own_issuer }
    }
}

impl Authenticate for Certificates {
    fn authenticate(&self, presented: Presented<'_>) -> Result<Principal, Denial> {
        let Some(certificate) = presented.peer.certificate() else {
            return Err(Denial::new(Reason::CredentialMissing, "no client certificate"));
        };
        let now = clock::now();
        if certificate.not_after < now {
            return Err(Denial::new(Reason::Expired, "the certificate ended while the connection lived"));
        }
        let status = self.revocation.status(&certificate.issuer, &certificate.serial, now);
        status.map_err(|reason| Denial::new(reason, format!("serial {}", certificate.serial)))?;
        self.principal(certificate)
    }

    fn challenge(&self) -> Option<Challenge> {
        None
    }
}

impl Certificates {
    /// The holder: as recorded when our own CA issued it, as the certificate says when another CA did. One of our own that is
    /// not recorded is nobody's: its limits are lost, and lost limits must not mean none.
    fn principal(&self, certificate: &ClientCertificate) -> Result<Principal, Denial> {
        let recorded = self.memory.certificate(&certificate.issuer, &certificate.serial);
        let (name, grant) = match recorded {
            Some(record) => (Arc::clone(&record.name), record.grant.clone()),
            None if self.own_issuer.as_deref() == Some(&certificate.issuer) => {
                return Err(Denial::new(
                    Reason::NameRefused,
                    format!("our CA's certificate {} is not recorded", certificate.serial),
                ));
            }
            None => (name_in(certificate)?, Grant::default()),
        };
        Ok(Principal { kind: Kind::Certificate, id: Arc::clone(&name), name, grant, expires: Some(certificate.not_after) })
    }
}

fn name_in(certificate: &ClientCertificate) -> Result<Arc<str>, Denial> {
    let name = certificate.names.first().or(certificate.common_name.as_ref());
    name.map(Arc::clone).ok_or_else(|| Denial::new(Reason::NameRefused, "neither alternative name nor common name"))
}
