//! Heads that the HTTP library refuses itself: it answers without a request, so the application never hears of them. And TLS
//! that breaks after the handshake, of which it says nothing at all.

use std::{io, sync::Arc};

use super::{Handshakes, RefusedHandshake, refusal::tls_error, verifier::Seen};
use crate::{denial::Reason, peer::Peer};

/// Tells of the answer to no request, or of the end of TLS, once: the library closes the connection after either.
#[derive(Debug)]
pub(super) struct BadHead {
    handshakes: Arc<dyn Handshakes>,
    peer: Arc<Peer>,
    is_told: bool,
}

impl BadHead {
    pub(super) fn new(handshakes: Arc<dyn Handshakes>, peer: Arc<Peer>) -> Self {
        Self { handshakes, peer, is_told: false }
    }

    /// Looks at what is about to be written while no request was ever begun.
    pub(super) fn look(&mut self, octets: &[u8]) {
        if let Some((reason, cause)) = refusal(octets) {
            self.tell(RefusedHandshake::new(self.peer.address, reason, cause));
        }
    }

    /// Looks at why nothing more can be read. A renegotiation ends like this (RFC 5246 §7.2.2), and whatever is no TLS; a caller
    /// that just went away does not.
    pub(super) fn broken_by(&mut self, error: &io::Error) {
        if tls_error(error).is_some() {
            self.tell(RefusedHandshake::of(self.peer.address, error, &Seen::default()));
        }
    }

    fn tell(&mut self, refusal: RefusedHandshake) {
        if !self.is_told {
            self.is_told = true;
            self.handshakes.refused(RefusedHandshake { via: self.peer.via, ..refusal });
        }
    }
}

/// What an HTTP/1 status line refuses. HTTP/2 writes frames, of its own accord too.
fn refusal(octets: &[u8]) -> Option<(Reason, &'static str)> {
    let status = octets.strip_prefix(b"HTTP/1.1 ").or_else(|| octets.strip_prefix(b"HTTP/1.0 "))?;
    match status.get(..3)? {
        b"431" => Some((Reason::TooLarge, "the head of the first request is more than is read")),
        b"414" => Some((Reason::TooLarge, "the target of the first request is more than is read")),
        _ => Some((Reason::ProtocolError, "what came is no request of HTTP")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_line_says_what_was_refused() {
        let reason = |octets: &[u8]| refusal(octets).map(|(reason, _)| reason);
        assert_eq!(reason(b"HTTP/1.1 400 Bad Request\r\n"), Some(Reason::ProtocolError));
        assert_eq!(reason(b"HTTP/1.0 400 Bad Request\r\n"), Some(Reason::ProtocolError));
        assert_eq!(reason(b"HTTP/1.1 431 Request Header Fields Too Large\r\n"), Some(Reason::TooLarge));
        assert_eq!(reason(b"HTTP/1.1 414 URI Too Long\r\n"), Some(Reason::TooLarge));
        for other in [&b""[..], b"HTTP/1.1 ", b"\0\0\x12\x04\0\0\0\0\0"] {
            assert_eq!(reason(other), None);
        }
    }
}
