//! How credentials are counted, and which ends are told.

use super::*;
use crate::{
    census::{Census, End, Ending, Standing},
    principal::Kind,
};

const SECOND: Duration = Duration::from_secs(1);

fn now() -> SystemTime {
    clock::from_seconds(1_800_000_000)
}

fn caller(which: Which, id: &str, state: State, ends: Option<SystemTime>) -> Caller {
    Caller { id: id.into(), name: id.into(), state, ends, ..partner(which) }
}

fn named(name: &str, serial: u8, state: CertificateState, not_after: SystemTime) -> CertificateRecord {
    CertificateRecord { name: name.into(), state, not_after, ..certificate(serial) }
}

#[test]
fn every_credential_stands_somewhere() {
    let memory = Memory::empty();
    let (over, later) = (Some(now()), Some(now() + SECOND));
    for (id, state, ends) in [
        ("live", State::Active, None),
        ("live for a while", State::Active, later),
        ("over", State::Active, over),
        ("off", State::Disabled, later),
        ("off and over", State::Disabled, over),
        ("gone and over", State::Revoked, over),
    ] {
        memory.put_caller(caller(Which::Key, id, state, ends));
    }
    memory.put_caller(caller(Which::Client, "live", State::Active, None));
    memory.put_certificate(named("a", 1, CertificateState::Active, now() + SECOND));
    memory.put_certificate(named("a", 2, CertificateState::Active, now()));
    memory.put_certificate(named("a", 3, CertificateState::Revoked, now() + SECOND));
    let of = |kind| Standing::ALL.iter().map(move |standing| (kind, *standing));
    let census = memory.census(now());
    let counted = |kind| of(kind).map(|key| census.credentials.get(&key).copied().unwrap_or(0)).collect::<Vec<_>>();
    assert_eq!(counted(Kind::Key), [2, 1, 1, 2], "active, disabled, revoked, expired");
    assert_eq!(counted(Kind::Client), [1, 0, 0, 0]);
    assert_eq!(counted(Kind::Certificate), [1, 0, 1, 1]);
}

#[test]
fn nothing_ends_where_nothing_has_an_end() {
    let memory = Memory::empty();
    assert_eq!(memory.census(now()), Census::default());
    memory.put_caller(partner(Which::Client));
    assert!(memory.census(now()).ends.is_empty());
}

#[test]
fn what_is_of_no_use_any_more_need_not_be_seen_to() {
    let memory = Memory::empty();
    for (id, state, ends) in
        [("off", State::Disabled, now() + SECOND), ("gone", State::Revoked, now() + SECOND), ("over", State::Active, now())]
    {
        memory.put_caller(caller(Which::Key, id, state, Some(ends)));
    }
    memory.put_certificate(named("a", 1, CertificateState::Revoked, now() + SECOND));
    memory.put_certificate(named("a", 2, CertificateState::Active, now()));
    assert!(memory.census(now()).ends.is_empty());
}

#[test]
fn a_renewed_certificate_takes_the_place_of_the_one_before() {
    let memory = Memory::empty();
    let ends = || memory.census(now()).ends.get(&Ending::ClientCertificate).map(|end| end.at);
    memory.put_certificate(named("a", 1, CertificateState::Active, now() + SECOND * 5));
    memory.put_certificate(named("b", 2, CertificateState::Active, now() + SECOND * 70));
    assert_eq!(ends(), Some(now() + SECOND * 5));
    memory.put_certificate(named("a", 3, CertificateState::Active, now() + SECOND * 90));
    assert_eq!(ends(), Some(now() + SECOND * 70), "the old one of `a` may end");
    memory.put_certificate(named("a", 3, CertificateState::Revoked, now() + SECOND * 90));
    assert_eq!(ends(), Some(now() + SECOND * 5), "it has only the old one again");
}

#[test]
fn a_key_is_overdue_before_its_end() {
    let memory = Memory::empty();
    let created = now() - SECOND * 500;
    memory.put_caller(Caller { created, ..caller(Which::Key, "a", State::Active, Some(now() + SECOND * 100)) });
    let end = memory.census(now()).ends[&Ending::Key];
    assert_eq!(end, End { at: now() + SECOND * 100, overdue: Some(now()) }, "a sixth of 600 seconds is left");
}

#[test]
fn secrets_that_were_rotated_away_end_by_themselves() {
    let memory = Memory::empty();
    let secrets = |ends| vec![secret("new"), StoredSecret { ends: Some(ends), ..secret("old") }];
    for (which, ends) in [(Which::Client, now() + SECOND * 7), (Which::Key, now() + SECOND * 9)] {
        memory.put_caller(Caller { secrets: secrets(ends), ..partner(which) });
    }
    memory.put_caller(Caller { secrets: secrets(now()), ..caller(Which::Client, "long ago", State::Active, None) });
    let told = memory.census(now()).ends;
    let meant = |at| End { at, overdue: None };
    assert_eq!(
        told.into_iter().collect::<Vec<_>>(),
        [(Ending::KeySecret, meant(now() + SECOND * 9)), (Ending::ClientSecret, meant(now() + SECOND * 7))]
    );
}
