//! How costs grew in a run that never was.

use crate::{
    compare::findings::{Axis, Grown, Point, Quantity, Sweep},
    mode::Mode,
};

pub(super) fn all() -> Vec<Sweep> {
    let none = "The server keeps no record of the certificates that another CA signs.";
    vec![
        sweep(
            Axis::ClientKey,
            Mode::Mtls,
            vec![handshakes("ECDSA, P-256", 412.0, 371.0), handshakes("RSA, 3072 bits", 384.0, 1493.0)],
        ),
        Sweep { void: Some(none.into()), drift: None, ..sweep(Axis::Credentials, Mode::Mtls, Vec::new()) },
        sweep(
            Axis::Revoked,
            Mode::Mtls,
            vec![listed(1, 409.0, 17.2e6, Ok(41e3)), listed(100_000, 417.0, 50.4e6, Err("<b>late</b>"))],
        ),
    ]
}

fn sweep(of: Axis, mode: Mode, points: Vec<Point>) -> Sweep {
    Sweep { of, mode, points, pinned: true, drift: Some(0.012), void: None }
}

fn handshakes(key: &str, server: f64, client: f64) -> Point {
    let figures = vec![turns(Quantity::FreshServer, server), turns(Quantity::FreshClient, client)];
    Point { at: key.into(), number: None, figures }
}

fn listed(number: u64, server: f64, memory: f64, in_force: Result<f64, &str>) -> Point {
    let in_force = match in_force {
        Ok(after) => turns(Quantity::InForce, after),
        Err(why) => Grown::void(Quantity::InForce, 2, why),
    };
    let figures = vec![turns(Quantity::FreshServer, server), Grown::once(Quantity::Memory, memory), in_force];
    Point { at: number.to_string(), number: Some(number), figures }
}

fn turns(name: Quantity, middle: f64) -> Grown {
    Grown::of(name, &[0.96, 0.98, 0.99, 1.0, 1.01, 1.03, 1.07].map(|share| middle * share), 2800)
}
