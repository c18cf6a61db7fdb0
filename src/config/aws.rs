//! What the `aws` profile is called, and where AWS's own pages disagree.

use serde::{Deserialize, Serialize};

use crate::{
    document::{Document, Fault},
    words::words,
};

/// The user pool and the gateway in front of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Aws {
    /// The region; it is the first part of the pool's id.
    pub region: String,
    /// The user pool: the path of `iss`, as in `{public URL}/{pool id}`.
    pub pool_id: String,
    /// Which product of API Gateway answers.
    pub api: Api,
    /// The status of a scope that is not covered: public sources have seen 401 and 403.
    pub scope_refusal: ScopeRefusal,
    /// What becomes of a scope that the client may not have: one page says an error, another that it is ignored.
    pub unknown_scope: UnknownScope,
}

words! {
    /// The two products of API Gateway, whose answers differ.
    pub enum Api {
        /// A REST API with a Cognito authorizer: the article's.
        Rest = "rest",
        /// An HTTP API with a JWT authorizer.
        Http = "http",
    }
}

words! {
    /// How a token without the scope of the method is refused.
    pub enum ScopeRefusal {
        /// `403 {"message":"Forbidden"}`
        Forbidden = "403",
        /// `401 {"message":"Unauthorized"}`
        Unauthorized = "401",
    }
}

words! {
    /// How the token endpoint takes a scope that the client may not have.
    pub enum UnknownScope {
        /// `400 invalid_scope`.
        Error = "error",
        /// The token is granted without it.
        Ignore = "ignore",
    }
}

impl Default for Aws {
    fn default() -> Self {
        Self {
            region: "eu-west-1".into(),
            pool_id: "eu-west-1_Example01".into(),
            api: Api::Rest,
            scope_refusal: ScopeRefusal::Forbidden,
            unknown_scope: UnknownScope::Error,
        }
    }
}

impl Aws {
    pub(super) fn check(&self, document: &Document<'_>) -> Result<(), Fault> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.region.is_empty() || !self.region.bytes().all(plain) {
            let message = format!("`{}` is no region", self.region.escape_debug());
            return Err(document.fault_at_key("aws.region", message, "write it as AWS does, such as \"eu-west-1\""));
        }
        let name = self.pool_id.strip_prefix(&*self.region).and_then(|rest| rest.strip_prefix('_'));
        if name.is_none_or(|name| name.is_empty() || name.len() > 54 || !name.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            let message = format!("`{}` is no pool of region `{}`", self.pool_id.escape_debug(), self.region);
            let remedy = format!("write the region, `_`, and letters and digits, such as \"{}_Example01\"", self.region);
            return Err(document.fault_at_key("aws.pool_id", message, remedy));
        }
        Ok(())
    }
}
