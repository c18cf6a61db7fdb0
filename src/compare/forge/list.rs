//! Revocation lists as the client CA signs them, without the server's commands.

use std::path::Path;

use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber};
use time::{Duration, OffsetDateTime};

use super::certificate::true_ca;
use crate::{
    clock,
    files::{self, Readers},
    peer::Serial,
};

/// Puts a list that names exactly these into `file`, signed by the client CA whose directory is `ca`. Its number is above that of
/// every list that was made before, by commands too, and it is good for an hour.
pub(in crate::compare) fn publish(ca: &Path, file: &Path, revoked: &[Serial]) -> Result<(), String> {
    let maker = true_ca(ca)?;
    let now = OffsetDateTime::from(clock::now());
    let number = u64::try_from(now.unix_timestamp_nanos() / 1000).map_err(|_| "the clock stands before 1970")?;
    let params = CertificateRevocationListParams {
        this_update: now - Duration::MINUTE,
        next_update: now + Duration::HOUR,
        crl_number: SerialNumber::from(number),
        issuing_distribution_point: None,
        revoked_certs: revoked.iter().map(|serial| entry(serial, now)).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let list = params.signed_by(&maker.issuer).and_then(|list| list.pem()).map_err(|error| error.to_string())?;
    files::write(file, list.as_bytes(), Readers::Everyone).map_err(|error| error.to_string())
}

fn entry(serial: &Serial, since: OffsetDateTime) -> RevokedCertParams {
    RevokedCertParams {
        serial_number: SerialNumber::from_slice(&serial.0),
        revocation_time: since,
        reason_code: None,
        invalidity_date: None,
    }
}
