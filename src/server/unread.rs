//! Bodies that nobody read. HTTP/1 cannot go on behind one: the transport ends the connection then, so the answer says that it does
//! (RFC 9112 §9.3), and no caller sends its next request into the end. What little is on its way already is let in first.

use std::{
    mem,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use axum::{body::Body, extract::Request, response::Response};
use bytes::Bytes;
use http::{
    HeaderValue, Version,
    header::{CONNECTION, EXPECT},
};
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::{BodyExt, Limited};
use tokio::time::timeout;

/// So much of a body is read for nothing but that the connection can go on, and for so long it is waited for.
const LITTLE: usize = 64 * 1024;
const SOON: Duration = Duration::from_millis(50);

/// The body of a request; `None` where there is none, or where the next request does not wait for its end.
pub(super) struct Reading(Option<Watch>);

struct Watch {
    left: Arc<Mutex<Left>>,
    /// Whether the caller keeps the body back until it is asked for (RFC 9110 §10.1.1).
    is_kept_back: bool,
}

/// What is left of a body.
enum Left {
    /// Somebody still has it.
    Taken,
    /// This, which nobody wanted.
    Over(Body),
    /// Nothing: it was read to its end.
    Nothing,
}

impl Reading {
    /// Watches the body of a request.
    pub(super) fn of(request: &mut Request) -> Self {
        if request.body().is_end_stream() || request.version() > Version::HTTP_11 {
            return Self(None);
        }
        let left = Arc::new(Mutex::new(Left::Taken));
        let is_kept_back = request.headers().contains_key(EXPECT);
        let body = mem::take(request.body_mut());
        *request.body_mut() = Body::new(Watched { body, is_read: false, left: Arc::clone(&left) });
        Self(Some(Watch { left, is_kept_back }))
    }

    /// Says in the answer that the connection ends, if it must and that is not said yet.
    pub(super) async fn finish(self, response: &mut Response) {
        let Some(Watch { left, is_kept_back }) = self.0.filter(|_| !response.headers().contains_key(CONNECTION)) else { return };
        let left = mem::replace(&mut *left.lock().unwrap_or_else(PoisonError::into_inner), Left::Taken);
        let is_over = match left {
            Left::Nothing => true,
            Left::Over(body) => !is_kept_back && let_in(body).await,
            Left::Taken => false,
        };
        if !is_over {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// Whether the rest of a body is little, and here soon.
async fn let_in(body: Body) -> bool {
    timeout(SOON, Limited::new(body, LITTLE).collect()).await.is_ok_and(|rest| rest.is_ok())
}

/// A body that leaves behind what was not read of it.
struct Watched {
    body: Body,
    is_read: bool,
    left: Arc<Mutex<Left>>,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        self.is_read |= matches!(polled, Poll::Ready(None));
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let body = mem::take(&mut self.body);
        let left = if self.is_read || body.is_end_stream() { Left::Nothing } else { Left::Over(body) };
        *self.left.lock().unwrap_or_else(PoisonError::into_inner) = left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn little_that_is_here_is_let_in_and_no_more() {
        assert!(let_in(Body::from(vec![0; LITTLE])).await);
        assert!(!let_in(Body::from(vec![0; LITTLE + 1])).await);
    }
}
