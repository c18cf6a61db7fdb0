//! A caller behind any lock.

use authbench::mode::Mode;

use super::{Answer, Client, Identity, Lab, Line, PATH, Server, text};

/// The modes with a lock.
pub(crate) const LOCKS: [Mode; 3] = [Mode::Jwt, Mode::Mtls, Mode::Apikey];

/// What a caller shows in TLS, and what it sends.
#[derive(Debug)]
pub(crate) struct Caller {
    /// Its certificate.
    pub(crate) identity: Option<Identity>,
    /// Its token or key.
    pub(crate) header: Option<(&'static str, String)>,
}

impl Caller {
    /// Made with these options, known to running servers. A token is fetched from `server`, at once.
    pub(crate) fn new(lab: &Lab, server: &Server, mode: Mode, name: &str, options: &[&str]) -> Self {
        let add = |words: &[&str]| lab.effective(&[words, &[name], options].concat());
        match mode {
            Mode::Open => Self { identity: None, header: None },
            Mode::Jwt => Self::with_token(&Client::of(&add(&["client", "add"])).token(&mut server.line(None))),
            Mode::Mtls => Self { identity: Some(Identity::issued(&add(&["cert", "issue"]))), header: None },
            Mode::Apikey => Self::with_key(text(&add(&["key", "add"]), "key")),
        }
    }

    /// The holder of a token.
    pub(crate) fn with_token(token: &str) -> Self {
        Self { identity: None, header: Some(("authorization", format!("Bearer {token}"))) }
    }

    /// The holder of a key.
    pub(crate) fn with_key(key: &str) -> Self {
        Self { identity: None, header: Some(("x-api-key", key.into())) }
    }

    /// What it sends with each request.
    pub(crate) fn headers(&self) -> Vec<(&str, &str)> {
        self.header.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// An open connection of its own.
    pub(crate) fn line(&self, server: &Server) -> Line {
        server.line(self.identity.as_ref())
    }

    /// One call from that address, with more headers.
    pub(crate) fn call(&self, server: &Server, from: &str, more: &[(&str, &str)]) -> Answer {
        self.on(&mut Line::open_from(server, self.identity.as_ref(), from).unwrap(), more)
    }

    /// One call on a connection that is open.
    pub(crate) fn on(&self, line: &mut Line, more: &[(&str, &str)]) -> Answer {
        line.get(PATH, &[&self.headers(), more].concat()).unwrap()
    }

    /// What came of it.
    pub(crate) fn outcome(&self, server: &Server, from: &str) -> String {
        self.call(server, from, &[]).outcome()
    }
}
