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

/// The flaw, what the caller is told of it, and what the server records.
type Row = (&'static str, &'static str, &'static str);

/// Each row with each type of key, by everyone in both versions; a good certificate goes along, so that not everything is refused.
fn come_to(rows: &[Row]) {
    let stage = Stage::new("");
    let mut cells = Vec::new();
    for key_type in KEY_TYPES {
        for (flaw, told, recorded) in [&[("none", "allowed", "allowed")], rows].concat() {
            let name = format!("{flaw}-{key_type}");
            let mut arguments = vec!["cert", "issue", &name, "--key-type", key_type];
            if flaw != "none" {
                arguments.extend(["--flaw", flaw]);
            }
            let issued = stage.lab.json(&arguments);
            let recorded = match recorded {
                "allowed" => format!("allowed {name}"),
                reason => format!("TLS {reason} CN={name} {}", text(&issued, "serial")),
            };
            cells.extend(cells_of(&stage, &name, &Files::issued(&issued), told, &recorded));
        }
    }
    // The last one is known to the server, as soon as the contract wants it.
    std::thread::sleep(crate::lab::WITHIN);
    try_all(&stage, &EVERYONE, &cells);
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
    come_to(&[
        ("other_ca", "alert unknown_ca", "credential_unknown"),
        ("same_name_ca", "alert decrypt_error", "credential_unknown"),
        ("self_signed", "alert unknown_ca", "credential_unknown"),
    ]);
}

#[test]
fn m3_expired_and_not_yet_valid() {
    // TLS has one alert for both; the record tells them apart.
    come_to(&[
        ("expired", "alert certificate_expired", "expired"),
        ("not_yet_valid", "alert certificate_expired", "not_yet_valid"),
    ]);
}

#[test]
fn m4_for_servers_only_for_nothing_in_particular_and_for_anything() {
    come_to(&[
        ("server_only", "alert unsupported_certificate", "purpose_mismatch"),
        ("any_purpose", "alert unsupported_certificate", "purpose_mismatch"),
        // RFC 5280 §4.2.1.12: a certificate that does not say is for everything.
        ("no_purpose", "allowed", "allowed"),
    ]);
}

#[test]
fn m5_a_ca_as_a_caller() {
    come_to(&[("may_sign", "alert certificate_unknown", "purpose_mismatch")]);
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

fn subject_and_serial(certificate: &Path) -> String {
    let read = pem::parse(std::fs::read(certificate).unwrap()).unwrap();
    let (_, read) = x509_parser::parse_x509_certificate(read.contents()).unwrap();
    let serial = Serial(read.raw_serial().into());
    format!("{} {serial}", read.subject())
}
