//! Tasks as the stack does them, as far as the tests of the report need them.

use crate::{
    compare::findings::{Change, Deed, DeedKind, Effort, Handed, Side, Step, Task, Touched},
    mode::Mode,
};

/// A caller taken in behind every lock, and a stolen maker's key behind two.
pub(super) fn all() -> Vec<Effort> {
    let keeps = |what: &str| (DeedKind::Keeps, what.to_owned());
    let asks = || (DeedKind::Asks, "partner asks the token service for a token".to_owned());
    let onboard = |mode, command: &str, secret: &[&str], other: &[&str], deeds: Vec<(DeedKind, String)>| {
        let commands: Vec<String> = (!command.is_empty()).then(|| command.to_owned()).into_iter().collect();
        effort(Task::Onboard, mode, 1, commands, secret, other, deeds)
    };
    let retire = |list: &str| format!("authbench {list}");
    let renew = |number: u32| format!("authbench cert renew partner-{number}");
    let maker = ["cert ca list", "cert ca rotate", "cert ca retire 1 --force"].map(retire);
    vec![
        onboard(Mode::Open, "", &[], &["server's CA"], vec![keeps("partner keeps ca.pem")]),
        onboard(
            Mode::Jwt,
            "authbench client add partner",
            &["client secret"],
            &["client id", "server's CA"],
            vec![keeps("partner keeps client-id, client-secret, ca.pem"), asks()],
        ),
        onboard(
            Mode::Mtls,
            "authbench cert issue partner",
            &["private key"],
            &["certificate", "server's CA"],
            vec![keeps("partner keeps chain.pem, key.pem, ca.pem")],
        ),
        onboard(Mode::Apikey, "authbench key add partner", &["API key"], &["server's CA"], vec![keeps("partner keeps api-key")]),
        effort(
            Task::OnboardOwnKey,
            Mode::Mtls,
            1,
            vec!["authbench cert sign partner --csr inbox/partner.pem".into()],
            &[],
            &["certificate request", "certificate"],
            vec![(DeedKind::Makes, "partner makes a key and a certificate request".into()), keeps("partner keeps chain.pem")],
        ),
        effort(
            Task::RecoverMaker,
            Mode::Jwt,
            3,
            ["signing-key list", "signing-key rotate --wait 0s", "signing-key retire OLD"].map(retire).to_vec(),
            &[],
            &[],
            vec![asks(), asks(), asks()],
        ),
        effort(
            Task::RecoverMaker,
            Mode::Mtls,
            3,
            maker.into_iter().chain((1..=3).map(renew)).collect(),
            &["private key"; 3],
            &["certificate"; 3],
            vec![keeps("partner-1 keeps chain.pem, key.pem"); 3],
        ),
    ]
}

fn effort(
    task: Task,
    mode: Mode,
    callers: u32,
    commands: Vec<String>,
    secret: &[&str],
    other: &[&str],
    deeds: Vec<(DeedKind, String)>,
) -> Effort {
    let handed = |secret| move |what: &&str| Handed { what: (*what).into(), secret, to: Side::Caller };
    let file = |side, path: &str, how| Touched { side, path: path.into(), how };
    Effort {
        task,
        mode,
        callers,
        for_callers: commands.iter().filter(|line| line.contains("partner")).count().try_into().unwrap_or(u32::MAX),
        handed: secret.iter().map(handed(true)).chain(other.iter().map(handed(false))).collect(),
        deeds: deeds.into_iter().map(|(kind, what)| Deed { kind, what }).collect(),
        files: vec![
            file(Side::Operator, "state/authbench.db", Change::Changed),
            file(Side::Caller, "callers/partner/ca.pem", Change::Appeared),
        ],
        restarts: 0,
        waited_ms: vec![41.2, 38.7, 55.0],
        proof: vec![Step {
            did: "The operator types".into(),
            expected: None,
            observed: None,
            exchange: vec!["$ authbench cert issue <partner> --json".into()],
            variants: Vec::new(),
            probe: None,
        }],
        commands,
    }
}
