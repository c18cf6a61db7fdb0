//! The PROXY protocol, versions 1 and 2: a proxy names its caller before anything else is said, TLS included.
//!
//! It is read from the networks of the configuration and from nobody else. There it must stand: a proxy that forgets it would pass
//! all its callers off as itself. <https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt>

mod v1;
mod v2;

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use tokio::io::{AsyncRead, AsyncReadExt};

/// What both versions begin with: no header is shorter.
const BEGINNING: usize = 12;

/// What a header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// The caller whom the proxy serves.
    Caller(SocketAddr),
    /// Nobody: the proxy speaks for itself, or does not know.
    Nobody,
}

/// A header that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Malformed(&'static str);

/// Reads the header that must stand at the beginning of what `from` sends, and not one octet more. `socket` is where it comes from.
///
/// # Errors
/// `InvalidData`, with what is wrong, when no such header stands there; what else reading comes upon.
pub(super) async fn read<S: AsyncRead + Unpin>(from: &mut S, socket: SocketAddr) -> io::Result<SocketAddr> {
    let mut beginning = [0; BEGINNING];
    let invalid = |Malformed(why)| io::Error::new(io::ErrorKind::InvalidData, why);
    from.read_exact(&mut beginning).await?;
    let said = if beginning == v2::SIGNATURE {
        v2::read(from).await?.map_err(invalid)
    } else if beginning.starts_with(v1::PREFIX) {
        v1::read(from, &beginning).await?.map_err(invalid)
    } else {
        Err(invalid(Malformed("no PROXY header, from an address that must send one")))
    };
    Ok(match said? {
        Said::Caller(address) => address,
        Said::Nobody => socket,
    })
}

/// Addresses are canonical wherever they are looked at.
fn caller(address: IpAddr, port: u16) -> Said {
    Said::Caller(SocketAddr::new(address.to_canonical(), port))
}

#[cfg(test)]
mod tests;
