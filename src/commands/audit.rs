//! `authbench audit …`: what was changed and refused, and whether anybody has changed that.

use serde_json::{Value, json};

use super::output;
use crate::{
    audit::{Verified, verify},
    chain::{Finding, Strand},
    cli::{self, Common},
    exit::Failure,
};

/// Does what `audit …` asks.
///
/// # Errors
/// Exit 1 when something is wrong with a log; exit 3 when it cannot be read.
pub fn run(common: &Common, command: &cli::Audit) -> Result<(), Failure> {
    let cli::Audit::Verify { files, archived } = command;
    let verified = verify(&common.state, files, *archived)?;
    output::show(common.json, &document(&verified), || text(&verified))?;
    if verified.faults == 0 { Ok(()) } else { Err(broken(&verified)) }
}

fn broken(verified: &Verified) -> Failure {
    let failure = Failure::expectation(format!("the audit log is not whole: faults found: {}", verified.faults));
    let remedy = verified.findings.iter().find_map(|finding| finding.found.remedy());
    failure.remedy(remedy.unwrap_or("keep the files as they are, and compare them with copies that nobody here could write"))
}

fn text(verified: &Verified) -> String {
    let mut lines: Vec<String> = verified.findings.iter().map(told).collect();
    lines.extend(verified.strands.iter().map(|strand| {
        let Strand { file, first, last, .. } = strand;
        format!("read   {file}: seq {first} to {}", last.seq)
    }));
    if verified.faults == 0 {
        lines.push(format!("whole: {} in {}", logs(verified), files(verified)));
    }
    lines.join("\n")
}

fn told(finding: &Finding) -> String {
    let mark = if finding.found.is_fault() { "fault" } else { "note " };
    format!("{mark}  {finding}")
}

fn logs(verified: &Verified) -> String {
    let count = verified.strands.chunk_by(|one, other| one.writer == other.writer).count();
    if count == 1 { "1 log".into() } else { format!("{count} logs") }
}

fn files(verified: &Verified) -> String {
    let count = verified.strands.len();
    if count == 1 { "1 file".into() } else { format!("{count} files") }
}

fn document(verified: &Verified) -> Value {
    let strand = |strand: &Strand| {
        let Strand { file, writer, first, last, .. } = strand;
        json!({"file": file, "writer": writer, "first": first, "last": last.seq, "hash": last.hash.to_string()})
    };
    let finding = |finding: &Finding| {
        json!({
            "fault": finding.found.is_fault(),
            "file": finding.file,
            "line": finding.line,
            "writer": finding.writer,
            "what": finding.found.to_string(),
            "mend": finding.found.remedy(),
        })
    };
    json!({
        "whole": verified.faults == 0,
        "faults": verified.faults,
        "found": verified.findings.iter().map(finding).collect::<Vec<_>>(),
        "files": verified.strands.iter().map(strand).collect::<Vec<_>>(),
    })
}
