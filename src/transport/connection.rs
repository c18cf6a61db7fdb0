//! One connection's bytes, and the line that can be cut: by a revocation, by a deadline.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use futures_util::task::AtomicWaker;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};

use super::bad_head::BadHead;

/// What a connection's stream, its requests and whoever may cut it share. Times are milliseconds since it began.
#[derive(Debug)]
pub(super) struct Line {
    began: Instant,
    is_cut: AtomicBool,
    reader: AtomicWaker,
    writer: AtomicWaker,
    in_flight: AtomicU32,
    requests: AtomicU32,
    /// When a request last began or ended.
    progress: AtomicU64,
    /// When the first octet after that came in, plus one; zero when none did.
    head: AtomicU64,
}

/// What is known of a line at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Activity {
    /// Whether a request ever began.
    pub(super) has_asked: bool,
    /// Whether one is being answered.
    pub(super) is_busy: bool,
    /// When a request last began or ended, since the connection began.
    pub(super) progress: Duration,
    /// When the head of another one began to come in.
    pub(super) head: Option<Duration>,
}

impl Line {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            is_cut: AtomicBool::new(false),
            reader: AtomicWaker::new(),
            writer: AtomicWaker::new(),
            in_flight: AtomicU32::new(0),
            requests: AtomicU32::new(0),
            progress: AtomicU64::new(0),
            head: AtomicU64::new(0),
        }
    }

    /// Ends the connection: nothing is read from it or written to it any more, an answer under way included.
    pub(super) fn cut(&self) {
        self.is_cut.store(true, Ordering::Release);
        self.reader.wake();
        self.writer.wake();
    }

    #[cfg(test)]
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut.load(Ordering::Acquire)
    }

    pub(super) fn began(&self) -> Instant {
        self.began
    }

    pub(super) fn activity(&self) -> Activity {
        let since = |atomic: &AtomicU64| atomic.load(Ordering::Relaxed);
        Activity {
            has_asked: self.has_asked(),
            is_busy: self.in_flight.load(Ordering::Relaxed) > 0,
            progress: Duration::from_millis(since(&self.progress)),
            head: since(&self.head).checked_sub(1).map(Duration::from_millis),
        }
    }

    fn has_asked(&self) -> bool {
        self.requests.load(Ordering::Relaxed) > 0
    }

    /// A request's head is complete.
    pub(super) fn request_began(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        self.requests.store(1, Ordering::Relaxed);
        self.progressed();
    }

    /// Its response is complete, or given up.
    pub(super) fn request_ended(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.progressed();
    }

    fn progressed(&self) {
        self.progress.store(self.elapsed(), Ordering::Relaxed);
        self.head.store(0, Ordering::Relaxed);
    }

    /// Octets came in. Between requests they are the head of the next; within one they may be its body.
    fn received(&self) {
        if self.in_flight.load(Ordering::Relaxed) == 0 && self.head.load(Ordering::Relaxed) == 0 {
            self.head.store(self.elapsed() + 1, Ordering::Relaxed);
        }
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX - 1)
    }

    /// Registers before it looks, so that a cut between the two is not missed.
    fn poll_cut(&self, waker: &AtomicWaker, context: &Context<'_>) -> Poll<io::Error> {
        waker.register(context.waker());
        if self.is_cut.load(Ordering::Acquire) { Poll::Ready(io::ErrorKind::ConnectionAborted.into()) } else { Poll::Pending }
    }
}

/// A stream over a [`Line`]: fails as soon as that is cut. Holds `held` for as long as the connection is open.
#[derive(Debug)]
pub struct Connection<I, H> {
    io: I,
    line: Arc<Line>,
    bad_head: BadHead,
    _held: H,
}

impl<I, H> Connection<I, H> {
    pub(super) fn new(io: I, line: Arc<Line>, bad_head: BadHead, held: H) -> Self {
        Self { io, line, bad_head, _held: held }
    }

    /// Before the first request nobody but the HTTP library itself writes.
    fn look_at_answer(&mut self, octets: &[u8]) {
        if !self.line.has_asked() {
            self.bad_head.look(octets);
        }
    }

    #[cfg(test)]
    pub(super) fn io(&self) -> &I {
        &self.io
    }
}

impl<I: AsyncRead + Unpin, H: Unpin> AsyncRead for Connection<I, H> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Poll::Ready(error) = self.line.poll_cut(&self.line.reader, context) {
            return Poll::Ready(Err(error));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(context, buffer)).inspect_err(|error| self.bad_head.broken_by(error))?;
        if buffer.filled().len() > before {
            self.line.received();
        }
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncWrite + Unpin, H: Unpin> AsyncWrite for Connection<I, H> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        if let Poll::Ready(error) = self.line.poll_cut(&self.line.writer, context) {
            return Poll::Ready(Err(error));
        }
        self.look_at_answer(octets);
        Pin::new(&mut self.io).poll_write(context, octets)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(error) = self.line.poll_cut(&self.line.writer, context) {
            return Poll::Ready(Err(error));
        }
        if let Some(first) = slices.iter().find(|slice| !slice.is_empty()) {
            self.look_at_answer(first);
        }
        Pin::new(&mut self.io).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Poll::Ready(error) = self.line.poll_cut(&self.line.writer, context) {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
