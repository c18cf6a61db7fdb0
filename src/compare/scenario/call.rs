//! `call`: one request for the resource, as a caller makes it that means well, or does not.

use std::{collections::BTreeMap, fmt, net::IpAddr};

use serde::Deserialize;

use crate::words::words;

/// `call`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Who.
    #[serde(rename = "as")]
    pub who: String,
    /// The local address to call from.
    pub from: Option<IpAddr>,
    /// The name that TLS asks for, in place of the server's own. Who asks for another one does not check the server's certificate.
    pub sni: Option<String>,
    /// What `Host`, in HTTP/2 `:authority`, says in place of the server's name and port.
    pub host: Option<String>,
    /// The protocol above TLS.
    pub protocol: Option<Protocol>,
    /// The only version of TLS to offer; absent: both.
    pub tls: Option<TlsVersion>,
    /// On which connection.
    #[serde(default)]
    pub on: On,
    /// Further header fields, also in place of those in which the credential stands.
    #[serde(default)]
    pub header: BTreeMap<String, Field>,
    /// The path [default: `/hello-world`].
    pub path: Option<String>,
    /// A body.
    pub body: Option<String>,
    /// Get a new token first (`jwt`); nothing elsewhere.
    #[serde(default)]
    pub fresh: bool,
}

impl Call {
    /// Words in braces that its texts may hold.
    pub(super) const BLANKS: &[&str] = &["token", "credential"];

    /// A call for the resource with nothing special about it.
    pub fn plain(who: &str, on: On) -> Self {
        Self {
            who: who.to_owned(),
            from: None,
            sni: None,
            host: None,
            protocol: None,
            tls: None,
            on,
            header: BTreeMap::new(),
            path: None,
            body: None,
            fresh: false,
        }
    }

    /// Every text that may hold blanks.
    pub(super) fn texts(&self) -> Vec<&str> {
        let fields = self.header.values().flat_map(Field::values);
        fields.chain([&self.host, &self.path, &self.body].into_iter().flatten().map(String::as_str)).collect()
    }
}

/// A header field: once, or as often as it has values; none takes it away.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "a text, or a list of texts")]
pub enum Field {
    /// Once.
    Once(String),
    /// One line each.
    Lines(Vec<String>),
}

impl Field {
    /// Its values.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        match self {
            Self::Once(one) => std::slice::from_ref(one),
            Self::Lines(lines) => lines,
        }
        .iter()
        .map(String::as_str)
    }
}

words! {
    /// On which connection a call goes.
    #[derive(Default)]
    pub enum On {
        /// A new one, with a full handshake.
        #[default]
        New = "new",
        /// The one of the caller's last call.
        Kept = "kept",
        /// A new one that resumes the TLS session of the caller's last call.
        Resumed = "resumed",
    }
}

words! {
    /// The protocol above TLS.
    #[derive(Default)]
    pub enum Protocol {
        /// HTTP/1.1.
        #[default]
        Http1 = "http1",
        /// HTTP/2.
        Http2 = "http2",
    }
}

words! {
    /// A version of TLS to insist on.
    pub enum TlsVersion {
        /// TLS 1.2 only.
        V12 = "1.2",
        /// TLS 1.3 only.
        V13 = "1.3",
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "call as {}", self.who)?;
        match self.on {
            On::New => {}
            On::Kept => f.write_str(" on the kept connection")?,
            On::Resumed => f.write_str(" on a resumed session")?,
        }
        if self.protocol == Some(Protocol::Http2) {
            f.write_str(" over HTTP/2")?;
        }
        if let Some(version) = self.tls {
            write!(f, " over TLS {version}")?;
        }
        if let Some(name) = &self.sni {
            write!(f, ", asking TLS for {name}")?;
        }
        if let Some(host) = &self.host {
            write!(f, ", with the host {host}")?;
        }
        self.from.map_or(Ok(()), |from| write!(f, " from {from}"))
    }
}
