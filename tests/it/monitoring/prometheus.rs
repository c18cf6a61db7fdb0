//! A real Prometheus, for as long as a test lasts.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;

use super::path;
use crate::lab::{Server, tool};

/// A first start writes a few files.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// It scrapes one server, with the rules of the project. Ends with its handle.
pub(super) struct Prometheus {
    child: Child,
    address: String,
    _directory: TempDir,
}

impl Prometheus {
    /// Starts it on a free port; `None` as with [`tool`].
    pub(super) fn watching(server: &Server) -> Option<Self> {
        let program = tool("prometheus")?;
        let directory = TempDir::with_prefix("authbench-prometheus-").unwrap();
        let config = format!(
            "global: {{scrape_interval: 250ms, scrape_timeout: 250ms, evaluation_interval: 250ms}}\n\
             rule_files: [{:?}]\n\
             scrape_configs: [{{job_name: authbench, static_configs: [{{targets: [{:?}]}}]}}]\n",
            path("docs/monitoring/rules.yml"),
            server.admin.trim_start_matches("http://"),
        );
        let file = directory.path().join("prometheus.yml");
        File::create(&file).unwrap().write_all(config.as_bytes()).unwrap();
        let mut command = Command::new(program);
        command.arg("--config.file").arg(&file).arg("--storage.tsdb.path").arg(directory.path().join("data"));
        command.args(["--web.listen-address", "127.0.0.1:0"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let Some(address) = address(&mut child) else {
            let _ = child.kill();
            panic!("Prometheus does not listen after {READY_WITHIN:?}");
        };
        Some(Self { child, address, _directory: directory })
    }

    /// What a query gives at this moment: one sample or more, each an object with `metric` and `value`.
    pub(super) fn query(&self, expression: &str) -> Result<Vec<Value>, String> {
        let encoded: String = form_urlencoded::byte_serialize(expression.as_bytes()).collect();
        let answer = self.get(&format!("/api/v1/query?query={encoded}"))?;
        let result = &answer["data"]["result"];
        result.as_array().cloned().ok_or_else(|| answer.to_string())
    }

    /// The names of the alerts that fire.
    pub(super) fn firing(&self) -> Vec<Value> {
        let answer = self.get("/api/v1/alerts").unwrap_or_default();
        let all = answer["data"]["alerts"].as_array().cloned().unwrap_or_default();
        all.into_iter().filter(|alert| alert["state"] == "firing").collect()
    }

    /// HTTP/1.0, so that the body comes as it is.
    fn get(&self, path: &str) -> Result<Value, String> {
        let mut socket = TcpStream::connect(&self.address).map_err(|error| error.to_string())?;
        write!(socket, "GET {path} HTTP/1.0\r\n\r\n").map_err(|error| error.to_string())?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).map_err(|error| error.to_string())?;
        let (_, body) = answer.split_once("\r\n\r\n").ok_or_else(|| answer.clone())?;
        let value: Value = serde_json::from_str(body).map_err(|error| format!("{error}: {answer}"))?;
        if value["status"] == "success" { Ok(value) } else { Err(value.to_string()) }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where it listens, as it says in its log. Reads on, so that the pipe stays open.
fn address(child: &mut Child) -> Option<String> {
    let lines = BufReader::new(child.stderr.take()?).lines();
    let (tell, hear) = mpsc::channel();
    thread::spawn(move || {
        for line in lines.map_while(Result::ok).filter(|line| line.contains("\"Listening on\"")) {
            let _ = tell.send(line);
        }
    });
    let line = hear.recv_timeout(READY_WITHIN).ok()?;
    line.split_once("address=").map(|(_, address)| address.trim_matches('"').to_owned())
}
