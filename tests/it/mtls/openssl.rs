//! The two callers of the command line: `openssl s_client` with HTTP written by hand, and curl.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use super::call::{Call, Calls, outcome};

/// `openssl s_client`; keeps the session of its last call in a file, to resume it.
pub(super) struct Openssl {
    program: PathBuf,
    own: TempDir,
}

/// `curl`, which resumes nothing from one run to the next.
pub(super) struct Curl(pub(super) PathBuf);

impl Openssl {
    pub(super) fn new(program: PathBuf) -> Self {
        Self { program, own: TempDir::with_prefix("authbench-openssl-").unwrap() }
    }

    /// `-cert` reads one certificate only: what goes along is in a file of its own.
    fn rest(&self, chain: &Path) -> Option<PathBuf> {
        const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
        let chain = fs::read_to_string(chain).unwrap();
        let (_, rest) = chain.trim_start().strip_prefix(BEGIN)?.split_once(BEGIN)?;
        let file = self.own.path().join("rest.pem");
        fs::write(&file, [BEGIN, rest].concat()).unwrap();
        Some(file)
    }

    pub(super) fn command(&self, call: &Call) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["s_client", "-verify_return_error", "-CAfile"]).arg(&call.ca);
        command.args(["-connect", &format!("127.0.0.1:{}", call.port), "-bind", &format!("{}:0", call.from)]);
        command.arg(format!("-tls{}", call.tls.replace('.', "_").trim_end_matches("_0")));
        if call.tls < "1.2" {
            command.args(["-cipher", "ALL:@SECLEVEL=0"]);
        }
        match call.name {
            Some(name) => command.args(["-servername", name]),
            None => command.arg("-noservername"),
        };
        if let Some(protocols) = call.alpn.as_ref().filter(|protocols| !protocols.is_empty()) {
            command.args(["-alpn", &protocols.join(",")]);
        }
        if let Some(files) = &call.files {
            command.arg("-cert").arg(&files.chain).arg("-key").arg(&files.key);
            if let Some(rest) = self.rest(&files.chain) {
                command.arg("-cert_chain").arg(rest);
            }
        }
        let session = self.own.path().join("session.pem");
        if call.resume {
            command.arg("-sess_in").arg(&session);
        }
        command.arg("-sess_out").arg(&session);
        command
    }
}

impl Calls for Openssl {
    fn call(&mut self, call: &Call) -> String {
        let mut command = self.command(call);
        command.arg("-ign_eof");
        let said = run(command, "GET /test/hello-world HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        alert(&said).unwrap_or_else(|| outcome(&said, said.contains("\nReused, ")))
    }
}

impl Calls for Curl {
    fn call(&mut self, call: &Call) -> String {
        let mut command = Command::new(&self.0);
        // An address as name is what curl does not send.
        let name = call.name.unwrap_or("127.0.0.1");
        command.args(["-sSi", "-4", "--http1.1", "--max-time", "20", "--interface", &call.from.to_string()]);
        command.args([&format!("--tlsv{}", call.tls), "--tls-max", call.tls, "--cacert"]).arg(&call.ca);
        command.args(["--connect-to", &format!("{name}:{0}:127.0.0.1:{0}", call.port)]);
        if call.tls < "1.2" {
            command.args(["--ciphers", "ALL:@SECLEVEL=0"]);
        }
        if !["localhost", "127.0.0.1"].contains(&name) {
            command.arg("--insecure");
        }
        match call.alpn.as_deref() {
            None | Some(["http/1.1"]) => &mut command,
            Some(["h2"]) => command.arg("--http2"),
            Some([]) => command.arg("--no-alpn"),
            Some(other) => panic!("curl does not offer {other:?}"),
        };
        if let Some(files) = &call.files {
            command.arg("--cert").arg(&files.chain).arg("--key").arg(&files.key);
        }
        command.args([&format!("https://{name}:{}/test/hello-world", call.port), "-H", "host: localhost"]);
        let said = run(command, "");
        alert(&said).unwrap_or_else(|| outcome(&said, false))
    }
}

/// Runs to the end, and gives all that was said.
fn run(mut command: Command, input: &str) -> String {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Refused early, it does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// `…:tlsv13 alert certificate required:…` in the words of RFC 8446 §6; or why it sent nothing.
fn alert(said: &str) -> Option<String> {
    if let Some((_, rest)) = said.split_once(" alert ") {
        let name = rest.split([':', ',', '\n']).next()?;
        return Some(format!("alert {}", name.replace(' ', "_")));
    }
    // What curl says instead of `alert certificate expired`.
    if said.contains("SSL certificate verification failed") {
        return Some("alert certificate_expired".into());
    }
    let own = ["key values mismatch", "unable to set private key"].iter().find(|fault| said.contains(**fault))?;
    Some(format!("cannot: {}", own.replace(' ', "_")))
}
