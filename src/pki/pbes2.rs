//! What a passphrase protects: PBES2 (RFC 8018 §6.2) with PBKDF2, HMAC-SHA-256 and AES-256-CBC, as OpenSSL 3 writes it.
#![expect(clippy::redundant_closure_for_method_calls, reason = "a method is of one lifetime, and yasna wants one of any")]

use std::num::NonZeroU32;

use aws_lc_rs::{
    cipher::{
        AES_128, AES_256, Algorithm, DecryptionContext, EncryptionContext, PaddedBlockDecryptingKey, PaddedBlockEncryptingKey,
        UnboundCipherKey,
    },
    iv::FixedLength,
    pbkdf2::{self, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA384, PBKDF2_HMAC_SHA512},
    rand,
};
use yasna::{ASN1Error, ASN1ErrorKind, ASN1Result, BERReader, DERWriter, models::ObjectIdentifier};

use crate::secret::Secret;

/// As OWASP advises for PBKDF2 with HMAC-SHA-256; about a fifth of a second.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(600_000).unwrap();
/// More would only keep whoever reads the file waiting.
const MOST_ITERATIONS: u32 = 5_000_000;

const PBES2: &[u64] = &[1, 2, 840, 113_549, 1, 5, 13];
const PBKDF2: &[u64] = &[1, 2, 840, 113_549, 1, 5, 12];
const HMAC_SHA256: &[u64] = &[1, 2, 840, 113_549, 2, 9];
const AES_256_CBC: &[u64] = &[2, 16, 840, 1, 101, 3, 4, 1, 42];

/// Octets under a passphrase, with all but the passphrase that it takes to open them.
pub(super) struct Sealed {
    salt: [u8; 16],
    iv: [u8; 16],
    pub(super) octets: Vec<u8>,
}

impl Sealed {
    /// Encrypts.
    ///
    /// # Errors
    /// When the system's generator fails.
    pub(super) fn seal(plain: &[u8], passphrase: &Secret) -> Result<Self, String> {
        let failed = |_| "it cannot be encrypted, or the system's random generator failed".to_owned();
        let (mut salt, mut iv, mut octets, mut key) = ([0; 16], [0; 16], plain.to_vec(), [0; 32]);
        rand::fill(&mut salt).and_then(|()| rand::fill(&mut iv)).map_err(failed)?;
        pbkdf2::derive(PBKDF2_HMAC_SHA256, ITERATIONS, &salt, passphrase.expose().as_bytes(), &mut key);
        let key = UnboundCipherKey::new(&AES_256, &key).and_then(PaddedBlockEncryptingKey::cbc_pkcs7).map_err(failed)?;
        key.less_safe_encrypt(&mut octets, EncryptionContext::Iv128(FixedLength::from(iv))).map_err(failed)?;
        Ok(Self { salt, iv, octets })
    }

    /// `AlgorithmIdentifier`: how it was encrypted.
    pub(super) fn write_algorithm(&self, writer: DERWriter<'_>) {
        let (salt, iv) = (&self.salt, &self.iv);
        sequence(writer, PBES2, |writer| {
            writer.write_sequence(|writer| {
                sequence(writer.next(), PBKDF2, |writer| {
                    writer.write_sequence(|writer| {
                        writer.next().write_bytes(salt);
                        writer.next().write_u32(ITERATIONS.get());
                        sequence(writer.next(), HMAC_SHA256, |writer| writer.write_null());
                    });
                });
                sequence(writer.next(), AES_256_CBC, |writer| writer.write_bytes(iv));
            });
        });
    }

    /// `EncryptedPrivateKeyInfo` (RFC 5958 §3), when a private key in PKCS #8 was sealed.
    pub(super) fn private_key_info(&self) -> Vec<u8> {
        yasna::construct_der(|writer| self.write_private_key_info(writer))
    }

    /// The same, as a part of something.
    pub(super) fn write_private_key_info(&self, writer: DERWriter<'_>) {
        writer.write_sequence(|writer| {
            self.write_algorithm(writer.next());
            writer.next().write_bytes(&self.octets);
        });
    }
}

/// An identifier and what it is about.
fn sequence(writer: DERWriter<'_>, identifier: &[u64], content: impl FnOnce(DERWriter<'_>)) {
    writer.write_sequence(|writer| {
        writer.next().write_oid(&ObjectIdentifier::from_slice(identifier));
        content(writer.next());
    });
}

