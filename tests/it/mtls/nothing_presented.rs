//! Without a certificate nobody gets in.

use super::{
    call::{EVERYONE, everyone},
    matrix::{Cell, try_all},
    stage::Stage,
};

#[test]
fn m1_no_certificate() {
    let stage = Stage::new("");
    let cell = |(caller, tls)| Cell {
        what: "no certificate".into(),
        caller,
        call: stage.call(tls, None),
        told: "alert certificate_required".into(),
        recorded: Some("TLS credential_missing nobody nobody".into()),
    };
    try_all(&stage, &EVERYONE, &everyone().map(cell).collect::<Vec<_>>());
}
