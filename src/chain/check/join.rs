//! The files of one writer, one after another, and where they end.

use std::collections::BTreeMap;

use super::{Finding, Found, Strand};
use crate::chain::{CHANGES, Head};

/// What is wrong between the files, which are in order.
pub(super) fn findings(strands: &[Strand], heads: &BTreeMap<String, Head>, changes: u64, archived: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for of_one in strands.chunk_by(|one, other| one.writer == other.writer) {
        let last = joined(of_one, archived, &mut findings);
        let end = last.and_then(|last| Some((last, ends(last, heads.get(&last.writer), changes)?)));
        findings.extend(end.map(|(last, found)| Finding { line: None, ..at(last, found) }));
    }
    let is_there = |writer: &str| strands.iter().any(|strand| strand.writer == writer);
    for (writer, head) in heads.iter().filter(|(writer, head)| head.seq > 0 && !is_there(writer)) {
        let found = if archived { Found::FileArchived { lines: head.seq } } else { Found::FileMissing { lines: head.seq } };
        findings.push(Finding { file: None, line: None, writer: Some(writer.clone()), found });
    }
    findings
}

/// How the files of one writer follow one another; the last of them.
fn joined<'s>(strands: &'s [Strand], archived: bool, findings: &mut Vec<Finding>) -> Option<&'s Strand> {
    let first = strands.first()?;
    if first.first > 1 {
        let to = first.first - 1;
        findings.push(at(first, if archived { Found::StartArchived { to } } else { Found::StartMissing { to } }));
    } else if first.before.is_some_and(|before| before != Head::START.hash) {
        findings.push(at(first, Found::Detached));
    }
    let mut last = first;
    for strand in strands.iter().skip(1) {
        if strand.first == last.first && strand.last == last.last {
            findings.push(at(strand, Found::Twice { other: last.file.clone() }));
            continue;
        }
        findings.extend(between(last, strand).map(|found| at(strand, found)));
        last = strand;
    }
    Some(last)
}

fn between(last: &Strand, strand: &Strand) -> Option<Found> {
    let next = last.last.seq.saturating_add(1);
    if strand.first > next {
        return Some(Found::PartMissing { from: next, to: strand.first - 1 });
    }
    if strand.first < next {
        // Its writer was killed between writing them and noting it, and the file was moved away before the next one came.
        if strand.begins.contains(&last.last) {
            return Some(Found::Overlap { other: last.file.clone() });
        }
        return Some(Found::Forked { seq: strand.first, other: last.file.clone() });
    }
    strand.before.is_some_and(|before| before != last.last.hash).then_some(Found::Detached)
}

fn ends(last: &Strand, head: Option<&Head>, changes: u64) -> Option<Found> {
    let Some(head) = head else { return Some(Found::UnknownWriter) };
    let (seq, known) = (last.last.seq, head.seq);
    if last.writer == CHANGES && seq > changes {
        return Some(Found::NotKnown { from: changes.saturating_add(1), to: seq });
    }
    match seq.cmp(&known) {
        std::cmp::Ordering::Less => Some(Found::CutOff { from: seq.saturating_add(1), to: known }),
        std::cmp::Ordering::Equal => None,
        // Written since it was looked at.
        std::cmp::Ordering::Greater if last.writer == CHANGES => None,
        std::cmp::Ordering::Greater => Some(Found::AfterAnchor { lines: seq - known }),
    }
}

fn at(strand: &Strand, found: Found) -> Finding {
    let (file, line) = (Some(strand.file.clone()), Some(strand.place));
    Finding { file, line, writer: Some(strand.writer.clone()), found }
}
