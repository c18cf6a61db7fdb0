//! A whole comparison through the binary: how deep it goes, and how it ends when somebody has seen enough.

use std::{
    fs,
    process::{Child, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::lab::{Lab, eventually};

const ENVIRONMENT: i32 = 3;

fn findings(lab: &Lab) -> Value {
    serde_json::from_slice(&fs::read(lab.path("out/findings.json")).unwrap()).unwrap()
}

#[test]
fn a_thorough_comparison_tries_every_cell_three_times() {
    let lab = Lab::new();
    let ended = lab.run(&["compare", "--thorough", "--only", "visibility", "--mode", "apikey", "--out", "out"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let findings = findings(&lab);
    assert_eq!(findings["settings"]["depth"], "thorough");
    let cells = findings["scenarios"].as_array().unwrap();
    assert!(!cells.is_empty() && cells.iter().all(|cell| cell["times"] == 3), "{cells:#?}");
}

#[test]
fn two_depths_at_once_are_refused() {
    let ended = Lab::new().run(&["compare", "--quick", "--thorough"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("cannot be used with"), "{}", ended.stderr);
}

#[test]
fn who_interrupts_it_is_told_what_is_missing_and_no_child_is_left() {
    for (only, how, missing) in [
        ("lifetime", ["--quick"].as_slice(), "The run was interrupted: "),
        ("drills", &["--quick"], "The drills were interrupted"),
        // Behind the open door servers are killed and started again, and nothing else.
        ("drills", &["--mode", "open"], "The drills were interrupted"),
        ("cost", &["--quick"], "The costs were not measured: it was interrupted"),
    ] {
        let lab = Lab::new();
        // Every place to work in lies below this one, so every child can be told by its command line.
        let places = lab.path("places");
        fs::create_dir(&places).unwrap();
        let mut command = lab.command(&[&["compare", "--only", only, "--out", "out"], how].concat());
        let child = command.env("TMPDIR", &places).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let child = child.unwrap();
        let inside = || working_in(&places.display().to_string());
        eventually("a server is at work", || inside().iter().any(|line| line.contains("--mode")));
        interrupt(&child);
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(ENVIRONMENT), "{only}: {}", String::from_utf8_lossy(&ended.stderr));
        eventually("every child is gone", || inside().is_empty());
        let told = findings(&lab)["missing"].to_string();
        assert!(told.contains(missing), "{only}: {told}");
        assert!(fs::read_dir(&places).unwrap().next().is_none(), "{only}: its places are removed");
    }
}

fn interrupt(child: &Child) {
    kill_process(Pid::from_child(child), Signal::INT).unwrap();
}

/// The command lines of living processes that name this directory.
fn working_in(directory: &str) -> Vec<String> {
    let lines = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(directory)).collect()
}
