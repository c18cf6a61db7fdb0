//! HTTP/2 written by hand: header values that no client library would send (RFC 9113, RFC 7541).

use std::{
    io::{self, Read, Write},
    net::TcpStream,
};

use rustls::{ClientConnection, StreamOwned};
use serde_json::Value;

use super::{Line, Server};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The largest frame that every peer takes.
const LARGEST: usize = 16_384;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const GO_AWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

/// A connection for one request.
#[derive(Debug)]
pub(crate) struct Frames(StreamOwned<ClientConnection, TcpStream>);

impl Frames {
    /// Connects, and says that it speaks HTTP/2.
    pub(crate) fn open(server: &Server) -> Self {
        let socket = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        let mut stream = Line::stream(socket, server, None, "localhost", &[b"h2"]).unwrap();
        assert_eq!(stream.conn.alpn_protocol(), Some(b"h2".as_slice()));
        stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).unwrap();
        Self(stream)
    }

    /// One `GET` with these fields: status and reason of the answer, the status alone when it has no body, `reset CODE`,
    /// `go away CODE`, or `closed`.
    pub(crate) fn get(mut self, path: &str, fields: &[(&str, &[u8])]) -> String {
        let mut block = Vec::new();
        for (name, value) in [(":method", "GET"), (":scheme", "https"), (":path", path), (":authority", "localhost")] {
            literal(&mut block, name, value.as_bytes());
        }
        for (name, value) in fields {
            literal(&mut block, name, value);
        }
        let pieces: Vec<&[u8]> = block.chunks(LARGEST).collect();
        for (at, piece) in pieces.iter().enumerate() {
            let (kind, mut flags) = if at == 0 { (HEADERS, END_STREAM) } else { (CONTINUATION, 0) };
            if at + 1 == pieces.len() {
                flags |= END_HEADERS;
            }
            // The server may have answered and closed already; then the answer is what counts.
            if self.0.write_all(&frame(kind, flags, 1, piece)).and_then(|()| self.0.flush()).is_err() {
                break;
            }
        }
        self.answer().unwrap_or_else(|_| "closed".into())
    }

    fn answer(&mut self) -> io::Result<String> {
        let (mut status, mut body) = (String::new(), Vec::new());
        loop {
            let (kind, flags, payload) = self.frame()?;
            match kind {
                HEADERS => status = status_of(&payload),
                DATA => body.extend_from_slice(&payload),
                RESET => return Ok(format!("reset {}", number(&payload))),
                GO_AWAY => return Ok(format!("go away {}", number(&payload[4..]))),
                SETTINGS if flags & ACK == 0 => self.0.write_all(&frame(SETTINGS, ACK, 0, &[]))?,
                _ => {}
            }
            if matches!(kind, HEADERS | DATA) && flags & END_STREAM != 0 {
                let problem: Value = serde_json::from_slice(&body).unwrap_or_default();
                let told =
                    if body == authbench::wire::HELLO_BODY.as_bytes() { Some("allowed") } else { problem["reason"].as_str() };
                return Ok(told.map_or_else(|| status.clone(), |reason| format!("{status} {reason}")));
            }
        }
    }

    fn frame(&mut self) -> io::Result<(u8, u8, Vec<u8>)> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head)?;
        let length = usize::try_from(u32::from_be_bytes([0, head[0], head[1], head[2]])).unwrap();
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload)?;
        Ok((head[3], head[4], payload))
    }
}

fn number(octets: &[u8]) -> u32 {
    u32::from_be_bytes(octets[..4].try_into().unwrap())
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A field that is not indexed, its name and value as they stand (RFC 7541 §6.2.2).
fn literal(block: &mut Vec<u8>, name: &str, value: &[u8]) {
    block.push(0);
    for text in [name.as_bytes(), value] {
        length(block, text.len());
        block.extend_from_slice(text);
    }
}

/// An integer with a prefix of seven bits (RFC 7541 §5.1).
fn length(block: &mut Vec<u8>, length: usize) {
    let Some(mut rest) = length.checked_sub(127) else { return block.push(u8::try_from(length).unwrap()) };
    block.push(127);
    while rest >= 128 {
        block.push(u8::try_from(rest % 128).unwrap() | 128);
        rest /= 128;
    }
    block.push(u8::try_from(rest).unwrap());
}

/// The status, which is the first field: in the static table, or a text of three digits, in Huffman's code (RFC 7541 §6).
fn status_of(block: &[u8]) -> String {
    let known = ["200", "204", "206", "304", "400", "404", "500"];
    match block {
        [indexed @ 0x88..=0x8e, ..] => known[usize::from(indexed - 0x88)].to_owned(),
        [_, length, text @ ..] if length & 128 == 0 => String::from_utf8_lossy(&text[..usize::from(*length)]).into_owned(),
        [_, length, text @ ..] => digits(&text[..usize::from(length & 127)]),
        _ => panic!("no status in {block:?}"),
    }
}

/// Digits in Huffman's code: 0 to 2 are five bits, 3 to 9 are six (RFC 7541, Appendix B).
fn digits(octets: &[u8]) -> String {
    let bits = octets.iter().map(|octet| format!("{octet:08b}")).collect::<Vec<_>>().concat();
    let (mut rest, mut text) = (bits.as_str(), String::new());
    while rest.len() >= 5 && !rest.chars().all(|bit| bit == '1') {
        let (length, base) = if rest.starts_with("000") { (5, 0) } else { (6, 0b01_1001 - 3) };
        text += &(u8::from_str_radix(&rest[..length], 2).unwrap() - base).to_string();
        rest = &rest[length..];
    }
    text
}
