//! What becomes of client certificates: how they are asked for, and who is known by which.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use super::NetworkList;
use crate::{
    document::{Document, Fault},
    name_pattern::NamePattern,
    network::Networks,
    words::words,
};

/// Mutual TLS.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mtls {
    /// How a caller without a certificate that counts is told.
    pub client_auth: ClientAuth,
    /// The names of which a certificate must bear one; absent: any.
    pub accept: Option<Vec<NamePattern>>,
    /// Who is known by which certificate. With any of them, a certificate that is nobody's is refused.
    pub callers: Vec<CallerRule>,
}

words! {
    /// How a caller without a certificate that counts is told.
    #[derive(Default)]
    pub enum ClientAuth {
        /// By an alert: the handshake fails.
        #[default]
        Required = "required",
        /// By a 403 that says why: the handshake succeeds, and proves nobody.
        Optional = "optional",
    }
}

/// One caller, known by a name or a key of its certificate.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallerRule {
    /// What the caller is called in records, plans and limits.
    pub caller: String,
    /// Names of which its certificate bears one.
    #[serde(default)]
    pub names: Vec<NamePattern>,
    /// Keys of which its certificate has one: `sha256/` and the SHA-256 of the public key (SPKI, DER) in base64.
    #[serde(default)]
    pub keys: Vec<String>,
    /// Scopes by short name; absent: as issued, else all.
    pub scopes: Option<Vec<String>>,
    /// The usage plan; absent: as issued, else none.
    pub plan: Option<String>,
    /// Networks that it may call from; absent: as issued, else everywhere.
    pub allow: Option<NetworkList>,
    /// Networks that it may not call from, allowed or not; absent: as issued, else nowhere.
    pub deny: Option<NetworkList>,
}

impl CallerRule {
    /// The hashes of its keys.
    ///
    /// # Errors
    /// The first that is none.
    pub fn pins(&self) -> Result<Vec<[u8; 32]>, String> {
        self.keys.iter().map(|text| pin(text).ok_or_else(|| format!("`{text}` is no hash of a key"))).collect()
    }

    /// The networks that it may call from.
    ///
    /// # Errors
    /// What is wrong with the list, with the remedy.
    pub fn networks(&self) -> Result<Option<Networks>, String> {
        networks(self.allow.as_ref())
    }

    /// The networks that it may not call from.
    ///
    /// # Errors
    /// What is wrong with the list, with the remedy.
    pub fn denied(&self) -> Result<Option<Networks>, String> {
        networks(self.deny.as_ref())
    }
}

fn networks(list: Option<&NetworkList>) -> Result<Option<Networks>, String> {
    list.map(NetworkList::networks).transpose().map_err(|misfit| misfit.to_string())
}

fn pin(text: &str) -> Option<[u8; 32]> {
    STANDARD.decode(text.strip_prefix("sha256/")?).ok()?.try_into().ok()
}

impl Mtls {
    pub(super) fn check<'p>(&self, document: &Document<'_>, plans: impl Fn(&str) -> bool + 'p) -> Result<(), Fault> {
        if self.accept.as_ref().is_some_and(Vec::is_empty) {
            let remedy = "leave the key away to accept every name";
            return Err(document.fault_at_key("mtls.accept", "an empty list would shut everyone out", remedy));
        }
        for rule in &self.callers {
            let fault = |key: &str, why: String, remedy: &str| {
                let why = format!("{why} (caller `{}`)", rule.caller.escape_debug());
                Err(document.fault_at_key(&format!("mtls.callers.{key}"), why, remedy))
            };
            let plain = |byte: u8| byte.is_ascii_graphic();
            if rule.caller.is_empty() || rule.caller.len() > 64 || !rule.caller.bytes().all(plain) {
                return fault("caller", "is no name".into(), "use 1 to 64 letters, digits and signs, without spaces");
            }
            if rule.names.is_empty() && rule.keys.is_empty() {
                return fault("caller", "is known by nothing".into(), "give it `names` or `keys`");
            }
            if let Err(why) = rule.pins() {
                let remedy = "write sha256/ and 44 letters of base64: openssl x509 -in cert.pem -noout -pubkey \
                              | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64";
                return fault("keys", why, remedy);
            }
            if let Some(plan) = rule.plan.as_deref().filter(|plan| !plans(plan)) {
                return fault(
                    "plan",
                    format!("there is no plan `{plan}`"),
                    &format!("add [plans.{plan}], or use one that is there"),
                );
            }
            for (key, list) in [("mtls.callers.allow", &rule.allow), ("mtls.callers.deny", &rule.deny)] {
                list.as_ref().map(|list| list.read(key, document)).transpose()?;
            }
        }
        Ok(())
    }
}
