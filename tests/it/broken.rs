//! Broken on purpose: a server that goes without one check fails a scenario, whichever check it is.
//!
//! The program is built once more, with the feature `faults`, as an example, so that the program under test stays as it is. That
//! takes a minute, so it is done where every tool is demanded: `AUTHBENCH_REQUIRE_TOOLS=1`.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    thread,
};

use authbench::guard::{Guard, WITHOUT};
use serde_json::Value;

use crate::lab::Ended;

/// How many broken servers are tried at once: they mostly wait.
const AT_ONCE: usize = 4;

/// Which scenario notices, and in which mode, when a check is not made.
const fn noticed_by(guard: Guard) -> (&'static str, &'static str) {
    match guard {
        Guard::ServerAllowlist => ("apikey", "shared/outside-server-allowlist"),
        Guard::ServerDenylist => ("apikey", "shared/within-server-denylist"),
        Guard::CallerAllowlist => ("apikey", "shared/outside-own-allowlist"),
        Guard::CallerDenylist => ("apikey", "shared/within-own-denylist"),
        Guard::WrongDoor => ("apikey", "shared/another-host"),
        Guard::FailureBudget => ("apikey", "apikey/guessing"),
        Guard::Scope => ("apikey", "shared/missing-scope"),
        Guard::RateLimit => ("apikey", "shared/flood"),
        Guard::Quota => ("apikey", "shared/quota-edge"),
        Guard::TokenIssuer => ("jwt", "jwt/wrong-issuer"),
        Guard::TokenType => ("jwt", "jwt/wrong-type"),
        Guard::TokenSignature => ("jwt", "shared/tampered"),
        Guard::TokenAudience => ("jwt", "jwt/wrong-audience"),
        Guard::TokenExpiry => ("jwt", "shared/expired"),
        Guard::TokenBeginning => ("jwt", "shared/not-yet-valid"),
        Guard::TokenRevocation => ("jwt", "shared/revoked-new-connection"),
        Guard::ClientStanding => ("jwt", "jwt/client-removed"),
        Guard::ClientDisabled => ("jwt", "shared/disabled"),
        Guard::SigningKeyRetired => ("jwt", "shared/maker-retired"),
        Guard::ClientSecret => ("jwt", "jwt/client-authentication"),
        Guard::ClientScope => ("jwt", "jwt/scope-asked"),
        Guard::KeySecret => ("apikey", "shared/tampered"),
        Guard::KeyExpiry => ("apikey", "shared/expired"),
        Guard::KeyRevocation => ("apikey", "shared/revoked-new-connection"),
        Guard::KeyDisabled => ("apikey", "shared/disabled"),
        Guard::CertificatePossession => ("mtls", "shared/replayed-from-elsewhere"),
        Guard::CertificatePurpose => ("mtls", "shared/made-for-someone-else"),
        Guard::CertificateExpiry => ("mtls", "shared/expired"),
        Guard::CertificateBeginning => ("mtls", "shared/not-yet-valid"),
        Guard::RevocationList => ("mtls", "mtls/revoked-by-list"),
        Guard::CertificateRevocation => ("mtls", "mtls/list-that-forgets"),
        Guard::CertificateName => ("mtls", "mtls/names"),
        Guard::OpenConnection => ("mtls", "shared/revoked-open-connection"),
    }
}

/// Builds the program that can be broken, beside the one under test and with the same profile.
fn build() -> PathBuf {
    let beside = Path::new(env!("CARGO_BIN_EXE_authbench")).parent().unwrap();
    let profile = match beside.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(other) => other,
    };
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--locked", "--example", "broken", "--features", "faults", "--profile", profile])
        .arg("--target-dir")
        .arg(beside.parent().unwrap())
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let built = Ended::of(&built);
    assert_eq!(built.code, 0, "{}", built.stderr);
    beside.join("examples/broken")
}

/// Runs scenarios in one mode; the words say what is taken away.
fn run(program: &Path, without: Option<&str>, mode: &str, scenarios: &BTreeSet<&str>) -> Ended {
    let mut command = Command::new(program);
    command.args(["scenario", "run", "--json", "--profile", "standard", "--mode", mode]).args(scenarios);
    command.env_remove(WITHOUT).envs(without.map(|word| (WITHOUT, word))).stdin(Stdio::null());
    Ended::of(&command.output().unwrap())
}

/// The verdicts of a run, by scenario.
fn verdicts(ended: &Ended) -> BTreeMap<String, String> {
    let document: Value = serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{}", ended.stderr));
    let text = |cell: &Value, member: &str| cell[member].as_str().unwrap().to_owned();
    document["cells"].as_array().unwrap().iter().map(|cell| (text(cell, "id"), text(cell, "verdict"))).collect()
}

/// What is wrong with what came of it, if anything is.
fn unnoticed(program: &Path, guard: Guard) -> Option<String> {
    let (mode, scenario) = noticed_by(guard);
    let ended = run(program, Some(guard.as_str()), mode, &[scenario].into());
    let says_so = ended.stderr.contains(&format!("BROKEN ON PURPOSE: this server goes without the check `{guard}`"));
    let seen = verdicts(&ended);
    let noticed = ended.code == 1 && seen.get(scenario).is_some_and(|verdict| verdict == "differs");
    (!noticed || !says_so)
        .then(|| format!("without {guard}, {scenario} in {mode}: exit {}, {seen:?}, {}", ended.code, ended.stderr))
}

#[test]
fn a_server_without_any_one_check_fails_a_scenario() {
    if std::env::var_os("AUTHBENCH_REQUIRE_TOOLS").is_none_or(|value| value != "1") {
        return crate::lab::missing("a minute for another build: AUTHBENCH_REQUIRE_TOOLS=1 takes it");
    }
    let program = build();

    // The build itself changes nothing: whole, it passes all of them.
    let mut by_mode: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (mode, scenario) in Guard::ALL.iter().copied().map(noticed_by) {
        by_mode.entry(mode).or_default().insert(scenario);
    }
    for (mode, scenarios) in by_mode {
        let whole = run(&program, None, mode, &scenarios);
        assert_eq!(whole.code, 0, "{mode}: {}\n{}", whole.stdout, whole.stderr);
        let seen = verdicts(&whole);
        assert!(seen.len() == scenarios.len() && seen.values().all(|verdict| verdict == "as_expected"), "{mode}: {seen:?}");
    }

    let (waiting, missed) = (Mutex::new(Guard::ALL.iter().copied()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let next = waiting.lock().unwrap().next();
                    let Some(guard) = next else { break };
                    let complaint = unnoticed(&program, guard);
                    missed.lock().unwrap().extend(complaint);
                }
            });
        }
    });
    let missed = missed.into_inner().unwrap();
    assert!(missed.is_empty(), "nobody notices:\n{}", missed.join("\n"));

    let unknown = run(&program, Some("everything"), "open", &BTreeSet::new());
    assert_eq!(unknown.code, 2, "{}", unknown.stderr);
    assert!(unknown.stderr.contains("`everything` is not one of server_allowlist,"), "{}", unknown.stderr);
}
