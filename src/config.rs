//! The configuration: a TOML file and the command line become typed settings, or a fault that names key and remedy.

mod apikey;
mod aws;
mod guessing;
mod jwt;
mod limits;
mod listen;
mod mtls;
mod network;
mod network_list;
mod observe;
mod period;
mod plan;
mod quota;
mod resource_server;
mod tls;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

pub use self::{
    apikey::Apikey,
    aws::{Api, Aws, ScopeRefusal, UnknownScope},
    guessing::Guessing,
    jwt::{Issuer, Jwt},
    limits::{Deadlines, Limits},
    listen::Listen,
    mtls::{CallerRule, ClientAuth, Mtls},
    network::Network,
    network_list::NetworkList,
    observe::Observe,
    period::Period,
    plan::{Plan, Rate},
    quota::Quota,
    resource_server::ResourceServer,
    tls::Tls,
};
use crate::{
    cli::{Common, Serve},
    document::{self, Document, Fault},
    exit::Failure,
    mode::{Mode, Profile},
    network::Misfit,
    wire::HELLO_SCOPE,
};

/// Where every key is described.
pub const REFERENCE: &str = "docs/configuration.md";
/// A file with every key at its default, commented.
pub const TEMPLATE: &str = include_str!("config/template.toml");

/// Every setting of the server, one struct per concern.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Whose habits the server answers with.
    pub profile: Profile,
    /// Addresses and names.
    pub listen: Listen,
    /// Own certificates instead of the development CA's.
    pub tls: Tls,
    /// What becomes of client certificates.
    pub mtls: Mtls,
    /// How long anything may take.
    pub deadlines: Deadlines,
    /// How much of anything there may be.
    pub limits: Limits,
    /// Who may call at all.
    pub network: Network,
    /// Usage plans by name.
    #[serde(deserialize_with = "plan::by_name")]
    pub plans: BTreeMap<String, Plan>,
    /// What all callers may ask together.
    pub all_callers: Option<Rate>,
    /// The scopes of the default resource server: short name = description.
    pub scopes: BTreeMap<String, String>,
    /// Further resource servers, which tokens are issued for.
    pub resource_servers: Vec<ResourceServer>,
    /// The token service and its tokens.
    pub jwt: Jwt,
    /// API keys.
    pub apikey: Apikey,
    /// The `aws` profile.
    pub aws: Aws,
    /// Further issuers whose tokens are accepted.
    pub issuers: Vec<Issuer>,
    /// The failure budget.
    pub guessing: Guessing,
    /// Records, metrics and the audit log.
    pub observe: Observe,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            profile: Profile::Standard,
            listen: Listen::default(),
            tls: Tls::default(),
            mtls: Mtls::default(),
            deadlines: Deadlines::default(),
            limits: Limits::default(),
            network: Network::default(),
            plans: BTreeMap::from([(DEFAULT_PLAN.to_owned(), Plan::default())]),
            all_callers: None,
            scopes: BTreeMap::from([(HELLO_SCOPE.to_owned(), "Hello world endpoints".to_owned())]),
            resource_servers: Vec::new(),
            jwt: Jwt::default(),
            apikey: Apikey::default(),
            aws: Aws::default(),
            issuers: Vec::new(),
            guessing: Guessing::default(),
            observe: Observe::default(),
        }
    }
}

impl Config {
    /// Reads the file that `--config` names, else `authbench.toml` if present, else the defaults.
    ///
    /// # Errors
    /// Exit 2 with the first fault.
    pub fn load(common: &Common) -> Result<Self, Failure> {
        let read = Self::path(common).map(|path| Self::read(&path));
        read.unwrap_or_else(|| Ok(Self::default())).map_err(|fault| Failure::usage(fault.to_string()))
    }

