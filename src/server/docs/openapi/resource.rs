//! The resource, with and without its stage.

use super::{
    Subject, about,
    answers::{Answers, Sample},
    refusals::{self, Shared},
    route::{Asks, Route},
    schemas::HELLO,
    security,
};
use crate::{allowance::Allowance, mode::Mode, wire::HELLO_PATH};

pub(super) fn routes<'a>(subject: &Subject<'_>, shared: &'a Shared) -> Vec<Route<'a>> {
    let staged = format!("/{}{HELLO_PATH}", subject.config.listen.stage);
    let route = |path: String, id, summary| Route {
        path,
        id,
        tag: about::RESOURCE,
        summary,
        description: "The same octets in every mode, for whoever passes every check.",
        security: security::of_resource(subject),
        asks: Asks::Get(Answers::of([served(subject)]), shared),
    };
    vec![
        route(HELLO_PATH.to_owned(), "HelloWorld", "Says hello"),
        route(staged, "StageHelloWorld", "Says hello, below the stage"),
    ]
}

fn served(subject: &Subject<'_>) -> Sample {
    let limit = refusals::rate(subject, 199);
    // Callers without a plan are told of none, and without a lock there are no plans.
    let allowance = Some(Allowance::only(limit)).filter(|_| subject.mode != Mode::Open);
    let response = subject.finished(subject.habits.serve(allowance.as_ref()), false);
    Sample { name: "served", says: "Hello.".into(), schema: Some(HELLO), response }
}
