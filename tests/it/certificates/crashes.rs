//! F1: commands that are killed on the way. What was acknowledged holds, and the directory stays usable.

use std::{
    collections::HashMap,
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rcgen::{KeyPair, PublicKeyData};
use x509_parser::{parse_x509_certificate, parse_x509_crl};

use super::{listed, verdict};
use crate::lab::{Lab, text};

/// At once, on the same directories.
const LANES: usize = 4;
/// Each is one issue and one revocation, so there are 240 of both.
const ROUNDS: usize = 60;

/// The number of the list on disk, which is whole at any moment, and whom it names.
fn on_list(lab: &Lab) -> (u64, Vec<String>) {
    let der = pem::parse(fs::read(lab.path("certs/client-ca/crl.pem")).unwrap()).unwrap().into_contents();
    let (_, list) = parse_x509_crl(&der).unwrap();
    let serial = |octets: &[u8]| octets.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().concat();
    let number = list.crl_number().unwrap().to_u64_digits().first().copied().unwrap_or(0);
    (number, list.iter_revoked_certificates().map(|one| serial(one.raw_serial())).collect())
}

/// What one lane saw acknowledged.
#[derive(Default)]
struct Acknowledged {
    issued: Vec<String>,
    revoked: Vec<String>,
    killed: Vec<String>,
}

fn lane(lab: &Lab, lane: usize, usual: Duration) -> Acknowledged {
    let (mut seen, mut highest) = (Acknowledged::default(), 0);
    for round in 0..ROUNDS {
        // From at once to longer than it takes, so that it is hit everywhere.
        let wait = usual * u32::try_from(round * 7 % ROUNDS).unwrap() * 2 / u32::try_from(ROUNDS).unwrap();
        let name = format!("caller-{lane}-{round}");
        let done = lab.is_done_within(&["cert", "issue", &name], wait);
        if done { &mut seen.issued } else { &mut seen.killed }.push(name);
        if let Some(victim) = seen.issued.iter().find(|name| !seen.revoked.contains(name)).cloned()
            && lab.is_done_within(&["cert", "revoke", &victim], wait)
        {
            seen.revoked.push(victim);
        }
        let (number, _) = on_list(lab);
        assert!(number >= highest, "the number fell from {highest} to {number}");
        highest = number;
    }
    seen
}

#[test]
fn what_was_acknowledged_holds_whatever_was_killed() {
    let lab = Lab::new();
    lab.json(&["cert", "init"]);
    let began = Instant::now();
    lab.json(&["cert", "issue", "first"]);
    // Lanes wait for one another.
    let usual = began.elapsed() * u32::try_from(LANES).unwrap();
    let all: Vec<_> = thread::scope(|scope| {
        let lanes: Vec<_> = (0..LANES)
            .map(|number| {
                scope.spawn({
                    let lab = &lab;
                    move || lane(lab, number, usual)
                })
            })
            .collect();
        lanes.into_iter().map(|lane| lane.join().unwrap()).collect()
    });
    let count = |of: fn(&Acknowledged) -> &Vec<String>| all.iter().map(|lane| of(lane).len()).sum::<usize>();
    let (issued, revoked, killed) = (count(|lane| &lane.issued), count(|lane| &lane.revoked), count(|lane| &lane.killed));
    println!("{issued} issued, {killed} killed while issuing, {revoked} revoked");
    assert!(issued > 10 && killed > 10 && revoked > 10, "not everything was hit");

    lab.json(&["cert", "crl"]);
    let (records, (_, list)) = (listed(&lab), on_list(&lab));
    let serials: HashMap<_, _> = records.iter().map(|one| (text(one, "serial"), one)).collect();
    assert_eq!(serials.len(), records.len(), "a serial came twice");
    for lane in &all {
        for name in &lane.issued {
            assert!(is_pair(&lab.path(&format!("certs/clients/{name}"))), "{name}");
        }
        for name in &lane.revoked {
            let one = records.iter().find(|one| text(one, "name") == *name).unwrap();
            assert_eq!(text(one, "state"), "revoked", "{name}");
            assert!(list.iter().any(|serial| serial == text(one, "serial")), "{name} is not on the list");
        }
    }
    for name in all.iter().filter_map(|lane| lane.killed.last()) {
        let is_recorded = records.iter().any(|one| text(one, "name") == *name);
        lab.json(&["cert", if is_recorded { "renew" } else { "issue" }, name]);
        assert!(is_pair(&lab.path(&format!("certs/clients/{name}"))), "{name}");
        assert!(verdict(&lab, name).is_none_or(|told| told.ends_with("cert.pem: OK\n")), "{name}");
        assert_eq!(left_over(&lab.path(&format!("certs/clients/{name}"))), Vec::<String>::new());
    }
}

/// What a killed command left beside its place, keys among it.
fn left_over(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with('.')).collect()
}

#[test]
fn rotations_that_are_killed_leave_whole_cas_and_a_list_of_each() {
    let lab = Lab::new();
    let began = Instant::now();
    lab.json(&["cert", "init"]);
    let usual = began.elapsed();
    let (mut rotated, mut killed) = (0, 0);
    for round in 0..40 {
        let wait = usual * (round * 7 % 40) / 20;
        *(if lab.is_done_within(&["cert", "ca", "rotate"], wait) { &mut rotated } else { &mut killed }) += 1;
        let listed = lab.json(&["cert", "ca", "list"]);
        let (count, read) =
            (listed.as_array().unwrap().len(), |file: &str| fs::read(lab.path(&format!("certs/client-ca/{file}"))));
        let [trusted, lists] = ["cert.pem", "crl.pem"].map(|file| pem::parse_many(read(file).unwrap()).unwrap().len());
        assert_eq!((trusted, lists), (count, count), "round {round}");
        assert!(count > rotated, "what was acknowledged is there");
    }
    println!("{rotated} rotated, {killed} killed");
    assert!(rotated > 2 && killed > 2, "not everything was hit");
    lab.json(&["cert", "issue", "partner"]);
    assert!(verdict(&lab, "partner").is_none_or(|told| told.ends_with("cert.pem: OK\n")));
    assert_eq!(left_over(&lab.path("certs/client-ca")), Vec::<String>::new());
}

/// Whether key and certificate of a directory fit.
fn is_pair(directory: &Path) -> bool {
    let key = KeyPair::from_pem(&fs::read_to_string(directory.join("key.pem")).unwrap()).unwrap();
    let der = pem::parse(fs::read(directory.join("cert.pem")).unwrap()).unwrap().into_contents();
    parse_x509_certificate(&der).unwrap().1.public_key().raw == key.subject_public_key_info()
}
