//! Drills near what the stack does.

use crate::{
    compare::findings::{Drill, Event, Kind, Lasted, Noisy, Renewal, Replaced, Rotation},
    mode::Mode,
};

/// Both events behind every lock.
pub(super) fn all() -> Vec<Drill> {
    let locks = [(Mode::Jwt, 12.3), (Mode::Mtls, 0.0), (Mode::Apikey, 18.4)];
    locks.into_iter().flat_map(|(mode, base)| Event::ALL.iter().map(move |event| drill(mode, *event, base))).collect()
}

fn drill(mode: Mode, event: Event, base: f64) -> Drill {
    let (how, spread): (&str, &[f64]) = match event {
        Event::Revoked => (command(mode), &[0.2, 0.7, 1.0, 1.4, 1.9]),
        Event::Expired => ("a life of 3s", &[0.0, 0.1]),
    };
    let lasted = |(kind, share): (&Kind, f64)| Lasted {
        kind: *kind,
        samples_ms: spread.iter().map(|part| (base * share * part * 100.0).round() / 100.0).collect(),
        before_ms: if event == Event::Expired { vec![0.9 * share, 1.3 * share] } else { Vec::new() },
        accepted: 412,
    };
    Drill {
        event,
        mode,
        how: how.into(),
        busy: 50,
        limit_ms: 100.0,
        lasted: Kind::ALL.iter().zip([0.6, 1.0, 1.0, 0.5]).map(lasted).collect(),
        command_ms: if event == Event::Revoked { vec![21.4, 23.9, 22.0, 30.2, 21.9] } else { Vec::new() },
        neighbour_calls: 640,
        neighbour_refused: 0,
        void: Vec::new(),
    }
}

fn command(mode: Mode) -> &'static str {
    match mode {
        Mode::Jwt => "authbench token revoke -",
        Mode::Mtls => "authbench cert revoke partner",
        Mode::Open | Mode::Apikey => "authbench key revoke partner",
    }
}

/// Credentials of every lock.
pub(super) fn rotations() -> Vec<Rotation> {
    let one = |mode| Rotation {
        what: Replaced::Credential,
        mode,
        how: format!("authbench {} rotate partner", if mode == Mode::Jwt { "client" } else { "key" }),
        rounds: 1,
        calls: 2210,
        failed: 0,
        first_failure: None,
    };
    vec![one(Mode::Jwt), one(Mode::Apikey)]
}

/// A flood behind two locks.
pub(super) fn noisy() -> Vec<Noisy> {
    let one = |mode, flooded_p99_ms, ratio: f64| Noisy {
        mode,
        allowed_per_second: 100,
        asked_per_second: 1998.0,
        served: 512,
        refused: 7480,
        calls: 1600,
        quiet_p99_ms: 0.412,
        flooded_p99_ms,
        ratios: vec![ratio, 0.97, 1.31],
        limit: 1.5,
        unserved: None,
        void: None,
    };
    vec![one(Mode::Jwt, 0.437, 1.06), one(Mode::Apikey, 0.421, 1.02)]
}

/// Five runs of the command.
pub(super) fn renewal() -> Renewal {
    Renewal { command: "authbench cert renew NAME".into(), wall_ms: vec![31.2, 29.8, 33.0, 30.1, 30.7], cpu_ms: Some(24.0) }
}

/// The same, and not everybody was served.
pub(super) fn trouble_replacing(rotations: &mut [Rotation]) {
    rotations[1].failed = 3;
    rotations[1].first_failure = Some("answered 401 Unauthorized, on a kept connection".into());
}

/// One drill with a slow round, a refused neighbour and a round that does not count; another without a round.
pub(super) fn trouble(drills: &mut [Drill]) {
    for drill in drills {
        match (drill.event, drill.mode) {
            (Event::Revoked, Mode::Jwt) => {
                drill.lasted[1].samples_ms[4] = 131.7;
                drill.neighbour_refused = 2;
            }
            (Event::Expired, Mode::Apikey) => {
                drill.lasted.iter_mut().for_each(|lasted| lasted.samples_ms.clear());
                drill.void = vec!["the callers were held up for 72 ms by other programs".into(); 2];
            }
            _ => {}
        }
    }
}
