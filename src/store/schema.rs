//! The tables, and the journal that tells a running server what changed.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::BUSY;

/// The format that this program reads and writes, kept in `PRAGMA user_version`: how many steps lead to it.
#[expect(clippy::cast_possible_wrap, reason = "steps are few")]
pub(super) const VERSION: i64 = STEPS.len() as i64;

/// Why a database cannot be used.
pub(super) enum Unfit {
    Newer(i64),
    Broken(rusqlite::Error),
}

impl From<rusqlite::Error> for Unfit {
    fn from(error: rusqlite::Error) -> Self {
        Self::Broken(error)
    }
}

/// Sets the connection up and makes the tables on first use.
pub(super) fn prepare(connection: &Connection) -> Result<(), Unfit> {
    connection.busy_timeout(BUSY)?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > VERSION {
        return Err(Unfit::Newer(version));
    }
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    if version < VERSION { bring_up(connection) } else { Ok(()) }
}

/// Takes every step that this database has not taken yet, or none.
fn bring_up(connection: &Connection) -> Result<(), Unfit> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    // Asked again, now that nobody else can write: two processes may come here at once.
    let taken: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for step in STEPS.iter().skip(usize::try_from(taken).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}

/// Step by step from an empty database to the present format.
const STEPS: &[&str] = &[CREDENTIALS, TOKEN_SERVICE, KEY_TYPES, DENIED, OPAQUE_KEYS, USAGE, AUDIT];

