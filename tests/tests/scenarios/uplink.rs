//! Agents and their hub as processes of their own: whatever is killed, set back or restored, in the end the hub has what
//! the agents have, and once.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ledger::attempt::Attempt;
use ledger::name::Name;
use ledger::store::Reader;
use tokio::time::Instant;

use crate::support::program::{self, Program};
use crate::support::record::{self, ALWAYS};
use crate::support::town::{REGIONS, Town};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A hub, where it is told to be by the first one that was started.
pub(crate) struct Hub<'a> {
    town: &'a Town,
    listen: String,
    more: Vec<String>,
    log: &'static str,
}

impl<'a> Hub<'a> {
    /// Starts one; the place that it listens at stays the same for all that are started later.
    pub(crate) fn begin(town: &'a Town) -> (Self, Program) {
        Self::begin_with(town, &[])
    }

    /// The same, each time started with `more`.
    pub(crate) fn begin_with(town: &'a Town, more: &[&str]) -> (Self, Program) {
        let more = more.iter().map(|&word| word.to_owned()).collect();
        Self::begin_as(town, more, "info")
    }

    /// One that logs all that it ever logs.
    pub(crate) fn begin_traced(town: &'a Town) -> (Self, Program) {
        Self::begin_as(town, Vec::new(), "trace")
    }

    fn begin_as(town: &'a Town, more: Vec<String>, log: &'static str) -> (Self, Program) {
        let mut hub = Self {
            town,
            listen: "127.0.0.1:0".to_owned(),
            more,
            log,
        };
        let (program, line) = hub.start();
        let url = line.split("url=\"https://").nth(1).expect("an address");
        hub.listen = url.split('"').next().expect("an address").to_owned();
        (hub, program)
    }

    fn start(&self) -> (Program, String) {
        let mut command = self
            .town
            .command("reporter serve --data hub --host 127.0.0.1");
        command.args([
            "--listen",
            &self.listen,
            "--admin",
            "127.0.0.1:0",
            "--plan",
            "probes.toml",
        ]);
        command.args(&self.more).env("RUST_LOG", self.log);
        let mut program = program::start(&mut command);
        let line = program
            .err
            .until(|line| line.contains("listening to agents"));
        (program, line)
    }

    pub(crate) fn record(&self) -> PathBuf {
        self.town.dir().join("hub").join("hub.db")
    }

    /// Invites an agent and enrols it; gives what `prober enroll` said.
    pub(crate) fn enrol(&self, region: &str) -> String {
        let line = self.enroll_line(&self.invite(region));
        let said = program::run(&mut self.town.command(&line));
        assert!(said.status.success(), "{}", said.err);
        said.out
    }

    /// Invites an agent; gives the token.
    pub(crate) fn invite(&self, region: &str) -> String {
        let line = format!("reporter agents invite {region} --region {region} --data hub");
        let said = program::run(&mut self.town.command(&line));
        assert!(said.status.success(), "{}", said.err);
        Self::token(&said.out).to_owned()
    }

    /// The token in what `reporter agents` printed.
    pub(crate) fn token(said: &str) -> &str {
        let token = said.split("--token ").nth(1).expect("a token");
        token.split_whitespace().next().expect("a token")
    }

    /// How an agent enrols with a token.
    pub(crate) fn enroll_line(&self, token: &str) -> String {
        format!(
            "prober enroll --hub https://{} --ca hub/ca.pem --token {token}",
            self.listen
        )
    }

    /// What the hub has of an agent, in the order of the numbers.
    pub(crate) fn held(&self, agent: &str) -> Vec<Attempt> {
        attempts(&self.record(), agent)
    }

    /// Waits until the hub has as many attempts of each agent as its record had when this was called.
    pub(crate) fn wait_for(&self, agents: &[&str]) {
        let began = Instant::now();
        for agent in agents {
            let wanted = attempts(&self.town.record(agent), agent).len();
            while self.held(agent).len() < wanted {
                assert!(
                    began.elapsed() < PATIENCE,
                    "{agent}: {} of {wanted}",
                    self.held(agent).len()
                );
                std::thread::park_timeout(Duration::from_millis(200));
            }
        }
    }

    /// The hub must have the beginning of the agent's record, and nothing else.
    fn must_have_the_beginning_of(&self, agent: &str) {
        let (held, own) = (self.held(agent), attempts(&self.town.record(agent), agent));
        assert!(held.len() <= own.len() && !held.is_empty());
        assert_eq!(held, own[..held.len()], "{agent}");
    }
}

pub(crate) fn attempts(record: &Path, agent: &str) -> Vec<Attempt> {
    let Ok(reader) = Reader::open(&[record.to_owned()]) else {
        return Vec::new();
    };
    let of = Name::new(agent).unwrap();
    let mut all = Vec::new();
    for probe in ["user-login", "traveler-app"] {
        let found = reader.attempts(&Name::new(probe).unwrap(), ALWAYS).unwrap();
        all.extend(
            found
                .into_iter()
                .filter(|(agent, _)| agent.name == of)
                .map(|(_, attempt)| attempt),
        );
    }
    all.sort_by_key(|attempt| attempt.sequence);
    all
}

