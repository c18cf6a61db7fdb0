use std::{
    fs,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use tempfile::TempDir;

use super::*;
use crate::audit::{Verified, verify};

type Anchored = Arc<Mutex<Option<(Arc<str>, Head)>>>;

struct Desk {
    state: TempDir,
    store: Store,
    log: Log,
    writer: LogWriter,
    anchored: Anchored,
}

fn refused(cause: &'static str) -> RequestRecord<&'static str> {
    RequestRecord { status: Some(401), reason: Some(Reason::CredentialUnknown), cause, ..RequestRecord::example() }
}

impl Desk {
    fn new(limit: u64) -> Self {
        let state = tempfile::tempdir().unwrap();
        let store = Store::open(state.path()).unwrap();
        let anchored = Anchored::default();
        let keep = Arc::clone(&anchored);
        let anchor = move |name: &Arc<str>, head| *keep.lock().unwrap() = Some((Arc::clone(name), head));
        let (log, writer) = Log::begin(&store, state.path(), limit, anchor).unwrap();
        Self { state, store, log, writer, anchored }
    }

    fn file(&self) -> PathBuf {
        audit_directory(self.state.path()).read_dir().unwrap().flatten().map(|entry| entry.path()).min().unwrap()
    }

    /// Waits until all that was told is on disk.
    fn settle(&self, until: impl Fn(&str) -> bool) {
        let end = Instant::now() + Duration::from_secs(10);
        while !until(&fs::read_to_string(self.file()).unwrap()) {
            assert!(Instant::now() < end, "{}", fs::read_to_string(self.file()).unwrap());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ends it as a server does, and checks the log.
    fn end(self) -> (Verified, String) {
        self.log.tell(Event::ServerStarted, "for the test");
        self.writer.finish();
        let kept = self.anchored.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (name, head) = kept.expect("the end is anchored");
        self.store.anchor(&name, &head).unwrap();
        let verified = verify(self.state.path(), &[], false).unwrap();
        let directory = audit_directory(self.state.path());
        let mut files: Vec<_> = directory.read_dir().unwrap().flatten().map(|entry| entry.path()).collect();
        files.sort();
        files.reverse();
        (verified, files.iter().map(|path| fs::read_to_string(path).unwrap()).collect())
    }
}

fn events(text: &str) -> Vec<String> {
    let event = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["event"].as_str().unwrap().to_owned();
    text.lines().map(event).collect()
}

#[test]
fn refusals_are_kept_in_order_and_the_end_is_anchored() {
    let desk = Desk::new(u64::MAX);
    for cause in ["one", "two", "three"] {
        desk.log.refused(&refused(cause));
    }
    let (verified, text) = desk.end();
    assert_eq!(events(&text), ["refused", "refused", "refused", "server_started", "server_stopped"]);
    assert_eq!((verified.faults, verified.findings.as_slice()), (0, &[][..]));
}

#[test]
fn a_path_that_does_not_exist_is_no_refusal_of_a_caller() {
    let desk = Desk::new(u64::MAX);
    for reason in [None, Some(Reason::NotFound), Some(Reason::MethodNotAllowed)] {
        desk.log.refused(&RequestRecord { reason, ..refused("") });
    }
    assert_eq!(events(&desk.end().1), ["server_started", "server_stopped"]);
}

#[test]
fn a_file_that_was_moved_away_is_followed_by_another_and_both_are_one_log() {
    let desk = Desk::new(u64::MAX);
    desk.log.refused(&refused("before"));
    desk.settle(|text| text.contains("before"));
    let file = desk.file();
    fs::rename(&file, file.with_extension("jsonl.1")).unwrap();
    desk.log.refused(&refused("still there"));
    desk.log.reopen();
    desk.log.refused(&refused("after"));
    let (verified, text) = desk.end();
    assert_eq!((verified.faults, verified.strands.len()), (0, 2), "{:?}", verified.findings);
    assert_eq!(events(&text).len(), 5);
    assert!(text.find("still there").unwrap() < text.find("\"after\"").unwrap(), "{text}");
}

#[test]
fn what_is_too_much_for_the_file_is_counted_and_the_count_is_written_when_there_is_room() {
    let desk = Desk::new(2048);
    for _ in 0..100 {
        desk.log.refused(&refused("a flood"));
    }
    let end = Instant::now() + Duration::from_secs(10);
    while desk.log.lost() == 0 {
        assert!(Instant::now() < end);
        thread::sleep(Duration::from_millis(5));
    }
    thread::sleep(GATHER * 3);
    let (length, file) = (fs::metadata(desk.file()).unwrap().len(), desk.file());
    assert!(length < 2048 + 1024, "{length}");
    fs::rename(&file, file.with_extension("jsonl.1")).unwrap();
    desk.log.reopen();
    desk.log.refused(&refused("room again"));
    let lost = desk.log.lost();
    let (verified, text) = desk.end();
    assert_eq!(verified.faults, 0, "{:?}", verified.findings);
    let written = events(&text).iter().filter(|event| *event == "refused").count();
    let told: u64 =
        text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["count"].as_u64().unwrap_or(0)).sum();
    assert_eq!((told, told + written as u64), (lost, 101), "{text}");
}
