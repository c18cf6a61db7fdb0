//! Answers of the server, grouped by status and told as `OpenAPI` tells them.

use std::collections::BTreeMap;

use futures_util::FutureExt;
use http::{
    HeaderMap,
    header::{CONNECTION, CONTENT_TYPE, ETAG},
};
use serde_json::Value;
use utoipa::openapi::{
    Content, ContentBuilder, Header, HeaderBuilder, Object, OneOfBuilder, Ref, RefOr, Response, ResponseBuilder, Schema, Type,
    example::ExampleBuilder,
};

/// An answer that the server gives.
pub(super) struct Sample {
    /// One word: of a refusal, its reason.
    pub(super) name: &'static str,
    /// A sentence for people.
    pub(super) says: String,
    /// The name of the schema of its body; none where the body is no JSON.
    pub(super) schema: Option<&'static str>,
    /// Made by the code that answers callers.
    pub(super) response: axum::response::Response,
}

/// Answers by status, with what each status can mean.
pub(super) struct Answers(BTreeMap<u16, Status>);

/// The answers to `GET` and `POST` have bodies, those to `HEAD` have none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bodies {
    Sent,
    LeftOut,
}

impl Answers {
    pub(super) fn of(samples: impl IntoIterator<Item = Sample>) -> Self {
        let mut by_status = BTreeMap::<u16, Status>::new();
        for sample in samples {
            by_status.entry(sample.response.status().as_u16()).or_default().take(sample);
        }
        Self(by_status)
    }

    /// Written out.
    pub(super) fn written(&self, bodies: Bodies) -> Vec<(String, Response)> {
        self.0.iter().map(|(status, told)| (status.to_string(), told.response(bodies))).collect()
    }

    /// For `components.responses`, under this name and the status: with bodies and without.
    pub(super) fn as_components(&self, name: &str) -> Vec<(String, Response)> {
        let both = |bodies| self.0.iter().map(move |(status, told)| (component(name, *status, bodies), told.response(bodies)));
        both(Bodies::Sent).chain(both(Bodies::LeftOut)).collect()
    }

    /// What refers to them there.
    pub(super) fn references(&self, name: &str, bodies: Bodies) -> Vec<(String, Ref)> {
        let reference = |status: &u16| (status.to_string(), Ref::from_response_name(component(name, *status, bodies)));
        self.0.keys().map(reference).collect()
    }
}

fn component(name: &str, status: u16, bodies: Bodies) -> String {
    let end = if bodies == Bodies::Sent { "" } else { "Head" };
    format!("{name}{status}{end}")
}

/// All answers of one status.
#[derive(Default)]
struct Status {
    says: Vec<(&'static str, String)>,
    headers: HeaderMap,
    kinds: BTreeMap<String, Kind>,
}

/// All bodies of one media type.
#[derive(Default)]
struct Kind {
    /// Those of the bodies; none where they are no JSON.
    schemas: Vec<&'static str>,
    /// Different bodies, each with the names of the answers that have it.
    bodies: Vec<(Value, Vec<&'static str>)>,
}

impl Status {
    fn take(&mut self, sample: Sample) {
        let Sample { name, says, schema, response } = sample;
        self.says.push((name, says));
        let (parts, body) = response.into_parts();
        for (header, value) in &parts.headers {
            self.headers.entry(header).or_insert_with(|| value.clone());
        }
        let Some(kind) = parts.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else { return };
        // Parameters such as `charset` do not tell two media types apart.
        let essence = kind.split(';').next().unwrap_or_default().trim();
        let told = self.kinds.entry(essence.to_owned()).or_default();
        told.schemas.extend(schema.filter(|schema| !told.schemas.contains(schema)));
        // The body is in memory, so nothing waits here.
        let octets = axum::body::to_bytes(body, usize::MAX).now_or_never().and_then(Result::ok).unwrap_or_default();
        if let Ok(value) = serde_json::from_slice(&octets) {
            told.body(value, name);
        }
    }

