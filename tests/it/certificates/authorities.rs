//! `cert init --intermediate` and `cert ca`: what openssl makes of old, old and new, new.

use std::{fs, thread};

use serde_json::Value;

use super::{described, openssl, verdict};
use crate::lab::{Identity, Lab, Line, PATH, text};

fn is_good(lab: &Lab, name: &str) -> Option<bool> {
    verdict(lab, name).map(|told| told.ends_with("cert.pem: OK\n"))
}

fn numbers(lab: &Lab) -> Vec<u64> {
    let listed = lab.json(&["cert", "ca", "list"]);
    listed.as_array().unwrap().iter().map(|one| one["number"].as_u64().unwrap()).collect()
}

#[test]
fn with_an_issuing_ca_the_root_signs_nothing_but_it_and_lists() {
    let lab = Lab::new();
    lab.json(&["cert", "init", "--intermediate"]);
    let made = lab.json(&["cert", "issue", "partner"]);
    let Some(told) = described(&lab, "partner") else { return };
    assert!(told.contains("Issuer: O = authbench, CN = \"authbench development client CA, issuing\""), "{told}");
    let chain = fs::read_to_string(text(&made, "chain")).unwrap();
    assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 2, "the caller's and the issuing CA's");
    let path_length = |file: &str| {
        let path = lab.path(&format!("certs/client-ca/{file}"));
        let told = openssl(&["x509", "-noout", "-text", "-in", path.to_str().unwrap()]).unwrap();
        told.lines().find(|line| line.contains("CA:TRUE")).unwrap().trim().to_owned()
    };
    assert_eq!(path_length("cert.pem"), "CA:TRUE, pathlen:1");
    assert_eq!(path_length("issuing.pem"), "CA:TRUE, pathlen:0");
    assert!(is_good(&lab, "partner").unwrap());
    lab.json(&["cert", "revoke", "partner"]);
    assert!(verdict(&lab, "partner").unwrap().contains("certificate revoked"));
}

#[test]
fn an_intermediate_that_comes_too_late_is_an_error_with_the_way_out() {
    let lab = Lab::new();
    lab.json(&["cert", "issue", "partner"]);
    let ended = lab.run(&["cert", "init", "--intermediate"]);
    assert!(ended.code == 2 && ended.stderr.contains("`authbench cert ca rotate --intermediate`"), "{}", ended.stderr);
    lab.json(&["cert", "ca", "rotate", "--intermediate"]);
    lab.json(&["cert", "init", "--intermediate"]);
}

#[test]
fn old_then_both_then_new() {
    let lab = Lab::new();
    lab.json(&["cert", "issue", "early"]);
    let Some(good) = is_good(&lab, "early") else { return };
    assert!(good);
    let rotated = lab.json(&["cert", "ca", "rotate"]);
    assert_eq!((text(&rotated, "name"), text(&rotated, "state")), ("authbench development client CA 2", "issues"));
    lab.json(&["cert", "issue", "late"]);
    assert_eq!((is_good(&lab, "early"), is_good(&lab, "late")), (Some(true), Some(true)));
    assert!(described(&lab, "late").unwrap().contains("Issuer: O = authbench, CN = authbench development client CA 2\n"));

    let ended = lab.run(&["cert", "ca", "retire", "1"]);
    assert!(ended.code == 2 && ended.stderr.contains("the client CA 1 has live certificates (1)"), "{}", ended.stderr);
    assert_eq!(numbers(&lab), [2, 1]);
    lab.json(&["cert", "renew", "early"]);
    let first = lab.json(&["cert", "show", "early"]);
    let old = first.as_array().unwrap().iter().find(|one| one["ca"] == "authbench development client CA").unwrap();
    lab.json(&["cert", "revoke", "--serial", text(old, "serial")]);
    assert_eq!(text(&lab.json(&["cert", "ca", "retire", "1"]), "state"), "retired");
    assert_eq!((numbers(&lab), is_good(&lab, "early"), is_good(&lab, "late")), (vec![2], Some(true), Some(true)));
}

