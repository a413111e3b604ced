//! `reporter alarms`: evaluate, commit, deliver; once, or again and again.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ledger::alarm::{AlarmRules, AlarmState, Event, Watched, advance, evaluate, kept, needed};
use ledger::contract::Contract;
use ledger::plan::Plan;
use ledger::print::share;
use ledger::store::{Outbox, Posted, Reader};
use ledger::tally::Terms;

use super::exit::Undelivered;
use super::input::{Declared, Input};
use super::print;
use crate::alarms;

/// What to tell to whom.
#[derive(Debug, Args)]
#[command(
    after_help = "Alarms are judged from runs and ticks alone, as they must be quick; `reporter audit`
holds these against every attempt."
)]
pub(super) struct AlarmsArgs {
    /// Run this shell command for each event, its JSON on standard input; exit code 0 means that it has arrived. Without
    /// it events are printed, one a line.
    #[arg(long, value_name = "COMMAND")]
    exec: Option<String>,
    /// Evaluate again and again, so long after the last time (30s, 1m), until stopped.
    #[arg(long, value_name = "LENGTH", value_parser = length, conflicts_with = "as_of")]
    watch: Option<Duration>,
    #[command(flatten)]
    listing: Listing,
    /// Show what would be told; keep nothing and deliver nothing.
    #[arg(long, conflicts_with_all = ["watch", "exec"])]
    dry_run: bool,
    /// Try again what was given up after too many tries.
    #[arg(long, conflicts_with_all = ["list", "dry_run"])]
    retry_dead: bool,
    /// Where it is kept what was announced and what has still to be delivered.
    #[arg(long, value_name = "FILE", default_value = "data/alarms.sqlite")]
    outbox: PathBuf,
    #[command(flatten)]
    input: Input,
}

#[derive(Debug, Args)]
struct Listing {
    /// Show what is open, what waits and what was given up; evaluate nothing.
    #[arg(long, conflicts_with_all = ["watch", "exec", "dry_run"])]
    list: bool,
    /// Print the list as JSON (docs/JSON.md).
    #[arg(long, requires = "list")]
    json: bool,
}

/// A plan and what was declared beside it.
struct Basis {
    reader: Reader,
    plan: Plan,
    declared: Declared,
}

impl AlarmsArgs {
    pub(super) fn run(self) -> anyhow::Result<()> {
        if self.listing.list {
            let posted = self.posted()?;
            return print(&match self.listing.json {
                true => alarms::json(&posted)?,
                false => alarms::posted(&posted)?,
            });
        }
        if self.dry_run {
            return self.rehearse();
        }
        let mut outbox = Outbox::open(&self.outbox)?;
        if self.retry_dead {
            let revived = outbox.revive(self.input.now())?;
            tell(&format!("{} again", crate::words::count(revived, "event")));
        }
        let Some(pause) = self.watch else {
            return self.round(&mut outbox);
        };
        loop {
            // A record that cannot be read now may be there next time; whoever watches must not stop watching.
            if let Err(error) = self.round(&mut outbox) {
                tell(&format!("{error:#}"));
            }
            std::thread::park_timeout(pause);
        }
    }

    /// Evaluates all contracts, then delivers what is due.
    fn round(&self, outbox: &mut Outbox) -> anyhow::Result<()> {
        let evaluated = self.evaluate(outbox);
        // What was committed earlier goes out even if the record cannot be read now.
        let delivery = outbox.deliver(self.input.now(), |letter| match &self.exec {
            Some(command) => alarms::deliver(command, &letter.body),
            None => print_line(&letter.body),
        })?;
        evaluated?;
        let Some((id, error)) = delivery.failed.first() else {
            return Ok(());
        };
        let given_up = match delivery.dead {
            0 => "tried again later".to_owned(),
            dead => format!(
                "{} given up",
                crate::words::count(usize::try_from(dead)?, "event")
            ),
        };
        let missing = crate::words::count(delivery.failed.len(), "event");
        let said = format!("{missing} not delivered, {given_up}; the first is {id}: {error}");
        Err(Undelivered(said).into())
    }

    fn evaluate(&self, outbox: &mut Outbox) -> anyhow::Result<()> {
        let rules = AlarmRules::default();
        let basis = self.basis()?;
        let now = self.input.now();
        for contract in self.input.contracts(&basis.plan)? {
            let terms = basis.terms(contract);
            let record = basis.reader.record(needed(terms, &rules, now)?)?;
            let watched = Watched {
                record: &record,
                terms,
                rules: &rules,
            };
            evaluate(outbox, &watched, now)?;
        }
        Ok(())
    }

    /// What would be told now, and what would be open then.
    fn rehearse(&self) -> anyhow::Result<()> {
        let rules = AlarmRules::default();
        let basis = self.basis()?;
        let now = self.input.now();
        let known = self.posted()?.states;
        let mut page = String::new();
        for contract in self.input.contracts(&basis.plan)? {
            let id = contract.id.as_str();
            let before = match known.iter().find(|(known, _)| known == id) {
                Some((_, json)) => kept(id, json)?,
                None => AlarmState::default(),
            };
            let terms = basis.terms(contract);
            let record = basis.reader.record(needed(terms, &rules, now)?)?;
            let watched = Watched {
                record: &record,
                terms,
                rules: &rules,
            };
            let (events, state) = advance(&watched, &before, now)?;
            page.extend(events.iter().map(line));
            page.push_str(&out_of_reach(contract, &rules));
            page.push_str(&alarms::opened(id, &state));
        }
        print(&page)
    }

    /// What the outbox holds; nothing before the first evaluation.
    fn posted(&self) -> anyhow::Result<Posted> {
        if self.outbox.exists() {
            Ok(Outbox::peek(&self.outbox)?)
        } else {
            Ok(Posted::default())
        }
    }

    fn basis(&self) -> anyhow::Result<Basis> {
        let reader = self.input.reader()?;
        let plan = self.input.plan(&reader)?;
        Ok(Basis {
            declared: self.input.declared(&plan)?,
            plan,
            reader,
        })
    }
}

impl Basis {
    fn terms<'b>(&'b self, contract: &'b Contract) -> Terms<'b> {
        Terms {
            contract,
            exclusions: &self.declared.exclusions,
            corrections: &self.declared.corrections,
        }
    }
}

fn line(event: &Event) -> String {
    let (phase, severity) = (event.phase.as_str(), event.severity.as_str());
    format!(
        "{phase} ({severity}) {}: {}\n",
        event.id(),
        event.facts.summary
    )
}

/// Says which burn rates the contract's target does not let be reached.
fn out_of_reach(contract: &Contract, rules: &AlarmRules) -> String {
    let rules = rules.burn.iter();
    let unreachable = rules.filter(|rule| rule.is_out_of_reach(contract.target));
    unreachable
        .map(|rule| {
            format!(
                "note: at a target of {} nothing burns {}.{} times too fast, so burn_rate {} stays silent\n",
                share(contract.target),
                rule.tenths / 10,
                rule.tenths % 10,
                rule.scope
            )
        })
        .collect()
}

/// A length of time such as `30s` or `1m`.
fn length(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no length of time above zero; write it like 30s or 1m");
    let length: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
    let length = Duration::try_from(length).map_err(|_| wrong())?;
    if length.is_zero() {
        Err(wrong())
    } else {
        Ok(length)
    }
}

/// Prints an event; it has arrived when it is out of our hands.
fn print_line(body: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{body}").and_then(|()| out.flush());
    written.map_err(|error| format!("standard output: {error}"))
}

/// Says something beside the events.
fn tell(text: &str) {
    let _ = writeln!(anstream::stderr(), "reporter: {text}");
}
