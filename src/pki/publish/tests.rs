//! Who is on the list, whatever became of file and database.

use std::time::Duration;

use super::*;
use crate::{
    key_type::KeyType,
    pki::{Existing, Issued, Order, OrderKey},
    principal::Grant,
    store::{CertificateRecord, CertificateState, LastUse},
};

/// One CA and two state directories that issue with it.
fn lab() -> (tempfile::TempDir, Pki, Store, Store) {
    let directory = tempfile::tempdir().unwrap();
    let pki = Pki::open(&directory.path().join("certs")).unwrap();
    let store = |name: &str| Store::open(&directory.path().join(name)).unwrap();
    let (one, two) = (store("one"), store("two"));
    (directory, pki, one, two)
}

fn issue(pki: &Pki, store: &mut Store, name: &str) -> Issued {
    let ttl = Duration::from_secs(3600);
    let order = Order { name, sans: &[], ttl, key: OrderKey::Fresh(KeyType::P256), flaw: None, existing: Existing::Refuse };
    let issued = pki.issue(&order).unwrap();
    let record = CertificateRecord {
        issuer: issued.issuer.clone().unwrap(),
        serial: issued.serial.clone(),
        name: name.into(),
        sans: Vec::new(),
        key_type: Some(KeyType::P256),
        state: CertificateState::Active,
        revoked: None,
        grant: Grant::default(),
        not_before: issued.not_before,
        not_after: issued.not_after,
        last_used: LastUse::default(),
    };
    store.add_certificate(&record, false).unwrap();
    issued
}

/// The number of the list after it.
fn publish(pki: &Pki, store: &mut Store) -> Option<u64> {
    pki.publish_revocation_list(store).unwrap();
    on_disk(pki).counter()
}

fn remake(pki: &Pki, store: &mut Store) -> Option<u64> {
    pki.remake_revocation_list(store).unwrap();
    on_disk(pki).counter()
}

fn on_disk(pki: &Pki) -> RevocationList {
    pki.read_revocation_lists().unwrap().remove(0)
}

#[test]
fn a_crash_between_revocation_and_list_is_mended_at_the_next_start() {
    let (_directory, pki, mut store, _) = lab();
    let issued = issue(&pki, &mut store, "partner");
    store.revoke_certificates("partner").unwrap();
    assert!(!on_disk(&pki).revoked.contains_key(&issued.serial), "the crash is here");
    pki.refresh_revocation_list(&mut store).unwrap();
    assert!(on_disk(&pki).revoked.contains_key(&issued.serial));
    let number = on_disk(&pki).number;
    pki.refresh_revocation_list(&mut store).unwrap();
    assert_eq!(on_disk(&pki).number, number, "nothing to do");
}

#[test]
fn a_lost_list_comes_back_with_everyone_on_it() {
    let (_directory, pki, mut store, _) = lab();
    let issued = issue(&pki, &mut store, "partner");
    store.revoke_certificates("partner").unwrap();
    let number = publish(&pki, &mut store);
    std::fs::remove_file(pki.revocation_list()).unwrap();
    pki.refresh_revocation_list(&mut store).unwrap();
    assert!(on_disk(&pki).counter() > number && on_disk(&pki).revoked.contains_key(&issued.serial));
}

