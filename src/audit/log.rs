//! The audit log of a server: what it refused, and what became of it. A chain of its own in a file of its own, written off the
//! request path.
//!
//! Whoever is served costs nothing here. A refusal is handed over and forgotten; when too many wait, or the file is full or cannot
//! be written, it is counted, and the count is written as soon as there is room.

mod file;

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use self::file::LogFile;
use super::{HandshakeRecord, RequestRecord};
use crate::{
    chain::Head,
    clock,
    deed::{Entry, Event, Source, Who},
    denial::Reason,
    exit::Failure,
    secret::random_text,
    store::{Store, audit_directory, this_process},
};

/// Refusals that may wait to be written.
const WAITING: usize = 8192;
/// For how long they are gathered before they are written.
const GATHER: Duration = Duration::from_millis(10);
/// How often the file is synced, and the end of the chain kept in the store.
const SYNC: Duration = Duration::from_millis(250);

/// The way to the log.
#[derive(Debug, Clone)]
pub struct Log {
    queue: SyncSender<Told>,
    lost: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Told {
    Refused(Box<Entry>),
    Of(Event, String),
    Reopen,
    Stop,
}

/// The thread that writes it.
#[derive(Debug)]
pub struct LogWriter {
    queue: SyncSender<Told>,
    thread: JoinHandle<()>,
}

impl Log {
    /// Begins a log below `state`: its chain is known to the store before its first line is written. `limit` is the most octets of
    /// its file; `anchor` is told of the end of the chain, by name, when that is on disk.
    ///
    /// # Errors
    /// Exit 3 when the store or the file cannot be written, or there is no thread.
    pub fn begin(
        store: &Store,
        state: &Path,
        limit: u64,
        anchor: impl Fn(&Arc<str>, Head) + Send + 'static,
    ) -> Result<(Self, LogWriter), Failure> {
        let random = random_text(8).map_err(Failure::environment)?;
        let name: Arc<str> = format!("server-{}-{random}", compact(clock::now())).into();
        store.anchor(&name, &Head::START)?;
        let file = LogFile::open(audit_directory(state).join(format!("{name}.jsonl")), limit)?;
        let (queue, told) = sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let book = Book { name, file, head: Head::START, who: this_process(), lost: Arc::clone(&lost), written_off: 0 };
        let thread = thread::Builder::new().name("audit".into()).spawn(move || book.keep(&told, &anchor));
        let thread = thread.map_err(|error| Failure::environment(format!("no thread for the audit log: {error}")))?;
        Ok((Self { queue: queue.clone(), lost }, LogWriter { queue, thread }))
    }

    /// Takes a refused request, or counts it when too many wait. A path or a method that does not exist refuses no caller: such
    /// requests are told in the records only.
    pub fn refused(&self, record: &RequestRecord<&str>) {
        if record.reason.is_some_and(|reason| !matches!(reason, Reason::NotFound | Reason::MethodNotAllowed)) {
            self.hand_over(of_request(record));
        }
    }

    /// Takes a refused handshake, or counts it.
    pub fn handshake_refused(&self, record: &HandshakeRecord) {
        self.hand_over(of_handshake(record));
    }

    /// Takes something that concerns the server itself, with what explains it. Waits until there is room.
    pub fn tell(&self, event: Event, what: impl Into<String>) {
        let _ = self.queue.send(Told::Of(event, what.into()));
    }

    /// Opens the file by its name again: it was moved away to be kept.
    pub fn reopen(&self) {
        let _ = self.queue.send(Told::Reopen);
    }

