//! Ed25519 keys of small order: for each there are signatures that hold for any text, and nobody needs a secret to write one.

/// The encodings of the points whose order divides eight, the sign aside: those of RFC 8032 §5.1.3, and those with a `y` that is
/// not reduced, which a library may read all the same.
const POINTS: [[u8; 32]; 7] = [
    beside(0, 0x00, 0x00),
    beside(1, 0x00, 0x00),
    beside(0xec, 0xff, 0x7f),
    beside(0xed, 0xff, 0x7f),
    beside(0xee, 0xff, 0x7f),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05,
        0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa,
        0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

/// A first octet, thirty alike, and a last one.
const fn beside(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut octets = [middle; 32];
    octets[0] = first;
    octets[31] = last;
    octets
}

/// Whether this public key (RFC 8032 §5.1.5) is one of them.
pub(super) fn is_one(key: &[u8]) -> bool {
    let Some((last, start)) = key.split_last() else { return false };
    POINTS.iter().any(|point| point[..31] == *start && point[31] == last & 0x7f)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

    use super::*;

    #[test]
    fn with_either_sign_and_no_other_key() {
        for point in POINTS {
            let mut other = point;
            other[31] |= 0x80;
            assert!(is_one(&point) && is_one(&other), "{point:?}");
            other[7] ^= 1;
            assert!(!is_one(&other) && !is_one(&point[1..]), "{point:?}");
        }
        assert!(!is_one(Ed25519KeyPair::generate().unwrap().public_key().as_ref()) && !is_one(&[]));
    }
}
