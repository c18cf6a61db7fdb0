//! What to type next: the banner of a server and its front page say the same.

use std::{
    borrow::Cow,
    path::{Path, PathBuf, absolute},
};

use crate::{
    cli::Common,
    mode::Mode,
    wire::{API_KEY_HEADER, HELLO_PATH},
};

/// A server as whoever types sees it.
#[derive(Debug)]
pub struct View {
    mode: Mode,
    url: String,
    /// The file that verifies the server; none on plain HTTP.
    ca: Option<PathBuf>,
    /// Where `cert issue partner` puts its files.
    identity: PathBuf,
    /// What commands must be told because it is not the usual: ` --state DIR`.
    flags: String,
    usual_ca: bool,
}

/// One thing to type.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// What it is for.
    pub aim: &'static str,
    /// For a POSIX shell.
    pub command: String,
}

impl View {
    /// From the directory in which the server was started. An empty `ca` is plain HTTP.
    pub fn of_starter(mode: Mode, url: &str, ca: &Path, common: &Common) -> Self {
        Self {
            mode,
            url: url.to_owned(),
            ca: Some(ca.to_owned()).filter(|ca| !ca.as_os_str().is_empty()),
            identity: common.certs.join("clients/partner"),
            flags: flags(mode, common),
            usual_ca: *ca == *Path::new("certs/server-ca/cert.pem"),
        }
    }

    /// From any directory of this machine.
    pub fn of_neighbour(mode: Mode, url: &str, ca: &Path, common: &Common) -> Self {
        let whole = |path: &Path| absolute(path).unwrap_or_else(|_| path.to_owned());
        let config = common.config.as_deref().map(whole);
        let common = Common { config, state: whole(&common.state), certs: whole(&common.certs), ..common.clone() };
        let ca = if ca.as_os_str().is_empty() { PathBuf::new() } else { whole(ca) };
        Self::of_starter(mode, url, &ca, &common)
    }

    /// From another machine, whose reader learns nothing of the disk of this one.
    pub fn of_stranger(mode: Mode, url: &str, ca: &Path) -> Self {
        let ca = Some(PathBuf::from("ca.pem")).filter(|_| !ca.as_os_str().is_empty());
        Self { mode, url: url.to_owned(), ca, identity: PathBuf::new(), flags: String::new(), usual_ca: false }
    }

    /// Whether the reader is on another machine.
    pub fn is_of_stranger(&self) -> bool {
        self.identity.as_os_str().is_empty()
    }

    /// One after the other, up to a call that is served.
    pub fn steps(&self) -> Vec<Step> {
        let step = |aim, command| Step { aim, command };
        let Self { flags, .. } = self;
        let resource = self.resource();
        match self.mode {
            Mode::Open => vec![step("Call it.", self.curl(&resource))],
            Mode::Jwt => vec![
                step(
                    "Make a client. Its secret goes to a file, its id is printed.",
                    format!("authbench client add partner --save partner.secret{flags}"),
                ),
                step("Get a token, with that id for CLIENT_ID.", self.token()),
                step("Call with the token.", self.curl(&format!("-H \"Authorization: Bearer $TOKEN\" {resource}"))),
            ],
            Mode::Mtls => {
                let file = |name| quoted(&self.identity.join(name)).into_owned();
                let pair = format!("--cert {} --key {}", file("chain.pem"), file("key.pem"));
                vec![
                    step("Issue a client certificate.", format!("authbench cert issue partner{flags}")),
                    step("Call with it.", self.curl(&format!("{pair} {resource}"))),
                ]
            }
            Mode::Apikey => vec![
                step("Make a key. It goes to a file.", format!("authbench key add partner --save partner.secret{flags}")),
                step("Call with the key.", self.curl(&format!("-H \"{API_KEY_HEADER}: $(cat partner.secret)\" {resource}"))),
            ],
        }
    }

    fn resource(&self) -> String {
        format!("{}{HELLO_PATH}", self.url)
    }

