//! Every way to be refused, with its reason and what is told of the certificate.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    callers::{Caller, VERSIONS, ask, closed},
    identities::{ca, ca_until},
    *,
};
use crate::denial::Reason;

/// What a client presents, and the reason that it is refused with. With `true` the record names subject and serial.
fn rows(lab: &Lab) -> Vec<(&'static str, Option<Identity>, Reason, bool)> {
    let ours = &lab.client_ca;
    let purpose = |params: &mut rcgen::CertificateParams| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    };
    let good = ours.client("partner");
    let truncated = good.chain[0][..200].to_vec();
    let revoked = ours.client("revoked");
    lab.revocations.revoke(&ours.name(), revoked.serial());
    vec![
        ("no certificate", None, Reason::CredentialMissing, false),
        ("another CA", Some(ca("another CA").client("partner")), Reason::CredentialUnknown, true),
        ("self-signed", Some(ca("partner").itself()), Reason::CredentialUnknown, true),
        ("a CA of the same name", Some(ca("client CA").client("partner")), Reason::CredentialUnknown, true),
        ("without its key", Some(ours.client("partner").stolen()), Reason::SignatureInvalid, true),
        ("another CA, and without its key", Some(ca("another CA").client("partner").stolen()), Reason::CredentialUnknown, true),
        (
            "expired",
            Some(ours.client_with("partner", |leaf| leaf.not_after = seconds_from_now(-1).into())),
            Reason::Expired,
            true,
        ),
        (
            "not yet valid",
            Some(ours.client_with("partner", |leaf| leaf.not_before = seconds_from_now(60).into())),
            Reason::NotYetValid,
            true,
        ),
        ("for servers only", Some(ours.client_with("partner", purpose)), Reason::PurposeMismatch, true),
        ("revoked", Some(revoked), Reason::Revoked, true),
        ("garbage", Some(ours.client("partner").presenting(b"garbage")), Reason::CredentialMalformed, false),
        ("truncated", Some(good.presenting(&truncated)), Reason::CredentialMalformed, false),
        ("a CA as a caller", Some(ours.itself()), Reason::PurposeMismatch, true),
    ]
}

#[tokio::test]
async fn every_bad_certificate_is_refused_with_its_reason() {
    let lab = Lab::mutual();
    for version in VERSIONS {
        for (what, identity, reason, names_it) in rows(&lab) {
            let caller = Caller::new(&lab.server_ca, identity.as_ref(), version, &["http/1.1"]);
            assert!(caller.try_once(&lab, "/").await.is_err(), "{what}: was answered");
            let refusal = lab.refusal().await;
            assert_eq!(refusal.reason, reason, "{what}, {version:?}: {}", refusal.cause);
            assert_eq!(refusal.subject.is_some(), names_it, "{what}: {refusal:?}");
            if let Some(identity) = identity.filter(|_| names_it) {
                assert_eq!(refusal.serial, Some(identity.serial()), "{what}");
            }
        }
    }
    assert_eq!((*lab.recorder.accepted.borrow(), lab.registry.connections()), (0, 0));
}

