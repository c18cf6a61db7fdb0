//! Certificates with one fault each, of `certs/profile.toml`: the faults of M2 to M5, with every type of key.

use std::path::Path;

use authbench::peer::Serial;

use super::{
    call::{EVERYONE, Files, everyone},
    matrix::{Cell, try_all},
    stage::Stage,
};
use crate::lab::text;

pub(super) const KEY_TYPES: [&str; 3] = ["rsa2048", "p256", "ed25519"];

/// The flaw (of `good`: none), what the caller is told of it, and what the server records: the rest of the record follows.
pub(super) type Row = (&'static str, &'static str, &'static str);

const GOOD: Row = ("good", "allowed", "allowed");

/// Each row with each type of key, by everyone in both versions; a good certificate goes along, so that not everything is refused.
pub(super) fn come_to(stage: &Stage, rows: &[Row]) {
    let mut cells = Vec::new();
    for key_type in KEY_TYPES {
        for (flaw, told, recorded) in [&[GOOD], rows].concat() {
            let name = format!("{flaw}-{key_type}");
            let mut arguments = vec!["cert", "issue", &name, "--key-type", key_type];
            if flaw != "good" {
                arguments.extend(["--flaw", flaw]);
            }
            let issued = stage.lab.effective(&arguments);
            let recorded = match recorded {
                "allowed" => format!("allowed {name}"),
                refused if refused.starts_with("TLS ") => format!("{refused} CN={name} {}", text(&issued, "serial")),
                in_http => in_http.to_owned(),
            };
            cells.extend(cells_of(stage, &name, &Files::issued(&issued), told, &recorded));
        }
    }
    try_all(stage, &EVERYONE, &cells);
}

fn cells_of(stage: &Stage, what: &str, files: &Files, told: &str, recorded: &str) -> Vec<Cell> {
    let cell = |(caller, tls)| Cell {
        what: what.to_owned(),
        caller,
        call: stage.call(tls, Some(files)),
        told: told.to_owned(),
        recorded: Some(recorded.to_owned()),
    };
    everyone().map(cell).collect()
}

#[test]
fn m2_another_ca_also_of_the_same_name() {
    come_to(
        &Stage::new(""),
        &[
            ("other_ca", "alert unknown_ca", "TLS credential_unknown"),
            ("same_name_ca", "alert decrypt_error", "TLS credential_unknown"),
            ("self_signed", "alert unknown_ca", "TLS credential_unknown"),
        ],
    );
}

#[test]
fn m3_expired_and_not_yet_valid() {
    // TLS has one alert for both; the record tells them apart.
    come_to(
        &Stage::new(""),
        &[
            ("expired", "alert certificate_expired", "TLS expired"),
            ("not_yet_valid", "alert certificate_expired", "TLS not_yet_valid"),
        ],
    );
}

#[test]
fn m4_for_servers_only_for_nothing_in_particular_and_for_anything() {
    come_to(
        &Stage::new(""),
        &[
            ("server_only", "alert unsupported_certificate", "TLS purpose_mismatch"),
            ("any_purpose", "alert unsupported_certificate", "TLS purpose_mismatch"),
            // RFC 5280 §4.2.1.12: a certificate that does not say is for everything.
            ("no_purpose", "allowed", "allowed"),
        ],
    );
}

#[test]
fn m5_a_ca_as_a_caller() {
    come_to(&Stage::new(""), &[("may_sign", "alert certificate_unknown", "TLS purpose_mismatch")]);
}

#[test]
fn m5_the_ca_itself_as_a_caller() {
    let stage = Stage::new("");
    let ca = stage.lab.path("certs/client-ca");
    let files = Files { chain: ca.join("cert.pem"), key: ca.join("key.pem") };
    let recorded = format!("TLS purpose_mismatch {}", subject_and_serial(&files.chain));
    let cells = cells_of(&stage, "the CA itself", &files, "alert certificate_unknown", &recorded);
    try_all(&stage, &EVERYONE, &cells);
}

pub(super) fn subject_and_serial(certificate: &Path) -> String {
    let read = pem::parse_many(std::fs::read(certificate).unwrap()).unwrap().remove(0);
    let (_, read) = x509_parser::parse_x509_certificate(read.contents()).unwrap();
    let serial = Serial(read.raw_serial().into());
    format!("{} {serial}", read.subject())
}
