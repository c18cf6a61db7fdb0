//! What ends when, of all that lies in the directory: looked at, not made and not judged.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

use x509_parser::parse_x509_certificate;

use super::{Pki, crl, generation, issue};
use crate::{clock, exit::Failure, files, revocation::RevocationList, words::words};

words! {
    /// What ends.
    pub enum EndKind {
        /// The CA of the server's certificate.
        ServerCa = "server-ca",
        /// The server's certificate.
        Server = "server",
        /// A CA of callers' certificates that is trusted.
        ClientCa = "client-ca",
        /// A CA below it.
        IssuingCa = "issuing-ca",
    }
}

/// A certificate that is no caller's.
#[derive(Debug)]
pub struct End {
    /// What it is.
    pub kind: EndKind,
    /// Its common name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// The beginning of its life.
    pub not_before: SystemTime,
    /// The end of it.
    pub not_after: SystemTime,
}

impl Pki {
    /// The certificates in a directory that are no callers', as far as there are any.
    ///
    /// # Errors
    /// Exit 2 or 3 when one cannot be read.
    pub fn ends(directory: &Path) -> Result<Vec<End>, Failure> {
        let single = [(EndKind::ServerCa, directory.join("server-ca")), (EndKind::Server, directory.join("server"))];
        let clients = generation::places(&directory.join("client-ca")).into_iter();
        let clients = clients.flat_map(|place| [(EndKind::IssuingCa, place.join("issuing")), (EndKind::ClientCa, place)]);
        let all = single.into_iter().chain(clients).map(|(kind, place)| (kind, place.join("cert.pem")));
        all.filter(|(_, path)| path.exists()).map(|(kind, path)| End::read(kind, &path)).collect()
    }

    /// The revocation lists in a directory.
    ///
    /// # Errors
    /// As [`crl::load`].
    pub fn lists(directory: &Path) -> Result<Vec<RevocationList>, Failure> {
        let clients = directory.join("client-ca");
        let path = clients.join("crl.pem");
        if !path.exists() {
            return Ok(Vec::new());
        }
        // A CA may be on its way out. Who may only read here does without.
        let _lock = files::lock(&directory.join("pki.lock")).ok();
        let lists = crl::load(&path, &generation::certificates(&clients), clock::now())?;
        Ok(RevocationList::newest_of_each(lists))
    }
}

impl End {
    fn read(kind: EndKind, path: &Path) -> Result<Self, Failure> {
        let der = issue::single_certificate(path, &files::read(path)?)?;
        let unusable = |error| Failure::usage(format!("{} cannot be read: {error}", path.display()));
        let (_, read) = parse_x509_certificate(&der).map_err(unusable)?;
        let (not_before, not_after) = issue::validity(&read);
        let name = issue::common_name(read.subject().as_raw()).unwrap_or_default();
        Ok(Self { kind, name, not_before, not_after, path: path.into() })
    }
}
