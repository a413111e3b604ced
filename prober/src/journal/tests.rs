//! A book that fails in every way that disks do.

use std::sync::{Arc, Mutex};

use ledger::attempt::Kind;
use ledger::name::Name;
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::CanaryState;

use super::*;

/// How one write goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Write {
    Lands,
    /// The disk says no, and nothing is on it.
    Fails,
    /// There is no room, and nothing is on it.
    Full,
    /// The disk says no, but everything is on it.
    LandsUnheard,
}

/// What is on disk, and how the next writes go; all else lands.
#[derive(Clone, Debug, Default)]
struct Disk {
    rows: Arc<Mutex<Vec<Attempt>>>,
    next: Arc<Mutex<VecDeque<Write>>>,
    log: Arc<Mutex<Vec<String>>>,
}

impl Disk {
    fn with(writes: &[Write]) -> Self {
        let disk = Self::default();
        disk.next.lock().unwrap().extend(writes);
        disk
    }

    fn opener(&self) -> OpenBook {
        let disk = self.clone();
        Box::new(move || {
            disk.log.lock().unwrap().push("open".to_owned());
            Ok(Box::new(disk.clone()))
        })
    }

    fn numbers(&self) -> Vec<u64> {
        let rows = self.rows.lock().unwrap();
        rows.iter().map(|attempt| attempt.sequence).collect()
    }

    fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }
}

impl Book for Disk {
    fn next_sequence(&self) -> u64 {
        self.rows
            .lock()
            .unwrap()
            .last()
            .map_or(1, |last| last.sequence + 1)
    }

    fn append(&mut self, attempts: &[Attempt]) -> Result<(), Trouble> {
        let write = self
            .next
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or(Write::Lands);
        if matches!(write, Write::Lands | Write::LandsUnheard) {
            self.rows.lock().unwrap().extend_from_slice(attempts);
        }
        match write {
            Write::Lands => Ok(()),
            Write::Fails | Write::Full | Write::LandsUnheard => Err(Trouble {
                full: write == Write::Full,
                source: "input/output error".into(),
            }),
        }
    }

    fn seal(&mut self) -> Result<(), Trouble> {
        let rows = self.rows.lock().unwrap().len();
        self.log.lock().unwrap().push(format!("seal {rows}"));
        Ok(())
    }

    fn close(self: Box<Self>) -> Result<(), Trouble> {
        self.log.lock().unwrap().push("close".to_owned());
        Ok(())
    }
}

fn attempt(second: i64, verdict: Verdict) -> Attempt {
    let at = Timestamp(second * 1_000);
    Attempt {
        sequence: 0,
        probe: Name::new("login").unwrap(),
        plan: 1,
        tick: at,
        due: at,
        kind: Kind::Base,
        account: None,
        start: at,
        end: at,
        evidence: Interval::new(at, at),
        verdict,
        class: None,
        step: None,
        status: Some(200),
        family: None,
        steps: Vec::new(),
        total: None,
        slow: false,
        clock_error: Millis::ZERO,
        canary: CanaryState::Unasked,
        second_resolver: None,
        detail: Detail::default(),
    }
}

/// Writes so many attempts one by one on `disk`; the numbers acknowledged, and how it ended.
async fn write(disk: &Disk, attempts: i64) -> (Vec<u64>, Result<(), String>) {
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&acknowledged);
    let acknowledge = Box::new(move |number| heard.lock().unwrap().push(number));
    let mut journal = Journal::threaded(disk.opener(), acknowledge).unwrap();
    for second in 0..attempts {
        journal.append(attempt(second, Verdict::Good)).unwrap();
    }
    let ended = journal.close().await.map_err(|error| error.to_string());
    let acknowledged = acknowledged.lock().unwrap().clone();
    (acknowledged, ended)
}

#[tokio::test]
async fn everything_is_numbered_written_acknowledged_and_sealed() {
    let disk = Disk::default();
    let (acknowledged, ended) = write(&disk, 300).await;
    assert_eq!(ended, Ok(()));
    assert!(
        acknowledged.iter().copied().eq(1..=300),
        "in order, each once"
    );
    assert_eq!(disk.numbers(), acknowledged);
    assert_eq!(disk.log(), ["open", "seal 300", "close"]);
}

