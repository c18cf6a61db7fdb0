//! Bodies that nobody read. HTTP/1 cannot go on behind one: the transport ends the connection, so the answer says that it does
//! (RFC 9112 §9.3), and no caller sends its next request into the end.

use std::{
    mem,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{body::Body, extract::Request, response::Response};
use bytes::Bytes;
use http::{HeaderValue, Version, header::CONNECTION};
use http_body::{Body as _, Frame, SizeHint};

/// Whether the body of a request was read to its end; `None` where there was none, or where it does not matter.
pub(super) struct Reading(Option<Arc<AtomicBool>>);

impl Reading {
    /// Watches the body of a request.
    pub(super) fn of(request: &mut Request) -> Self {
        if request.body().is_end_stream() || request.version() > Version::HTTP_11 {
            return Self(None);
        }
        let is_read = Arc::new(AtomicBool::new(false));
        let body = mem::take(request.body_mut());
        *request.body_mut() = Body::new(Watched { body, is_read: Arc::clone(&is_read) });
        Self(Some(is_read))
    }

    /// Says in the answer that the connection ends, if it does.
    pub(super) fn finish(self, response: &mut Response) {
        if self.0.is_some_and(|is_read| !is_read.load(Ordering::Relaxed)) {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

struct Watched {
    body: Body,
    is_read: Arc<AtomicBool>,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
            self.is_read.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
