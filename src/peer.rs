//! What is known of the other end of a connection before any request is read.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock},
    time::SystemTime,
};

use crate::denial::Reason;

/// The other end of one accepted connection. Stamped into every request of that connection.
#[derive(Debug)]
pub struct Peer {
    /// Who is there, canonical: the socket's address, or the one that a proxy there has named before anything else.
    pub address: SocketAddr,
    /// The socket's address, when it is that of such a proxy.
    pub via: Option<IpAddr>,
    /// What TLS established; `None` on plain HTTP.
    pub tls: Option<TlsPeer>,
}

/// What one TLS handshake established.
#[derive(Debug)]
pub struct TlsPeer {
    /// The name that the client asked for (SNI, RFC 6066 §3), in lower case. Clients that dial an address ask for none.
    pub server_name: Option<Arc<str>>,
    /// Which of the listener's configurations the name led to.
    pub entrance: Entrance,
    /// Whether an earlier session was resumed, so that TLS itself verified no certificate now.
    pub resumed: bool,
    /// What the client showed of itself.
    pub shown: Shown,
}

/// Which way in a connection took: chosen by the name that TLS was asked for, before any certificate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entrance {
    /// The one with the lock.
    Lock,
    /// The one beside it, where nobody is asked for a certificate.
    DefaultEndpoint,
}

/// What a client showed of itself in TLS.
#[derive(Debug)]
pub enum Shown {
    /// No certificate.
    Nothing,
    /// A certificate of a CA that counts, with the proof of its key.
    Verified(Arc<ClientCertificate>),
    /// A certificate that does not count, where that is told in HTTP instead of by an alert. Nobody is known by it.
    Refused {
        /// Why it does not count.
        reason: Reason,
        /// What exactly, for the record.
        cause: String,
    },
}

/// A client certificate, read once per connection. Made only of verified ones.
#[derive(Debug)]
pub struct ClientCertificate {
    /// The content octets of the serial number, leading zero included.
    pub serial: Serial,
    /// The issuer's distinguished name, DER: serials are unique per issuer only.
    pub issuer: Arc<[u8]>,
    /// The attributes of the subject's distinguished name, in its order.
    pub subject: Vec<Attribute>,
    /// DNS and URI names of the subject alternative name extension.
    pub names: Vec<Name>,
    /// SHA-256 of the public key (`SubjectPublicKeyInfo`, DER).
    pub key: [u8; 32],
    /// The end of validity: its own, or that of a CA above it where that is earlier.
    pub not_after: SystemTime,
    /// The CAs between it and the one that is trusted, each by issuer and serial.
    pub intermediates: Vec<(Arc<[u8]>, Serial)>,
    /// The CA that is trusted, by its public key (`SubjectPublicKeyInfo`, DER).
    pub anchor: Arc<[u8]>,
    /// What the rules for names make of it, once somebody has asked: they do not change while a server runs.
    pub ruled: OnceLock<Ruled>,
}

/// What rules for names make of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruled {
    /// It bears no name that is accepted.
    NotAccepted,
    /// Callers are told apart by rules, and none is about it.
    Nobodys,
    /// There are no rules about callers.
    ByItself,
    /// The rule at this place says who it is.
    By(usize),
}

/// One attribute of a distinguished name (RFC 4514 §2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// `CN`, `O`, …; dotted numbers where there is no short word.
    pub kind: Arc<str>,
    /// The value as text.
    pub value: Arc<str>,
}

/// A subject alternative name (RFC 5280 §4.2.1.6) of a kind that callers are known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// A host name.
    Dns(Arc<str>),
    /// A URI, such as a SPIFFE id.
    Uri(Arc<str>),
}

impl Name {
    /// The name without its kind.
    pub fn text(&self) -> &Arc<str> {
        let (Self::Dns(text) | Self::Uri(text)) = self;
        text
    }
}

impl ClientCertificate {
    /// The subject's common name.
    pub fn common_name(&self) -> Option<&Arc<str>> {
        self.subject.iter().find(|attribute| &*attribute.kind == "CN").map(|attribute| &attribute.value)
    }
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

impl TlsPeer {
    /// The client certificate, if one was verified.
    pub fn certificate(&self) -> Option<&Arc<ClientCertificate>> {
        match &self.shown {
            Shown::Verified(certificate) => Some(certificate),
            Shown::Nothing | Shown::Refused { .. } => None,
        }
    }
}

impl Peer {
    /// The address that policy looks at.
    pub fn ip(&self) -> IpAddr {
        self.address.ip()
    }

    /// The client certificate, if one was verified.
    pub fn certificate(&self) -> Option<&Arc<ClientCertificate>> {
        self.tls.as_ref()?.certificate()
    }

    /// Which way in it took. Without TLS there is one only.
    pub fn entrance(&self) -> Entrance {
        self.tls.as_ref().map_or(Entrance::Lock, |tls| tls.entrance)
    }
}
