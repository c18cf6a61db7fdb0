//! Addresses and names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use http::Uri;
use serde::{Deserialize, Serialize};

use crate::document::{Document, Fault};

/// Where the server listens and how it is called.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// The API listener. Port 0 picks a free one.
    pub api: SocketAddr,
    /// The admin listener: metrics and health, on loopback.
    pub admin: SocketAddr,
    /// How clients call the API; by default `https://localhost:PORT`.
    pub public_url: Option<String>,
    /// The names of the API; absent: those of the server's certificate, and that of the public URL. Other hosts are refused.
    pub domains: Option<Vec<String>>,
    /// A second name for the same listener, at which no client certificate is asked for; absent: there is none.
    pub default_endpoint: Option<String>,
    /// The stage, the first segment of `/{stage}/hello-world`.
    pub stage: String,
}

impl Default for Listen {
    fn default() -> Self {
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self {
            api: local(8443),
            admin: local(9464),
            public_url: None,
            domains: None,
            default_endpoint: None,
            stage: "test".into(),
        }
    }
}

impl Listen {
    /// How clients call the API that listens on `port`.
    pub fn url(&self, scheme: &str, port: u16) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("{scheme}://localhost:{port}"))
    }

    /// The resource server's identifier below that URL.
    pub fn identifier(&self, url: &str) -> String {
        format!("{url}/{}", self.stage)
    }

    pub(super) fn check(&self, document: &Document<'_>) -> Result<(), Fault> {
        if let Some(url) = &self.public_url
            && !is_origin(url)
        {
            let message = format!("`{url}` is no https URL without path");
            let remedy = "write it as clients type it, such as \"https://api.example\" or \"https://localhost:8443\"";
            return Err(document.fault_at_key("listen.public_url", message, remedy));
        }
        if !self.admin.ip().is_loopback() {
            let message = format!("{} is not a loopback address, and the admin listener has no lock", self.admin);
            return Err(document.fault_at_key("listen.admin", message, "write 127.0.0.1 or [::1] and a port"));
        }
        self.check_names(document)?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if self.stage.is_empty() || !self.stage.bytes().all(plain) {
            let message = format!("`{}` cannot be a segment of a path", self.stage);
            return Err(document.fault_at_key("listen.stage", message, "use letters, digits, `-` and `_`"));
        }
        Ok(())
    }
}

impl Listen {
    fn check_names(&self, document: &Document<'_>) -> Result<(), Fault> {
        let hosts = "write host names without scheme and port, such as \"api.example\"";
        if self.domains.as_ref().is_some_and(Vec::is_empty) {
            return Err(document.fault_at_key("listen.domains", "an empty list would shut everyone out", hosts));
        }
        if let Some(odd) = self.domains.iter().flatten().find(|name| !is_host(name)) {
            return Err(document.fault_at_key("listen.domains", format!("`{}` is no host", odd.escape_debug()), hosts));
        }
        let Some(name) = &self.default_endpoint else { return Ok(()) };
        // SNI has no addresses (RFC 6066 §3), and by it the name is known.
        if !is_host(name) || name.parse::<IpAddr>().is_ok() {
            let message = format!("`{}` is no host name that TLS can ask for", name.escape_debug());
            return Err(document.fault_at_key("listen.default_endpoint", message, hosts));
        }
        let public = self.public_url.as_deref().and_then(|url| url.parse::<Uri>().ok());
        let public = public.as_ref().and_then(Uri::host).unwrap_or("localhost");
        let is_it = |other: &str| other.eq_ignore_ascii_case(name);
        if is_it(public) || self.domains.iter().flatten().any(|domain| is_it(domain)) {
            let message = "is a name of the API itself, which would be left without its lock";
            return Err(document.fault_at_key("listen.default_endpoint", message, "choose a name of its own for it"));
        }
        Ok(())
    }
}

/// A host as `Host` and SNI write it: labels, or an address.
fn is_host(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let is_name = text.len() <= 253 && text.split('.').all(|label| !label.is_empty() && label.bytes().all(plain));
    is_name || text.parse::<IpAddr>().is_ok()
}

fn is_origin(url: &str) -> bool {
    url.parse::<Uri>()
        .is_ok_and(|uri| uri.scheme_str() == Some("https") && uri.path() == "/" && !url.ends_with('/') && uri.query().is_none())
}
