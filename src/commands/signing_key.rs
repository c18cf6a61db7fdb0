//! `authbench signing-key …`: the keys that sign tokens.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::output;
use crate::{
    algorithm::{Algorithm, KeyKind},
    cli::{self, Common},
    clock,
    config::Config,
    exit::Failure,
    issuer::{Rotation, SigningKeys, Standing},
    mode::Profile,
    server::issuers,
    store::SigningKey,
    wire::JWKS_MAX_AGE,
};

/// Does what `signing-key …` asks.
///
/// # Errors
/// As the store's, and exit 2 for a key that is not there or cannot be spared.
pub fn run(common: &Common, command: &cli::SigningKey) -> Result<(), Failure> {
    let config = Config::load(common)?;
    let rotation = |servers: &cli::Servers| issuers::rotation(&config, profile(&config, servers));
    match command {
        cli::SigningKey::List { servers } => list(common, &SigningKeys::open(&common.state, rotation(servers))?),
        cli::SigningKey::Rotate { wait, algorithm, servers } => {
            let usual = rotation(servers);
            let kind = kind(usual.kind, *algorithm, profile(&config, servers))?;
            rotate(common, Rotation { kind, ..usual }, wait.unwrap_or(usual.wait), usual.kind)
        }
        cli::SigningKey::Retire { kid, servers } => retire(common, rotation(servers), kid),
    }
}

fn profile(config: &Config, servers: &cli::Servers) -> Profile {
    servers.profile.unwrap_or(config.profile)
}

fn kind(usual: KeyKind, algorithm: Option<Algorithm>, profile: Profile) -> Result<KeyKind, Failure> {
    match algorithm {
        Some(algorithm) if algorithm == usual.algorithm => Ok(usual),
        Some(algorithm) if profile == Profile::Standard => Ok(KeyKind::strong(algorithm)),
        Some(algorithm) => Err(Failure::usage(format!("the `aws` profile signs with {usual} only, not with {algorithm}"))
            .remedy("leave --algorithm away, or serve with `--profile standard`")),
        None => Ok(usual),
    }
}

fn list(common: &Common, kept: &SigningKeys) -> Result<(), Failure> {
    let now = clock::now();
    let all = kept.standings(now);
    if common.json {
        return output::json(&all.iter().map(document).collect::<Vec<_>>());
    }
    if all.is_empty() {
        output::note("There is no signing key yet. A server makes one when it starts: authbench --mode jwt");
        return Ok(());
    }
    output::table(&["KEY ID", "ALGORITHM", "STATE", "FOR", "UNTIL"], &all.iter().map(|seen| row(seen, now)).collect::<Vec<_>>())?;
    if all.iter().any(is_absent) {
        output::note("* The private side of this key is not in this state directory.");
    }
    Ok(())
}

/// As narrow as a terminal of 100 columns needs it; `--json` has every moment to the millisecond.
fn row(seen: &Seen<'_>, now: SystemTime) -> Vec<String> {
    let (key, standing, _) = seen;
    let bits = key.kind.rsa_bits.map(|bits| format!(" {bits}")).unwrap_or_default();
    let mark = if is_absent(seen) { "*" } else { "" };
    let age = now.duration_since(standing.since).unwrap_or_default().as_secs();
    let until = standing.until.map_or_else(|| "-".into(), |until| clock::rfc3339(clock::from_seconds(clock::seconds(until))));
    vec![key.kid.to_string(), format!("{}{bits}", key.kind.algorithm), format!("{}{mark}", standing.state), roughly(age), until]
}

/// Whether nobody here could sign with it, though it counts.
fn is_absent((key, _, here): &Seen<'_>) -> bool {
    !here && key.retired.is_none()
}

/// In the largest unit that fits.
fn roughly(seconds: u64) -> String {
    let units = [(24 * 60 * 60, "d"), (60 * 60, "h"), (60, "m")];
    let fits = units.into_iter().find(|(length, _)| seconds >= *length);
    fits.map_or_else(|| format!("{seconds}s"), |(length, unit)| format!("{}{unit}", seconds / length))
}

fn rotate(common: &Common, rotation: Rotation, wait: Duration, signed_with: KeyKind) -> Result<(), Failure> {
    let now = clock::now();
    let mut kept = SigningKeys::open(&common.state, rotation)?;
    let next = kept.rotate(wait, now)?;
    let standings = kept.standings(now);
    let seen = standings.iter().find(|(key, ..)| key.kid == next.kid);
    output::show(common.json, &seen.map(document), || told(&next, now))?;
    if rotation.kind != signed_with {
        output::note(&format!(
            "Servers here sign with {signed_with}. They take this key when `algorithm` below [jwt] says {} and they start again.",
            rotation.kind.algorithm
        ));
    }
    if next.signs.is_some_and(|signs| signs < clock::after(next.created, JWKS_MAX_AGE)) {
        output::note("Who keeps the JWK set may not know this key when it begins to sign: clients may keep it for 5m.");
    }
    Ok(())
}

fn told(key: &SigningKey, now: SystemTime) -> String {
    let signs = match key.signs {
        Some(signs) if signs > now => format!("is published and signs from {}", clock::rfc3339(signs)),
        _ => "is published and signs".to_owned(),
    };
    format!("signing key {} ({}) {signs}", key.kid, key.kind)
}

fn retire(common: &Common, rotation: Rotation, kid: &str) -> Result<(), Failure> {
    let key = SigningKeys::open(&common.state, rotation)?.retire(kid, clock::now())?;
    let document = json!({"kid": &*key.kid, "state": "retired", "retired": key.retired.map(clock::rfc3339)});
    output::show(common.json, &document, || {
        format!("signing key {kid} is retired: every token that it signed is refused, and its file is deleted")
    })
}

type Seen<'a> = (&'a SigningKey, Standing, bool);

fn document((key, standing, here): &Seen<'_>) -> Value {
    json!({
        "kid": &*key.kid,
        "algorithm": key.kind.algorithm,
        "rsa_bits": key.kind.rsa_bits,
        "state": standing.state,
        "since": clock::rfc3339(standing.since),
        "until": standing.until.map(clock::rfc3339),
        "created": clock::rfc3339(key.created),
        "signs": key.signs.map(clock::rfc3339),
        "retired": key.retired.map(clock::rfc3339),
        "key_file": here,
    })
}
