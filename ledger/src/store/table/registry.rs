//! Tables `hub`, `signer`, `invite` and the state of table `agent`: who may send what to a hub.

use super::code::number;
use crate::identity::PublicKey;
use crate::name::Name;
use crate::record::Agent;
use crate::store::db::{Db, Row, values};
use crate::store::error::Fault;
use crate::time::Timestamp;
use crate::wire::Hash;

/// An agent as a hub knows it.
#[derive(Clone, Debug)]
pub(in crate::store) struct Known {
    pub(in crate::store) id: i64,
    pub(in crate::store) agent: Agent,
    pub(in crate::store) epoch: u32,
    pub(in crate::store) whole_to: u64,
    pub(in crate::store) folded_before: u64,
    pub(in crate::store) state: String,
    pub(in crate::store) since: Option<Timestamp>,
    pub(in crate::store) reason: Option<String>,
}

/// A key of an agent.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Signer {
    pub(in crate::store) id: i64,
    pub(in crate::store) agent: i64,
    pub(in crate::store) key: PublicKey,
    pub(in crate::store) since: Timestamp,
    pub(in crate::store) until: Option<Timestamp>,
}

/// A token that lets an agent in, once.
#[derive(Clone, Debug)]
pub(in crate::store) struct Invite {
    pub(in crate::store) token: Hash,
    pub(in crate::store) agent: Agent,
    pub(in crate::store) rotate: bool,
    pub(in crate::store) made: Timestamp,
    pub(in crate::store) expires: Timestamp,
    pub(in crate::store) used: Option<Timestamp>,
}

const KNOWN: &str = "SELECT id, name, region, epoch, whole_to, folded_before, state, state_since, \
    state_reason FROM agent";
const SIGNER: &str = "SELECT id, agent, public, since, until FROM signer";
const INVITE: &str = "SELECT token, agent, region, rotate, made, expires, used FROM invite";

/// The name and key of the hub that this record is one of, or reports to.
pub(in crate::store) fn hub(db: &Db) -> Result<Option<(String, PublicKey)>, Fault> {
    let sql = "SELECT name, public FROM hub WHERE id = 1";
    db.find(sql, &[], |row| Ok((row.get(0)?, key(row, 1)?)))
}

/// Says which hub this is, if nobody has said it yet.
pub(in crate::store) fn set_hub(db: &Db, name: &str, public: &PublicKey) -> Result<(), Fault> {
    let sql = "INSERT INTO hub (id, name, public) VALUES (1, ?1, ?2) ON CONFLICT (id) DO NOTHING";
    db.execute(sql, &values![name, &public.0]).map(drop)
}

/// The plan by which a hub judges; none if it was given none.
pub(in crate::store) fn hub_plan(db: &Db) -> Result<Option<u32>, Fault> {
    let sql = "SELECT plan FROM hub WHERE id = 1";
    Ok(db.find(sql, &[], |row| row.get(0))?.flatten())
}

/// Sets the plan by which a hub judges.
pub(in crate::store) fn set_hub_plan(db: &Db, version: Option<u32>) -> Result<(), Fault> {
    let sql = "UPDATE hub SET plan = ?1 WHERE id = 1";
    db.execute(sql, &values![version]).map(drop)
}

/// All agents, by name.
pub(in crate::store) fn agents(db: &Db) -> Result<Vec<Known>, Fault> {
    db.list(&format!("{KNOWN} ORDER BY name"), &[], known)
}

/// The agent of that name. No other transaction changes it before this one ends.
pub(in crate::store) fn hold(db: &Db, name: &Name) -> Result<Option<Known>, Fault> {
    let sql = format!("{KNOWN} WHERE name = ?1{}", for_update(db));
    db.find(&sql, &values![name], known)
}

/// What lets no other transaction change the rows that a query finds. SQLite has one writer anyway.
pub(in crate::store) fn for_update(db: &Db) -> &'static str {
    if db.is_postgres() { " FOR UPDATE" } else { "" }
}

/// Begins another life of an agent's batch numbers.
pub(in crate::store) fn set_epoch(db: &Db, agent: i64, epoch: u32) -> Result<(), Fault> {
    let sql = "UPDATE agent SET epoch = ?2, whole_to = 0 WHERE id = ?1";
    db.execute(sql, &values![agent, epoch]).map(drop)
}

/// Up to which number the batches of an agent's epoch are there without a gap.
pub(in crate::store) fn set_whole_to(db: &Db, agent: i64, to: u64) -> Result<(), Fault> {
    let sql = "UPDATE agent SET whole_to = ?2 WHERE id = ?1";
    db.execute(sql, &values![agent, number(to)?]).map(drop)
}

/// Sets what is taken from an agent: `active`, `quarantined` or `revoked`.
pub(in crate::store) fn set_state(
    db: &Db,
    agent: i64,
    (state, at, reason): (&str, Timestamp, Option<&str>),
) -> Result<(), Fault> {
    let sql = "UPDATE agent SET state = ?2, state_since = ?3, state_reason = ?4 WHERE id = ?1";
    let row = values![agent, state, at, reason];
    db.execute(sql, &row).map(drop)
}

