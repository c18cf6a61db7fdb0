//! The client certificates that our own CA issued, and the numbers of its revocation lists.

use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::{
    Store,
    column::{GrantColumns, grant, stamp, time, unreadable, word},
    failed,
    last_use::LastUse,
    record::{CertificateRecord, CertificateState},
    taken, unknown,
};
use crate::{
    clock,
    deed::{Deed, Event, Thing},
    exit::Failure,
    key_type::KeyType,
    peer::Serial,
};

/// A revocation list to be signed: its number, and every certificate of the issuer that is revoked and not yet expired.
#[derive(Debug)]
pub struct RevocationListDraft {
    /// One more than any before it.
    pub number: u64,
    /// Who is on it.
    pub revoked: Vec<CertificateRecord>,
}

impl Store {
    /// Keeps an issued certificate. A first issue wants the name free of live certificates, a renewal wants one.
    ///
    /// # Errors
    /// Exit 2 when that is not so.
    pub fn add_certificate(&mut self, record: &CertificateRecord, renewal: bool) -> Result<(), Failure> {
        self.transact(|store| {
            let live = named(store, &record.name)?.iter().any(is_live);
            match (live, renewal) {
                (true, false) => Err(taken("cert", &record.name)),
                (false, true) => Err(unknown("cert", &record.name)),
                _ => insert(store, record).map_err(|e| failed(&e)).map(|()| ((), vec![issued(record, renewal)])),
            }
        })
    }

    /// Every certificate, by name and end.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn certificates(&self) -> Result<Vec<CertificateRecord>, Failure> {
        all(&self.connection).map_err(|e| failed(&e))
    }

    /// The certificates of a name, the latest to end first; the ones of a serial when nothing has that name.
    ///
    /// # Errors
    /// Exit 2 when there is none.
    pub fn certificates_of(&self, name: &str) -> Result<Vec<CertificateRecord>, Failure> {
        named_or_numbered(&self.connection, name)
    }

    /// Whether certificates of exactly this name were issued.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn has_certificates_named(&self, name: &str) -> Result<bool, Failure> {
        named(&self.connection, name).map(|found| !found.is_empty())
    }

    /// The certificate of that issuer and serial, if this store keeps it.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn certificate(&self, issuer: &[u8], serial: &Serial) -> Result<Option<CertificateRecord>, Failure> {
        read(&self.connection, issuer, &serial.0).map_err(|e| failed(&e))
    }

    /// The certificates of the issuer that are revoked and not yet expired.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn revoked_certificates(&self, issuer: &[u8]) -> Result<Vec<CertificateRecord>, Failure> {
        revoked(&self.connection, issuer).map_err(|e| failed(&e))
    }

    /// Marks the live ones of [`Store::certificates_of`] as revoked, and returns all. The number of the issuer's list goes up
    /// with it, so that a list on disk which lacks them is seen to be behind, whatever crashes.
    ///
    /// # Errors
    /// Exit 2 when nothing of that name was issued.
    pub fn revoke_certificates(&mut self, name: &str) -> Result<Vec<CertificateRecord>, Failure> {
        self.transact(|store| revoke(store, named_or_numbered(store, name)?))
    }

    /// The same by serial, whatever name looks like it.
    ///
    /// # Errors
    /// Exit 2 when nothing of that serial was issued.
    pub fn revoke_serial(&mut self, serial: &Serial) -> Result<Vec<CertificateRecord>, Failure> {
        self.transact(|store| {
            let found = numbered(store, serial)?;
            if found.is_empty() { Err(unknown("cert", &serial.to_string())) } else { revoke(store, found) }
        })
    }

    /// Takes the next number for a revocation list of the issuer, together with what belongs on it.
    /// The number never falls: it is higher than any that was taken, and than `before`.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn draft_revocation_list(&mut self, issuer: &[u8], before: u64) -> Result<RevocationListDraft, Failure> {
        self.unaudited(|store| draft(store, issuer, before).map_err(|e| failed(&e)))
    }

    /// The number of the newest revocation list of the issuer, zero before the first.
    ///
    /// # Errors
    /// Exit 3 when the database fails.
    pub fn revocation_list_number(&self, issuer: &[u8]) -> Result<u64, Failure> {
        let sql = "SELECT number FROM crl_numbers WHERE issuer = ?1";
        let number: Option<i64> =
            self.connection.query_row(sql, [issuer], |row| row.get(0)).optional().map_err(|e| failed(&e))?;
        Ok(number.unwrap_or_default().unsigned_abs())
    }
}

/// A number higher than any that was taken, and than `before`.
fn next_number(store: &Connection, issuer: &[u8], before: u64) -> rusqlite::Result<u64> {
    let sql = "INSERT INTO crl_numbers (issuer, number) VALUES (?1, ?2 + 1)
               ON CONFLICT (issuer) DO UPDATE SET number = max(number, ?2) + 1 RETURNING number";
    let before = i64::try_from(before).unwrap_or(i64::MAX - 1);
    store.query_row(sql, params![issuer, before], |row| row.get(0)).map(i64::unsigned_abs)
}

fn draft(store: &Connection, issuer: &[u8], before: u64) -> rusqlite::Result<RevocationListDraft> {
    Ok(RevocationListDraft { number: next_number(store, issuer, before)?, revoked: revoked(store, issuer)? })
}

