//! What a revocation list costs by how many certificates it names.

use std::time::{Duration, Instant};

use super::{
    Prepared, SIZES,
    size::{ask, microseconds, octets},
    turns::Kind,
};
use crate::{
    compare::{
        bench::{Bench, CHANGE_WITHIN, Setup, place},
        findings::{Axis, Grown, Quantity, Shape},
        forge::list,
        load::burst,
    },
    mode::Mode,
    peer::Serial,
};

/// How often a further certificate is put on the list.
const TIMES: usize = 6;
/// A list that is not in force by then is not looked for any longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Servers with lists of each length. The list is there before the server starts; none of those that it names ever calls.
pub(super) async fn prepare() -> Result<Prepared, String> {
    let mut prepared = Prepared::new(Axis::Revoked, Mode::Mtls);
    for size in SIZES {
        let place = place(toml::Table::new())?;
        ask(&place, &["cert", "init"]).await?;
        let ca = place.certs().join("client-ca");
        list::publish(&ca, &ca.join("crl.pem"), &strangers(size))?;
        let bench = Bench::open_in(place, &Setup::of(Mode::Mtls)).await?;
        let point = prepared.point(&size.to_string(), Some(size));
        prepared.put(point, &bench, Kind::Fresh);
        prepared.keep(point, bench);
    }
    Ok(prepared)
}

/// How long it takes until a list that names one more is in force, at a server that is not asked anything else.
pub(super) async fn in_force(bench: &Bench, many: u64) -> Vec<Grown> {
    let file = bench.place.certs().join("client-ca/crl.pem");
    let length = std::fs::metadata(&file).map(|found| found.len()).unwrap_or_default();
    let mut took = Vec::new();
    let mut fault = None;
    for time in 0..TIMES {
        match revoked_after(bench, many, &format!("leaver-{time}")).await {
            Ok(after) => took.push(microseconds(after)),
            Err(why) => fault = Some(why),
        }
    }
    let in_force = match fault {
        Some(why) => Grown::void(Quantity::InForce, took.len() as u64, why),
        None => Grown::of(Quantity::InForce, &took, took.len() as u64),
    };
    vec![Grown::once(Quantity::Size, octets(length)), in_force]
}

/// From the list in its place until the first handshake that fails.
async fn revoked_after(bench: &Bench, many: u64, name: &str) -> Result<Duration, String> {
    let leaver = bench.caller(name, &[]).await?;
    tokio::time::sleep(CHANGE_WITHIN).await;
    let shown = ask(&bench.place, &["cert", "show", name]).await?;
    let serial = shown["serial"].as_str().or(shown[0]["serial"].as_str()).and_then(Serial::from_hex);
    let serial = serial.ok_or_else(|| format!("`cert show {name}` tells no serial"))?;
    let all: Vec<Serial> = strangers(many).into_iter().chain([serial]).collect();
    let ca = bench.place.certs().join("client-ca");
    list::publish(&ca, &ca.join("crl.pem"), &all)?;
    let (begun, never) = (Instant::now(), std::sync::atomic::AtomicBool::new(false));
    while burst(&leaver, Shape::Fresh, 1, PATIENCE, &never).await.error.is_none() {
        if begun.elapsed() > PATIENCE {
            return Err(format!("a list with one more was not in force after {PATIENCE:?}"));
        }
    }
    Ok(begun.elapsed())
}

/// So many serials that no certificate has: random ones have 16 octets or more here.
fn strangers(many: u64) -> Vec<Serial> {
    (0..many).map(|number| Serial([&[0x5a][..], &number.to_be_bytes(), &[0x5a; 7]].concat().into())).collect()
}
