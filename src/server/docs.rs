//! What the server says of itself: its `OpenAPI` document, Swagger UI, and a front page. All of it is made at start.
//!
//! The admin listener has these pages always, the API listener in profile `standard`: API Gateway has none.

mod front;
mod openapi;
mod page;

use std::{future::ready, net::IpAddr, path::Path, sync::Arc};

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
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

/// A file below `/docs/`, the same in every mode.
struct File {
    path: &'static str,
    kind: &'static str,
    octets: &'static [u8],
    /// What the document calls the operation that gets it, behind the method.
    id: &'static str,
    says: &'static str,
}

/// Files of Swagger UI, and what of ours is around it. `swagger-ui/README.md` says where they are from.
const FILES: [File; 6] = [
    File { path: "/docs/", kind: Page::HTML, octets: include_bytes!("docs/index.html"), id: "SwaggerUi", says: "Swagger UI" },
    File {
        path: "/docs/initializer.js",
        kind: Page::SCRIPT,
        octets: include_bytes!("docs/initializer.js"),
        id: "SwaggerUiInitializer",
        says: "How Swagger UI begins",
    },
    File {
        path: "/docs/page.css",
        kind: Page::STYLE,
        octets: include_bytes!("docs/page.css"),
        id: "PageStyle",
        says: "The style of the front page, and what Swagger UI's lacks",
    },
    File {
        path: "/docs/swagger-ui.css",
        kind: Page::STYLE,
        octets: include_bytes!("docs/swagger-ui/swagger-ui.css"),
        id: "SwaggerUiStyle",
        says: "The style of Swagger UI",
    },
    File {
        path: "/docs/swagger-ui-bundle.js",
        kind: Page::SCRIPT,
        octets: include_bytes!("docs/swagger-ui/swagger-ui-bundle.js"),
        id: "SwaggerUiBundle",
        says: "The program of Swagger UI",
    },
    File {
        path: "/docs/favicon.png",
        kind: Page::PICTURE,
        octets: include_bytes!("docs/swagger-ui/favicon-32x32.png"),
        id: "Favicon",
        says: "The picture in the browser's tab",
    },
];

impl Docs {
    /// The pages of a server that is called by `url` and verified with `ca`.
    pub(super) fn new(config: &Config, mode: Mode, url: &str, ca: &Path, common: &Common) -> Self {
        let mut pages: Vec<_> = FILES.iter().map(|file| (file.path, Page::new(file.kind, file.octets))).collect();
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
    Redirect::permanent("/docs/").into_response()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest;

    use super::*;

    #[test]
    fn other_peoples_files_are_as_they_were_published() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server/docs/swagger-ui");
        let table = std::fs::read_to_string(directory.join("README.md")).unwrap();
        let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        for file in files.filter(|file| !file.ends_with("README.md")) {
            let hash = digest::digest(&digest::SHA256, &std::fs::read(&file).unwrap());
            let name = file.file_name().unwrap().to_str().unwrap();
            let (_, row) = table.split_once(&format!("| `{name}` | `")).unwrap_or_else(|| panic!("{name} is not in the table"));
            let hex = |at: usize| u8::from_str_radix(&row[2 * at..2 * at + 2], 16).unwrap();
            assert!((0..32).map(hex).eq(hash.as_ref().iter().copied()), "{name}");
        }
    }

    #[test]
    fn no_page_of_ours_has_a_script_or_style_within_or_an_address_outside() {
        let common = Common { config: None, state: "s".into(), certs: "c".into(), json: false, verbose: 0 };
        for (mode, profile) in Mode::ALL.iter().flat_map(|mode| Profile::ALL.iter().map(move |profile| (*mode, *profile))) {
            let config = Config { profile, ..Config::default() };
            let view = View::of_neighbour(mode, "https://api.example", Path::new("ca.pem"), &common);
            let page = Front::new(&config, mode, "https://api.example", &view, true).html();
            for (what, text) in [("the front page", &*page), ("Swagger UI", include_str!("docs/index.html"))] {
                for within in
                    ["<script>", "<style", " style=", " onclick=", "javascript:", "src=\"http", "stylesheet\" href=\"http"]
                {
                    assert!(!text.contains(within), "{what} in {mode} {profile}: {within}");
                }
            }
        }
    }

    #[test]
    fn what_a_path_is_called_stays_text() {
        let common = Common { config: None, state: "<b>&\"".into(), certs: "c".into(), json: false, verbose: 0 };
        let view = View::of_starter(Mode::Apikey, "https://localhost:1", Path::new("<script>"), &common);
        let page = Front::new(&Config::default(), Mode::Apikey, "https://localhost:1", &view, false).html();
        assert!(page.contains("&#60;script&#62;") && !page.contains("<script>") && !page.contains("<b>&"), "{page}");
    }
}