/// Times are milliseconds since 1970; lists are JSON; NULL means "no limit".
///
/// Every change of a credential leaves its key in `changes`. The journal keeps its last 10,000 lines: a server that has
/// seen less than that reads everything again.
const CREDENTIALS: &str = "
CREATE TABLE IF NOT EXISTS callers (
    which TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, state TEXT NOT NULL,
    scopes TEXT, plan TEXT, networks TEXT, token_ttl INTEGER, ends INTEGER, created INTEGER NOT NULL,
    PRIMARY KEY (which, id), UNIQUE (which, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS secrets (
    which TEXT NOT NULL, id TEXT NOT NULL, digest BLOB NOT NULL, created INTEGER NOT NULL, ends INTEGER,
    PRIMARY KEY (which, id, digest),
    FOREIGN KEY (which, id) REFERENCES callers (which, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS certificates (
    issuer BLOB NOT NULL, serial BLOB NOT NULL, name TEXT NOT NULL, sans TEXT NOT NULL, state TEXT NOT NULL, revoked INTEGER,
    scopes TEXT, plan TEXT, networks TEXT, not_before INTEGER NOT NULL, not_after INTEGER NOT NULL,
    PRIMARY KEY (issuer, serial)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS certificates_by_name ON certificates (name);
CREATE TABLE IF NOT EXISTS revoked_tokens (
    issuer TEXT NOT NULL, jti TEXT NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (issuer, jti)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS crl_numbers (issuer BLOB PRIMARY KEY NOT NULL, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS changes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, first ANY NOT NULL, second ANY
) STRICT;
CREATE TRIGGER IF NOT EXISTS changes_kept AFTER INSERT ON changes WHEN NEW.seq % 1000 = 0
    BEGIN DELETE FROM changes WHERE seq <= NEW.seq - 10000; END;
CREATE TRIGGER IF NOT EXISTS caller_made AFTER INSERT ON callers
    BEGIN INSERT INTO changes (kind, first) VALUES (NEW.which, NEW.id); END;
CREATE TRIGGER IF NOT EXISTS caller_changed AFTER UPDATE ON callers
    BEGIN INSERT INTO changes (kind, first) VALUES (NEW.which, NEW.id); END;
CREATE TRIGGER IF NOT EXISTS caller_removed AFTER DELETE ON callers
    BEGIN INSERT INTO changes (kind, first) VALUES (OLD.which, OLD.id); END;
CREATE TRIGGER IF NOT EXISTS secret_made AFTER INSERT ON secrets
    BEGIN INSERT INTO changes (kind, first) VALUES (NEW.which, NEW.id); END;
CREATE TRIGGER IF NOT EXISTS secret_changed AFTER UPDATE ON secrets
    BEGIN INSERT INTO changes (kind, first) VALUES (NEW.which, NEW.id); END;
CREATE TRIGGER IF NOT EXISTS secret_removed AFTER DELETE ON secrets
    BEGIN INSERT INTO changes (kind, first) VALUES (OLD.which, OLD.id); END;
CREATE TRIGGER IF NOT EXISTS certificate_made AFTER INSERT ON certificates
    BEGIN INSERT INTO changes (kind, first, second) VALUES ('certificate', NEW.issuer, NEW.serial); END;
CREATE TRIGGER IF NOT EXISTS certificate_changed AFTER UPDATE ON certificates
    BEGIN INSERT INTO changes (kind, first, second) VALUES ('certificate', NEW.issuer, NEW.serial); END;
CREATE TRIGGER IF NOT EXISTS token_revoked AFTER INSERT ON revoked_tokens
    BEGIN INSERT INTO changes (kind, first, second) VALUES ('token', NEW.issuer, NEW.jti); END;
CREATE TRIGGER IF NOT EXISTS token_revoked_for_longer AFTER UPDATE ON revoked_tokens
    BEGIN INSERT INTO changes (kind, first, second) VALUES ('token', NEW.issuer, NEW.jti); END;
";

/// What the token service keeps: public keys of clients, its own signing keys, assertions that were used, when secrets were.
///
/// `signs` is when a key begins to sign (NULL: a spare that is published only), `retired` when it stopped counting. An assertion
/// (RFC 7523) is kept until it has ended, so that nobody uses it twice. `uses` leaves no line in the journal: no decision reads it.
const TOKEN_SERVICE: &str = "
ALTER TABLE callers ADD COLUMN jwks TEXT;
CREATE TABLE uses (
    which TEXT NOT NULL, id TEXT NOT NULL, digest BLOB NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (which, id, digest),
    FOREIGN KEY (which, id, digest) REFERENCES secrets (which, id, digest) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE TABLE assertions (
    client TEXT NOT NULL, jti TEXT NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (client, jti)
) STRICT, WITHOUT ROWID;
CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY NOT NULL, algorithm TEXT NOT NULL, jwk TEXT NOT NULL,
    created INTEGER NOT NULL, signs INTEGER, retired INTEGER
) STRICT, WITHOUT ROWID;
CREATE TRIGGER signing_key_made AFTER INSERT ON signing_keys
    BEGIN INSERT INTO changes (kind, first) VALUES ('signing_key', NEW.kid); END;
CREATE TRIGGER signing_key_changed AFTER UPDATE ON signing_keys
    BEGIN INSERT INTO changes (kind, first) VALUES ('signing_key', NEW.kid); END;
CREATE TRIGGER signing_key_removed AFTER DELETE ON signing_keys
    BEGIN INSERT INTO changes (kind, first) VALUES ('signing_key', OLD.kid); END;
";

/// What kind of key a certificate has; NULL: the caller's own. Those of before were all made here, on P-256.
const KEY_TYPES: &str = "ALTER TABLE certificates ADD COLUMN key_type TEXT DEFAULT 'p256';";

/// Networks from which a caller may not call, beside those from which it may.
const DENIED: &str = "
ALTER TABLE callers ADD COLUMN denied TEXT;
ALTER TABLE certificates ADD COLUMN denied TEXT;
";

/// Keys that tell no id: `digest` is that of the whole key, by which it is looked up, so nobody has the same.
const OPAQUE_KEYS: &str = "
ALTER TABLE secrets ADD COLUMN opaque INTEGER NOT NULL DEFAULT FALSE;
CREATE UNIQUE INDEX opaque_keys ON secrets (digest) WHERE opaque;
";

/// Who was served how much, and when certificates were last used. Days are numbers from 1970-01-01 (0) on, in UTC.
///
/// `billed` has everybody who was ever served, under the last known name and plan, and the first day in that plan. Whoever is removed
/// stays there, for the bill. None of it leaves a line in the journal: no decision waits for it.
const USAGE: &str = "
CREATE TABLE billed (
    kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, plan TEXT, first INTEGER NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE usage (
    kind TEXT NOT NULL, id TEXT NOT NULL, day INTEGER NOT NULL, operation TEXT NOT NULL, requests INTEGER NOT NULL,
    PRIMARY KEY (kind, id, day, operation)
) STRICT, WITHOUT ROWID;
CREATE INDEX usage_by_day ON usage (day);
CREATE TABLE certificate_uses (
    issuer BLOB NOT NULL, serial BLOB NOT NULL, last INTEGER NOT NULL,
    PRIMARY KEY (issuer, serial),
    FOREIGN KEY (issuer, serial) REFERENCES certificates (issuer, serial) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
";

/// The audit log: where each chain ends, and the lines of `changes` that are not in its file yet, by the number of the first line
/// of their transaction. None of it leaves a line in the journal.
const AUDIT: &str = "
CREATE TABLE audit_heads (
    writer TEXT PRIMARY KEY NOT NULL, seq INTEGER NOT NULL, hash TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_waiting (first INTEGER PRIMARY KEY NOT NULL, lines TEXT NOT NULL) STRICT;
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_the_first_format_is_brought_up_and_keeps_what_it_holds() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(CREDENTIALS).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        connection.execute("INSERT INTO revoked_tokens VALUES ('', 'j', 1)", []).unwrap();
        assert!(prepare(&connection).is_ok());
        assert!(prepare(&connection).is_ok(), "once is enough");
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        let kept: i64 = connection.query_row("SELECT count(*) FROM revoked_tokens", [], |row| row.get(0)).unwrap();
        assert_eq!((version, kept), (VERSION, 1));
        connection.query_row("SELECT count(*) FROM signing_keys", [], |row| row.get::<_, i64>(0)).unwrap();
    }

    #[test]
    fn a_database_of_a_later_format_is_left_alone() {
        let connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", VERSION + 1).unwrap();
        assert!(matches!(prepare(&connection), Err(Unfit::Newer(version)) if version == VERSION + 1));
    }
}
