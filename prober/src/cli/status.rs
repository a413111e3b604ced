//! `prober status`: how the agents of this machine stand with their hub.

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use ledger::identity::KeyId;
use ledger::name::Name;
use ledger::store::{Item, Reader, Shipping};
use ledger::time::{Millis, Timestamp};
use serde_json::{Value, json};

use super::exit::Usage;
use crate::clock::{SystemClock, WallClock};
use crate::private;
use crate::uplink::{Enrolled, State};

/// Shows how the agents of this machine stand with their hub: what waits, what the hub has, and what went wrong.
///
/// It reads the records and what `prober enroll` wrote; an agent may run meanwhile.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  prober status
  prober status east --data /var/lib/prober --json")]
pub(super) struct StatusArgs {
    /// Only this agent.
    name: Option<String>,
    /// Where records are kept.
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// As JSON, one object an agent.
    #[arg(long)]
    json: bool,
}

/// One agent.
struct Agent {
    enrolled: Enrolled,
    key: Result<KeyId, String>,
    /// `None` before the first start.
    shipping: Option<Shipping>,
    state: Option<State>,
}

impl StatusArgs {
    pub(super) fn run(&self) -> anyhow::Result<String> {
        let names = match &self.name {
            Some(name) => vec![name.clone()],
            None => Enrolled::all(&self.data),
        };
        let mut agents = Vec::new();
        for name in &names {
            let Some(enrolled) = Enrolled::find(&self.data, name)? else {
                let data = self.data.display();
                return Err(Usage(format!(
                    "no agent {name} is enrolled in {data}; `prober enroll` does that"
                ))
                .into());
            };
            agents.push(self.agent(enrolled)?);
        }
        let now = SystemClock.now();
        if self.json {
            let all: Vec<Value> = agents.iter().map(Agent::json).collect();
            return Ok(format!("{}\n", serde_json::to_string_pretty(&all)?));
        }
        if agents.is_empty() {
            let data = self.data.display();
            return Ok(format!(
                "no agent is enrolled in {data}: records stay on this machine (see `prober enroll --help`)\n"
            ));
        }
        let told: Vec<String> = agents.iter().map(|agent| agent.text(now)).collect();
        Ok(told.join("\n"))
    }

    fn agent(&self, enrolled: Enrolled) -> anyhow::Result<Agent> {
        let name = enrolled.agent.as_str();
        let record = self.data.join(format!("{name}.db"));
        let shipping = match record.exists() {
            true => Reader::open(&[record])?.shipping()?,
            false => Vec::new(),
        };
        let of =
            |(agent, shipping): (Name, Shipping)| (agent == enrolled.agent).then_some(shipping);
        let key = private::read_key(&Enrolled::key_path(&self.data, name));
        Ok(Agent {
            key: key
                .map(|key| key.public().id())
                .map_err(|error| error.to_string()),
            state: State::read(&State::path(&self.data, name)),
            shipping: shipping.into_iter().find_map(of),
            enrolled,
        })
    }
}

impl Agent {
    fn text(&self, now: Timestamp) -> String {
        let mut text = String::new();
        let mut line = |what: &str, told: &str| {
            // A string takes all text.
            let _ = writeln!(text, "{what:<12}{told}");
        };
        let enrolled = &self.enrolled;
        line(
            "agent",
            &format!("{} in region {}", enrolled.agent, enrolled.region),
        );
        line("hub", &format!("{} at {}", enrolled.hub, enrolled.url));
        match &self.key {
            Ok(key) => line("key", &key.to_string()),
            Err(error) => line("key", error),
        }
        let Some(shipping) = &self.shipping else {
            line("waits", "the agent was not started since it was enrolled");
            return text;
        };
        line("waits", &waits(shipping, now));
        let received = shipping
            .received
            .map(|at| format!("{at}, {} ago", span(now - at)));
        line("receipt", received.as_deref().unwrap_or("none yet"));
        let log = shipping.checkpoint.map(|(size, at)| {
            let noun = if size == 1 { "entry" } else { "entries" };
            format!("{size} {noun} seen and cosigned, of {at}")
        });
        line("hub's log", log.as_deref().unwrap_or("nothing seen yet"));
        if let Some(state) = &self.state {
            line("clock", &clock(state));
        }
        if shipping.refused > 0 {
            line(
                "REFUSED",
                &format!("{} records; they are kept (dead letters)", shipping.refused),
            );
            for (item, reason) in &shipping.reasons {
                line("", &format!("{}: {reason}", spelt(*item)));
            }
        }
        let Some(state) = &self.state else {
            return text;
        };
        if let Some(told) = &state.unwanted {
            line("UNWANTED", told);
        }
        if let Some(told) = &state.trouble {
            line("TROUBLE", &format!("{told} ({} tries)", state.failures));
        }
        if let Some(told) = &state.distrust {
            line("DISTRUST", told);
            line(
                "",
                "nothing is cosigned; if that was a restored backup, enrol anew",
            );
        }
        text
    }

    fn json(&self) -> Value {
        let shipping = self.shipping.as_ref();
        let state = self.state.clone().unwrap_or_default();
        let instant = |at: Timestamp| at.to_string();
        json!({
            "agent": self.enrolled.agent.as_str(),
            "region": self.enrolled.region.as_str(),
            "hub": self.enrolled.hub.as_str(),
            "url": self.enrolled.url.as_str(),
            "key": self.key.as_ref().ok().map(ToString::to_string),
            "waiting": shipping.map(|of| json!({
                "batches": of.batches,
                "attempts": of.attempts,
                "since": of.ticks.map(|ticks| instant(ticks.start)),
            })),
            "last_receipt": shipping.and_then(|of| of.received).map(instant),
            "refused": shipping.map(|of| of.refused),
            "refusals": shipping.map(|of| of.reasons.iter().map(|(item, reason)| {
                json!({ "record": spelt(*item), "reason": reason })
            }).collect::<Vec<_>>()),
            "log_size": shipping.and_then(|of| of.checkpoint).map(|(size, _)| size),
            "clock_offset_ms": state.offset,
            "clock_doubt_ms": state.doubt,
            "last_answer": state.answered.map(|at| instant(Timestamp(at))),
            "failures": state.failures,
            "trouble": state.trouble,
            "unwanted": state.unwanted,
            "distrust": state.distrust,
        })
    }
}

fn waits(shipping: &Shipping, now: Timestamp) -> String {
    let Some(ticks) = shipping.ticks else {
        return "nothing".to_owned();
    };
    let (batches, attempts) = (shipping.batches, shipping.attempts);
    let plural = |count: u64| if count == 1 { "" } else { "s" };
    format!(
        "{attempts} attempt{}, for {} ({batches} batch{} sealed)",
        plural(attempts),
        span(now - ticks.start),
        if batches == 1 { "" } else { "es" },
    )
}

fn clock(state: &State) -> String {
    match state.offset.zip(state.doubt) {
        Some((offset, doubt)) => {
            format!("the hub's is {offset:+} ms from ours, give or take {doubt} ms")
        }
        None => "not compared with the hub's yet".to_owned(),
    }
}

fn spelt(item: Item) -> String {
    match item {
        Item::Plan(version) => format!("plan {version:08x}"),
        Item::Batch(epoch, number) => format!("batch {number} of epoch {epoch}"),
    }
}

/// A length of time, roughly.
fn span(length: Millis) -> String {
    let seconds = length.0.max(0) / 1_000;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests;
