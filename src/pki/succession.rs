//! One client CA after another: the old one counts beside the new one until it is retired.

use std::time::SystemTime;

use super::{
    Pki,
    ca::Authority,
    generation::{self, Generation, New},
};
use crate::{
    clock,
    deed::{Deed, Event, Thing},
    exit::Failure,
    store::{CertificateState, Store},
    words::words,
};

words! {
    /// What a client CA does.
    pub enum Standing {
        /// It signs the certificates that are made from now on.
        Issues = "issues",
        /// What it signed counts; it signs nothing but its revocation list.
        Counts = "counts",
    }
}

words! {
    /// Whether a CA can sign here.
    pub enum CaKeys {
        /// Every key of it lies here as it is.
        Here = "here",
        /// Every key is here, and one takes a passphrase.
        Encrypted = "encrypted",
        /// A key of it is kept elsewhere.
        Absent = "absent",
    }
}

/// One client CA.
#[derive(Debug)]
pub struct ClientCa {
    /// Counted from one, and never used again.
    pub number: u32,
    /// The common name of the CA that is trusted.
    pub name: String,
    /// The common name of the issuing CA below it, when there is one.
    pub issuing: Option<String>,
    /// What it does.
    pub standing: Standing,
    /// When the first of the two ends.
    pub not_after: SystemTime,
    /// Where its keys are.
    pub keys: CaKeys,
    /// How many certificates of it are neither revoked nor past their end.
    pub live: usize,
}

impl ClientCa {
    /// Something done to it, for the audit log.
    pub fn deed(&self, event: Event) -> Deed {
        Deed::new(event, Thing::ClientCa, self.number.to_string()).named(&*self.name)
    }
}

impl Pki {
    /// Every client CA that counts, the one that issues first.
    ///
    /// # Errors
    /// As [`Pki::open`], and exit 3 when the database fails.
    pub fn client_cas(&self, store: &Store) -> Result<Vec<ClientCa>, Failure> {
        let now = clock::now();
        let (generations, records) = (self.generations(now)?, store.certificates()?);
        let live: Vec<_> = records.iter().filter(|one| one.state == CertificateState::Active && one.not_after > now).collect();
        let describe = |(place, one): (usize, &Generation)| ClientCa {
            standing: if place == 0 { Standing::Issues } else { Standing::Counts },
            live: live.iter().filter(|record| record.issuer == one.issuer().name()).count(),
            ..describe(one, now)
        };
        Ok(generations.iter().enumerate().map(describe).collect())
    }

    /// Makes a new client CA, which issues from now on; those before it go on counting. It has an issuing CA below it when that
    /// is asked for, or when the one before has.
    ///
    /// # Errors
    /// Exit 3 when a file cannot be written; exit 2 when what is there cannot be used.
    pub fn rotate_client_ca(&self, intermediate: bool) -> Result<(), Failure> {
        let _lock = self.lock()?;
        let (now, directory) = (clock::now(), self.client_directory());
        let generations = self.generations(now)?;
        // The new keys get the passphrase of the old ones: one that does not open those is a mistake.
        let locked = generations.iter().flat_map(Generation::authorities).filter(|authority| authority.is_locked());
        locked.take(1).try_for_each(|authority| authority.signer().map(drop))?;
        let intermediate = intermediate || generations.first().is_some_and(|newest| newest.issuing.is_some());
        generation::settle_first(&directory)?;
        let new = New { profile: &self.profile.client_ca, intermediate, passphrase: self.passphrase.as_ref() };
        generation::add(&directory, &new, now)?;
        self.bundle(&self.generations(now)?, now)
    }

    /// Takes a client CA away, by its number or name: what it signed counts no more, and its keys are deleted.
    ///
    /// # Errors
    /// Exit 2 when there is none of that name, it is the one that issues, or it has live certificates and `force` is not said.
    pub fn retire_client_ca(&self, which: &str, store: &Store, force: bool) -> Result<ClientCa, Failure> {
        let _lock = self.lock()?;
        let (now, directory) = (clock::now(), self.client_directory());
        let all = self.client_cas(store)?;
        let found = all.into_iter().find(|one| one.number.to_string() == which || one.name == which);
        let ca = found.ok_or_else(|| unknown(which))?;
        check_dispensable(&ca, force)?;
        generation::retire(&directory, ca.number)?;
        store.tell(vec![ca.deed(Event::CaRetired)])?;
        self.bundle(&self.generations(now)?, now)?;
        Ok(ca)
    }
}

fn describe(one: &Generation, now: SystemTime) -> ClientCa {
    ClientCa {
        number: one.number,
        name: one.root.names().1,
        issuing: one.issuing.as_ref().map(|issuing| issuing.names().1),
        standing: Standing::Counts,
        not_after: one.authorities().map(Authority::not_after).min().unwrap_or(now),
        keys: keys(one),
        live: 0,
    }
}

fn keys(one: &Generation) -> CaKeys {
    match (one.authorities().all(|authority| authority.key_file().exists()), one.authorities().any(Authority::is_locked)) {
        (false, _) => CaKeys::Absent,
        (true, true) => CaKeys::Encrypted,
        (true, false) => CaKeys::Here,
    }
}

fn check_dispensable(ca: &ClientCa, force: bool) -> Result<(), Failure> {
    if ca.standing == Standing::Issues {
        return Err(Failure::usage(format!("the client CA {} is the one that issues", ca.number))
            .remedy("`authbench cert ca rotate` makes the next one; then it can be retired"));
    }
    if ca.live > 0 && !force {
        return Err(Failure::usage(format!(
            "the client CA {} has live certificates ({}), which would be refused",
            ca.number, ca.live
        ))
        .remedy("renew them, and revoke the old ones by --serial or wait for their end; or end them all with --force"));
    }
    Ok(())
}

fn unknown(which: &str) -> Failure {
    Failure::usage(format!("there is no client CA `{}`", which.escape_debug()))
        .remedy("`authbench cert ca list` shows the numbers of those that count")
}
