//! A key with its certificates in one file under a passphrase: PKCS #12 (RFC 7292), as OpenSSL 3 writes it: PBES2 for the
//! contents, HMAC-SHA-256 for the whole.

use aws_lc_rs::{digest, hmac, rand};
use yasna::{DERWriter, DERWriterSeq, Tag, models::ObjectIdentifier};

use super::pbes2::Sealed;
use crate::secret::Secret;

const DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 1];
const ENCRYPTED_DATA: &[u64] = &[1, 2, 840, 113_549, 1, 7, 6];
const SHROUDED_KEY_BAG: &[u64] = &[1, 2, 840, 113_549, 1, 12, 10, 1, 2];
const CERTIFICATE_BAG: &[u64] = &[1, 2, 840, 113_549, 1, 12, 10, 1, 3];
const X509_CERTIFICATE: &[u64] = &[1, 2, 840, 113_549, 1, 9, 22, 1];
const FRIENDLY_NAME: &[u64] = &[1, 2, 840, 113_549, 1, 9, 20];
const LOCAL_KEY_ID: &[u64] = &[1, 2, 840, 113_549, 1, 9, 21];
const SHA256: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 2, 1];
/// A fraction of a second; more than some programs accept is no use.
const MAC_ITERATIONS: u32 = 100_000;

/// What goes into the file.
pub(super) struct Contents<'a> {
    /// What people see.
    pub(super) name: &'a str,
    /// The private key, PKCS #8.
    pub(super) key: &'a [u8],
    /// Its certificate first, DER.
    pub(super) chain: &'a [Vec<u8>],
}

/// The file.
///
/// # Errors
/// When the system's generator fails.
pub(super) fn write(contents: &Contents<'_>, passphrase: &Secret) -> Result<Vec<u8>, String> {
    let certificates = Sealed::seal(&certificate_bags(contents), passphrase)?;
    let key = Sealed::seal(contents.key, passphrase)?;
    let safe = yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            typed(writer.next(), ENCRYPTED_DATA, |writer| write_encrypted(writer, &certificates));
            typed(writer.next(), DATA, |writer| writer.write_bytes(&key_bag(contents, &key)));
        });
    });
    let mut salt = [0; 16];
    rand::fill(&mut salt).map_err(|_| "the system's random generator failed".to_owned())?;
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &mac_key(passphrase, &salt, MAC_ITERATIONS)), &safe);
    Ok(yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            writer.next().write_u8(3);
            typed(writer.next(), DATA, |writer| writer.write_bytes(&safe));
            writer.next().write_sequence(|writer| write_mac(writer, mac.as_ref(), &salt));
        });
    }))
}

/// An identifier, and what it is about below a tag of its own.
fn typed(writer: DERWriter<'_>, identifier: &[u64], content: impl FnOnce(DERWriter<'_>)) {
    writer.write_sequence(|writer| write_typed(writer, identifier, content));
}

fn write_typed(writer: &mut DERWriterSeq<'_>, identifier: &[u64], content: impl FnOnce(DERWriter<'_>)) {
    writer.next().write_oid(&ObjectIdentifier::from_slice(identifier));
    writer.next().write_tagged(Tag::context(0), content);
}

/// `EncryptedData` (RFC 5652 §8).
fn write_encrypted(writer: DERWriter<'_>, sealed: &Sealed) {
    writer.write_sequence(|writer| {
        writer.next().write_u8(0);
        writer.next().write_sequence(|writer| {
            writer.next().write_oid(&ObjectIdentifier::from_slice(DATA));
            sealed.write_algorithm(writer.next());
            writer.next().write_tagged_implicit(Tag::context(0), |writer| writer.write_bytes(&sealed.octets));
        });
    });
}

fn certificate_bags(contents: &Contents<'_>) -> Vec<u8> {
    yasna::construct_der(|writer| {
        writer.write_sequence_of(|writer| {
            for (place, der) in contents.chain.iter().enumerate() {
                writer.next().write_sequence(|writer| {
                    write_typed(writer, CERTIFICATE_BAG, |writer| {
                        typed(writer, X509_CERTIFICATE, |writer| writer.write_bytes(der));
                    });
                    if place == 0 {
                        write_attributes(writer.next(), contents);
                    }
                });
            }
        });
    })
}

fn key_bag(contents: &Contents<'_>, sealed: &Sealed) -> Vec<u8> {
    yasna::construct_der(|writer| {
        writer.write_sequence_of(|writer| {
            writer.next().write_sequence(|writer| {
                write_typed(writer, SHROUDED_KEY_BAG, |writer| sealed.write_private_key_info(writer));
                write_attributes(writer.next(), contents);
            });
        });
    })
}

/// What says that key and certificate belong together, and how they are called.
fn write_attributes(writer: DERWriter<'_>, contents: &Contents<'_>) {
    let leaf = contents.chain.first().map(Vec::as_slice).unwrap_or_default();
    let identifier = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, leaf);
    writer.write_set(|writer| {
        attribute(writer.next(), FRIENDLY_NAME, |writer| writer.write_bmp_string(contents.name));
        attribute(writer.next(), LOCAL_KEY_ID, |writer| writer.write_bytes(identifier.as_ref()));
    });
}

fn attribute(writer: DERWriter<'_>, identifier: &[u64], value: impl FnOnce(DERWriter<'_>)) {
    writer.write_sequence(|writer| {
        writer.next().write_oid(&ObjectIdentifier::from_slice(identifier));
        writer.next().write_set(|writer| value(writer.next()));
    });
}

fn write_mac(writer: &mut DERWriterSeq<'_>, mac: &[u8], salt: &[u8]) {
    writer.next().write_sequence(|writer| {
        writer.next().write_sequence(|writer| {
            writer.next().write_oid(&ObjectIdentifier::from_slice(SHA256));
            writer.next().write_null();
        });
        writer.next().write_bytes(mac);
    });
    writer.next().write_bytes(salt);
    writer.next().write_u32(MAC_ITERATIONS);
}

/// RFC 7292 §B.2 for SHA-256 and a key of 32 octets, which is one block. The passphrase is UTF-16 with a zero at its end.
fn mac_key(passphrase: &Secret, salt: &[u8], iterations: u32) -> [u8; 32] {
    const BLOCK: usize = 64;
    const FOR_MAC: u8 = 3;
    let text: Vec<u8> = passphrase.expose().encode_utf16().chain([0]).flat_map(u16::to_be_bytes).collect();
    let filled =
        |octets: &[u8]| -> Vec<u8> { octets.iter().copied().cycle().take(octets.len().div_ceil(BLOCK) * BLOCK).collect() };
    let mut block = digest::digest(&digest::SHA256, &[vec![FOR_MAC; BLOCK], filled(salt), filled(&text)].concat());
    for _ in 1..iterations {
        block = digest::digest(&digest::SHA256, block.as_ref());
    }
    let mut key = [0; 32];
    key.copy_from_slice(block.as_ref());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt id:3 -kdfopt iter:1000 … PKCS12KDF` says the same.
    #[test]
    fn the_key_of_the_mac_is_as_openssl_derives_it() {
        let key = mac_key(&Secret::new("queeg"), b"\x05\xde\xc9\x59\xac\xff\x72\xf7", 1000);
        let octets = crate::peer::Serial(key.as_slice().into());
        insta::assert_snapshot!(octets, @"64bd552bb4ecec8224b888d4fa1dc49c6ff894bfc59b10402d83ad46c0d8da4b");
    }
}
