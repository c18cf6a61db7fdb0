//! `authbench token …`: a token as a client gets it, what is in it, and its end before its time.

mod inspect;

use std::{
    io::Read,
    net::IpAddr,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use serde_json::{Value, json};

use super::output;
use crate::{
    authn::jwt::{LiveKeys, Payload, TrustedIssuer, jws::Compact},
    caller::{self, Dial, Exchange, Origin, Protocol, Tls, Trust},
    cli::{self, Common},
    clock,
    config::Config,
    exit::Failure,
    federation::Federation,
    files,
    issuer::{Names, SigningKeys},
    lifetime,
    secret::Secret,
    server::issuers,
    store::Store,
};

/// The environment variable that holds a client's secret.
pub(super) const SECRET_VARIABLE: &str = "AUTHBENCH_CLIENT_SECRET";
/// How long a revocation is kept when nobody can say when the token ends: no token lives longer.
const LONGEST_LIFE: Duration = lifetime::LONGEST;

/// Does what `token …` asks.
///
/// # Errors
/// Exit 1 when the server refuses; 2 and 3 as everywhere.
pub fn run(common: &Common, command: &cli::Token) -> Result<(), Failure> {
    match command {
        cli::Token::Get { url, ca, client_id, secret_file, scope } => {
            let config = Config::load(common)?;
            let url = url.clone().unwrap_or_else(|| config.listen.url("https", config.listen.api.port()));
            let ca = ca.clone().unwrap_or_else(|| common.certs.join("server-ca/cert.pem"));
            let secret = client_secret(secret_file.as_ref())?;
            let answer = runtime()?.block_on(get(&url, &ca, client_id, &secret, scope))?;
            show_answer(common, &answer)
        }
        cli::Token::Inspect { url, servers, .. } => inspect::run(common, url.as_deref(), servers, &from_stdin()?),
        cli::Token::Revoke { token } => revoke(common, token),
    }
}

fn client_secret(file: Option<&PathBuf>) -> Result<Secret, Failure> {
    let text = match file {
        Some(path) => {
            String::from_utf8(files::read(path)?).map_err(|_| Failure::usage(format!("{} holds no text", path.display())))?
        }
        None => std::env::var(SECRET_VARIABLE).map_err(|_| {
            Failure::usage("no client secret was given")
                .remedy(format!("set {SECRET_VARIABLE}, or name a file that holds it: --secret-file FILE; never an argument"))
        })?,
    };
    Ok(Secret::new(text.trim()))
}

async fn get(url: &str, ca: &Path, client_id: &str, secret: &Secret, scopes: &[String]) -> Result<Exchange, Failure> {
    let origin = Origin::parse(url).map_err(|why| Failure::usage(format!("--url: {why}")))?;
    if !origin.secure && !is_loopback(&origin.host) {
        return Err(Failure::usage(format!("--url {url}: everybody on the way would read the secret"))
            .remedy("write https; plain http is for a server with --insecure-http on this machine"));
    }
    let tls = origin.secure.then(|| trusting(ca)).transpose()?;
    let unreachable = |why: String| {
        Failure::environment(format!("no answer from {url}: {why}"))
            .remedy("start a server with `authbench --mode jwt`, or name it with --url and its CA with --ca")
    };
    let mut connection = Dial::new(origin, tls).connect().await.map_err(|broken| unreachable(broken.to_string()))?;
    let request = caller::token::request(client_id, secret, scopes).map_err(Failure::usage)?;
    connection.send(&request).await.map_err(|broken| unreachable(broken.to_string()))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn trusting(ca: &Path) -> Result<Tls, Failure> {
    Tls::new(&Trust::Ca(files::read(ca)?), None, Protocol::Http1, None).map_err(|why| {
        Failure::usage(format!("--ca {}: {why}", ca.display()))
            .remedy("name the PEM file of the CA that signed the server's certificate")
    })
}

fn show_answer(common: &Common, answer: &Exchange) -> Result<(), Failure> {
    let body = answer.json();
    match caller::token::access_token(answer) {
        Some(_) if common.json => output::json(&body)?,
        Some(token) => output::line(token.expose())?,
        None => {
            let error = body["error"].as_str().unwrap_or("no OAuth answer");
            // Cognito says no more than the code.
            let description = body["error_description"].as_str().map(|text| format!(": {text}")).unwrap_or_default();
            return Err(
                Failure::expectation(format!("the server refused: {} {error}{description}", answer.status)).remedy(mends(error))
            );
        }
    }
    Ok(())
}

/// What helps against an error of the token endpoint (RFC 6749 §5.2).
fn mends(error: &str) -> &'static str {
    match error {
        "invalid_client" => "check the client id with `authbench client list`; `client rotate` makes a new secret",
        "invalid_scope" => "ask for scopes in full and of one resource server: `authbench client show` names what it may",
        _ => "see docs/wire.md, and the server's records for the cause",
    }
}

fn from_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .take(64 * 1024)
        .read_to_string(&mut text)
        .map_err(|error| Failure::usage(format!("standard input holds no token: {error}")))?;
    Ok(text.trim().to_owned())
}

