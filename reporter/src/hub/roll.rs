//! The agents of a hub on the terminal, at most 80 columns wide, and as JSON.

use std::fmt::Write as _;
use std::path::Path;

use ledger::record::Agent;
use ledger::store::{Invited, Roll, Rolled};
use ledger::time::Timestamp;
use serde::Serialize;

use super::Known;
use crate::days::style::{BOLD, DIM, PLAIN, RED, YELLOW};
use crate::terminal::wrapped;
use crate::words;

/// What fits below a row.
const WIDTH: usize = 76;

/// All agents and open invitations as of `now`.
pub fn table(roll: &Roll, now: Timestamp) -> String {
    let count = words::count(roll.agents.len(), "agent");
    let mut page = format!("{BOLD}Hub {}{PLAIN}, {count}\n", roll.hub);
    if !roll.agents.is_empty() {
        let wide = |of: fn(&Rolled) -> &str, least: usize| {
            let widths = roll.agents.iter().map(|row| of(row).len());
            widths.max().unwrap_or(0).clamp(least, 20)
        };
        let name = wide(|row| row.agent.name.as_str(), 5);
        let region = wide(|row| row.agent.region.as_str(), 6);
        let _ = writeln!(
            page,
            "\n{DIM}{:<name$}  {:<region$}  {:<11}  {:>9}  Last heard{PLAIN}",
            "Agent", "Region", "State", "Batches"
        );
        for row in &roll.agents {
            let (colour, plain) = match row.state.as_str() {
                "active" => ("", ""),
                "revoked" => (DIM, PLAIN),
                _ => (RED, PLAIN),
            };
            let heard = row
                .received
                .map_or_else(|| "never".to_owned(), |at| ago(at, now));
            let _ = writeln!(
                page,
                "{:<name$}  {:<region$}  {colour}{:<11}{plain}  {:>9}  {heard}",
                row.agent.name, row.agent.region, row.state, row.whole_to
            );
            for note in notes(row) {
                let _ = writeln!(page, "  {note}");
            }
        }
    }
    if !roll.invited.is_empty() {
        let _ = writeln!(page, "\n{DIM}Invited{PLAIN}");
        for Invited {
            agent,
            rotate,
            until,
        } in &roll.invited
        {
            let why = if *rotate {
                "with a new key"
            } else {
                "for the first time"
            };
            let until = minute(*until);
            let _ = writeln!(
                page,
                "{} in {}, {why}, until {until}",
                agent.name, agent.region
            );
        }
    }
    page
}

/// What there is to be said of an agent beside its row.
fn notes(row: &Rolled) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some((key, since)) = &row.key {
        let epoch = match row.epoch {
            1 => String::new(),
            epoch => format!(", epoch {epoch}"),
        };
        notes.push(format!(
            "{DIM}key {key} since {}{epoch}{PLAIN}",
            minute(*since)
        ));
    }
    if row.highest > row.whole_to {
        let (next, highest) = (row.whole_to + 1, row.highest);
        notes.push(format!(
            "{YELLOW}batch {next} is missing, {highest} is here{PLAIN}"
        ));
    }
    if let (Some(reason), Some(since)) = (&row.reason, row.since) {
        let text = format!("{} since {}: {reason}", row.state, minute(since));
        let text = wrapped(&crate::escape::visible(&text), (0, 0), WIDTH);
        notes.extend(text.lines().map(str::to_owned));
    }
    if row.state == "quarantined" {
        notes.push(format!("reporter agents release {}", row.agent.name));
    }
    notes
}

/// What an invited agent's operator has to do.
pub fn invitation(
    known: &Known,
    (agent, token): (&Agent, &str),
    (until, now): (Timestamp, Timestamp),
) -> String {
    let minutes = (until - now).0.div_euclid(60_000);
    let mut page = format!(
        "Agent {BOLD}{}{PLAIN} of region {} may enrol once, until {} ({minutes} minutes):\n\n",
        agent.name,
        agent.region,
        minute(until)
    );
    let _ = write!(
        page,
        "  prober enroll --hub {} \\\n    --token {token}",
        known.url
    );
    let Some(ca) = &known.ca else {
        page.push('\n');
        return page;
    };
    let name = ca.file_name().map_or(Path::new("ca.pem"), Path::new);
    let _ = writeln!(page, " \\\n    --ca {}", name.display());
    let _ = writeln!(
        page,
        "\nCopy the certificate of the hub's authority to it first; it is no secret\n(`reporter agents ca` prints it):\n  {}",
        ca.display()
    );
    page
}

/// The same as [`table`], for programs.
///
/// # Errors
/// Never in practice: text and numbers can be written as JSON.
pub fn json(roll: &Roll) -> serde_json::Result<String> {
    let agents = roll.agents.iter().map(|row| Row {
        agent: row.agent.name.as_str(),
        region: row.agent.region.as_str(),
        state: &row.state,
        state_since: row.since.map(text),
        state_reason: row.reason.as_deref(),
        key: row.key.map(|(key, _)| key.to_string()),
        key_since: row.key.map(|(_, since)| text(since)),
        epoch: row.epoch,
        batches_whole_to: row.whole_to,
        batches_highest: row.highest,
        forks: row.forks,
        last_received: row.received.map(text),
        newest_tick: row.newest_tick.map(text),
    });
    let invited = roll.invited.iter().map(|one| Open {
        agent: one.agent.name.as_str(),
        region: one.agent.region.as_str(),
        rotate: one.rotate,
        until: text(one.until),
    });
    let page = Page {
        schema: 1,
        hub: &roll.hub,
        agents: agents.collect(),
        invited: invited.collect(),
    };
    Ok(serde_json::to_string_pretty(&page)? + "\n")
}

