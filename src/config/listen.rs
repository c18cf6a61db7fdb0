//! Addresses and names.

use std::net::{Ipv4Addr, SocketAddr};

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
    /// The stage, the first segment of `/{stage}/hello-world`.
    pub stage: String,
}

impl Default for Listen {
    fn default() -> Self {
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self { api: local(8443), admin: local(9464), public_url: None, stage: "test".into() }
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
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        if self.stage.is_empty() || !self.stage.bytes().all(plain) {
            let message = format!("`{}` cannot be a segment of a path", self.stage);
            return Err(document.fault_at_key("listen.stage", message, "use letters, digits, `-` and `_`"));
        }
        Ok(())
    }
}

fn is_origin(url: &str) -> bool {
    url.parse::<Uri>()
        .is_ok_and(|uri| uri.scheme_str() == Some("https") && uri.path() == "/" && !url.ends_with('/') && uri.query().is_none())
}
