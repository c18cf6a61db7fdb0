//! A server under test: a child process that ends with its handle.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{Answer, Identity, Lab, Line, PATH, eventually, fake_time, text};

/// A first start makes CAs and keys, and a debug build on a busy machine takes its time.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// `https://localhost:PORT`.
    pub(crate) url: String,
    /// The port of the API listener.
    pub(crate) port: u16,
    /// `http://127.0.0.1:PORT`.
    pub(crate) admin: String,
    /// The file that verifies it.
    pub(crate) ca: PathBuf,
    records: PathBuf,
}

impl Server {
    /// Starts the binary on free ports, unless it is told another one, and waits for its ready line.
    pub(crate) fn start(lab: &Lab, arguments: &[&str]) -> Self {
        Self::start_with(lab, arguments, &[])
    }

    /// A server of mode `apikey` whose time of day stands in the file that comes with it, as `+1d` or `-1d` from the true one; nothing else
    /// is moved. `None` as with [`fake_time`].
    pub(crate) fn under_a_clock(lab: &Lab) -> Option<(Self, PathBuf)> {
        let library = fake_time()?;
        // What a first start makes is of the true time.
        assert!(lab.serve("apikey").terminate().success());
        let clock = lab.file("clock", "+0");
        let environment = [
            ("LD_PRELOAD", library.as_str()),
            ("FAKETIME_TIMESTAMP_FILE", clock.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
        ];
        Some((Self::start_with(lab, &["--mode", "apikey"], &environment), clock))
    }

    /// As [`Self::start`], with more in its environment.
    pub(crate) fn start_with(lab: &Lab, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let records = lab.path(&format!("records-{}", authbench::secret::random_text(8).unwrap()));
        let mut command = lab.command(arguments);
        command.envs(environment.iter().copied());
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        command.args(["--admin", "127.0.0.1:0", "--json"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&records).unwrap());
        let mut child = command.spawn().unwrap();
        let Some(line) = first_line(&mut child) else {
            let _ = child.kill();
            panic!("{arguments:?}: not ready: {}", std::fs::read_to_string(&records).unwrap_or_default());
        };
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(ready["ready"], true, "{line}");
        assert_eq!(ready["pid"], child.id(), "{line}");
        let url = text(&ready, "url").to_owned();
        let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap();
        Self { child, port, admin: text(&ready, "admin").into(), ca: lab.path(text(&ready, "ca")), records, url }
    }

    /// One call on a connection of its own.
    pub(crate) fn call(&self, headers: &[(&str, &str)]) -> Answer {
        self.line(None).get(PATH, headers).unwrap()
    }

    /// A connection without a client certificate.
    pub(crate) fn line(&self, identity: Option<&Identity>) -> Line {
        Line::open(self, identity).unwrap()
    }

    /// The value of one line of `/metrics`, zero when it is not there.
    pub(crate) fn metric(&self, line: &str) -> u64 {
        let page = self.admin("/metrics");
        let value = page.lines().find_map(|known| known.strip_prefix(line)).map(|value| value.trim().parse().unwrap());
        value.unwrap_or(0)
    }

    /// The body of a page on the admin listener.
    pub(crate) fn admin(&self, path: &str) -> String {
        String::from_utf8(self.admin_octets(path)).unwrap()
    }

    /// The same for a body that is no text.
    pub(crate) fn admin_octets(&self, path: &str) -> Vec<u8> {
        let mut answer = self.ask_admin(path, &["localhost"]);
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        answer.split_off(end + 4)
    }

    /// A whole answer of the admin listener, asked for at these hosts.
    pub(crate) fn ask_admin(&self, target: &str, hosts: &[&str]) -> Vec<u8> {
        let mut socket = TcpStream::connect(self.admin.trim_start_matches("http://")).unwrap();
        let fields: Vec<_> = hosts.iter().map(|host| format!("host: {host}\r\n")).collect();
        write!(socket, "GET {target} HTTP/1.1\r\n{}connection: close\r\n\r\n", fields.concat()).unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        answer
    }

    /// Tells it to read its certificates again.
    pub(crate) fn hang_up(&self) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        kill_process(pid, Signal::HUP).unwrap();
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to stderr so far: one record a line.
    pub(crate) fn records(&self) -> String {
        std::fs::read_to_string(&self.records).unwrap()
    }

    /// The same, with every request in it that was answered before.
    pub(crate) fn all_records(&self) -> String {
        self.line(None).get("/the-last-to-be-recorded", &[]).unwrap();
        eventually("the last request is recorded", || self.records().contains("/the-last-to-be-recorded"));
        self.records()
    }

    /// Ends it without a chance to tidy up, as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and waits.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        let deadline = Instant::now() + Duration::from_secs(15);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "still there 15 s after SIGTERM");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first line of the child's stdout, or none when it ended or the deadline passed. Reads on, so that the pipe stays open.
fn first_line(child: &mut Child) -> Option<String> {
    let lines = BufReader::new(child.stdout.take()?).lines();
    let (tell, hear) = mpsc::channel();
    thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            let _ = tell.send(line);
        }
    });
    hear.recv_timeout(READY_WITHIN).ok()
}