#[test]
fn a_ca_whose_key_is_kept_elsewhere_counts_and_is_listed_as_such() {
    let lab = Lab::new();
    lab.json(&["cert", "init", "--intermediate"]);
    lab.json(&["cert", "issue", "partner"]);
    assert_eq!(lab.json(&["cert", "ca", "list"])[0]["keys"], "here");
    fs::rename(lab.path("certs/client-ca/1/key.pem"), lab.path("elsewhere.pem")).unwrap();
    assert_eq!(lab.json(&["cert", "ca", "list"])[0]["keys"], "absent");
    lab.json(&["cert", "issue", "other"]);
    lab.json(&["cert", "revoke", "partner"]);
    assert!(
        verdict(&lab, "partner").is_none_or(|told| told.contains("certificate revoked")),
        "the issuing CA's list needs no root"
    );
    assert!(is_good(&lab, "other").is_none_or(|good| good));
    let ended = lab.run(&["cert", "crl"]);
    assert!(ended.code == 2 && ended.stderr.contains("client-ca/1 is not here"), "{}", ended.stderr);
}

#[test]
fn by_force_what_is_live_is_refused() {
    let lab = Lab::new();
    lab.json(&["cert", "issue", "early"]);
    lab.json(&["cert", "ca", "rotate"]);
    assert_eq!(lab.json(&["cert", "ca", "retire", "authbench development client CA", "--force"])["live"], 1);
    let Some(told) = verdict(&lab, "early") else { return };
    assert!(told.contains("verification failed"), "{told}");
}

#[test]
fn who_issues_or_is_not_there_is_not_retired() {
    let lab = Lab::new();
    for (which, why) in [("1", "is the one that issues"), ("2", "there is no client CA `2`"), ("../1", "there is no client CA")] {
        let ended = lab.run(&["cert", "ca", "retire", which, "--force"]);
        assert!(ended.code == 2 && ended.stderr.contains(why) && ended.stderr.contains("mend: "), "{which}: {}", ended.stderr);
    }
    assert_eq!(numbers(&lab), [1]);
}

#[test]
fn revocations_by_every_ca_are_in_one_file_and_stay_there() {
    let lab = Lab::new();
    lab.json(&["cert", "issue", "early"]);
    lab.json(&["cert", "ca", "rotate", "--intermediate"]);
    lab.json(&["cert", "issue", "late"]);
    lab.json(&["cert", "revoke", "late"]);
    let lists = |lab: &Lab| fs::read_to_string(lab.path("certs/client-ca/crl.pem")).unwrap().matches("BEGIN X509 CRL").count();
    assert_eq!(lists(&lab), 3, "two of the new one, one of the old");
    lab.json(&["cert", "revoke", "early"]);
    lab.json(&["cert", "crl"]);
    assert_eq!(lists(&lab), 3);
    for name in ["early", "late"] {
        let Some(told) = verdict(&lab, name) else { return };
        assert!(told.contains("certificate revoked"), "{name}: {told}");
    }
}

#[test]
fn rotations_at_once_each_make_one() {
    let lab = Lab::new();
    lab.json(&["cert", "init"]);
    let made: Vec<Value> = thread::scope(|scope| {
        let all: Vec<_> = (0..4).map(|_| scope.spawn(|| lab.json(&["cert", "ca", "rotate"]))).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert_eq!((made.len(), numbers(&lab)), (4, vec![5, 4, 3, 2, 1]));
    lab.json(&["cert", "issue", "partner"]);
    assert!(is_good(&lab, "partner").is_none_or(|good| good));
}

#[test]
fn a_running_server_follows_each_step() {
    let lab = Lab::new();
    let early = Identity::issued(&lab.json(&["cert", "issue", "early"]));
    let server = lab.serve("mtls");
    let calls = |who: &Identity| {
        Line::open(&server, Some(who)).is_ok_and(|mut line| line.get(PATH, &[]).is_ok_and(|answer| answer.status == 200))
    };
    assert!(calls(&early));
    lab.effective(&["cert", "ca", "rotate", "--intermediate"]);
    let late = Identity::issued(&lab.effective(&["cert", "issue", "late"]));
    assert!(calls(&early) && calls(&late), "both");
    lab.effective(&["cert", "ca", "retire", "1", "--force"]);
    assert!(!calls(&early) && calls(&late), "new");
    lab.effective(&["cert", "revoke", "late"]);
    assert!(!calls(&late), "revoked");
}
