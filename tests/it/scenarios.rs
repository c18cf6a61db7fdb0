//! Every built-in scenario, in every mode, through the binary: what a release would publish holds in the build at hand.

use crate::lab::Lab;

#[test]
fn every_scenario_ends_as_it_declares() {
    let ended = Lab::new().run(&["scenario", "run", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let cells = document["cells"].as_array().or(document.as_array()).unwrap();
    let wrong: Vec<_> = cells.iter().filter(|cell| cell["verdict"] == "differs").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(cells.len() > 100, "{} cells", cells.len());
}
