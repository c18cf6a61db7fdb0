//! `cert server`

use std::time::Duration;

use serde_json::json;

use super::Desk;
use crate::{clock, commands::output, exit::Failure, pki::server_certificate};

/// Makes a new certificate for the server, and says where it is.
pub(super) fn run(desk: &Desk<'_>, names: &[String], ttl: Option<Duration>, new_key: bool) -> Result<(), Failure> {
    let pki = desk.pki()?;
    let made = pki.replace_server(names, ttl, new_key)?;
    desk.store.tell(vec![server_certificate(&made.serial)])?;
    let (pair, ends, serial) = (pki.server(), clock::rfc3339(made.not_after), made.serial.to_string());
    let document = json!({
        "cert": pair.cert, "key": pair.key, "ca": pki.server_ca(), "serial": serial, "not_after": ends, "names": made.names,
    });
    output::show(desk.common.json, &document, || {
        let (cert, key, names) = (pair.cert.display(), pair.key.display(), made.names.join(" "));
        format!("certificate  {cert}\nkey          {key}\nserial       {serial}\nnames        {names}\nends         {ends}")
    })
}
