//! What is sent along with a certificate: intermediate CAs missing, superfluous, in another order, too many.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rcgen::KeyPair;

use super::{
    call::{Caller, EVERYONE, Files, VERSIONS, everyone},
    flaws::{KEY_TYPES, subject_and_serial},
    ladder::Ladder,
    matrix::{Cell, try_all},
    stage::Stage,
};
use crate::lab::{Lab, text};

const FILES: &str = "[tls]\nclient_ca = \"root.pem\"\nclient_intermediates = \"below.pem\"\nclient_crl = \"lists.pem\"\n";

/// A server whose callers are certified by the lowest CA of a ladder.
fn stage(ladder: &Ladder, depth: usize) -> Stage {
    let lab = Lab::new();
    lab.file("root.pem", &ladder.pem([0]));
    lab.file("below.pem", &ladder.pem(1..depth));
    lab.file("lists.pem", &ladder.lists());
    lab.configure(FILES);
    Stage::on(lab)
}

/// What is sent after the certificate, and what comes of it.
struct Row {
    what: &'static str,
    along: String,
    told: &'static str,
    recorded: Option<&'static str>,
}

/// Each row with each type of key.
fn cells(stage: &Stage, rows: &[Row], ladder: &Ladder) -> Vec<Cell> {
    let mut cells = Vec::new();
    for key_type in KEY_TYPES {
        let key = key(stage, key_type);
        for (number, Row { what, along, told, recorded }) in rows.iter().enumerate() {
            let name = format!("{key_type}-{number}");
            let chain = ladder.leaf(&name, &read(&key)) + along;
            let files = Files { chain: stage.lab.file(&format!("{name}.pem"), &chain), key: key.clone() };
            let recorded = match recorded {
                None => format!("allowed {name}"),
                Some(reason) => format!("TLS {reason} {}", subject_and_serial(&files.chain)),
            };
            for (caller, tls) in everyone() {
                let (what, call) = (format!("{what}, {key_type}"), stage.call(tls, Some(&files)));
                cells.push(Cell { what, caller, call, told: (*told).into(), recorded: Some(recorded.clone()) });
            }
        }
    }
    cells
}

/// A key that every caller can read; the certificate that comes with it is not used.
fn key(stage: &Stage, key_type: &str) -> PathBuf {
    Files::issued(&stage.lab.json(&["cert", "issue", key_type, "--key-type", key_type])).key
}

fn read(key: &Path) -> KeyPair {
    KeyPair::from_pem(&fs::read_to_string(key).unwrap()).unwrap()
}

#[test]
fn m6_intermediates_missing_superfluous_reversed() {
    let (ladder, strangers) = (Ladder::new("own", 3), Ladder::new("strange", 18));
    let row = |what, along| Row { what, along, told: "allowed", recorded: None };
    let missing = |what, along| Row { what, along, told: "alert unknown_ca", recorded: Some("credential_unknown") };
    let rows = [
        row("as it should be", ladder.pem([2, 1])),
        row("with the root", ladder.pem([2, 1, 0])),
        // RFC 8446 §4.4.2: the order does not matter, and what is not needed neither.
        row("in reverse", ladder.pem([1, 2])),
        row("one twice", ladder.pem([2, 2, 1])),
        row("with a CA that has nothing to do with it", ladder.pem([2, 1]) + &strangers.pem([0])),
        row("with so many of them that it is twenty", strangers.pem(0..17) + &ladder.pem([1, 2])),
        missing("none", String::new()),
        missing("without the upper", ladder.pem([2])),
        missing("without the lower", ladder.pem([1])),
        missing("strangers only", strangers.pem([1, 0])),
    ];
    let stage = stage(&ladder, 3);
    try_all(&stage, &EVERYONE, &cells(&stage, &rows, &ladder));
}

#[test]
fn m6_twenty_long() {
    let ladder = Ladder::new("deep", 20);
    let told = "alert certificate_unknown";
    let rows = [Row { what: "twenty long", along: ladder.pem((1..20).rev()), told, recorded: Some("credential_unknown") }];
    let stage = stage(&ladder, 20);
    try_all(&stage, &EVERYONE, &cells(&stage, &rows, &ladder));
}

/// The others take the first certificate of a file for their own, and find that the key does not fit.
#[test]
fn m6_the_whole_chain_in_reverse() {
    let ladder = Ladder::new("own", 2);
    let stage = stage(&ladder, 2);
    let key = key(&stage, "p256");
    let chain = ladder.pem([1]) + &ladder.leaf("partner", &read(&key));
    let files = Files { chain: stage.lab.file("reversed.pem", &chain), key };
    let cell = |tls| Cell {
        what: "in reverse, its own certificate last".into(),
        caller: Caller::Rustls,
        call: stage.call(tls, Some(&files)),
        told: "alert certificate_unknown".into(),
        recorded: Some(format!("TLS purpose_mismatch {}", subject_and_serial(&files.chain))),
    };
    try_all(&stage, &[Caller::Rustls], &VERSIONS.map(cell));
}

#[test]
fn m6_the_issuing_ca_of_the_development_pki() {
    let lab = Lab::new();
    lab.json(&["cert", "init", "--intermediate"]);
    let stage = Stage::on(lab);
    let mut cells = Vec::new();
    for key_type in KEY_TYPES {
        let issued = stage.lab.effective(&["cert", "issue", key_type, "--key-type", key_type]);
        let whole = Files::issued(&issued);
        let alone = Files { chain: text(&issued, "cert").into(), ..whole.clone() };
        let missing = format!("TLS credential_unknown {}", subject_and_serial(&alone.chain));
        let rows = [(whole, "allowed", format!("allowed {key_type}")), (alone, "alert unknown_ca", missing)];
        for ((files, told, recorded), (caller, tls)) in rows.iter().flat_map(|row| everyone().map(move |one| (row, one))) {
            let call = stage.call(tls, Some(files));
            cells.push(Cell { what: key_type.into(), caller, call, told: (*told).into(), recorded: Some(recorded.clone()) });
        }
    }
    try_all(&stage, &EVERYONE, &cells);
}
