//! Three agents, each with a site of its own, a hub, and two ways to it that are not to be trusted.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use ledger::attempt::Attempt;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use crate::support::program::{self, Program};
use crate::support::record;
use crate::support::streets::Streets;
use crate::support::wait::{self, pause};

pub(crate) const AGENTS: [&str; 3] = ["east", "central", "west"];

/// Where each agent finds the hub: at the hub, at a bad line before it, at a middleman.
const WAYS: [(&str, &str); 3] = [("east", "hub"), ("central", "line"), ("west", "post")];

/// Verdicts change all the time, so that there is much to ship.
const ODD: &str = "[[fault]]\nkind = 'reset'\nshare = 0.2\nfrom = '+0s'\nfor = '24h'\n";

/// Programs end before their houses and files go.
pub(crate) struct World {
    agents: BTreeMap<&'static str, Program>,
    hub: Option<Program>,
    meddlers: BTreeMap<&'static str, Program>,
    _sites: Vec<Program>,
    streets: Streets,
    dir: TempDir,
}

impl World {
    /// Builds all of it and lets the agents enrol; `None` where there are no namespaces.
    pub(crate) fn build() -> Option<Self> {
        let streets = Streets::build(&["hub", "line", "post", "east", "central", "west"])?;
        let dir = tempfile::tempdir().unwrap();
        let mut world = Self {
            agents: BTreeMap::new(),
            hub: None,
            meddlers: BTreeMap::new(),
            _sites: Vec::new(),
            streets,
            dir,
        };
        world.make_certificates();
        for agent in AGENTS {
            let site = world.open_site(agent);
            world._sites.push(site);
        }
        fs::write(world.path("probes.toml"), plan()).unwrap();
        world.start_hub();
        for house in ["line", "post"] {
            let meddler = world.start_meddler(house);
            world.meddlers.insert(house, meddler);
        }
        for (agent, way) in WAYS {
            world.enroll(agent, way);
            world.start_agent(agent);
        }
        Some(world)
    }

    /// What `from` sends to `to` is lost for so long.
    pub(crate) fn partitioned(&self, from: &str, to: &str, lasts: Duration) {
        self.streets.cut(from, to);
        pause(lasts);
        self.streets.mend(from, to);
    }

    pub(crate) fn unplugged(&self, house: &str, lasts: Duration) {
        self.streets.unplug(house);
        pause(lasts);
        self.streets.plug(house);
    }

    pub(crate) fn kill_hub(&mut self, lasts: Duration) {
        self.hub.take().expect("it runs").kill();
        pause(lasts);
        self.start_hub();
    }

    pub(crate) fn kill_agent(&mut self, agent: &'static str, lasts: Duration) {
        self.agents.remove(agent).expect("it runs").kill();
        pause(lasts);
        self.start_agent(agent);
    }

    /// Tells a meddler how to behave, and waits until it does.
    pub(crate) fn manner(&mut self, house: &str, manner: &str) {
        let meddler = self.meddlers.get_mut(house).expect("a meddler");
        meddler.say(&format!("{manner}\n"));
        meddler.out.until(|line| line == "ok\n");
    }

    /// All is well again.
    pub(crate) fn heal(&mut self) {
        self.manner("line", "pass");
        self.manner("post", "pass");
    }

    /// The agents leave; what their files then hold is what the hub must hold, attempt for attempt and figure for figure.
    pub(crate) fn must_agree(&mut self) {
        let mut ended = BTreeMap::new();
        for (agent, program) in std::mem::take(&mut self.agents) {
            let said = program.leave();
            assert!(said.status.success(), "{agent}: {}", said.err);
            let kept = self.path(&format!("final/{agent}.db"));
            fs::create_dir_all(kept.parent().unwrap()).unwrap();
            fs::copy(self.record(agent), &kept).unwrap();
            ended.insert(agent, record::attempts(&kept));
        }
        let end = jiff::Timestamp::now();
        // Once more, for as long as it takes to hand over the rest; what they see now is left out below.
        for agent in AGENTS {
            self.start_agent(agent);
        }
        self.wait_for(&ended);
        for (_, program) in std::mem::take(&mut self.agents) {
            program.kill();
        }
        let hub = self.path("hub/hub.db");
        self.nobody_is_suspected();
        for (agent, attempts) in &ended {
            println!("{agent}: {} attempts", attempts.len());
            assert!(attempts.len() > 50, "{agent} did nothing");
            let mut held = record::attempts_of(&hub, agent);
            held.truncate(attempts.len());
            assert!(
                held == *attempts,
                "{agent}: the hub holds other attempts than the agent"
            );
        }
        let files: Vec<PathBuf> = AGENTS
            .iter()
            .map(|agent| self.path(&format!("final/{agent}.db")))
            .collect();
        let (by_hub, by_files) = (
            self.days(std::slice::from_ref(&hub), end),
            self.days(&files, end),
        );
        assert!(by_hub.contains("\"total\""), "{by_hub}");
        assert_eq!(by_hub, by_files);
        record::must_be_sound(&hub);
        self.hub.take().expect("it runs").leave();
    }

    /// Whatever was resent, late or doubled, no agent seems to be two.
    fn nobody_is_suspected(&self) {
        let mut list = program::command("reporter");
        list.args(["agents", "list", "--json", "--data", "hub"]);
        let told = program::run(list.current_dir(self.dir.path()));
        println!("{}", told.out);
        assert!(
            told.status.success() && !told.out.contains("quarantine"),
            "{}{}",
            told.out,
            told.err
        );
    }

