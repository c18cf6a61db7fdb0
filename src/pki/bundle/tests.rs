//! Old, old and new, new: what is in the files, whatever crashed on the way.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
};

use super::*;
use crate::{
    clock,
    pki::{Setup, generation},
    store::Store,
};

fn lab() -> (tempfile::TempDir, Pki, Store) {
    let directory = tempfile::tempdir().unwrap();
    let pki = Pki::open(&directory.path().join("certs")).unwrap();
    let store = Store::open(&directory.path().join("state")).unwrap();
    (directory, pki, store)
}

/// How many CAs and how many lists are in the files: trusted, issuing, lists. Panics when a list is of none of the CAs.
fn counts(pki: &Pki) -> (usize, usize, usize) {
    let read = |path: PathBuf| pem::parse_many(fs::read(path).unwrap_or_default()).unwrap();
    let (roots, issuing) = (read(pki.client_ca()), read(pki.issuing()));
    let ders: Vec<_> = roots.iter().chain(&issuing).map(pem::Pem::contents).collect();
    let lists = crate::pki::crl::load(&pki.revocation_list(), &ders, clock::now()).unwrap();
    (roots.len(), issuing.len(), lists.len())
}

fn again(pki: &Pki) -> Pki {
    Pki::open(&pki.directory).unwrap()
}

#[test]
fn one_follows_another() {
    let (_directory, pki, store) = lab();
    let first = fs::read(pki.client_ca()).unwrap();
    assert_eq!(counts(&pki), (1, 0, 1));
    pki.rotate_client_ca(false).unwrap();
    assert_eq!(counts(&pki), (2, 0, 2));
    assert!(fs::read(pki.client_ca()).unwrap().ends_with(&first), "the old one is still there, the new one before it");
    pki.rotate_client_ca(true).unwrap();
    assert_eq!(counts(&pki), (3, 1, 4));
    pki.retire_client_ca("1", &store, false).unwrap();
    assert_eq!(counts(&pki), (2, 1, 3));
    pki.rotate_client_ca(false).unwrap();
    assert_eq!(counts(&pki), (3, 2, 5), "one without an issuing CA does not follow one with");
    let names: Vec<_> = pki.client_cas(&store).unwrap().into_iter().map(|one| (one.number, one.name, one.issuing)).collect();
    let name = |number: &str| format!("authbench development client CA {number}");
    assert_eq!(
        names,
        [(4, name("4"), Some(name("4, issuing"))), (3, name("3"), Some(name("3, issuing"))), (2, name("2"), None),]
    );
}

#[test]
fn a_number_is_never_used_again() {
    let (_directory, pki, store) = lab();
    for number in 2..5 {
        pki.rotate_client_ca(false).unwrap();
        pki.retire_client_ca(&(number - 1).to_string(), &store, false).unwrap();
        assert_eq!(pki.client_cas(&store).unwrap()[0].number, number);
    }
    assert_eq!(counts(&pki), (1, 0, 1));
}

#[test]
fn keys_of_a_retired_ca_are_gone_and_those_of_the_others_are_not() {
    let (_directory, pki, store) = lab();
    pki.rotate_client_ca(true).unwrap();
    let key = |path: &str| pki.client_directory().join(path).join("key.pem").exists();
    assert_eq!((key(""), key("1"), key("2"), key("2/issuing")), (false, true, true, true));
    pki.rotate_client_ca(false).unwrap();
    pki.retire_client_ca("2", &store, false).unwrap();
    pki.retire_client_ca("authbench development client CA", &store, false).unwrap();
    assert_eq!((key("retired/1"), key("retired/2"), key("retired/2/issuing"), key("3")), (false, false, false, true));
}

#[test]
fn a_crash_after_the_new_ca_is_in_its_place_is_mended() {
    let (_directory, pki, _) = lab();
    generation_alone(&pki);
    assert_eq!(counts(&pki), (1, 0, 1), "the crash is here");
    assert_eq!(counts(&again(&pki)), (2, 0, 2));
}

#[test]
fn a_crash_before_its_certificates_are_trusted_is_mended() {
    let (_directory, pki, _) = lab();
    generation_alone(&pki);
    let old = fs::read(pki.client_ca()).unwrap();
    let again = again(&pki);
    fs::write(pki.client_ca(), old).unwrap();
    let lists = fs::read(pki.revocation_list()).unwrap();
    drop(Pki::open(&again.directory).unwrap());
    assert_eq!(counts(&pki), (2, 0, 2));
    assert_eq!(fs::read(pki.revocation_list()).unwrap(), lists, "the first list of the new CA is not signed twice");
}

#[test]
fn a_crash_after_a_ca_is_taken_away_is_mended() {
    let (_directory, pki, _) = lab();
    pki.rotate_client_ca(true).unwrap();
    pki.rotate_client_ca(false).unwrap();
    for number in [1, 2] {
        let to = pki.client_directory().join(format!("retired/{number}"));
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::rename(pki.client_directory().join(number.to_string()), to).unwrap();
    }
    assert_eq!(counts(&pki), (3, 2, 5), "the crash is here");
    let again = again(&pki);
    assert_eq!(counts(&again), (1, 1, 2));
    assert!(!pki.client_directory().join("retired/2/issuing/key.pem").exists());
}