#[derive(Serialize)]
struct Page<'a> {
    schema: u32,
    hub: &'a str,
    agents: Vec<Row<'a>>,
    invited: Vec<Open<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    agent: &'a str,
    region: &'a str,
    state: &'a str,
    state_since: Option<String>,
    state_reason: Option<&'a str>,
    key: Option<String>,
    key_since: Option<String>,
    epoch: u32,
    batches_whole_to: u64,
    batches_highest: u64,
    forks: u64,
    last_received: Option<String>,
    newest_tick: Option<String>,
}

#[derive(Serialize)]
struct Open<'a> {
    agent: &'a str,
    region: &'a str,
    rotate: bool,
    until: String,
}

fn text(at: Timestamp) -> String {
    at.to_string()
}

/// To the minute, in UTC.
fn minute(at: Timestamp) -> String {
    at.to_jiff().strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// How long ago, in the largest unit.
fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = (now - at).0.max(0) / 1_000;
    let (count, unit) = match seconds {
        0..60 => (seconds, "s"),
        60..3_600 => (seconds / 60, "min"),
        3_600..172_800 => (seconds / 3_600, "h"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{count} {unit} ago")
}

#[cfg(test)]
mod tests {
    use ledger::identity::KeyId;
    use ledger::name::Name;
    use ledger::time::Millis;

    use super::*;

    const NOW: Timestamp = Timestamp(1_544_745_600_000);

    fn agent(text: &str, region: &str) -> Agent {
        let name = |text: &str| Name::new(text).expect("a name");
        Agent {
            name: name(text),
            region: name(region),
        }
    }

    fn roll() -> Roll {
        let row = |name: &str, state: &str| Rolled {
            agent: agent(name, "eu"),
            state: state.to_owned(),
            since: None,
            reason: None,
            key: Some((KeyId([0x1a; 8]), NOW - Millis::from_mins(90))),
            epoch: 1,
            whole_to: 2_880,
            highest: 2_880,
            forks: 0,
            received: Some(NOW - Millis::from_secs(12)),
            newest_tick: Some(NOW - Millis::from_secs(30)),
        };
        let forked = Rolled {
            since: Some(NOW - Millis::from_mins(5)),
            reason: Some("batch 2881 of epoch 1 is there with another hash, 0123456789abcdef0123456789abcdef0123456789abcdef".to_owned()),
            forks: 1,
            ..row("eu-west-2", "quarantined")
        };
        let behind = Rolled {
            highest: 2_990,
            epoch: 2,
            ..row("us-1", "active")
        };
        let fresh = Rolled {
            whole_to: 0,
            highest: 0,
            received: None,
            ..row("ap-1", "active")
        };
        Roll {
            hub: "hub.example/groupdesk".to_owned(),
            agents: vec![fresh, row("eu-1", "active"), forked, behind],
            invited: vec![Invited {
                agent: agent("za-1", "za"),
                rotate: false,
                until: NOW + Millis::from_mins(9),
            }],
        }
    }

    fn plain(page: &str) -> String {
        anstream::adapter::strip_str(page).to_string()
    }

    #[test]
    fn the_table_says_who_is_heard_and_what_is_wrong() {
        let page = plain(&table(&roll(), NOW));
        assert!(
            page.lines().all(|line| line.chars().count() <= 80),
            "{page}"
        );
        insta::assert_snapshot!(page, @"
        Hub hub.example/groupdesk, 4 agents

        Agent      Region  State          Batches  Last heard
        ap-1       eu      active               0  never
          key 1a1a1a1a1a1a1a1a since 2018-12-13 22:30 UTC
        eu-1       eu      active            2880  12 s ago
          key 1a1a1a1a1a1a1a1a since 2018-12-13 22:30 UTC
        eu-west-2  eu      quarantined       2880  12 s ago
          key 1a1a1a1a1a1a1a1a since 2018-12-13 22:30 UTC
          quarantined since 2018-12-13 23:55 UTC: batch 2881 of epoch 1 is there with
          another hash, 0123456789abcdef0123456789abcdef0123456789abcdef
          reporter agents release eu-west-2
        us-1       eu      active            2880  12 s ago
          key 1a1a1a1a1a1a1a1a since 2018-12-13 22:30 UTC, epoch 2
          batch 2881 is missing, 2990 is here

        Invited
        za-1 in za, for the first time, until 2018-12-14 00:09 UTC
        ");
    }

    #[test]
    fn an_invitation_says_what_to_type_and_what_to_copy() {
        let known = Known {
            name: "hub.example/groupdesk".to_owned(),
            url: "https://hub.example:8448".to_owned(),
            ca: Some("/var/lib/groupdesk-hub/ca.pem".into()),
        };
        let until = NOW + Millis::from_mins(15);
        let token = "0123456789abcdef0123456789abcdef";
        let page = invitation(&known, (&agent("eu-1", "eu"), token), (until, NOW));
        insta::assert_snapshot!(plain(&page), @r"
        Agent eu-1 of region eu may enrol once, until 2018-12-14 00:15 UTC (15 minutes):

          prober enroll --hub https://hub.example:8448 \
            --token 0123456789abcdef0123456789abcdef \
            --ca ca.pem

        Copy the certificate of the hub's authority to it first; it is no secret
        (`reporter agents ca` prints it):
          /var/lib/groupdesk-hub/ca.pem
        ");
    }
}
