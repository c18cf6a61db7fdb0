//! The service of one connection: stamps every request with its peer, and counts it until its response has ended.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::http::{Request, Response};
use futures_util::{
    FutureExt,
    future::{Join, Map, Ready, join, ready},
};
use http_body::{Body, Frame, SizeHint};
use tower::Service;

use super::connection::Line;
use crate::peer::Peer;

/// Wraps the application's service for one connection.
#[derive(Debug, Clone)]
pub struct Stamp<S> {
    inner: S,
    peer: Arc<Peer>,
    line: Arc<Line>,
}

impl<S> Stamp<S> {
    pub(super) fn new(inner: S, peer: Arc<Peer>, line: Arc<Line>) -> Self {
        Self { inner, peer, line }
    }
}

/// A request under way; ends when dropped.
#[derive(Debug)]
pub struct InFlight(Arc<Line>);

impl InFlight {
    fn begin(line: &Arc<Line>) -> Self {
        line.request_began();
        Self(Arc::clone(line))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.request_ended();
    }
}

type Answered<R, E> = (Result<Response<R>, E>, InFlight);
type Handed<R, E> = Result<Response<HeldBody<R>>, E>;

impl<S, Q, R> Service<Request<Q>> for Stamp<S>
where
    S: Service<Request<Q>, Response = Response<R>>,
{
    type Response = Response<HeldBody<R>>;
    type Error = S::Error;
    /// The answer, joined with the guard: both go on together, and a request that is given up drops both.
    type Future = Map<Join<S::Future, Ready<InFlight>>, fn(Answered<R, S::Error>) -> Handed<R, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Q>) -> Self::Future {
        let in_flight = InFlight::begin(&self.line);
        request.extensions_mut().insert(Arc::clone(&self.peer));
        join(self.inner.call(request), ready(in_flight)).map(hold)
    }
}

fn hold<R, E>((answer, in_flight): Answered<R, E>) -> Handed<R, E> {
    answer.map(|response| response.map(|body| HeldBody { body, _in_flight: in_flight }))
}

/// A response body that keeps its request counted until it is sent or given up.
#[derive(Debug)]
pub struct HeldBody<B> {
    body: B,
    _in_flight: InFlight,
}

impl<B: Body + Unpin> Body for HeldBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
