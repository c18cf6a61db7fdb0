//! `cert crl`

use serde_json::json;

use super::Desk;
use crate::{clock, commands::output, exit::Failure};

/// Signs the revocation list again, and says what is on it.
pub(super) fn run(desk: &mut Desk<'_>) -> Result<(), Failure> {
    let pki = desk.pki()?;
    pki.remake_revocation_list(&mut desk.store)?;
    let lists = pki.read_revocation_lists()?;
    let list = lists.first().ok_or_else(|| Failure::environment("the list that was written is gone"))?;
    let (path, ends, number) = (pki.revocation_list(), clock::rfc3339(list.next_update), list.counter());
    let document = json!({"crl": path, "number": number, "next_update": ends, "revoked": list.revoked.len()});
    output::show(desk.common.json, &document, || {
        let number = number.unwrap_or_default();
        format!("crl      {}\nnumber   {number}\nrevoked  {}\nends     {ends}", path.display(), list.revoked.len())
    })
}