#[tokio::test]
async fn a_failed_commit_is_repeated_after_opening_anew_and_counted_once() {
    for write_fails in [Write::Fails, Write::LandsUnheard] {
        let disk = Disk::with(&[write_fails]);
        let (acknowledged, ended) = write(&disk, 5).await;
        assert_eq!(ended, Ok(()), "{write_fails:?}");
        assert_eq!(acknowledged, [1, 2, 3, 4, 5], "{write_fails:?}");
        assert_eq!(disk.numbers(), acknowledged, "{write_fails:?}");
        assert_eq!(disk.log()[..2], ["open", "open"], "{write_fails:?}");
    }
}

#[tokio::test]
async fn a_disk_that_keeps_failing_stops_the_journal_and_acknowledges_nothing() {
    let disk = Disk::with(&[Write::Fails; 10]);
    let (acknowledged, ended) = write(&disk, 5).await;
    assert_eq!(
        ended,
        Err("the journal cannot be written: input/output error".to_owned())
    );
    assert_eq!(acknowledged, [0_u64; 0]);
}

#[tokio::test]
async fn an_agent_that_leaves_does_not_wait_for_a_full_disk() {
    let disk = Disk::with(&[Write::Full; 1_000]);
    let (acknowledged, ended) = write(&disk, 5).await;
    assert!(ended.is_err());
    assert_eq!(acknowledged, [0_u64; 0]);
}

#[tokio::test(start_paused = true)]
async fn in_place_groups_are_written_by_size_or_age_and_sealed_in_time() {
    let disk = Disk::default();
    let grouping = Grouping {
        most: 4,
        wait: Duration::from_secs(20),
    };
    let mut journal = Journal::in_place(disk.opener(), grouping).unwrap();
    let mut on_disk = Vec::new();
    for (second, verdict) in [
        (0, Verdict::Good),
        (1, Verdict::Good),
        (2, Verdict::Good),
        (3, Verdict::Good),  // four: a group
        (30, Verdict::Good), // old: written, and half a minute is over
        (31, Verdict::Bad),
        (51, Verdict::Bad), // old, and a verdict changed
    ] {
        let at = Duration::from_secs(u64::try_from(second).unwrap());
        tokio::time::advance(at.saturating_sub(Duration::from_secs(
            on_disk.last().map_or(0, |(second, _)| *second),
        )))
        .await;
        journal.append(attempt(second, verdict)).unwrap();
        on_disk.push((u64::try_from(second).unwrap(), disk.numbers().len()));
    }
    assert_eq!(
        on_disk,
        [(0, 0), (1, 0), (2, 0), (3, 4), (30, 5), (31, 5), (51, 7)]
    );
    journal.close().await.unwrap();
    assert_eq!(disk.log(), ["open", "seal 5", "seal 7", "close"]);
}

/// Takes no write before the test lets go.
#[derive(Debug)]
struct Stuck(Disk, Arc<Mutex<()>>);

impl Book for Stuck {
    fn next_sequence(&self) -> u64 {
        self.0.next_sequence()
    }
    fn append(&mut self, attempts: &[Attempt]) -> Result<(), Trouble> {
        let _free = self.1.lock().unwrap();
        self.0.append(attempts)
    }
    fn seal(&mut self) -> Result<(), Trouble> {
        self.0.seal()
    }
    fn close(self: Box<Self>) -> Result<(), Trouble> {
        Ok(())
    }
}

#[tokio::test]
async fn a_stuck_disk_stops_nobody_and_loses_no_slot_silently() {
    let (disk, gate) = (Disk::default(), Arc::new(Mutex::new(())));
    let (inner, held) = (disk.clone(), Arc::clone(&gate));
    let open: OpenBook = Box::new(move || Ok(Box::new(Stuck(inner.clone(), Arc::clone(&held)))));
    let mut journal = Journal::threaded(open, Box::new(|_| ())).unwrap();
    let wanted = 3 * QUEUE;
    {
        let _stuck = gate.lock().unwrap();
        for second in 0..wanted {
            let second = i64::try_from(second).unwrap();
            journal.append(attempt(second, Verdict::Good)).unwrap();
        }
    }
    journal.close().await.unwrap();
    let rows = disk.rows.lock().unwrap();
    let void = rows
        .iter()
        .filter(|row| row.class == Some(Class::ProberDisk));
    assert!(
        void.count() >= wanted - 2 * QUEUE - 1,
        "what found no room is void"
    );
    let seconds = rows.iter().map(|row| row.tick.0 / 1_000);
    assert!(
        seconds.eq(0..i64::try_from(wanted).unwrap()),
        "every slot, in order"
    );
}
