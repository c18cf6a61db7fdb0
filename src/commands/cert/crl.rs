//! `cert crl`

use serde_json::json;

use crate::{cli::Common, clock, commands::output, exit::Failure, pki::Pki, store::Store};

/// Signs the revocation list again, and says what is on it.
pub(super) fn run(common: &Common, store: &mut Store) -> Result<(), Failure> {
    let pki = Pki::open(&common.certs)?;
    pki.remake_revocation_list(store)?;
    let lists = pki.read_revocation_lists()?;
    let list = lists.first().ok_or_else(|| Failure::environment("the list that was written is gone"))?;
    let (path, ends, number) = (pki.revocation_list(), clock::rfc3339(list.next_update), list.counter());
    let document = json!({"crl": path, "number": number, "next_update": ends, "revoked": list.revoked.len()});
    output::show(common.json, &document, || {
        let number = number.unwrap_or_default();
        format!("crl      {}\nnumber   {number}\nrevoked  {}\nends     {ends}", path.display(), list.revoked.len())
    })
}
