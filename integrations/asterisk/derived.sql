-- What follows from the objects (derive.py), and the views that Asterisk's realtime reads. All of it is made anew when
-- this file changes. Every table here begins with stage and source: the key of the object its row follows from.
-- Asterisk takes NULL for an empty value and refuses it, and refuses columns it does not know: so nothing is NULL,
-- and the views list exactly the options they set.

CREATE TABLE telephone_rows (
    stage INTEGER NOT NULL, source TEXT NOT NULL, username TEXT NOT NULL, credential INTEGER NOT NULL,
    version INTEGER NOT NULL, PRIMARY KEY (username, stage)
) WITHOUT ROWID;
CREATE INDEX telephone_rows_source ON telephone_rows (stage, source);
CREATE INDEX telephone_rows_credential ON telephone_rows (stage, credential, version);
CREATE TABLE extension_rows (
    stage INTEGER NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, telephones TEXT NOT NULL, PRIMARY KEY (id, stage)
) WITHOUT ROWID;
CREATE INDEX extension_rows_source ON extension_rows (stage, source);
CREATE TABLE number_rows (
    stage INTEGER NOT NULL, source TEXT NOT NULL, e164 TEXT NOT NULL, is_main INTEGER NOT NULL, resort TEXT NOT NULL,
    argument TEXT NOT NULL, seconds INTEGER NOT NULL, greeting TEXT NOT NULL, PRIMARY KEY (e164, stage)
) WITHOUT ROWID;
CREATE INDEX number_rows_source ON number_rows (stage, source);
CREATE INDEX number_rows_main ON number_rows (stage, is_main DESC, e164);
CREATE TABLE sound_rows (
    stage INTEGER NOT NULL, source TEXT NOT NULL, sha256 TEXT NOT NULL, PRIMARY KEY (stage, source, sha256)
) WITHOUT ROWID;
CREATE INDEX sound_rows_sha256 ON sound_rows (sha256, stage);
CREATE TABLE member_rows (
    stage INTEGER NOT NULL, source TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (stage, person, source)
) WITHOUT ROWID;
CREATE INDEX member_rows_source ON member_rows (stage, source);
CREATE TABLE leg_rows (
    stage INTEGER NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, telephones TEXT NOT NULL, mobile TEXT NOT NULL,
    confirm INTEGER NOT NULL, PRIMARY KEY (id, stage)
) WITHOUT ROWID;
CREATE INDEX leg_rows_source ON leg_rows (stage, source);
CREATE TABLE queue_rows (
    stage INTEGER NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL, strategy TEXT NOT NULL,
    ring_seconds INTEGER NOT NULL, music TEXT NOT NULL, announce TEXT NOT NULL, announce_every INTEGER NOT NULL,
    exits INTEGER NOT NULL, wrap_up_seconds INTEGER NOT NULL, PRIMARY KEY (id, stage)
) WITHOUT ROWID;
CREATE INDEX queue_rows_source ON queue_rows (stage, source);
CREATE INDEX queue_rows_music ON queue_rows (music, stage);
CREATE TABLE queue_member_rows (
    stage INTEGER NOT NULL, source TEXT NOT NULL, queue TEXT NOT NULL, leg TEXT NOT NULL, person TEXT NOT NULL,
    rank INTEGER NOT NULL, PRIMARY KEY (queue, leg, stage)
) WITHOUT ROWID;
CREATE INDEX queue_member_rows_source ON queue_member_rows (stage, source);
-- Members who take no calls now, by live state. Follows from no object: the node writes it anew when it starts.
CREATE TABLE absences (
    queue TEXT NOT NULL, leg TEXT NOT NULL, paused INTEGER NOT NULL, PRIMARY KEY (queue, leg)
) WITHOUT ROWID;
CREATE TABLE lamp_rows (
    stage INTEGER NOT NULL, source TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (stage, person, source)
) WITHOUT ROWID;
CREATE INDEX lamp_rows_source ON lamp_rows (stage, source);
CREATE TABLE reach_rows (
    stage INTEGER NOT NULL, source TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (stage, key, source)
) WITHOUT ROWID;
CREATE INDEX reach_rows_source ON reach_rows (stage, source);

