//! How a record is written. Whatever a caller sent is escaped: a record is one line, always.

use std::net::IpAddr;

use serde::Serialize;
use serde_json::json;

use super::{HandshakeRecord, RequestRecord};
use crate::{allowance::Limit, chain, clock, denial::Reason, mode::Mode};

/// For people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Columns.
    Text,
    /// One JSON object a line.
    Json,
}

impl Format {
    /// Writes the record of a request behind what is there already.
    pub(super) fn request(self, record: &RequestRecord<&str>, to: &mut Vec<u8>) {
        match self {
            Self::Json => request_json(record, to),
            Self::Text => to.extend_from_slice(request_text(record).as_bytes()),
        }
    }

    /// Writes the record of a refused handshake.
    pub(super) fn handshake(self, record: &HandshakeRecord, to: &mut Vec<u8>) {
        match self {
            Self::Json => handshake_json(record, to),
            Self::Text => to.extend_from_slice(handshake_text(record).as_bytes()),
        }
    }

    /// Writes how many records were dropped.
    pub(super) fn dropped(self, count: u64, to: &mut Vec<u8>) {
        match self {
            Self::Json => json_line(&json!({"event": "dropped", "at": clock::rfc3339(clock::now()), "records": count}), to),
            Self::Text => {
                to.extend_from_slice(
                    format!("{count} records were dropped: they came faster than they could be written\n").as_bytes(),
                );
            }
        }
    }
}

/// The members of a request's line, in the order in which people look for them.
#[derive(Serialize)]
struct RequestLine<'a> {
    event: &'static str,
    at: String,
    id: &'a str,
    mode: Mode,
    address: IpAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<IpAddr>,
    target: &'a str,
    status: Option<u16>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    cause: &'a str,
    caller: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shadowed: Option<Limit>,
    took_us: u64,
    resumed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_id: Option<String>,
}

#[derive(Serialize)]
struct HandshakeLine<'a> {
    event: &'static str,
    at: String,
    address: IpAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<IpAddr>,
    reason: Reason,
    cause: &'a str,
    subject: Option<&'a str>,
    serial: Option<&'a str>,
}

fn request_json(record: &RequestRecord<&str>, to: &mut Vec<u8>) {
    let line = RequestLine {
        event: "request",
        at: clock::rfc3339(record.at),
        id: record.id,
        mode: record.mode,
        address: record.address,
        via: record.via,
        target: &record.target(),
        status: record.status,
        outcome: outcome(record),
        cause: record.cause,
        caller: record.caller,
        shadowed: record.shadowed,
        took_us: u64::try_from(record.took.as_micros()).unwrap_or(u64::MAX),
        resumed: record.resumed,
        trace_id: record.trace.map(|trace| trace.trace_id().to_string()),
        parent_id: record.trace.map(|trace| trace.parent_id().to_string()),
    };
    json_line(&line, to);
}

fn handshake_json(record: &HandshakeRecord, to: &mut Vec<u8>) {
    let line = HandshakeLine {
        event: "handshake_refused",
        at: clock::rfc3339(record.at),
        address: record.address,
        via: record.via,
        reason: record.reason,
        cause: &record.cause,
        subject: record.subject.as_deref(),
        serial: record.serial.as_deref(),
    };
    json_line(&line, to);
}

fn json_line(line: &impl Serialize, to: &mut Vec<u8>) {
    chain::append_ascii(to, line);
    to.push(b'\n');
}

fn request_text(record: &RequestRecord<&str>) -> String {
    let status = record.status.map_or_else(|| "---".to_owned(), |status| status.to_string());
    let (time, caller) = (clock_text(record.at), record.caller.unwrap_or("-"));
    let (address, target) = (address(record.address, record.via), record.target());
    let took = record.took.as_micros();
    let cause = if record.cause.is_empty() { String::new() } else { format!("  ({})", record.cause.escape_debug()) };
    format!(
        "{time}  {status}  {:<20} {address:<15} {}  {}  {took} µs{cause}\n",
        outcome(record),
        target.escape_debug(),
        caller.escape_debug()
    )
}

fn handshake_text(record: &HandshakeRecord) -> String {
    let subject = record.subject.as_deref().unwrap_or("no certificate").escape_debug();
    let (time, address, cause) = (clock_text(record.at), address(record.address, record.via), record.cause.escape_debug());
    format!("{time}  TLS  {:<20} {address:<15} {subject}  ({cause})\n", record.reason)
}

fn address(address: IpAddr, via: Option<IpAddr>) -> String {
    via.map_or_else(|| address.to_string(), |via| format!("{address} via {via}"))
}

fn outcome(record: &RequestRecord<&str>) -> &'static str {
    match (record.reason, record.status) {
        (Some(reason), _) => reason.as_str(),
        (None, Some(_)) => "allowed",
        (None, None) => "hung_up",
    }
}

/// The time of day, UTC, to the second.
fn clock_text(at: std::time::SystemTime) -> String {
    clock::rfc3339(at).get(11..19).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hostile() -> RequestRecord<&'static str> {
        RequestRecord {
            path: "/\u{1b}[31m\n{\"event\":\"forged\"}",
            status: Some(401),
            reason: Some(Reason::CredentialUnknown),
            cause: "no key has this id and secret",
            caller: Some("x\ny"),
            ..RequestRecord::example()
        }
    }

    fn line(format: Format) -> String {
        let mut line = Vec::new();
        format.request(&hostile(), &mut line);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn a_record_is_one_line_whatever_the_caller_sent() {
        for format in [Format::Text, Format::Json] {
            let line = line(format);
            assert_eq!(line.matches('\n').count(), 1, "{line:?}");
            assert!(line.ends_with('\n') && !line.contains('\u{1b}'), "{line:?}");
        }
        insta::assert_snapshot!(line(Format::Text), @r#"08:00:00  401  credential_unknown   127.0.0.1       GET /\u{1b}[31m\n{\"event\":\"forged\"}  x\ny  42 µs  (no key has this id and secret)"#);
    }
}
