//! A laboratory: the real binary in a directory of its own, on ports of its own.

mod caller;
mod client;
mod frames;
mod leaks;
mod line;
mod server;
mod signer;
mod token;

use std::{
    ffi::OsStr,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

pub(crate) use caller::{Caller, LOCKS};
pub(crate) use client::{Client, GRANT, TOKEN, basic};
pub(crate) use frames::Frames;
pub(crate) use line::{Answer, Identity, Line, connect, tls_config};
use serde_json::Value;
pub(crate) use server::Server;
pub(crate) use signer::{Signer, jwks};
use tempfile::TempDir;
pub(crate) use token::{claims, decoded, encode, header, input, kid, parts};

/// The contract: a change reaches a running server within this time of the command's return.
pub(crate) const WITHIN: Duration = Duration::from_millis(100);

/// The resource.
pub(crate) const PATH: &str = "/test/hello-world";
/// A token names its issuer; a server that starts again on another port must still be the same one.
pub(crate) const FIXED: &str = "[jwt]\nissuer = \"https://issuer.test\"\nidentifier = \"https://api.test/test\"\n";

/// One state directory, one directory of certificates, perhaps a configuration.
#[derive(Debug)]
pub(crate) struct Lab {
    directory: TempDir,
    leaks: leaks::Leaks,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; −1 when a signal ended it.
    pub(crate) code: i32,
    /// What it printed for machines.
    pub(crate) stdout: String,
    /// What it printed for people.
    pub(crate) stderr: String,
}

impl Lab {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self { directory: TempDir::with_prefix("authbench-it-").unwrap(), leaks: leaks::Leaks::default() }
    }

    /// A path inside.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file inside and gives its path.
    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Writes the configuration that every later command and server reads.
    pub(crate) fn configure(&self, toml: &str) {
        self.file("authbench.toml", toml);
    }

    /// The binary, pointed at this laboratory. Without a configuration it finds none.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_authbench"));
        command.current_dir(self.directory.path()).args(arguments);
        command.arg("--state").arg(self.path("state")).arg("--certs").arg(self.path("certs"));
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.heard(Ended::of(&self.command(arguments).stdin(Stdio::null()).output().unwrap()))
    }

    /// The same, with something on standard input, which it may leave unread.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        self.heard(Ended::of(&child.wait_with_output().unwrap()))
    }

    /// Runs a command and kills it after a while. Whether it was done first; one that fails by itself is a fault.
    pub(crate) fn is_done_within(&self, arguments: &[&str], wait: Duration) -> bool {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let end = Instant::now() + wait;
        while Instant::now() < end {
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "{arguments:?}: {status}");
                return true;
            }
            thread::sleep(Duration::from_micros(500));
        }
        child.kill().unwrap();
        child.wait().unwrap().success()
    }

    fn heard(&self, ended: Ended) -> Ended {
        self.leaks.hear(&ended.stderr);
        ended
    }

    /// Runs a command with `--json` that must succeed, and reads the one document that it must print.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        self.json_with_input(arguments, "")
    }

    /// The same, with something on standard input.
    pub(crate) fn json_with_input(&self, arguments: &[&str], input: &str) -> Value {
        let ended = self.run_with_input(&[arguments, &["--json"]].concat(), input);
        assert_eq!(ended.code, 0, "{arguments:?}: {}", ended.stderr);
        let answer =
            serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {}", ended.stdout));
        self.leaks.learn(&answer);
        answer
    }

    /// The same, and waits as long as the contract allows a running server to take notice.
    pub(crate) fn effective(&self, arguments: &[&str]) -> Value {
        let answer = self.json(arguments);
        thread::sleep(WITHIN);
        answer
    }

    /// Starts a server and waits until it is ready.
    pub(crate) fn serve(&self, mode: &str) -> Server {
        Server::start(self, &["--mode", mode])
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        // A test that fails says its own reason.
        if !thread::panicking() {
            assert_eq!(self.leaks.found(self.directory.path()), [""; 0], "secrets were written down");
        }
    }
}

impl Ended {
    /// What came of a command that ran.
    pub(crate) fn of(output: &Output) -> Self {
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        Self { code: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }
}

/// A member of a JSON object as text; panics when it is not there, or no text.
pub(crate) fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("no text `{member}` in {value}"))
}

/// Asks again and again, for as long as a busy machine may take.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Where a tool of the trade is. `None`, with a word about it, when this machine has none and nobody demands it.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|directory| directory.join(name)).find(|path| is_file(path));
    if found.is_none() {
        missing(name);
    }
    found
}

/// The program that runs other people's clients, and where their packages are. `None` as with [`tool`]: what is missing is
/// installed as `tests/clients/README.md` says.
pub(crate) fn client_tool(program: &str, packages: &str) -> Option<PathBuf> {
    let clients = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let found = tool(program)?;
    if clients.join(packages).exists() {
        return Some(if program == "python3" { clients.join(packages) } else { found });
    }
    missing(&format!("{packages} (tests/clients/README.md)"));
    None
}

/// The library that lets a program see another time of day, beside the program of that name. `None` as with [`tool`].
pub(crate) fn fake_time() -> Option<String> {
    tool("faketime")?;
    let library = |directory: fs::DirEntry| directory.path().join("faketime/libfaketimeMT.so.1");
    let places =
        fs::read_dir("/usr/lib").unwrap().flatten().map(library).chain([PathBuf::from("/usr/lib/faketime/libfaketimeMT.so.1")]);
    let found = places.into_iter().find(|path| is_file(path));
    if found.is_none() {
        missing("libfaketime");
    }
    found.map(|path| path.display().to_string())
}

/// Says so, or fails when every tool is demanded.
pub(crate) fn missing(what: &str) {
    assert!(std::env::var_os("AUTHBENCH_REQUIRE_TOOLS").is_none_or(|value| value != "1"), "needs {what}, which is not installed");
    println!("skipped: needs {what}");
}

fn is_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.is_file())
}

/// Runs a text as a shell does, as a reader of the article would type it, with the server's CA trusted by curl.
pub(crate) fn shell(text: &str, ca: &Path) -> Ended {
    let mut command = Command::new("sh");
    command.arg("-c").arg(text).env("CURL_CA_BUNDLE", ca).stdin(Stdio::null());
    Ended::of(&command.output().unwrap())
}
