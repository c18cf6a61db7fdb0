//! Octets where a certificate should be. OpenSSL reads what it sends, so rustls alone can be made to send them.

use super::{
    call::{Caller, Files, VERSIONS},
    matrix::{Cell, try_all},
    optional::OPTIONAL,
    stage::Stage,
};
use crate::lab::text;

/// Tries each in both versions; the record names the one of which a name can be read.
fn come_to(config: &str, told: &str, recorded: &str, recorded_of_named: impl Fn(&str) -> String) {
    let stage = Stage::new(config);
    let issued = stage.lab.effective(&["cert", "issue", "partner"]);
    let good = Files::issued(&issued);
    let leaf = pem::parse_many(std::fs::read(&good.chain).unwrap()).unwrap().remove(0).into_contents();
    let (nobody, partner) = (recorded.to_owned(), recorded_of_named(text(&issued, "serial")));
    let rows = [
        ("nothing", Vec::new(), &nobody),
        ("no certificate", b"certificate".to_vec(), &nobody),
        ("half a certificate", leaf[..leaf.len() / 2].to_vec(), &nobody),
        ("a certificate and more", [&leaf[..], b"more"].concat(), &partner),
    ];
    let mut cells = Vec::new();
    for (what, octets, recorded) in rows {
        let chain = pem::encode(&pem::Pem::new("CERTIFICATE", octets));
        let files = Files { chain: stage.lab.file(&format!("{what}.pem"), &chain), ..good.clone() };
        cells.extend(VERSIONS.map(|tls| Cell {
            what: what.into(),
            caller: Caller::Rustls,
            call: stage.call(tls, Some(&files)),
            told: told.into(),
            recorded: Some(recorded.clone()),
        }));
    }
    try_all(&stage, &[Caller::Rustls], &cells);
}

#[test]
fn what_is_no_certificate_is_malformed() {
    let named = |serial: &str| format!("TLS credential_malformed CN=partner {serial}");
    come_to("", "alert bad_certificate", "TLS credential_malformed nobody nobody", named);
}

#[test]
fn and_told_in_http_where_none_is_demanded() {
    let told = "403 credential_malformed";
    come_to(OPTIONAL, told, told, |_| told.into());
}
