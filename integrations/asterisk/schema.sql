-- The node's one file. Tables are written by the node alone; the views are what Asterisk's realtime reads.
-- Asterisk takes NULL for an empty value and refuses it, and refuses columns it does not know: so nothing is NULL,
-- and the views list exactly the options they set.

CREATE TABLE IF NOT EXISTS customers (
    customer INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, generation INTEGER NOT NULL, root TEXT NOT NULL,
    buckets BLOB NOT NULL, effective_at REAL NOT NULL, milliseconds REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS objects (
    customer INTEGER NOT NULL, key TEXT NOT NULL, bucket INTEGER NOT NULL, sha256 TEXT NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (customer, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS objects_bucket ON objects (customer, bucket, key, sha256);
CREATE TABLE IF NOT EXISTS credentials (
    customer INTEGER NOT NULL, credential INTEGER NOT NULL, version INTEGER NOT NULL, secret TEXT NOT NULL,
    PRIMARY KEY (customer, credential, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sounds (
    customer INTEGER NOT NULL, key TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (customer, key, sha256)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS telephones (
    username TEXT PRIMARY KEY, customer INTEGER NOT NULL, person TEXT NOT NULL, credential INTEGER NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS telephones_person ON telephones (customer, person);
CREATE INDEX IF NOT EXISTS telephones_credential ON telephones (customer, credential, version);
CREATE TABLE IF NOT EXISTS extensions (
    id TEXT PRIMARY KEY, customer INTEGER NOT NULL, person TEXT NOT NULL, telephones TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS extensions_person ON extensions (customer, person);
CREATE TABLE IF NOT EXISTS numbers (
    e164 TEXT PRIMARY KEY, customer INTEGER NOT NULL, number TEXT NOT NULL, is_main INTEGER NOT NULL,
    resort TEXT NOT NULL, argument TEXT NOT NULL, seconds INTEGER NOT NULL, greeting TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS numbers_number ON numbers (customer, number);
CREATE TABLE IF NOT EXISTS resort_keys (
    customer INTEGER NOT NULL, key TEXT NOT NULL, number TEXT NOT NULL, PRIMARY KEY (customer, key, number)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS resort_keys_number ON resort_keys (customer, number);

-- Telephones whose registrations Asterisk must still be told to forget.
CREATE TABLE IF NOT EXISTS dropped (username TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE VIEW IF NOT EXISTS devices AS
SELECT username, customer, person, coalesce((
    SELECT e164 FROM numbers WHERE numbers.customer = telephones.customer ORDER BY is_main DESC, e164 LIMIT 1
), '') AS presented FROM telephones;
CREATE VIEW IF NOT EXISTS ps_aors AS
SELECT username AS id, 1 AS max_contacts, 'yes' AS remove_existing, 120 AS default_expiration,
    60 AS minimum_expiration, 3600 AS maximum_expiration, 60 AS qualify_frequency FROM telephones;
CREATE VIEW IF NOT EXISTS ps_auths AS
SELECT telephones.username AS id, 'userpass' AS auth_type, telephones.username AS username, secret AS password
FROM telephones JOIN credentials USING (customer, credential, version);
CREATE VIEW IF NOT EXISTS ps_endpoints AS
SELECT username AS id, 'phones' AS context, 'all' AS disallow, 'alaw,ulaw,g722' AS allow, username AS aors,
    username AS auth, 'rfc4733' AS dtmf_mode, 'no' AS direct_media, 'yes' AS rtp_symmetric, 'yes' AS force_rport,
    'yes' AS rewrite_contact, 'se' AS language, 'se' AS tone_zone, 'no' AS trust_id_inbound,
    customer AS accountcode, coalesce((SELECT '<' || substr(id, instr(id, '-') + 1) || '>' FROM extensions
        WHERE extensions.customer = telephones.customer AND extensions.person = telephones.person), '') AS callerid,
    'CUSTOMER=' || customer AS set_var FROM telephones;
