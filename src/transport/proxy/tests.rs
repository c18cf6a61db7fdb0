//! Headers as proxies write them, and as nobody should.

use proptest::{arbitrary::any, collection::vec, prop_assert, prop_assert_eq, proptest};

use super::*;

const SOCKET: &str = "127.0.0.9:4000";

/// Reads a header, and what is left behind it.
fn taken(octets: &[u8]) -> Result<(String, Vec<u8>), io::Error> {
    let mut from = octets;
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let address = runtime.block_on(read(&mut from, SOCKET.parse().unwrap()))?;
    Ok((address.to_string(), from.to_vec()))
}

fn said(octets: &[u8]) -> String {
    match taken(octets) {
        Ok((address, rest)) => {
            assert!(rest.is_empty(), "{octets:?} was not read whole");
            address
        }
        Err(error) => error.kind().to_string(),
    }
}

fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [&v2::SIGNATURE[..], &[command, family], &length, rest].concat()
}

const FOUR: [u8; 12] = [192, 0, 2, 1, 198, 51, 100, 1, 0xdc, 0x04, 0x01, 0xbb];

#[test]
fn a_line_of_version_1() {
    assert_eq!(said(b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n"), "192.0.2.1:56324");
    assert_eq!(said(b"PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n"), "[2001:db8::1]:56324");
    assert_eq!(said(b"PROXY TCP6 ::ffff:192.0.2.1 ::ffff:198.51.100.1 1 2\r\n"), "192.0.2.1:1", "canonical");
    assert_eq!(said(b"PROXY UNKNOWN\r\n"), SOCKET);
    assert_eq!(said(b"PROXY UNKNOWN 192.0.2.1 whatever\r\n"), SOCKET, "what follows is ignored");
    let longest: &[u8] =
        b"PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";
    assert_eq!((longest.len(), said(longest).as_str()), (107, SOCKET));
    let (_, rest) = taken(b"PROXY TCP4 192.0.2.1 198.51.100.1 1 2\r\n\x16\x03\x01").unwrap();
    assert_eq!(rest, b"\x16\x03\x01", "nothing of what follows is taken");
}

#[test]
fn what_is_no_line_of_version_1() {
    for wrong in [
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\n",
        "PROXY TCP4  192.0.2.1 198.51.100.1 56324 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443 \r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 56324 65536\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 056324 443\r\n",
        "PROXY TCP4 192.0.2.1 198.51.100.1 +5 443\r\n",
        "PROXY TCP4 192.0.2.01 198.51.100.1 56324 443\r\n",
        "PROXY TCP4 192.0.2 198.51.100.1 56324 443\r\n",
        "PROXY TCP4 2001:db8::1 2001:db8::2 56324 443\r\n",
        "PROXY TCP6 192.0.2.1 198.51.100.1 56324 443\r\n",
        "PROXY TCP6 fe80::1%eth0 2001:db8::2 56324 443\r\n",
        "PROXY TCP6 [2001:db8::1] 2001:db8::2 56324 443\r\n",
        "PROXY UDP4 192.0.2.1 198.51.100.1 56324 443\r\n",
        "PROXY UNKNOWNS aaaaa\r\n",
        "PROXY partner 198.51.100.1 56324 443\r\n",
        "proxy TCP4 192.0.2.1 198.51.100.1 56324 443\r\n",
        "PROXY\tTCP4 192.0.2.1 198.51.100.1 56324 443\r\n",
        "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{1}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}..................",
    ] {
        // What does not end in time is waited for, and then there is nothing.
        assert!(["invalid data", "unexpected end of file"].contains(&said(wrong.as_bytes()).as_str()), "{wrong:?}");
    }
    let endless = format!("PROXY UNKNOWN {}\r\n", "x".repeat(92));
    assert_eq!(said(endless.as_bytes()), "invalid data");
}

#[test]
fn a_header_of_version_2() {
    assert_eq!(said(&v2(0x21, 0x11, &FOUR)), "192.0.2.1:56324");
    let six: Vec<u8> = [&[0x20, 1, 0xd, 0xb8][..], &[0; 11], &[1], &[0; 16], &[0xdc, 4, 1, 0xbb]].concat();
    assert_eq!(said(&v2(0x21, 0x21, &six)), "[2001:db8::1]:56324");
    let mapped: Vec<u8> = [&[0; 10][..], &[0xff, 0xff, 192, 0, 2, 1], &[0; 16], &[0, 1, 0, 2]].concat();
    assert_eq!(said(&v2(0x21, 0x21, &mapped)), "192.0.2.1:1", "canonical");
    assert_eq!(said(&v2(0x20, 0x00, &[])), SOCKET, "LOCAL");
    assert_eq!(said(&v2(0x20, 0x11, &FOUR)), SOCKET, "LOCAL, whatever it says");
    assert_eq!(said(&v2(0x21, 0x00, &[])), SOCKET, "AF_UNSPEC");
    let with_vectors = [&FOUR[..], &[0x04, 0, 3, 1, 2, 3], &[0xea, 0, 0]].concat();
    assert_eq!(said(&v2(0x21, 0x11, &with_vectors)), "192.0.2.1:56324", "vectors are passed over");
    let (_, rest) = taken(&[v2(0x21, 0x11, &FOUR), b"\x16\x03\x01".to_vec()].concat()).unwrap();
    assert_eq!(rest, b"\x16\x03\x01", "nothing of what follows is taken");
}

#[test]
fn what_is_no_header_of_version_2() {
    for (command, family, rest) in [
        (0x11, 0x11, &FOUR[..]),
        (0x31, 0x11, &FOUR),
        (0x22, 0x11, &FOUR),
        (0x21, 0x12, &FOUR),
        (0x21, 0x31, &[0; 216]),
        (0x21, 0x41, &FOUR),
        (0x21, 0x11, &FOUR[..11]),
        (0x21, 0x21, &[0; 35]),
        (0x21, 0x11, &[0; 13]),
        (0x21, 0x11, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 9, 1]),
        (0x21, 0x11, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 4, 1, 2, 3, 4]),
        (0x21, 0x11, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 3, 1, 2, 3]),
        (0x21, 0x11, &vec![0; 16 * 1024 + 1]),
    ] {
        assert_eq!(said(&v2(command, family, rest)), "invalid data", "{command:x} {family:x} {}", rest.len());
    }
    let header = v2(0x21, 0x11, &FOUR);
    for cut in 0..header.len() {
        assert_eq!(said(&header[..cut]), "unexpected end of file", "{cut}");
    }
}

