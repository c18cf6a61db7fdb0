//! What is known of the other end of a connection before any request is read.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::SystemTime,
};

/// The other end of one accepted connection. Stamped into every request of that connection.
#[derive(Debug)]
pub struct Peer {
    /// The socket's address, canonical.
    pub address: SocketAddr,
    /// What TLS established; `None` on plain HTTP.
    pub tls: Option<TlsPeer>,
}

/// What one TLS handshake established.
#[derive(Debug)]
pub struct TlsPeer {
    /// Whether an earlier session was resumed, so that no certificate was verified now.
    pub resumed: bool,
    /// The client's certificate, verified against its CA in this handshake or in the one that it resumes.
    pub certificate: Option<ClientCertificate>,
}

/// A client certificate, read once per connection.
#[derive(Debug)]
pub struct ClientCertificate {
    /// The content octets of the serial number, leading zero included.
    pub serial: Serial,
    /// The issuer's distinguished name, DER: serials are unique per issuer only.
    pub issuer: Arc<[u8]>,
    /// The subject's common name, for people.
    pub common_name: Option<Arc<str>>,
    /// DNS and URI names of the subject alternative name extension.
    pub names: Vec<Arc<str>>,
    /// The end of validity.
    pub not_after: SystemTime,
}

/// A certificate's serial number as DER content octets.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Serial(pub Arc<[u8]>);

impl Serial {
    /// From lower-case or upper-case hexadecimal, colons allowed.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':').collect();
        if digits.is_empty() || digits.len() % 2 == 1 || digits.len() > 80 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let octets = digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        octets.collect::<Option<Vec<u8>>>().map(|all| Self(all.into()))
    }
}

impl std::fmt::Display for Serial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl std::fmt::Debug for Serial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Serial({self})")
    }
}

impl Peer {
    /// The address that policy looks at.
    pub fn ip(&self) -> IpAddr {
        self.address.ip()
    }

    /// The client certificate, if one was presented.
    pub fn certificate(&self) -> Option<&ClientCertificate> {
        self.tls.as_ref()?.certificate.as_ref()
    }
}
