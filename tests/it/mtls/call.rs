//! One call, and who can make it.

use std::{
    net::Ipv4Addr,
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::Value;

use super::{
    openssl::{Curl, Openssl},
    program::Program,
    through_rustls::Rustls,
};
use crate::lab::{text, tool};

/// The versions of TLS that are spoken.
pub(super) const VERSIONS: [&str; 2] = ["1.2", "1.3"];
/// All callers.
pub(super) const EVERYONE: [Caller; 5] = [Caller::Openssl, Caller::Curl, Caller::Python, Caller::Node, Caller::Rustls];

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    Openssl,
    Curl,
    Python,
    Node,
    Rustls,
}

/// Each caller in each version.
pub(super) fn everyone() -> impl Iterator<Item = (Caller, &'static str)> {
    EVERYONE.into_iter().flat_map(|caller| VERSIONS.map(|version| (caller, version)))
}

/// What a caller is to do; `tests/clients/python/mtls.py` says what each member means.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Call {
    pub(super) port: u16,
    pub(super) ca: PathBuf,
    pub(super) from: Ipv4Addr,
    pub(super) tls: &'static str,
    #[serde(flatten)]
    pub(super) files: Option<Files>,
    /// The server's name in TLS; none is sent for `None`.
    pub(super) name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) alpn: Option<Vec<&'static str>>,
    pub(super) resume: bool,
}

/// A certificate with what goes along, leaf first, and a key.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Files {
    #[serde(rename = "cert")]
    pub(super) chain: PathBuf,
    pub(super) key: PathBuf,
}

/// A caller at work. Gives `allowed` (`allowed, resumed`), the status and the reason of a refusal in HTTP, `alert NAME` of one
/// in TLS, `closed`, or `cannot: WHY` when it would not even send what it was given.
pub(super) trait Calls {
    fn call(&mut self, call: &Call) -> String;
}

impl Caller {
    /// Ready to call; `None`, with a word about it, when this machine does not have it.
    pub(super) fn start(self) -> Option<Box<dyn Calls>> {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
        Some(match self {
            Self::Openssl => Box::new(Openssl::new(tool("openssl")?)),
            Self::Curl => Box::new(Curl(tool("curl")?)),
            Self::Python => Box::new(Program::start(&tool("python3")?, &scripts.join("python/mtls.py"))),
            Self::Node => Box::new(Program::start(&tool("node")?, &scripts.join("node/mtls.mjs"))),
            Self::Rustls => Box::new(Rustls::new()),
        })
    }
}

impl Files {
    /// As `cert issue --json` told where they are.
    pub(super) fn issued(answer: &Value) -> Self {
        Self { chain: text(answer, "chain").into(), key: text(answer, "key").into() }
    }
}

/// What an HTTP answer comes to.
pub(super) fn outcome(answer: &str, resumed: bool) -> String {
    let begin = ["HTTP/1.1 ", "HTTP/2 "].into_iter().find_map(|version| Some((version, answer.split_once(version)?.1)));
    let Some((version, answer)) = begin else { return "closed".into() };
    let status = answer.get(..3).unwrap_or_default();
    if status == "200" && answer.contains(authbench::wire::HELLO_BODY) {
        let how = [("HTTP/2 " == version, " by h2"), (resumed, ", resumed")];
        return how.iter().filter(|(is_so, _)| *is_so).fold("allowed".to_owned(), |said, (_, how)| said + how);
    }
    let reason = answer.split_once("\"reason\":\"").and_then(|(_, rest)| rest.split('"').next());
    format!("{status} {}", reason.unwrap_or_default())
}
