//! An open connection that carries requests, one after the other.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, header::HOST};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    body::Incoming,
    client::conn::{http1, http2},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::CertificateDer;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinHandle,
    time::timeout,
};

use super::{
    Broken, Meter, Origin, Protocol, Stage,
    broken::chain,
    streams::{Seen, Witness},
};

/// An answer, whole.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The status.
    pub status: StatusCode,
    /// The header fields.
    pub headers: HeaderMap,
    /// The body, as long as [`Dial::longest_body`] allows.
    ///
    /// [`Dial::longest_body`]: super::Dial::longest_body
    pub body: Bytes,
}

impl Exchange {
    /// A header field as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON, or null.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// What is known of a connection once it stands.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) origin: Origin,
    pub(super) protocol: Protocol,
    pub(super) meter: Meter,
    pub(super) witness: Witness,
    pub(super) resumed: bool,
    pub(super) server: Option<CertificateDer<'static>>,
    pub(super) version: Option<&'static str>,
    pub(super) agreed: Option<String>,
    pub(super) limit: Duration,
    pub(super) longest_body: usize,
}

/// An open connection. Dropping it closes it.
pub struct Connection {
    sender: Sender,
    driver: JoinHandle<()>,
    opened: Opened,
    answered: bool,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Connection {
    pub(super) async fn open<S>(stream: S, opened: Opened) -> Result<Self, Broken>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let io = TokioIo::new(stream);
        // The driver's own error is dropped: the witness has seen its cause.
        let spawned = match opened.protocol {
            Protocol::Http1 => http1::handshake(io)
                .await
                .map(|(sender, driver)| (Sender::Http1(sender), tokio::spawn(async move { drop(driver.await) }))),
            Protocol::Http2 => http2::handshake(TokioExecutor::new(), io)
                .await
                .map(|(sender, driver)| (Sender::Http2(sender), tokio::spawn(async move { drop(driver.await) }))),
        };
        match spawned {
            Ok((sender, driver)) => Ok(Self { sender, driver, opened, answered: false }),
            Err(error) => Err(broken(&opened, false, &error)),
        }
    }

    /// Sends one request and reads its answer whole. The URI of `request` is a path; `Host` follows from the origin unless set.
    ///
    /// # Errors
    /// [`Stage::Handshake`] when the server refuses the client certificate only now (TLS 1.3), [`Stage::Closed`] when the
    /// connection ends without an answer, [`Stage::Deadline`], [`Stage::Unreadable`].
    pub async fn send(&mut self, request: &Request<Bytes>) -> Result<Exchange, Broken> {
        let limit = self.opened.limit;
        let Ok(done) = timeout(limit, self.send_now(request)).await else {
            return Err(Broken::new(Stage::Deadline, format!("no answer within {limit:?}")));
        };
        self.answered |= done.is_ok();
        done
    }

    async fn send_now(&mut self, request: &Request<Bytes>) -> Result<Exchange, Broken> {
        let request = self.addressed(request)?;
        let sent = match &mut self.sender {
            Sender::Http1(sender) => match sender.ready().await {
                Ok(()) => sender.send_request(request).await,
                Err(error) => Err(error),
            },
            Sender::Http2(sender) => match sender.ready().await {
                Ok(()) => sender.send_request(request).await,
                Err(error) => Err(error),
            },
        };
        match sent {
            Ok(response) => read(response, self.opened.longest_body).await,
            Err(error) => Err(broken(&self.opened, self.answered, &error)),
        }
    }

    /// HTTP/1.1 wants a path and `Host`, HTTP/2 an absolute URI, and what `Host` would say in it (RFC 9113 §8.3.1).
    fn addressed(&self, request: &Request<Bytes>) -> Result<Request<Full<Bytes>>, Broken> {
        let unusable = |what: &dyn fmt::Display| Broken::new(Stage::Connect, format!("the request cannot be sent: {what}"));
        let (mut parts, body) = request.clone().into_parts();
        if matches!(self.sender, Sender::Http1(_)) {
            if !parts.headers.contains_key(HOST) {
                let host = HeaderValue::try_from(self.opened.origin.authority()).map_err(|error| unusable(&error))?;
                parts.headers.insert(HOST, host);
            }
        } else {
            let path = parts.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
            let scheme = if self.opened.origin.secure { "https" } else { "http" };
            let authority = match parts.headers.remove(HOST) {
                Some(host) => String::from_utf8_lossy(host.as_bytes()).into_owned(),
                None => self.opened.origin.authority(),
            };
            parts.uri = Uri::try_from(format!("{scheme}://{authority}{path}")).map_err(|error| unusable(&error))?;
        }
        Ok(Request::from_parts(parts, Full::new(body)))
    }

    /// The certificate that the server showed, or had shown when the resumed session began; nothing on plain HTTP.
    pub fn server_certificate(&self) -> Option<&[u8]> {
        self.opened.server.as_deref()
    }

    /// Whether the handshake resumed an earlier session.
    pub fn is_resumed(&self) -> bool {
        self.opened.resumed
    }

    /// `TLS 1.2`, `TLS 1.3`, or nothing on plain HTTP.
    pub fn tls_version(&self) -> Option<&'static str> {
        self.opened.version
    }

    /// What TLS agreed upon, `TLS 1.3, TLS13_AES_128_GCM_SHA256, X25519`, or nothing on plain HTTP.
    pub fn agreed(&self) -> Option<&str> {
        self.opened.agreed.as_deref()
    }

    /// The bytes that went over the socket, TLS included.
    pub fn meter(&self) -> &Meter {
        &self.opened.meter
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("opened", &self.opened).finish_non_exhaustive()
    }
}

async fn read(response: Response<Incoming>, longest_body: usize) -> Result<Exchange, Broken> {
    let (parts, body) = response.into_parts();
    match Limited::new(body, longest_body).collect().await {
        Ok(body) => Ok(Exchange { status: parts.status, headers: parts.headers, body: body.to_bytes() }),
        Err(error) => Err(Broken::new(Stage::Unreadable, error.to_string())),
    }
}

/// An alert before the first answer belongs to the handshake: a TLS 1.3 client cannot hear it earlier.
fn broken(opened: &Opened, answered: bool, error: &hyper::Error) -> Broken {
    match opened.witness.seen() {
        Some(Seen { alert: Some(alert), why }) if !answered => {
            Broken { stage: Stage::Handshake, alert: Some(alert.clone()), why: why.clone() }
        }
        Some(Seen { alert, why }) => Broken { stage: Stage::Closed, alert: alert.clone(), why: why.clone() },
        None if error.is_parse() => Broken::new(Stage::Unreadable, chain(error)),
        None => Broken::new(Stage::Closed, chain(error)),
    }
}