/// The keys of the servers that share this state.
fn own_keys(common: &Common, config: &Config) -> Result<LiveKeys, Failure> {
    let kept = SigningKeys::open(&common.state, issuers::rotation(config, config.profile))?;
    Ok(LiveKeys::new(issuers::own_keys(kept.keys())?))
}

/// Whose tokens count here, with the keys of the issuer that this token names, fetched when they are published.
fn trusted(common: &Common, config: &Config, names: &Names, token: &str) -> Result<Vec<TrustedIssuer>, Failure> {
    let mut federation = Federation::default();
    let trusted = issuers::trusted(config, own_keys(common, config)?, names, &mut federation)?;
    let payload = Compact::parse(token).map(|jws| serde_json::from_slice(jws.unverified_payload()).unwrap_or(Value::Null));
    let claims = payload.unwrap_or_default();
    let issuer = claims["iss"].as_str().unwrap_or_default();
    runtime()?.block_on(federation.fetch(issuer)).map_err(|why| {
        Failure::environment(format!("the keys of issuer `{issuer}` cannot be fetched: {why}"))
            .remedy("see that its `jwks_url` answers, and that `ca` names who signed that server's certificate")
    })?;
    Ok(trusted)
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Runtime::new().map_err(|error| Failure::environment(format!("no runtime: {error}")))
}

fn revoke(common: &Common, token: &str) -> Result<(), Failure> {
    let (issuers, jti, until, offline) = if token == "-" {
        let Revocable { issuer, jti, until, offline } = of_token(common, &from_stdin()?)?;
        (vec![issuer], jti, until, offline)
    } else if is_jti(token) {
        // Whose it is cannot be seen: it is revoked for every issuer that is trusted here.
        let foreign = Config::load(common)?.issuers.into_iter().map(|issuer| issuer.issuer);
        (std::iter::once(String::new()).chain(foreign).collect(), token.to_owned(), clock::now() + LONGEST_LIFE, false)
    } else {
        return Err(Failure::usage("that is no `jti`")
            .remedy("a token itself is a secret and no argument: pass it on standard input, `authbench token revoke -`"));
    };
    let mut store = Store::open(&common.state)?;
    issuers.iter().try_for_each(|issuer| store.revoke_token(issuer, &jti, until))?;
    let document = json!({"jti": jti, "state": "revoked", "until": clock::rfc3339(until)});
    output::show(common.json, &document, || format!("token {jti} is revoked"))?;
    if offline {
        output::note("Servers of the `aws` profile accept it until it expires, as a gateway before Cognito does.");
    }
    Ok(())
}

fn is_jti(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// What is to be known of a token to revoke it.
struct Revocable {
    /// Empty for this server.
    issuer: String,
    jti: String,
    until: SystemTime,
    /// Whether it is one of Cognito's kind, which nobody asks this server about.
    offline: bool,
}

/// A token that this server or an issuer of the configuration signed: to revoke another one would
/// be an empty promise. One that our own key signed is ours, whatever URL the server had then.
fn of_token(common: &Common, token: &str) -> Result<Revocable, Failure> {
    let unusable = |why: &str| {
        Failure::usage(format!("this token cannot be revoked: {why}"))
            .remedy("pass it as it was issued, and name the state of the server that accepts it with --state")
    };
    let jws = Compact::parse(token).map_err(|denial| unusable(&denial.cause))?;
    let payload = Payload::read(jws.unverified_payload()).map_err(|denial| unusable(&denial.cause))?;
    let config = Config::load(common)?;
    let names = issuers::names(&config, "");
    // Issuers may share keys; the one that the token names counts, as it does for the server.
    let signed = trusted(common, &config, &names, token)?.into_iter().find_map(|issuer| {
        jws.verify(&issuer.keys.now(), &issuer.algorithms).ok()?;
        let claims = payload.claims().ok()?;
        (issuer.own || claims.iss == &*issuer.issuer).then_some((issuer, claims))
    });
    let (issuer, claims) = signed.ok_or_else(|| unusable("no issuer that is trusted here signed it"))?;
    let (jti, until, offline) = (claims.jti.to_owned(), claims.expires(), issuer.own && payload.only_audience().is_none());
    Ok(Revocable { issuer: if issuer.own { String::new() } else { claims.iss.to_owned() }, jti, until, offline })
}
