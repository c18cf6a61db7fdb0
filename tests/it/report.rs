//! The files of a real run, read by programs of other people.

use std::process::Command;

use serde_json::Value;

use crate::lab::{Lab, tool};

/// A small run, below `out` of the laboratory.
fn compared() -> Lab {
    let lab = Lab::new();
    let said = lab.json(&["compare", "--quick", "--only", "theft", "--mode", "jwt", "--mode", "apikey", "--out", "out"]);
    assert_eq!(said["differs"], 0, "{said}");
    lab
}

#[test]
fn the_same_findings_are_the_same_files() {
    let lab = compared();
    lab.json(&["report", "out/findings.json", "--out", "again"]);
    for file in ["index.html", "report.md", "junit.xml"] {
        let read = |directory: &str| std::fs::read(lab.path(directory).join(file)).unwrap();
        assert!(read("out") == read("again"), "{file} differs");
    }
}

#[test]
fn an_earlier_run_is_compared_when_it_is_one() {
    let lab = compared();
    let again = |before: &str| lab.run(&["report", "out/findings.json", "--against", before, "--out", "again"]);
    let same = again("out/findings.json");
    assert_eq!(same.code, 0, "{}", same.stderr);
    assert!(same.stdout.contains("that both runs made, none ended otherwise."), "{}", same.stdout);
    assert!(std::fs::read_to_string(lab.path("again/report.md")).unwrap().contains("## What changed since "));

    lab.file("old.json", "{\"version\": 1}");
    let ended = again("old.json");
    assert_eq!(ended.code, 2, "{}", ended.stdout);
    assert!(ended.stderr.contains("old.json holds no findings"), "{}", ended.stderr);
}

#[test]
fn a_reader_of_junit_counts_what_was_tried() {
    let Some(python) = tool("python3") else { return };
    let lab = compared();
    let script = "import sys, xml.etree.ElementTree as tree\n\
        root = tree.parse(sys.argv[1]).getroot()\n\
        cases = [case for suite in root for case in suite]\n\
        assert [part.tag for part in root] == ['testsuite'] * len(root) and all(case.tag == 'testcase' for case in cases)\n\
        print(root.tag, root.get('failures'), len(cases), sum(int(suite.get('tests')) for suite in root), root.get('tests'))\n";
    let said = Command::new(python).args(["-c", script]).arg(lab.path("out/junit.xml")).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let findings: Value = serde_json::from_slice(&std::fs::read(lab.path("out/findings.json")).unwrap()).unwrap();
    // And one case for the run itself.
    let cases = findings["scenarios"].as_array().unwrap().len() + 1;
    assert_eq!(String::from_utf8_lossy(&said.stdout).trim(), format!("testsuites 0 {cases} {cases} {cases}"));
}

type Spoil = fn(&mut Value);

#[test]
fn the_findings_are_as_published_and_others_are_not() {
    let Some(checker) = tool("check-jsonschema") else { return };
    let lab = compared();
    let schema = lab.file("schema.json", &lab.run(&["report", "--schema"]).stdout);
    let valid = |name: &str| {
        let said = Command::new(&checker).arg("--schemafile").args([&schema, &lab.path(name)]).output().unwrap();
        (said.status.success(), String::from_utf8(said.stdout).unwrap())
    };
    assert!(valid("out/findings.json").0, "{}", valid("out/findings.json").1);
    let findings: Value = serde_json::from_slice(&std::fs::read(lab.path("out/findings.json")).unwrap()).unwrap();
    let spoilt: [(&str, Spoil); 5] = [
        ("another version", |findings| findings["version"] = 2.into()),
        ("an unknown word", |findings| findings["scenarios"][0]["verdict"] = "fine".into()),
        ("an unknown member", |findings| findings["scenarios"][0]["proof"][0]["note"] = "x".into()),
        ("a number as text", |findings| findings["scenarios"][0]["took_ms"] = "12".into()),
        ("a member that is gone", |findings| drop(findings["machine"].as_object_mut().unwrap().remove("system"))),
    ];
    for (what, spoil) in spoilt {
        let mut findings = findings.clone();
        spoil(&mut findings);
        lab.file("spoilt.json", &findings.to_string());
        assert!(!valid("spoilt.json").0, "{what} is taken");
    }
}
