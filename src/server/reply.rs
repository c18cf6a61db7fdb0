//! How a decision reads on the wire: in the RFCs' words ([`standard`]) or API Gateway's ([`gateway`]), as the profile has it.

pub(super) mod gateway;
pub(super) mod standard;

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::Uri;

use self::gateway::Gateway;
use super::{
    door::{Door, RequestId},
    token,
};
use crate::{
    allowance::Allowance,
    config::Config,
    denial::{Denial, Reason},
    mode::{Mode, Profile},
    wire::OAUTH_PREFIX,
};

/// Whose habits the answers have.
#[derive(Debug)]
pub(super) enum Habits {
    /// The RFCs'.
    Standard,
    /// API Gateway's and Cognito's.
    Aws(Gateway),
}

impl Habits {
    pub(super) fn new(config: &Config) -> Self {
        match config.profile {
            Profile::Standard => Self::Standard,
            Profile::Aws => Self::Aws(Gateway::new(&config.aws)),
        }
    }

    /// The resource, with what is left of the caller's plan.
    pub(super) fn serve(&self, allowance: Option<&Allowance>) -> Response {
        match self {
            Self::Standard => standard::serve(allowance),
            Self::Aws(_) => gateway::serve(),
        }
    }

    /// A refusal, whole but for the name of its request, with the denial among its extensions.
    pub(super) fn refuse(&self, denial: Denial, mode: Mode) -> Response {
        let mut response = match self {
            Self::Standard => standard::refuse(&denial, mode),
            Self::Aws(gateway) => gateway.refuse(&denial, mode),
        };
        response.extensions_mut().insert(denial);
        response
    }

    /// Whether a path belongs to the token service, which has answers of its own; Cognito's user pool has the documents too.
    pub(super) fn is_of_token_service(&self, path: &str) -> bool {
        path.starts_with(OAUTH_PREFIX) || (matches!(self, Self::Aws(_)) && path.contains("/.well-known/"))
    }

    /// Gives an answer the name of its request. A problem is written only now that the name is known.
    pub(super) fn finish(&self, response: &mut Response, id: &RequestId, of_token_service: bool) {
        match self {
            Self::Standard => standard::finish(response, id, of_token_service),
            Self::Aws(gateway) => gateway.finish(response, id, of_token_service),
        }
    }
}

/// A denial on its way out. The record takes its reason and cause from the response's extensions.
#[derive(Debug)]
pub(super) struct Refused(Box<Response>);

impl Refused {
    /// Finds the answer for a denial at this door.
    pub(super) fn new(door: &Door, denial: Denial) -> Self {
        Self(Box::new(door.habits.refuse(denial, door.mode)))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// No such path: the same in every mode, before authentication.
pub(super) async fn not_found(State(door): State<Arc<Door>>, uri: Uri) -> Response {
    no_route(&door, &uri, Reason::NotFound)
}

/// The path exists, the method does not; the router adds `Allow`.
pub(super) async fn method_not_allowed(State(door): State<Arc<Door>>, uri: Uri) -> Response {
    no_route(&door, &uri, Reason::MethodNotAllowed)
}

fn no_route(door: &Door, uri: &Uri, reason: Reason) -> Response {
    let denial = Denial::new(reason, "");
    match door.habits {
        Habits::Aws(_) if door.habits.is_of_token_service(uri.path()) => token::no_endpoint_of_cognito(denial),
        _ => Refused::new(door, denial).into_response(),
    }
}