#[tokio::test]
async fn a_good_certificate_is_told_to_the_application() {
    let lab = Lab::mutual();
    let identity = lab.client_ca.client_with("partner", |leaf| {
        leaf.subject_alt_names.push(rcgen::SanType::URI("spiffe://x/y".try_into().unwrap()));
    });
    for version in VERSIONS {
        let caller = Caller::new(&lab.server_ca, Some(&identity), version, &[]);
        let told = caller.try_once(&lab, "/peer").await.unwrap();
        let expected = format!(r#"127.0.0.1 resumed=false partner ["partner", "spiffe://x/y"] {}"#, identity.serial());
        assert_eq!(told, expected);
    }
    assert_eq!(*lab.recorder.accepted.borrow(), 2);
}

#[tokio::test]
async fn without_a_list_nobody_gets_in() {
    let lab = Lab::mutual();
    let identity = lab.client_ca.client("partner");
    let mut ended = empty_list(&lab.client_ca);
    ended.next_update = seconds_from_now(-1);
    for lists in [vec![], vec![ended], vec![empty_list(&lab.server_ca)]] {
        lab.revocations.replace(lists).unwrap();
        for version in VERSIONS {
            let caller = Caller::new(&lab.server_ca, Some(&identity), version, &[]);
            assert!(caller.try_once(&lab, "/").await.is_err());
            assert_eq!(lab.refusal().await.reason, Reason::RevocationUnknown);
        }
    }
}

#[tokio::test]
async fn an_intermediate_ca_can_be_revoked_too() {
    let lab = Lab::mutual();
    let below = lab.client_ca.intermediate("below");
    let identity = below.client("partner").with(&below);
    let caller = Caller::plainest(&lab, &identity);
    assert!(caller.try_once(&lab, "/").await.is_err());
    assert_eq!(lab.refusal().await.reason, Reason::RevocationUnknown, "nobody says anything of what the intermediate signed");
    lab.revocations.replace(vec![empty_list(&lab.client_ca), empty_list(&below)]).unwrap();
    assert_eq!(caller.try_once(&lab, "/").await.unwrap(), "hello");
    lab.revocations.revoke(&lab.client_ca.name(), crate::peer::Serial([0x41; 16].into()));
    assert!(Caller::plainest(&lab, &identity).try_once(&lab, "/").await.is_err());
    assert_eq!(lab.refusal().await.reason, Reason::Revoked);
}

#[tokio::test]
async fn an_intermediate_ca_signs_only_with_a_key_for_signing_certificates() {
    use rcgen::KeyUsagePurpose::{CrlSign, DigitalSignature, KeyCertSign};
    let lab = Lab::mutual();
    let rows: [(&[_], _); 4] =
        [(&[], Ok("hello")), (&[KeyCertSign, CrlSign], Ok("hello")), (&[CrlSign], Err(())), (&[DigitalSignature], Err(()))];
    for (usages, expected) in rows {
        let below = lab.client_ca.intermediate_for("below", usages);
        lab.revocations.replace(vec![empty_list(&lab.client_ca), empty_list(&below)]).unwrap();
        let answer = Caller::plainest(&lab, &below.client("partner").with(&below)).try_once(&lab, "/").await;
        assert_eq!(answer.as_deref().map_err(drop), expected, "{usages:?}");
        if expected.is_err() {
            assert_eq!(lab.refusal().await.reason, Reason::CredentialUnknown, "{usages:?}");
        }
    }
}

#[tokio::test]
async fn what_is_not_tls_is_a_protocol_error() {
    let lab = Lab::mutual();
    let mut plain = TcpStream::connect(lab.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    assert_eq!(lab.refusal().await.reason, Reason::ProtocolError);
    closed(&mut plain).await;
    drop(TcpStream::connect(lab.address).await.unwrap());
    assert_eq!(lab.refusal().await.reason, Reason::ProtocolError, "closed early");
    let identity = lab.client_ca.client("partner");
    for version in VERSIONS {
        let distrustful = Caller::new(&ca("somebody else"), Some(&identity), version, &[]);
        assert!(distrustful.connect(&lab).await.is_err());
        let refusal = lab.refusal().await;
        assert_eq!(refusal.reason, Reason::ProtocolError, "the client does not trust us");
        assert_eq!(refusal.subject, None, "{}", refusal.cause);
        let foreign = Caller::new(&lab.server_ca, Some(&identity), version, &["imap"]);
        assert!(foreign.connect(&lab).await.is_err());
        assert_eq!(lab.refusal().await.reason, Reason::ProtocolError, "no protocol in common");
    }
}

#[tokio::test]
async fn who_is_silent_is_refused_in_time() {
    let deadlines = Deadlines { handshake: Duration::from_millis(100), ..Deadlines::default() };
    let lab = Lab::start(Lock::Mutual, deadlines, Limits::default());
    let begin = std::time::Instant::now();
    let mut silent = TcpStream::connect(lab.address).await.unwrap();
    assert_eq!(lab.refusal().await.reason, Reason::Timeout);
    assert!(begin.elapsed() >= deadlines.handshake);
    assert_eq!(within(silent.read(&mut [0])).await.unwrap(), 0);
}

#[tokio::test]
async fn more_connections_than_the_limit_are_refused_as_overload() {
    for lock in [Lock::Plain, Lock::Mutual] {
        let lab = Lab::start(lock, Deadlines::default(), Limits { connections_per_address: 1, ..Limits::default() });
        let first = TcpStream::connect(lab.address).await.unwrap();
        // The first is accepted before the second, since the listener hands them out in order.
        let mut second = TcpStream::connect(lab.address).await.unwrap();
        let refusal = lab.refusal().await;
        assert_eq!((refusal.reason, refusal.address), (Reason::Overloaded, second.local_addr().unwrap()));
        closed(&mut second).await;
        drop(first);
    }
}

#[tokio::test]
async fn without_a_lock_no_certificate_is_asked_for() {
    let lab = Lab::start(Lock::Tls, Deadlines::default(), Limits::default());
    for version in VERSIONS {
        let caller = Caller::new(&lab.server_ca, None, version, &["http/1.1"]);
        assert_eq!(caller.try_once(&lab, "/peer").await.unwrap(), "127.0.0.1 resumed=false ");
    }
    let plain = Lab::start(Lock::Plain, Deadlines::default(), Limits::default());
    let mut stream = TcpStream::connect(plain.address).await.unwrap();
    assert_eq!(ask(&mut stream, "/peer").await.unwrap(), "127.0.0.1 plain");
}

#[tokio::test]
async fn a_ca_stops_counting_when_it_ends() {
    let short = ca_until("client CA", seconds_from_now(2));
    let leaf = short.client_with("partner", |leaf| leaf.not_after = seconds_from_now(3600).into());
    let lists = Arc::new(RevocationLists::default());
    lists.replace(vec![empty_list(&short)]).unwrap();
    let verifier = ClientVerifier::new(&[short.der()], lists, crate::clock::now()).unwrap();
    let at = |time: SystemTime| {
        let now = rustls::pki_types::UnixTime::since_unix_epoch(time.duration_since(SystemTime::UNIX_EPOCH).unwrap());
        verifier.verify(&leaf.chain[0], &[], now, Purpose::ClientAuth)
    };
    assert!(at(crate::clock::now()).is_ok());
    assert_eq!(reason_of(&at(seconds_from_now(10)).unwrap_err(), false), Reason::Expired);
}
