//! A session that is resumed presents nothing, and is judged all the same.

use super::{
    call::{Call, Caller, Files, VERSIONS},
    optional::OPTIONAL,
    stage::Stage,
};
use crate::lab::text;

/// curl keeps its sessions for one run.
const RESUMERS: [Caller; 4] = [Caller::Openssl, Caller::Python, Caller::Node, Caller::Rustls];

/// Calls, resumes, is revoked, resumes and calls anew; gives what the last two were told, and the two records of it.
fn come_back(config: &str, told: [&str; 2], recorded: impl Fn(&str, &str) -> String) {
    let stage = Stage::new(config);
    for (caller, tls) in RESUMERS.into_iter().flat_map(|caller| VERSIONS.map(|tls| (caller, tls))) {
        let Some(mut running) = caller.start() else { continue };
        let name = format!("{caller:?}-{tls}").to_lowercase();
        let issued = stage.lab.effective(&["cert", "issue", &name]);
        let call = stage.call(tls, Some(&Files::issued(&issued)));
        let again = Call { resume: true, ..call.clone() };
        assert_eq!(running.call(&call), "allowed", "{caller:?} {tls}");
        assert_eq!(running.call(&again), "allowed, resumed", "{caller:?} {tls}");
        stage.lab.effective(&["cert", "revoke", &name]);
        assert_eq!([running.call(&again), running.call(&call)], told, "{caller:?} {tls}");
        let refused = recorded(&name, text(&issued, "serial"));
        let allowed = format!("allowed {name}");
        let expected = [allowed.clone(), allowed, refused.clone(), refused];
        assert_eq!(stage.recorded_of(call.from, expected.len()), expected, "{caller:?} {tls}");
    }
}

#[test]
fn a_certificate_revoked_meanwhile_does_not_come_back_by_its_session() {
    // A handshake that resumes is over before anything is looked up: there is no alert for it.
    let told = ["closed", "alert certificate_revoked"];
    come_back("", told, |name, serial| format!("TLS revoked CN={name} {serial}"));
}

#[test]
fn nor_where_no_certificate_is_demanded() {
    come_back(OPTIONAL, ["403 revoked", "403 revoked"], |_, _| "403 revoked".into());
}
