//! The file of the revocation lists: one of each CA, in PEM.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use super::{Pki, ca::Authority, crl, generation};
use crate::{
    exit::Failure,
    files::{self, Readers},
    peer::Serial,
    revocation::RevocationList,
};

/// A list as it stands in the file.
pub(super) struct Kept {
    der: Vec<u8>,
    pub(super) list: RevocationList,
}

impl Kept {
    /// Whether that CA signed it.
    pub(super) fn is_of(&self, authority: &Authority) -> bool {
        self.list.issuer == authority.name() && self.list.signer == authority.public_key()
    }

    /// A list that is signed now.
    pub(super) fn sign(
        authority: &Authority,
        number: u64,
        revoked: &HashMap<Serial, SystemTime>,
        lifetime: Duration,
        now: SystemTime,
    ) -> Result<Self, Failure> {
        let der = crl::sign(authority, number, revoked, now, lifetime)?;
        let list = crl::parse(&der, &[&authority.der], now).ok().and_then(|mut lists| lists.pop());
        let list = list.ok_or_else(|| Failure::environment("the list that was signed cannot be read"))?;
        Ok(Self { der, list })
    }
}

impl Pki {
    /// The lists on disk, with their DER; of several of one CA, the newest.
    pub(super) fn kept_lists(&self, authorities: &[&Authority], now: SystemTime) -> Result<Vec<Kept>, Failure> {
        let path = self.revocation_list();
        let is_there = path.try_exists();
        if !is_there.map_err(|error| Failure::environment(format!("cannot look for {}: {error}", path.display())))? {
            return Ok(Vec::new());
        }
        // A list of a CA that was just retired, or has ended, is still a list.
        let mut ders = generation::certificates(&self.client_directory());
        ders.extend(authorities.iter().map(|authority| authority.der.clone()));
        let mut kept: Vec<Kept> = Vec::new();
        for (der, list) in crl::load_each(&path, &ders, now)? {
            match kept.iter_mut().find(|known| known.list.is_of_the_same_ca(&list)) {
                Some(known) if list.is_older_than(&known.list) => {}
                Some(known) => *known = Kept { der, list },
                None => kept.push(Kept { der, list }),
            }
        }
        Ok(kept)
    }

    pub(super) fn write_lists<'a>(&self, lists: impl Iterator<Item = &'a Kept>) -> Result<(), Failure> {
        let lines = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
        let pems: Vec<_> = lists.map(|kept| pem::encode_config(&pem::Pem::new("X509 CRL", &*kept.der), lines)).collect();
        files::write(&self.revocation_list(), pems.concat().as_bytes(), Readers::Everyone)
    }
}
