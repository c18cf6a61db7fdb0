//! Needs held against findings: those of the sample, and scenarios by their real names.

use super::{
    super::{Reader, html, sample},
    judge::judge,
    *,
};
use crate::{
    compare::{
        findings::{Cell, Entry, Findings, Measure, Shape, Verdict as Ended, Want},
        needs::Stolen,
        scenario::{Scenario, catalogue},
    },
    mode::{Mode, Profile},
};

const LOCKS: [Mode; 3] = [Mode::Jwt, Mode::Mtls, Mode::Apikey];

/// What the scenarios say that needs go by: id, then the outcomes of the locks.
const SEEN: &[(&str, [&str; 3])] = &[
    ("shared/replayed-from-elsewhere", ["allowed", "handshake_refused(signature_invalid)", "allowed"]),
    ("shared/nothing-presented", ["credential_missing", "handshake_refused(credential_missing)", "credential_missing"]),
    ("shared/right-credential", ["allowed", "allowed", "allowed"]),
    ("shared/log-stolen", ["credential_missing", "handshake_refused(credential_missing)", "credential_missing"]),
    ("shared/files-copied", ["allowed", "allowed", "allowed"]),
];

fn findings() -> Findings {
    let mut findings = sample::findings();
    for (id, outcomes) in SEEN {
        let entry = Entry { id: (*id).into(), title: (*id).into(), want: Want::Refused, ..findings.catalogue[0].clone() };
        findings.catalogue.push(entry);
        for (mode, outcome) in LOCKS.into_iter().zip(outcomes) {
            let like = findings.scenarios[0].clone();
            findings.scenarios.push(Cell { id: (*id).into(), mode, observed: (*outcome).into(), ..like });
        }
    }
    findings
}

fn needs(text: &str) -> Needs {
    Needs::parse("needs.toml", text).unwrap()
}

/// Rank and name of each lock, and the section's sentences.
fn ranking(findings: &Findings, text: &str) -> String {
    section(findings, &needs(text)).unwrap().lead.join("\n")
}

