//! A resumed session is not verified by rustls: we look again.

use super::{
    callers::{Caller, VERSIONS},
    *,
};
use crate::denial::Reason;

#[tokio::test]
async fn a_session_is_resumed_with_its_certificate() {
    let lab = Lab::mutual();
    let identity = lab.client_ca.client("partner");
    for version in VERSIONS {
        let caller = Caller::new(&lab.server_ca, Some(&identity), version, &["http/1.1"]);
        assert!(caller.try_once(&lab, "/peer").await.unwrap().contains("resumed=false"));
        let told = caller.try_once(&lab, "/peer").await.unwrap();
        assert!(told.contains("resumed=true") && told.ends_with(&identity.serial().to_string()), "{version:?}: {told}");
    }
}

#[tokio::test]
async fn the_revoked_do_not_come_back_by_their_ticket() {
    for version in VERSIONS {
        let lab = Lab::mutual();
        let identity = lab.client_ca.client("partner");
        let caller = Caller::new(&lab.server_ca, Some(&identity), version, &["http/1.1"]);
        caller.try_once(&lab, "/").await.unwrap();
        assert!(caller.try_once(&lab, "/peer").await.unwrap().contains("resumed=true"));
        lab.revoke(&identity);
        assert!(caller.try_once(&lab, "/").await.is_err());
        let refusal = lab.refusal().await;
        assert_eq!(refusal.reason, Reason::Revoked, "{version:?}: {}", refusal.cause);
        assert_eq!(refusal.serial, Some(identity.serial()));
    }
}

#[tokio::test]
async fn a_list_that_is_lost_stops_resumption_too() {
    let lab = Lab::mutual();
    let identity = lab.client_ca.client("partner");
    let caller = Caller::plainest(&lab, &identity);
    caller.try_once(&lab, "/").await.unwrap();
    lab.revocations.replace(Vec::new()).unwrap();
    assert!(caller.try_once(&lab, "/").await.is_err());
    assert_eq!(lab.refusal().await.reason, Reason::RevocationUnknown);
}

/// Takes two seconds: that is how short a certificate can be, and it must end for real.
#[tokio::test]
async fn the_expired_are_cut_and_do_not_come_back() {
    let lab = Lab::mutual();
    let identity = lab.client_ca.client_with("partner", |leaf| leaf.not_after = seconds_from_now(2).into());
    let callers = VERSIONS.map(|version| Caller::new(&lab.server_ca, Some(&identity), version, &["http/1.1"]));
    let mut open = Vec::new();
    for caller in &callers {
        caller.try_once(&lab, "/").await.unwrap();
        open.push(caller.connect(&lab).await.unwrap());
    }
    for stream in &mut open {
        callers::closed(stream).await;
    }
    let (_, read) = x509_parser::parse_x509_certificate(&identity.chain[0]).unwrap();
    let not_after = crate::clock::from_seconds(u64::try_from(read.validity().not_after.timestamp()).unwrap());
    assert!(crate::clock::now() >= not_after, "cut before its time");
    for caller in &callers {
        assert!(caller.try_once(&lab, "/").await.is_err());
        assert_eq!(lab.refusal().await.reason, Reason::Expired);
    }
}

#[tokio::test]
async fn sessions_of_one_server_do_not_open_another() {
    let (one, two) = (Lab::mutual(), Lab::start(Lock::Tls, Deadlines::default(), Limits::default()));
    let caller = Caller::new(&two.server_ca, None, &rustls::version::TLS13, &["http/1.1"]);
    assert_eq!(caller.try_once(&two, "/").await.unwrap(), "hello");
    // Same name, so the client offers its ticket; other store, so the server does not know it.
    assert!(caller.try_once(&one, "/").await.is_err());
}
