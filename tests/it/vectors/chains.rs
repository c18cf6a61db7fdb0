//! Chains with their lists, judged by what the server judges handshakes by: `ClientVerifier`, and lists as the server loads
//! them. What a vector adds is the moment and the purpose, which are parameters of the same function.

use std::{
    collections::BTreeMap,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use authbench::{
    denial::Reason,
    peer::Serial,
    pki::crl,
    revocation::Revocation,
    transport::{ClientVerifier, Purpose, RevocationLists, reason_of},
};
use rustls::pki_types::{CertificateDer, UnixTime};

use super::{Tally, limits};

/// A certificate, what is sent along with it, and how it is to be judged.
pub(super) struct Chain {
    pub(super) leaf: Vec<u8>,
    pub(super) rest: Vec<Vec<u8>>,
    /// The CAs that are trusted.
    pub(super) anchors: Vec<Vec<u8>>,
    /// The lists, DER; `None` when the vector does not ask who is revoked.
    pub(super) lists: Option<Vec<Vec<u8>>>,
    pub(super) at: Duration,
    pub(super) purpose: Purpose,
}

/// Why a chain was refused.
pub(super) struct Refusal {
    pub(super) reason: Reason,
    /// The fault without its particulars, so that it can be counted.
    pub(super) cause: String,
}

/// Clears everybody: for vectors that are about something else.
#[derive(Debug)]
struct Nobody;

impl Revocation for Nobody {
    fn status(&self, _: &[u8], _: &Serial, _: SystemTime) -> Result<(), Reason> {
        Ok(())
    }
}

impl Chain {
    /// Judges it as a handshake would.
    pub(super) fn judge(&self) -> Result<(), Refusal> {
        let (revocation, fault) = self.revocation();
        let anchors: Vec<CertificateDer<'static>> = self.anchors.iter().map(|der| der.clone().into()).collect();
        let verifier = ClientVerifier::new(&anchors, revocation, self.moment())
            .map_err(|why| Refusal { reason: Reason::CredentialUnknown, cause: format!("the CA: {why}") })?;
        let rest: Vec<_> = self.rest.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let leaf = CertificateDer::from(self.leaf.as_slice());
        let judged = verifier.verify(&leaf, &rest, UnixTime::since_unix_epoch(self.at), self.purpose);
        judged.map(drop).map_err(|error| {
            let reason = reason_of(&error, false);
            let list = fault.filter(|_| reason == Reason::RevocationUnknown);
            Refusal { reason, cause: list.unwrap_or_else(|| short(&error.to_string())) }
        })
    }

    /// The lists of the vector, all in one file as the server has them, and why that file was not taken. The server believes
    /// the lists of the CAs that it was given; here these are the trusted ones and those of the path.
    fn revocation(&self) -> (Arc<dyn Revocation>, Option<String>) {
        let Some(lists) = &self.lists else { return (Arc::new(Nobody), None) };
        let file: String = lists.iter().map(|list| pem::encode(&pem::Pem::new("X509 CRL", list.as_slice()))).collect();
        let authorities: Vec<&Vec<u8>> = self.anchors.iter().chain(&self.rest).collect();
        let in_force = RevocationLists::default();
        let taken = crl::parse(file.as_bytes(), &authorities, self.moment()).and_then(|lists| in_force.replace(lists));
        (Arc::new(in_force), taken.err().map(|why| format!("list: {why}")))
    }

    fn moment(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.at
    }
}

fn short(error: &str) -> String {
    let fault = error.trim_start_matches("invalid peer certificate: ");
    fault.split(':').next().unwrap_or(fault).to_owned()
}

impl Refusal {
    /// Whether it is about who is revoked: somebody is, or nobody can say.
    pub(super) fn is_of_revocation(&self) -> bool {
        matches!(self.reason, Reason::Revoked | Reason::RevocationUnknown)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.cause)
    }
}

/// What came of the chains of one kind: the counts, and how often each reason was given.
#[derive(Default)]
pub(super) struct Report {
    tally: Tally,
    /// By reason and cause: of what should be refused, and of what should not.
    reasons: BTreeMap<(Reason, String), (usize, usize)>,
    /// The rightly refused that a limit of ours would have kept out anyway: they prove nothing else.
    by_limit: usize,
}

impl Report {
    pub(super) fn count(&mut self, name: &str, valid: bool, chain: &Chain, outcome: &Result<(), Refusal>) {
        let limit = limits::of(chain);
        if let Err(refusal) = outcome {
            let (rightly, wrongly) = self.reasons.entry((refusal.reason, refusal.cause.clone())).or_default();
            *(if valid { wrongly } else { rightly }) += 1;
            self.by_limit += usize::from(!valid && limit.is_some());
        }
        self.tally.count(name, valid, outcome.as_ref().copied().map_err(ToString::to_string), limit.as_deref());
    }

    /// Prints everything, and fails as [`Tally::judge`].
    pub(super) fn judge(&self, what: &str) {
        println!("{what}, refused by reason (rightly, wrongly):");
        for ((reason, cause), (rightly, wrongly)) in &self.reasons {
            println!("  {rightly:3} {wrongly:3}  {reason}: {cause}");
        }
        println!("  {} of the rightly refused meet a limit that keeps good ones out too", self.by_limit);
        self.tally.judge(what);
    }
}