    /// How many refusals were not written since the start.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    fn hand_over(&self, entry: Entry) {
        if self.queue.try_send(Told::Refused(Box::new(entry))).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl LogWriter {
    /// Writes what waits and that the server stops, and ends the thread: within a second.
    pub fn finish(self) {
        let until = Instant::now() + Duration::from_secs(1);
        while matches!(self.queue.try_send(Told::Stop), Err(TrySendError::Full(_))) && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
        while !self.thread.is_finished() && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// What the thread keeps.
struct Book {
    name: Arc<str>,
    file: LogFile,
    head: Head,
    /// This process.
    who: Who,
    lost: Arc<AtomicU64>,
    /// How many of those lost are told in the log.
    written_off: u64,
}

impl Book {
    fn keep(mut self, told: &Receiver<Told>, anchor: &impl Fn(&Arc<str>, Head)) {
        let (mut synced, mut kept) = (Instant::now(), self.head);
        loop {
            let mut stop = false;
            match told.recv_timeout(SYNC.saturating_sub(synced.elapsed())) {
                Ok(first) => {
                    // Waking up and writing cost more than a line does.
                    thread::sleep(GATHER);
                    let batch: Vec<_> = [first].into_iter().chain(told.try_iter().take(WAITING)).collect();
                    stop = batch.iter().any(|one| matches!(one, Told::Stop));
                    self.write(batch);
                }
                Err(RecvTimeoutError::Timeout) => self.write(Vec::new()),
                Err(RecvTimeoutError::Disconnected) => stop = true,
            }
            if stop || synced.elapsed() >= SYNC {
                synced = Instant::now();
                if self.head != kept && self.file.sync() {
                    kept = self.head;
                    anchor(&self.name, kept);
                }
            }
            if stop {
                return;
            }
        }
    }

    /// Writes a batch: all of it, or as much as there is room for. What cannot be written is counted, and leaves no gap.
    fn write(&mut self, batch: Vec<Told>) {
        let mut page = Page::after(self.head);
        if self.file.has_room_for(0) {
            self.write_off(&mut page);
        }
        for told in batch {
            if matches!(told, Told::Refused(_)) && !self.file.has_room_for(page.text.len()) {
                self.lost.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            match told {
                Told::Reopen => {
                    // What came before belongs to the file that was moved away.
                    self.put(&mut page);
                    self.file.reopen();
                    self.write_off(&mut page);
                }
                Told::Refused(entry) => page.add(&self.name, &entry),
                Told::Of(event, what) => page.add(&self.name, &self.own(event, what)),
                Told::Stop => {
                    self.write_off(&mut page);
                    page.add(&self.name, &self.own(Event::ServerStopped, String::new()));
                }
            }
        }
        self.put(&mut page);
    }

    /// Tells how many were lost, unless that is told already.
    fn write_off(&self, page: &mut Page) {
        let (lost, told) = (self.lost.load(Ordering::Relaxed), page.writes_off.unwrap_or(self.written_off));
        if lost > told {
            let entry = Entry::new(clock::now(), Event::Lost, self.who.clone());
            page.text += &page.head.seal(&self.name, &Entry { count: Some(lost - told), ..entry });
            page.writes_off = Some(lost);
        }
    }

    fn own(&self, event: Event, what: String) -> Entry {
        Entry { cause: Some(what), ..Entry::new(clock::now(), event, self.who.clone()) }
    }

    fn put(&mut self, page: &mut Page) {
        if !page.text.is_empty() && self.file.write(page.text.as_bytes()) {
            self.head = page.head;
            self.written_off = page.writes_off.unwrap_or(self.written_off);
        } else {
            self.lost.fetch_add(page.entries, Ordering::Relaxed);
        }
        *page = Page::after(self.head);
    }
}

/// Lines that are written together.
struct Page {
    head: Head,
    text: String,
    /// How many of them are not about what was lost.
    entries: u64,
    /// How many are told to be lost, with those before.
    writes_off: Option<u64>,
}

impl Page {
    fn after(head: Head) -> Self {
        Self { head, text: String::new(), entries: 0, writes_off: None }
    }

    fn add(&mut self, writer: &str, entry: &Entry) {
        self.entries += 1;
        self.text += &self.head.seal(writer, entry);
    }
}

/// A time as a part of a file's name, to the second.
fn compact(at: SystemTime) -> String {
    let text = clock::rfc3339(at);
    let seconds = text.split('.').next().unwrap_or_default().chars();
    seconds.filter(char::is_ascii_alphanumeric).chain(['Z']).take(16).collect()
}

fn of_request(record: &RequestRecord<&str>) -> Entry {
    let source = Source { address: record.address, via: record.via, request: Some(record.id.to_owned()) };
    let who = Who { claimed: record.caller.map(Into::into), ..Who::default() };
    Entry {
        source: Some(source),
        target: Some(record.target()),
        reason: record.reason,
        cause: Some(record.cause.to_owned()),
        ..Entry::new(record.at, Event::Refused, who)
    }
}

fn of_handshake(record: &HandshakeRecord) -> Entry {
    let source = Source { address: record.address, via: record.via, request: None };
    let claimed = match (&record.subject, &record.serial) {
        (Some(subject), Some(serial)) => Some(format!("{subject}, serial {serial}").into()),
        (subject, serial) => subject.as_ref().or(serial.as_ref()).map(|text| text.as_str().into()),
    };
    let who = Who { claimed, ..Who::default() };
    Entry {
        source: Some(source),
        reason: Some(record.reason),
        cause: Some(record.cause.clone()),
        ..Entry::new(record.at, Event::HandshakeRefused, who)
    }
}

/// That a file cannot be used, with what mends it.
fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::environment(format!("the audit log {} cannot be written: {error}", path.display()))
        .remedy("make room, or let this user write there; --state names another directory")
}

#[cfg(test)]
mod tests;
