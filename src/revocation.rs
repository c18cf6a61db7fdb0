//! Who is revoked: a revocation list as plain data (RFC 5280 §5), and the question that every certificate is put to.

use std::{collections::HashMap, fmt::Debug, sync::Arc, time::SystemTime};

use crate::{
    denial::Reason,
    peer::{ClientCertificate, Serial},
};

/// Revocations from every source, added up. Answers from memory.
pub trait Revocation: Debug + Send + Sync {
    /// Whether a certificate of this issuer (distinguished name, DER) may still count.
    ///
    /// # Errors
    /// [`Reason::Revoked`], or [`Reason::RevocationUnknown`] when the list is missing or past its `nextUpdate`.
    fn status(&self, issuer: &[u8], serial: &Serial, now: SystemTime) -> Result<(), Reason>;

    /// The same for a certificate with the CAs above it: a list that says nothing of one clears nobody.
    ///
    /// # Errors
    /// The first that does not count.
    fn status_of(&self, certificate: &ClientCertificate, now: SystemTime) -> Result<(), Reason> {
        self.status(&certificate.issuer, &certificate.serial, now)?;
        certificate.intermediates.iter().try_for_each(|(issuer, serial)| self.status(issuer, serial, now))
    }
}

/// Asks nobody: every certificate counts until its end, as behind API Gateway.
#[derive(Debug)]
pub struct NeverAsked;

impl Revocation for NeverAsked {
    fn status(&self, _: &[u8], _: &Serial, _: SystemTime) -> Result<(), Reason> {
        Ok(())
    }
}

/// Who one issuer says is revoked, and how long that statement holds.
#[derive(Debug, Clone)]
pub struct RevocationList {
    /// The issuer's distinguished name, DER.
    pub issuer: Arc<[u8]>,
    /// The public key that signed it (`SubjectPublicKeyInfo`, DER). CAs may share a name, after a new key or by chance: each
    /// numbers its own lists, and speaks for itself alone.
    pub signer: Arc<[u8]>,
    /// `thisUpdate`: when it was made.
    pub this_update: SystemTime,
    /// `cRLNumber`, big-endian without leading zeros; zero is one zero octet.
    pub number: Box<[u8]>,
    /// From then on nobody knows who else is revoked.
    pub next_update: SystemTime,
    /// The revoked, and since when.
    pub revoked: HashMap<Serial, SystemTime>,
}

impl RevocationList {
    /// Whether the list still says something at `now`.
    pub fn is_current(&self, now: SystemTime) -> bool {
        now < self.next_update
    }

    /// When half of its life is over: the next one should be there.
    pub fn halfway(&self) -> SystemTime {
        self.this_update + self.next_update.duration_since(self.this_update).unwrap_or_default() / 2
    }

    /// Whether the same CA made both: the same name and the same key.
    pub fn is_of_the_same_ca(&self, other: &Self) -> bool {
        self.issuer == other.issuer && self.signer == other.signer
    }

    /// Whether `other` is of the same CA and has a higher number, so that this one must not replace it. An equal number is
    /// the same list again.
    pub fn is_older_than(&self, other: &Self) -> bool {
        self.is_of_the_same_ca(other) && (self.number.len(), &self.number) < (other.number.len(), &other.number)
    }

    /// Of several lists of one CA, the one with the highest number; they may lie in one file while one follows the other.
    pub fn newest_of_each(lists: Vec<Self>) -> Vec<Self> {
        let mut newest: Vec<Self> = Vec::with_capacity(lists.len());
        for list in lists {
            match newest.iter_mut().find(|known| known.is_of_the_same_ca(&list)) {
                Some(known) if list.is_older_than(known) => {}
                Some(known) => *known = list,
                None => newest.push(list),
            }
        }
        newest
    }

    /// The number where it fits 64 bits, which is all that this program ever signs.
    pub fn counter(&self) -> Option<u64> {
        let number = self.number.iter().try_fold(0_u64, |sum, octet| sum.checked_mul(256)?.checked_add(u64::from(*octet)));
        number.filter(|_| self.number.len() <= 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(number: &[u8]) -> RevocationList {
        let next_update = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(10);
        RevocationList {
            issuer: Arc::from([]),
            signer: Arc::from([]),
            this_update: SystemTime::UNIX_EPOCH,
            number: number.into(),
            next_update,
            revoked: HashMap::new(),
        }
    }

    #[test]
    fn numbers_compare_as_integers() {
        assert!(list(&[7]).is_older_than(&list(&[1, 44])), "300 is more than 7, whatever the octets say");
        assert!(list(&[0]).is_older_than(&list(&[1])));
        assert!(!list(&[7]).is_older_than(&list(&[7])), "the same list again");
        assert!(!list(&[1, 44]).is_older_than(&list(&[255])));
        assert_eq!((list(&[1, 44]).counter(), list(&[0]).counter()), (Some(300), Some(0)));
        assert_eq!(list(&[1, 0, 0, 0, 0, 0, 0, 0, 0]).counter(), None);
    }

    #[test]
    fn numbers_of_different_cas_do_not_compare() {
        let of = |issuer: &[u8], signer: &[u8], number: u8| RevocationList {
            issuer: issuer.into(),
            signer: signer.into(),
            ..list(&[number])
        };
        assert!(of(b"a", b"1", 1).is_older_than(&of(b"a", b"1", 2)));
        assert!(!of(b"a", b"1", 1).is_older_than(&of(b"a", b"2", 2)), "another key");
        assert!(!of(b"a", b"1", 1).is_older_than(&of(b"b", b"1", 2)), "another name");
        let all = vec![of(b"a", b"1", 5), of(b"a", b"2", 1), of(b"a", b"1", 6), of(b"a", b"1", 4)];
        let newest: Vec<_> = RevocationList::newest_of_each(all).iter().map(RevocationList::counter).collect();
        assert_eq!(newest, [Some(6), Some(1)]);
    }

    #[test]
    fn a_list_ends_at_its_next_update() {
        let at = |seconds| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        assert!(list(&[1]).is_current(at(9)));
        assert!(!list(&[1]).is_current(at(10)));
    }
}
