//! Which certificates are meant: by a name in them, written as `DNS:…`, `URI:…` or `SUBJECT:…`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::peer::{Attribute, ClientCertificate, Name};

/// Stands for any one label, segment or value.
const ANY: &str = "*";
/// Stands for the rest of a URI's path, at least one segment.
const REST: &str = "**";

/// A name with blanks. What a blank stands for never crosses a `.` of a host or a `/` of a URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamePattern {
    /// A host name, label by label, whatever the case; `*` is one label.
    Dns(Vec<String>),
    /// A URI, segment by segment, to the letter; `*` is one segment, `**` at the end one or more.
    Uri(Vec<String>),
    /// Attributes of the subject (RFC 4514), each of which must be there exactly once; `*` is any value. What else the subject
    /// says does not matter.
    Subject(Vec<(String, String)>),
}

impl NamePattern {
    /// Whether a verified certificate bears such a name.
    pub fn matches(&self, certificate: &ClientCertificate) -> bool {
        match self {
            Self::Dns(labels) => certificate.names.iter().any(|name| match name {
                Name::Dns(host) => fits(labels, host.split('.'), str::eq_ignore_ascii_case),
                Name::Uri(_) => false,
            }),
            Self::Uri(segments) => certificate.names.iter().any(|name| match name {
                Name::Uri(uri) => fits(segments, uri.split('/'), |one, other| one == other),
                Name::Dns(_) => false,
            }),
            Self::Subject(wanted) => wanted.iter().all(|wanted| has_once(&certificate.subject, wanted)),
        }
    }
}

/// Whether the parts of a name are those of a pattern.
fn fits<'n>(pattern: &[String], mut parts: impl Iterator<Item = &'n str>, same: fn(&str, &str) -> bool) -> bool {
    for (at, wanted) in pattern.iter().enumerate() {
        let Some(part) = parts.next() else { return false };
        let is_rest = wanted == REST && at + 1 == pattern.len();
        match wanted.as_str() {
            _ if is_rest => return is_plain(part) && parts.all(is_plain),
            ANY if is_plain(part) => {}
            ANY => return false,
            wanted if same(wanted, part) => {}
            _ => return false,
        }
    }
    parts.next().is_none()
}

/// What a blank may stand for: not nothing, and no step up a path.
fn is_plain(part: &str) -> bool {
    !part.is_empty() && part != "." && part != ".."
}

fn has_once(subject: &[Attribute], (kind, value): &(String, String)) -> bool {
    let mut values = subject.iter().filter(|attribute| attribute.kind.eq_ignore_ascii_case(kind)).map(|one| &*one.value);
    match (values.next(), values.next()) {
        (Some(only), None) => value == ANY || value == only,
        _ => false,
    }
}

impl FromStr for NamePattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let kinds = "write DNS:host, URI:scheme://… or SUBJECT:CN=…,O=…";
        let (kind, name) = text.split_once(':').ok_or_else(|| format!("`{text}` does not say of which kind it is: {kinds}"))?;
        let parts = |by: char| name.split(by).map(str::to_owned).collect::<Vec<_>>();
        match kind {
            "DNS" if name.split('.').all(is_label) => Ok(Self::Dns(parts('.'))),
            "DNS" => Err(format!("`{name}` is no host name; `*` stands for one whole label")),
            "URI" => check_uri(name).map(|()| Self::Uri(parts('/'))),
            "SUBJECT" => subject(name).map(Self::Subject),
            _ => Err(format!("`{kind}` is no kind of name: {kinds}")),
        }
    }
}

fn is_label(label: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    label == ANY || (!label.is_empty() && label.bytes().all(plain))
}

fn check_uri(uri: &str) -> Result<(), String> {
    let Some((_, rest)) = uri.split_once("://") else { return Err(format!("`{uri}` has no scheme, such as spiffe://")) };
    let segments: Vec<&str> = rest.split('/').collect();
    let is_odd = |segment: &str| segment.contains('*') && segment != ANY && segment != REST;
    if segments.iter().any(|segment| is_odd(segment)) || segments.iter().rev().skip(1).any(|segment| *segment == REST) {
        return Err(format!("in `{uri}` a `*` must be a whole segment, and `**` the last one"));
    }
    if segments[0].is_empty() || segments[0] == REST || uri.contains(char::is_whitespace) {
        return Err(format!("`{uri}` names no authority behind ://"));
    }
    Ok(())
}

/// `CN=a,O=b`, with a backslash before a comma, an equals sign or a backslash that belongs to a value.
fn subject(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut attributes = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => attributes.last_mut().into_iter().for_each(|last| last.extend(letters.next())),
            ',' => attributes.push(String::new()),
            _ => attributes.last_mut().into_iter().for_each(|last| last.push(letter)),
        }
    }
    attributes.iter().map(|attribute| pair(attribute, text)).collect()
}

fn pair(attribute: &str, text: &str) -> Result<(String, String), String> {
    let (kind, value) = attribute.split_once('=').unwrap_or_default();
    let (kind, value) = (kind.trim(), value.trim());
    if kind.is_empty() || value.is_empty() {
        return Err(format!("`{text}` is no list of attributes, such as CN=partner,O=Example"));
    }
    Ok((kind.to_owned(), value.to_owned()))
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let escaped = |value: &str| value.replace('\\', "\\\\").replace(',', "\\,");
        match self {
            Self::Dns(labels) => write!(f, "DNS:{}", labels.join(".")),
            Self::Uri(segments) => write!(f, "URI:{}", segments.join("/")),
            Self::Subject(all) => {
                let all: Vec<_> = all.iter().map(|(kind, value)| format!("{kind}={}", escaped(value))).collect();
                write!(f, "SUBJECT:{}", all.join(","))
            }
        }
    }
}

impl Serialize for NamePattern {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NamePattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
