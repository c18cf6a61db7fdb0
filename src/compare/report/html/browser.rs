//! The page in a real Chromium, with axe-core, when both are there (`tests/browser`).

use std::{path::Path, process::Command};

use super::{super::sample, Reader, html};

#[test]
fn the_page_opens_in_a_browser_and_axe_finds_nothing() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let chromium = std::env::var_os("CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    for (what, path) in [("Chromium", Path::new(&chromium)), ("tests/browser/node_modules", &tests.join("node_modules"))] {
        if !path.exists() {
            assert!(std::env::var_os("AUTHBENCH_REQUIRE_TOOLS").is_none_or(|value| value != "1"), "needs {what}");
            return eprintln!("skipped: needs {what}");
        }
    }
    let place = tempfile::tempdir().unwrap();
    let pages = [
        ("whole", sample::findings(), None),
        ("troubled", sample::troubled(), Some(sample::both_profiles())),
        ("both", sample::both_profiles(), Some(sample::earlier())),
    ];
    let files = pages.map(|(name, findings, before)| {
        let file = place.path().join(name).with_extension("html");
        let reader = Reader { before: before.as_ref(), ..Reader::default() };
        std::fs::write(&file, html(&findings, reader).unwrap()).unwrap();
        file
    });
    let said = Command::new("node").arg(tests.join("check.mjs")).args(files).output().unwrap();
    assert!(said.status.success(), "{}{}", String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
}
