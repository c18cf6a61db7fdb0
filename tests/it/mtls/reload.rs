//! What the server is and whom it believes is replaced while 200 new connections arrive every second, and no good client notices.

use super::{
    call::{Calls, Files},
    flaws::subject_and_serial,
    load::Load,
    stage::Stage,
    through_rustls::Rustls,
};
use crate::lab::eventually;

pub(super) fn issued(stage: &Stage, name: &str) -> Files {
    Files::issued(&stage.lab.effective(&["cert", "issue", name]))
}

/// One call by somebody who is not part of the load.
pub(super) fn told(stage: &Stage, files: &Files) -> String {
    Rustls::new().call(&stage.call("1.3", Some(files)))
}

#[test]
fn a_new_server_certificate_under_load_fails_no_handshake() {
    let stage = Stage::new("");
    let partner = issued(&stage, "partner");
    Load::during(&stage, &[&partner], |load| {
        for new_key in [&[][..], &["--new-key"], &["--new-key"]] {
            let before = load.server();
            stage.lab.json(&[&["cert", "server"], new_key].concat());
            eventually("the new one is presented", || load.server() != before);
            load.wait_for(100);
        }
    });
}

#[test]
fn client_cas_one_after_another_under_load_fail_no_handshake() {
    let stage = Stage::new("");
    let old = issued(&stage, "partner");
    Load::during(&stage, &[&old], |load| {
        stage.lab.json(&["cert", "ca", "rotate"]);
        let new = issued(&stage, "successor");
        load.call_as(&[&old, &new]);
        load.wait_for(200);
        load.call_as(&[&new]);
        load.wait_for(20);
        stage.lab.json(&["cert", "ca", "retire", "1", "--force"]);
        eventually("the old one counts no more", || told(&stage, &old) == "alert unknown_ca");
        load.wait_for(100);
    });
    let last = stage.call("1.3", Some(&old));
    assert_eq!(Rustls::new().call(&last), "alert unknown_ca");
    let refused = format!("TLS credential_unknown {}", subject_and_serial(&old.chain));
    assert_eq!(stage.recorded_of(last.from, 1), [refused]);
}

#[test]
fn revocations_and_new_lists_under_load_fail_no_handshake() {
    let stage = Stage::new("");
    let partner = issued(&stage, "partner");
    let others: Vec<_> = (0..10).map(|number| issued(&stage, &format!("other-{number}"))).collect();
    Load::during(&stage, &[&partner], |load| {
        for (number, other) in others.iter().enumerate() {
            stage.lab.effective(&["cert", "revoke", &format!("other-{number}")]);
            assert_eq!(told(&stage, other), "alert certificate_revoked");
            stage.lab.json(&["cert", "crl"]);
            load.wait_for(20);
        }
    });
    assert_eq!(stage.refused("revoked"), 10);
}
