//! The drills of one lock through the binary: what they write down, and the exit code that follows from it. How long anything
//! took is not judged here: the tests beside it take the machine's time.

use serde_json::Value;

use crate::lab::Lab;

#[test]
fn a_drill_tells_each_kind_of_connection_and_spares_the_neighbour() {
    let lab = Lab::new();
    let ended = lab.run(&["compare", "--quick", "--only", "drills", "--mode", "mtls", "--out", "out", "--json"]);
    let said: Value = serde_json::from_str(&ended.stdout).unwrap();
    let faults = said["faults"].as_array().unwrap();
    assert_eq!(ended.code, i32::from(!faults.is_empty()), "{}", ended.stderr);

    let findings: Value = serde_json::from_slice(&std::fs::read(lab.path("out/findings.json")).unwrap()).unwrap();
    let drills = findings["drills"].as_array().unwrap();
    let events: Vec<_> = drills.iter().map(|drill| (drill["event"].as_str().unwrap(), rounds(drill))).collect();
    // One spare round each.
    assert!(matches!(events[..], [("revoked", 2 | 3), ("expired", 1 | 2)]), "{events:?}");
    for drill in drills {
        let kinds: Vec<_> = drill["lasted"].as_array().unwrap().iter().map(|lasted| lasted["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["new", "kept", "http2", "resumed"]);
        assert_eq!((&drill["busy"], &drill["neighbour_refused"]), (&50.into(), &0.into()), "{drill}");
    }
    for rotation in findings["rotations"].as_array().unwrap() {
        assert_eq!((&rotation["rounds"], &rotation["failed"]), (&1.into(), &0.into()), "{rotation}");
    }
    assert_eq!(findings["renewal"]["wall_ms"].as_array().unwrap().len(), 5);
    let page = std::fs::read_to_string(lab.path("out/index.html")).unwrap();
    assert!(page.contains("<h2 id=\"drills\">How long a stolen credential goes on</h2>"));
}

#[test]
fn a_server_that_ends_under_callers_is_told_with_every_call_that_it_lost() {
    let lab = Lab::new();
    let ended = lab.run(&["compare", "--only", "drills", "--mode", "open", "--out", "out", "--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let findings: Value = serde_json::from_slice(&std::fs::read(lab.path("out/findings.json")).unwrap()).unwrap();
    let outages = findings["outages"].as_array().unwrap();
    let made = |what: &str| outages.iter().find(|outage| outage["what"] == what).unwrap();
    for (what, rounds) in [("killed", 3), ("stopped", 2)] {
        let outage = made(what);
        let gaps = outage["rounds"].as_array().unwrap();
        // All rounds happen under the same callers, twice at most.
        assert!(gaps.len() == rounds || (gaps.is_empty() && outage["void"].as_array().unwrap().len() == 2), "{outage}");
        for gap in gaps {
            let number = |name: &str| gap[name].as_f64().unwrap_or_else(|| panic!("no {name}: {gap}"));
            assert!(number("unserved") >= 1.0 && number("unserved") < number("calls"), "{gap}");
            assert!(number("back_ms") <= number("repair_ms") + 5000.0 && number("ready_ms") > 0.0, "{gap}");
            assert_eq!(gap["revoked_calls"], 0, "behind the open door nothing is revoked");
        }
    }
    for gap in made("store_lost")["rounds"].as_array().unwrap() {
        let number = |name: &str| gap[name].as_f64().unwrap_or_else(|| panic!("no {name}: {gap}"));
        assert!(number("first_unserved_ms") > 900.0 && number("served_on_ms") < 1100.0, "not at the stated age: {gap}");
        assert!(number("all_back_ms") < 5000.0, "{gap}");
    }
    let page = std::fs::read_to_string(lab.path("out/index.html")).unwrap();
    assert!(page.contains("What happens when something fails"));
}

/// Rounds that count, and rounds that do not.
fn rounds(drill: &Value) -> usize {
    let void = drill["void"].as_array().unwrap().len();
    let lasted = drill["lasted"].as_array().unwrap();
    let counted: Vec<_> = lasted.iter().map(|lasted| lasted["samples_ms"].as_array().unwrap().len()).collect();
    assert!(counted.iter().all(|samples| *samples == counted[0]), "{drill}");
    counted[0] + void
}
