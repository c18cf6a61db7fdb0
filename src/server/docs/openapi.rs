//! The `OpenAPI` 3.1 document of a server, made from what the server itself answers with: every refusal in it went through the
//! code that refuses callers, so it cannot say what the server does not. The same settings give the same octets.

mod about;
mod answers;
mod documents;
mod refusals;
mod resource;
mod route;
mod schemas;
mod security;
mod token;

use axum::response::Response;
use utoipa::openapi::{ComponentsBuilder, OpenApiBuilder, PathsBuilder, Server};

use self::{refusals::Shared, route::Route};
use crate::{
    config::Config,
    issuer::Names,
    mode::{Mode, Profile},
    server::{door::RequestId, issuers, reply::Habits},
};

/// The document of a server in this mode that clients call by `url`, as JSON.
pub fn document(config: &Config, mode: Mode, url: &str) -> String {
    let subject = Subject { config, mode, url, names: issuers::names(config, url), habits: Habits::new(config) };
    let shared = [Shared::of_resource(&subject), Shared::of_public(&subject)];
    let paths = routes(&subject, &shared).into_iter().map(Route::into_item);
    let paths = paths.fold(PathsBuilder::new(), |paths, (path, item)| paths.path(path, item));
    let components = ComponentsBuilder::new()
        .schemas_from_iter(schemas::all(&subject))
        .responses_from_iter(used(&subject, &shared).iter().flat_map(Shared::as_components))
        .responses_from_iter(refusals::without_route(&subject));
    let schemes = security::schemes(&subject).into_iter();
    let components = schemes.fold(components, |all, (name, scheme)| all.security_scheme(name, scheme));
    let document = OpenApiBuilder::new()
        .info(about::info(&subject))
        .servers(Some([Server::new(url)]))
        .tags(Some(about::tags(&subject)))
        .components(Some(components.build()))
        .paths(paths)
        .build();
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// What the document is about.
struct Subject<'a> {
    config: &'a Config,
    mode: Mode,
    url: &'a str,
    names: Names,
    habits: Habits,
}

/// Every route of the API listener.
fn routes<'a>(subject: &Subject<'_>, [of_resource, of_public]: &'a [Shared; 2]) -> Vec<Route<'a>> {
    let mut routes = resource::routes(subject, of_resource);
    if subject.mode == Mode::Jwt {
        routes.extend(token::routes(subject, of_public));
    }
    if subject.is_standard() {
        routes.extend(documents::routes(subject, of_public));
    }
    routes
}

/// Without a token service API Gateway has nothing that is public.
fn used<'a>(subject: &Subject<'_>, shared: &'a [Shared; 2]) -> &'a [Shared] {
    if subject.is_standard() || subject.mode == Mode::Jwt { shared } else { &shared[..1] }
}

impl Subject<'_> {
    fn is_standard(&self) -> bool {
        self.config.profile == Profile::Standard
    }

    /// An answer with the name that every answer gets, as seen by the caller.
    fn finished(&self, mut answer: Response, of_token_service: bool) -> Response {
        let id = RequestId(if self.is_standard() { "jSd18nq3-2" } else { "3f6d2a0e-8f7c-4b53-9d5e-000000000002" }.to_owned());
        self.habits.finish(&mut answer, &id, of_token_service);
        answer
    }
}

#[cfg(test)]
mod tests;