    /// The file that is read; `None` when there is none.
    pub fn path(common: &Common) -> Option<PathBuf> {
        let usual = || Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.is_file());
        common.config.clone().or_else(usual)
    }

    /// The files of networks that a file names, whatever else is wrong with it; `None` when it is no configuration.
    pub fn lists_of(path: &Path) -> Option<Vec<PathBuf>> {
        let mut config: Self = toml::from_str(&document::read(path).ok()?).ok()?;
        config.network.resolve(directory_of(path));
        Some(config.network.files().map(Path::to_path_buf).collect())
    }

    /// The same, with what the command line of a server says on top.
    ///
    /// # Errors
    /// Exit 2 with the first fault.
    pub fn load_for(common: &Common, serve: &Serve) -> Result<Self, Failure> {
        let mut config = Self::load(common)?;
        config.listen.api = serve.listen.unwrap_or(config.listen.api);
        config.listen.admin = serve.admin.unwrap_or(config.listen.admin);
        config.profile = serve.profile.unwrap_or(config.profile);
        if !serve.serve_allow.is_empty() {
            let misfit = |misfit: Misfit| Failure::usage(format!("--allow: {}", misfit.why)).remedy(misfit.remedy);
            config.network.allow_only(&serve.serve_allow).map_err(misfit)?;
        }
        config.served_profile(serve.mode)?;
        if !config.listen.admin.ip().is_loopback() {
            return Err(Failure::usage("--admin is no loopback address, and the admin listener has no lock")
                .remedy("write 127.0.0.1 or [::1] and a port"));
        }
        if serve.insecure_http && serve.mode == Some(Mode::Mtls) {
            return Err(Failure::usage("--insecure-http has no TLS, and `mtls` is TLS").remedy("leave --insecure-http away"));
        }
        if serve.insecure_http && !config.listen.api.ip().is_loopback() {
            return Err(Failure::usage("--insecure-http serves loopback addresses only, and --listen is none")
                .remedy("leave --insecure-http away, or listen on 127.0.0.1 or [::1]"));
        }
        Ok(config)
    }

    /// `--profile` may have come from the command line, after the file was checked.
    fn served_profile(&self, mode: Option<Mode>) -> Result<(), Failure> {
        if self.profile == Profile::Standard {
            return if self.tls.lacks_lists() { Err(no_lists()) } else { Ok(()) };
        }
        self.jwt.check_for_aws().map_err(|why| Failure::usage(format!("jwt.token_ttl: {why}")).remedy("choose 5m to 24h"))?;
        if mode == Some(Mode::Apikey) && self.aws.api == Api::Http {
            return Err(Failure::usage("aws.api is \"http\", and an HTTP API of API Gateway knows no API keys")
                .remedy("write \"rest\", or choose another mode"));
        }
        Ok(())
    }

    /// Reads one file. Paths in it are relative to it.
    ///
    /// # Errors
    /// The first fault, with file, line, key and remedy.
    pub fn read(path: &Path) -> Result<Self, Fault> {
        let text = document::read(path)?;
        let name = path.display().to_string();
        let document = Document::new(&name, &text);
        let mut config: Self = document.parse(REFERENCE)?;
        config.check(&document)?;
        // What a file adds does not take the usual plan and scope away.
        let usual = Self::default();
        config.plans = usual.plans.into_iter().chain(config.plans).collect();
        config.scopes = usual.scopes.into_iter().chain(config.scopes).collect();
        let directory = directory_of(path);
        config.network.resolve(directory);
        config.network.read(&document)?;
        config.tls.resolve(directory);
        config.issuers.iter_mut().for_each(|issuer| issuer.resolve(directory));
        Ok(config)
    }

    fn check(&self, document: &Document<'_>) -> Result<(), Fault> {
        self.listen.check(document)?;
        self.tls.check(document)?;
        self.observe.check(document)?;
        self.plans
            .iter()
            .filter_map(|(name, plan)| Some((name, plan.quota?)))
            .try_for_each(|(name, quota)| quota.check(name, document))?;
        let plans = |name: &str| name == DEFAULT_PLAN || self.plans.contains_key(name);
        self.mtls.check(document, plans)?;
        self.mtls.callers.iter().try_for_each(|rule| self.scopes_of(rule, document))?;
        self.jwt.check(document)?;
        ResourceServer::check_all(&self.resource_servers, &self.jwt, document)?;
        self.aws.check(document)?;
        if self.profile == Profile::Aws {
            self.jwt.check_for_aws().map_err(|why| document.fault_at_key("jwt.token_ttl", why, "choose 5m to 24h"))?;
        }
        self.issuers.iter().try_for_each(|issuer| issuer.check(document))?;
        let known = |at: usize| self.issuers[..at].iter().any(|other| other.issuer == self.issuers[at].issuer);
        if (0..self.issuers.len()).any(known) {
            return Err(document.fault_at_key("issuers.issuer", "is there twice", "give each issuer one table"));
        }
        if self.scopes.keys().any(|scope| !is_scope(scope)) {
            let remedy = "name scopes with letters, digits, `-`, `.` and `_`";
            return Err(document.fault_at_key("scopes", "a scope has a name that cannot stand in a token", remedy));
        }
        Ok(())
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

fn no_lists() -> Failure {
    Failure::usage("tls.client_ca has no tls.client_crl: nobody could say who is revoked")
        .remedy("name the revocation lists of those CAs in tls.client_crl")
}

const DEFAULT_FILE: &str = "authbench.toml";
const DEFAULT_PLAN: &str = "default";

impl Config {
    fn scopes_of(&self, rule: &CallerRule, document: &Document<'_>) -> Result<(), Fault> {
        let known = |scope: &String| scope == HELLO_SCOPE || self.scopes.contains_key(scope);
        match rule.scopes.iter().flatten().find(|scope| !known(scope)) {
            None => Ok(()),
            Some(scope) => {
                let why = format!("there is no scope `{scope}` (caller `{}`)", rule.caller);
                Err(document.fault_at_key("mtls.callers.scopes", why, "add it below [scopes], or use one that is there"))
            }
        }
    }
}

fn is_scope(name: &str) -> bool {
    !name.is_empty() && name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

#[cfg(test)]
mod tests;