/// The epochs of the batches that a record has.
fn epochs(record: &Path) -> Vec<i64> {
    let connection = rusqlite::Connection::open(record).unwrap();
    let mut statement = connection
        .prepare("SELECT DISTINCT epoch FROM batch ORDER BY epoch")
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn agent(town: &Town, name: &str) -> Program {
    let known = REGIONS.iter().find(|(region, _)| *region == name);
    let (_, address) = known.expect("a region");
    // Its region is known from its enrolment.
    program::start(&mut town.command(&format!(
        "prober agent --acks --name {name} --bind {address}"
    )))
}

pub(crate) fn town() -> Town {
    let town = Town::new("");
    town.plan("probes.toml", include_str!("support/plan.toml"));
    town
}

#[test]
fn agents_and_hub_are_killed_and_in_the_end_the_hub_has_what_the_agents_have() {
    let town = town();
    let (hub, mut serving) = Hub::begin(&town);
    let told = hub.enrol("east");
    assert!(
        told.starts_with("agent east in region east reports to groupdesk-hub at "),
        "{told}"
    );
    hub.enrol("west");
    let names = ["east", "west"];
    let mut agents = names.map(|name| Some(agent(&town, name)));
    let mut chance = fastrand::Rng::with_seed(28);
    for _ in 0..10 {
        std::thread::park_timeout(Duration::from_millis(chance.u64(300..2_500)));
        match chance.usize(..3) {
            2 => {
                drop(serving.kill());
                std::thread::park_timeout(Duration::from_millis(chance.u64(..1_500)));
                serving = hub.start().0;
            }
            which => {
                drop(agents[which].take().map(Program::kill));
                agents[which] = Some(agent(&town, names[which]));
            }
        }
    }
    for mut agent in agents.into_iter().flatten() {
        agent.out.until(|line| line.starts_with("ack "));
        assert!(agent.leave().status.success());
    }
    let agents = names.map(|name| agent(&town, name));
    hub.wait_for(&names);
    for agent in agents {
        assert!(agent.leave().status.success());
    }
    for name in names {
        hub.must_have_the_beginning_of(name);
    }
    assert!(serving.leave().status.success());
    record::must_be_sound(&hub.record());
}

#[test]
fn an_agent_and_a_hub_that_are_set_back_lose_nothing_that_either_still_has() {
    let town = town();
    let (hub, serving) = Hub::begin(&town);
    hub.enrol("east");
    let run = || {
        let mut agent = agent(&town, "east");
        for _ in 0..6 {
            agent.out.until(|line| line.starts_with("ack "));
        }
        hub.wait_for(&["east"]);
        assert!(agent.leave().status.success());
    };
    run();
    let snapshot = std::fs::read(town.record("east")).unwrap();
    let before = attempts(&town.record("east"), "east");
    run();
    std::fs::write(town.record("east"), snapshot).unwrap();
    run();
    run();
    let (own, held) = (attempts(&town.record("east"), "east"), hub.held("east"));
    assert!(own.len() > before.len());
    let ticks = |all: &[Attempt]| -> Vec<_> {
        all.iter()
            .map(|one| (one.probe.clone(), one.start))
            .collect()
    };
    let held = ticks(&held);
    let sent = own.len() - 12;
    assert!(
        ticks(&own[..sent]).iter().all(|one| held.contains(one)),
        "nothing is lost"
    );
    let list = program::run(&mut town.command("reporter agents list --data hub"));
    assert!(list.out.contains("active"), "no fork: {}", list.out);
    assert_eq!(epochs(&hub.record()), [1, 2]);
    // The hub goes back to a backup, and is told again what it has lost.
    assert!(serving.leave().status.success());
    let backup = std::fs::read(hub.record()).unwrap();
    let (serving, _) = hub.start();
    run();
    assert!(serving.leave().status.success());
    for beside in ["hub.db-wal", "hub.db-shm"] {
        let _ = std::fs::remove_file(hub.record().with_file_name(beside));
    }
    std::fs::write(hub.record(), backup).unwrap();
    let (serving, _) = hub.start();
    run();
    let (own, held) = (
        attempts(&town.record("east"), "east"),
        ticks(&hub.held("east")),
    );
    let sent = own.len() - 12;
    assert!(
        ticks(&own[..sent]).iter().all(|one| held.contains(one)),
        "nothing is lost"
    );
    let status = program::run(&mut town.command("prober status"));
    let told = status.out.contains("receipt");
    assert!(status.status.success() && told, "{}", status.out);
    assert!(serving.leave().status.success());
    record::must_be_sound(&hub.record());
    record::must_be_the_fold_of_its_attempts(&town.record("east"));
}
