//! The front page: which lock this is, what to type next, and where the rest is. Plain HTML; `page.css` dresses it.

use askama::Template;

use crate::{
    config::Config,
    issuer::Metadata,
    mode::{Mode, Profile},
    server::{
        issuers,
        next::{Step, View},
    },
    wire::{DOCS_PATH, METRICS_PATH, OPENAPI_PATH},
};

/// What the page says.
#[derive(Template)]
#[template(path = "front.html")]
pub(super) struct Front<'a> {
    mode: Mode,
    profile: Profile,
    url: &'a str,
    lock: &'static str,
    means: &'static str,
    steps: Vec<Step>,
    links: Vec<Link>,
    version: &'static str,
    on_admin: bool,
    of_stranger: bool,
}

/// Where to go from here.
struct Link {
    to: String,
    name: String,
    says: &'static str,
}

impl<'a> Front<'a> {
    pub(super) fn new(config: &Config, mode: Mode, url: &'a str, view: &View, on_admin: bool) -> Self {
        let (lock, means) = words(mode);
        Self {
            mode,
            profile: config.profile,
            url,
            lock,
            means,
            steps: view.steps(),
            links: links(config, mode, url, on_admin),
            version: env!("CARGO_PKG_VERSION"),
            on_admin,
            of_stranger: view.is_of_stranger(),
        }
    }

    /// The whole page. The template only prints text, which does not fail.
    pub(super) fn html(&self) -> String {
        self.render().unwrap_or_default()
    }
}

/// The lock, and what a caller must have.
fn words(mode: Mode) -> (&'static str, &'static str) {
    match mode {
        Mode::Open => ("No lock", "Everybody is served. This is the baseline that the three locks are compared with."),
        Mode::Jwt => (
            "Access tokens",
            "A caller gets a token for its id and secret (OAuth 2.0 client credentials) and shows it with each call.",
        ),
        Mode::Mtls => ("Mutual TLS", "A caller shows a client certificate in the handshake and proves that it holds the key."),
        Mode::Apikey => ("API keys", "A caller sends its key in the header x-api-key with each call."),
    }
}

fn links(config: &Config, mode: Mode, url: &str, on_admin: bool) -> Vec<Link> {
    let here = |to: &str, says| Link { to: to.to_owned(), name: to.to_owned(), says };
    let mut links = vec![
        here(&format!("{DOCS_PATH}/"), if on_admin { "Swagger UI, to read" } else { "Swagger UI: read, authorize, call" }),
        here(OPENAPI_PATH, "the same as an OpenAPI 3.1 document"),
    ];
    if mode == Mode::Jwt {
        let names = issuers::names(config, url);
        let [inserted, behind] = Metadata::paths(&names);
        let origin = if on_admin { url } else { "" };
        let there = |path: String, says| Link { to: format!("{origin}{path}"), name: path, says };
        links.push(there(inserted, "metadata of the token service"));
        links.push(there(behind, "the same, where OpenID clients look"));
        links.push(there(Metadata::jwks_path(&names), "the keys that verify tokens"));
    }
    if on_admin {
        links.push(here(METRICS_PATH, "counters for Prometheus"));
        links.push(here("/readyz", "whether it can decide"));
        if mode == Mode::Mtls {
            links.push(here("/crl.pem", "who is revoked"));
        }
    }
    links
}
