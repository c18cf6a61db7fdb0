//! Heads that the HTTP library refuses itself: it answers without a request, so the application never hears of them.

use std::{net::SocketAddr, sync::Arc};

use super::{Handshakes, RefusedHandshake};
use crate::denial::Reason;

/// Tells of the answer to no request, once: the library closes the connection after it.
#[derive(Debug)]
pub(super) struct BadHead {
    handshakes: Arc<dyn Handshakes>,
    address: SocketAddr,
    is_told: bool,
}

impl BadHead {
    pub(super) fn new(handshakes: Arc<dyn Handshakes>, address: SocketAddr) -> Self {
        Self { handshakes, address, is_told: false }
    }

    /// Looks at what is about to be written while no request was ever begun.
    pub(super) fn look(&mut self, octets: &[u8]) {
        if self.is_told {
            return;
        }
        if let Some((reason, cause)) = refusal(octets) {
            self.is_told = true;
            self.handshakes.refused(RefusedHandshake::new(self.address, reason, cause));
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