/// How a private key that somebody encrypted can be opened: by us, or by OpenSSL with PBKDF2.
struct Lock {
    derivation: pbkdf2::Algorithm,
    salt: Vec<u8>,
    iterations: NonZeroU32,
    cipher: &'static Algorithm,
    iv: Vec<u8>,
}

/// Opens an `EncryptedPrivateKeyInfo`: the private key in PKCS #8.
///
/// # Errors
/// Why it cannot be opened.
pub(super) fn open(info: &[u8], passphrase: &Secret) -> Result<Vec<u8>, &'static str> {
    let read = yasna::parse_der(info, |reader| {
        reader.read_sequence(|reader| Ok((Lock::read(reader.next())?, reader.next().read_bytes()?)))
    });
    let (lock, octets) = read.map_err(
        |_| "it is encrypted in a way that is not known here; `openssl pkcs8 -topk8 -v2 aes-256-cbc` makes one that is",
    )?;
    lock.open(octets, passphrase).ok_or("the passphrase is wrong")
}

impl Lock {
    fn read(reader: BERReader<'_, '_>) -> ASN1Result<Self> {
        reader.read_sequence(|reader| {
            is(&reader.next().read_oid()?, PBES2)?;
            reader.next().read_sequence(|reader| {
                let (derivation, salt, iterations) = reader.next().read_sequence(|reader| {
                    is(&reader.next().read_oid()?, PBKDF2)?;
                    reader.next().read_sequence(read_derivation)
                })?;
                let (cipher, iv) = reader.next().read_sequence(|reader| {
                    let cipher = cipher(&reader.next().read_oid()?)?;
                    Ok((cipher, reader.next().read_bytes()?))
                })?;
                Ok(Self { derivation, salt, iterations, cipher, iv })
            })
        })
    }

    fn open(&self, mut octets: Vec<u8>, passphrase: &Secret) -> Option<Vec<u8>> {
        let mut key = vec![0; if self.cipher == &AES_128 { 16 } else { 32 }];
        pbkdf2::derive(self.derivation, self.iterations, &self.salt, passphrase.expose().as_bytes(), &mut key);
        let key = UnboundCipherKey::new(self.cipher, &key).and_then(PaddedBlockDecryptingKey::cbc_pkcs7).ok()?;
        let iv = FixedLength::try_from(self.iv.as_slice()).ok()?;
        let plain = key.decrypt(&mut octets, DecryptionContext::Iv128(iv)).ok()?;
        Some(plain.to_vec())
    }
}

/// Salt, iterations, and with what; HMAC-SHA-1 where that is not said (RFC 8018 §A.2).
fn read_derivation(reader: &mut yasna::BERReaderSeq<'_, '_>) -> ASN1Result<(pbkdf2::Algorithm, Vec<u8>, NonZeroU32)> {
    let (salt, iterations) = (reader.next().read_bytes()?, reader.next().read_u32()?);
    let iterations = NonZeroU32::new(iterations).filter(|number| number.get() <= MOST_ITERATIONS).ok_or_else(unknown)?;
    reader.read_optional(|reader| reader.read_u32())?;
    let named = reader.read_optional(|reader| {
        reader.read_sequence(|reader| {
            let name = reader.next().read_oid()?;
            reader.read_optional(|reader| reader.read_null())?;
            Ok(name)
        })
    })?;
    let derivation = match named {
        None => PBKDF2_HMAC_SHA1,
        Some(name) => match name.components().as_slice() {
            [1, 2, 840, 113_549, 2, 7] => PBKDF2_HMAC_SHA1,
            [1, 2, 840, 113_549, 2, 9] => PBKDF2_HMAC_SHA256,
            [1, 2, 840, 113_549, 2, 10] => PBKDF2_HMAC_SHA384,
            [1, 2, 840, 113_549, 2, 11] => PBKDF2_HMAC_SHA512,
            _ => return Err(unknown()),
        },
    };
    Ok((derivation, salt, iterations))
}

fn cipher(name: &ObjectIdentifier) -> ASN1Result<&'static Algorithm> {
    match name.components().as_slice() {
        [2, 16, 840, 1, 101, 3, 4, 1, 2] => Ok(&AES_128),
        [2, 16, 840, 1, 101, 3, 4, 1, 42] => Ok(&AES_256),
        _ => Err(unknown()),
    }
}

fn is(found: &ObjectIdentifier, wanted: &[u64]) -> ASN1Result<()> {
    if found.components().as_slice() == wanted { Ok(()) } else { Err(unknown()) }
}

fn unknown() -> ASN1Error {
    ASN1Error::new(ASN1ErrorKind::Invalid)
}

#[cfg(test)]
mod tests;
