//! One path and its operations.

use utoipa::openapi::{
    HttpMethod, PathItem, RefOr, Responses, ResponsesBuilder, SecurityRequirement,
    path::{OperationBuilder, PathItemBuilder},
    request_body::RequestBody,
};

use super::{
    answers::{Answers, Bodies},
    refusals::Shared,
};

/// A path of the API listener.
pub(super) struct Route<'a> {
    pub(super) path: String,
    /// Of the operation, behind its method.
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    /// One of these is needed; none: anybody may ask.
    pub(super) security: Vec<SecurityRequirement>,
    pub(super) asks: Asks<'a>,
}

/// How a path is asked, and what it answers.
pub(super) enum Asks<'a> {
    /// `GET`, and `HEAD` without the bodies: its own answers, and refusals that other paths have too.
    Get(Answers, &'a Shared),
    /// `POST` of a form.
    Post(Box<RequestBody>, Answers),
}

impl Route<'_> {
    /// As `OpenAPI` has it.
    pub(super) fn into_item(self) -> (String, PathItem) {
        let item = PathItemBuilder::new();
        let operation = |method: &str| self.operation(method);
        let item = match &self.asks {
            Asks::Get(own, shared) => {
                let of = |bodies| responses(own, Some(shared), bodies);
                item.operation(HttpMethod::Get, operation("get").responses(of(Bodies::Sent)))
                    .operation(HttpMethod::Head, operation("head").responses(of(Bodies::LeftOut)))
            }
            Asks::Post(form, own) => {
                let operation = operation("post").request_body(Some((**form).clone()));
                item.operation(HttpMethod::Post, operation.responses(responses(own, None, Bodies::Sent)))
            }
        };
        let item = item.build();
        (self.path, item)
    }

    fn operation(&self, method: &str) -> OperationBuilder {
        OperationBuilder::new()
            .tag(self.tag)
            .operation_id(Some(format!("{method}{}", self.id)))
            .summary(Some(self.summary))
            .description(Some(self.description).filter(|text| !text.is_empty()))
            .securities(Some(self.security.clone()))
    }
}

fn responses(own: &Answers, shared: Option<&Shared>, bodies: Bodies) -> Responses {
    let all = ResponsesBuilder::new().responses_from_iter(own.written(bodies));
    let shared = shared.into_iter().flat_map(|shared| shared.references(bodies));
    all.responses_from_iter(shared.map(|(status, reference)| (status, RefOr::Ref(reference)))).build()
}
