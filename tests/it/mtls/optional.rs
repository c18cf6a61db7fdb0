//! The same faults where no certificate is demanded: the handshake succeeds, and HTTP says what is wrong.

use super::{
    call::{Caller, EVERYONE, Files, VERSIONS, everyone},
    flaws::come_to,
    matrix::{Cell, try_all},
    stage::Stage,
};
use crate::lab::text;

pub(super) const OPTIONAL: &str = "[mtls]\nclient_auth = \"optional\"\n";

#[test]
fn m2_to_m5_are_told_in_http() {
    come_to(
        &Stage::new(OPTIONAL),
        &[
            ("other_ca", "403 credential_unknown", "403 credential_unknown"),
            ("same_name_ca", "403 credential_unknown", "403 credential_unknown"),
            ("self_signed", "403 credential_unknown", "403 credential_unknown"),
            ("expired", "403 expired", "403 expired"),
            ("not_yet_valid", "403 not_yet_valid", "403 not_yet_valid"),
            ("server_only", "403 purpose_mismatch", "403 purpose_mismatch"),
            ("any_purpose", "403 purpose_mismatch", "403 purpose_mismatch"),
            ("may_sign", "403 purpose_mismatch", "403 purpose_mismatch"),
        ],
    );
}

#[test]
fn m1_is_told_in_http() {
    let stage = Stage::new(OPTIONAL);
    let cell = |(caller, tls)| Cell {
        what: "no certificate".into(),
        caller,
        call: stage.call(tls, None),
        told: "403 credential_missing".into(),
        recorded: Some("403 credential_missing".into()),
    };
    try_all(&stage, &EVERYONE, &everyone().map(cell).collect::<Vec<_>>());
}

/// Of a session without a proof there is nothing that HTTP could tell.
#[test]
fn m9_is_an_alert_all_the_same() {
    let stage = Stage::new(OPTIONAL);
    let issued = stage.lab.effective(&["cert", "issue", "partner", "--flaw", "other_key"]);
    let cell = |tls| Cell {
        what: "another's key".into(),
        caller: Caller::Rustls,
        call: stage.call(tls, Some(&Files::issued(&issued))),
        told: "alert decrypt_error".into(),
        recorded: Some(format!("TLS signature_invalid CN=partner {}", text(&issued, "serial"))),
    };
    try_all(&stage, &[Caller::Rustls], &VERSIONS.map(cell));
}
