//! The PROXY protocol: from who must speak it, and from nobody else.

use std::{
    io::{Read, Write},
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{Caller, LOCKS, record_of};
use crate::lab::{Identity, Lab, Line, PATH, Server, connect, eventually, shell, text, tool};

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// Version 2, TCP over IPv4, from this address and port 4000.
fn v2(from: [u8; 4]) -> Vec<u8> {
    [SIGNATURE, &[0x21, 0x11, 0, 12], &from, &[127, 0, 0, 1], &[0x0f, 0xa0, 0x01, 0xbb]].concat()
}

fn v1(from: &str) -> Vec<u8> {
    format!("PROXY TCP4 {from} 127.0.0.1 4000 443\r\n").into_bytes()
}

/// A connection through a proxy at 127.0.0.9 that says this first.
fn through(server: &Server, identity: Option<&Identity>, header: &[u8]) -> std::io::Result<Line> {
    let mut socket = connect("127.0.0.9", ("127.0.0.1", server.port))?;
    socket.write_all(header)?;
    Line::over(socket, server, identity, "localhost")
}

/// The newest record of a connection that did not come to HTTP.
fn refused(server: &Server, count: usize) -> Value {
    let mut found = Vec::new();
    eventually("the refusal is recorded", || {
        let records = server.records();
        found = records.lines().filter(|line| line.contains("\"handshake_refused\"")).map(str::to_owned).collect();
        found.len() >= count
    });
    assert_eq!(found.len(), count, "{found:?}");
    serde_json::from_str(&found[count - 1]).unwrap()
}

#[test]
fn whom_a_proxy_names_first_is_who_calls_in_every_mode() {
    let lab = Lab::new();
    lab.configure("[network]\nproxy_protocol = [\"127.0.0.9\"]\n");
    for mode in LOCKS {
        let server = lab.serve(mode.as_str());
        let options = ["--allow", "127.0.0.1", "--allow", "198.51.100.0/24", "--deny", "198.51.100.9"];
        let caller = Caller::new(&lab, &server, mode, mode.as_str(), &options);
        let call = |header: &[u8]| {
            let mut line = through(&server, caller.identity.as_ref(), header).unwrap();
            let answer = caller.on(&mut line, &[("x-forwarded-for", "198.51.100.1")]);
            (answer.outcome(), record_of(&server, &answer))
        };
        let (outcome, record) = call(&v1("198.51.100.1"));
        assert_eq!(
            (outcome.as_str(), &record["address"], &record["via"]),
            ("allowed", &json!("198.51.100.1"), &json!("127.0.0.9"))
        );
        assert_eq!(call(&v2([198, 51, 100, 1])).0, "allowed", "{mode}");
        assert_eq!(call(&v2([198, 51, 100, 9])).0, "address_denied", "{mode}");
        assert_eq!(call(&v1("203.0.113.1")).0, "address_denied", "{mode}");
        let (outcome, record) = call(b"PROXY UNKNOWN\r\n");
        assert_eq!((outcome.as_str(), &record["address"], &record["via"]), ("address_denied", &json!("127.0.0.9"), &Value::Null));
    }
}

/// A header that is missing, wrong, or from somebody else is a broken handshake, and recorded.
#[test]
fn what_is_wrong_is_refused_and_recorded() {
    let lab = Lab::new();
    lab.configure("[network]\nproxy_protocol = [\"127.0.0.9\"]\n");
    let server = lab.serve("open");
    let wrong: [(&[u8], &str); 5] = [
        (b"", "no PROXY header, from an address that must send one"),
        (b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n", "no PROXY header, from an address that must send one"),
        (b"PROXY TCP4 198.51.100.1 127.0.0.1 04000 443\r\n", "a PROXY line that says something else"),
        (&[SIGNATURE, &[0x21, 0x12, 0, 0]].concat(), "a PROXY header that says something else"),
        (&[SIGNATURE, &[0x31, 0x11, 0, 0]].concat(), "a PROXY header of another version, or too long a one"),
    ];
    for (number, (header, cause)) in wrong.into_iter().enumerate() {
        assert!(through(&server, None, header).is_err(), "{number}");
        let record = refused(&server, number + 1);
        assert_eq!(
            (text(&record, "reason"), text(&record, "cause"), text(&record, "address")),
            ("protocol_error", cause, "127.0.0.9")
        );
    }
    // Who is no proxy cannot speak it.
    for (number, header) in [v1("127.0.0.9"), v2([127, 0, 0, 9])].iter().enumerate() {
        let mut socket = connect("127.0.0.8", ("127.0.0.1", server.port)).unwrap();
        socket.write_all(header).unwrap();
        assert!(Line::over(socket, &server, None, "localhost").is_err());
        let record = refused(&server, 6 + number);
        assert_eq!((text(&record, "reason"), text(&record, "address")), ("protocol_error", "127.0.0.8"));
        assert_eq!(record["via"], Value::Null);
    }
    assert_eq!(server.metric("authbench_handshakes_refused_total{reason=\"protocol_error\"}"), 7);
}

#[test]
fn a_header_that_does_not_come_in_time_is_not_waited_for() {
    let lab = Lab::new();
    lab.configure("[network]\nproxy_protocol = [\"127.0.0.9\"]\n[deadlines]\nhandshake = \"300ms\"\n");
    let server = lab.serve("open");
    for part in [&b""[..], b"PROXY TCP4 198.5", &v2([198, 51, 100, 1])[..20], &v2([198, 51, 100, 1])] {
        let mut socket = connect("127.0.0.9", ("127.0.0.1", server.port)).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let begun = Instant::now();
        socket.write_all(part).unwrap();
        let _ = socket.read(&mut [0; 16]);
        assert!(begun.elapsed() < Duration::from_secs(9), "held for {:?}", begun.elapsed());
    }
    let record = refused(&server, 4);
    assert_eq!(
        (text(&record, "reason"), text(&record, "address"), text(&record, "via")),
        ("timeout", "198.51.100.1", "127.0.0.9")
    );
}

/// The connections of one address are counted by the address that the proxy named.
#[test]
fn connections_are_counted_by_whom_the_proxy_names() {
    let lab = Lab::new();
    lab.configure("[network]\nproxy_protocol = [\"127.0.0.9\"]\n[limits]\nconnections_per_address = 1\n");
    let server = lab.serve("open");
    let open = |host: u8| through(&server, None, &v2([198, 51, 100, host])).and_then(|mut line| Ok((line.get(PATH, &[])?, line)));
    let (answer, _held) = open(1).unwrap();
    assert_eq!(answer.outcome(), "allowed");
    assert!(open(1).is_err(), "one is the most");
    assert_eq!(open(2).unwrap().0.outcome(), "allowed", "a neighbour behind the same proxy has places of its own");
    let record = refused(&server, 1);
    assert_eq!(
        (text(&record, "reason"), text(&record, "address"), text(&record, "via")),
        ("overloaded", "198.51.100.1", "127.0.0.9")
    );
}

/// `X-Forwarded-For` is walked from whom the PROXY header names.
#[test]
fn both_kinds_of_proxy_one_behind_the_other() {
    let lab = Lab::new();
    lab.configure("[network]\nproxy_protocol = [\"127.0.0.9\"]\ntrusted_proxies = [\"10.0.0.0/8\"]\n");
    let server = lab.serve("open");
    let call = |header: &[u8]| {
        let mut line = through(&server, None, header).unwrap();
        let record = record_of(&server, &line.get(PATH, &[("x-forwarded-for", "203.0.113.1, 198.51.100.1")]).unwrap());
        (text(&record, "address").to_owned(), text(&record, "via").to_owned())
    };
    assert_eq!(call(&v2([10, 0, 0, 1])), ("198.51.100.1".into(), "10.0.0.1".into()));
    assert_eq!(call(&v2([192, 0, 2, 1])), ("192.0.2.1".into(), "127.0.0.9".into()), "who is named is no trusted proxy");
}

/// Without TLS the header stands before the request, and from somebody else it is no request.
#[test]
fn plain_http_begins_with_it_too() {
    let lab = Lab::new();
    lab.configure("[network]\nproxy_protocol = [\"127.0.0.9\"]\ndeny = [\"198.51.100.9\"]\n");
    let server = Server::start(&lab, &["--mode", "open", "--insecure-http"]);
    let request = b"GET /hello-world HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let status = |from: &str, header: &[u8]| {
        let mut socket = connect(from, ("127.0.0.1", server.port)).unwrap();
        socket.write_all(&[header, request].concat()).unwrap();
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap_or("closed").to_owned()
    };
    assert_eq!(status("127.0.0.9", &v1("198.51.100.1")), "200");
    assert_eq!(status("127.0.0.9", &v2([198, 51, 100, 9])), "403");
    assert_eq!(status("127.0.0.9", b""), "closed");
    assert_eq!(status("127.0.0.8", b""), "200");
    assert_eq!(status("127.0.0.8", &v1("198.51.100.1")), "400");
    assert_eq!(server.metric("authbench_handshakes_refused_total{reason=\"protocol_error\"}"), 2);
}

/// On a running server, from the next connection on.
#[test]
fn f12_who_speaks_it_is_followed() {
    let lab = Lab::new();
    lab.configure("[network]\n");
    let server = lab.serve("open");
    let is_heard = || through(&server, None, &v2([198, 51, 100, 1])).is_ok();
    assert!(!is_heard());
    lab.configure("[network]\nproxy_protocol = [\"127.0.0.9\"]\n");
    eventually("the header is read", is_heard);
    lab.configure("[network]\nproxy_protocol = [\"127.0.0.10\"]\n");
    eventually("and no longer", || !is_heard());
}

#[test]
fn curl_speaks_version_1() {
    if tool("curl").is_none() {
        return;
    }
    let lab = Lab::new();
    lab.configure("[network]\nproxy_protocol = [\"127.0.0.9\"]\n");
    let server = lab.serve("open");
    let get = |option: &str| {
        let (port, ca) = (server.port, server.ca.display());
        shell(&format!("curl -sS {option} --interface 127.0.0.9 --cacert {ca} https://localhost:{port}/hello-world"), &server.ca)
    };
    assert_eq!(get("--haproxy-protocol").stdout, authbench::wire::HELLO_BODY);
    assert_ne!(get("").code, 0, "without the header it is refused");
}

/// haproxy, passing TLS through; it ends with its handle.
struct Haproxy(Child);

impl Haproxy {
    /// Listens on a port that was free, and says how to pass on.
    fn start(lab: &Lab, program: &std::path::Path, server: &Server, option: &str) -> (Self, u16) {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let configuration = format!(
            "global\n  maxconn 100\ndefaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n\
             listen through\n  bind 127.0.0.1:{port}\n  server here 127.0.0.1:{} source 127.0.0.9 {option}\n",
            server.port
        );
        let file = lab.file(&format!("haproxy-{port}.cfg"), &configuration);
        let mut command = Command::new(program);
        command.arg("-db").arg("-f").arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap();
        eventually("haproxy listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        (Self(child), port)
    }
}

impl Drop for Haproxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn haproxy_speaks_both_versions() {
    let Some(program) = tool("haproxy") else { return };
    let lab = Lab::new();
    lab.configure("[network]\nproxy_protocol = [\"127.0.0.9\"]\n");
    let server = lab.serve("open");
    for option in ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id", "send-proxy-v2-ssl-cn"] {
        let (_proxy, port) = Haproxy::start(&lab, &program, &server, option);
        let socket = connect("127.0.0.5", ("127.0.0.1", port)).unwrap();
        let answer = Line::over(socket, &server, None, "localhost").unwrap().get(PATH, &[]).unwrap();
        assert_eq!(answer.outcome(), "allowed", "{option}");
        let record = record_of(&server, &answer);
        assert_eq!((text(&record, "address"), text(&record, "via")), ("127.0.0.5", "127.0.0.9"), "{option}");
    }
}
