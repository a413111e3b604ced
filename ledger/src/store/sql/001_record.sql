-- Schema 1: the record of one agent, or of several. Never edited once released; later changes are files of their own.

-- What a person who opens the file by hand should know.
CREATE TABLE readme (
    line INTEGER PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;

INSERT INTO readme (text) VALUES
    ('Record of a synthetic availability prober: what was planned, what was observed.'),
    ('Instants are milliseconds since 1970-01-01 UTC; lengths are milliseconds; latencies (_us) are microseconds.'),
    ('The views readable_attempt, readable_tick and readable_run show names and ISO 8601 instants.'),
    ('attempt: the newest attempts, one row each, until they are sealed into a batch.'),
    ('batch: all older attempts, packed in columns, chained by SHA-256 (ledger/src/wire.rs).'),
    ('run: stretches in which every planned tick was good at its first attempt and not slow.'),
    ('tick: every other tick, and the good ones near trouble. Folding lags behind by up to an hour.'),
    ('latency: compressed HdrHistograms (V2, 1 us to 60 s, 2 digits) by hour.'),
    ('outage: what the engine made of it for each contract; can be rebuilt from the rest.'),
    ('Attempts are the truth and never change. Nothing here is a secret.');

-- Who observed. Attempts before number folded_before are in run, tick and latency already.
CREATE TABLE agent (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    region TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    folded_before INTEGER NOT NULL
) STRICT;

-- What was planned, without secrets. The version is the beginning of the text's SHA-256.
CREATE TABLE plan (
    version INTEGER PRIMARY KEY,
    json TEXT NOT NULL
) STRICT;

CREATE TABLE probe (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- The unsealed tail. steps is JSON: microseconds of each phase of each step.
CREATE TABLE attempt (
    agent INTEGER NOT NULL REFERENCES agent (id),
    sequence INTEGER NOT NULL,
    probe INTEGER NOT NULL REFERENCES probe (id),
    plan INTEGER NOT NULL REFERENCES plan (version),
    tick INTEGER NOT NULL,
    due INTEGER NOT NULL,
    kind TEXT NOT NULL,
    account TEXT,
    credential_version INTEGER,
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    evidence_start INTEGER NOT NULL,
    evidence_end INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    class TEXT,
    step TEXT,
    status INTEGER,
    family TEXT,
    steps TEXT NOT NULL,
    total_us INTEGER,
    slow INTEGER NOT NULL,
    clock_error INTEGER NOT NULL,
    canary TEXT NOT NULL,
    second_resolver TEXT,
    detail TEXT NOT NULL,
    PRIMARY KEY (agent, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE batch (
    agent INTEGER NOT NULL REFERENCES agent (id),
    epoch INTEGER NOT NULL,
    number INTEGER NOT NULL,
    first_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    first_tick INTEGER NOT NULL,
    last_tick INTEGER NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (agent, epoch, number)
) STRICT;

CREATE INDEX batch_by_sequence ON batch (agent, last_sequence);

-- Where the fold of each series stands: ticks before horizon are settled, those from there on may still change.
CREATE TABLE series (
    agent INTEGER NOT NULL REFERENCES agent (id),
    probe INTEGER NOT NULL REFERENCES probe (id),
    horizon INTEGER,
    trouble_until INTEGER,
    late_tick INTEGER,
    late_fast INTEGER,
    PRIMARY KEY (agent, probe)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
    agent INTEGER NOT NULL REFERENCES agent (id),
    probe INTEGER NOT NULL REFERENCES probe (id),
    first_tick INTEGER NOT NULL,
    last_tick INTEGER NOT NULL,
    plan INTEGER NOT NULL REFERENCES plan (version),
    ticks INTEGER NOT NULL,
    first_start INTEGER NOT NULL,
    first_end INTEGER NOT NULL,
    last_start INTEGER NOT NULL,
    last_end INTEGER NOT NULL,
    widest_gap INTEGER NOT NULL,
    clock_error INTEGER NOT NULL,
    PRIMARY KEY (agent, probe, first_tick)
) STRICT, WITHOUT ROWID;

CREATE TABLE tick (
    agent INTEGER NOT NULL REFERENCES agent (id),
    probe INTEGER NOT NULL REFERENCES probe (id),
    tick INTEGER NOT NULL,
    fast INTEGER NOT NULL,
    plan INTEGER NOT NULL REFERENCES plan (version),
    due INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    recovered INTEGER NOT NULL,
    slow INTEGER NOT NULL,
    class TEXT,
    step TEXT,
    status INTEGER,
    account TEXT,
    credential_version INTEGER,
    evidence_start INTEGER NOT NULL,
    evidence_end INTEGER NOT NULL,
    last_evidence_start INTEGER NOT NULL,
    last_evidence_end INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    clock_error INTEGER NOT NULL,
    canary TEXT NOT NULL,
    second_resolver TEXT,
    detail TEXT NOT NULL,
    PRIMARY KEY (agent, probe, tick, fast)
) STRICT, WITHOUT ROWID;

-- step and phase are 'total' for the whole attempt from its due instant. span is 'hour' (of UTC), 'day' or 'month' (of zone).
CREATE TABLE latency (
    agent INTEGER NOT NULL REFERENCES agent (id),
    probe INTEGER NOT NULL REFERENCES probe (id),
    span TEXT NOT NULL,
    zone TEXT NOT NULL,
    step TEXT NOT NULL,
    phase TEXT NOT NULL,
    view TEXT NOT NULL,
    start INTEGER NOT NULL,
    n INTEGER NOT NULL,
    histogram BLOB NOT NULL,
    PRIMARY KEY (agent, probe, span, zone, step, phase, view, start)
) STRICT, WITHOUT ROWID;

-- Lists and maps are JSON. end_* is where the record ends while open is 1.
CREATE TABLE outage (
    contract TEXT NOT NULL,
    number INTEGER NOT NULL,
    contract_hash TEXT NOT NULL,
    start_earliest INTEGER NOT NULL,
    start_estimate INTEGER NOT NULL,
    start_latest INTEGER NOT NULL,
    end_earliest INTEGER NOT NULL,
    end_estimate INTEGER NOT NULL,
    end_latest INTEGER NOT NULL,
    open INTEGER NOT NULL,
    length_lower INTEGER NOT NULL,
    length_estimate INTEGER NOT NULL,
    length_upper INTEGER NOT NULL,
    counted_lower INTEGER NOT NULL,
    counted_estimate INTEGER NOT NULL,
    counted_upper INTEGER NOT NULL,
    edges TEXT NOT NULL,
    personas TEXT NOT NULL,
    regions TEXT NOT NULL,
    classes TEXT NOT NULL,
    session_only INTEGER NOT NULL,
    borderline INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    PRIMARY KEY (contract, number)
) STRICT, WITHOUT ROWID;

CREATE VIEW readable_attempt AS
SELECT agent.name AS agent, agent.region, sequence, probe.name AS probe,
       strftime('%Y-%m-%dT%H:%M:%SZ', tick / 1000, 'unixepoch') AS tick,
       strftime('%Y-%m-%dT%H:%M:%fZ', started / 1000.0, 'unixepoch') AS started,
       ended - started AS took_ms, kind, account, verdict, class, step, status, detail
FROM attempt JOIN agent ON agent.id = attempt.agent JOIN probe ON probe.id = attempt.probe;

CREATE VIEW readable_tick AS
SELECT agent.name AS agent, agent.region, probe.name AS probe,
       strftime('%Y-%m-%dT%H:%M:%SZ', tick / 1000, 'unixepoch') AS tick,
       CASE fast WHEN 1 THEN 'fast' ELSE 'base' END AS grid, verdict, slow, class, step, status, account, attempts,
       strftime('%Y-%m-%dT%H:%M:%fZ', evidence_start / 1000.0, 'unixepoch') AS evidence_start,
       strftime('%Y-%m-%dT%H:%M:%fZ', evidence_end / 1000.0, 'unixepoch') AS evidence_end,
       canary, detail
FROM tick JOIN agent ON agent.id = tick.agent JOIN probe ON probe.id = tick.probe;

CREATE VIEW readable_run AS
SELECT agent.name AS agent, agent.region, probe.name AS probe,
       strftime('%Y-%m-%dT%H:%M:%SZ', first_tick / 1000, 'unixepoch') AS first_tick,
       strftime('%Y-%m-%dT%H:%M:%SZ', last_tick / 1000, 'unixepoch') AS last_tick, ticks
FROM run JOIN agent ON agent.id = run.agent JOIN probe ON probe.id = run.probe;