/// As haproxy sends it with `send-proxy-v2 proxy-v2-options crc32c`: the sum is over the whole header.
#[test]
fn a_checksum_must_be_right() {
    let mut rest = [&FOUR[..], &[0x03, 0, 4, 0, 0, 0, 0]].concat();
    let header = v2(0x21, 0x11, &rest);
    let sum = naive_crc32c(&header).to_be_bytes();
    rest[15..].copy_from_slice(&sum);
    assert_eq!(said(&v2(0x21, 0x11, &rest)), "192.0.2.1:56324");
    for bit in 0..rest.len() * 8 {
        let mut flipped = rest.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        // A vector of another kind than a checksum, or of none that fits, is noticed or is none of ours.
        let is_kind = bit / 8 == 12;
        assert!(is_kind || said(&v2(0x21, 0x11, &flipped)) == "invalid data", "bit {bit}");
    }
    assert_eq!(naive_crc32c(b"123456789"), 0xe306_9283, "the check value of CRC-32C");
}

/// By a table, as textbooks have it.
fn naive_crc32c(octets: &[u8]) -> u32 {
    let table: Vec<u32> = (0..256_u32)
        .map(|entry| (0..8).fold(entry, |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0x82f6_3b78 } else { sum >> 1 }))
        .collect();
    !octets.iter().fold(!0, |sum, octet| table[usize::from(sum.to_le_bytes()[0] ^ octet)] ^ (sum >> 8))
}

proptest! {
    /// Whatever comes, it is read within its bounds or refused; what is taken of a stream is the header and nothing else.
    #[test]
    fn any_octets_are_read_or_refused(octets in vec(any::<u8>(), 0..200), start in 0_usize..3) {
        let header = match start {
            0 => octets,
            1 => [&b"PROXY "[..], &octets].concat(),
            _ => [&v2::SIGNATURE[..], &octets].concat(),
        };
        if let Ok((_, rest)) = taken(&header) {
            prop_assert!(header.ends_with(&rest) && rest.len() + 15 <= header.len());
        }
    }

    /// Both versions say the same of the same caller.
    #[test]
    fn versions_agree(source in any::<[u8; 16]>(), port in any::<u16>()) {
        let address = std::net::Ipv6Addr::from(source);
        let line = format!("PROXY TCP6 {address} ::1 {port} 443\r\n");
        let block: Vec<u8> = [&source[..], &[0; 16], &port.to_be_bytes(), &[1, 0xbb]].concat();
        prop_assert_eq!(said(line.as_bytes()), said(&v2(0x21, 0x21, &block)));
    }
}
