-- Schema 1: the record of one agent, or of several. Never edited once released; later changes are files of their own.
-- Comments stand inside of the statements, because SQLite keeps them there and `.schema` shows them.

CREATE TABLE readme (
    -- What a person who opens the file by hand should know.
    line INTEGER PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;

INSERT INTO readme (text) VALUES
    ('Record of a synthetic availability prober: what was planned, what was observed. Nothing here is a secret.'),
    ('Begin with the views: readable_outage, readable_tick, readable_run, readable_attempt, readable_latency, readable_batch.'),
    ('They show names and ISO 8601 instants in UTC. .schema explains every table.'),
    ('In the tables instants are milliseconds since 1970-01-01 UTC, lengths milliseconds, latencies (_us) microseconds.'),
    ('attempt: the newest attempts, one row each, until they are sealed into a batch.'),
    ('batch: all older attempts, packed in columns, chained by SHA-256 (ledger/src/wire.rs). reporter unpacks them.'),
    ('signer, signed_plan, invite, fork, log*, checkpoint, cosignature: who signed what, and the log of a hub (docs/HUB.md).'),
    ('What is packed is dropped after keep_raw (400 days) unless it lies near trouble; hashes, runs and ticks stay for good.'),
    ('run: stretches in which every planned tick was good at its first attempt and not slow.'),
    ('tick: every other tick. Folding lags behind by up to an hour. near: the good ticks near trouble, packed.'),
    ('latency: packed histograms (1 us to 60 s, 2 digits) by UTC hour, and by day and month of each contract.'),
    ('outage: what this file alone tells of each contract, as of table judged. Several agents together: reporter days.'),
    ('day: what each agent and probe come to by themselves, by month and day; view readable_day.'),
    ('Attempts are the truth and never change; all else can be rebuilt from them while they are kept: reporter audit.');

CREATE TABLE agent (
    -- Who observed.
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    region TEXT NOT NULL,
    sum INTEGER, -- the beginning of the SHA-256 of name and region
    epoch INTEGER NOT NULL, -- the life of its batch numbers
    folded_before INTEGER NOT NULL, -- attempts with lower numbers are in run, tick and latency already
    pruned_before INTEGER NOT NULL DEFAULT 1, -- attempts with lower numbers are in batches that are pruned, or kept for good near trouble
    whole_to INTEGER NOT NULL DEFAULT 0, -- batches of the epoch up to this number are there without a gap
    state TEXT NOT NULL DEFAULT 'active', -- at a hub: active, quarantined or revoked
    state_since INTEGER, -- by the hub's clock
    state_reason TEXT
) STRICT;

CREATE TABLE plan (
    -- What was planned, without secrets.
    version INTEGER PRIMARY KEY, -- the beginning of the text's SHA-256
    json TEXT NOT NULL,
    contracts TEXT NOT NULL -- the contracts of it alone, JSON: a reader of sums needs no more
) STRICT;

CREATE TABLE probe (
    -- What was looked at; the plan says how.
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE attempt (
    -- The unsealed tail, one row an attempt.
    agent INTEGER NOT NULL REFERENCES agent (id),
    sequence INTEGER NOT NULL, -- the agent's count of attempts, without gaps
    probe INTEGER NOT NULL REFERENCES probe (id),
    plan INTEGER NOT NULL REFERENCES plan (version),
    tick INTEGER NOT NULL, -- the scheduled instant
    due INTEGER NOT NULL, -- tick + the region's share of the spacing + jitter
    kind TEXT NOT NULL, -- base, fast (between base ticks, while in doubt) or retry
    account TEXT,
    credential_version INTEGER, -- counts the account's passwords
    started INTEGER NOT NULL,
    ended INTEGER NOT NULL,
    evidence_start INTEGER NOT NULL, -- of the exchange that decided
    evidence_end INTEGER NOT NULL,
    verdict TEXT NOT NULL, -- good, bad, void (says nothing) or held (other evidence decides)
    class TEXT, -- why it was not good
    step TEXT, -- the step that decided
    status INTEGER, -- HTTP status
    family TEXT, -- of the address
    steps TEXT NOT NULL, -- JSON: microseconds of each phase of each step
    total_us INTEGER, -- from due to the end, if good
    slow INTEGER NOT NULL,
    clock_error INTEGER NOT NULL, -- the agent's clock was right within this
    canary TEXT NOT NULL, -- whether the agent's own network worked
    second_resolver TEXT,
    detail TEXT NOT NULL,
    PRIMARY KEY (agent, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE batch (
    -- All older attempts: the raw record.
    id INTEGER PRIMARY KEY,
    agent INTEGER NOT NULL REFERENCES agent (id),
    epoch INTEGER NOT NULL,
    number INTEGER NOT NULL,
    first_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    first_tick INTEGER NOT NULL, -- the oldest and the newest of its ticks
    last_tick INTEGER NOT NULL,
    hashes BLOB NOT NULL, -- SHA-256 of the batch before and of the body: with name, place and numbers its head, of which its own hash is made
    signer INTEGER REFERENCES signer (id), -- NULL: not signed yet
    signature BLOB, -- Ed25519, of the hash
    leaf INTEGER, -- its place in the hub's log; NULL: at no hub yet
    received INTEGER, -- when the hub had it, by the hub's clock
    receipt BLOB, -- at the agent: the hub's signature
    refused TEXT, -- why the hub does not take it; at the hub only its place is kept then, and its ticks are those of its coming
    pruned_at INTEGER, -- the newest tick when it was
    UNIQUE (agent, epoch, number)
) STRICT;

CREATE TABLE batch_body (
    -- What is packed in the batches that are neither pruned nor refused.
    id INTEGER PRIMARY KEY, -- that of the batch
    first_tick INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;

CREATE INDEX batch_by_sequence ON batch (agent, last_sequence);
CREATE INDEX batch_by_tick ON batch (agent, (last_tick / 3600000 - first_tick / 3600000), (last_tick / 3600000));
CREATE INDEX batch_by_leaf ON batch (leaf) WHERE leaf % 32 = 0;

CREATE VIEW whole_batch AS
-- What batches are read through.
SELECT batch.*, body FROM batch LEFT JOIN batch_body ON batch_body.id = batch.id AND batch_body.first_tick = batch.first_tick;

CREATE TABLE excerpt (
    -- What is kept of a pruned batch: the attempts of probes that had trouble then. Its hash does not prove them any more.
    agent INTEGER NOT NULL REFERENCES agent (id),
    epoch INTEGER NOT NULL,
    number INTEGER NOT NULL,
    first_tick INTEGER NOT NULL, -- the oldest and the newest of its ticks
    last_tick INTEGER NOT NULL,
    attempts INTEGER NOT NULL, -- how many
    packed BLOB NOT NULL, -- as the body of a batch
    PRIMARY KEY (agent, epoch, number)
) STRICT;

CREATE INDEX excerpt_by_tick ON excerpt (agent, last_tick, first_tick);

CREATE TABLE hub (
    -- The hub that agents sign for: this one, or the one that this agent reports to.
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    public BLOB NOT NULL, -- its Ed25519 key
    plan INTEGER REFERENCES plan (version) -- at a hub: whose contracts count; NULL: those of the newest attempt's plan
) STRICT;

CREATE TABLE signer (
    -- The keys of agents, each for as long as it was theirs, by the hub's clock.
    id INTEGER PRIMARY KEY,
    agent INTEGER NOT NULL REFERENCES agent (id),
    public BLOB NOT NULL UNIQUE, -- Ed25519
    since INTEGER NOT NULL,
    until INTEGER -- NULL: still
) STRICT;

CREATE TABLE signed_plan (
    -- Which agent has said to look by which plan.
    agent INTEGER NOT NULL REFERENCES agent (id),
    version INTEGER NOT NULL REFERENCES plan (version),
    hash BLOB NOT NULL, -- SHA-256 of the plan's text
    signer INTEGER REFERENCES signer (id),
    signature BLOB,
    leaf INTEGER,
    received INTEGER,
    receipt BLOB,
    refused TEXT,
    PRIMARY KEY (agent, version)
) STRICT;

CREATE TABLE invite (
    -- Tokens by which agents enrol. Each works once.
    token BLOB PRIMARY KEY, -- its SHA-256
    agent TEXT NOT NULL,
    region TEXT NOT NULL,
    rotate INTEGER NOT NULL, -- 1: a new key for an agent that is known
    made INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used INTEGER
) STRICT;

CREATE TABLE fork (
    -- Batches that claim a place in which another one stands. Nothing is read from them.
    agent INTEGER NOT NULL REFERENCES agent (id),
    epoch INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL,
    head BLOB NOT NULL,
    signer INTEGER NOT NULL REFERENCES signer (id),
    signature BLOB NOT NULL,
    body BLOB NOT NULL,
    received INTEGER NOT NULL,
    PRIMARY KEY (agent, epoch, number, hash)
) STRICT;

CREATE TABLE log (
    -- The hub's log (RFC 6962): how many leaves it has, and the hashes of the whole subtrees that they make, largest first.
    id INTEGER PRIMARY KEY CHECK (id = 1),
    size INTEGER NOT NULL,
    edge BLOB NOT NULL
) STRICT;

CREATE TABLE log_entry (
    -- Its leaves that are no batch: plans, keys, what operators did. Those of batches follow from table batch.
    leaf INTEGER PRIMARY KEY,
    entry BLOB NOT NULL
) STRICT;

CREATE TABLE log_tile (
    -- Hashes of whole subtrees of 256^level leaves, 256 a row, from level 1 on.
    level INTEGER NOT NULL,
    number INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
    -- What the hub has said of its log, as signed notes. At an agent: the newest one that it has verified.
    size INTEGER PRIMARY KEY,
    made INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;

CREATE TABLE cosignature (
    -- Who else has seen a checkpoint, and found that it continues what was there before.
    size INTEGER NOT NULL REFERENCES checkpoint (size),
    agent INTEGER NOT NULL REFERENCES agent (id),
    signer INTEGER NOT NULL REFERENCES signer (id),
    signature BLOB NOT NULL, -- C2SP cosignature/v1: 8 bytes of seconds, 64 of Ed25519
    PRIMARY KEY (size, agent)
) STRICT;

CREATE TABLE series (
    -- Where the fold of each agent and probe stands.
    agent INTEGER NOT NULL REFERENCES agent (id),
    probe INTEGER NOT NULL REFERENCES probe (id),
    horizon INTEGER, -- ticks before it are settled, those from there on may still change
    trouble_until INTEGER, -- good ticks up to here are near trouble and stay single
    late_tick INTEGER, -- the one tick before the horizon that may still get a retry
    late_fast INTEGER,
    last_tick INTEGER, -- the newest settled tick of the base grid, its plan, and where its evidence ends
    last_plan INTEGER,
    last_end INTEGER,
    again_tick INTEGER, -- the tick of the last primary attempt if that came twice: its retries did, too
    again_fast INTEGER,
    open_ticks INTEGER NOT NULL DEFAULT 0, -- how many quiet ticks from the horizon on stand in open; the others are rows of tick
    open BLOB, -- as near.packed
    sum INTEGER, -- as in run
    PRIMARY KEY (agent, probe)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
    -- A quiet stretch: every planned tick was taken, good at its first attempt and not slow.
    agent INTEGER NOT NULL REFERENCES agent (id),
    probe INTEGER NOT NULL REFERENCES probe (id),
    first_tick INTEGER NOT NULL,
    last_tick INTEGER NOT NULL,
    plan INTEGER NOT NULL REFERENCES plan (version),
    ticks INTEGER NOT NULL, -- how many
    first_start INTEGER NOT NULL, -- evidence of the first tick
    first_end INTEGER NOT NULL,
    last_start INTEGER NOT NULL, -- evidence of the last tick
    last_end INTEGER NOT NULL,
    widest_gap INTEGER NOT NULL, -- between the evidences of two neighbours, widened by their clock errors
    clock_error INTEGER NOT NULL, -- the largest
    first_error INTEGER NOT NULL, -- of the first tick
    last_error INTEGER NOT NULL, -- of the last tick
    sum INTEGER, -- the beginning of the SHA-256 of all others but sequence (ledger/src/store/table/sums.rs); NULL: written without
    PRIMARY KEY (agent, probe, first_tick)
) STRICT, WITHOUT ROWID;

CREATE TABLE tick (
    -- A tick that was not quiet, or a quiet one near trouble that may still change. Columns as in attempt, from its first attempt.
    agent INTEGER NOT NULL REFERENCES agent (id),
    probe INTEGER NOT NULL REFERENCES probe (id),
    tick INTEGER NOT NULL,
    fast INTEGER NOT NULL, -- 1: between base ticks; in no ratio
    plan INTEGER NOT NULL REFERENCES plan (version),
    due INTEGER NOT NULL,
    verdict TEXT NOT NULL, -- good, flicker (bad, then good at a retry), bad, void, held or missed
    recovered INTEGER NOT NULL, -- 1: held, but a retry was good
    slow INTEGER NOT NULL,
    class TEXT,
    step TEXT,
    status INTEGER,
    account TEXT,
    credential_version INTEGER,
    evidence_start INTEGER NOT NULL,
    evidence_end INTEGER NOT NULL,
    last_evidence_start INTEGER NOT NULL, -- of its last attempt
    last_evidence_end INTEGER NOT NULL,
    attempts INTEGER NOT NULL, -- 0 if it was missed
    sequence INTEGER NOT NULL, -- of its first attempt
    clock_error INTEGER NOT NULL,
    canary TEXT NOT NULL,
    second_resolver TEXT,
    detail TEXT NOT NULL,
    sum INTEGER, -- as in run
    PRIMARY KEY (agent, probe, tick, fast)
) STRICT, WITHOUT ROWID;

CREATE TABLE near (
    -- Quiet ticks near trouble, some of a series in one value: as good as rows of tick, in a tenth of the space.
    agent INTEGER NOT NULL REFERENCES agent (id),
    probe INTEGER NOT NULL REFERENCES probe (id),
    first_tick INTEGER NOT NULL,
    last_tick INTEGER NOT NULL,
    ticks INTEGER NOT NULL, -- how many
    packed BLOB NOT NULL, -- ledger/src/wire/near.rs tells how
    sum INTEGER, -- as in run
    PRIMARY KEY (agent, probe, first_tick)
) STRICT, WITHOUT ROWID;

CREATE TABLE latency (
    -- How long base attempts took: all that was measured of a series in an hour, day or month, packed in one value.
    -- For each phase of each step and for the whole attempt from its due instant: how often each latency was seen.
    agent INTEGER NOT NULL REFERENCES agent (id),
    span TEXT NOT NULL, -- hour (of UTC), day or month (of zone)
    zone TEXT NOT NULL,
    start INTEGER NOT NULL, -- of the hour, day or month
    probe INTEGER NOT NULL REFERENCES probe (id),
    good INTEGER NOT NULL, -- how many attempts succeeded
    failed INTEGER NOT NULL, -- how many were bad: experienced latency counts them as having taken the whole deadline
    packed BLOB NOT NULL, -- ledger/src/histogram/sheet.rs tells how
    sum INTEGER, -- as in run
    PRIMARY KEY (agent, span, zone, start, probe)
) STRICT, WITHOUT ROWID;

CREATE TABLE latency_zone (
    -- Since when days and months of a zone are kept: those that begin at or after it are whole.
    agent INTEGER NOT NULL REFERENCES agent (id),
    zone TEXT NOT NULL,
    since INTEGER NOT NULL, -- the least integer: all of them
    sum INTEGER, -- as in run
    PRIMARY KEY (agent, zone)
) STRICT, WITHOUT ROWID;

CREATE TABLE outage (
    -- What the engine made of this file alone, by the terms of a contract. Each edge has its best estimate and bounds.
    contract TEXT NOT NULL,
    number INTEGER NOT NULL, -- from 1, in the order of time
    contract_hash TEXT NOT NULL,
    start_earliest INTEGER NOT NULL,
    start_estimate INTEGER NOT NULL,
    start_latest INTEGER NOT NULL,
    end_earliest INTEGER NOT NULL, -- where the record ends while open is 1
    end_estimate INTEGER NOT NULL,
    end_latest INTEGER NOT NULL,
    open INTEGER NOT NULL,
    length_lower INTEGER NOT NULL,
    length_estimate INTEGER NOT NULL,
    length_upper INTEGER NOT NULL,
    counted_lower INTEGER NOT NULL, -- what the contract counts of it
    counted_estimate INTEGER NOT NULL,
    counted_upper INTEGER NOT NULL,
    edges TEXT NOT NULL, -- how regions were combined: fused or quorum
    personas TEXT NOT NULL, -- JSON list
    regions TEXT NOT NULL, -- JSON list
    classes TEXT NOT NULL, -- JSON map: bad ticks by class
    session_only INTEGER NOT NULL, -- 1: kept sessions were lost while logins worked
    borderline INTEGER NOT NULL, -- 1: its bounds straddle the contract's least length
    confirmed INTEGER NOT NULL, -- the earliest instant of an alarm
    PRIMARY KEY (contract, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE judged (
    -- Up to where each contract's outages are known. No row and no outage: nobody looked.
    contract TEXT PRIMARY KEY,
    contract_hash TEXT NOT NULL, -- the terms: beginning of the SHA-256 of the contract as JSON
    program TEXT NOT NULL, -- version of the engine
    settled_before INTEGER NOT NULL, -- outages before it will not change
    judged_until INTEGER NOT NULL -- where the record ended; quiet ticks that came since change nothing
) STRICT;

CREATE TABLE day_terms (
    -- By which rules, and in which zone, the days of single series are kept. Derived; reporter judges what is not kept.
    id INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE, -- the engine's version, the zone and the rules: beginning of the SHA-256
    zone TEXT NOT NULL
) STRICT;

CREATE TABLE day_until (
    -- Up to where they are kept: what lies before is settled.
    terms INTEGER NOT NULL REFERENCES day_terms (id),
    agent INTEGER NOT NULL REFERENCES agent (id),
    probe INTEGER NOT NULL REFERENCES probe (id),
    until INTEGER NOT NULL, -- the greatest integer: a platform check, which cannot count and has no days
    PRIMARY KEY (terms, agent, probe)
) STRICT, WITHOUT ROWID;

CREATE TABLE day (
    -- What one agent and probe come to by themselves, a month a row: sums in milliseconds, and each day of it packed.
    terms INTEGER NOT NULL REFERENCES day_terms (id),
    month INTEGER NOT NULL, -- its first instant in the zone
    agent INTEGER NOT NULL REFERENCES agent (id),
    probe INTEGER NOT NULL REFERENCES probe (id),
    up INTEGER NOT NULL,
    degraded INTEGER NOT NULL,
    down INTEGER NOT NULL, -- best estimate
    down_lower INTEGER NOT NULL, -- at least
    down_upper INTEGER NOT NULL, -- at most
    unknown INTEGER NOT NULL, -- after the first evidence and before day_until
    packed BLOB NOT NULL, -- ledger/src/store/table/days.rs tells how
    PRIMARY KEY (terms, month, agent, probe)
) STRICT, WITHOUT ROWID;

CREATE VIEW readable_day AS
-- By month; before any quorum of regions, and with nothing excluded.
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', month / 1000, 'unixepoch') AS month, zone, agent.name AS agent, agent.region,
       probe.name AS probe,
       printf('%d:%02d:%02d', down / 3600000, down / 60000 % 60, down / 1000 % 60) AS down,
       printf('%d:%02d:%02d', down_lower / 3600000, down_lower / 60000 % 60, down_lower / 1000 % 60) AS at_least,
       printf('%d:%02d:%02d', down_upper / 3600000, down_upper / 60000 % 60, down_upper / 1000 % 60) AS at_most,
       printf('%d:%02d:%02d', unknown / 3600000, unknown / 60000 % 60, unknown / 1000 % 60) AS unknown
FROM day JOIN day_terms ON day_terms.id = day.terms JOIN agent ON agent.id = day.agent JOIN probe ON probe.id = day.probe;

CREATE VIEW readable_outage AS
-- Lengths are h:mm:ss. What several agents know together is for reporter to say.
SELECT outage.contract, number,
       strftime('%Y-%m-%dT%H:%M:%SZ', start_estimate / 1000, 'unixepoch') AS start,
       CASE outage.open WHEN 1 THEN 'open' ELSE strftime('%Y-%m-%dT%H:%M:%SZ', end_estimate / 1000, 'unixepoch') END AS "end",
       printf('%d:%02d:%02d', length_estimate / 3600000, length_estimate / 60000 % 60, length_estimate / 1000 % 60) AS length,
       printf('%d:%02d:%02d', length_lower / 3600000, length_lower / 60000 % 60, length_lower / 1000 % 60) AS at_least,
       printf('%d:%02d:%02d', length_upper / 3600000, length_upper / 60000 % 60, length_upper / 1000 % 60) AS at_most,
       printf('%d:%02d:%02d', counted_estimate / 3600000, counted_estimate / 60000 % 60, counted_estimate / 1000 % 60) AS counted,
       personas, regions, classes,
       strftime('%Y-%m-%dT%H:%M:%SZ', judged_until / 1000, 'unixepoch') AS as_of
FROM outage LEFT JOIN judged ON judged.contract = outage.contract
ORDER BY outage.contract, number;

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

CREATE VIEW readable_near AS
SELECT agent.name AS agent, agent.region, probe.name AS probe,
       strftime('%Y-%m-%dT%H:%M:%SZ', first_tick / 1000, 'unixepoch') AS first_tick,
       strftime('%Y-%m-%dT%H:%M:%SZ', last_tick / 1000, 'unixepoch') AS last_tick, ticks, length(packed) AS bytes
FROM near JOIN agent ON agent.id = near.agent JOIN probe ON probe.id = near.probe;

CREATE VIEW readable_attempt AS
-- The tail only; older attempts are in batches.
SELECT agent.name AS agent, agent.region, sequence, probe.name AS probe,
       strftime('%Y-%m-%dT%H:%M:%SZ', tick / 1000, 'unixepoch') AS tick,
       strftime('%Y-%m-%dT%H:%M:%fZ', started / 1000.0, 'unixepoch') AS started,
       ended - started AS took_ms, kind, account, verdict, class, step, status, detail
FROM attempt JOIN agent ON agent.id = attempt.agent JOIN probe ON probe.id = attempt.probe;

CREATE VIEW readable_latency AS
-- What there is; reporter reads percentiles from the histograms.
SELECT agent.name AS agent, agent.region, probe.name AS probe, span, zone,
       strftime('%Y-%m-%dT%H:%M:%SZ', start / 1000, 'unixepoch') AS start, good, failed, length(packed) AS bytes
FROM latency JOIN agent ON agent.id = latency.agent JOIN probe ON probe.id = latency.probe;

CREATE VIEW readable_batch AS
SELECT agent.name AS agent, agent.region, batch.epoch, number, first_sequence, last_sequence,
       strftime('%Y-%m-%dT%H:%M:%SZ', first_tick / 1000, 'unixepoch') AS first_tick,
       strftime('%Y-%m-%dT%H:%M:%SZ', last_tick / 1000, 'unixepoch') AS last_tick, length(body) AS bytes,
       signature IS NOT NULL AS signed, leaf,
       strftime('%Y-%m-%dT%H:%M:%SZ', received / 1000, 'unixepoch') AS received, refused,
       strftime('%Y-%m-%dT%H:%M:%SZ', pruned_at / 1000, 'unixepoch') AS pruned_at
FROM whole_batch AS batch JOIN agent ON agent.id = batch.agent;