CREATE VIEW telephones AS
SELECT username, customer, source AS person, credential, version FROM telephone_rows JOIN customers USING (stage);
CREATE VIEW extensions AS
SELECT id, customer, source AS person, telephones FROM extension_rows JOIN customers USING (stage);
CREATE VIEW numbers AS
SELECT e164, customer, source AS number, is_main, resort, argument, seconds, greeting
FROM number_rows JOIN customers USING (stage);
CREATE VIEW lamps AS
SELECT customer, source AS mailbox, person FROM lamp_rows JOIN customers USING (stage);
CREATE VIEW devices AS
SELECT username, customer, source AS person, coalesce((
    SELECT e164 FROM number_rows WHERE number_rows.stage = telephone_rows.stage ORDER BY is_main DESC, e164 LIMIT 1
), '') AS presented FROM telephone_rows JOIN customers USING (stage);
CREATE VIEW ps_aors AS
SELECT username AS id, 1 AS max_contacts, 'yes' AS remove_existing, 120 AS default_expiration,
    60 AS minimum_expiration, 3600 AS maximum_expiration, 60 AS qualify_frequency
FROM telephone_rows JOIN customers USING (stage);
CREATE VIEW ps_auths AS
SELECT username AS id, 'userpass' AS auth_type, username, secret AS password
FROM telephone_rows JOIN customers USING (stage) JOIN credential_rows USING (stage, credential, version);
CREATE VIEW ps_endpoints AS
SELECT username AS id, 'phones' AS context, 'all' AS disallow, 'alaw,ulaw,g722' AS allow, username AS aors,
    username AS auth, 'rfc4733' AS dtmf_mode, 'no' AS direct_media, 'yes' AS rtp_symmetric, 'yes' AS force_rport,
    'yes' AS rewrite_contact, 'se' AS language, 'se' AS tone_zone, 'no' AS trust_id_inbound,
    customer AS accountcode, coalesce((SELECT '<' || substr(id, instr(id, '-') + 1) || '>' FROM extension_rows
        WHERE extension_rows.stage = telephone_rows.stage AND extension_rows.source = telephone_rows.source), '')
        AS callerid, 'CUSTOMER=' || customer AS set_var
FROM telephone_rows JOIN customers USING (stage);
CREATE VIEW legs AS
SELECT id, customer, source AS person, telephones, mobile, confirm, coalesce((
    SELECT e164 FROM number_rows WHERE number_rows.stage = leg_rows.stage ORDER BY is_main DESC, e164 LIMIT 1
), '') AS presented FROM leg_rows JOIN customers USING (stage);
-- Sounds are named by their full path, which follows from where this file lies. Asterisk compares a position with text.
CREATE VIEW folder AS
SELECT rtrim(file, replace(file, '/', '')) || 'blobs/' AS blobs FROM pragma_database_list WHERE name = 'main';
CREATE VIEW queues AS
SELECT id AS name, strategy, ring_seconds AS timeout, 1 AS retry, 'unavailable,invalid' AS joinempty,
    'unavailable,invalid' AS leavewhenempty, 'no' AS ringinuse, 'yes' AS autofill, 'app' AS timeoutpriority,
    iif(exits, 'line', '') AS context, iif(music = '', 'default', music) AS musicclass,
    iif(announce = '', '', (SELECT blobs FROM folder) || announce) AS periodic_announce,
    announce_every AS periodic_announce_frequency, 'yes' AS announce_to_first_user
FROM queue_rows JOIN customers USING (stage);
CREATE VIEW queue_members AS
SELECT queue_member_rows.queue AS queue_name, 'Local/' || queue_member_rows.leg || '@ring' AS interface,
    queue_member_rows.leg AS membername, 'Custom:' || queue_member_rows.leg AS state_interface, rank AS penalty,
    coalesce(absences.paused, 0) AS paused, '' AS reason_paused, queue_member_rows.queue || ':' || queue_member_rows.leg AS uniqueid
FROM queue_member_rows JOIN customers USING (stage)
    JOIN leg_rows ON leg_rows.id = queue_member_rows.leg AND leg_rows.stage = queue_member_rows.stage
    LEFT JOIN absences USING (queue, leg)
WHERE coalesce(absences.paused, 1) = 1;
CREATE VIEW line_members AS
SELECT customer, queue_member_rows.source AS customer_group, queue_member_rows.person AS person, queue, leg,
    telephones, mobile, wrap_up_seconds
FROM queue_member_rows JOIN customers USING (stage)
    JOIN leg_rows ON leg_rows.id = queue_member_rows.leg AND leg_rows.stage = queue_member_rows.stage
    JOIN queue_rows ON queue_rows.id = queue_member_rows.queue AND queue_rows.stage = queue_member_rows.stage;
CREATE VIEW musiconhold AS SELECT DISTINCT music AS name, 'playlist' AS mode FROM queue_rows WHERE music <> '';
CREATE VIEW musiconhold_entry AS
SELECT DISTINCT music AS name, CAST(0 AS INTEGER) AS position, (SELECT blobs FROM folder) || music AS entry
FROM queue_rows WHERE music <> '';
