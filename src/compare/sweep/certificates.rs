//! What the keys of certificates cost in a full handshake, on both sides.

use std::path::Path;

use super::{Prepared, size::ask, turns::Kind};
use crate::{
    compare::{
        bench::{Bench, Setup, place},
        findings::Axis,
        forge::certificate,
    },
    files::{self, Readers},
    key_type::KeyType,
    mode::Mode,
};

/// Callers with a key of each kind, before servers that are all alike.
pub(super) async fn of_callers() -> Result<Prepared, String> {
    let mut prepared = Prepared::new(Axis::ClientKey, Mode::Mtls);
    for kind in KeyType::ALL {
        let setup = Setup { provisioning: vec!["--key-type", kind.as_str()], ..Setup::of(Mode::Mtls) };
        let bench = Bench::open(&setup).await?;
        let point = prepared.point(said(*kind), None);
        prepared.put(point, &bench, Kind::Fresh);
        prepared.keep(point, bench);
    }
    Ok(prepared)
}

/// Servers with a key of each kind, and no lock.
pub(super) async fn of_servers() -> Result<Prepared, String> {
    let mut prepared = Prepared::new(Axis::ServerKey, Mode::Open);
    for kind in KeyType::ALL {
        let place = place(tls_settings())?;
        ask(&place, &["cert", "init"]).await?;
        give(&place.certs().join("server-ca"), place.path(), *kind)?;
        let bench = Bench::open_in(place, &Setup { ca: Some("server-ca/cert.pem"), ..Setup::of(Mode::Open) }).await?;
        let point = prepared.point(said(*kind), None);
        prepared.put(point, &bench, Kind::Fresh);
        prepared.keep(point, bench);
    }
    Ok(prepared)
}

const CERTIFICATE: &str = "measured.cert.pem";
const KEY: &str = "measured.key.pem";

fn tls_settings() -> toml::Table {
    let files = [("certificate", CERTIFICATE), ("key", KEY)];
    let tls = toml::Table::from_iter(files.map(|(key, file)| (key.to_owned(), file.into())));
    toml::Table::from_iter([("tls".to_owned(), tls.into())])
}

/// A server's certificate of the server CA, with a key of this kind.
fn give(ca: &Path, into: &Path, kind: KeyType) -> Result<(), String> {
    let (certificate, key) = certificate::server_with(ca, kind)?;
    let write = |file: &str, text: &str| files::write(&into.join(file), text.as_bytes(), Readers::Owner);
    write(CERTIFICATE, &certificate).and_then(|()| write(KEY, &key)).map_err(|error| error.to_string())
}

/// A kind of key as people call it.
fn said(kind: KeyType) -> &'static str {
    match kind {
        KeyType::P256 => "ECDSA, P-256",
        KeyType::Ed25519 => "Ed25519",
        KeyType::Rsa => "RSA, 3072 bits",
        KeyType::Rsa2048 => "RSA, 2048 bits",
    }
}
