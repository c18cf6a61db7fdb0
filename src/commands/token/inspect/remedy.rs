//! What would mend a refusal, in one line.

use crate::authn::jwt::TrustedIssuer;

/// What whoever holds the token, or runs the server, can do about the check that refused it.
pub(super) fn of(check: &str, issuer: Option<&TrustedIssuer>) -> &'static str {
    let own = issuer.is_none_or(|issuer| issuer.own);
    match check {
        "form" => "pass the token alone and whole, as the token endpoint answered it: three parts without spaces or quotes",
        "issuer" => "name the server's URL with --url, or trust the issuer: `[[issuers]]` in the configuration",
        "typ" => {
            "ask for an access token (`typ` is `at+jwt`); if its issuer is a Cognito user pool, write profile = \"aws\" there"
        }
        "algorithm" if own => "ask for a token of this server; its algorithms are ES256, RS256 and EdDSA",
        "algorithm" => "name its algorithm in `issuers.algorithms`, if that is ES256, RS256 or EdDSA",
        "key" if own => "name the state of the server that signed it with --state, or ask for a new token: its key is gone",
        "key" => "bring the issuer's JWK set up to date: it holds no such `kid`",
        "signature" => "ask for a new token: this one was changed on its way, or somebody else made it",
        "claims" => "mend its issuer: an access token has `iss`, `sub`, `exp`, `iat`, `jti` of their types (RFC 9068 §2.2)",
        "token_use" => "use the access token, not the identity token that came with it",
        "audience" if own => "ask for a token for this resource server, or name the server's URL with --url",
        "audience" => "name its `aud` in `issuers.audience`, or its client in `issuers.client_ids` when it has none",
        "expiry" => "ask for a new token; if it should live longer: `client add --ttl`, or `jwt.token_ttl`",
        "beginning" => "wait, and set the clocks of issuer and server right; `issuers.leeway` bears up to 60 s",
        "revocation" => "ask for a new token: this one was revoked",
        "client" => "`authbench client enable`, when it is disabled; a client that was removed does not come back",
        "scope" => "ask for the scope at the token endpoint, or give it to the client: `client add --scope`",
        _ => "see docs/wire.md",
    }
}
