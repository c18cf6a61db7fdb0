//! `cert init`

use serde_json::json;

use crate::{
    cli::Common,
    commands::output,
    exit::Failure,
    pki::{Pki, Setup},
    store::Store,
};

/// Makes what is missing, and says where it is.
pub(super) fn run(common: &Common, store: &mut Store, intermediate: bool) -> Result<(), Failure> {
    let pki = Pki::open_with(&common.certs, &Setup { intermediate })?;
    pki.refresh_revocation_list(store)?;
    let (server, list) = (pki.server(), pki.revocation_list());
    let document = json!({
        "server_ca": pki.server_ca(), "client_ca": pki.client_ca(), "crl": list, "cert": server.cert, "key": server.key,
    });
    output::show(common.json, &document, || {
        format!(
            "server CA  {}\nclient CA  {}\ncrl        {}\nserver     {}",
            pki.server_ca().display(),
            pki.client_ca().display(),
            list.display(),
            server.cert.display()
        )
    })
}