    fn token(&self) -> String {
        let ca = self.ca.as_deref().filter(|_| !self.usual_ca);
        let ca = ca.map_or_else(String::new, |ca| format!(" --ca {}", quoted(ca)));
        format!("TOKEN=$(authbench token get --url {}{ca} --client-id CLIENT_ID --secret-file partner.secret)", self.url)
    }

    fn curl(&self, rest: &str) -> String {
        let ca = self.ca.as_deref().map_or_else(String::new, |ca| format!("--cacert {} ", quoted(ca)));
        format!("curl {ca}{rest}")
    }
}

/// Where the next command finds what this server reads, when it is not where commands look by themselves.
fn flags(mode: Mode, common: &Common) -> String {
    let certs = Some((&common.certs, "certs")).filter(|_| mode == Mode::Mtls);
    let places = [("--state", Some((&common.state, ".authbench"))), ("--certs", certs)];
    let unusual = places.into_iter().filter_map(|(flag, place)| Some((flag, place.filter(|(path, usual)| **path != **usual)?.0)));
    let config = common.config.as_ref().map(|path| ("--config", path));
    config.into_iter().chain(unusual).flat_map(|(flag, path)| [" ", flag, " ", &quoted(path)].map(str::to_owned)).collect()
}

/// A path as one word of a POSIX shell.
fn quoted(path: &Path) -> Cow<'_, str> {
    let text = path.to_string_lossy();
    let plain = |letter: char| letter.is_alphanumeric() || "/._-+:,@%".contains(letter);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn common(state: &str, certs: &str) -> Common {
        Common { config: None, state: state.into(), certs: certs.into(), json: false, verbose: 0 }
    }

    fn commands(view: &View) -> String {
        view.steps().into_iter().map(|step| step.command).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn who_started_it_types_what_is_unusual_and_no_more() {
        let (url, ca) = ("https://localhost:8443", Path::new("certs/server-ca/cert.pem"));
        let usual = |mode| commands(&View::of_starter(mode, url, ca, &common(".authbench", "certs")));
        insta::assert_snapshot!(usual(Mode::Jwt), @r#"
        authbench client add partner --save partner.secret
        TOKEN=$(authbench token get --url https://localhost:8443 --client-id CLIENT_ID --secret-file partner.secret)
        curl --cacert certs/server-ca/cert.pem -H "Authorization: Bearer $TOKEN" https://localhost:8443/hello-world
        "#);
        insta::assert_snapshot!(usual(Mode::Open), @"curl --cacert certs/server-ca/cert.pem https://localhost:8443/hello-world");
        let other = common("a b", "it's");
        insta::assert_snapshot!(commands(&View::of_starter(Mode::Mtls, url, Path::new("it's/ca.pem"), &other)), @r"
        authbench cert issue partner --state 'a b' --certs 'it'\''s'
        curl --cacert 'it'\''s/ca.pem' --cert 'it'\''s/clients/partner/chain.pem' --key 'it'\''s/clients/partner/key.pem' https://localhost:8443/hello-world
        ");
    }

    #[test]
    fn a_stranger_learns_no_path() {
        for mode in Mode::ALL {
            let said = commands(&View::of_stranger(*mode, "https://api.example", Path::new("/srv/secret place/cert.pem")));
            assert!(!said.contains("srv") && said.contains("--cacert ca.pem "), "{said}");
            let plain = commands(&View::of_stranger(*mode, "http://localhost:1", Path::new("")));
            assert!(!plain.contains("ca.pem"), "{plain}");
        }
    }

    #[test]
    fn a_neighbour_may_stand_in_any_directory() {
        let view =
            View::of_neighbour(Mode::Apikey, "https://localhost:1", Path::new("certs/ca.pem"), &common(".authbench", "certs"));
        let here = std::env::current_dir().unwrap();
        let said = commands(&view);
        assert!(
            said.contains(&*quoted(&here.join("certs/ca.pem"))) && said.contains(&*quoted(&here.join(".authbench"))),
            "{said}"
        );
    }
}
