//! The book that is an agent's record on disk, and what it still knows when the agent starts again.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::attempt::{Attempt, Kind};
use ledger::name::Name;
use ledger::own_view::OwnView;
use ledger::plan::Plan;
use ledger::record::Agent;
use ledger::store::{Bond, StoreError, Writer};
use ledger::time::{Interval, Millis, Timestamp};

use super::desk::Errand;
use super::{Book, OpenBook, Trouble};

/// How far back a starting agent looks: older gaps are seen as gaps, older secrets prove nothing.
const RECENT: Millis = Millis::from_mins(60);

/// What a record knew when it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The last base tick of each probe in the past hour.
    pub last_ticks: BTreeMap<Name, Timestamp>,
    /// The credential version that each account was last seen with in the past hour.
    pub credential_versions: BTreeMap<Name, u32>,
}

/// Opens (or makes) the record at `path` once to see that it is fine and what it knows, and says how to open it for writing.
///
/// # Errors
/// [`StoreError`] if the file is foreign, newer, damaged, of another agent, being written, or cannot be written.
pub fn record_at(
    path: PathBuf,
    agent: &Agent,
    plan: &Arc<Plan>,
    now: Timestamp,
) -> Result<(OpenBook, Known), StoreError> {
    record_for_hub(path, (agent, plan), now, None)
}

/// The same for a record that is sent to a hub.
///
/// # Errors
/// As [`record_at`].
pub fn record_for_hub(
    path: PathBuf,
    (agent, plan): (&Agent, &Arc<Plan>),
    now: Timestamp,
    bond: Option<Arc<Bond>>,
) -> Result<(OpenBook, Known), StoreError> {
    let opened = move |path: &Path, agent: &Agent, plan: &Plan| -> Result<Writer, StoreError> {
        let mut writer = Writer::open(path, agent, plan)?;
        if let Some(bond) = &bond {
            writer.enrol(Arc::clone(bond), now)?;
        }
        Ok(writer)
    };
    let mut first = Some(opened(&path, agent, plan)?);
    let known = match &first {
        Some(writer) => known(writer, now)?,
        None => Known::default(),
    };
    let (agent, plan) = (agent.clone(), Arc::clone(plan));
    let open = move || -> Result<Box<dyn Book>, Trouble> {
        let writer = match first.take() {
            Some(writer) => writer,
            None => opened(&path, &agent, &plan)?,
        };
        Ok(Box::new(Judged::new(writer, &agent, &plan)))
    };
    Ok((Box::new(open), known))
}

/// A record in memory, gone with the agent; for simulations that only look at what was asked.
pub fn record_in_memory(agent: &Agent, plan: &Arc<Plan>) -> OpenBook {
    let (agent, plan) = (agent.clone(), Arc::clone(plan));
    Box::new(move || {
        let writer = Writer::in_memory(&agent, &plan)?;
        Ok(Box::new(Judged::new(writer, &agent, &plan)))
    })
}

/// A record with the outages that it tells of.
#[derive(Debug)]
struct Judged {
    writer: Writer,
    own_view: OwnView,
    /// How long attempts are kept one by one.
    keep_raw: Option<Millis>,
}

impl Judged {
    fn new(writer: Writer, agent: &Agent, plan: &Plan) -> Self {
        Self {
            writer,
            own_view: OwnView::new(agent, plan),
            keep_raw: plan.keep_raw,
        }
    }

    /// The outages are for a glance and can be rebuilt: whatever goes wrong with them, the journal goes on.
    fn judge(&mut self) {
        let judged = AssertUnwindSafe(|| self.own_view.refresh(&mut self.writer));
        match catch_unwind(judged) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the outage table is not up to date"),
            Err(_) => tracing::error!("the engine failed; the outage table is not up to date"),
        }
    }
}

fn known(writer: &Writer, now: Timestamp) -> Result<Known, StoreError> {
    let recent = Interval::new(now - RECENT, now + RECENT);
    let mut known = Known::default();
    for attempt in writer.attempts(recent)? {
        if let Some(account) = attempt.account {
            let version = known.credential_versions.entry(account.label).or_default();
            *version = account.credential_version.max(*version);
        }
        if attempt.kind == Kind::Base {
            let last = known.last_ticks.entry(attempt.probe);
            let last = last.or_insert(attempt.tick);
            *last = attempt.tick.max(*last);
        }
    }
    Ok(known)
}

impl Book for Judged {
    fn next_sequence(&self) -> u64 {
        self.writer.next_sequence()
    }

    fn append(&mut self, attempts: &[Attempt]) -> Result<(), Trouble> {
        Ok(self.writer.append(attempts)?)
    }

    fn seal(&mut self) -> Result<(), Trouble> {
        self.writer.seal()?;
        self.judge();
        if let Some(keep) = self.keep_raw {
            // A few batches at a time, so that nothing waits long; the next seal goes on.
            self.writer.prune(keep)?;
        }
        Ok(())
    }

    fn run(&mut self, errand: Errand) {
        errand(&mut self.writer);
    }

