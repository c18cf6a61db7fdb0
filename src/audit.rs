//! One record per request and per refused handshake, written off the request path.
//!
//! A request hands its record to a bounded stream and goes on. When the stream is full the record is dropped and counted:
//! a slow disk or terminal never slows a caller.

mod format;
mod log;
mod verify;

use std::{
    borrow::Cow,
    io::{self, IsTerminal, Write},
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

pub use self::{
    format::Format,
    log::{Log, LogWriter},
    verify::{Verified, verify},
};
use crate::{allowance::Limit, denial::Reason, mode::Mode, trace_context::TraceContext};

/// Records that may wait to be written.
const WAITING: usize = 8192;
/// For how long records are gathered before they are written.
const GATHER: Duration = Duration::from_millis(20);

/// What happened, for the operator.
#[derive(Debug, Clone)]
pub enum Record {
    /// A request, answered or given up by its caller.
    Request(RequestRecord),
    /// A handshake that did not succeed, or a connection that was not taken.
    Handshake(HandshakeRecord),
}

/// One request.
#[derive(Debug, Clone)]
pub struct RequestRecord {
    /// When it began.
    pub at: SystemTime,
    /// Its id, as in the answer.
    pub id: String,
    /// The lock.
    pub mode: Mode,
    /// Where it came from.
    pub address: IpAddr,
    /// The proxy that said so, if one was believed.
    pub via: Option<IpAddr>,
    /// Method and path. The query is left out: callers put secrets there.
    pub target: String,
    /// The status of the answer; `None` when the caller hung up before.
    pub status: Option<u16>,
    /// Why it was refused, if it was.
    pub reason: Option<Reason>,
    /// The private cause of the refusal.
    pub cause: Cow<'static, str>,
    /// The caller: proven, or only claimed when there is a reason.
    pub caller: Option<Arc<str>>,
    /// The limit that would have refused it, were it more than a shadow.
    pub shadowed: Option<Limit>,
    /// How long it took.
    pub took: Duration,
    /// Whether the TLS session was resumed.
    pub resumed: bool,
    /// The trace that the caller says it belongs to.
    pub trace: Option<TraceContext>,
}

/// One refused handshake.
#[derive(Debug, Clone)]
pub struct HandshakeRecord {
    /// When it failed.
    pub at: SystemTime,
    /// Where it came from.
    pub address: IpAddr,
    /// The proxy that said so, if one was believed.
    pub via: Option<IpAddr>,
    /// Why.
    pub reason: Reason,
    /// The private cause.
    pub cause: String,
    /// The subject that the certificate claims; hostile text.
    pub subject: Option<String>,
    /// The serial that the certificate claims.
    pub serial: Option<String>,
}

/// The way to the stream of records.
#[derive(Debug, Clone)]
pub struct Audit {
    stream: SyncSender<Record>,
    dropped: Arc<AtomicU64>,
}

/// The thread that writes. Ends, with all that waited written, when the last [`Audit`] is gone.
#[derive(Debug)]
pub struct Writer {
    thread: Option<JoinHandle<()>>,
}

impl Audit {
    /// Starts a stream to standard error: text on a terminal, JSON lines otherwise.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn to_stderr() -> io::Result<(Self, Writer)> {
        let format = if io::stderr().is_terminal() { Format::Text } else { Format::Json };
        let (stream, records) = sync_channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&dropped);
        let thread = thread::Builder::new().name("records".into()).spawn(move || write_all(&records, &counted, format))?;
        Ok((Self { stream, dropped }, Writer { thread: Some(thread) }))
    }

    /// Takes a record, or drops it when too many wait.
    pub fn record(&self, record: Record) {
        if self.stream.try_send(record).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many records were dropped since the start.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Writer {
    /// Waits until everything is written, for a second at most: a connection that still lives may hold an [`Audit`].
    pub fn finish(mut self) {
        let until = Instant::now() + Duration::from_secs(1);
        let Some(thread) = self.thread.take() else { return };
        while !thread.is_finished() && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn write_all(records: &Receiver<Record>, dropped: &AtomicU64, format: Format) {
    let (mut told, mut text) = (0, Vec::new());
    while let Ok(first) = records.recv() {
        // Waking up and writing cost more than a record does: those of a few milliseconds go out together.
        thread::sleep(GATHER);
        text.clear();
        format.write(&first, &mut text);
        records.try_iter().take(WAITING).for_each(|next| format.write(&next, &mut text));
        let lost = dropped.load(Ordering::Relaxed);
        if lost > told {
            text.extend_from_slice(format.dropped(lost - told).as_bytes());
            told = lost;
        }
        let _ = io::stderr().lock().write_all(&text);
    }
}
