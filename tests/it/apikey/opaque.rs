//! Keys that tell nothing of themselves: made for servers of the `aws` profile, or taken over from a gateway.

use std::thread;

use super::{made, outcome, with_checksum};
use crate::lab::{Ended, Lab, Server, WITHIN, text};

/// Keys as a gateway has them.
const THEIRS: &str = "s4Kq9ZtB1xWm7PfH3cVd8JyR2nLg5Te6aU0oQiDz";
const SHORTEST: &str = "b71d9c02fe4a8853d60f";

fn aws() -> Lab {
    let lab = Lab::new();
    lab.configure("profile = \"aws\"\n");
    lab
}

fn import(lab: &Lab, name: &str, key: &str, options: &[&str]) -> Ended {
    lab.run_with_input(&[&["key", "import", name], options].concat(), key)
}

/// In this profile the wire tells no reason, so the status has to do.
fn status(server: &Server, key: &str) -> u16 {
    server.call(&[("x-api-key", key)]).status
}

#[test]
fn a_key_is_taken_over_from_standard_input_with_what_it_may() {
    let lab = aws();
    let server = lab.serve("apikey");
    let answer = lab.json_with_input(&["key", "import", "partner", "--allow", "127.0.0.0/8", "--expires", "1h"], THEIRS);
    let members: Vec<_> = answer.as_object().unwrap().keys().collect();
    assert_eq!(members, ["id", "name"], "the key is not shown again");
    for (name, ending) in [("unix", "\n"), ("dos", "\r\n")] {
        let key = format!("{}{name}Q7", &SHORTEST[..18]);
        assert_eq!(import(&lab, name, &format!("{key}{ending}"), &[]).code, 0);
        thread::sleep(WITHIN);
        assert_eq!(status(&server, &key), 200);
    }
    assert_eq!(status(&server, THEIRS), 200);
    let shown = lab.json(&["key", "show", "partner"]);
    assert_eq!((&shown["grant"]["allow"][0], shown["ends"].is_string()), (&"127.0.0.0/8".into(), true));
    assert_eq!((text(&shown, "id"), shown["profiles"].as_array().unwrap().len()), (text(&answer, "id"), 1));
    lab.effective(&["key", "revoke", "partner"]);
    assert_eq!(status(&server, THEIRS), 403);
    assert_eq!(server.metric("authbench_decisions_total{mode=\"apikey\",outcome=\"refused\",reason=\"revoked\"}"), 1);
}

#[test]
fn both_forms_are_read_in_aws_and_one_in_standard() {
    let lab = Lab::new();
    let own = made(&lab, &["key", "add", "own"]);
    let fresh = made(&lab, &["key", "add", "fresh", "--profile", "aws"]);
    assert_eq!(import(&lab, "theirs", THEIRS, &["--profile", "aws"]).code, 0);
    let (standard, gateway) = (lab.serve("apikey"), Server::start(&lab, &["--mode", "apikey", "--profile", "aws"]));
    for key in [&*own, &fresh, THEIRS] {
        assert_eq!(status(&gateway, key), 200, "{}", key.len());
    }
    assert_eq!(outcome(&standard, &own), "allowed");
    assert_eq!([outcome(&standard, &fresh), outcome(&standard, THEIRS)], ["credential_malformed", "credential_malformed"]);
}

#[test]
fn a_key_without_an_id_is_no_part_of_one_with_an_id() {
    let lab = Lab::new();
    let key = &THEIRS[..32];
    let own = made(&lab, &["key", "add", "own"]);
    let theirs = lab.json_with_input(&["key", "import", "theirs", "--profile", "aws"], key);
    let server = Server::start(&lab, &["--mode", "apikey", "--profile", "aws"]);
    assert_eq!([status(&server, &own), status(&server, key)], [200, 200]);
    assert_eq!(status(&server, &own[16..48]), 403, "the secret part alone");
    let dressed = with_checksum(&format!("ab_{}_{key}", text(&theirs, "id")));
    assert_eq!(status(&server, &dressed), 403, "dressed up as one with an id");
    assert_eq!(server.metric("authbench_decisions_total{mode=\"apikey\",outcome=\"refused\",reason=\"credential_unknown\"}"), 2);
    let standard = lab.serve("apikey");
    assert_eq!(outcome(&standard, &dressed), "credential_unknown");
}