    fn close(mut self: Box<Self>) -> Result<(), Trouble> {
        self.writer.fold()?;
        self.judge();
        Ok(self.writer.close()?)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self {
            full: matches!(error, StoreError::Full(_)),
            source: Box::new(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Grouping, Journal};
    use ledger::attempt::Detail;
    use ledger::verdict::{CanaryState, Class, Verdict};

    const TOML: &str = r#"
        regions = ["eu", "us"]
        canary = "none"
        [site]
        name = "x"
        url = "https://x.test"
        login_cap = 0
        [[persona]]
        name = "user"
        [[persona.account]]
        label = "user-1"
        username = "x"
        password = { env = "X" }
        [[journey]]
        name = "login"
        [[journey.step]]
        name = "in"
        get = "/"
        expect.status = 200
        [[probe]]
        name = "user-login"
        journey = "login"
        persona = "user"
        schedule = "0 * * * * *"
        [[contract]]
        id = "gold"
        customer = "X"
        zone = "UTC"
        target = 99.9
    "#;

    fn name(text: &str) -> Name {
        Name::new(text).unwrap()
    }

    /// The attempt of one minute; from the 10th to the 19th the site is down.
    fn attempt(plan: &Plan, minute: i64) -> Attempt {
        let good = !(10..20).contains(&minute);
        let at = Timestamp(1_544_745_600_000) + Millis::from_mins(minute);
        Attempt {
            sequence: 0,
            probe: name("user-login"),
            plan: plan.version(),
            tick: at,
            due: at,
            kind: Kind::Base,
            account: None,
            start: at,
            end: at,
            evidence: Interval::new(at, at),
            verdict: if good { Verdict::Good } else { Verdict::Bad },
            class: (!good).then_some(Class::Status),
            step: None,
            status: None,
            family: None,
            steps: Vec::new(),
            total: None,
            slow: false,
            clock_error: Millis::ZERO,
            canary: CanaryState::Ok,
            second_resolver: None,
            detail: Detail::default(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn outages_are_judged_when_an_hour_is_folded_and_when_the_agent_leaves() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("eu-1.db");
        let agent = Agent {
            name: name("eu-1"),
            region: name("eu"),
        };
        let plan = Arc::new(Plan::parse(TOML, "probes.toml").unwrap());
        for (minutes, judged) in [(0..61, 60), (61..65, 64)] {
            let (open, _) = record_at(path.clone(), &agent, &plan, Timestamp(0)).unwrap();
            let mut journal = Journal::in_place(open, Grouping::AT_ONCE).unwrap();
            for minute in minutes {
                tokio::time::advance(std::time::Duration::from_secs(60)).await;
                journal.append(attempt(&plan, minute)).unwrap();
            }
            if judged == 60 {
                drop(journal); // as a crash: what was folded was judged
            } else {
                journal.close().await.unwrap();
            }
            let writer = Writer::open(&path, &agent, &plan).unwrap();
            let until = writer.judged(&name("gold")).unwrap().unwrap().judged_until;
            assert_eq!((until.0 - 1_544_745_600_000) / 60_000, judged);
        }
    }

    #[test]
    fn old_batches_are_pruned_with_each_seal() {
        let mut plan = Plan::parse(TOML, "probes.toml").unwrap();
        plan.keep_raw = Some(Millis::from_mins(60 * 24 * 7));
        let agent = Agent {
            name: name("eu-1"),
            region: name("eu"),
        };
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("eu-1.db");
        let writer = Writer::open(&path, &agent, &plan).unwrap();
        let mut book = Judged::new(writer, &agent, &plan);
        for first in (0..10 * 1_440).step_by(720) {
            let mut attempts: Vec<Attempt> =
                (first..first + 720).map(|at| attempt(&plan, at)).collect();
            for (sequence, attempt) in (book.next_sequence()..).zip(&mut attempts) {
                attempt.sequence = sequence;
            }
            book.append(&attempts).unwrap();
            book.seal().unwrap();
        }
        let probe = name("user-login");
        let kept = |from: i64, minutes: i64| {
            let start = Timestamp(1_544_745_600_000) + Millis::from_mins(from);
            let window = Interval::new(start, start + Millis::from_mins(minutes));
            let reader = ledger::store::Reader::open(std::slice::from_ref(&path)).unwrap();
            reader.attempts(&probe, window).unwrap().len()
        };
        assert_eq!(kept(0, 60), 60, "near what happened in the first hour");
        assert_eq!(kept(1_440 * 2, 120), 0, "old and quiet");
        assert_eq!(kept(1_440 * 8, 1_440), 1_440, "young");
    }

    #[test]
    fn an_engine_that_cannot_judge_stops_nothing() {
        let mut plan = Plan::parse(TOML, "probes.toml").unwrap();
        plan.contracts[0].zone = "Mars/Olympus".to_owned();
        let agent = Agent {
            name: name("eu-1"),
            region: name("eu"),
        };
        let plan = Arc::new(plan);
        let mut book = record_in_memory(&agent, &plan)().unwrap();
        for sequence in 1..=70 {
            let minute = i64::try_from(sequence).unwrap();
            let attempt = Attempt {
                sequence,
                ..attempt(&plan, minute)
            };
            book.append(&[attempt]).unwrap();
            book.seal().unwrap();
        }
        assert_eq!(book.next_sequence(), 71);
        book.close().unwrap();
    }
}
