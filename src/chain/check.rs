//! Whether lines hold together, in and across files, and end where they are known to end. Pure: who reads files passes their lines.

mod finding;
mod join;

use std::collections::BTreeMap;

pub use self::finding::{Finding, Found};
use super::{Flaw, Head, Link};

/// So many lines at the beginning of a file may be at the end of another one.
const OVERLAP: usize = 1024;

/// More findings than this are counted, and not told.
const MOST_TOLD: usize = 100;

/// The lines of one file.
#[derive(Debug, Clone)]
pub struct Strand {
    /// The file.
    pub file: String,
    /// Whose they are.
    pub writer: String,
    /// The number of the first line of the chain that is in it, and where in the file it stands.
    pub first: u64,
    /// The line before that, if that can be read.
    before: Option<super::Hash>,
    /// Where in the file the first one that can be read stands.
    place: u64,
    /// The last one.
    pub last: Head,
    /// The first ones, to see whether another file ends with them.
    begins: Vec<Head>,
}

/// What is looked at, and what was found.
#[derive(Debug)]
pub struct Checker {
    heads: BTreeMap<String, Head>,
    /// Whether earlier parts may be elsewhere.
    archived: bool,
    /// How many lines of [`super::CHANGES`] there can be.
    changes: u64,
    open: Option<Open>,
    strands: Vec<Strand>,
    findings: Vec<Finding>,
    faults: u64,
}

/// A file that is being read.
#[derive(Debug)]
struct Open {
    file: String,
    line: u64,
    strand: Option<Strand>,
    /// Lines since the last one that could be read.
    skipped: u64,
    /// Whether it ends in the middle of a line.
    is_torn: bool,
}

impl Checker {
    /// Expects the chains to end at `heads`, by writer. With `archived`, earlier parts may be missing.
    pub fn new(heads: BTreeMap<String, Head>, archived: bool) -> Self {
        let changes = heads.get(super::CHANGES).map_or(0, |head| head.seq);
        Self { heads, archived, changes, open: None, strands: Vec::new(), findings: Vec::new(), faults: 0 }
    }

    /// There are so many lines of [`super::CHANGES`] by now.
    pub fn no_more_than(&mut self, changes: u64) {
        self.changes = changes;
    }

    /// The lines that follow are of this file.
    pub fn begin(&mut self, file: impl Into<String>) {
        self.end();
        self.open = Some(Open { file: file.into(), line: 0, strand: None, skipped: 0, is_torn: false });
    }

    /// The next line, without its end.
    pub fn line(&mut self, text: &[u8]) {
        let Some(mut open) = self.open.take() else { return };
        open.line += 1;
        match Link::read(text) {
            Ok(link) => self.follow(&mut open, link),
            Err(Flaw::Foreign(why)) => {
                self.tell(&open, Found::Foreign(why));
                open.skipped += 1;
            }
            Err(Flaw::Changed(link)) => {
                self.tell(&open, Found::Changed);
                match &mut open.strand {
                    // What follows refers to the hash that it had.
                    Some(strand) if strand.last.seq.checked_add(1 + open.skipped) == Some(link.seq) => {
                        strand.last = Head { seq: link.seq, hash: link.hash };
                        open.skipped = 0;
                    }
                    _ => open.skipped += 1,
                }
            }
        }
        self.open = Some(open);
    }

    /// The rest of the file, which has no end of line: somebody was stopped while writing, or the file was cut.
    pub fn rest(&mut self, text: &[u8]) {
        let Some(open) = &mut self.open else { return };
        open.is_torn = true;
        let (file, place) = (open.file.clone(), open.line + 1);
        let known = |link: &Link| self.heads.get(&link.writer).is_some_and(|head| link.seq <= head.seq);
        let found = match Link::read(text) {
            Ok(link) if known(&link) => Found::NoEnd,
            _ => Found::Torn,
        };
        if found == Found::NoEnd {
            self.line(text);
        }
        self.push(Finding { file: Some(file), line: Some(place), writer: None, found });
    }

    /// A line that is one of a chain: does it follow?
    fn follow(&mut self, open: &mut Open, link: Link) {
        let head = Head { seq: link.seq, hash: link.hash };
        let anchor = self.heads.get(&link.writer).copied();
        let Some(strand) = &mut open.strand else {
            open.strand = Some(Strand {
                file: open.file.clone(),
                first: link.seq.saturating_sub(open.skipped),
                before: (open.skipped == 0).then_some(link.prev),
                place: open.line,
                last: head,
                begins: vec![head],
                writer: link.writer,
            });
            open.skipped = 0;
            return self.anchored(open, anchor, head);
        };
        if strand.writer != link.writer {
            let found = Found::OtherWriter(link.writer);
            return self.tell(open, found);
        }
        let (last, next) = (strand.last, strand.last.seq.saturating_add(1));
        if link.seq < next {
            return self.tell(open, Found::OutOfOrder { seq: link.seq, after: last.seq });
        }
        strand.last = head;
        if strand.begins.len() < OVERLAP {
            strand.begins.push(head);
        }
        let skipped = std::mem::take(&mut open.skipped);
        if link.seq > next.saturating_add(skipped) {
            self.tell(open, Found::Missing { from: next, to: link.seq - 1 });
        } else if link.seq == next && link.prev != last.hash {
            self.tell(open, Found::Detached);
        }
        self.anchored(open, anchor, head);
    }

    /// The one line of which the store knows the hash.
    fn anchored(&mut self, open: &Open, anchor: Option<Head>, head: Head) {
        if anchor.is_some_and(|anchor| anchor.seq == head.seq && anchor.hash != head.hash) {
            self.tell(open, Found::Rebuilt);
        }
    }

    fn end(&mut self) {
        if let Some(open) = self.open.take() {
            match open.strand {
                Some(strand) => self.strands.push(strand),
                None if open.line == 0 && open.is_torn => {}
                None if open.line == 0 => self.push(Finding::in_file(&open.file, Found::Empty)),
                None => self.push(Finding::in_file(&open.file, Found::NoneReadable)),
            }
        }
    }

    fn tell(&mut self, open: &Open, found: Found) {
        let writer = open.strand.as_ref().map(|strand| strand.writer.clone());
        self.push(Finding { file: Some(open.file.clone()), line: Some(open.line), writer, found });
    }

    fn push(&mut self, finding: Finding) {
        self.faults += u64::from(finding.found.is_fault());
        if self.findings.len() < MOST_TOLD {
            self.findings.push(finding);
        }
    }

    /// The last line of that writer so far.
    pub fn last_of(&self, writer: &str) -> u64 {
        let open = self.open.iter().filter_map(|open| open.strand.as_ref());
        let of = self.strands.iter().chain(open).filter(|strand| strand.writer == writer);
        of.map(|strand| strand.last.seq).max().unwrap_or_default()
    }

    /// Joins the files, and compares their ends with what is known. Gives the files in order, what was found, and how many of
    /// that are faults.
    pub fn finish(mut self) -> (Vec<Strand>, Vec<Finding>, u64) {
        self.end();
        self.strands.sort_by(|one, other| (&one.writer, one.first).cmp(&(&other.writer, other.first)));
        let strands = std::mem::take(&mut self.strands);
        for finding in join::findings(&strands, &self.heads, self.changes, self.archived) {
            self.push(finding);
        }
        (strands, self.findings, self.faults)
    }
}
