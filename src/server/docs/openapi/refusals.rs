//! Which refusals a caller can meet, and each as the server gives it.

use std::time::Duration;

use utoipa::openapi::{Ref, Response};

use super::{
    Subject,
    answers::{Answers, Bodies, Sample},
};
use crate::{
    allowance::{Allowance, ServiceLimit},
    config::ClientAuth,
    denial::{Denial, Reason},
    issuer::full_scope,
    mode::Mode,
    server::reply::standard::sentence,
    wire::HELLO_SCOPE,
};

/// Of every request, before its route is looked for.
const ALWAYS: [Reason; 3] = [Reason::TooLarge, Reason::ProtocolError, Reason::WrongDoor];
/// Of whoever asks for anything at all.
const OF_ANYBODY: [Reason; 2] = [Reason::AddressDenied, Reason::Unavailable];
/// What a token can be refused for.
const OF_TOKENS: [Reason; 13] = [
    Reason::CredentialMissing,
    Reason::CredentialMalformed,
    Reason::CredentialAmbiguous,
    Reason::CredentialUnknown,
    Reason::SignatureInvalid,
    Reason::AlgorithmRefused,
    Reason::IssuerMismatch,
    Reason::AudienceMismatch,
    Reason::TypeMismatch,
    Reason::Expired,
    Reason::NotYetValid,
    Reason::Revoked,
    Reason::Disabled,
];
/// What a key can be refused for.
const OF_KEYS: [Reason; 7] = [
    Reason::CredentialMissing,
    Reason::CredentialMalformed,
    Reason::CredentialAmbiguous,
    Reason::CredentialUnknown,
    Reason::Expired,
    Reason::Revoked,
    Reason::Disabled,
];
/// What a certificate can be refused for, all but the name it bears: that is looked at in HTTP always.
const OF_CERTIFICATES: [Reason; 9] = [
    Reason::CredentialMissing,
    Reason::CredentialMalformed,
    Reason::CredentialUnknown,
    Reason::SignatureInvalid,
    Reason::PurposeMismatch,
    Reason::Expired,
    Reason::NotYetValid,
    Reason::Revoked,
    Reason::RevocationUnknown,
];
/// What was true at the handshake and is no more, on a connection that is open.
const OF_OPEN_CONNECTIONS: [Reason; 3] = [Reason::Expired, Reason::Revoked, Reason::RevocationUnknown];
/// What becomes of a proven caller.
const OF_CALLERS: [Reason; 3] = [Reason::ScopeInsufficient, Reason::RateLimited, Reason::QuotaExhausted];

