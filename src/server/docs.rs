//! What the server says of itself: its `OpenAPI` document, Swagger UI, and a front page. All of it is made at start.
//!
//! The admin listener has these pages always. The API listener has them in profile `standard`; API Gateway has none, so in
//! `aws` neither has it.

mod front;
mod openapi;
mod page;

use std::{future::ready, net::IpAddr, path::Path};

use axum::{
    Router,
    response::{Redirect, Response},
    routing::get,
};
use http::HeaderMap;

pub use self::openapi::document;
use self::{front::Front, page::Page};
use super::{door::Door, enforce::Admitted, next::View};
use crate::{
    cli::Common,
    config::Config,
    mode::{Mode, Profile},
    wire::{DOCS_PATH, OPENAPI_PATH},
};
use std::sync::Arc;

/// The pages.
#[derive(Debug)]
pub(super) struct Docs {
    /// By path, the same for everybody.
    pages: Vec<(&'static str, Page)>,
    front: Fronts,
    on_api: bool,
}

/// The front page by its reader.
#[derive(Debug, Clone)]
struct Fronts {
    neighbour: Page,
    stranger: Page,
    operator: Page,
}

/// Files of Swagger UI, and what of ours is around it. `swagger-ui/README.md` says where they are from.
const FILES: [(&str, &str, &[u8]); 6] = [
    ("/docs/", Page::HTML, include_bytes!("docs/index.html")),
    ("/docs/initializer.js", Page::SCRIPT, include_bytes!("docs/initializer.js")),
    ("/docs/page.css", Page::STYLE, include_bytes!("docs/page.css")),
    ("/docs/swagger-ui.css", Page::STYLE, include_bytes!("docs/swagger-ui/swagger-ui.css")),
    ("/docs/swagger-ui-bundle.js", Page::SCRIPT, include_bytes!("docs/swagger-ui/swagger-ui-bundle.js")),
    ("/docs/favicon.png", Page::PICTURE, include_bytes!("docs/swagger-ui/favicon-32x32.png")),
];

impl Docs {
    /// The pages of a server that is called by `url` and verified with `ca`.
    pub(super) fn new(config: &Config, mode: Mode, url: &str, ca: &Path, common: &Common) -> Self {
        let mut pages: Vec<_> = FILES.map(|(path, kind, octets)| (path, Page::new(kind, octets))).into();
        pages.push((OPENAPI_PATH, Page::new(Page::JSON, document(config, mode, url))));
        let neighbour = View::of_neighbour(mode, url, ca, common);
        let stranger = View::of_stranger(mode, url, ca);
        let front = |view: &View, on_admin| Page::new(Page::HTML, Front::new(config, mode, url, view, on_admin).html());
        Self {
            pages,
            front: Fronts {
                neighbour: front(&neighbour, false),
                stranger: front(&stranger, false),
                operator: front(&neighbour, true),
            },
            on_api: config.profile == Profile::Standard,
        }
    }

    /// Where a browser finds them that has no client certificate.
    pub(super) fn address(&self, mode: Mode, url: &str, admin: &str) -> String {
        let origin = if self.on_api && mode != Mode::Mtls { url } else { admin };
        format!("{origin}{DOCS_PATH}/")
    }

    /// Those of the API listener, for whoever may ask at all.
    pub(super) fn on_api(&self) -> Router<Arc<Door>> {
        if !self.on_api {
            return Router::new();
        }
        let front = self.front.clone();
        let front = move |Admitted(address): Admitted, asked: HeaderMap| ready(front.of(address).answer(&asked));
        let redirect = |_: Admitted| ready(to_docs());
        self.pages.iter().fold(Router::new().route("/", get(front)).route(DOCS_PATH, get(redirect)), |router, (path, page)| {
            let page = page.clone();
            router.route(path, get(move |_: Admitted, asked: HeaderMap| ready(page.answer(&asked))))
        })
    }

    /// Those of the admin listener.
    pub(super) fn on_admin(&self) -> Router<Arc<Door>> {
        let front = self.front.operator.clone();
        let front = move |asked: HeaderMap| ready(front.answer(&asked));
        let redirect = || ready(to_docs());
        self.pages.iter().fold(Router::new().route("/", get(front)).route(DOCS_PATH, get(redirect)), |router, (path, page)| {
            let page = page.clone();
            router.route(path, get(move |asked: HeaderMap| ready(page.answer(&asked))))
        })
    }
}

impl Fronts {
    /// Where files lie is the business of this machine's users only.
    fn of(&self, address: IpAddr) -> &Page {
        if address.is_loopback() { &self.neighbour } else { &self.stranger }
    }
}

fn to_docs() -> Response {
    use axum::response::IntoResponse;
    Redirect::permanent("/docs/").into_response()
}
