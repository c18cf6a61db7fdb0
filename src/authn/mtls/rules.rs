//! Who is known by which certificate, as the configuration says: looked up once for each connection.

use std::sync::Arc;

use crate::{
    guard::Guard,
    name_pattern::NamePattern,
    peer::{ClientCertificate, Ruled},
    principal::Grant,
};

/// The rules for names. Without any, a certificate speaks for itself.
#[derive(Debug, Default)]
pub struct Rules {
    /// The names of which a certificate must bear one; `None`: any.
    pub accepted: Option<Vec<NamePattern>>,
    /// In this order; the first that fits counts.
    pub callers: Vec<CallerRule>,
}

/// One caller: known by a name, by a key, or by both where both are given.
#[derive(Debug)]
pub struct CallerRule {
    /// What the caller is called.
    pub caller: Arc<str>,
    /// Names of which the certificate bears one; none: whatever it bears.
    pub names: Vec<NamePattern>,
    /// SHA-256 of public keys of which the certificate has one; none: whatever it has.
    pub keys: Vec<[u8; 32]>,
    /// What it may; where it says nothing, what was given with the certificate holds.
    pub grant: Grant,
}

impl Rules {
    /// What the rules make of a certificate.
    pub(super) fn ruled(&self, certificate: &ClientCertificate) -> Ruled {
        *certificate.ruled.get_or_init(|| self.look_up(certificate))
    }

    fn look_up(&self, certificate: &ClientCertificate) -> Ruled {
        let bears = |names: &[NamePattern]| names.iter().any(|name| name.matches(certificate));
        if Guard::CertificateName.stands() && !self.accepted.as_deref().is_none_or(bears) {
            return Ruled::NotAccepted;
        }
        if self.callers.is_empty() {
            return Ruled::ByItself;
        }
        let fits = |rule: &CallerRule| {
            let named = rule.names.is_empty() || bears(&rule.names);
            let keyed = rule.keys.is_empty() || rule.keys.contains(&certificate.key);
            named && keyed && !(rule.names.is_empty() && rule.keys.is_empty())
        };
        self.callers.iter().position(fits).map_or(Ruled::Nobodys, Ruled::By)
    }
}
