//! `cert ca …`: the CAs for clients.

use serde_json::{Value, json};

use super::Desk;
use crate::{
    cli::{self, Common},
    clock,
    commands::output,
    deed::Event,
    exit::Failure,
    pki::ClientCa,
};

/// Does what `cert ca …` asks.
pub(super) fn run(desk: &mut Desk<'_>, command: &cli::Ca) -> Result<(), Failure> {
    let (common, store, pki) = (desk.common, &desk.store, desk.pki()?);
    match command {
        cli::Ca::List => list(common, &pki.client_cas(store)?),
        cli::Ca::Rotate { intermediate, .. } => {
            pki.rotate_client_ca(*intermediate)?;
            let all = pki.client_cas(store)?;
            let newest = all.first().ok_or_else(|| Failure::environment("the client CA that was made is gone"))?;
            store.tell(vec![newest.deed(Event::CaRotated)])?;
            told_rotated(common, newest, &all[1..])
        }
        cli::Ca::Retire { name, force } => told_retired(common, &pki.retire_client_ca(name, store, *force)?),
    }
}

fn list(common: &Common, all: &[ClientCa]) -> Result<(), Failure> {
    if common.json {
        return output::json(&all.iter().map(document).collect::<Vec<_>>());
    }
    let row = |one: &ClientCa| {
        let (number, name, standing) = (one.number.to_string(), one.name.clone(), one.standing.to_string());
        vec![number, name, standing, one.live.to_string(), one.keys.to_string(), clock::rfc3339(one.not_after)]
    };
    output::table(&["CA", "NAME", "STATE", "LIVE", "KEY", "ENDS"], &all.iter().map(row).collect::<Vec<_>>())
}

fn told_rotated(common: &Common, newest: &ClientCa, others: &[ClientCa]) -> Result<(), Failure> {
    output::show(common.json, &document(newest), || {
        let others: Vec<_> = others.iter().map(|one| one.number.to_string()).collect();
        format!("client CA {} ({}) issues from now on; beside it counts {}", newest.number, newest.name, others.join(", "))
    })?;
    if !common.json {
        output::note("Renew what the old one signed, then: authbench cert ca retire NUMBER");
    }
    Ok(())
}

fn told_retired(common: &Common, ca: &ClientCa) -> Result<(), Failure> {
    let document = json!({"number": ca.number, "name": ca.name, "state": "retired", "live": ca.live});
    output::show(common.json, &document, || {
        format!("client CA {} ({}) is retired: what it signed is refused, and its keys are deleted", ca.number, ca.name)
    })
}

fn document(one: &ClientCa) -> Value {
    json!({
        "number": one.number,
        "name": one.name,
        "issuing": one.issuing,
        "state": one.standing,
        "live": one.live,
        "not_after": clock::rfc3339(one.not_after),
        "keys": one.keys,
    })
}
