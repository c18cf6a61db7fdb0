//! A server as a child in a directory of its own, and one caller with a kept connection.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use authbench::caller::{Connection, Dial, Exchange, Origin, Protocol, Tls, Trust};
use bytes::Bytes;
use http::Request;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// A directory in which commands and a server run.
pub(crate) struct Place(TempDir);

impl Place {
    /// With this configuration.
    pub(crate) fn new(configuration: &str) -> Self {
        let place = Self(tempfile::tempdir().expect("a temporary directory"));
        fs::write(place.path().join("authbench.toml"), configuration).expect("a file");
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs a command that must succeed.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.command(arguments).output().expect("the binary starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("one JSON document")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_authbench"));
        command.current_dir(self.path()).args(arguments).arg("--json");
        command
    }
}

/// A running server of mode `apikey`. Dropping it kills it.
pub(crate) struct Served {
    child: Child,
    caller: Runtime,
    dial: Dial,
    open: Option<Connection>,
    /// From the start of the process to its ready line.
    pub(crate) started: Duration,
    /// What it had in memory a second later, in octets.
    pub(crate) resident: u64,
    _place: Place,
}

impl Served {
    /// Starts it on a processor of its own, where there are two.
    pub(crate) fn start(place: Place) -> Self {
        stay_on(0);
        let began = Instant::now();
        let mut command = place.command(&["--mode", "apikey", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
        let records = fs::File::create(place.path().join("records")).expect("a file");
        let mut child = command.stdout(Stdio::piped()).stderr(records).spawn().expect("the binary starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let started = began.elapsed();
        stay_on(1);
        let ready: Value = serde_json::from_str(&line).expect("the server is ready");
        let text = |name: &str| ready[name].as_str().expect("a text").to_owned();
        let ca = fs::read(place.path().join(text("ca"))).expect("the CA's certificate");
        let tls = Tls::new(&Trust::Ca(ca), None, Protocol::Http1, None).expect("TLS");
        let origin = Origin::parse(&text("url")).expect("a URL");
        let address = SocketAddr::from(([127, 0, 0, 1], origin.port));
        let dial = Dial { connect_to: Some(address), ..Dial::new(origin, Some(tls)) };
        let caller = Builder::new_current_thread().enable_all().build().expect("a runtime");
        std::thread::sleep(Duration::from_secs(1));
        let mut served = Self { child, caller, dial, open: None, started, resident: 0, _place: place };
        served.resident = served.resident_now();
        served
    }

    /// One call on the kept connection.
    pub(crate) fn call(&mut self, request: &Request<Bytes>) -> Exchange {
        let Self { caller, dial, open, .. } = self;
        caller.block_on(async {
            let connection = match open {
                Some(connection) => connection,
                None => open.insert(dial.connect().await.expect("a connection")),
            };
            connection.send(request).await.expect("an answer")
        })
    }

    /// CPU time that all of its threads have had so far.
    pub(crate) fn cpu(&self) -> Duration {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("the system tells of threads");
        let spent = |task: fs::DirEntry| {
            let text = fs::read_to_string(task.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
        };
        tasks.filter_map(Result::ok).filter_map(spent).sum()
    }

    /// What it has in memory now, in octets.
    pub(crate) fn resident_now(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: Option<u64> = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        kib.unwrap_or_default() * 1024
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Keeps this thread, and what it starts, on one processor.
#[cfg(target_os = "linux")]
fn stay_on(processor: usize) {
    use rustix::thread::{CpuSet, sched_setaffinity};
    let mut set = CpuSet::new();
    set.set(processor);
    // With one processor only there is nothing to choose.
    let _ = sched_setaffinity(None, &set);
}

#[cfg(not(target_os = "linux"))]
fn stay_on(_processor: usize) {}
