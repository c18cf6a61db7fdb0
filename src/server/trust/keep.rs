//! While the server runs: files that changed are read, checked and put in force; what cannot be used changes nothing.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use tokio::{
    signal::unix::Signal,
    time::{MissedTickBehavior, interval},
};

use super::{
    Trust,
    material::{Callers, Material, Read},
};
use crate::{
    clock,
    exit::Failure,
    server::watched::{Stamps, Watched, off_the_runtime},
    transport::ServerIdentity,
};

/// How often the files are looked at: often enough for a change to be in force within 100 ms.
const LOOK: Duration = Duration::from_millis(25);
/// How often it is asked whether our own list should be signed again.
const REFRESH: Duration = Duration::from_secs(60);

/// The watch over the files of a server, with what is in force of them.
struct Keeper<'t> {
    trust: &'t Trust,
    material: Material,
    identity: Watched,
    callers: Watched,
    warned: Option<Told>,
}

/// What was told of a list that nobody follows up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    end: SystemTime,
    has_ended: bool,
}

impl Trust {
    /// Keeps certificates, client CAs and lists current for as long as the server runs. SIGHUP reads everything again.
    pub(in crate::server) async fn keep(&self, mut hangup: Signal) {
        let Some((material, [identity, callers])) = self.begun_with.clone() else {
            // Without TLS there is nothing to read; the signal ends nobody all the same.
            while hangup.recv().await.is_some() {}
            return std::future::pending().await;
        };
        let identity = Watched::new("the server's certificate", identity);
        let callers = Watched::new("the client CAs and their lists", callers);
        let mut keeper = Keeper { trust: self, material, identity, callers, warned: None };
        let (mut looks, mut refreshed) = (interval(LOOK), None::<Instant>);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let demanded = tokio::select! {
                _ = looks.tick() => false,
                _ = hangup.recv() => true,
            };
            if demanded || refreshed.is_none_or(|at| at.elapsed() > REFRESH) {
                refreshed = Some(Instant::now());
                self.refresh().await;
                keeper.warn(clock::now());
            }
            keeper.look(demanded).await;
        }
    }

    /// Asks off the runtime's threads: it opens the database and may sign.
    async fn refresh(&self) {
        let Some(own) = self.own.clone() else { return };
        match off_the_runtime(move || own.refresh()).await {
            Ok(refreshed) => self.view.signer(refreshed),
            Err(failure) => tracing::warn!(%failure, "the revocation list could not be signed again"),
        }
    }
}

impl Keeper<'_> {
    async fn look(&mut self, demanded: bool) {
        if let Some(read) = self.look_at_identity(demanded).await {
            let taken = read.and_then(|identity| self.take_identity(identity));
            self.identity.settle(taken);
        }
        if let Some(read) = self.look_at_callers(demanded).await {
            let taken = read.and_then(|read| self.take_callers(read));
            self.callers.settle(taken);
        }
    }

    async fn look_at_identity(&mut self, demanded: bool) -> Option<Result<ServerIdentity, Failure>> {
        let files = self.trust.files.as_ref()?;
        if !self.identity.is_due(Stamps::of(files.own()), demanded) {
            return None;
        }
        let (certificate, key) = (files.certificate.clone(), files.key.clone());
        Some(off_the_runtime(move || ServerIdentity::read(&certificate, &key)).await)
    }

    async fn look_at_callers(&mut self, demanded: bool) -> Option<Result<Read, Failure>> {
        let files = self.trust.caller_files()?;
        if !self.callers.is_due(Stamps::of(files.paths()), demanded) {
            return None;
        }
        Some(off_the_runtime(move || Callers::read(&files)).await)
    }

    fn take_identity(&mut self, identity: ServerIdentity) -> Result<(), Failure> {
        if self.material.identity.is(&identity) {
            return Ok(());
        }
        let material = Material { identity, callers: self.material.callers.clone() };
        self.trust.exchange(&material)?;
        self.trust.take_identity(&material.identity);
        tracing::info!(ends = clock::rfc3339(material.identity.life.until), "a new server certificate is in force");
        self.material = material;
        Ok(())
    }

    /// Everything is made ready before anything is put in force. Then the lists come first: whoever they name is refused before
    /// their CA lets anybody in.
    fn take_callers(&mut self, Read { callers, lists }: Read) -> Result<(), Failure> {
        let is_same = self.material.callers.as_ref().is_some_and(|known| known.anchors == callers.anchors);
        let material = Material { identity: self.material.identity.clone(), callers: Some(Arc::new(callers)) };
        let entrances = if is_same { None } else { Some(material.entrances(&self.trust.habits)?) };
        self.trust.take_callers(material.callers.as_deref(), lists)?;
        if let Some(entrances) = entrances {
            self.trust.put_in_force(entrances);
        }
        let cut = self.sweep(&material);
        tracing::info!(cut, new_cas = !is_same, "new revocation lists are in force");
        self.material = material;
        self.warn(clock::now());
        Ok(())
    }

    /// Whoever no longer counts is cut: revoked by a new list, or of a CA that is there no more.
    fn sweep(&self, material: &Material) -> usize {
        let (now, revocation) = (clock::now(), &self.trust.habits.revocation);
        let trusted: Vec<_> = material.callers.iter().flat_map(|callers| callers.keys()).collect();
        self.trust.registry.sweep(|certificate| {
            trusted.iter().any(|key| **key == *certificate.anchor) && revocation.status_of(certificate, now).is_ok()
        })
    }

    /// Tells once of a list past half of its life that has no successor yet, and once of one past its end.
    fn warn(&mut self, now: SystemTime) {
        let due = self.material.callers.as_ref().and_then(|callers| callers.due);
        let Some((halfway, end)) = due.filter(|(halfway, _)| now > *halfway) else { return };
        let told = Told { end, has_ended: now >= end };
        if self.warned.replace(told) == Some(told) {
            return;
        }
        let (due, ends) = (clock::rfc3339(halfway), clock::rfc3339(end));
        if told.has_ended {
            tracing::error!(ends, "a revocation list is past its end: every caller of its CA is refused");
        } else {
            tracing::warn!(due, ends, "a revocation list should have been signed again: when it ends, every caller is refused");
        }
    }
}