    /// Waits until the hub holds all of these.
    fn wait_for(&self, ended: &BTreeMap<&str, Vec<Attempt>>) {
        let hub = self.path("hub/hub.db");
        let missing = || {
            ended.iter().find(|(agent, attempts)| {
                let last = attempts.last().map_or(0, |attempt| attempt.sequence);
                record::last_sequence(&hub, agent) < last
            })
        };
        wait::find(
            || missing().is_none().then_some(()),
            || {
                format!(
                    "attempts of {:?} do not arrive",
                    missing().map(|(agent, _)| agent)
                )
            },
        );
    }

    /// What `reporter days` tells of these records, without what names the records themselves.
    fn days(&self, records: &[PathBuf], as_of: jiff::Timestamp) -> String {
        let mut command = program::command("reporter");
        command
            .current_dir(self.dir.path())
            .args(["days", "--json", "--plan", "probes.toml"]);
        command.args([
            "--from",
            &as_of.to_string()[..10],
            "--as-of",
            &as_of.to_string(),
        ]);
        let ended = program::run(command.args(records));
        assert!(ended.status.success(), "{}", ended.err);
        let mut told: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        let told = told.as_object_mut().unwrap();
        told.remove("basis");
        serde_json::to_string_pretty(told).unwrap()
    }

    fn open_site(&self, agent: &str) -> Program {
        let mut groupdesk = self.streets.command(agent, "groupdesk");
        let script = self.path("odd.toml");
        fs::write(&script, ODD).unwrap();
        groupdesk
            .current_dir(self.dir.path())
            .arg("--script")
            .arg(script)
            .args(["--listen", "127.0.0.1:8443", "--state", "site"]);
        let mut site = program::start(&mut groupdesk);
        site.out.until(|_| true);
        site
    }

    fn start_hub(&mut self) {
        let mut hub = self.streets.command("hub", "reporter");
        hub.current_dir(self.dir.path());
        hub.args([
            "serve",
            "--data",
            "hub",
            "--plan",
            "probes.toml",
            "--host",
            &self.streets.address("hub"),
        ]);
        hub.args(["--tls-cert", "leaf.pem", "--tls-key", "leaf.key"]);
        self.hub = Some(program::start(&mut hub));
    }

    fn start_meddler(&self, house: &str) -> Program {
        let mut meddler = self.streets.command(house, "meddler");
        meddler.current_dir(self.dir.path()).stdin(Stdio::piped());
        let (own, hub) = (self.streets.address(house), self.streets.address("hub"));
        meddler.args([
            "--listen",
            &format!("{own}:8448"),
            "--to",
            &format!("{hub}:8448"),
            "--name",
            &hub,
        ]);
        if house == "post" {
            meddler.args([
                "--certificate",
                "leaf.pem",
                "--key",
                "leaf.key",
                "--ca",
                "ca.pem",
            ]);
        }
        let mut meddler = program::start(&mut meddler);
        meddler.out.until(|line| line.ends_with(":8448\n"));
        meddler
    }

    fn enroll(&self, agent: &str, way: &str) {
        let mut invite = self.streets.command("hub", "reporter");
        invite.args([
            "agents", "invite", agent, "--region", agent, "--data", "hub",
        ]);
        invite.current_dir(self.dir.path());
        // The hub may still be making its keys.
        let invited = wait::find(
            || Some(program::run(&mut invite)).filter(|ended| ended.status.success()),
            || format!("{agent} is not invited"),
        );
        let words: Vec<&str> = invited.out.split_whitespace().collect();
        let token = words
            .iter()
            .position(|word| *word == "--token")
            .map(|at| words[at + 1]);
        let mut enroll = self.streets.command(agent, "prober");
        let url = format!("https://{}:8448", self.streets.address(way));
        enroll.args([
            "enroll", "--hub", &url, "--ca", "ca.pem", "--data", "data", "--token",
        ]);
        let ended = program::run(
            enroll
                .current_dir(self.dir.path())
                .arg(token.expect(&invited.out)),
        );
        assert!(ended.status.success(), "{agent}: {}", ended.err);
    }

    fn start_agent(&mut self, agent: &'static str) {
        let mut command = self.streets.command(agent, "prober");
        command
            .current_dir(self.dir.path())
            .args(["agent", "--name", agent, "--data", "data"]);
        self.agents.insert(agent, program::start(&mut command));
    }

    /// An authority, and a certificate of it for every house where the hub may seem to be.
    fn make_certificates(&self) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        fs::write(self.path("ca.pem"), params.self_signed(&key).unwrap().pem()).unwrap();
        let issuer = Issuer::new(params, key);
        let names: Vec<String> = ["hub", "line", "post"]
            .iter()
            .map(|house| self.streets.address(house))
            .collect();
        let leaf_key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(names)
            .unwrap()
            .signed_by(&leaf_key, &issuer)
            .unwrap();
        fs::write(self.path("leaf.pem"), leaf.pem()).unwrap();
        private(&self.path("leaf.key"), &leaf_key.serialize_pem());
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn record(&self, agent: &str) -> PathBuf {
        self.path(&format!("data/{agent}.db"))
    }
}

/// The plan of all scenarios; each agent finds the site at its own door.
fn plan() -> String {
    let doors = [
        ("SITE", "localhost:8443"),
        ("PLATFORM", "localhost:8444"),
        ("CONTROL-A", "localhost:8445"),
        ("CONTROL-B", "localhost:8446"),
    ];
    let text = include_str!("../support/plan.toml").to_owned();
    doors
        .iter()
        .fold(text, |text, (word, door)| text.replace(word, door))
}

fn private(path: &Path, text: &str) {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut open = fs::OpenOptions::new();
    let mut file = open
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}
