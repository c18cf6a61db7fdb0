//! One need, one lock: whether the findings show that it is met, and the row that shows it.

use super::{drilled, measured, operated, tried};
use crate::{
    compare::{
        findings::{Findings, Measure, Shape},
        needs::{Connections, Needs, Stolen, What},
    },
    mode::Mode,
};

/// What is judged by: the needs, and what was found.
#[derive(Debug, Clone, Copy)]
pub(super) struct World<'a> {
    pub(super) findings: &'a Findings,
    pub(super) needs: &'a Needs,
}

/// Whether a need is met; what is worse comes later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// The findings show it.
    Met,
    /// The findings do not tell: not tried, void, or not as declared. Never counts as met.
    Unknown,
    /// The findings show the contrary.
    Unmet,
}

/// The judgement of one need behind one lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    /// What was seen, in words.
    pub(super) because: String,
    /// The address of the row within the page; absent where there is none.
    pub(super) row: Option<String>,
}

impl Judged {
    /// What the findings do not tell, and why.
    pub(super) fn unknown(because: impl Into<String>) -> Self {
        Self { verdict: Verdict::Unknown, because: because.into(), row: None }
    }

    /// Both must be met: the worse one counts, and of equals the first.
    pub(super) fn and(self, other: Self) -> Self {
        if other.verdict > self.verdict { other } else { self }
    }

    /// The contrary is needed.
    pub(super) fn not(self) -> Self {
        let verdict = match self.verdict {
            Verdict::Met => Verdict::Unmet,
            Verdict::Unmet => Verdict::Met,
            Verdict::Unknown => Verdict::Unknown,
        };
        Self { verdict, ..self }
    }
}

/// Judges one need behind one lock.
pub(super) fn judge(world: World<'_>, what: What, mode: Mode) -> Judged {
    let refused = |id| tried::refused(world, id, mode);
    let allowed = |id| tried::refused(world, id, mode).not();
    let shape = match world.needs.connections {
        Connections::Kept => Shape::Kept,
        Connections::New => Shape::Fresh,
    };
    match what {
        What::RevokedWithin(limit) => drilled::revoked(world, mode, limit),
        What::RotatesUnnoticed => drilled::rotated(world, mode),
        What::ExpiresByItself => refused("shared/expired").and(refused("shared/expired-on-open-connection")),
        // An allowlist lets the neighbours behind the same address in too: what counts is the replay without one.
        What::SharedNat | What::SurvivesTheftOf(Stolen::Request) => refused("shared/replayed-from-elsewhere"),
        // Behind every other lock the right credential is no certificate.
        What::NoClientCertificates if mode == Mode::Mtls => allowed("shared/nothing-presented"),
        What::NoClientCertificates => allowed("shared/right-credential"),
        // The proxy passes on what it saw.
        What::ProxyEndsTls => allowed("shared/replayed-from-elsewhere"),
        What::SurvivesTheftOf(Stolen::Log) => refused("shared/log-stolen"),
        What::SurvivesTheftOf(Stolen::Files) => refused("shared/files-copied"),
        What::SurvivesTheftOf(Stolen::FakeServer) => refused("shared/fake-server-unchecked"),
        What::LimitsEachCaller => refused("shared/flood").and(allowed("shared/noisy-neighbour")),
        What::OwnNetworks => refused("shared/outside-own-allowlist"),
        What::NoSecretTravels => operated::no_secret(world, mode),
        What::NoThirdService => operated::no_third_service(world, mode),
        What::RecoversWithin(limit) => operated::recovered(world, mode, limit),
        What::P99Within(limit) => measured::within(world, mode, (shape, Measure::P99), limit),
        What::FirstCallWithin(limit) => measured::within(world, mode, (Shape::First, Measure::FirstCall), limit),
        What::CallsPerDay(calls) => measured::cores(world, mode, shape, calls / measured::DAY),
        What::CallsPerSecond(calls) => measured::cores(world, mode, shape, calls),
        What::BytesPerCall(limit) => measured::at_most(world, mode, (shape, Measure::WireBytes), limit),
    }
}
