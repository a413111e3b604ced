//! A stand-in with its plan and its agents, all in one directory that goes when they go.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use ledger::time::{Millis, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

use super::program::{self, Program, command};

/// The doors of the stand-in as plans write them, and what [`Town::plan`] puts in their place.
const DOORS: [(&str, &str); 4] = [
    ("SITE", "product"),
    ("PLATFORM", "platform"),
    ("CONTROL-A", "control_a"),
    ("CONTROL-B", "control_b"),
];

/// The address from which each region looks; a script can tell them apart by it.
pub(crate) const REGIONS: [(&str, &str); 3] = [
    ("east", "127.0.0.2"),
    ("central", "127.0.0.3"),
    ("west", "127.0.0.4"),
];

/// A running site and everything around it. Programs end before the directory goes.
pub(crate) struct Town {
    pub(crate) site: Program,
    /// From when the offsets of the script count.
    pub(crate) started: Timestamp,
    doors: Value,
    pub(crate) dir: TempDir,
}

impl Town {
    /// Starts a stand-in that goes wrong by `script`.
    pub(crate) fn new(script: &str) -> Self {
        Self::at(tempfile::tempdir().unwrap(), script)
    }

    /// The same in a directory that may hold secrets already.
    pub(crate) fn at(dir: TempDir, script: &str) -> Self {
        std::fs::write(dir.path().join("script.toml"), script).unwrap();
        let mut groupdesk = command("groupdesk");
        groupdesk.current_dir(dir.path());
        groupdesk.args("--listen 127.0.0.1:0 --state site --script script.toml".split(' '));
        groupdesk.args(["--truth", "truth.json"]);
        for (region, address) in REGIONS {
            groupdesk.arg("--region").arg(format!("{region}={address}"));
        }
        let mut site = program::start(&mut groupdesk);
        let line = site.out.until(|_| true);
        let doors: Value = serde_json::from_str(&line).expect("one line of JSON");
        let started = Timestamp(doors["started_ms"].as_i64().expect("an instant"));
        Self {
            site,
            started,
            doors,
            dir,
        }
    }

    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The instant so many seconds after the site was started.
    pub(crate) fn second(&self, second: i64) -> Timestamp {
        self.started + Millis::from_secs(second)
    }

    /// The date on which it was started, in UTC.
    pub(crate) fn today(&self) -> String {
        self.started.to_string()[..10].to_owned()
    }

    /// Where a door is, by its name in the stand-in's first line.
    pub(crate) fn door(&self, name: &str) -> SocketAddr {
        let address = self.doors[name].as_str().expect("an address");
        address.parse().expect("an address")
    }

    /// Writes `text` to `file`, with the doors of this site.
    pub(crate) fn plan(&self, file: &str, text: &str) {
        let doors = DOORS.iter().fold(text.to_owned(), |text, (word, door)| {
            let port = self.door(door).port();
            text.replace(word, &format!("localhost:{port}"))
        });
        std::fs::write(self.dir().join(file), doors).unwrap();
    }

    /// A command that runs in the town's directory.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut words = line.split(' ');
        let mut command = command(words.next().expect("a program"));
        command.current_dir(self.dir()).args(words);
        command
    }

    /// Starts the agent of `region` on `probes.toml`; its acknowledgements are its output.
    pub(crate) fn agent(&self, region: &str) -> Program {
        program::start(&mut self.agent_command(region))
    }

    pub(crate) fn agent_command(&self, region: &str) -> Command {
        let known = REGIONS.iter().find(|(name, _)| *name == region);
        let (_, address) = known.expect("a region");
        self.command(&format!(
            "prober agent --acks --region {region} --bind {address}"
        ))
    }

    /// Where the agent of `region` keeps its record.
    pub(crate) fn record(&self, region: &str) -> PathBuf {
        self.dir().join("data").join(format!("{region}.db"))
    }
}
