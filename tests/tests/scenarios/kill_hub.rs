//! A hub that is killed again and again, alone or with its agent: what it gave a receipt for is there, and all arrives once.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::kill_loop::{busy_plan, kills};
use crate::support::program::{self, Program};
use crate::support::record;
use crate::support::town::Town;
use crate::support::wait::{self, pause};

/// No life of the hub is longer, nor of its agent when both are killed.
const LONGEST: Duration = Duration::from_millis(900);

#[test]
fn kills_of_the_hub_alone_and_with_its_agent_lose_no_receipt_and_deliver_all_once() {
    let kills = kills() / 3;
    let town = Town::new(ODD);
    town.plan("probes.toml", &busy_plan());
    let house = House::at(town, "kept", |_| ());
    let mut hub = house.start_hub();
    house.enroll();
    let mut agent = house.start_agent();
    let mut chance = fastrand::Rng::with_seed(2018);
    for number in 0..kills {
        pause(LONGEST.mul_f64(chance.f64()));
        hub.kill();
        // What the agent holds a receipt for was on disk at the hub before it was signed.
        let (receipts, held) = (last_receipt(&house.file()).0, house.held());
        assert!(
            receipts <= held,
            "kill {number}: receipts up to {receipts}, and the hub holds up to {held}"
        );
        if number % 2 == 0 {
            agent.kill();
            agent = house.start_agent();
        }
        hub = house.start_hub();
    }
    let ended = agent.leave();
    assert!(ended.status.success(), "{}", ended.err);
    let file = house.file();
    let kept = record::attempts(&file);
    println!(
        "{kills} kills, {} attempts, receipts up to {} before the end",
        kept.len(),
        last_receipt(&house.file()).0
    );

    let agent = house.start_agent();
    wait::find(
        || (house.held() >= kept.len() as u64).then_some(()),
        || format!("{} of {} arrived", house.held(), kept.len()),
    );
    agent.kill();
    assert!(hub.leave().status.success());
    let mut held = record::attempts_of(&house.record(), "east");
    held.truncate(kept.len());
    assert!(held == kept, "the hub holds other attempts than the agent");
    record::must_be_sound(&house.record());
}

/// Verdicts change all the time, so that there is much to ship.
pub(crate) const ODD: &str = "[[fault]]\nkind = 'reset'\nshare = 0.2\nfrom = '+0s'\nfor = '24h'\n";

/// A town with a hub.
pub(crate) struct House<'a> {
    pub(crate) town: Town,
    listen: String,
    /// Where the hub and the agent keep what they have, below the town.
    root: &'static str,
    /// What is done to each command before it is run.
    watch: Box<dyn Fn(&mut Command) + 'a>,
}

impl<'a> House<'a> {
    pub(crate) fn at(town: Town, root: &'static str, watch: impl Fn(&mut Command) + 'a) -> Self {
        // A hub that starts again must be found where it was.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            town,
            listen: free.local_addr().unwrap().to_string(),
            root,
            watch: Box::new(watch),
        }
    }

    fn command(&self, line: &str, directory: &str) -> Command {
        let mut command = self.town.command(line);
        command
            .arg("--data")
            .arg(format!("{}/{directory}", self.root));
        (self.watch)(&mut command);
        command
    }

    pub(crate) fn start_hub(&self) -> Program {
        let line = "reporter serve --plan probes.toml --host 127.0.0.1 --admin 127.0.0.1:0";
        let mut command = self.command(line, "hub");
        program::start(command.args(["--listen", &self.listen]))
    }

    /// Does what the hub's operator and the agent's do: one prints a command, the other runs it.
    pub(crate) fn enroll(&self) {
        let mut invite = self.command("reporter agents invite east --region east", "hub");
        // The hub may still be making its keys.
        let invited = wait::find(
            || Some(program::run(&mut invite)).filter(|ended| ended.status.success()),
            || "nobody is invited".to_owned(),
        );
        // The text asks for that, too.
        let ca = self.town.dir().join(self.root).join("hub/ca.pem");
        std::fs::copy(ca, self.town.dir().join("ca.pem")).unwrap();
        // As a shell would take it: one command over several lines.
        let (_, line) = invited
            .out
            .split_once("prober enroll ")
            .expect(&invited.out);
        let (line, _) = line.split_once("\n\n").unwrap_or((line, ""));
        let words = line.split_whitespace().filter(|word| *word != "\\");
        let words = words.map(|word| word.trim_matches('\''));
        let ended = program::run(self.command("prober enroll", "data").args(words));
        assert!(ended.status.success(), "{line}: {}", ended.err);
    }

    pub(crate) fn agent_command(&self) -> Command {
        self.command("prober agent --name east --bind 127.0.0.2", "data")
    }

    fn start_agent(&self) -> Program {
        program::start(&mut self.agent_command())
    }

    /// The agent's record.
    pub(crate) fn file(&self) -> PathBuf {
        self.town.dir().join(self.root).join("data/east.db")
    }

    /// The hub's.
    fn record(&self) -> PathBuf {
        self.town.dir().join(self.root).join("hub/hub.db")
    }

    /// The last attempt that the hub holds.
    fn held(&self) -> u64 {
        record::last_sequence(&self.record(), "east")
    }
}

/// The last attempt that the agent holds a receipt for, and how many receipts it has.
pub(crate) fn last_receipt(record: &Path) -> (u64, u64) {
    let Ok(connection) = Connection::open_with_flags(record, OpenFlags::SQLITE_OPEN_READ_ONLY)
    else {
        return (0, 0);
    };
    let sql =
        "SELECT coalesce(max(last_sequence), 0), count(*) FROM batch WHERE receipt IS NOT NULL";
    let found = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
    let (last, count): (i64, i64) = found.unwrap_or_default();
    (last.cast_unsigned(), count.cast_unsigned())
}
