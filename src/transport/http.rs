//! HTTP settings: the libraries' own limits are wide, and none of their timers runs unless asked.

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use axum_server::Server;
use hyper_util::rt::TokioTimer;

use super::Acceptor;
use crate::exit::Failure;

/// How often an HTTP/2 peer is asked whether it is still there, and how long it may take to say so.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// How many times the application's limit the transport reads of a head, so that the application answers 431 itself.
const HEAD_ROOM: usize = 4;

/// How many header fields the transport reads, of which hyper's own limit is 100: what 16 KiB hold of the size that fields usually
/// have. The parser clears room for that many with each request, which is why it is not what the limit holds of the smallest.
const HEAD_FIELDS: usize = 256;

/// A server on this listener whose connections pass the acceptor. TLS chooses HTTP/2 or HTTP/1 by ALPN; plain is HTTP/1.
///
/// The timers of heads and idle connections are the acceptor's: hyper's header timer would also close idle connections,
/// HTTP/2 has neither.
///
/// # Errors
/// Exit 3 when the listener cannot be used.
pub fn server(listener: TcpListener, acceptor: Acceptor) -> Result<Server<SocketAddr, Acceptor>, Failure> {
    let server = axum_server::from_tcp(listener);
    let server = server.map_err(|error| Failure::environment(format!("cannot listen: {error}")))?;
    let (limits, is_plain) = (*acceptor.limits(), acceptor.is_plain());
    let mut server = server.acceptor(acceptor).accept_error_handler(|address, error| {
        // Only accept(2) itself: what was refused after it has its own record.
        if address.is_none() {
            tracing::error!(%error, "cannot accept connections");
        }
    });
    let head = limits.header_bytes.saturating_mul(HEAD_ROOM).max(8192);
    let http = server.http_builder();
    http.http1().timer(TokioTimer::new()).max_buf_size(head).max_headers(HEAD_FIELDS);
    http.http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT)
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(u32::try_from(head).unwrap_or(u32::MAX));
    Ok(if is_plain { server.http1_only() } else { server })
}
