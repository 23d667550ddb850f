-- The node's one file: what the portal gave. What follows from it is in derived.sql.
-- A customer's rows lie in a stage. Calls follow the one stage that `customers` names; another is being filled, or
-- waits to be swept. So a snapshot is written beside what calls follow, and activation changes one row.

CREATE TABLE IF NOT EXISTS stages (
    stage INTEGER PRIMARY KEY AUTOINCREMENT, customer INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS customers (
    customer INTEGER PRIMARY KEY, stage INTEGER NOT NULL UNIQUE, epoch INTEGER NOT NULL, generation INTEGER NOT NULL,
    root TEXT NOT NULL, buckets BLOB NOT NULL, effective_at REAL NOT NULL, milliseconds REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS object_rows (
    stage INTEGER NOT NULL, key TEXT NOT NULL, bucket INTEGER NOT NULL, sha256 TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (stage, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS object_rows_bucket ON object_rows (stage, bucket, key, sha256);
CREATE TABLE IF NOT EXISTS credential_rows (
    stage INTEGER NOT NULL, credential INTEGER NOT NULL, version INTEGER NOT NULL, secret TEXT NOT NULL,
    sha256 TEXT NOT NULL, PRIMARY KEY (stage, credential, version)
) WITHOUT ROWID;

-- Objects a customer had and has no more, or '' for all there was, until live state and the spool have forgotten them too.
CREATE TABLE IF NOT EXISTS gone (customer INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (customer, key)) WITHOUT ROWID;

-- Telephones whose registrations Asterisk must still be told to forget.
CREATE TABLE IF NOT EXISTS dropped (username TEXT PRIMARY KEY) WITHOUT ROWID;
