//! The stream of records: a line for each request and each refused handshake, written off the request path.
//!
//! Whoever has a record copies it onto a page and goes on; a thread takes the page away every few milliseconds and writes what is on
//! it. While the page is full, records are dropped and counted: a slow disk or terminal never slows a caller.

mod page;

use std::{
    io::{self, IsTerminal, Write},
    mem,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use self::page::Page;
use super::{Format, HandshakeRecord, RequestRecord};

/// Records that may wait to be written: some ten megabytes of them.
const WAITING: usize = 32_768;
/// For how long they are gathered before they are written: waking up and writing cost more than a record does.
const GATHER: Duration = Duration::from_millis(50);

/// The way to the stream.
#[derive(Debug, Clone)]
pub struct Records(Arc<Way>);

/// Ends the stream when nobody has it any more.
#[derive(Debug)]
struct Way(Arc<Stream>);

/// The thread that writes. Ends, with all that waited written, when the last [`Records`] is gone.
#[derive(Debug)]
pub struct RecordWriter(JoinHandle<()>);

#[derive(Debug)]
struct Stream {
    desk: Mutex<Desk>,
    /// Tells the writer that it need not wait any longer.
    begun: Condvar,
    dropped: AtomicU64,
}

/// Where records are left for the writer.
#[derive(Debug, Default)]
struct Desk {
    page: Page,
    /// Whether the writer waits for a first record, and must be told of it.
    is_awaited: bool,
    /// Whether no other page follows.
    is_last: bool,
}

impl Records {
    /// Starts a stream to standard error: text on a terminal, JSON lines otherwise.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn to_stderr() -> io::Result<(Self, RecordWriter)> {
        let format = if io::stderr().is_terminal() { Format::Text } else { Format::Json };
        Self::to(format, |text: &[u8]| {
            let _ = io::stderr().lock().write_all(text);
        })
    }

    fn to(format: Format, write: impl FnMut(&[u8]) + Send + 'static) -> io::Result<(Self, RecordWriter)> {
        let stream = Arc::new(Stream { desk: Mutex::default(), begun: Condvar::new(), dropped: AtomicU64::new(0) });
        let written = Arc::clone(&stream);
        let thread = thread::Builder::new().name("records".into()).spawn(move || written.write_to(format, write))?;
        Ok((Self(Arc::new(Way(stream))), RecordWriter(thread)))
    }

    /// Takes the record of a request, or drops it when too many wait.
    pub fn request(&self, record: &RequestRecord<&str>) {
        self.0.0.leave(|page| page.request(record));
    }

    /// Takes the record of a refused handshake, or drops it.
    pub fn handshake(&self, record: HandshakeRecord) {
        self.0.0.leave(|page| page.handshake(record));
    }

    /// How many records were dropped since the start.
    pub fn dropped(&self) -> u64 {
        self.0.0.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.0.desk().is_last = true;
        self.0.begun.notify_one();
    }
}

impl RecordWriter {
    /// Waits until everything is written, for a second at most: a connection that still lives may hold [`Records`].
    pub fn finish(self) {
        let until = Instant::now() + Duration::from_secs(1);
        while !self.0.is_finished() && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Stream {
    fn desk(&self) -> MutexGuard<'_, Desk> {
        // What lies there is whole, whatever became of who left it.
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, record: impl FnOnce(&mut Page)) {
        let mut desk = self.desk();
        if desk.page.len() >= WAITING {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        record(&mut desk.page);
        let is_awaited = mem::take(&mut desk.is_awaited);
        drop(desk);
        if is_awaited {
            self.begun.notify_one();
        }
    }

    fn write_to(&self, format: Format, mut write: impl FnMut(&[u8])) {
        let (mut told, mut page, mut text) = (0, Page::default(), Vec::new());
        while self.is_begun() {
            // While records keep coming nobody has to wake this thread: it is back before it is missed.
            loop {
                thread::sleep(GATHER);
                page.clear();
                mem::swap(&mut self.desk().page, &mut page);
                if page.is_empty() {
                    break;
                }
                text.clear();
                page.write(format, &mut text);
                let dropped = self.dropped.load(Ordering::Relaxed);
                if dropped > told {
                    format.dropped(dropped - told, &mut text);
                    told = dropped;
                }
                write(&text);
            }
        }
    }

    /// Waits for a record; false when none will come any more.
    fn is_begun(&self) -> bool {
        let mut desk = self.desk();
        while desk.page.is_empty() && !desk.is_last {
            desk.is_awaited = true;
            desk = self.begun.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
        desk.is_awaited = false;
        !desk.page.is_empty()
    }
}

#[cfg(test)]
mod tests;
