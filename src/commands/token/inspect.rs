//! `authbench token inspect`: what is in a token, and every check that this server would make, in its order.
//!
//! The checks are the server's own, watched; nothing here judges anything. The signature is never shown, so what is printed
//! cannot be used as a token.

use std::{sync::Arc, time::SystemTime};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::super::output;
use crate::{
    authn::jwt::{Check, Tokens, TrustedIssuer},
    cli::{Common, Servers},
    clock,
    config::Config,
    denial::{Denial, Reason},
    exit::Failure,
    issuer::Names,
    policy::Scopes,
    principal::Principal,
    server::issuers,
    store::feed,
    wire::HELLO_SCOPE,
};

mod remedy;

/// One check and what came of it.
#[derive(Debug, Serialize)]
struct Line {
    name: &'static str,
    /// `ok`, `refused`, `not_asked` (this issuer's tokens are not asked for it), or `not_reached`.
    outcome: &'static str,
    detail: String,
}

/// A token taken apart, and the verdict on it.
#[derive(Debug, Serialize)]
struct Report {
    header: Value,
    claims: Value,
    times: Value,
    issuer: Value,
    accepted: bool,
    reason: Option<Reason>,
    because: Option<String>,
    mend: Option<&'static str>,
    checks: Vec<Line>,
}

/// Judges as a server of this configuration at this URL would, and says how it comes to that.
pub(super) fn run(common: &Common, url: Option<&str>, servers: &Servers, token: &str) -> Result<(), Failure> {
    let mut config = Config::load(common)?;
    config.profile = servers.profile.unwrap_or(config.profile);
    let default = || config.listen.url("https", config.listen.api.port());
    let url = url.map_or_else(default, |url| url.trim_end_matches('/').to_owned());
    let names = issuers::names(&config, &url);
    let (memory, _feed) = feed::follow(&common.state, |_| ())?;
    let trusted = super::trusted(common, &config, &names, token)?;
    let tokens = Tokens::new(memory, trusted, Arc::clone(&names.identifier));
    let report = examine(&tokens, &names, token, clock::now());
    if common.json {
        return output::json(&report);
    }
    report.lines(&url).iter().try_for_each(|line| output::line(&plain(line)))
}

fn examine(tokens: &Tokens, names: &Names, token: &str, now: SystemTime) -> Report {
    let mut begun = Vec::new();
    let verified = tokens.verify_watched(token, now, &mut begun);
    let scopes = Scopes::new(Arc::clone(&names.identifier));
    // Not the verifier's to judge, but the next that a server asks: does the token have the scope of the resource?
    let covered = verified.as_ref().ok().map(|principal| scopes.cover(principal, HELLO_SCOPE));
    let [header, claims] = [0, 1].map(|part| unverified(token, part));
    let issuer = claims["iss"].as_str().and_then(|iss| tokens.issuer(iss));
    let facts = Facts { header: &header, claims: &claims, issuer, principal: verified.as_ref().ok(), now };
    let refusal = verified.as_ref().err().or(covered.as_ref().and_then(|covered| covered.as_ref().err()));
    let mut checks: Vec<Line> = Check::ALL.iter().map(|check| facts.line(*check, &begun, verified.as_ref().err())).collect();
    checks.push(scope_line(covered.as_ref(), &claims));
    let refused = checks.iter().find(|line| line.outcome == "refused").map(|line| line.name);
    Report {
        times: facts.times(),
        issuer: facts.matched(&begun),
        accepted: refusal.is_none(),
        reason: refusal.map(|denial| denial.reason),
        because: refusal.map(|denial| denial.cause.to_string()),
        mend: refused.map(|check| remedy::of(check, facts.issuer)),
        checks,
        header,
        claims,
    }
}

/// A part of the token as JSON, null when it is none. Nobody has verified it.
fn unverified(token: &str, part: usize) -> Value {
    let octets = token.split('.').nth(part).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).unwrap_or_default();
    serde_json::from_slice(&octets).unwrap_or_default()
}

/// What is known of a token, for the sentences beside its checks.
struct Facts<'a> {
    header: &'a Value,
    claims: &'a Value,
    issuer: Option<&'a TrustedIssuer>,
    principal: Option<&'a Principal>,
    now: SystemTime,
}

