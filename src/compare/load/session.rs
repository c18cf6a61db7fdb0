//! Calls over one connection, or over a new one each time.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header::AUTHORIZATION};

use super::{Start, Target};
use crate::{
    caller::{Connection, Dial, Exchange, Protocol, token::access_token},
    compare::findings::Shape,
    wire::HELLO_BODY,
};

/// A caller at work.
#[derive(Debug)]
pub(super) struct Session<'a> {
    target: &'a Target,
    dial: Dial,
    call: Request<Bytes>,
    shape: Shape,
    open: Option<Connection>,
    /// Whether there is a TLS session to resume.
    known: bool,
    /// Bytes of the connections that are closed by now.
    closed_bytes: u64,
}

impl<'a> Session<'a> {
    pub(super) fn new(target: &'a Target, shape: Shape) -> Self {
        let (dial, call) = (dial(target, shape), target.call.clone());
        Self { target, dial, call, shape, open: None, known: false, closed_bytes: 0 }
    }

    /// Makes one call and checks that it was served.
    pub(super) async fn call(&mut self) -> Result<(), String> {
        let mut connection = match self.open.take() {
            Some(open) => open,
            None => self.connect().await?,
        };
        let answer = connection.send(&self.call).await;
        if matches!(self.shape, Shape::Kept | Shape::Http2) && answer.is_ok() {
            self.open = Some(connection);
        } else {
            self.closed_bytes += bytes(&connection);
            drop(connection);
        }
        served(&answer.map_err(|broken| broken.to_string())?)
    }

    async fn connect(&mut self) -> Result<Connection, String> {
        let connection = Box::pin(self.dial.connect()).await.map_err(|broken| broken.to_string())?;
        // The first one gets the ticket. Every later one that shakes hands in full would be measured as what it is not.
        if self.shape == Shape::Resumed && self.known && !connection.is_resumed() {
            return Err("the server did not resume the TLS session".into());
        }
        self.known = true;
        Ok(connection)
    }

    /// Gets anew what a visit begins with.
    pub(super) async fn begin(&mut self, start: Start) -> Result<(), String> {
        match start {
            Start::Nothing => {}
            Start::Connection => {
                if let Some(open) = self.open.take() {
                    self.closed_bytes += bytes(&open);
                }
            }
            Start::Token => {
                let (value, spent) = fetched(self.target).await?;
                self.closed_bytes += spent;
                self.call.headers_mut().insert(AUTHORIZATION, value);
            }
        }
        Ok(())
    }

    /// Lets a dropped connection close now instead of during the next call.
    pub(super) async fn settle(&self) {
        tokio::task::yield_now().await;
    }

    /// Bytes in both directions since the beginning.
    pub(super) fn bytes(&self) -> u64 {
        self.closed_bytes + self.open.as_ref().map_or(0, bytes)
    }
}

/// How a caller of this shape connects.
fn dial(target: &Target, shape: Shape) -> Dial {
    let mut dial = target.dial.clone();
    match shape {
        Shape::Resumed => dial.tls = dial.tls.map(|tls| tls.with_resumption()),
        Shape::Http2 => {
            dial.protocol = Protocol::Http2;
            dial.tls = dial.tls.map(|tls| tls.speaking(Protocol::Http2));
        }
        Shape::First | Shape::Fresh | Shape::Kept => {}
    }
    dial
}

/// From nothing to the answer: how long, and how many bytes.
///
/// A token is fetched over a connection of its own, as from an authorization server elsewhere.
///
/// # Errors
/// A sentence when the token was not given or the call not served.
pub async fn first_call(target: &Target) -> Result<(Duration, u64), String> {
    let begun = Instant::now();
    let mut total = 0;
    let mut call = target.call.clone();
    if target.token.is_some() {
        let (value, spent) = fetched(target).await?;
        call.headers_mut().insert(AUTHORIZATION, value);
        total += spent;
    }
    let (answer, connection) = once(target, &call).await?;
    let took = begun.elapsed();
    served(&answer)?;
    Ok((took, total + bytes(&connection)))
}

/// Opens so many connections, one after the other, each with one call, and keeps them all.
///
/// # Errors
/// A sentence when one was not served.
pub async fn idle(target: &Target, connections: u32) -> Result<Vec<Connection>, String> {
    let mut kept = Vec::new();
    for _ in 0..connections {
        let (answer, connection) = once(target, &target.call).await?;
        served(&answer)?;
        kept.push(connection);
    }
    Ok(kept)
}

/// Fetches a token: the header that presents it.
///
/// # Errors
/// A sentence when none was given.
pub async fn token_header(target: &Target) -> Result<HeaderValue, String> {
    fetched(target).await.map(|(value, _)| value)
}

/// The header, and the bytes that fetching it took.
async fn fetched(target: &Target) -> Result<(HeaderValue, u64), String> {
    let request = target.token.as_ref().ok_or("there is nothing to fetch a token with")?;
    let (answer, connection) = once(target, request).await?;
    let token = access_token(&answer).ok_or_else(|| format!("no token was given: {}", answer.status))?;
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|error| error.to_string())?;
    value.set_sensitive(true);
    Ok((value, bytes(&connection)))
}

async fn once(target: &Target, request: &Request<Bytes>) -> Result<(Exchange, Connection), String> {
    let mut connection = Box::pin(target.dial.connect()).await.map_err(|broken| broken.to_string())?;
    let answer = connection.send(request).await.map_err(|broken| broken.to_string())?;
    Ok((answer, connection))
}

fn served(answer: &Exchange) -> Result<(), String> {
    if answer.status != StatusCode::OK {
        return Err(format!("answered {}", answer.status));
    }
    if answer.body == HELLO_BODY { Ok(()) } else { Err("answered 200 with another body".into()) }
}

fn bytes(connection: &Connection) -> u64 {
    connection.meter().received() + connection.meter().sent()
}
