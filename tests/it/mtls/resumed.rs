//! A session that is resumed presents nothing, and is judged all the same.

use super::{
    call::{Call, Caller, Files, VERSIONS},
    stage::Stage,
};
use crate::lab::text;

/// curl keeps its sessions for one run.
const RESUMERS: [Caller; 4] = [Caller::Openssl, Caller::Python, Caller::Node, Caller::Rustls];

#[test]
fn a_certificate_revoked_meanwhile_does_not_come_back_by_its_session() {
    let stage = Stage::new("");
    for (caller, tls) in RESUMERS.into_iter().flat_map(|caller| VERSIONS.map(|tls| (caller, tls))) {
        let Some(mut running) = caller.start() else { continue };
        let name = format!("{caller:?}-{tls}").to_lowercase();
        let issued = stage.lab.effective(&["cert", "issue", &name]);
        let call = stage.call(tls, Some(&Files::issued(&issued)));
        let again = Call { resume: true, ..call.clone() };
        assert_eq!(running.call(&call), "allowed", "{caller:?} {tls}");
        assert_eq!(running.call(&again), "allowed, resumed", "{caller:?} {tls}");
        stage.lab.effective(&["cert", "revoke", &name]);
        let told = [running.call(&again), running.call(&call)];
        assert_eq!(told, ["closed", "alert certificate_revoked"], "{caller:?} {tls}");
        let revoked = format!("TLS revoked CN={name} {}", text(&issued, "serial"));
        let allowed = format!("allowed {name}");
        let expected = [allowed.clone(), allowed, revoked.clone(), revoked];
        assert_eq!(stage.recorded_of(call.from, expected.len()), expected, "{caller:?} {tls}");
    }
}
