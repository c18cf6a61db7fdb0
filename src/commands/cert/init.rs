//! `cert init`

use serde_json::json;

use super::Desk;
use crate::{commands::output, exit::Failure, pki::Pki};

/// Makes what is missing, and says where it is.
pub(super) fn run(desk: &mut Desk<'_>, intermediate: bool) -> Result<(), Failure> {
    let pki = desk.pki_with(intermediate)?;
    if desk.passphrase.is_some() {
        check_encrypted(&pki)?;
    }
    pki.refresh_revocation_list(&mut desk.store)?;
    let (server, list) = (pki.server(), pki.revocation_list());
    let document = json!({
        "server_ca": pki.server_ca(), "client_ca": pki.client_ca(), "crl": list, "cert": server.cert, "key": server.key,
    });
    output::show(desk.common.json, &document, || {
        format!(
            "server CA  {}\nclient CA  {}\ncrl        {}\nserver     {}",
            pki.server_ca().display(),
            pki.client_ca().display(),
            list.display(),
            server.cert.display()
        )
    })
}

/// Whoever asks for encrypted keys must not be left with plain ones from before.
fn check_encrypted(pki: &Pki) -> Result<(), Failure> {
    let Some(key) = pki.keys_without_passphrase()?.into_iter().next() else { return Ok(()) };
    let key = key.display();
    Err(Failure::usage(format!("{key} is there already, without a passphrase")).remedy(format!(
        "encrypt it: `openssl pkcs8 -topk8 -v2 aes-256-cbc -in {key} -passout file:FILE -out NEW`, and move NEW into its place"
    )))
}
