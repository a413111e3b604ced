//! A hub that is killed again and again, alone or with its agent: what it gave a receipt for is there, and all arrives once.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::support::program::{self, Program};
use crate::support::record;
use crate::support::town::Town;
use crate::support::wait::{self, pause};

/// No life of the hub is longer, nor of its agent when both are killed.
const LONGEST: Duration = Duration::from_millis(900);

#[test]
fn kills_of_the_hub_alone_and_with_its_agent_lose_no_receipt_and_deliver_all_once() {
    let kills = crate::kill_loop::kills() / 3;
    let house = House::new();
    let mut hub = house.start_hub();
    house.enroll();
    let mut agent = house.start_agent();
    let mut chance = fastrand::Rng::with_seed(2018);
    for number in 0..kills {
        pause(LONGEST.mul_f64(chance.f64()));
        hub.kill();
        // What the agent holds a receipt for was on disk at the hub before it was signed.
        let (receipts, held) = (house.receipts(), house.held());
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
    let file = house.town.record("east");
    let kept = record::attempts(&file);
    println!(
        "{kills} kills, {} attempts, receipts up to {} before the end",
        kept.len(),
        house.receipts()
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

/// A town with a hub.
struct House {
    town: Town,
    listen: String,
}

impl House {
    fn new() -> Self {
        let town = Town::new("");
        town.plan("probes.toml", include_str!("support/plan.toml"));
        // A hub that starts again must be found where it was.
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = free.local_addr().unwrap().to_string();
        Self { town, listen }
    }

    fn start_hub(&self) -> Program {
        let line = "reporter serve --data hub --plan probes.toml --host 127.0.0.1 --admin 127.0.0.1:0 --listen";
        let mut command = self.town.command(line);
        program::start(command.arg(&self.listen))
    }

    /// Does what the hub's operator and the agent's do: one prints a command, the other runs it.
    fn enroll(&self) {
        let line = "reporter agents invite east --region east --data hub";
        // The hub may still be making its keys.
        let invited = wait::find(
            || {
                Some(program::run(&mut self.town.command(line)))
                    .filter(|ended| ended.status.success())
            },
            || "nobody is invited".to_owned(),
        );
        let line = invited
            .out
            .lines()
            .find_map(|line| line.trim().strip_prefix("prober enroll "));
        let line = line.unwrap_or_else(|| panic!("{}{}", invited.out, invited.err));
        let mut enroll = self.town.command("prober enroll");
        // As a shell would take it, with the port that this hub really has.
        let words = line
            .split(' ')
            .map(|word| word.trim_matches('\'').to_owned());
        let ended = program::run(enroll.args(words));
        assert!(ended.status.success(), "{line}: {}", ended.err);
    }

    fn start_agent(&self) -> Program {
        program::start(
            &mut self
                .town
                .command("prober agent --name east --bind 127.0.0.2"),
        )
    }

    fn record(&self) -> std::path::PathBuf {
        self.town.dir().join("hub/hub.db")
    }

    /// The last attempt that the hub holds.
    fn held(&self) -> u64 {
        record::last_sequence(&self.record(), "east")
    }

    /// The last attempt that the agent holds a receipt for.
    fn receipts(&self) -> u64 {
        last_receipt(&self.town.record("east"))
    }
}

fn last_receipt(record: &Path) -> u64 {
    let connection = Connection::open_with_flags(record, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sql = "SELECT coalesce(max(last_sequence), 0) FROM batch WHERE receipt IS NOT NULL";
    let last: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    last.cast_unsigned()
}
