//! `cert show`

use serde_json::{Value, json};

use super::Desk;
use crate::{
    clock,
    commands::{grant, last_used, output},
    exit::Failure,
    key_type::KeyType,
    pki,
    store::{CertificateRecord, CertificateState},
};

/// Every certificate of one name, or the one of a serial.
pub(super) fn one(desk: &Desk<'_>, name: &str) -> Result<(), Failure> {
    let all = desk.store.certificates_of(name)?;
    let documents: Vec<_> = all.iter().map(document).collect();
    output::show(desk.common.json, &documents, || all.iter().map(text).collect::<Vec<_>>().join("\n\n"))
}

pub(super) fn state(one: &CertificateRecord) -> &'static str {
    let is_over = one.state == CertificateState::Active && one.not_after < clock::now();
    if is_over { "expired" } else { one.state.as_str() }
}

/// The kind of its key; `own` is the caller's own, that never was here.
fn key_type(one: &CertificateRecord) -> &'static str {
    one.key_type.map_or("own", KeyType::as_str)
}

fn text(one: &CertificateRecord) -> String {
    format!(
        "certificate  {}\nserial       {}\nca           {}\nstate        {}\nmay          {}\nnames        {}\nkey          {}\nbegins       {}\nends         {}\nused         {}",
        one.name,
        one.serial,
        pki::common_name(&one.issuer).unwrap_or_default(),
        state(one),
        grant::text(&one.grant),
        if one.sans.is_empty() { format!("DNS:{}", one.name) } else { one.sans.join(" ") },
        key_type(one),
        clock::rfc3339(one.not_before),
        clock::rfc3339(one.not_after),
        last_used(&one.last_used)
    )
}

pub(super) fn document(one: &CertificateRecord) -> Value {
    json!({
        "name": &*one.name,
        "serial": one.serial.to_string(),
        "state": state(one),
        "grant": grant::json(&one.grant),
        "sans": one.sans,
        "key_type": key_type(one),
        "ca": pki::common_name(&one.issuer),
        "not_before": clock::rfc3339(one.not_before),
        "not_after": clock::rfc3339(one.not_after),
        "revoked": one.revoked.map(clock::rfc3339),
        "last_used": one.last_used.get().map(clock::rfc3339),
    })
}
