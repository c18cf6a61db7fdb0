//! Client certificates: TLS proved possession and path; here the certificate gets its name, and is looked up again for
//! every request, because a kept or resumed connection outlives what was true at its handshake.

mod rules;

use std::{fmt::Display, sync::Arc, time::SystemTime};

use arc_swap::ArcSwap;

pub use self::rules::{CallerRule, Rules};
use super::{Authenticate, Presented};
use crate::{
    clock,
    denial::{Denial, Reason},
    peer::{ClientCertificate, Name, Ruled, Shown},
    principal::{Grant, Kind, Principal},
    revocation::Revocation,
    store::Memory,
};

/// The names (DER) of the CAs that are ours: whoever they signed is in the store.
pub type OwnIssuers = ArcSwap<Vec<Arc<[u8]>>>;

/// Knows the holders of client certificates.
#[derive(Debug)]
pub struct Certificates {
    memory: Arc<Memory>,
    revocation: Arc<dyn Revocation>,
    own_issuers: Arc<OwnIssuers>,
    rules: Rules,
}

impl Certificates {
    /// Looks certificates up in `memory`, and asks `revocation` about each. Of `own_issuers` every certificate is recorded.
    pub fn new(memory: Arc<Memory>, revocation: Arc<dyn Revocation>, own_issuers: Arc<OwnIssuers>, rules: Rules) -> Self {
        Self { memory, revocation, own_issuers, rules }
    }
}

impl Authenticate for Certificates {
    fn authenticate(&self, presented: Presented<'_>) -> Result<Principal, Denial> {
        let certificate = match presented.peer.tls.as_ref().map(|tls| &tls.shown) {
            Some(Shown::Verified(certificate)) => certificate,
            Some(Shown::Refused { reason, cause }) => return Err(Denial::new(*reason, cause.clone())),
            Some(Shown::Nothing) | None => return Err(Denial::new(Reason::CredentialMissing, "no client certificate")),
        };
        let now = clock::now();
        if certificate.not_after < now {
            return Err(Denial::new(Reason::Expired, "the certificate ended while the connection lived"));
        }
        let status = self.revocation.status_of(certificate, now);
        status.map_err(|reason| Denial::new(reason, format!("serial {}", certificate.serial)))?;
        self.principal(certificate, now)
    }
}

impl Certificates {
    /// The holder: whom the rules say, else as recorded when our own CA issued it, else as the certificate says. One of our own
    /// that is not recorded is nobody's: its limits are lost, and lost limits must not mean none.
    fn principal(&self, certificate: &ClientCertificate, now: SystemTime) -> Result<Principal, Denial> {
        let rule = match self.rules.ruled(certificate) {
            Ruled::NotAccepted => return Err(nobody(&"it bears no name that is accepted")),
            Ruled::Nobodys => return Err(nobody(&"no rule says whose it is")),
            Ruled::ByItself => None,
            Ruled::By(place) => self.rules.callers.get(place),
        };
        let recorded = self.memory.certificate(&certificate.issuer, &certificate.serial);
        if recorded.is_none() && self.own_issuers.load().contains(&certificate.issuer) {
            return Err(nobody(&format_args!("our CA's certificate {} is not recorded", certificate.serial)));
        }
        if let Some(record) = &recorded {
            self.memory.certificate_used(record, now);
        }
        let given = recorded.as_ref().map(|record| record.grant.clone()).unwrap_or_default();
        let (name, grant) = match (rule, recorded) {
            (Some(rule), _) => (Arc::clone(&rule.caller), over(&rule.grant, given)),
            (None, Some(record)) => (Arc::clone(&record.name), given),
            (None, None) => (name_in(certificate)?, given),
        };
        Ok(Principal { kind: Kind::Certificate, id: Arc::clone(&name), name, grant, expires: Some(certificate.not_after) })
    }
}

/// What a rule says, and where it says nothing, what was given with the certificate.
fn over(rule: &Grant, given: Grant) -> Grant {
    Grant {
        scopes: rule.scopes.clone().or(given.scopes),
        plan: rule.plan.clone().or(given.plan),
        networks: rule.networks.clone().or(given.networks),
        denied: rule.denied.clone().or(given.denied),
    }
}

fn nobody(why: &dyn Display) -> Denial {
    Denial::new(Reason::NameRefused, why.to_string())
}

fn name_in(certificate: &ClientCertificate) -> Result<Arc<str>, Denial> {
    let name = certificate.names.first().map(Name::text).or(certificate.common_name());
    name.map(Arc::clone).ok_or_else(|| nobody(&"neither alternative name nor common name"))
}
