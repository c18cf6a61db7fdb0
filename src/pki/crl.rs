//! Revocation lists (RFC 5280 §5): signing our own, reading anybody's.

use std::{
    collections::HashMap,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber};
use rustls::pki_types::{CertificateRevocationListDer, pem::PemObject};
use time::OffsetDateTime;
use x509_parser::{
    certificate::X509Certificate,
    oid_registry::{OID_X509_EXT_CRL_NUMBER, OID_X509_EXT_ISSUER_DISTRIBUTION_POINT},
    parse_x509_certificate,
    prelude::FromDer,
    revocation_list::{CertificateRevocationList, RevokedCertificate},
};

use super::{ca::Authority, issue::cannot_sign};
use crate::{clock, exit::Failure, files, peer::Serial, revocation::RevocationList};

/// How far ahead of ours an issuer's clock may be.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// A list in DER, signed by the CA, from a minute ago to `lifetime` from now.
///
/// # Errors
/// Exit 2 when the CA's key is not here.
pub(super) fn sign(
    authority: &Authority,
    number: u64,
    revoked: &HashMap<Serial, SystemTime>,
    now: SystemTime,
    lifetime: Duration,
) -> Result<Vec<u8>, Failure> {
    let mut entries: Vec<_> = revoked.iter().collect();
    entries.sort();
    let params = CertificateRevocationListParams {
        this_update: OffsetDateTime::from(now - CLOCK_SKEW),
        next_update: OffsetDateTime::from(now + lifetime),
        crl_number: SerialNumber::from(number),
        issuing_distribution_point: None,
        revoked_certs: entries.into_iter().map(|(serial, since)| entry(serial, *since)).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(authority.signer()?).map(|list| list.der().to_vec()).map_err(|error| cannot_sign(&error))
}

fn entry(serial: &Serial, since: SystemTime) -> RevokedCertParams {
    RevokedCertParams {
        serial_number: SerialNumber::from_slice(&serial.0),
        revocation_time: OffsetDateTime::from(since),
        reason_code: None,
        invalidity_date: None,
    }
}

/// Reads every list of a file, PEM or DER, and checks each against the CA of its issuer (DER certificates).
///
/// A list that is past its end is returned all the same: whoever asks it judges by time, since it may end at any moment.
///
/// # Errors
/// Exit 3 when the file cannot be read; exit 2 when a list in it is not to be believed, saying why.
pub fn load<C: AsRef<[u8]>>(path: &Path, authorities: &[C], now: SystemTime) -> Result<Vec<RevocationList>, Failure> {
    Ok(load_each(path, authorities, now)?.into_iter().map(|(_, list)| list).collect())
}

/// The same, each with its DER.
///
/// # Errors
/// As [`load`].
pub fn load_each<C: AsRef<[u8]>>(
    path: &Path,
    authorities: &[C],
    now: SystemTime,
) -> Result<Vec<(Vec<u8>, RevocationList)>, Failure> {
    let read_one = |der: Vec<u8>| read(&der, authorities, now).map(|list| (der, list));
    let all = split(&files::read(path)?).and_then(|all| all.into_iter().map(read_one).collect());
    all.map_err(|why: String| {
        Failure::usage(format!("the revocation list {} cannot be trusted: {why}", path.display()))
            .remedy("get the current list from the CA; for the development CA, `authbench cert crl` signs a new one")
    })
}

/// The same for what is not in a file.
///
/// # Errors
/// Why a list in it is not to be believed.
pub fn parse<C: AsRef<[u8]>>(content: &[u8], authorities: &[C], now: SystemTime) -> Result<Vec<RevocationList>, String> {
    split(content)?.iter().map(|der| read(der, authorities, now)).collect()
}

fn split(content: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    if content.first() == Some(&0x30) {
        return Ok(vec![content.to_vec()]);
    }
    let lists: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(content).collect();
    match lists {
        Ok(lists) if !lists.is_empty() => Ok(lists.iter().map(|list| list.to_vec()).collect()),
        Ok(_) => Err("it holds no list, in PEM or DER".into()),
        Err(error) => Err(format!("broken PEM: {error}")),
    }
}

/// Two parsers must agree that it is a list: `x509-parser` gives its content, webpki is the stricter one (RFC 5280 §5.2:
/// no delta, no indirect list, no unknown critical extension).
fn read<C: AsRef<[u8]>>(der: &[u8], authorities: &[C], now: SystemTime) -> Result<RevocationList, String> {
    let (rest, list) = CertificateRevocationList::from_der(der).map_err(|error| format!("it cannot be read: {error}"))?;
    if !rest.is_empty() {
        return Err("something follows its end".into());
    }
    webpki::OwnedCertRevocationList::from_der(der).map_err(|error| format!("it cannot be used: {error:?}"))?;
    check_extensions(&list)?;
    let signer = signer(&list, authorities)?;
    let this_update = time_of(list.last_update().timestamp());
    if this_update > now + CLOCK_SKEW {
        return Err("it is from the future: is the clock right?".into());
    }
    let next_update = list.next_update().ok_or("it does not say when the next one comes (nextUpdate)")?;
    let number = list.crl_number().ok_or("it has no number (cRLNumber)")?.to_bytes_be();
    Ok(RevocationList {
        issuer: list.issuer().as_raw().into(),
        signer,
        this_update,
        number: number.into(),
        next_update: time_of(next_update.timestamp()),
        revoked: list.iter_revoked_certificates().map(revoked).collect(),
    })
}

/// What neither parser asks of a list that is taken for the whole truth about its CA's certificates.
fn check_extensions(list: &CertificateRevocationList<'_>) -> Result<(), String> {
    for extension in list.extensions() {
        // RFC 5280 §5.2.5: it may be silent about everybody outside its scope, so that its silence clears nobody.
        if extension.oid == OID_X509_EXT_ISSUER_DISTRIBUTION_POINT {
            return Err("it is of one distribution point or one kind of certificate only (issuingDistributionPoint)".into());
        }
        if extension.oid == OID_X509_EXT_CRL_NUMBER && extension.critical {
            return Err("its number (cRLNumber) is marked critical (RFC 5280 §5.2.3)".into());
        }
    }
    Ok(())
}

/// The key that signed it. CAs may share a name (after a new key): the list is believed when one of them signed it.
fn signer<C: AsRef<[u8]>>(list: &CertificateRevocationList<'_>, authorities: &[C]) -> Result<Arc<[u8]>, String> {
    let mut why = "its issuer is none of the client CAs".to_owned();
    for authority in authorities {
        let Ok((_, ca)) = parse_x509_certificate(authority.as_ref()) else { continue };
        if ca.subject().as_raw() != list.issuer().as_raw() {
            continue;
        }
        match signed_by(list, &ca) {
            Ok(()) => return Ok(ca.public_key().raw.into()),
            Err(reason) => reason.clone_into(&mut why),
        }
    }
    Err(why)
}

fn signed_by(list: &CertificateRevocationList<'_>, ca: &X509Certificate<'_>) -> Result<(), &'static str> {
    let usage = ca.key_usage().map_err(|_| "its CA has a key usage that cannot be read")?;
    if usage.is_some_and(|usage| !usage.value.crl_sign()) {
        return Err("its CA may not sign lists (keyUsage without cRLSign)");
    }
    list.verify_signature(ca.public_key()).map_err(|_| "its signature is not that of the CA")
}

fn revoked(entry: &RevokedCertificate<'_>) -> (Serial, SystemTime) {
    (Serial(entry.raw_serial().into()), time_of(entry.revocation_date.timestamp()))
}

fn time_of(seconds: i64) -> SystemTime {
    clock::from_seconds(u64::try_from(seconds).unwrap_or_default())
}

#[cfg(test)]
mod tests;
