//! Version 2: binary (§2.2).

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr},
};

use tokio::io::{AsyncRead, AsyncReadExt};

use super::{Malformed, Said, caller};

pub(super) const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";
/// The longest header behind the fixed sixteen octets. Proxies may add a client certificate; it is not looked at.
const LONGEST: usize = 16 * 1024;
/// `PP2_TYPE_CRC32C` (§2.2.3): a checksum over the header, its own four octets taken as zero.
const CRC32C: u8 = 0x03;

/// Reads what follows the signature.
pub(super) async fn read<S: AsyncRead + Unpin>(from: &mut S) -> io::Result<Result<Said, Malformed>> {
    let mut fixed = [0; 4];
    from.read_exact(&mut fixed).await?;
    let [command, family, high, low] = fixed;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if command >> 4 != 2 || length > LONGEST {
        return Ok(Err(Malformed("a PROXY header of another version, or too long a one")));
    }
    let mut rest = vec![0; length];
    from.read_exact(&mut rest).await?;
    Ok(parse([command, family], &rest).ok_or(Malformed("a PROXY header that says something else")))
}

/// Reads a header from its command on; `rest` is what its length counts.
pub(super) fn parse([command, family]: [u8; 2], rest: &[u8]) -> Option<Said> {
    let (said, vectors) = match (command, family) {
        // LOCAL: the proxy speaks for itself, whatever else is in it.
        (0x20, _) => return Some(Said::Nobody),
        // AF_UNSPEC.
        (0x21, 0x00) => (Said::Nobody, rest),
        // TCP over IPv4: two addresses, two ports.
        (0x21, 0x11) => {
            let (block, vectors) = rest.split_first_chunk::<12>()?;
            let [a, b, c, d, _, _, _, _, high, low, ..] = *block;
            (caller(Ipv4Addr::new(a, b, c, d).into(), u16::from_be_bytes([high, low])), vectors)
        }
        // TCP over IPv6.
        (0x21, 0x21) => {
            let (block, vectors) = rest.split_first_chunk::<36>()?;
            let source = Ipv6Addr::from(*block.first_chunk::<16>()?);
            (caller(source.into(), u16::from_be_bytes([block[32], block[33]])), vectors)
        }
        // Datagrams and Unix sockets do not come in here.
        _ => return None,
    };
    are_sound(vectors, [command, family], rest).then_some(said)
}

/// Whether type-length-value vectors (§2.2.3) fill their place, and a checksum among them is right. Nothing else in them is looked at.
fn are_sound(mut vectors: &[u8], start: [u8; 2], rest: &[u8]) -> bool {
    while let [kind, high, low, more @ ..] = vectors {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let Some((value, next)) = more.split_at_checked(length) else { return false };
        if *kind == CRC32C {
            let at = rest.len() - more.len();
            let Ok(sum) = value.try_into().map(u32::from_be_bytes) else { return false };
            if sum != checksum(start, rest, at) {
                return false;
            }
        }
        vectors = next;
    }
    vectors.is_empty()
}

/// CRC-32C (RFC 3309) of the whole header, with the four octets at `zeroed` of `rest` taken as zero.
fn checksum(start: [u8; 2], rest: &[u8], zeroed: usize) -> u32 {
    let length = u16::try_from(rest.len()).unwrap_or(u16::MAX).to_be_bytes();
    let rest = rest.iter().enumerate().map(|(at, octet)| if (zeroed..zeroed + 4).contains(&at) { 0 } else { *octet });
    let header = SIGNATURE.into_iter().chain(start).chain(length).chain(rest);
    !header.fold(!0_u32, |sum, octet| {
        (0..8).fold(sum ^ u32::from(octet), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0x82f6_3b78 } else { sum >> 1 })
    })
}