#[test]
fn a_crash_while_the_first_ca_moves_is_mended() {
    let (_directory, pki, _) = lab();
    let key = fs::read(pki.client_directory().join("key.pem")).unwrap();
    generation::settle_first(&pki.client_directory()).unwrap();
    fs::write(pki.client_directory().join("key.pem"), &key).unwrap();
    assert_eq!(counts(&again(&pki)), (1, 0, 1));
    assert!(!pki.client_directory().join("key.pem").exists());
    assert_eq!(fs::read(pki.client_directory().join("1/key.pem")).unwrap(), key);
    fs::write(pki.client_directory().join("key.pem"), "somebody's").unwrap();
    again(&pki);
    assert!(pki.client_directory().join("key.pem").exists(), "what is no copy is left alone");
}

/// A rotation that stops when the directory of the new CA is there.
fn generation_alone(pki: &Pki) {
    generation::settle_first(&pki.client_directory()).unwrap();
    let new = generation::New { profile: &pki.profile.client_ca, intermediate: false, passphrase: None };
    generation::add(&pki.client_directory(), &new, clock::now()).unwrap();
}

#[test]
fn a_lost_list_of_a_ca_that_counts_is_not_made_again_by_a_rotation() {
    let (_directory, pki, mut store) = lab();
    fs::remove_file(pki.revocation_list()).unwrap();
    pki.rotate_client_ca(false).unwrap();
    assert_eq!(counts(&pki), (2, 0, 1), "that of the new one");
    assert!(pki.refresh_revocation_list(&mut store).unwrap_err().to_string().contains("is lost"));
    pki.remake_revocation_list(&mut store).unwrap();
    assert_eq!(counts(&pki), (2, 0, 2));
}

#[test]
fn a_reader_never_finds_a_ca_without_its_list() {
    let (_directory, pki, store) = lab();
    let done = AtomicBool::new(false);
    let looks = std::thread::scope(|scope| {
        let looks = scope.spawn(|| {
            let mut looks = 0;
            while !done.load(Ordering::Relaxed) {
                let (before, issuing) = (fs::read(pki.client_ca()).unwrap(), fs::read(pki.issuing()).unwrap_or_default());
                let lists = fs::read(pki.revocation_list()).unwrap();
                if before == fs::read(pki.client_ca()).unwrap() {
                    looks += 1;
                    assert_whole(&before, &issuing, &lists);
                }
            }
            looks
        });
        for number in 2..12 {
            pki.rotate_client_ca(number == 6).unwrap();
            pki.retire_client_ca(&(number - 1).to_string(), &store, false).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        looks.join().unwrap()
    });
    assert!(looks > 20, "it looked {looks} times");
}

/// Every root has a list, and every root that does not issue has an issuing CA with a list.
fn assert_whole(roots: &[u8], issuing: &[u8], lists: &[u8]) {
    use x509_parser::{parse_x509_certificate, parse_x509_crl};
    let (roots, issuing, lists) =
        (pem::parse_many(roots).unwrap(), pem::parse_many(issuing).unwrap(), pem::parse_many(lists).unwrap());
    let issuers: Vec<_> = lists.iter().map(|list| parse_x509_crl(list.contents()).unwrap().1.issuer().to_string()).collect();
    let below: Vec<_> = issuing.iter().map(|one| parse_x509_certificate(one.contents()).unwrap().1).collect();
    for root in &roots {
        let (_, root) = parse_x509_certificate(root.contents()).unwrap();
        assert!(issuers.contains(&root.subject().to_string()), "{} has no list", root.subject());
        if root.basic_constraints().unwrap().unwrap().value.path_len_constraint == Some(1) {
            let one = below.iter().find(|one| one.issuer() == root.subject()).expect("its issuing CA");
            assert!(issuers.contains(&one.subject().to_string()), "{} has no list", one.subject());
        }
    }
}

#[test]
fn an_ended_ca_goes_by_itself_and_its_list_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("profile.toml");
    fs::write(&path, include_str!("../../../certs/profile.toml").replace("\"10years\"", "\"1h\"")).unwrap();
    Pki::open(directory.path()).unwrap();
    fs::remove_file(path).unwrap();
    let pki = Pki::open(directory.path()).unwrap();
    pki.rotate_client_ca(false).unwrap();
    assert_eq!(counts(&pki), (2, 0, 2));
    let later = clock::now() + std::time::Duration::from_secs(7200);
    pki.bundle(&pki.generations(later).unwrap(), later).unwrap();
    assert_eq!(counts(&pki), (1, 0, 1));
}

#[test]
fn an_intermediate_is_made_at_once_or_by_a_rotation() {
    let directory = tempfile::tempdir().unwrap();
    let setup = Setup { intermediate: true, passphrase: None };
    let pki = Pki::open_with(directory.path(), &setup).unwrap();
    assert_eq!(counts(&pki), (1, 1, 2));
    Pki::open_with(directory.path(), &setup).unwrap();
    assert_eq!(counts(&again(&pki)), (1, 1, 2), "and stays");
    let plain = tempfile::tempdir().unwrap();
    let pki = Pki::open(plain.path()).unwrap();
    let told = Pki::open_with(plain.path(), &setup).unwrap_err().to_string();
    insta::assert_snapshot!(told.replace(&plain.path().display().to_string(), "CERTS"), @"
    the client CA in CERTS/client-ca is there already, and issues itself
      mend: `authbench cert ca rotate --intermediate` lets a new one take over, and the old one count until it is retired
    ");
    assert_eq!(counts(&pki), (1, 0, 1));
}