    fn response(&self, bodies: Bodies) -> Response {
        let mut response = ResponseBuilder::new().description(self.description());
        for (name, value) in self.headers.iter().filter(|(name, _)| **name != CONTENT_TYPE && **name != CONNECTION) {
            let example = value.to_str().ok().filter(|_| *name != ETAG);
            response = response.header(name.as_str(), header(name.as_str(), example));
        }
        if bodies == Bodies::Sent {
            response = self.kinds.iter().fold(response, |response, (kind, told)| response.content(kind, told.content()));
        }
        response.build()
    }

    fn description(&self) -> String {
        match &self.says[..] {
            [(_, only)] => only.clone(),
            several => several.iter().map(|(name, says)| format!("- `{name}`: {says}")).collect::<Vec<_>>().join("\n"),
        }
    }
}

impl Kind {
    fn body(&mut self, value: Value, name: &'static str) {
        match self.bodies.iter_mut().find(|(known, _)| *known == value) {
            Some((_, names)) => names.push(name),
            None => self.bodies.push((value, vec![name])),
        }
    }

    /// What an example is called: by its first answer, and by its place where another is called the same.
    fn name(&self, at: usize) -> String {
        let name = self.bodies[at].1[0];
        let earlier = self.bodies[..at].iter().filter(|(_, names)| names[0] == name).count();
        if earlier == 0 { name.to_owned() } else { format!("{name}_{}", earlier + 1) }
    }

    fn content(&self) -> Content {
        let reference = |name: &&'static str| RefOr::Ref(Ref::from_schema_name(*name));
        let schema = match &self.schemas[..] {
            [] => RefOr::T(Schema::Object(Object::with_type(Type::String))),
            [only] => reference(only),
            several => {
                let one = several.iter().map(reference).fold(OneOfBuilder::new(), OneOfBuilder::item);
                RefOr::T(Schema::OneOf(one.build()))
            }
        };
        let example = |(at, (value, names)): (usize, &(Value, Vec<&'static str>))| {
            (self.name(at), ExampleBuilder::new().summary(names.join(", ")).value(Some(value.clone())).build())
        };
        ContentBuilder::new().schema(Some(schema)).examples_from_iter(self.bodies.iter().enumerate().map(example)).build()
    }
}

fn header(name: &str, example: Option<&str>) -> Header {
    let whole = example.and_then(|text| text.parse::<u64>().ok()).filter(|_| name == "retry-after");
    let kind = if whole.is_some() { Type::Integer } else { Type::String };
    let example = whole.map(Value::from).or_else(|| example.map(Value::from));
    HeaderBuilder::new().schema(Some(Object::with_type(kind))).description(means(name)).example(example).build()
}

/// What a header says.
fn means(name: &str) -> Option<&'static str> {
    Some(match name {
        "www-authenticate" => "What to present, and what was wrong with what was presented (RFC 9110 §11.6.1, RFC 6750 §3).",
        "retry-after" => "Whole seconds until the same call would pass, rounded up.",
        "ratelimit-policy" => "Of callers in a plan: each limit's requests `q` and its window `w` in seconds.",
        "ratelimit" => "Of callers in a plan: what is left `r`, and the seconds `t` until there is more.",
        "allow" => "The methods of this path.",
        "cache-control" => "Whether the answer may be kept (RFC 9111).",
        "etag" => "The version of the page, for `If-None-Match`.",
        "location" => "Where it is.",
        "content-security-policy" => "What a browser may do with the page.",
        "x-request-id" => "The name of the request: the same in the body of a refusal and in the record.",
        "x-amzn-requestid" | "x-amz-cognito-request-id" => "The name of the request, as in the record.",
        "x-amz-apigw-id" | "apigw-requestid" => "The gateway's own name of the request.",
        "x-amzn-errortype" => "The kind of the refusal.",
        _ => return None,
    })
}
