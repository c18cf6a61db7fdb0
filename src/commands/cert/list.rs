//! `cert list`: what ends when, the next first.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::{Desk, show};
use crate::{
    clock,
    commands::{grant, output},
    exit::Failure,
    pki::{self, End, Pki},
    revocation::RevocationList,
    store::CertificateRecord,
};

/// Everything, with what is about to end marked: less than a third of its life is left.
pub(super) fn run(desk: &Desk<'_>) -> Result<(), Failure> {
    let mut all = desk.store.certificates()?;
    all.sort_by_key(|one| (show::state(one) != "active", one.not_after));
    let (ends, lists) = (Pki::ends(&desk.common.certs)?, Pki::lists(&desk.common.certs)?);
    if desk.common.json {
        let certificates: Vec<_> = all.iter().map(|one| with_mark(show::document(one), one.not_before, one.not_after)).collect();
        let others: Vec<_> = ends.iter().map(end_document).collect();
        let lists: Vec<_> = lists.iter().map(list_document).collect();
        return output::json(&json!({"certificates": certificates, "authorities": others, "revocation_lists": lists}));
    }
    output::table(&["NAME", "WHAT", "STATE", "ENDS", "SERIAL", "MAY"], &rows(&all, &ends, &lists))?;
    if all.is_empty() {
        output::note("There is no caller's certificate yet. Make one: authbench cert issue NAME");
    }
    Ok(())
}

/// The authorities, the server and the lists first, for everything hangs on them.
fn rows(all: &[CertificateRecord], ends: &[End], lists: &[RevocationList]) -> Vec<Vec<String>> {
    let end = |one: &End| {
        let state = standing(one.not_before, one.not_after);
        vec![one.name.clone(), one.kind.to_string(), state.to_owned(), clock::rfc3339(one.not_after)]
    };
    let list = |one: &RevocationList| {
        let (name, what) = (issuer(one), format!("crl {}", one.counter().unwrap_or_default()));
        let state = if one.is_current(clock::now()) { "active" } else { "expired" };
        vec![name, what, state.to_owned(), clock::rfc3339(one.next_update)]
    };
    let caller = |one: &CertificateRecord| {
        let state = match show::state(one) {
            "active" => standing(one.not_before, one.not_after),
            other => other,
        };
        let (ends, may) = (clock::rfc3339(one.not_after), grant::text(&one.grant));
        vec![one.name.to_string(), "caller".to_owned(), state.to_owned(), ends, one.serial.to_string(), may]
    };
    ends.iter().map(end).chain(lists.iter().map(list)).chain(all.iter().map(caller)).collect()
}

fn standing(not_before: SystemTime, not_after: SystemTime) -> &'static str {
    match (clock::now() >= not_after, ends_soon(not_before, not_after)) {
        (true, _) => "expired",
        (_, true) => "ends soon",
        (_, false) => "active",
    }
}

fn ends_soon(not_before: SystemTime, not_after: SystemTime) -> bool {
    let left = not_after.duration_since(clock::now()).unwrap_or_default();
    left < not_after.duration_since(not_before).unwrap_or_default() / 3
}

fn with_mark(mut document: Value, not_before: SystemTime, not_after: SystemTime) -> Value {
    document["ends_soon"] = ends_soon(not_before, not_after).into();
    document
}

fn end_document(one: &End) -> Value {
    let (begins, ends) = (clock::rfc3339(one.not_before), clock::rfc3339(one.not_after));
    let document = json!({"kind": one.kind, "name": one.name, "path": one.path, "not_before": begins, "not_after": ends});
    with_mark(document, one.not_before, one.not_after)
}

fn list_document(one: &RevocationList) -> Value {
    json!({
        "ca": issuer(one),
        "number": one.counter(),
        "next_update": clock::rfc3339(one.next_update),
        "revoked": one.revoked.len(),
    })
}

fn issuer(one: &RevocationList) -> String {
    pki::common_name(&one.issuer).unwrap_or_default()
}
