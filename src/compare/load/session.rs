//! Calls over one connection, or over a new one each time.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header::AUTHORIZATION};

use super::Target;
use crate::{
    caller::{Connection, Exchange, token::access_token},
    compare::findings::Shape,
    wire::HELLO_BODY,
};

/// A caller at work.
#[derive(Debug)]
pub(super) struct Session<'a> {
    target: &'a Target,
    shape: Shape,
    open: Option<Connection>,
    /// Bytes of the connections that are closed by now.
    closed_bytes: u64,
}

impl<'a> Session<'a> {
    pub(super) fn new(target: &'a Target, shape: Shape) -> Self {
        Self { target, shape, open: None, closed_bytes: 0 }
    }

    /// Makes one call and checks that it was served.
    pub(super) async fn call(&mut self) -> Result<(), String> {
        let mut connection = match self.open.take() {
            Some(open) => open,
            None => self.target.dial.connect().await.map_err(|broken| broken.to_string())?,
        };
        let answer = connection.send(&self.target.call).await;
        if self.shape == Shape::Kept && answer.is_ok() {
            self.open = Some(connection);
        } else {
            self.closed_bytes += bytes(&connection);
            drop(connection);
        }
        served(&answer.map_err(|broken| broken.to_string())?)
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
    let (answer, spent) = once(target, &call).await?;
    let took = begun.elapsed();
    served(&answer)?;
    Ok((took, total + spent))
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
    let (answer, spent) = once(target, request).await?;
    let token = access_token(&answer).ok_or_else(|| format!("no token was given: {}", answer.status))?;
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose())).map_err(|error| error.to_string())?;
    value.set_sensitive(true);
    Ok((value, spent))
}

async fn once(target: &Target, request: &Request<Bytes>) -> Result<(Exchange, u64), String> {
    let mut connection = target.dial.connect().await.map_err(|broken| broken.to_string())?;
    let answer = connection.send(request).await.map_err(|broken| broken.to_string())?;
    Ok((answer, bytes(&connection)))
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