impl Facts<'_> {
    fn line(&self, check: Check, begun: &[Check], refusal: Option<&Denial>) -> Line {
        let reached = begun.last().is_none_or(|last| check <= *last) || refusal.is_none();
        let (outcome, detail) = match (begun.contains(&check), refusal) {
            (true, Some(denial)) if begun.last() == Some(&check) => ("refused", format!("{}: {}", denial.reason, denial.cause)),
            (true, _) => ("ok", self.detail(check)),
            (false, _) if reached => ("not_asked", String::new()),
            (false, _) => ("not_reached", String::new()),
        };
        Line { name: check.as_str(), outcome, detail }
    }

    fn detail(&self, check: Check) -> String {
        let claim = |name: &str| format!("`{name}` is {}", self.claims[name]);
        match check {
            Check::Form => "a compact JWS, header and payload can be read".to_owned(),
            Check::Issuer => self.issuer.map_or("this server", whose).to_owned(),
            Check::Typ => self.header.get("typ").map_or("no `typ`, as its issuer writes".into(), |typ| format!("`typ` is {typ}")),
            Check::Algorithm => format!("`alg` is {}", self.header["alg"]),
            Check::Key => format!("`kid` is {}", self.header["kid"]),
            Check::Signature => "it verifies with that key".to_owned(),
            Check::Claims => "all that must be there is, each of its type".to_owned(),
            Check::TokenUse => claim("token_use"),
            Check::Audience if self.claims.get("aud").is_none() => format!("no `aud`; {}", claim("client_id")),
            Check::Audience => claim("aud"),
            Check::Expiry => format!("it ends {}", self.moment("exp")),
            Check::Beginning => format!("it was made {}", self.moment("iat")),
            Check::Revocation => format!("{}, not on the denylist", claim("jti")),
            Check::Client => self.principal.map_or_else(String::new, |client| format!("`{}` is active", client.name)),
        }
    }

    /// Which trusted issuer it names, and which key of it signed, as far as was found.
    fn matched(&self, begun: &[Check]) -> Value {
        let Some(issuer) = self.issuer else { return Value::Null };
        let found = begun.contains(&Check::Signature);
        let kid = self.header["kid"].as_str().filter(|_| found);
        let key = kid.and_then(|kid| issuer.keys.now().find(kid).map(|key| key.algorithm));
        json!({
            "name": *issuer.issuer, "whose": whose(issuer), "profile": issuer.profile,
            "leeway_seconds": issuer.leeway.as_secs(), "kid": kid, "algorithm": key,
        })
    }

    /// Every claim that is a time, for people.
    fn times(&self) -> Value {
        let names = ["iat", "nbf", "exp", "auth_time"].into_iter();
        let known = names.filter_map(|name| Some((name, self.claims[name].as_u64()?)));
        let both = |seconds| json!({"at": clock::rfc3339(clock::from_seconds(seconds)), "relative": self.relative(seconds)});
        Value::Object(known.map(|(name, seconds)| (name.to_owned(), both(seconds))).collect::<Map<_, _>>())
    }

    fn moment(&self, claim: &str) -> String {
        let seconds = self.claims[claim].as_u64().unwrap_or_default();
        format!("{}, {}", clock::rfc3339(clock::from_seconds(seconds)), self.relative(seconds))
    }

    fn relative(&self, seconds: u64) -> String {
        let now = clock::seconds(self.now);
        let distance = humantime::format_duration(std::time::Duration::from_secs(seconds.abs_diff(now)));
        match seconds.cmp(&now) {
            std::cmp::Ordering::Less => format!("{distance} ago"),
            std::cmp::Ordering::Equal => "now".to_owned(),
            std::cmp::Ordering::Greater => format!("in {distance}"),
        }
    }
}

fn whose(issuer: &TrustedIssuer) -> &'static str {
    if issuer.own { "this server" } else { "a further issuer of the configuration" }
}

fn scope_line(covered: Option<&Result<(), Denial>>, claims: &Value) -> Line {
    let (outcome, detail) = match covered {
        None => ("not_reached", String::new()),
        Some(Ok(())) => ("ok", format!("`scope` is {}", claims["scope"])),
        Some(Err(denial)) => ("refused", format!("{}: {}", denial.reason, denial.cause)),
    };
    Line { name: "scope", outcome, detail }
}

impl Report {
    fn lines(&self, url: &str) -> Vec<String> {
        let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap_or_default();
        let parts = [("header", &self.header), ("claims", &self.claims)].into_iter().filter(|(_, part)| !part.is_null());
        let mut lines: Vec<String> = parts.map(|(name, part)| format!("{name} {}", pretty(part))).collect();
        for (name, time) in self.times.as_object().into_iter().flatten() {
            lines.push(format!("{name:<10} {}, {}", time["at"].as_str().unwrap_or(""), time["relative"].as_str().unwrap_or("")));
        }
        lines.push(format!("checks of a server at {url}"));
        let (beyond, reached): (Vec<&Line>, Vec<&Line>) = self.checks.iter().partition(|line| line.outcome == "not_reached");
        for line in reached {
            lines.push(
                format!("  {:<12} {:<11} {}", line.name, line.outcome.replace('_', " "), line.detail).trim_end().to_owned(),
            );
        }
        if let [first, .., last] = beyond[..] {
            lines.push(format!("  {} to {}: not reached", first.name, last.name));
        }
        match (self.reason, &self.because, self.mend) {
            (Some(reason), Some(because), mend) => {
                lines.push(format!("it refuses the token: {reason} ({because})"));
                lines.extend(mend.map(|mend| format!("  mend: {mend}")));
            }
            _ => lines.push("it accepts the token, from where and as often as its client may call".to_owned()),
        }
        lines
    }
}

/// The text without what a terminal would obey: a token is anybody's text.
fn plain(text: &str) -> String {
    text.chars().flat_map(|letter| if letter.is_control() && letter != '\n' { vec!['\u{fffd}'] } else { vec![letter] }).collect()
}
