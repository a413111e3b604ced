//! The power goes at a hub that folds between two receipts: nobody waits for a fold to be on disk, and nothing may be lost by that.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fastrand::Rng;
use groupdesk::courier::Courier;
use ledger::identity::{HubId, SecretKey};
use ledger::store::{HubKey, Reader, Ripe};
use ledger::wire::record::Signed;
use rusqlite::{Connection, OpenFlags};

use super::SEED;
use super::disk::Faith;
use super::log::{Log, Recorder};
use super::loss::{Cuts, Outcome, scratch};
use crate::support::hub::{Hub, all_receipted, send};
use crate::support::program::{self, Program, command, start};
use crate::support::{record, wait};

/// An hour of four probes.
const HOUR: u64 = 480;
/// So many hours are sent before the hub is waited for, and so often.
const HOURS: u64 = 6;
const ROUNDS: u64 = 5;

/// A recorded hub.
struct Recorded {
    log: Log,
    /// How often the mark of what is folded was seen to have moved.
    folds: u64,
}

#[test]
fn no_power_cut_at_a_hub_that_folds_takes_what_it_gave_a_receipt_for() {
    let recorded = Recorded::new();
    let states = super::states() / 10;
    let outcome = recorded.cut(states, Faith::Whole);
    println!(
        "{} states of {} events, {} folds or more: {} wrong",
        outcome.states,
        recorded.log.events.len(),
        recorded.folds,
        outcome.wrong
    );
    assert_eq!(outcome.told, Vec::<String>::new(), "seed {SEED}");
    let outcome = recorded.cut(500, Faith::NormalAtHub);
    println!(
        "a hub with synchronous=normal: {} of {} states are wrong",
        outcome.wrong, outcome.states
    );
    let lost = |what: &String| what.contains("have a receipt and are lost");
    assert!(outcome.told.iter().any(lost), "{:?}", outcome.told);
}

impl Recorded {
    /// A hub from an empty directory on, which takes hours of attempts and folds them.
    fn new() -> Self {
        let dir = scratch();
        let root = dir.path().join("kept");
        std::fs::create_dir(&root).unwrap();
        let (recorder, file) = (Recorder::build(dir.path()), dir.path().join("power.log"));
        let watch = |command: &mut Command| {
            recorder.watch(command, &root, &file);
        };
        let home = root.join("hub");
        let hub = Hub::start_as(&home, &["--quota-attempts", "1000000"], watch);
        let mut agent = hub.enrol_with(&invited(&home, watch));
        // What it repeats stands in the log after what the hub did before it gave the receipt.
        let mut echo = Command::new("sh");
        let echo = echo.args(["-c", "while read -r line; do echo \"$line\"; done"]);
        watch(echo.stdin(Stdio::piped()));
        let mut echo = start(echo);
        let (mut folded, mut folds) = (0, 0);
        for _ in 0..ROUNDS {
            for _ in 0..HOURS {
                take(&hub, &mut agent, &mut echo);
            }
            let before = folded;
            wait::find(
                || {
                    folded = mark(&home);
                    (folded > before).then_some(())
                },
                || format!("nothing is folded after {before}"),
            );
            folds += 1;
        }
        assert!(hub.program.leave().status.success());
        echo.kill();
        let log = Log::read(&file);
        Self { log, folds }
    }

    fn cut(&self, states: usize, faith: Faith) -> Outcome {
        let cuts = Cuts {
            states,
            seed: SEED,
            faith,
        };
        cuts.try_all(&self.log, &look)
    }
}

/// The hub starts again after the power cut.
fn look(dir: &Path, acknowledged: u64, chance: &mut Rng) -> Result<(), String> {
    let file = dir.join("hub/hub.db");
    if acknowledged == 0 {
        return Ok(());
    }
    let told = |error: rusqlite::Error| format!("{}: {error}", file.display());
    let connection = Connection::open(&file).map_err(told)?;
    let sql = "SELECT count(*) FROM whole_batch WHERE body IS NOT NULL AND number <= ?1";
    let held = connection.query_row(sql, [acknowledged.cast_signed()], |row| row.get(0));
    let held: i64 = held.map_err(told)?;
    drop(connection);
    let lost = acknowledged - held.cast_unsigned();
    if lost > 0 {
        return Err(format!("{lost} batches have a receipt and are lost"));
    }
    if chance.u64(..super::THOROUGHLY) > 0 {
        return Ok(());
    }
    let told = |error: ledger::store::StoreError| error.to_string();
    let reader = Reader::open(std::slice::from_ref(&file)).map_err(told)?;
    if let Some(what) = reader.check().map_err(told)?.first() {
        return Err(what.clone());
    }
    // What was folded is right, and the hub folds on from there.
    record::must_be_the_fold_of_its_attempts(&file);
    let own = HubKey {
        id: HubId::new("hub").unwrap(),
        key: SecretKey::from_seed(&[1; 32]).unwrap(),
    };
    let mut hub = ledger::store::Hub::beside(file.as_path(), own).map_err(told)?;
    while hub.fold(Ripe::All).map_err(told)? > 0 {}
    hub.close().map_err(told)?;
    record::must_be_the_fold_of_its_attempts(&file);
    record::must_be_sound(&file);
    Ok(())
}

/// The token of an invitation.
fn invited(home: &Path, watch: impl Fn(&mut Command)) -> String {
    let mut invite = command("reporter");
    invite.args(["agents", "invite", "east", "--region", "eu", "--data"]);
    watch(invite.arg(home));
    let ended = program::run(&mut invite);
    assert!(ended.status.success(), "{}", ended.err);
    let mut words = ended.out.split_whitespace();
    words.find(|word| *word == "--token").expect(&ended.out);
    words
        .next()
        .expect(&ended.out)
        .trim_matches('\'')
        .to_owned()
}

/// Sends an hour, and says so when there is a receipt.
fn take(hub: &Hub, agent: &mut Courier, echo: &mut Program) {
    let mut records: Vec<Signed> = Vec::new();
    if agent.number == 0 {
        records.push(agent.sign_plan());
    }
    records.push(agent.seal(HOUR).unwrap());
    let (status, reply) = send(&mut hub.line(), agent, &records);
    assert!(
        all_receipted(agent, &records, &reply),
        "{status}: {reply:?}"
    );
    let said = format!("ack {}\n", agent.number);
    echo.say(&said);
    echo.out.until(|line| line == said);
}

/// Attempts of lower numbers are folded.
fn mark(home: &Path) -> u64 {
    let file: PathBuf = home.join("hub.db");
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let sql = "SELECT max(folded_before) FROM agent";
    let mark: i64 = connection.query_row(sql, [], |row| row.get(0)).unwrap();
    mark.cast_unsigned()
}
