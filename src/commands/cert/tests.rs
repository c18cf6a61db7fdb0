use std::{sync::Arc, time::Duration};

use super::{revoke::revoke, *};
use crate::{
    key_type::KeyType,
    pki::{Existing, Issued, Order, OrderKey, Pki},
    principal::Grant,
    store::{CertificateRecord, CertificateState},
};

const HOUR: Duration = Duration::from_secs(3600);

fn lab() -> (tempfile::TempDir, Common) {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let common = Common { config: None, state: at("state"), certs: at("certs"), json: true, verbose: 0 };
    (directory, common)
}

fn desk(common: &Common) -> Desk<'_> {
    Desk { common, store: Store::open(&common.state).unwrap(), passphrase: None }
}

fn issue(desk: &mut Desk<'_>, name: &str, sans: &[String], grant: Grant) -> Result<Issued, Failure> {
    let key = OrderKey::Fresh(KeyType::P256);
    let order = Order { name, sans, ttl: HOUR, key, flaw: None, existing: Existing::Refuse };
    let pki = desk.pki().unwrap();
    issue::issue(desk, &pki, order, grant)
}

fn again(desk: &mut Desk<'_>, name: &str, ttl: Duration) -> Result<(Arc<str>, Issued), Failure> {
    let pki = desk.pki().unwrap();
    renew::renew(desk, &pki, name, ttl, None)
}

fn gold() -> Grant {
    Grant { plan: Some("gold".into()), ..Grant::default() }
}

#[test]
fn a_renewal_repeats_names_and_grant_and_leaves_the_old_one_valid() {
    let (_directory, common) = lab();
    let desk = &mut desk(&common);
    let sans = ["URI:spiffe://x/y".to_owned()];
    let first = issue(desk, "partner", &sans, gold()).unwrap();
    let (name, second) = again(desk, "partner", HOUR * 2).unwrap();
    assert_eq!((&*name, first.serial == second.serial), ("partner", false));
    let all = desk.store.certificates_of("partner").unwrap();
    assert!(all.iter().all(|one| one.state == CertificateState::Active && one.grant == gold() && one.sans == sans));
    assert_eq!(all.len(), 2);
}

#[test]
fn one_serial_is_revoked_alone_and_a_name_as_a_whole() {
    let (_directory, common) = lab();
    let desk = &mut desk(&common);
    let first = issue(desk, "partner", &[], Grant::default()).unwrap();
    let (_, second) = again(desk, "partner", HOUR * 2).unwrap();
    let on_list = || Pki::open(&common.certs).unwrap().read_revocation_lists().unwrap().remove(0).revoked;
    let hex = first.serial.to_string().to_uppercase();
    assert_eq!(revoke(desk, None, Some(&hex)).unwrap().len(), 1);
    assert!(on_list().contains_key(&first.serial) && !on_list().contains_key(&second.serial));
    revoke(desk, Some("partner"), None).unwrap();
    assert!(on_list().contains_key(&second.serial));
}

#[test]
fn after_a_revocation_the_name_starts_anew() {
    let (_directory, common) = lab();
    let desk = &mut desk(&common);
    issue(desk, "partner", &[], Grant::default()).unwrap();
    revoke(desk, Some("partner"), None).unwrap();
    insta::assert_snapshot!(again(desk, "partner", HOUR).unwrap_err(), @"
    every certificate of `partner` is revoked
      mend: `authbench cert issue partner` makes a new one, with grants of its own
    ");
    issue(desk, "partner", &[], gold()).unwrap();
}

#[test]
fn what_cannot_be_leaves_nothing_behind() {
    let (directory, common) = lab();
    let desk = &mut desk(&common);
    issue(desk, "partner", &[], Grant::default()).unwrap();
    let key = || std::fs::read(directory.path().join("certs/clients/partner/key.pem")).unwrap();
    let before = key();
    assert!(issue(desk, "partner", &[], Grant::default()).is_err(), "the name is taken");
    assert_eq!(key(), before);
    assert!(again(desk, "nobody", HOUR).is_err());
    assert!(revoke(desk, Some("nobody"), None).is_err());
    assert!(revoke(desk, None, Some("zz")).is_err());
    assert!(issue(desk, "other", &["x".to_owned()], Grant::default()).is_err());
    assert_eq!(desk.store.certificates().unwrap().len(), 1);
}

#[test]
fn files_of_another_state_directory_are_not_overwritten() {
    let (directory, common) = lab();
    let desk = &mut desk(&common);
    issue(desk, "partner", &[], Grant::default()).unwrap();
    let mut other = Desk { common: &common, store: Store::open(&directory.path().join("other")).unwrap(), passphrase: None };
    let failure = issue(&mut other, "partner", &[], Grant::default()).unwrap_err();
    assert!(failure.to_string().contains("clients/partner is there already, with somebody's key"));
}

#[test]
fn a_name_that_looks_like_a_serial_is_not_taken_for_one() {
    let (_directory, common) = lab();
    let desk = &mut desk(&common);
    issue(desk, "cafe", &[], Grant::default()).unwrap();
    assert!(revoke(desk, None, Some("cafe")).is_err(), "no certificate has that serial");
    let one = issue(desk, "partner", &[], Grant::default()).unwrap();
    let twin = one.serial.to_string();
    issue(desk, &twin, &[], Grant::default()).unwrap();
    let names = |found: &[CertificateRecord]| found.iter().map(|one| one.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&desk.store.certificates_of(&twin).unwrap()), [twin.as_str()]);
    assert_eq!(names(&revoke(desk, None, Some(&twin)).unwrap()), ["partner"]);
    let state = |store: &Store, name: &str| store.certificates_of(name).unwrap()[0].state;
    assert_eq!(state(&desk.store, &twin), CertificateState::Active);
    assert_eq!(names(&revoke(desk, Some(&twin), None).unwrap()), [twin.as_str()]);
    assert_eq!(state(&desk.store, "cafe"), CertificateState::Active);
}
