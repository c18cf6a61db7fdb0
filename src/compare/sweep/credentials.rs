//! What it costs a server to know many credentials.

use std::time::Instant;

use super::{
    Prepared, SIZES,
    size::{ask, microseconds},
    turns::Kind,
};
use crate::{
    compare::{
        bench::{Bench, Setup, place},
        findings::{Axis, Grown, Quantity},
        launch::Place,
    },
    files::{self, Readers},
    mode::Mode,
};

/// Servers that know so many callers, one of whom calls. They are there before the server starts.
pub(super) async fn prepare(mode: Mode) -> Result<Prepared, String> {
    let mut prepared = Prepared::new(Axis::Credentials, mode);
    for size in SIZES {
        let place = place(toml::Table::new())?;
        // The one that calls is one of them.
        let took = make(&place, mode, size - 1).await?;
        let bench = Bench::open_in(place, &Setup::of(mode)).await?;
        let point = prepared.point(&size.to_string(), Some(size));
        if let Some(took) = took {
            prepared.figure(point, took);
        }
        let begun = Instant::now();
        bench.provision("one-more", &[]).await?;
        prepared.figure(point, Grown::once(Quantity::MakeOne, microseconds(begun.elapsed())));
        prepared.put(point, &bench, Kind::Kept);
        prepared.keep(point, bench);
    }
    Ok(prepared)
}

/// What there is to say of certificates.
pub(super) fn of_certificates() -> Prepared {
    let why = "The server keeps no record of the certificates that another CA signs, so their number costs it nothing. Its own CA makes \
               one certificate for each command, with a key, a signature and files; there is no way to make 100,000 of them at once. \
               What grows with the number of certificates is the list of those that are revoked.";
    Prepared::void(Axis::Credentials, Mode::Mtls, why.into())
}

/// Makes them with one command, where there are any.
async fn make(place: &Place, mode: Mode, many: u64) -> Result<Option<Grown>, String> {
    if many == 0 {
        return Ok(None);
    }
    let names = (0..many).map(|number| format!("caller-{number}")).collect::<Vec<_>>().join("\n");
    let file = place.path().join("names.txt");
    files::write(&file, names.as_bytes(), Readers::Owner).map_err(|error| error.to_string())?;
    let verb = if mode == Mode::Jwt { "client" } else { "key" };
    let begun = Instant::now();
    ask(place, &[verb, "add-many", &file.to_string_lossy()]).await?;
    Ok(Some(Grown::once(Quantity::MakeAll, microseconds(begun.elapsed()))))
}