#[test]
fn a_list_that_this_store_never_had_is_not_made_again_by_itself() {
    let (directory, pki, mut one, mut two) = lab();
    issue(&pki, &mut one, "a");
    one.revoke_certificates("a").unwrap();
    pki.publish_revocation_list(&mut one).unwrap();
    std::fs::remove_file(pki.revocation_list()).unwrap();
    let told = [pki.refresh_revocation_list(&mut two).unwrap_err(), pki.publish_revocation_list(&mut two).unwrap_err()];
    let told = told.map(|failure| failure.to_string().replace(&directory.path().display().to_string(), "DIR"));
    assert_eq!(told[0], told[1]);
    insta::assert_snapshot!(told[0], @"
    the revocation list DIR/certs/client-ca/crl.pem is lost: nobody can say whom its CA revoked
      mend: put it back, or let `authbench cert crl` sign a new one, which names only whom this state directory revoked
    ");
    assert!(!pki.revocation_list().exists(), "nothing that would let the revoked in");
    pki.remake_revocation_list(&mut two).unwrap();
    pki.refresh_revocation_list(&mut two).unwrap();
}

#[test]
fn a_list_that_cannot_be_read_is_replaced_only_by_whoever_says_so() {
    let (_directory, pki, mut one, mut two) = lab();
    let issued = issue(&pki, &mut one, "a");
    one.revoke_certificates("a").unwrap();
    let number = publish(&pki, &mut one);
    let good = std::fs::read(pki.revocation_list()).unwrap();
    for content in [&b""[..], b"junk", &good[..good.len() / 2]] {
        std::fs::write(pki.revocation_list(), content).unwrap();
        for store in [&mut one, &mut two] {
            for failure in [pki.refresh_revocation_list(store).unwrap_err(), pki.publish_revocation_list(store).unwrap_err()] {
                assert!(failure.to_string().contains("`authbench cert crl` signs a new one"), "{failure}");
            }
        }
        assert_eq!(std::fs::read(pki.revocation_list()).unwrap(), content, "it is left for whoever looks into it");
    }
    assert!(remake(&pki, &mut one) > number);
    assert!(on_disk(&pki).revoked.contains_key(&issued.serial));
}

#[test]
fn a_list_that_can_be_read_is_remade_with_all_that_it_said() {
    let (_directory, pki, mut one, mut two) = lab();
    let issued = issue(&pki, &mut one, "a");
    one.revoke_certificates("a").unwrap();
    let number = publish(&pki, &mut one);
    assert!(remake(&pki, &mut two) > number);
    assert!(on_disk(&pki).revoked.contains_key(&issued.serial));
}

#[test]
fn a_ca_certificate_that_is_made_again_on_its_key_keeps_the_list() {
    let (_directory, pki, mut one, _) = lab();
    let issued = issue(&pki, &mut one, "a");
    one.revoke_certificates("a").unwrap();
    let number = publish(&pki, &mut one);
    std::fs::remove_file(pki.client_ca()).unwrap();
    let directory = pki.client_ca().ancestors().nth(2).unwrap().to_path_buf();
    let pki = Pki::open(&directory).unwrap();
    assert_eq!(on_disk(&pki).counter(), number);
    assert!(on_disk(&pki).revoked.contains_key(&issued.serial));
}

#[test]
fn two_state_directories_do_not_undo_each_others_revocations() {
    let (_directory, pki, mut one, mut two) = lab();
    let (first, second) = (issue(&pki, &mut one, "a"), issue(&pki, &mut two, "b"));
    one.revoke_certificates("a").unwrap();
    let before = publish(&pki, &mut one);
    two.revoke_certificates("b").unwrap();
    let after = publish(&pki, &mut two);
    assert!(after > before, "the number never falls");
    let revoked = on_disk(&pki).revoked;
    assert!(revoked.contains_key(&first.serial) && revoked.contains_key(&second.serial));
}

/// The database is put back from a copy that was made before a revocation; the list on disk still knows of it.
#[test]
fn a_copy_put_back_revokes_nobody_less() {
    let (directory, pki, mut one, _) = lab();
    let victim = issue(&pki, &mut one, "victim");
    issue(&pki, &mut one, "other");
    let copy = directory.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    drop(one);
    std::fs::copy(directory.path().join("one/authbench.db"), copy.join("authbench.db")).unwrap();
    let mut one = Store::open(&directory.path().join("one")).unwrap();
    one.revoke_certificates("victim").unwrap();
    pki.publish_revocation_list(&mut one).unwrap();
    let mut copy = Store::open(&copy).unwrap();
    copy.revoke_certificates("other").unwrap();
    pki.publish_revocation_list(&mut copy).unwrap();
    assert!(on_disk(&pki).revoked.contains_key(&victim.serial), "the list forgot whom it had revoked");
    pki.remake_revocation_list(&mut copy).unwrap();
    assert!(on_disk(&pki).revoked.contains_key(&victim.serial));
}

#[test]
fn a_list_that_lacks_a_name_is_behind_whatever_its_number() {
    let (_directory, pki, mut one, mut two) = lab();
    for name in ["a", "b", "c"] {
        issue(&pki, &mut one, name);
        one.revoke_certificates(name).unwrap();
        pki.publish_revocation_list(&mut one).unwrap();
    }
    let late = issue(&pki, &mut two, "late");
    two.revoke_certificates("late").unwrap();
    assert!(!on_disk(&pki).revoked.contains_key(&late.serial), "its list was never signed");
    pki.refresh_revocation_list(&mut two).unwrap();
    assert!(on_disk(&pki).revoked.contains_key(&late.serial));
}

#[test]
fn who_has_no_key_says_so_only_when_a_list_should_be_signed() {
    let (directory, pki, mut one, mut two) = lab();
    issue(&pki, &mut one, "a");
    assert_eq!(pki.refresh_revocation_list(&mut one).unwrap(), Refreshed::Current);
    std::fs::remove_file(directory.path().join("certs/client-ca/key.pem")).unwrap();
    let pki = Pki::open(&directory.path().join("certs")).unwrap();
    assert_eq!(pki.refresh_revocation_list(&mut one).unwrap(), Refreshed::Current, "nothing is to be signed");
    let before = std::fs::read(pki.revocation_list()).unwrap();
    one.revoke_certificates("a").unwrap();
    assert_eq!(pki.refresh_revocation_list(&mut one).unwrap(), Refreshed::NoKey);
    assert_eq!(pki.refresh_revocation_list(&mut two).unwrap(), Refreshed::Current, "it knows of no revocation");
    for failure in [pki.publish_revocation_list(&mut one), pki.remake_revocation_list(&mut one)] {
        assert!(failure.unwrap_err().to_string().contains("client-ca is not here"));
    }
    assert_eq!(std::fs::read(pki.revocation_list()).unwrap(), before);
}
