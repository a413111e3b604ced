//! Random deliveries held against a map: uploads are dropped, doubled, reordered and played again; agents are rolled back or go on
//! twice; the hub is restored from a backup. What was rolled back is sent again under other numbers. What the hub then holds, has folded and has put into quarantine must be what a few
//! lines over a map say.
//!
//! 10,000 schedules; `HUB_SCHEDULES=1000000 cargo test --release -p ledger --lib delivery` tries a million.

mod model;

use super::fleet::{Fleet, Sender};
use crate::store::Ripe;
use crate::store::db::values;
use crate::store::table::{chain, registry as rows};

use crate::wire::record::Signed;
use crate::wire::upload::{Outcome, Reply};
use model::{Model, Place, sequences};

/// After so many schedules, each with an agent of its own, the hub is a new one.
const AGENTS: u64 = 40;
/// How much happens in a schedule.
const STEPS: u64 = 24;

/// xorshift64*.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % limit
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(u64::try_from(length).expect("few"))).expect("few")
    }
}

/// An agent as it is on its disk, and what it has sealed in this life.
#[derive(Clone)]
struct Agent {
    sender: Sender,
    sealed: Vec<(Place, Signed)>,
}

struct World<'a> {
    fleet: &'a mut Fleet,
    dice: Dice,
    model: Model,
    agents: Vec<Agent>,
    snapshot: Option<Agent>,
    backup: Option<(Vec<u8>, Model)>,
    /// The hub can be put back to what it was.
    restorable: bool,
    flying: Vec<Vec<Signed>>,
    landed: Vec<Vec<Signed>>,
}

impl World<'_> {
    fn step(&mut self) {
        let at = self.dice.index(self.agents.len());
        match self.dice.below(100) {
            0..25 => self.seal(at),
            25..26 => while self.fleet.hub.fold(Ripe::All).expect("folds") > 0 {},
            26..50 => self.send(at),
            50..76 => self.land(),
            76..80 => self.drop_one(),
            80..84 => self.double(),
            84..87 => self.play_again(),
            87..91 => self.snapshot = Some(self.agents[at].clone()),
            91..95 => self.roll_back(at),
            95..96 => self.copy(at),
            96.. if !self.restorable => self.seal(at),
            96..98 => self.backup = Some((self.fleet.dump(), self.model.clone())),
            _ => self.restore(),
        }
    }

    fn seal(&mut self, at: usize) {
        let count = 1 + self.dice.below(3);
        let agent = &mut self.agents[at];
        let record = agent.sender.seal(count);
        let place = (agent.sender.epoch, agent.sender.number);
        agent.sealed.push((place, record));
    }

    /// Some batches in a row, from anywhere: the newest is live news, the others are the backlog.
    fn send(&mut self, at: usize) {
        let agent = &self.agents[at];
        let mut records = Vec::new();
        if self.dice.below(4) == 0 {
            records.push(agent.sender.plan());
        }
        if !agent.sealed.is_empty() {
            let from = self.dice.index(agent.sealed.len());
            let many = 1 + self.dice.index(3);
            let some = agent.sealed[from..].iter().take(many);
            records.extend(some.map(|(_, record)| record.clone()));
            if self.dice.below(4) == 0 {
                records.reverse();
            }
        }
        self.flying.push(records);
    }

    fn land(&mut self) {
        if self.flying.is_empty() {
            return;
        }
        let at = self.dice.index(self.flying.len());
        let records = self.flying.swap_remove(at);
        self.deliver(&records);
        self.landed.push(records);
    }

    fn drop_one(&mut self) {
        if !self.flying.is_empty() {
            let at = self.dice.index(self.flying.len());
            self.flying.swap_remove(at);
        }
    }

    fn double(&mut self) {
        if !self.flying.is_empty() {
            let at = self.dice.index(self.flying.len());
            self.flying.push(self.flying[at].clone());
        }
    }

    fn play_again(&mut self) {
        if !self.landed.is_empty() {
            let at = self.dice.index(self.landed.len());
            let records = self.landed[at].clone();
            self.deliver(&records);
        }
    }

    /// The hub and the map hear the same, and must say the same.
    fn deliver(&mut self, records: &[Signed]) -> Reply {
        let reply = self.fleet.send(&self.agents[0].sender, records);
        for (record, outcome) in records.iter().zip(&reply.outcomes) {
            let said = match outcome {
                Outcome::Taken(_) => Some(true),
                Outcome::Known(_) => Some(false),
                Outcome::Refused(..) | Outcome::Later(..) => None,
            };
            assert_eq!(self.model.take(record), said, "{outcome:?}");
        }
        reply
    }

    /// The agent's disk is what it was; it looks where the hub stands before it goes on.
    fn roll_back(&mut self, at: usize) {
        let Some(old) = self.snapshot.take() else {
            return;
        };
        self.agents[at] = old;
        self.agents[at].sender.life += 1;
        self.ask(at);
    }

    /// What the uplink does at its start: a hub that knows more than the agent makes it begin a new epoch.
    fn ask(&mut self, at: usize) {
        let standing = self.deliver(&[]).standing;
        let agent = &mut self.agents[at];
        let own = |place: Place| agent.sealed.iter().find(|(sealed, _)| *sealed == place);
        let epoch = standing.epoch;
        let known = |number: u64| own((epoch, number)).map(|(_, record)| record.hash());
        let behind = epoch > agent.sender.epoch
            || epoch == agent.sender.epoch
                && (standing.highest > agent.sender.number
                    || standing.number > 0 && known(standing.number) != Some(standing.hash));
        if behind {
            // What it had receipts for when it was copied, it need not send again; it cannot know what else the hub has.
            let from = self.dice.index(agent.sealed.len() + 1);
            let waiting = agent.sealed.split_off(from);
            let waiting = waiting.iter().map(|(_, record)| sequences(record));
            let waiting: Vec<(u64, u64)> = waiting.collect();
            let first = waiting.first().map_or(agent.sender.next, |batch| batch.0);
            let counts = waiting.iter().map(|(first, last)| last - first + 1);
            let counts: Vec<u64> = counts.collect();
            agent.sealed.clear();
            let again = agent
                .sender
                .send_again(&standing, first, &counts)
                .into_iter();
            let places = (1..).map(|number| (agent.sender.epoch, number));
            agent.sealed.extend(places.zip(again));
        }
    }

    /// Somebody starts the same agent twice.
    fn copy(&mut self, at: usize) {
        if self.agents.len() < 2 {
            let mut copy = self.agents[at].clone();
            copy.sender.life += 1;
            self.agents.push(copy);
        }
    }

    fn restore(&mut self) {
        if let Some((bytes, model)) = self.backup.clone() {
            self.fleet.load(&bytes);
            self.model = model;
        }
    }

    /// Nothing is lost any more: what the agents still have is sent until the hub wants nothing.
    fn drain(&mut self) {
        for at in 0..self.agents.len() {
            let sealed = self.agents[at].sealed.clone();
            let mut all = vec![self.agents[at].sender.plan()];
            all.extend(sealed.into_iter().map(|(_, record)| record));
            self.deliver(&all);
        }
    }

    fn compare(&mut self, seed: u64) {
        while self.fleet.hub.fold(Ripe::All).expect("folds") > 0 {}
        let db = self.fleet.hub.db();
        let name = &self.agents[0].sender.name;
        let known = rows::hold(db, name).expect("reads").expect("is there");
        let links = chain::all(db, known.id).expect("reads");
        let held: Vec<_> = links
            .iter()
            .map(|link| {
                let hash = link.head.hash();
                (
                    (link.epoch, link.number),
                    hash,
                    link.first_sequence,
                    link.last_sequence,
                )
            })
            .collect();
        let wanted: Vec<_> = self
            .model
            .held
            .iter()
            .map(|(place, (hash, _, first, last))| (*place, *hash, *first, *last))
            .collect();
        assert_eq!(held, wanted, "seed {seed}: what is held");
        let quarantined = known.state == "quarantined";
        assert_eq!(
            quarantined, self.model.quarantined,
            "seed {seed}: quarantine"
        );
        let foldable = self.model.foldable();
        assert_eq!(known.folded_before, foldable, "seed {seed}: what is folded");
        let sql = "SELECT coalesce(CAST(sum(ticks) AS BIGINT), 0) FROM (SELECT ticks FROM run WHERE agent = ?1 \
            UNION ALL SELECT ticks FROM near WHERE agent = ?1 UNION ALL SELECT open_ticks FROM series WHERE agent = ?1 \
            UNION ALL SELECT 1 FROM tick WHERE agent = ?1 AND attempts > 0) AS folded";
        let folded: i64 = db
            .one(sql, &values![known.id], |row| row.get(0))
            .expect("counts");
        let below = self.model.ticks_before(foldable);
        assert_eq!(
            usize::try_from(folded),
            Ok(below),
            "seed {seed}: nothing lost, nothing doubled"
        );
    }
}

