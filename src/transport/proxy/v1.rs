//! Version 1: a line of text (§2.1).

use std::{io, net::IpAddr, str};

use tokio::io::{AsyncRead, AsyncReadExt};

use super::{Malformed, Said, caller};

pub(super) const PREFIX: &[u8] = b"PROXY ";
/// The longest line, its end included.
const LONGEST: usize = 107;

/// Reads the rest of a line that begins with these octets. Octet by octet, so that none of what follows is taken: the line is short,
/// and few proxies write it any more.
pub(super) async fn read<S: AsyncRead + Unpin>(from: &mut S, beginning: &[u8]) -> io::Result<Result<Said, Malformed>> {
    let mut line = beginning.to_vec();
    while !line.ends_with(b"\r\n") {
        if line.len() == LONGEST {
            return Ok(Err(Malformed("a PROXY line that does not end")));
        }
        line.push(from.read_u8().await?);
    }
    line.truncate(line.len() - 2);
    Ok(parse(&line).ok_or(Malformed("a PROXY line that says something else")))
}

/// Reads a line without its end.
pub(super) fn parse(line: &[u8]) -> Option<Said> {
    let said = str::from_utf8(line).ok()?.strip_prefix("PROXY ")?;
    if said == "UNKNOWN" || said.starts_with("UNKNOWN ") {
        return Some(Said::Nobody);
    }
    let mut words = said.split(' ');
    let family = words.next()?;
    let mut address = || {
        let address: IpAddr = words.next()?.parse().ok()?;
        let fits = matches!((family, address), ("TCP4", IpAddr::V4(_)) | ("TCP6", IpAddr::V6(_)));
        Some(address).filter(|_| fits)
    };
    let (source, _destination) = (address()?, address()?);
    let mut port = || port(words.next()?);
    let (from, _to) = (port()?, port()?);
    words.next().is_none().then(|| caller(source, from))
}

/// Decimal, without sign and without zeros in front.
fn port(digits: &str) -> Option<u16> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    digits.parse().ok().filter(|_| is_plain)
}
