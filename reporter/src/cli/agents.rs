//! `reporter agents`: who may send to the hub.

use clap::{Args, Subcommand};
use ledger::name::Name;
use ledger::record::Agent;
use ledger::store::Registry;
use ledger::wire::enrol::new_token;

use super::print;
use super::serve::At;
use crate::hub::{invitation, now, roll_json, roll_table};

/// What to do.
#[derive(Debug, Args)]
pub(super) struct AgentsArgs {
    #[command(subcommand)]
    deed: Deed,
}

#[derive(Debug, Subcommand)]
enum Deed {
    /// Let a new agent in: print the command by which it enrols, once and within 15 minutes.
    Invite {
        /// Its name.
        name: Name,
        /// The region it looks from.
        #[arg(long)]
        region: Name,
        #[command(flatten)]
        at: At,
    },
    /// Show all agents, and who is invited.
    List {
        /// Print the same as JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        at: At,
    },
    /// Print the certificate of the hub's own authority (PEM), which agents are given by --ca. It is no secret.
    Ca {
        #[command(flatten)]
        at: At,
    },
    /// Let an agent bring a new key; the old one works until the new one is used. Lets a revoked agent in again.
    Rotate {
        /// Its name.
        name: Name,
        #[command(flatten)]
        at: At,
    },
    /// Take nothing from an agent any more. What it has sent stays and counts.
    Revoke {
        /// Its name.
        name: Name,
        /// Why; it is kept.
        #[arg(long, default_value = "by its operator")]
        reason: String,
        #[command(flatten)]
        at: At,
    },
    /// End the quarantine of an agent, when it is known why two batches claimed one place.
    Release {
        /// Its name.
        name: Name,
        #[command(flatten)]
        at: At,
    },
}

impl AgentsArgs {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let now = now();
        match self.deed {
            Deed::Invite { name, region, at } => {
                let known = at.home().known()?;
                let agent = Agent { name, region };
                let token = new_token()?;
                let until = at.registry()?.invite(&agent, &token, now)?;
                print(&invitation(&known, (&agent, &token), (until, now)))
            }
            Deed::Rotate { name, at } => {
                let known = at.home().known()?;
                let token = new_token()?;
                let (agent, until) = at.registry()?.rotate(&name, &token, now)?;
                print(&invitation(&known, (&agent, &token), (until, now)))
            }
            Deed::List { json, at } => {
                let roll = at.registry()?.roll(now)?;
                match json {
                    true => print(&roll_json(&roll)?),
                    false => print(&roll_table(&roll, now)),
                }
            }
            Deed::Ca { at } => print(&at.home().authority()?),
            Deed::Revoke { name, reason, at } => {
                at.registry()?.revoke(&name, &reason, now)?;
                print(&format!(
                    "agent {name} is revoked; nothing is taken from it any more\n"
                ))
            }
            Deed::Release { name, at } => {
                at.registry()?.release(&name, now)?;
                print(&format!(
                    "agent {name} is released; what it sends is taken again\n"
                ))
            }
        }
    }
}

impl At {
    fn registry(&self) -> anyhow::Result<Registry> {
        Ok(Registry::open(self.store())?)
    }
}
