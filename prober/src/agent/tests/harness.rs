//! A scripted look, a book in memory, and how a run is told as text.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use ledger::attempt::Attempt;
use ledger::time::{Interval, Millis};
use ledger::verdict::{CanaryState, Class, Verdict};

use super::action::Start;
use super::event_loop::{Loop, Parts};
use super::flight::{Landed, Look};
use super::record::Nothing;
use super::*;
use crate::clock::TokioClock;
use crate::journal::{Book, Grouping, Trouble};

/// 2018-12-14T00:00:00Z
pub(super) const FRIDAY: Timestamp = Timestamp(1_544_745_600_000);

/// What the site does from some second of Friday on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Does {
    /// Answers well after 200 ms.
    Well,
    /// Answers 503 after 50 ms.
    Fail,
    /// Refuses the credentials after 50 ms.
    Reject,
    /// Nothing until the deadline, bad.
    Hang,
    /// Nothing for so many seconds, then void.
    Lose(u64),
    /// Fails only after so many seconds.
    Late(u64),
    /// Brings the attempt down.
    Panic,
}

#[derive(Debug)]
pub(super) struct Script {
    plan: Arc<Plan>,
    pulse: Arc<Pulse>,
    does: Vec<(i64, Does)>,
}

impl Look for Script {
    fn look(self: Arc<Self>, order: Start) -> BoxFuture<'static, Landed> {
        async move {
            let start = self.pulse.now();
            let second = (start - FRIDAY).0 / 1_000;
            let now = self.does.iter().rev().find(|(from, _)| *from <= second);
            let probe = &self.plan.probes[order.probe];
            let (wait, verdict, class) = match now.map_or(Does::Well, |(_, does)| *does) {
                Does::Panic => panic!("brought down by the script"),
                Does::Well if order.page_only => (200, Verdict::Void, Some(Class::ProberLoginCap)),
                Does::Well => (200, Verdict::Good, None),
                Does::Fail => (50, Verdict::Bad, Some(Class::Status)),
                Does::Reject => (50, Verdict::Held, Some(Class::Rejected)),
                Does::Hang => (probe.timeout.0, Verdict::Bad, Some(Class::Timeout)),
                Does::Late(seconds) => (
                    1_000 * i64::try_from(seconds).unwrap(),
                    Verdict::Bad,
                    Some(Class::Timeout),
                ),
                Does::Lose(seconds) => (
                    1_000 * i64::try_from(seconds).unwrap(),
                    Verdict::Void,
                    Some(Class::ProberNet),
                ),
            };
            tokio::time::sleep(Millis(wait).to_std()).await;
            let nothing = Nothing {
                probe: &probe.name,
                plan: 0,
                slot: order.slot,
                kind: order.kind,
                tried: Interval::new(start, self.pulse.now()),
                class: Class::Status,
                why: "",
            };
            let mut attempt = nothing.attempt(Millis::ZERO);
            (attempt.verdict, attempt.class) = (verdict, class);
            attempt.canary = CanaryState::Ok;
            attempt.account =
                order
                    .account
                    .filter(|_| !order.page_only)
                    .map(|key| ledger::attempt::Account {
                        label: self.plan.personas[key.persona].accounts[key.account]
                            .label
                            .clone(),
                        credential_version: 1,
                    });
            Landed {
                attempt,
                keeps_session: false,
                signed_in_anew: false,
            }
        }
        .boxed()
    }

    fn clock_error(&self) -> Millis {
        Millis::ZERO
    }
}

/// A book in memory that tests can read afterwards.
#[derive(Debug, Default, Clone)]
pub(super) struct Memory(Arc<Mutex<Vec<Attempt>>>);