/// Refusals that several paths have: written once, below this name, and referred to.
pub(super) struct Shared(&'static str, Answers);

impl Shared {
    /// Those of public documents.
    pub(super) fn of_public(subject: &Subject<'_>) -> Self {
        let reasons = ALWAYS.into_iter().chain(OF_ANYBODY);
        // In `aws` the public documents are the user pool's.
        let of_token_service = !subject.is_standard();
        Self("Document", Answers::of(reasons.map(|reason| sample(subject, reason, of_token_service))))
    }

    /// Those of the resource.
    pub(super) fn of_resource(subject: &Subject<'_>) -> Self {
        Self("Resource", Answers::of(reasons_of_resource(subject).into_iter().map(|reason| sample(subject, reason, false))))
    }

    pub(super) fn as_components(&self) -> Vec<(String, Response)> {
        self.1.as_components(self.0)
    }

    pub(super) fn references(&self, bodies: Bodies) -> Vec<(String, Ref)> {
        self.1.references(self.0, bodies)
    }
}

/// Those that come before any endpoint of the token service has read anything.
pub(super) fn before_token_service(subject: &Subject<'_>) -> Vec<Sample> {
    ALWAYS.map(|reason| sample(subject, reason, true)).into()
}

/// Those of a path, or a method of a path, that is not in the document.
pub(super) fn without_route(subject: &Subject<'_>) -> Vec<(String, Response)> {
    let reasons = [Reason::NotFound, Reason::MethodNotAllowed].map(|reason| sample(subject, reason, false));
    Answers::of(reasons).as_components("Nowhere").into_iter().filter(|(name, _)| !name.ends_with("Head")).collect()
}

/// Every reason that a body can name.
pub(super) fn reasons(subject: &Subject<'_>) -> Vec<Reason> {
    let of_resource = reasons_of_resource(subject);
    let known = |reason: &&Reason| of_resource.contains(reason) || matches!(reason, Reason::NotFound | Reason::MethodNotAllowed);
    Reason::ALL.iter().filter(known).copied().collect()
}

/// What is refused in the handshake, by an alert, so that no answer of HTTP tells it.
pub(super) fn by_alert(subject: &Subject<'_>) -> Vec<Reason> {
    match (subject.mode, subject.is_standard(), subject.config.mtls.client_auth) {
        (Mode::Mtls, true, ClientAuth::Required) => OF_CERTIFICATES.into(),
        (Mode::Mtls, true, ClientAuth::Optional) => vec![Reason::SignatureInvalid],
        (Mode::Mtls, false, _) => vec![Reason::CredentialMissing, Reason::SignatureInvalid],
        (Mode::Open | Mode::Jwt | Mode::Apikey, ..) => Vec::new(),
    }
}

fn reasons_of_resource(subject: &Subject<'_>) -> Vec<Reason> {
    let credential = match subject.mode {
        Mode::Open => return ALWAYS.into_iter().chain(OF_ANYBODY).chain([Reason::RateLimited]).collect(),
        Mode::Jwt => OF_TOKENS.into(),
        Mode::Apikey => OF_KEYS.into(),
        Mode::Mtls => of_certificates(subject),
    };
    let guessed = [Reason::CredentialUnknown, Reason::SignatureInvalid].iter().any(|reason| credential.contains(reason));
    let guessing = Some(Reason::Guessing).filter(|_| guessed);
    ALWAYS.into_iter().chain(OF_ANYBODY).chain(credential).chain(guessing).chain(OF_CALLERS).collect()
}

/// What is left for HTTP.
fn of_certificates(subject: &Subject<'_>) -> Vec<Reason> {
    let by_alert = by_alert(subject);
    let later = |reason: &Reason| subject.is_standard() && OF_OPEN_CONNECTIONS.contains(reason);
    // API Gateway asks nobody who is revoked.
    let asked = |reason: &Reason| subject.is_standard() || !matches!(reason, Reason::Revoked | Reason::RevocationUnknown);
    let in_http = OF_CERTIFICATES.into_iter().filter(|reason| (!by_alert.contains(reason) || later(reason)) && asked(reason));
    in_http.chain([Reason::NameRefused]).collect()
}

fn sample(subject: &Subject<'_>, reason: Reason, of_token_service: bool) -> Sample {
    let response = subject.habits.refuse(denial(subject, reason), subject.mode);
    // Of the user pool only the endpoints have words of their own.
    let schema = subject.error_schema(of_token_service && subject.is_standard());
    let response = subject.finished(response, of_token_service);
    Sample { name: reason.as_str(), says: sentence(reason).to_owned(), schema: Some(schema), response }
}

/// A refusal for this reason, with what the server adds to one.
pub(super) fn denial(subject: &Subject<'_>, reason: Reason) -> Denial {
    let denial = Denial::new(reason, "");
    match reason {
        Reason::ScopeInsufficient => denial.scope(full_scope(&subject.names.identifier, HELLO_SCOPE)),
        Reason::Guessing | Reason::Unavailable => denial.retry_after(Duration::from_secs(1)),
        Reason::RateLimited => {
            let limit = rate(subject, 0);
            denial.retry_after(limit.reset).allowance(Allowance::only(limit))
        }
        Reason::QuotaExhausted => {
            let (day, hour) = (Duration::from_secs(86_400), Duration::from_secs(3_600));
            let limit =
                ServiceLimit { policy: format!("{PLAN}/day").into(), quota: 1_000, window: day, remaining: 0, reset: hour };
            denial.retry_after(hour).allowance(Allowance::only(limit))
        }
        _ => denial,
    }
}

/// The plan that is always there.
const PLAN: &str = "default";

/// The bucket of that plan when so much is left of it.
pub(super) fn rate(subject: &Subject<'_>, remaining: u64) -> ServiceLimit {
    let plan = subject.config.plans.get(PLAN).cloned().unwrap_or_default();
    let every = Duration::from_secs(1) / plan.rate.get();
    ServiceLimit {
        policy: PLAN.into(),
        quota: plan.burst.get().into(),
        window: every * plan.burst.get(),
        remaining,
        reset: every,
    }
}
