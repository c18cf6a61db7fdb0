//! How costs grow: measured before real servers. The numbers are this machine's business; that they are there, or say why not, is not.

use serde_json::Value;

use crate::lab::{Lab, text};

#[test]
fn the_keys_of_a_server_are_measured_on_both_sides() {
    let lab = Lab::new();
    let ended = lab.run(&["compare", "--only", "sweeps", "--quick", "--mode", "open", "--out", "out", "--json"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let findings: Value = serde_json::from_slice(&std::fs::read(lab.path("out/findings.json")).unwrap()).unwrap();
    let sweeps = findings["sweeps"].as_array().unwrap();
    assert_eq!(sweeps.iter().map(|sweep| text(sweep, "of")).collect::<Vec<_>>(), ["server_key"]);
    assert!(sweeps[0]["void"].is_null(), "{}", sweeps[0]);
    let points = sweeps[0]["points"].as_array().unwrap();
    assert_eq!(
        points.iter().map(|point| text(point, "at")).collect::<Vec<_>>(),
        ["ECDSA, P-256", "Ed25519", "RSA, 3072 bits", "RSA, 2048 bits"]
    );
    for point in points {
        let figures = point["figures"].as_array().unwrap();
        let names: Vec<&str> = figures.iter().map(|figure| text(figure, "name")).collect();
        assert_eq!(names, ["fresh_server_cpu", "fresh_client_cpu"]);
        for figure in figures {
            let told = figure["value"].as_f64().is_some_and(|value| value > 0.0);
            // A busy machine changes between opening and closing run; nothing else may be amiss here.
            let void = figure["void"].as_str().is_some_and(|why| why.starts_with("the baseline changed by"));
            assert!(told != void && figure["samples"].as_u64().unwrap() > 3, "{figure}");
        }
    }
    let page = std::fs::read_to_string(lab.path("out/index.html")).unwrap();
    assert!(page.contains("How the costs grow") && page.contains("RSA, 3072 bits"));
}
