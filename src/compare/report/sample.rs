//! Findings as a real run makes them, for the tests of the reports. Also hostile where a report could be tricked.

mod claims;
mod costs;
mod drills;
mod earlier;
mod efforts;
mod outages;
mod sweeps;
mod theft;

use claims::{CLAIMS, Claim, GROUPS};
pub(crate) use earlier::earlier;

use crate::{
    compare::findings::{Cell, Depth, Entry, Figure, Findings, Load, Machine, Measure, Settings, Step, Tried, VERSION, Verdict},
    mode::{Mode, Profile},
};

/// Findings of a whole run in which everything ended as declared.
pub(crate) fn findings() -> Findings {
    let groups = GROUPS.iter().flat_map(|(name, rows)| std::iter::repeat_n(*name, *rows));
    let catalogue: Vec<Entry> = CLAIMS.iter().zip(groups).map(|(claim, group)| entry(claim, group)).collect();
    Findings {
        version: VERSION,
        made: "2026-11-23T14:30:00Z".into(),
        machine: Machine {
            authbench: "authbench 0.1.0".into(),
            system: "linux 6.18.44".into(),
            processor: "AMD EPYC".into(),
            processors: 2,
        },
        settings: Settings { depth: Depth::Quick, modes: Mode::ALL.to_vec() },
        catalogue,
        scenarios: CLAIMS.iter().flat_map(cells).collect(),
        claims: Vec::new(),
        efforts: Vec::new(),
        drills: drills::all(),
        rotations: drills::rotations(),
        noisy: drills::noisy(),
        renewal: Some(drills::renewal()),
        outages: Vec::new(),
        costs: Mode::ALL.iter().flat_map(|mode| costs::of(*mode)).chain(costs::plain()).collect(),
        break_even: costs::break_even(),
        load: Some(Load {
            pinned: true,
            repeats: 6,
            fresh_per_second: 250.0,
            kept_per_second: 2000.0,
            drift: Some(0.031),
            tls: Some("TLS 1.3, TLS13_AES_256_GCM_SHA384, X25519".into()),
        }),
        sweeps: Vec::new(),
        missing: Vec::new(),
    }
}

/// The same run in both profiles, with thefts and what the article claims.
pub(crate) fn thefts() -> Findings {
    let mut findings = Findings { claims: theft::claims(), ..both_profiles() };
    theft::add(&mut findings);
    findings
}

/// The same run, with the tasks of an operator.
pub(crate) fn operated() -> Findings {
    Findings { efforts: efforts::all(), ..findings() }
}

/// The same run, with failures.
pub(crate) fn failures() -> Findings {
    Findings { outages: outages::all(), ..findings() }
}

/// The same failures, and not all went well.
pub(crate) fn bad_failures() -> Findings {
    let mut findings = failures();
    outages::trouble(&mut findings.outages);
    findings
}

/// The same run, in which it was measured how the costs grow.
pub(crate) fn grown() -> Findings {
    Findings { sweeps: sweeps::all(), ..findings() }
}

/// The same run without what was measured.
pub(crate) fn unmeasured() -> Findings {
    Findings { costs: Vec::new(), break_even: Vec::new(), load: None, ..findings() }
}

/// What was measured alone.
pub(crate) fn measured() -> Findings {
    let (scenarios, drills, rotations, noisy) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    Findings { scenarios, drills, rotations, noisy, renewal: None, ..findings() }
}

/// The same run, some of it in the other profile too, where a revoked token goes on.
pub(crate) fn both_profiles() -> Findings {
    let mut findings = findings();
    for (id, outcome) in [
        ("shared/nothing_presented", "credential_missing"),
        ("shared/revoked_new", "allowed"),
        ("jwt/algorithm_none", "algorithm_refused"),
    ] {
        if let Some(entry) = findings.catalogue.iter_mut().find(|entry| entry.id == id) {
            entry.profiles.push(Profile::Aws);
        }
        let mut cells: Vec<Cell> = findings.scenarios.iter().filter(|cell| cell.id == id).cloned().collect();
        for cell in &mut cells {
            cell.profile = Profile::Aws;
            if cell.mode == Mode::Jwt {
                cell.expected = outcome.into();
                cell.observed = outcome.into();
            }
            let told = |(variant, observed): (&str, &str)| Tried { variant: variant.into(), observed: observed.into() };
            cell.proof[1].variants = [("header = { alg = \"none\" }", outcome), ("<script>", outcome)].map(told).to_vec();
        }
        findings.scenarios.extend(cells);
    }
    findings
}

