//! The tasks of an operator through the binary: that they are done, what is counted, and what the ranking makes of it. How long anything
//! took is not judged here: the tests beside it take the machine's time.

use serde_json::Value;

use crate::lab::Lab;

/// Runs the tasks behind these locks, and returns what was found.
fn found(lab: &Lab, more: &[&str]) -> (i32, String, Value) {
    let args = [&["compare", "--quick", "--only", "effort", "--out", "out"], more].concat();
    let ended = lab.run(&args);
    let findings = std::fs::read(lab.path("out/findings.json")).unwrap();
    (ended.code, format!("{}{}", ended.stdout, ended.stderr), serde_json::from_slice(&findings).unwrap())
}

fn counts(effort: &Value) -> (String, [usize; 4], u64) {
    let length = |member: &str| effort[member].as_array().unwrap().len();
    let secrets = effort["handed"].as_array().unwrap().iter().filter(|handed| handed["secret"] == true).count();
    let what = format!("{} {}", effort["task"].as_str().unwrap(), effort["mode"].as_str().unwrap());
    (what, [length("commands"), secrets, length("handed") - secrets, length("deeds")], effort["restarts"].as_u64().unwrap())
}

#[test]
fn every_task_is_done_and_counted_behind_every_lock() {
    let lab = Lab::new();
    let (code, said, findings) = found(&lab, &[]);
    assert_eq!(code, 0, "{said}");
    let efforts = findings["efforts"].as_array().unwrap();
    // Commands, secrets that travelled, other things handed over, steps of the callers; restarts.
    let expected = [
        ("onboard open", [0, 0, 1, 1]),
        ("onboard jwt", [1, 1, 2, 2]),
        ("onboard mtls", [1, 1, 2, 1]),
        ("onboard apikey", [1, 1, 1, 1]),
        ("onboard_own_key jwt", [1, 0, 3, 3]),
        ("onboard_own_key mtls", [1, 0, 3, 2]),
        ("rotate jwt", [1, 1, 0, 2]),
        ("rotate mtls", [2, 1, 1, 1]),
        ("rotate apikey", [1, 1, 0, 1]),
        ("revoke jwt", [1, 0, 0, 0]),
        ("revoke mtls", [1, 0, 0, 0]),
        ("revoke apikey", [1, 0, 0, 0]),
        ("recover_files jwt", [2, 1, 1, 2]),
        ("recover_files mtls", [2, 1, 1, 1]),
        ("recover_files apikey", [1, 1, 0, 1]),
        ("recover_maker jwt", [3, 0, 0, 3]),
        ("recover_maker mtls", [6, 3, 3, 3]),
    ];
    let counted: Vec<_> = efforts.iter().map(counts).collect();
    assert_eq!(counted, expected.map(|(what, counts)| (what.to_owned(), counts, 0)));
    for effort in efforts {
        let steps = effort["proof"].as_array().unwrap();
        assert!(steps.iter().any(|step| step["observed"] == "allowed" || step["observed"] == "refused"), "{effort}");
        assert!(!effort["waited_ms"].as_array().unwrap().is_empty());
    }
    // Secrets are shown by their beginning only, and so are keys.
    let text = findings.to_string();
    assert!(text.contains("\\\"client_secret\\\":\\\"") && text.contains('…'));
    assert!(!text.contains("PRIVATE KEY"));
    let shown =
        |member: &str| text.split(member).skip(1).map(|rest| rest.split("\\\"").next().unwrap().chars().count()).max().unwrap();
    assert_eq!(["\\\"client_secret\\\":\\\"", "\\\"key\\\":\\\"ab_"].map(shown), [9, 6]);
}

#[test]
fn the_locks_are_ranked_by_what_was_counted() {
    let lab = Lab::new();
    std::fs::write(lab.path("needs.toml"), "[must]\nno_secret_travels = true\n[should]\nno_third_service = true\n").unwrap();
    let (code, said, _) = found(&lab, &["--needs", "needs.toml"]);
    assert_eq!(code, 0, "{said}");
    let order: Vec<_> = said.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())).collect();
    let begins = ["1. Mutual TLS meets the one must", "2. OAuth2 JWT meets the one must", "3. API key misses the one must"];
    assert_eq!(order.len(), 3, "{said}");
    for (line, begin) in order.iter().zip(begins) {
        assert!(line.starts_with(begin), "{line}");
    }
}

#[test]
fn needs_that_cannot_be_read_end_the_comparison_before_it_begins() {
    let lab = Lab::new();
    std::fs::write(lab.path("needs.toml"), "[must]\nno_secrets = true\n").unwrap();
    let ended = lab.run(&["compare", "--quick", "--out", "out", "--needs", "needs.toml"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.starts_with("authbench: needs.toml:2: `must.no_secrets`: unknown field"), "{}", ended.stderr);
    assert!(!lab.path("out").exists());
}
