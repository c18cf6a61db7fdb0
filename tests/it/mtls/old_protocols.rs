//! What is no TLS of today: old versions, a renegotiation, plain HTTP.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::Stdio,
};

use super::{
    call::{Caller, Files},
    matrix::{Cell, try_all},
    openssl::Openssl,
    stage::Stage,
};
use crate::lab::tool;

/// Of a connection that had no certificate yet, or of which none is told.
const PROTOCOL_ERROR: &str = "TLS protocol_error nobody nobody";
/// Those whose library still has the old versions, when it is asked for them by name.
const OLD: [Caller; 4] = [Caller::Openssl, Caller::Curl, Caller::Python, Caller::Node];

#[test]
fn m13_tls_1_0_and_1_1() {
    let stage = Stage::new("");
    let files = Files::issued(&stage.lab.effective(&["cert", "issue", "partner"]));
    let versions = OLD.into_iter().flat_map(|caller| ["1.0", "1.1"].map(|tls| (caller, tls)));
    let cell = |(caller, tls)| Cell {
        what: "an old version".into(),
        caller,
        call: stage.call(tls, Some(&files)),
        told: "alert handshake_failure".into(),
        recorded: Some(PROTOCOL_ERROR.into()),
    };
    try_all(&stage, &OLD, &versions.map(cell).collect::<Vec<_>>());
}

/// Needs nobody's library.
#[test]
fn m13_a_hello_of_1_0_and_1_1_octet_by_octet() {
    let stage = Stage::new("");
    for (tries, minor) in [1, 2].into_iter().enumerate() {
        // Version, random, no session, ECDHE_ECDSA_WITH_AES_128_CBC_SHA, no compression (RFC 4346 §7.4.1.2).
        let hello = [&[3, minor][..], &[7; 32], &[0, 0, 2, 0xc0, 0x09, 1, 0]].concat();
        let length = u8::try_from(hello.len()).unwrap();
        let record = [&[0x16, 3, 1, 0, length + 4, 1, 0, 0, length][..], &hello].concat();
        let mut socket = TcpStream::connect(("127.0.0.1", stage.server.port)).unwrap();
        socket.write_all(&record).unwrap();
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        let alert = (answer.first(), answer.last_chunk::<2>());
        assert_eq!(alert, (Some(&0x15), Some(&[2, 40])), "a fatal handshake_failure: {answer:?}");
        assert_eq!(stage.recorded_when(tries + 1)[tries].1, PROTOCOL_ERROR);
    }
    assert_eq!(stage.refused("protocol_error"), 2);
}

#[test]
fn m13_plain_http_on_the_port_of_tls() {
    let stage = Stage::new("");
    let mut socket = TcpStream::connect(("127.0.0.1", stage.server.port)).unwrap();
    socket.write_all(b"GET /test/hello-world HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    assert_eq!(answer.first(), Some(&0x15), "an alert and no HTTP: {answer:?}");
    assert_eq!(stage.recorded_when(1), [([127, 0, 0, 1].into(), PROTOCOL_ERROR.to_owned())]);
    assert_eq!(stage.refused("protocol_error"), 1);
}

/// Only OpenSSL's own client asks for one.
#[test]
fn m13_renegotiation() {
    let Some(openssl) = tool("openssl") else { return };
    let stage = Stage::new("");
    let files = Files::issued(&stage.lab.effective(&["cert", "issue", "partner"]));
    let call = stage.call("1.2", Some(&files));
    let openssl = Openssl::new(openssl);
    let mut command = openssl.command(&call);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut to, mut from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    to.write_all(b"GET /test/hello-world HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    while from.read_until(b'}', &mut answer).unwrap() > 0 && !answer.ends_with(b"hello world!\"}") {}
    to.write_all(b"R\n").unwrap();
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("no renegotiation"), "{said}{}", String::from_utf8_lossy(&answer));
    let recorded = ["allowed partner", PROTOCOL_ERROR].map(|record| (call.from, record.to_owned()));
    assert_eq!(stage.recorded_when(2), recorded);
}
