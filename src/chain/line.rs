//! One line: how it is written, and how it is read back when nobody can be trusted.

use std::{fmt::Write, net::IpAddr};

use serde::{Deserialize, Serialize};

use super::Hash;
use crate::{
    clock,
    deed::{Entry, Event, Thing, Who},
    denial::Reason,
};

/// Longer lines are written by nobody here.
pub const LONGEST: usize = 64 * 1024;
/// So many characters of a text are kept. Each may become twelve octets.
const LONGEST_TEXT: usize = 512;
/// `,"hash":"…"}`
const SEAL: usize = 9 + 64 + 2;

/// A line without its hash, in the order in which people look.
#[derive(Serialize)]
struct Body<'a> {
    seq: u64,
    at: String,
    writer: &'a str,
    event: Event,
    #[serde(skip_serializing_if = "Option::is_none")]
    thing: Option<Thing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    who: WhoLine<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    via: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a str>,
    prev: String,
}

/// [`Who`], cut.
#[derive(Serialize)]
struct WhoLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sudo: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ssh: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caller: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claimed: Option<&'a str>,
}

impl<'a> From<&'a Who> for WhoLine<'a> {
    fn from(who: &'a Who) -> Self {
        Self {
            uid: who.uid,
            pid: who.pid,
            sudo: who.sudo.as_deref().map(cut),
            ssh: who.ssh.as_deref().map(cut),
            command: who.command.as_deref().map(cut),
            caller: who.caller.as_deref().map(cut),
            claimed: who.claimed.as_deref().map(cut),
        }
    }
}

/// What is hashed.
pub(super) fn written(writer: &str, seq: u64, prev: &Hash, entry: &Entry) -> String {
    let (deed, source) = (entry.deed.as_ref(), entry.source.as_ref());
    ascii(&Body {
        seq,
        at: clock::rfc3339(entry.at),
        writer,
        event: entry.event,
        thing: deed.map(|deed| deed.thing),
        name: deed.and_then(|deed| deed.name.as_deref()).map(cut),
        id: deed.and_then(|deed| deed.id.as_deref()).map(cut),
        detail: deed.and_then(|deed| deed.detail.as_deref()).map(cut),
        reason: entry.reason,
        cause: entry.cause.as_deref().filter(|cause| !cause.is_empty()).map(cut),
        count: entry.count,
        who: WhoLine::from(&entry.who),
        address: source.map(|source| source.address),
        via: source.and_then(|source| source.via),
        target: entry.target.as_deref().map(cut),
        request: source.and_then(|source| source.request.as_deref()).map(cut),
        prev: prev.to_string(),
    })
}

/// The whole line, with its end.
pub(super) fn sealed(mut text: String, hash: &Hash) -> String {
    text.pop();
    // Writing to a string cannot fail.
    let _ = writeln!(text, ",\"hash\":\"{hash}\"}}");
    text
}

/// JSON in nothing but printable ASCII: no control character, no right-to-left mark and no letter that looks like another reaches a reader's terminal.
pub(super) fn ascii(document: &impl Serialize) -> String {
    let mut text = Vec::new();
    append_ascii(&mut text, document);
    String::from_utf8(text).unwrap_or_default()
}

/// The same, behind what is there already.
pub fn append_ascii(text: &mut Vec<u8>, document: &impl Serialize) {
    let begin = text.len();
    if serde_json::to_writer(&mut *text, document).is_err() {
        text.truncate(begin);
    }
    // Looks at every octet, which is faster than to stop at the first odd one: there hardly ever is one.
    let is_plain = text.iter().skip(begin).fold(true, |plain, octet| plain & (b' '..=b'~').contains(octet));
    if !is_plain {
        let odd = text.split_off(begin);
        text.extend_from_slice(escaped(&String::from_utf8_lossy(&odd)).as_bytes());
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() * 2);
    for character in text.chars() {
        if (' '..='~').contains(&character) {
            safe.push(character);
        } else {
            // Outside of its texts, JSON as it is written here has no such character.
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    safe
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(LONGEST_TEXT).map_or(text, |(end, _)| text.get(..end).unwrap_or_default())
}

/// What holds a line in its chain, as the line itself says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Whose chain.
    pub writer: String,
    /// Which line of it.
    pub seq: u64,
    /// The hash of the line before.
    pub prev: Hash,
    /// Its own.
    pub hash: Hash,
}

/// Why a line is none of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// Nobody here wrote it.
    Foreign(&'static str),
    /// It says something else than what was hashed.
    Changed(Link),
}

#[derive(Deserialize)]
struct Members {
    seq: u64,
    writer: String,
    prev: String,
    hash: String,
}

impl Link {
    /// Reads a line, without its end.
    ///
    /// # Errors
    /// When it is no line of a chain, or its hash is not that of what it says.
    pub fn read(octets: &[u8]) -> Result<Self, Flaw> {
        if octets.len() > LONGEST {
            return Err(Flaw::Foreign("is longer than any that is written here"));
        }
        if octets.is_empty() {
            return Err(Flaw::Foreign("is empty"));
        }
        let Ok(text) = std::str::from_utf8(octets) else { return Err(Flaw::Foreign("is no text")) };
        let Ok(members) = serde_json::from_str::<Members>(text) else {
            return Err(Flaw::Foreign("is no line of an audit log, or only a part of one"));
        };
        let (Ok(prev), Ok(hash)) = (members.prev.parse(), members.hash.parse()) else {
            return Err(Flaw::Foreign("holds something else where a hash should be"));
        };
        let link = Self { writer: members.writer, seq: members.seq, prev, hash };
        if is_whole(text, &hash) { Ok(link) } else { Err(Flaw::Changed(link)) }
    }
}

/// Whether the hash is that of the rest, and stands at its place.
fn is_whole(line: &str, hash: &Hash) -> bool {
    let Some((body, seal)) = line.len().checked_sub(SEAL).and_then(|at| line.split_at_checked(at)) else { return false };
    seal == format!(",\"hash\":\"{hash}\"}}") && Hash::of(format!("{body}}}").as_bytes()) == *hash
}