#[test]
fn locks_without_an_unmet_must_come_first_and_each_says_why() {
    insta::assert_snapshot!(ranking(&findings(), "[must]\nshared_nat = true\n[should]\nsurvives_theft_of = [\"log\", \"files\"]\nrevoked_within = \"30ms\"\n"), @"
    1. Mutual TLS meets the one must and meets 2 of 3 shoulds. Not met: should “nothing is lost when somebody steals the caller's files” (“shared/files-copied”: allowed).
    2. OAuth2 JWT misses the one must and meets 2 of 3 shoulds. Not met: must “a credential replayed from behind the callers' shared address is refused” (“shared/replayed-from-elsewhere”: allowed); should “nothing is lost when somebody steals the caller's files” (“shared/files-copied”: allowed).
    3. API key misses the one must and meets 1 of 3 shoulds. Not met: must “a credential replayed from behind the callers' shared address is refused” (“shared/replayed-from-elsewhere”: allowed); should “a revoked credential is served for 30ms at most” (after `authbench key revoke partner` a request was accepted for 35.0 ms at most, on HTTP/2 connections; 5 rounds); should “nothing is lost when somebody steals the caller's files” (“shared/files-copied”: allowed).
    ");
}

#[test]
fn what_nothing_tells_apart_is_a_tie() {
    insta::assert_snapshot!(ranking(&findings(), "[must]\nproxy_ends_tls = true\nno_client_certificates = true\n"), @"
    1. OAuth2 JWT, level with API key, meets both musts.
    1. API key, level with OAuth2 JWT, meets both musts.
    3. Mutual TLS meets none of 2 musts. Not met: must “a caller that cannot present a certificate is served” (“shared/nothing-presented”: credential_missing); must “a caller behind a proxy that ends TLS is served” (“shared/replayed-from-elsewhere”: signature_invalid).
    ");
    insta::assert_snapshot!(ranking(&findings(), "[must]\nsurvives_theft_of = [\"log\"]\n"), @"
    1. OAuth2 JWT, level with mutual TLS and API key, meets the one must.
    1. Mutual TLS, level with OAuth2 JWT and API key, meets the one must.
    1. API key, level with OAuth2 JWT and mutual TLS, meets the one must.
    ");
}

#[test]
fn what_is_not_known_is_never_met() {
    let told = |text: &str| ranking(&findings(), text);
    insta::assert_snapshot!(told("[must]\nown_networks = true\n"), @"
    No lock is shown to meet every must.
    1. OAuth2 JWT, level with mutual TLS and API key, may or may not meet the one must. Not known: must “a caller can be bound to its own networks” (`shared/outside-own-allowlist` was not tried).
    1. Mutual TLS, level with OAuth2 JWT and API key, may or may not meet the one must. Not known: must “a caller can be bound to its own networks” (`shared/outside-own-allowlist` was not tried).
    1. API key, level with OAuth2 JWT and mutual TLS, may or may not meet the one must. Not known: must “a caller can be bound to its own networks” (`shared/outside-own-allowlist` was not tried).
    ");
    insta::assert_snapshot!(told("profile = \"aws\"\n[must]\nrevoked_within = \"1m\"\np99_within = \"1m\"\n"), @"
    No lock is shown to meet every must.
    1. OAuth2 JWT, level with mutual TLS and API key, meets none of 2 musts. Not known: must “a revoked credential is served for 1m at most” (no drill is made in profile aws); must “99 of 100 calls take 1m at most, on kept connections” (nothing is measured in profile aws).
    1. Mutual TLS, level with OAuth2 JWT and API key, meets none of 2 musts. Not known: must “a revoked credential is served for 1m at most” (no drill is made in profile aws); must “99 of 100 calls take 1m at most, on kept connections” (nothing is measured in profile aws).
    1. API key, level with OAuth2 JWT and mutual TLS, meets none of 2 musts. Not known: must “a revoked credential is served for 1m at most” (no drill is made in profile aws); must “99 of 100 calls take 1m at most, on kept connections” (nothing is measured in profile aws).
    ");
    insta::assert_snapshot!(ranking(&sample::troubled(), "[must]\ncalls_per_second = 1000\np99_within = \"1m\"\n"), @"
    No lock is shown to meet every must.
    1. OAuth2 JWT, level with mutual TLS and API key, meets none of 2 musts. Not known: must “99 of 100 calls take 1m at most, on kept connections” (640 samples are too few for a 99th percentile; 1,000 are needed); must “1,000 calls a second, on kept connections” (the baseline drifted by 31 % between the opening and the closing run).
    1. Mutual TLS, level with OAuth2 JWT and API key, meets none of 2 musts. Not known: must “99 of 100 calls take 1m at most, on kept connections” (640 samples are too few for a 99th percentile; 1,000 are needed); must “1,000 calls a second, on kept connections” (the baseline drifted by 31 % between the opening and the closing run).
    1. API key, level with OAuth2 JWT and mutual TLS, meets none of 2 musts. Not known: must “99 of 100 calls take 1m at most, on kept connections” (640 samples are too few for a 99th percentile; 1,000 are needed); must “1,000 calls a second, on kept connections” (the baseline drifted by 31 % between the opening and the closing run).
    ");
    let mut differs = findings();
    for cell in differs.scenarios.iter_mut().filter(|cell| cell.id.ends_with("log-stolen")) {
        cell.verdict = Ended::Differs;
    }
    insta::assert_snapshot!(ranking(&differs, "[must]\nsurvives_theft_of = [\"log\"]\n"), @"
    No lock is shown to meet every must.
    1. OAuth2 JWT, level with mutual TLS and API key, may or may not meet the one must. Not known: must “nothing is lost when somebody steals the server's log” (“shared/log-stolen” did not end as declared).
    1. Mutual TLS, level with OAuth2 JWT and API key, may or may not meet the one must. Not known: must “nothing is lost when somebody steals the server's log” (“shared/log-stolen” did not end as declared).
    1. API key, level with OAuth2 JWT and mutual TLS, may or may not meet the one must. Not known: must “nothing is lost when somebody steals the server's log” (“shared/log-stolen” did not end as declared).
    ");
}

#[test]
fn a_figure_whose_repeats_lie_on_both_sides_is_not_known() {
    let mut findings = findings();
    let kept = findings.costs.iter_mut().find(|cost| cost.mode == Mode::Jwt && cost.shape == Shape::Kept).unwrap();
    let figure = kept.figures.iter_mut().find(|figure| figure.name == Measure::ServerCpu).unwrap();
    (figure.value, figure.interval) = (Some(50.0), Some((45.0, 60.0)));
    for (calls, verdict) in [(16_000, Verdict::Met), (18_000, Verdict::Unknown), (21_000, Verdict::Unmet)] {
        let needs = needs(&format!("[must]\ncalls_per_second = {calls}\n"));
        let judged = judge(World { findings: &findings, needs: &needs }, needs.needs[0].what, Mode::Jwt);
        assert_eq!(judged.verdict, verdict, "{calls}: {}", judged.because);
    }
}

#[test]
fn who_has_more_cores_carries_more_calls() {
    let findings = findings();
    let verdict = |cores: u32| {
        let needs = needs(&format!("server_cores = {cores}\n[must]\ncalls_per_second = 30_000\n"));
        judge(World { findings: &findings, needs: &needs }, needs.needs[0].what, Mode::Jwt).verdict
    };
    assert_eq!([1, 2, 64].map(verdict), [Verdict::Unmet, Verdict::Met, Verdict::Met]);
}

#[test]
fn every_row_that_a_judgement_names_is_on_the_page() {
    let findings = findings();
    let needs = needs("[must]\nshared_nat = true\nrevoked_within = \"1m\"\np99_within = \"1s\"\n");
    let page = html(&findings, Reader { needs: Some(&needs), ..Reader::default() }).unwrap();
    for place in ["standard-shared-replayed-from-elsewhere", "drills", "cost"] {
        assert!(page.contains(&format!("href=\"#{place}\"")) && page.contains(&format!("id=\"{place}\"")), "{place}");
    }
}

#[test]
fn every_scenario_that_a_need_goes_by_is_in_the_catalogue() {
    let catalogue = catalogue::built_in().unwrap();
    let mut findings = Findings { scenarios: Vec::new(), drills: Vec::new(), ..sample::findings() };
    findings.catalogue = catalogue.iter().map(Scenario::entry).collect();
    let all = "expires_by_itself = true\nshared_nat = true\nno_client_certificates = true\nproxy_ends_tls = true\n\
               survives_theft_of = [\"log\", \"request\", \"files\", \"fake_server\"]\nlimits_each_caller = true\nown_networks = true\n";
    let needs = needs(&format!("[must]\n{all}"));
    assert_eq!(needs.needs.len(), 6 + Stolen::ALL.len());
    for place in ranked(World { findings: &findings, needs: &needs }) {
        for (need, judged) in place.judged {
            assert!(judged.because.ends_with("was not tried in profile standard"), "{need:?}: {}", judged.because);
        }
    }
    assert_eq!(needs.profile, Profile::Standard);
}

#[test]
fn the_example_in_the_documentation_is_read_and_ranks() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/needs.md")).unwrap();
    let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let needs = needs(example);
    let ranks: Vec<_> =
        ranked(World { findings: &findings(), needs: &needs }).into_iter().map(|place| (place.rank, place.mode)).collect();
    assert_eq!(ranks, [(1, Mode::Mtls), (2, Mode::Jwt), (2, Mode::Apikey)]);
    // Every key is described.
    for key in
        ["title", "profile", "connections", "server_cores"].into_iter().chain(needs.needs.iter().map(|need| need.what.key()))
    {
        assert!(page.contains(&format!("| `{key}` |")), "{key}");
    }
}

#[test]
fn what_was_counted_says_what_travels_and_who_is_asked() {
    let findings = sample::operated();
    let needs = needs("[must]\nno_secret_travels = true\nno_third_service = true\nrecovers_within = \"1m\"\n");
    let verdicts = |mode| {
        let one = |need: &Need| judge(World { findings: &findings, needs: &needs }, need.what, mode);
        needs.needs.iter().map(one).map(|judged| (judged.verdict, judged.because)).collect::<Vec<_>>()
    };
    let met = |because: &str| (Verdict::Met, because.to_owned());
    let unmet = |because: &str| (Verdict::Unmet, because.to_owned());
    let unknown = || (Verdict::Unknown, "“A caller's files were stolen” was not done".to_owned());
    let alone = || met("“Take a caller in”: the caller calls with what it was given");
    let own_key = "“Take one in with its own key”: `authbench cert sign partner --csr inbox/partner.pem`";
    assert_eq!(verdicts(Mode::Mtls), [met(own_key), alone(), unknown()]);
    assert_eq!(verdicts(Mode::Apikey), [unmet("`authbench key add partner`: the API key travels"), alone(), unknown()]);
    let secret = unmet("`authbench client add partner`: the client secret travels");
    assert_eq!(verdicts(Mode::Jwt), [secret, unmet("partner asks the token service for a token"), unknown()]);
}

#[test]
fn without_a_lock_nothing_is_ranked() {
    let mut open = findings();
    open.settings.modes = vec![Mode::Open];
    assert!(section(&open, &needs("[must]\nshared_nat = true\n")).is_none());
}