fn schedule(fleet: &mut Fleet, seed: u64) -> (bool, bool) {
    let restorable = !fleet.hub.db().is_postgres();
    let sender = fleet.enrol(&format!("agent-{seed}"));
    let mut world = World {
        fleet,
        dice: Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
        model: Model::default(),
        agents: vec![Agent {
            sender,
            sealed: Vec::new(),
        }],
        snapshot: None,
        backup: None,
        restorable,
        flying: Vec::new(),
        landed: Vec::new(),
    };
    for _ in 0..STEPS {
        world.step();
    }
    world.drain();
    world.compare(seed);
    let epochs = world.model.held.keys().any(|(epoch, _)| *epoch > 1);
    (world.model.quarantined, epochs)
}

fn schedules(part: u64) {
    let all = std::env::var("HUB_SCHEDULES").ok();
    let all: u64 = all.and_then(|text| text.parse().ok()).unwrap_or(10_000);
    let (mut quarantined, mut epochs) = (0, 0);
    let mut fleet = Fleet::new();
    for (count, seed) in (part..all).step_by(4).enumerate() {
        if u64::try_from(count).expect("few") % AGENTS == 0 {
            fleet = Fleet::new();
        }
        let (fork, epoch) = schedule(&mut fleet, seed);
        quarantined += u64::from(fork);
        epochs += u64::from(epoch);
    }
    // The schedules must not have become so tame that they try nothing.
    assert!(quarantined > all / 4 / 100, "{quarantined} forks");
    assert!(epochs > all / 4 / 500, "{epochs} new epochs");
}

#[test]
fn random_deliveries_end_as_a_map_says_1() {
    schedules(0);
}

#[test]
fn random_deliveries_end_as_a_map_says_2() {
    schedules(1);
}

#[test]
fn random_deliveries_end_as_a_map_says_3() {
    schedules(2);
}

#[test]
fn random_deliveries_end_as_a_map_says_4() {
    schedules(3);
}

#[cfg(feature = "postgres")]
#[test]
fn random_deliveries_to_a_database_end_as_a_map_says() {
    use crate::store::Place;
    use crate::testing::cluster::cluster;
    let place = Place::Postgres(cluster().database());
    let mut fleet = Fleet::at(place, &crate::store::sample::plan());
    let forks = (0..80).filter(|seed| schedule(&mut fleet, *seed).0);
    assert!(forks.count() > 0, "the schedules try nothing");
}
