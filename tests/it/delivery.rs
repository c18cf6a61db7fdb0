//! A fresh secret is shown or saved, or the command says that it was not: nothing is committed that nobody can use.

use std::{
    fs::{self, File},
    process::{Command, Stdio},
};

use crate::lab::{Lab, text};

const ENVIRONMENT: i32 = 3;

/// Runs a command whose standard output goes to `stdout`; the exit code, and what it said.
fn into(command: &mut Command, stdout: impl Into<Stdio>) -> (Option<i32>, String) {
    let output = command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap();
    let output = output.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

#[test]
fn a_secret_that_cannot_be_saved_is_not_made() {
    let lab = Lab::new();
    lab.file("file", "in the way");
    fs::create_dir(lab.path("directory")).unwrap();
    for place in ["file/below", "directory"] {
        let place = lab.path(place).display().to_string();
        for kind in ["client", "key"] {
            let ended = lab.run(&[kind, "add", "partner", "--save", &place]);
            assert_eq!((ended.code, ended.stdout.as_str()), (ENVIRONMENT, ""), "{ended:?}");
            assert!(ended.stderr.contains(&place) && ended.stderr.contains("mend:"), "{ended:?}");
            assert_eq!(lab.json(&[kind, "list"]), serde_json::json!([]), "nothing is made");
        }
    }
}

#[test]
fn a_rotation_that_cannot_be_saved_leaves_the_old_secret_alive() {
    let lab = Lab::new();
    let place = lab.file("file", "in the way").join("below").display().to_string();
    for kind in ["client", "key"] {
        lab.json(&[kind, "add", "partner"]);
        let before = lab.json(&[kind, "show", "partner"]);
        assert_eq!(lab.run(&[kind, "rotate", "partner", "--save", &place]).code, ENVIRONMENT);
        assert_eq!(lab.json(&[kind, "show", "partner"]), before);
    }
}

#[test]
fn a_secret_that_is_not_made_is_not_saved_and_the_old_one_stays() {
    let lab = Lab::new();
    let place = lab.path("saved");
    let save = place.display().to_string();
    lab.json(&["key", "add", "partner", "--save", &save]);
    let before = fs::read(&place).unwrap();
    for command in [&["key", "add", "partner"], &["key", "rotate", "nobody"]] {
        assert_eq!(lab.run(&[command, &["--save", &save] as &[_]].concat()).code, 2);
        assert_eq!(fs::read(&place).unwrap(), before);
    }
    let listed: Vec<_> = fs::read_dir(lab.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(listed.iter().all(|name| !name.to_string_lossy().starts_with('.')), "nothing half made: {listed:?}");
    lab.json(&["key", "rotate", "partner", "--save", &save]);
    assert_ne!(fs::read(&place).unwrap(), before, "a rotation replaces what was saved");
}

#[test]
fn a_full_standard_output_is_an_error() {
    let lab = Lab::new();
    lab.json(&["key", "add", "partner"]);
    for command in [&["key", "list"] as &[_], &["key", "list", "--json"], &["key", "disable", "partner"], &["config", "show"]] {
        let (code, said) = into(&mut lab.command(command), full());
        assert_eq!(code, Some(ENVIRONMENT), "{command:?}: {said}");
        assert!(said.contains("standard output does not take it: ") && said.contains("mend:"), "{said}");
    }
}

#[test]
fn a_closed_pipe_is_none_except_for_a_secret() {
    let lab = Lab::new();
    lab.json(&["key", "add", "partner"]);
    let closed = || std::io::pipe().unwrap().1;
    assert_eq!(into(&mut lab.command(&["key", "list"]), closed()).0, Some(0));
    let (code, said) = into(&mut lab.command(&["key", "add", "other"]), closed());
    assert_eq!(code, Some(ENVIRONMENT), "{said}");
    assert!(said.contains("its secret was not shown"), "{said}");
}

#[test]
fn a_secret_that_was_not_shown_is_told_with_its_remedy() {
    let lab = Lab::new();
    for (kind, member) in [("client", "client_secret"), ("key", "key")] {
        let (code, said) = into(&mut lab.command(&[kind, "add", "partner", "--json"]), full());
        assert_eq!(code, Some(ENVIRONMENT), "{said}");
        assert!(said.contains("the credential is made, but its secret was not shown"), "{said}");
        assert!(said.contains(&format!("mend: `authbench {kind} rotate partner`")), "{said}");
        assert_eq!(lab.json(&[kind, "list"]).as_array().map(Vec::len), Some(1));
        assert!(!text(&lab.json(&[kind, "rotate", "partner"]), member).is_empty(), "the remedy works");
    }
}

#[test]
fn a_certificate_that_cannot_be_written_is_not_issued_and_the_old_one_stays_whole() {
    let lab = Lab::new();
    fs::create_dir_all(lab.path("certs/clients/partner/cert.pem")).unwrap();
    let ended = lab.run(&["cert", "issue", "partner"]);
    assert_eq!(ended.code, ENVIRONMENT, "{}", ended.stderr);
    assert_eq!(lab.json(&["cert", "list"])["certificates"], serde_json::json!([]), "recorded, but nobody has it");
    fs::remove_dir(lab.path("certs/clients/partner/cert.pem")).unwrap();
    lab.json(&["cert", "issue", "partner"]);
    let key = fs::read(lab.path("certs/clients/partner/key.pem")).unwrap();
    fs::rename(lab.path("certs/clients/partner/cert.pem"), lab.path("certs/clients/partner/old.pem")).unwrap();
    fs::create_dir(lab.path("certs/clients/partner/cert.pem")).unwrap();
    assert_eq!(lab.run(&["cert", "renew", "partner"]).code, ENVIRONMENT);
    assert_eq!(fs::read(lab.path("certs/clients/partner/key.pem")).unwrap(), key, "the key of the old certificate is gone");
}
