-- Outbox schema 1: what was announced, and what has still to be told. Never edited once released.

CREATE TABLE readme (
    -- What a person who opens the file by hand should know.
    line INTEGER PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;

INSERT INTO readme (text) VALUES
    ('Alarms of a synthetic availability prober: what is open, and which events have still to be delivered.'),
    ('Nothing here is a secret, and no figure of a report depends on it. `reporter alarms --list` shows it.'),
    ('Instants are milliseconds since 1970-01-01 UTC.'),
    ('event: each stays until it was delivered, or was tried too often (dead). Its id is the same for every delivery.');

CREATE TABLE state (
    -- What was announced, per contract; written together with the events that follow from it.
    contract TEXT PRIMARY KEY,
    json TEXT NOT NULL
) STRICT;

CREATE TABLE event (
    -- What has to be told, in the order in which it came about.
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE, -- key#number: who gets it twice can tell
    key TEXT NOT NULL, -- contract/alarm/scope; events of one key are delivered in order
    body TEXT NOT NULL, -- JSON, as it is delivered
    queued_at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL, -- not tried before this
    fate TEXT NOT NULL DEFAULT 'waiting' CHECK (fate IN ('waiting', 'delivered', 'dead')),
    fate_at INTEGER, -- when it was delivered or given up
    error TEXT -- what the last failed try said
) STRICT;

CREATE INDEX event_by_fate ON event (fate, key, sequence);