/// The keys of one agent, the newest first.
pub(in crate::store) fn signers_of(db: &Db, agent: i64) -> Result<Vec<Signer>, Fault> {
    let sql = format!("{SIGNER} WHERE agent = ?1 ORDER BY id DESC");
    db.list(&sql, &values![agent], signer)
}

/// All keys of all agents, the newest first.
pub(in crate::store) fn signers(db: &Db) -> Result<Vec<Signer>, Fault> {
    db.list(&format!("{SIGNER} ORDER BY id DESC"), &[], signer)
}

/// Whether a key is somebody's.
pub(in crate::store) fn is_known(db: &Db, public: &PublicKey) -> Result<bool, Fault> {
    let sql = "SELECT id FROM signer WHERE public = ?1";
    let found = db.find(sql, &values![&public.0], |row| row.get::<i64>(0))?;
    Ok(found.is_some())
}

/// Adds a key, which must be nobody's.
pub(in crate::store) fn add_signer(
    db: &Db,
    (agent, public): (i64, &PublicKey),
    since: Timestamp,
) -> Result<(), Fault> {
    let sql = "INSERT INTO signer (agent, public, since) VALUES (?1, ?2, ?3)";
    db.execute(sql, &values![agent, &public.0, since]).map(drop)
}

/// Ends the keys of an agent but that one.
pub(in crate::store) fn end_signers(
    db: &Db,
    (agent, but): (i64, i64),
    until: Timestamp,
) -> Result<(), Fault> {
    let sql = "UPDATE signer SET until = ?3 WHERE agent = ?1 AND id <> ?2 AND until IS NULL";
    db.execute(sql, &values![agent, but, until]).map(drop)
}

/// Adds an invitation.
pub(in crate::store) fn add_invite(db: &Db, invite: &Invite) -> Result<(), Fault> {
    let sql = "INSERT INTO invite (token, agent, region, rotate, made, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let row = values![
        &invite.token.0,
        &invite.agent.name,
        &invite.agent.region,
        invite.rotate,
        invite.made,
        invite.expires,
    ];
    db.execute(sql, &row).map(drop)
}

/// The invitation with the token of that hash. No other transaction uses it before this one ends.
pub(in crate::store) fn hold_invite(db: &Db, token: &Hash) -> Result<Option<Invite>, Fault> {
    let sql = format!("{INVITE} WHERE token = ?1{}", for_update(db));
    db.find(&sql, &values![&token.0], invite)
}

/// All invitations that were not used, the newest first.
pub(in crate::store) fn open_invites(db: &Db, at: Timestamp) -> Result<Vec<Invite>, Fault> {
    let sql = format!("{INVITE} WHERE used IS NULL AND expires > ?1 ORDER BY made DESC, agent");
    db.list(&sql, &values![at], invite)
}

/// Notes that an invitation was used.
pub(in crate::store) fn use_invite(db: &Db, token: &Hash, at: Timestamp) -> Result<(), Fault> {
    let sql = "UPDATE invite SET used = ?2 WHERE token = ?1";
    db.execute(sql, &values![&token.0, at]).map(drop)
}

/// Removes invitations that ended long ago, and the open ones of an agent.
pub(in crate::store) fn drop_invites(
    db: &Db,
    agent: &Name,
    before: Timestamp,
) -> Result<(), Fault> {
    let sql = "DELETE FROM invite WHERE expires < ?2 OR agent = ?1 AND used IS NULL";
    db.execute(sql, &values![agent, before]).map(drop)
}

fn known(row: &Row<'_>) -> Result<Known, Fault> {
    Ok(Known {
        id: row.get(0)?,
        agent: Agent {
            name: row.get(1)?,
            region: row.get(2)?,
        },
        epoch: row.get(3)?,
        whole_to: row.get(4)?,
        folded_before: row.get(5)?,
        state: row.get(6)?,
        since: row.get(7)?,
        reason: row.get(8)?,
    })
}

fn signer(row: &Row<'_>) -> Result<Signer, Fault> {
    Ok(Signer {
        id: row.get(0)?,
        agent: row.get(1)?,
        key: key(row, 2)?,
        since: row.get(3)?,
        until: row.get(4)?,
    })
}

fn invite(row: &Row<'_>) -> Result<Invite, Fault> {
    let token = row.blob(0)?.try_into();
    Ok(Invite {
        token: Hash(token.map_err(|_| odd("invite", "a token's hash has another length"))?),
        agent: Agent {
            name: row.get(1)?,
            region: row.get(2)?,
        },
        rotate: row.get(3)?,
        made: row.get(4)?,
        expires: row.get(5)?,
        used: row.get(6)?,
    })
}

fn key(row: &Row<'_>, column: usize) -> Result<PublicKey, Fault> {
    let bytes = row.blob(column)?.try_into();
    bytes
        .map(PublicKey)
        .map_err(|_| odd("signer", "a public key has another length"))
}

fn odd(table: &'static str, what: &str) -> Fault {
    let what = what.to_owned();
    Fault::Row { table, what }
}
