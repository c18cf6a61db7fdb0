//! Two wrappers around a stream: one counts the bytes under TLS, one remembers why the stream above TLS failed.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::broken::{alert_name, rustls_error};

/// Counts the bytes that went over a socket, TLS records included. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<[AtomicU64; 2]>);

impl Meter {
    /// Bytes received so far.
    pub fn received(&self) -> u64 {
        self.0[0].load(Relaxed)
    }

    /// Bytes sent so far.
    pub fn sent(&self) -> u64 {
        self.0[1].load(Relaxed)
    }
}

/// Why a stream failed: hyper does not always hand the cause on.
#[derive(Debug, Clone, Default)]
pub(super) struct Witness(Arc<OnceLock<Seen>>);

/// The first failure that a stream had.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) alert: Option<String>,
    pub(super) why: String,
}

impl Witness {
    pub(super) fn seen(&self) -> Option<&Seen> {
        self.0.get()
    }

    fn note(&self, error: &io::Error) {
        let alert = match rustls_error(error) {
            Some(rustls::Error::AlertReceived(alert)) => Some(alert_name(*alert)),
            _ => None,
        };
        let why = match error.kind() {
            io::ErrorKind::UnexpectedEof => "the connection was cut".to_owned(),
            _ => error.to_string(),
        };
        let _ = self.0.set(Seen { alert, why });
    }
}

/// A stream that is watched.
#[derive(Debug)]
pub(super) struct Watched<S> {
    pub(super) inner: S,
    pub(super) meter: Option<Meter>,
    pub(super) witness: Option<Witness>,
}

impl<S> Watched<S> {
    fn noted<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let (Err(error), Some(witness)) = (&result, &self.witness) {
            witness.note(error);
        }
        result
    }

    fn counted(&self, direction: usize, bytes: usize) {
        if let Some(meter) = &self.meter {
            meter.0[direction].fetch_add(bytes as u64, Relaxed);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let result = ready!(Pin::new(&mut self.inner).poll_read(cx, buf));
        self.counted(0, buf.filled().len() - before);
        Poll::Ready(self.noted(result))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = ready!(Pin::new(&mut self.inner).poll_write(cx, buf));
        self.counted(1, *result.as_ref().unwrap_or(&0));
        Poll::Ready(self.noted(result))
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let result = ready!(Pin::new(&mut self.inner).poll_write_vectored(cx, bufs));
        self.counted(1, *result.as_ref().unwrap_or(&0));
        Poll::Ready(self.noted(result))
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = ready!(Pin::new(&mut self.inner).poll_flush(cx));
        Poll::Ready(self.noted(result))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