#[test]
fn a_rotation_gives_a_fresh_one_and_the_old_one_goes_on_for_the_overlap() {
    let lab = aws();
    let server = lab.serve("apikey");
    assert_eq!(import(&lab, "partner", THEIRS, &[]).code, 0);
    let second = made(&lab, &["key", "rotate", "partner", "--overlap", "2s"]);
    assert!(second.len() == 40 && second.bytes().all(|octet| octet.is_ascii_alphanumeric()), "{second}");
    assert_eq!([status(&server, THEIRS), status(&server, &second)], [200, 200]);
    thread::sleep(std::time::Duration::from_millis(2100));
    assert_eq!([status(&server, THEIRS), status(&server, &second)], [403, 200]);
    let third = made(&lab, &["key", "rotate", "partner"]);
    assert_eq!([status(&server, THEIRS), status(&server, &second), status(&server, &third)], [403, 403, 200]);
    // Replaced for servers of the other profile, it becomes one with an id.
    let own = made(&lab, &["key", "rotate", "partner", "--profile", "standard"]);
    assert_eq!([status(&server, &third), status(&server, &own)], [403, 200]);
}

#[test]
fn a_change_reaches_a_server_that_starts_again() {
    let lab = aws();
    assert_eq!(import(&lab, "partner", THEIRS, &[]).code, 0);
    let server = lab.serve("apikey");
    assert_eq!(status(&server, THEIRS), 200);
    server.kill();
    lab.json(&["key", "disable", "partner"]);
    let server = lab.serve("apikey");
    assert_eq!(status(&server, THEIRS), 403);
    lab.effective(&["key", "enable", "partner"]);
    assert_eq!(status(&server, THEIRS), 200);
}

#[test]
fn what_should_not_be_taken_over_is_refused_and_leaves_nothing() {
    let lab = aws();
    assert_eq!(import(&lab, "theirs", THEIRS, &[]).code, 0);
    for (key, why) in [
        ("", "is empty"),
        ("\n", "is empty"),
        (&THEIRS[..19], "is too short, or too long"),
        (&"k7Qz".repeat(33), "is too short, or too long"),
        (&THEIRS.repeat(1000), "is too short, or too long"),
        ("ab_0123456789ab_01234567890123456789012345678901234567", "holds more than letters and digits"),
        (" s4Kq9ZtB1xWm7PfH3cVd8JyR", "holds more than letters and digits"),
        ("s4Kq9ZtB1xWm7PfH3cVd8JyR\n\n", "holds more than letters and digits"),
        ("s4Kq9ZtB1xWm7PfH3cVd8Jy\0", "holds more than letters and digits"),
        ("s4Kq9ZtB1xWm7PfH3cVd8Jé", "holds more than letters and digits"),
        ("73014982650173849265018", "is of digits alone"),
        ("aabbccddaabbccddaabbcc", "has only 4 different characters"),
        ("password1234password1234", "the word `password`"),
        ("MyTestApiKeyForExample12", "the word `apikey`"),
        ("abcdefghijklmnopqrstuvwxyz", "a sequence"),
        ("x7Kp2QmZx7Kp2QmZx7Kp2QmZ", "a repetition"),
        (THEIRS, "is in use already"),
    ] {
        let ended = import(&lab, "another", key, &[]);
        assert_eq!((ended.code, &*ended.stdout), (2, ""), "{key:.60?}: {}", ended.stderr);
        assert!(ended.stderr.contains(why) && ended.stderr.contains("mend:"), "{key:.60?}: {}", ended.stderr);
        assert!(!ended.stderr.contains("theirs"), "whose it is, is told: {}", ended.stderr);
        assert!(key.trim().len() < 20 || !ended.stderr.contains(key.trim()), "the key is told: {}", ended.stderr);
    }
    assert_eq!(lab.json(&["key", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn a_standard_server_has_no_use_for_it_and_the_command_says_so() {
    let lab = Lab::new();
    let ended = import(&lab, "partner", THEIRS, &[]);
    assert_eq!(ended.code, 2);
    insta::assert_snapshot!(ended.stderr, @r#"
    authbench: a server of the `standard` profile does not read a key from elsewhere
      mend: write `profile = "aws"` in authbench.toml, or say --profile aws when the servers get it on their command line
    "#);
    let ended = lab.run(&["key", "import", "partner", THEIRS]);
    assert_eq!(ended.code, 2, "a key is no argument");
}
