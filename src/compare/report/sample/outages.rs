//! Failures near what the stack does.

use crate::{
    compare::findings::{Ended, Failure, Gap, Outage},
    mode::Mode,
};

/// A killed server in every mode, one that was told to stop, and two losses.
pub(super) fn all() -> Vec<Outage> {
    let killed = Mode::ALL.iter().map(|mode| outage(Failure::Killed, *mode, "SIGKILL, and started again at once"));
    let stopped = outage(Failure::Stopped, Mode::Jwt, "SIGTERM, and started again as soon as it had ended");
    killed.chain([stopped, store_lost(), ca_lost()]).collect()
}

fn outage(what: Failure, mode: Mode, how: &str) -> Outage {
    let round = |more: f64| Gap {
        calls: 160,
        unserved: 41,
        served_on_ms: 0.4,
        first_unserved_ms: Some(1.2),
        repair_ms: 1.5 + more,
        ready_ms: Some(101.0 + more),
        back_ms: Some(103.5 + more),
        all_back_ms: Some(102.0 + more),
        longest_ms: 97.25 + more,
        resumed: if mode == Mode::Mtls { 0 } else { 2 },
        full: 1,
        revoked_calls: if mode == Mode::Open { 0 } else { 6 },
        revoked_served: 0,
    };
    Outage {
        what,
        mode,
        how: how.into(),
        busy: 12,
        limit_ms: None,
        rounds: [1.0, 12.5, 0.25].map(round).to_vec(),
        ended: vec![
            Ended { how: "no connection".into(), calls: 117 },
            Ended { how: "closed without an answer".into(), calls: 6 },
        ],
        void: Vec::new(),
    }
}

fn store_lost() -> Outage {
    let outage = outage(Failure::StoreLost, Mode::Apikey, "the state directory moved away for 1.4s");
    let ended = vec![Ended { how: "answered 503 Service Unavailable".into(), calls: 77 }];
    let gap = Gap {
        calls: 289,
        unserved: 77,
        served_on_ms: 985.8,
        first_unserved_ms: Some(997.7),
        repair_ms: 1402.1,
        ..Gap::default()
    };
    let back = Gap { back_ms: Some(15.1), all_back_ms: Some(15.2), ..gap };
    Outage { limit_ms: Some(1100.0), rounds: vec![back], ended, ..outage }
}

fn ca_lost() -> Outage {
    let outage = outage(Failure::IssuerLost, Mode::Mtls, "the key of the client CA moved away for 1.4s");
    let gap =
        Gap { calls: 291, served_on_ms: 1399.0, repair_ms: 1400.0, back_ms: Some(3.1), all_back_ms: Some(0.0), ..Gap::default() };
    Outage { rounds: vec![gap], ended: Vec::new(), ..outage }
}

/// A revoked credential that is served, and rounds that do not count.
pub(super) fn trouble(outages: &mut [Outage]) {
    outages[1].rounds[0].revoked_served = 2;
    outages[2].rounds.clear();
    outages[5].rounds[0].served_on_ms = 1180.0;
    outages[2].void = vec!["the callers were held up for 88 ms by other programs".into(); 2];
}
