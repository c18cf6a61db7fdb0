//! The rows of the sample.

use crate::compare::findings::Want;

/// Id, title, question, want, and the outcomes in the order of the modes; empty where the claim has no meaning.
pub(super) type Claim = (&'static str, &'static str, &'static str, Want, [&'static str; 4]);

/// One per row.
pub(super) const CLAIMS: &[Claim] = &[
    (
        "shared/nothing_presented",
        "Nothing is presented",
        "Is the door locked at all?",
        Want::Refused,
        ["allowed", "credential_missing", "handshake_refused(credential_missing)", "credential_missing"],
    ),
    (
        "shared/stranger",
        "A stranger makes up a credential of the right form",
        "Can a credential be guessed or made at home?",
        Want::Refused,
        ["allowed", "credential_unknown", "handshake_refused(credential_unknown)", "credential_unknown"],
    ),
    (
        "shared/tampered",
        "One bit of a good credential is changed",
        "Does a changed credential still open the door?",
        Want::Refused,
        ["allowed", "signature_invalid", "handshake_refused(signature_invalid)", "credential_malformed"],
    ),
    (
        "shared/expired",
        "The credential has ended",
        "Does a forgotten credential stop by itself?",
        Want::Refused,
        ["allowed", "expired", "handshake_refused(expired)", "expired"],
    ),
    (
        "shared/not_yet_valid",
        "The credential is not valid yet",
        "Does a credential made for next week work today?",
        Want::Refused,
        ["", "not_yet_valid", "handshake_refused(not_yet_valid)", ""],
    ),
    (
        "shared/revoked_new",
        "A revoked credential on a new connection",
        "How do we take access away?",
        Want::Refused,
        ["allowed", "revoked", "handshake_refused(revoked)", "revoked"],
    ),
    (
        "shared/revoked_kept",
        "A revoked credential on a connection that is open",
        "Does revocation reach who is already inside?",
        Want::Refused,
        ["allowed", "revoked", "closed", "revoked"],
    ),
    (
        "shared/rotated",
        "A partner changes to its new credential",
        "Can a credential be renewed without a telephone call?",
        Want::Allowed,
        ["allowed", "allowed", "allowed", "allowed"],
    ),
    (
        "shared/seen_by_proxy",
        "A credential seen by a proxy is replayed from another machine",
        "What can someone do with what our load balancer or its log saw?",
        Want::Refused,
        ["allowed", "allowed", "handshake_refused(signature_invalid)", "allowed"],
    ),
    (
        "shared/seen_by_proxy_allowlist",
        "The same, and the partner may call only from its own network",
        "Does an allowlist make up for a stolen credential?",
        Want::Refused,
        ["allowed", "address_denied", "handshake_refused(signature_invalid)", "address_denied"],
    ),
    (
        "shared/disk_stolen",
        "The caller's files are stolen",
        "What if a partner loses a laptop?",
        Want::Refused,
        ["allowed", "allowed", "allowed", "allowed"],
    ),
    (
        "shared/impostor",
        "A fake server takes the call of a careful caller",
        "What does a fake server learn?",
        Want::Refused,
        ["closed", "closed", "closed", "closed"],
    ),
    (
        "shared/impostor_unverified",
        "A fake server takes the call of a careless caller",
        "What if a partner switches certificate checks off?",
        Want::Refused,
        ["allowed", "allowed", "handshake_refused(signature_invalid)", "allowed"],
    ),
    (
        "shared/for_someone_else",
        "A good credential, made for another service",
        "Does our partner's other access open our door?",
        Want::Refused,
        ["", "audience_mismatch", "handshake_refused(purpose_mismatch)", ""],
    ),
    (
        "jwt/algorithm_none",
        "A token that asks not to be verified",
        "Can a token choose how it is checked?",
        Want::Refused,
        ["", "algorithm_refused", "", ""],
    ),
    (
        "shared/scope_missing",
        "A known caller without the scope",
        "Can a partner reach more than it was given?",
        Want::Refused,
        ["allowed", "scope_insufficient", "scope_insufficient", "scope_insufficient"],
    ),
    (
        "shared/forwarded_header",
        "A forged X-Forwarded-For <script>alert(1)</script> | \"&\"",
        "Can a caller lie about where it is?",
        Want::Refused,
        ["address_denied", "address_denied", "address_denied", "address_denied"],
    ),
    (
        "shared/flood",
        "One caller floods the server",
        "Can one partner take the service from the others?",
        Want::Refused,
        ["allowed", "rate_limited", "rate_limited", "rate_limited"],
    ),
    (
        "shared/noisy_neighbour",
        "A quiet caller beside one that floods",
        "Does our quiet partner still get through?",
        Want::Allowed,
        ["allowed", "allowed", "allowed", "allowed"],
    ),
    (
        "shared/restart",
        "The server restarts between two calls",
        "Does a deployment lock partners out?",
        Want::Allowed,
        ["allowed", "allowed", "allowed", "allowed"],
    ),
    (
        "shared/killed_after_revoke",
        "The server is killed right after a revocation",
        "Does a crash bring a revoked partner back?",
        Want::Refused,
        ["allowed", "revoked", "handshake_refused(revoked)", "revoked"],
    ),
];

/// How many rows each group has.
pub(super) const GROUPS: &[(&str, usize)] =
    &[("proof", 3), ("lifetime", 5), ("theft", 5), ("forgery", 2), ("abuse", 4), ("operation", 2)];