/// Who belongs on a list that is signed now.
fn revoked(store: &Connection, issuer: &[u8]) -> rusqlite::Result<Vec<CertificateRecord>> {
    let sql = format!("{SELECT} WHERE issuer = ?1 AND state = 'revoked' AND not_after > ?2");
    let mut select = store.prepare(&sql)?;
    select.query_map(params![issuer, stamp(clock::now())], record)?.collect()
}

fn is_live(record: &CertificateRecord) -> bool {
    record.state == CertificateState::Active && record.not_after > clock::now()
}

/// A name may look like a serial, so names come first.
fn named_or_numbered(store: &Connection, text: &str) -> Result<Vec<CertificateRecord>, Failure> {
    let mut found = named(store, text)?;
    if let Some(serial) = Serial::from_hex(text).filter(|_| found.is_empty()) {
        found = numbered(store, &serial)?;
    }
    if found.is_empty() { Err(unknown("cert", text)) } else { Ok(found) }
}

fn named(store: &Connection, name: &str) -> Result<Vec<CertificateRecord>, Failure> {
    select(store, "name = ?1", name).map_err(|e| failed(&e))
}

/// Serials are unique per issuer, so a store that has seen two CAs may hold two.
fn numbered(store: &Connection, serial: &Serial) -> Result<Vec<CertificateRecord>, Failure> {
    select(store, "serial = ?1", &*serial.0).map_err(|e| failed(&e))
}

const SELECT: &str = "SELECT certificates.*, last FROM certificates LEFT JOIN certificate_uses USING (issuer, serial)";

fn select(store: &Connection, condition: &str, by: impl ToSql) -> rusqlite::Result<Vec<CertificateRecord>> {
    let sql = format!("{SELECT} WHERE {condition} ORDER BY not_after DESC");
    store.prepare_cached(&sql)?.query_map([by], record)?.collect()
}

fn revoke(store: &Connection, mut found: Vec<CertificateRecord>) -> Result<Revoked, Failure> {
    let (now, mut deeds) = (clock::now(), Vec::new());
    for record in found.iter_mut().filter(|record| record.state == CertificateState::Active) {
        (record.state, record.revoked) = (CertificateState::Revoked, Some(now));
        let sql = "UPDATE certificates SET state = 'revoked', revoked = ?3 WHERE issuer = ?1 AND serial = ?2";
        store.execute(sql, params![&*record.issuer, &*record.serial.0, stamp(now)]).map_err(|e| failed(&e))?;
        next_number(store, &record.issuer, 0).map_err(|e| failed(&e))?;
        deeds.push(of_certificate(Event::CertificateRevoked, record));
    }
    Ok((found, deeds))
}

/// The certificates, and what was done to them.
type Revoked = (Vec<CertificateRecord>, Vec<Deed>);

fn issued(record: &CertificateRecord, renewal: bool) -> Deed {
    of_certificate(if renewal { Event::CertificateRenewed } else { Event::CertificateIssued }, record)
}

fn of_certificate(event: Event, record: &CertificateRecord) -> Deed {
    Deed::new(event, Thing::Certificate, record.serial.to_string()).named(&*record.name)
}

fn insert(store: &Connection, record: &CertificateRecord) -> rusqlite::Result<()> {
    let columns = GrantColumns::from(&record.grant);
    let sql = "INSERT INTO certificates
               (issuer, serial, name, sans, state, revoked, scopes, plan, networks, not_before, not_after, key_type, denied)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    let row = params![
        &*record.issuer,
        &*record.serial.0,
        &*record.name,
        serde_json::json!(record.sans).to_string(),
        record.state.as_str(),
        record.revoked.map(stamp),
        columns.scopes,
        columns.plan,
        columns.networks,
        stamp(record.not_before),
        stamp(record.not_after),
        record.key_type.map(KeyType::as_str),
        columns.denied
    ];
    store.execute(sql, row).map(drop)
}

/// The certificate of that issuer and serial, for the feed.
pub(super) fn read(store: &Connection, issuer: &[u8], serial: &[u8]) -> rusqlite::Result<Option<CertificateRecord>> {
    let sql = format!("{SELECT} WHERE issuer = ?1 AND serial = ?2");
    store.prepare_cached(&sql)?.query_row(params![issuer, serial], record).optional()
}

pub(super) fn all(store: &Connection) -> rusqlite::Result<Vec<CertificateRecord>> {
    store.prepare(&format!("{SELECT} ORDER BY name, not_after DESC"))?.query_map([], record)?.collect()
}

fn record(row: &Row<'_>) -> rusqlite::Result<CertificateRecord> {
    let sans: String = row.get("sans")?;
    Ok(CertificateRecord {
        issuer: row.get::<_, Vec<u8>>("issuer")?.into(),
        serial: Serial(row.get::<_, Vec<u8>>("serial")?.into()),
        name: row.get::<_, String>("name")?.into(),
        sans: serde_json::from_str(&sans).map_err(|_| unreadable("sans"))?,
        key_type: row
            .get::<_, Option<String>>("key_type")?
            .map(|word| word.parse())
            .transpose()
            .map_err(|_| unreadable("key_type"))?,
        state: word(row, "state")?,
        revoked: row.get::<_, Option<i64>>("revoked")?.map(time),
        grant: grant(row)?,
        not_before: time(row.get("not_before")?),
        not_after: time(row.get("not_after")?),
        last_used: LastUse::new(row.get::<_, Option<i64>>("last")?.map(time)),
    })
}