impl Book for Memory {
    fn next_sequence(&self) -> u64 {
        1 + u64::try_from(self.0.lock().unwrap().len()).unwrap()
    }
    fn append(&mut self, attempts: &[Attempt]) -> Result<(), Trouble> {
        self.0.lock().unwrap().extend_from_slice(attempts);
        Ok(())
    }
    fn seal(&mut self) -> Result<(), Trouble> {
        Ok(())
    }
    fn close(self: Box<Self>) -> Result<(), Trouble> {
        Ok(())
    }
}

pub(super) fn plan(keys: &str, login_cap: u32) -> Arc<Plan> {
    let text = format!(
        r##"
regions = ["east"]
canary = "none"
[site]
name = "Groupdesk"
url = "https://groupdesk.test"
login_cap = {login_cap}
[[persona]]
name = "user"
[[persona.account]]
label = "user-1"
username = "ana"
password = {{ env = "A" }}
[[persona.account]]
label = "user-2"
username = "bilal"
password = {{ env = "B" }}
[[journey]]
name = "login"
[[journey.step]]
name = "form"
get = "/login"
expect.status = 200
[[probe]]
name = "login"
journey = "login"
persona = "user"
{keys}
[[contract]]
id = "acme"
customer = "ACME"
zone = "UTC"
target = 99.9
"##
    );
    Arc::new(Plan::parse(&text, "probes.toml").unwrap_or_else(|problems| panic!("{problems}")))
}

/// Runs an agent from Friday midnight for so many seconds, and returns its record.
pub(super) async fn run(plan: &Arc<Plan>, seconds: u64, does: &[(i64, Does)]) -> Vec<Attempt> {
    let clock = TokioClock::starting_at(FRIDAY);
    run_on(clock, plan, seconds, does).await
}

pub(super) async fn run_on(
    clock: Arc<dyn WallClock>,
    plan: &Arc<Plan>,
    seconds: u64,
    does: &[(i64, Does)],
) -> Vec<Attempt> {
    let pulse = Arc::new(Pulse::new(clock, Timer::InPlace));
    let script = Script {
        plan: Arc::clone(plan),
        pulse: Arc::clone(&pulse),
        does: does.to_vec(),
    };
    let memory = Memory::default();
    let book = memory.clone();
    let grouping = Grouping {
        most: 100,
        wait: Duration::from_secs(60),
    };
    let parts = Parts {
        plan: Arc::clone(plan),
        region: plan.regions[0].clone(),
        seed: 7,
        pulse,
        ticker: Ticker::in_place(),
        journal: Journal::in_place(Box::new(move || Ok(Box::new(book.clone()))), grouping).unwrap(),
        last_ticks: BTreeMap::new(),
        look: Arc::new(script),
    };
    let end = tokio::time::sleep(Duration::from_secs(seconds));
    Loop::new(parts)
        .run(end, std::future::ready(()))
        .await
        .unwrap();
    let attempts = memory.0.lock().unwrap().clone();
    assert!(
        attempts
            .iter()
            .map(|attempt| attempt.sequence)
            .eq(1..=u64::try_from(attempts.len()).unwrap())
    );
    attempts
}

/// One line an attempt: when it started, its kind, its tick if that is not the start, verdict, class, account.
pub(super) fn story(attempts: &[Attempt]) -> String {
    let line = |attempt: &Attempt| {
        let seconds = |at: Timestamp| {
            let millis = (at - FRIDAY).0;
            format!(
                "{}.{:03}",
                millis.div_euclid(1_000),
                millis.rem_euclid(1_000)
            )
        };
        let class = attempt.class.map_or("", Class::as_str);
        let account = attempt
            .account
            .as_ref()
            .map_or("", |account| account.label.as_str());
        let line = format!(
            "{:>8} {:5} of {:>8} {:4} {account} {class}",
            seconds(attempt.start),
            attempt.kind.as_str(),
            seconds(attempt.tick),
            attempt.verdict.as_str(),
        );
        format!("{}\n", line.trim_end())
    };
    attempts.iter().map(line).collect()
}

pub(super) const EACH_MINUTE: &str = "schedule = \"0 * * * * *\"\njitter = 0";
