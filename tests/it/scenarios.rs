//! Every built-in scenario, in every mode of every profile, through the binary: what a release would publish holds in the build at hand.

use crate::lab::Lab;

#[test]
fn every_scenario_ends_as_it_declares() {
    let ended = Lab::new().run(&["scenario", "run", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let cells = document["cells"].as_array().or(document.as_array()).unwrap();
    let wrong: Vec<_> = cells.iter().filter(|cell| cell["verdict"] == "differs").collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let of = |profile: &str| cells.iter().filter(|cell| cell["profile"] == profile).count();
    assert!(of("standard") > 150 && of("aws") > 50, "{} and {} cells", of("standard"), of("aws"));
    let steps = cells.iter().flat_map(|cell| cell["proof"].as_array().unwrap());
    let variants: usize = steps.filter_map(|step| step["variants"].as_array()).map(Vec::len).sum();
    assert!(variants > 300, "{variants} variants");
}
