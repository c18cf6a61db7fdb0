//! What the server says of itself.

use http::{
    HeaderMap,
    header::{ETAG, IF_NONE_MATCH},
};

use super::{
    Subject, about,
    answers::{Answers, Sample},
    refusals::Shared,
    route::{Asks, Route},
    schemas::DOCUMENT,
    security,
};
use crate::{
    server::docs::{FILES, page::Page, to_docs},
    wire::{DOCS_PATH, OPENAPI_PATH},
};

pub(super) fn routes<'a>(subject: &Subject<'_>, shared: &'a Shared) -> Vec<Route<'a>> {
    let page = |path: &str, id, summary, kind, schema| Route {
        path: path.to_owned(),
        id,
        tag: about::DOCUMENTS,
        summary,
        description: "",
        security: security::of_public(subject),
        asks: Asks::Get(Answers::of(samples(subject, kind, schema)), shared),
    };
    let files = FILES.iter().map(|file| page(file.path, file.id, file.says, file.kind, None));
    let mut routes = vec![
        page("/", "FrontPage", "What this server is, and what to type next", Page::HTML, None),
        page(OPENAPI_PATH, "OpenApi", "This document", Page::JSON, Some(DOCUMENT)),
        Route {
            path: DOCS_PATH.into(),
            id: "Docs",
            tag: about::DOCUMENTS,
            summary: "The way to Swagger UI",
            description: "",
            security: security::of_public(subject),
            asks: Asks::Get(Answers::of([moved(subject)]), shared),
        },
    ];
    routes.extend(files);
    routes
}

fn samples(subject: &Subject<'_>, kind: &'static str, schema: Option<&'static str>) -> [Sample; 2] {
    let page = Page::new(kind, "");
    let fresh = page.answer(&HeaderMap::new());
    let known: HeaderMap = fresh.headers().get(ETAG).map(|tag| (IF_NONE_MATCH, tag.clone())).into_iter().collect();
    let found = |name, says: &str, schema, response| Sample {
        name,
        says: says.into(),
        schema,
        response: subject.finished(response, false),
    };
    let unchanged = page.answer(&known);
    [found("page", "Here it is.", schema, fresh), found("unchanged", "`If-None-Match` names this version.", None, unchanged)]
}

fn moved(subject: &Subject<'_>) -> Sample {
    let response = subject.finished(to_docs(), false);
    Sample { name: "moved", says: "Swagger UI is there.".into(), schema: None, response }
}