/// The same run, cut short: a trial that differs, one that could not be tried, figures without numbers.
pub(crate) fn troubled() -> Findings {
    let mut findings = findings();
    findings.scenarios.retain(|cell| !cell.id.ends_with("restart") && !cell.id.ends_with("killed_after_revoke"));
    if let Some(cell) = findings.scenarios.iter_mut().find(|cell| cell.id.ends_with("revoked_new") && cell.mode == Mode::Apikey) {
        cell.observed = "allowed".into();
        cell.verdict = Verdict::Differs;
        cell.because = Some("step 3 ended with allowed, not revoked".into());
    }
    if let Some(cell) = findings.scenarios.iter_mut().find(|cell| cell.id.ends_with("allowlist") && cell.mode == Mode::Jwt) {
        cell.observed = String::new();
        cell.verdict = Verdict::Skipped;
        cell.because = Some("this machine cannot call from 127.0.0.9".into());
    }
    for figure in findings.costs.iter_mut().flat_map(|cost| &mut cost.figures) {
        match figure.name {
            Measure::ServerCpu => {
                *figure = Figure::void(figure.name, 3000, "the baseline drifted by 31 % between the opening and the closing run");
            }
            Measure::P99 => {
                *figure = Figure::void(figure.name, 640, "640 samples are too few for a 99th percentile; 1,000 are needed");
            }
            _ => {}
        }
    }
    let first = &mut findings.break_even[0];
    (first.answer, first.tried, first.void) = (None, None, Some("the baseline changed by 31 %".into()));
    drills::trouble(&mut findings.drills);
    drills::trouble_replacing(&mut findings.rotations);
    findings.noisy[1].void = Some("its p99 differed by 2.10 times between slices without a flood".into());
    findings.renewal = None;
    findings.missing.push("The run was interrupted: the scenarios that come last were not tried.".into());
    findings
}

fn entry((id, title, asks, want, outcomes): &Claim, group: &str) -> Entry {
    let modes: Vec<Mode> =
        Mode::ALL.iter().zip(outcomes).filter(|(_, outcome)| !outcome.is_empty()).map(|(mode, _)| *mode).collect();
    let why_not = (modes.len() < Mode::ALL.len()).then(|| "The others have nothing that could be so.".to_owned());
    Entry {
        id: (*id).into(),
        title: (*title).into(),
        asks: (*asks).into(),
        group: group.into(),
        want: *want,
        modes,
        why_not,
        profiles: vec![Profile::Standard],
        artefact: None,
    }
}

fn cells((id, title, _, _, outcomes): &Claim) -> Vec<Cell> {
    let tried = Mode::ALL.iter().zip(outcomes).filter(|(_, outcome)| !outcome.is_empty());
    let cell = |(mode, outcome): (&Mode, &&str)| Cell {
        id: (*id).into(),
        mode: *mode,
        profile: Profile::Standard,
        expected: (*outcome).into(),
        observed: (*outcome).into(),
        verdict: Verdict::AsExpected,
        because: None,
        proof: proof(*mode, title, outcome),
        took_ms: 231,
        times: 1,
    };
    tried.map(cell).collect()
}

fn proof(mode: Mode, title: &str, outcome: &str) -> Vec<Step> {
    let provisioned = match mode {
        Mode::Open => vec!["(nothing to provision)".to_owned()],
        Mode::Jwt => vec![
            "$ authbench client add partner --json".into(),
            r#"{"name":"partner","client_id":"4kTq0c…","client_secret":"Xw81…"}"#.into(),
        ],
        Mode::Mtls => vec![
            "$ authbench cert issue partner --json".into(),
            r#"{"name":"partner","serial":"5f09…","cert":"certs/clients/partner/cert.pem"}"#.into(),
        ],
        Mode::Apikey => vec![
            "$ authbench key add partner --json".into(),
            r#"{"name":"partner","id":"9fJq2mT0aLx1","key":"ab_9fJq2…"}"#.into(),
        ],
    };
    let answer = match outcome {
        "allowed" => vec![
            "< HTTP/1.1 200 OK".into(),
            "< content-type: application/json".into(),
            String::new(),
            r#"{"message": "hello world!"}"#.into(),
        ],
        "closed" => vec!["* the connection was closed without an answer".to_owned()],
        _ if outcome.starts_with("handshake") => vec![
            "* TLS 1.3 handshake".into(),
            "* alert received at the first read: certificate_required".into(),
            format!("* authbench_handshakes_refused_total: {outcome}"),
        ],
        _ => vec![
            "< HTTP/1.1 401 Unauthorized".into(),
            "< www-authenticate: Bearer realm=\"authbench\", error=\"invalid_token\"".into(),
            format!("{{\"type\":\"about:blank\",\"reason\":\"{outcome}\"}}"),
        ],
    };
    let mut exchange = vec!["> GET /test/hello-world HTTP/1.1".to_owned(), "> host: localhost:34567".into(), "> x-note: <b>&amp;</b> a long line that has to go somewhere, because header lines can be long and nobody breaks them for us".into()];
    exchange.extend(answer);
    vec![
        Step {
            did: "provision partner".into(),
            expected: None,
            observed: None,
            exchange: provisioned,
            variants: Vec::new(),
            probe: None,
        },
        Step {
            did: format!("call as partner ({title})"),
            expected: Some(outcome.into()),
            observed: Some(outcome.into()),
            exchange,
            variants: Vec::new(),
            probe: None,
        },
    ]
}
