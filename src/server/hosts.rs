//! By which names the server is called. Whoever asks TLS for one name and HTTP for another is at the wrong door.

use std::{net::IpAddr, sync::Arc};

use arc_swap::ArcSwap;
use http::{HeaderMap, Uri, header::HOST, uri::Authority};

use crate::{
    config::Listen,
    denial::{Denial, Reason},
    guard::Guard,
    mode::Mode,
    peer::{Entrance, Peer},
};

/// The names that the server's certificate is for. They change with it.
pub(super) type CertificateNames = ArcSwap<Vec<String>>;

/// The names of the API.
#[derive(Debug)]
pub(super) struct Hosts {
    /// Those that are configured, or that the public URL and the listener have.
    own: Vec<String>,
    /// Those of the certificate, unless names are configured.
    certificate: Option<Arc<CertificateNames>>,
    default_endpoint: Option<String>,
}

impl Hosts {
    /// The names of a server in this mode that is called by `url` and listens at `address`.
    pub(super) fn new(listen: &Listen, mode: Mode, url: &str, address: IpAddr, certificate: Arc<CertificateNames>) -> Self {
        // Where the lock does not stand in TLS, the default endpoint is one more name before the same lock.
        let (door, name) = match mode {
            Mode::Mtls => (listen.default_endpoint.clone(), None),
            Mode::Open | Mode::Jwt | Mode::Apikey => (None, listen.default_endpoint.clone()),
        };
        let public = || url.parse::<Uri>().ok().and_then(|uri| uri.host().map(|host| bare(host).to_owned()));
        let listening = Some(address).filter(|address| !address.is_unspecified()).map(|address| address.to_string());
        let own = listen.domains.clone().unwrap_or_else(|| public().into_iter().chain(listening).collect());
        let certificate = Some(certificate).filter(|_| listen.domains.is_none());
        Self { own: own.into_iter().chain(name).collect(), certificate, default_endpoint: door }
    }

    /// Whether the host that a request names (RFC 9110 §7.2) is the one that TLS was asked for, and served there.
    ///
    /// # Errors
    /// `protocol_error` when it names none, or several; `wrong_door` when it is another one.
    pub(super) fn check(&self, peer: &Peer, uri: &Uri, headers: &HeaderMap) -> Result<(), Denial> {
        let named = named(headers)?;
        // In HTTP/2, and in an absolute target, the URI names it; both must agree (RFC 9113 §8.3.1).
        let host = match (uri.authority(), named) {
            (Some(target), Some(named)) if !same(target.host(), named) => return Err(wrong("target and Host differ")),
            (Some(target), _) => target.host(),
            (None, Some(named)) => named,
            (None, None) => return Err(Denial::new(Reason::ProtocolError, "the request names no host")),
        };
        let host = bare(host);
        if !Guard::WrongDoor.stands() {
            return Ok(());
        }
        if peer.tls.as_ref().and_then(|tls| tls.server_name.as_deref()).is_some_and(|asked| !same(asked, host)) {
            return Err(wrong("TLS was asked for another name"));
        }
        if self.is_served(peer.entrance(), host) { Ok(()) } else { Err(wrong("not a name of this API")) }
    }

    /// Whether a request to the operator's listener names it: by an address, as this machine, by a name of the API, or not at all, as
    /// simple probes do. Any other name may have been pointed at this machine by the page that a browser shows (DNS rebinding).
    ///
    /// # Errors
    /// `protocol_error` when it cannot be read; `wrong_door` when it is another one.
    pub(super) fn check_operators(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Denial> {
        let target = uri.authority().map(Authority::host);
        let is_here =
            |host: &str| same(host, "localhost") || host.parse::<IpAddr>().is_ok() || self.is_served(Entrance::Lock, host);
        if [target, named(headers)?].into_iter().flatten().all(|host| is_here(bare(host))) {
            Ok(())
        } else {
            Err(wrong("not a name of this listener"))
        }
    }

    fn is_served(&self, entrance: Entrance, host: &str) -> bool {
        let is_default = self.default_endpoint.as_deref().is_some_and(|name| same(name, host));
        match entrance {
            Entrance::DefaultEndpoint => is_default,
            Entrance::Lock if is_default => false,
            Entrance::Lock => self.own.iter().any(|name| same(name, host)) || self.is_in_certificate(host),
        }
    }

    fn is_in_certificate(&self, host: &str) -> bool {
        let stands_for = |name: &String| match name.strip_prefix("*.") {
            Some(parent) => host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && same(rest, parent)),
            None => same(name, host),
        };
        self.certificate.as_ref().is_some_and(|names| names.load().iter().any(stands_for))
    }
}

/// What `Host` says; one that cannot be read is as bad as two.
fn named(headers: &HeaderMap) -> Result<Option<&str>, Denial> {
    let mut fields = headers.get_all(HOST).iter();
    let odd = |cause| Denial::new(Reason::ProtocolError, cause);
    match (fields.next(), fields.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(odd("Host is there twice")),
        (Some(field), None) => match field.to_str().ok().and_then(host_of) {
            Some(host) => Ok(Some(host)),
            None => Err(odd("Host cannot be read")),
        },
    }
}

/// The host of `host[:port]` (RFC 9110 §7.2): a name, an address, or an address of IPv6 in brackets.
fn host_of(text: &str) -> Option<&str> {
    let end = match text.strip_prefix('[') {
        Some(inside) => inside.find(']')? + 2,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (host, port) = text.split_at(end);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let in_brackets = |byte: u8| byte.is_ascii_hexdigit() || b"[:.]".contains(&byte);
    let is_host = !host.is_empty() && (host.bytes().all(plain) || (host.starts_with('[') && host.bytes().all(in_brackets)));
    let is_port = port.is_empty() || (port.starts_with(':') && port[1..].bytes().all(|byte| byte.is_ascii_digit()));
    (is_host && is_port).then_some(host)
}

/// Without the brackets of an address and the dot that ends an absolute name.
fn bare(host: &str) -> &str {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host)
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn wrong(cause: &'static str) -> Denial {
    Denial::new(Reason::WrongDoor, cause)
}

#[cfg(test)]
mod tests;
