//! `prober plan`: keys and signatures for plans that agents fetch.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Subcommand};

use super::parse_plan;
use crate::central::PlanSignature;
use crate::clock::{SystemClock, WallClock};
use crate::private;

/// Signs plans, for agents that fetch them (`prober agent --plan-url`).
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  prober plan keygen plan.key           a new key; agents get plan.key.pub
  prober plan sign --key plan.key probes.toml
                                        writes probes.toml.sig; publish both files")]
pub(super) struct PlanArgs {
    #[command(subcommand)]
    deed: Deed,
}

#[derive(Debug, Subcommand)]
enum Deed {
    /// Make a key: FILE stays with whoever signs, FILE.pub goes to the agents.
    Keygen {
        /// Where the secret key is kept.
        file: PathBuf,
    },
    /// Check a plan and sign it: writes PLAN.sig.
    Sign {
        /// The secret key.
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// The plan.
        plan: PathBuf,
    },
}

impl PlanArgs {
    pub(super) fn run(&self) -> anyhow::Result<String> {
        match &self.deed {
            Deed::Keygen { file } => keygen(file),
            Deed::Sign { key, plan } => sign(key, plan),
        }
    }
}

fn keygen(file: &Path) -> anyhow::Result<String> {
    let public = with_end(file, ".pub");
    let key = private::make_key(file)?.public();
    std::fs::write(&public, format!("{key}\n"))
        .with_context(|| format!("cannot write {}", public.display()))?;
    let (id, file, public) = (key.id(), file.display(), public.display());
    Ok(format!(
        "key {id}: {file} is secret, {public} is for the agents\n"
    ))
}

fn sign(key: &Path, plan: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(plan)
        .with_context(|| format!("cannot read the plan {}", plan.display()))?;
    // What is signed is what was checked.
    parse_plan(&text, &plan.display().to_string())?;
    let key = private::read_key(key)?;
    let signature = PlanSignature::sign(&text, SystemClock.now(), &key);
    let beside = with_end(plan, ".sig");
    std::fs::write(&beside, signature.to_text())
        .with_context(|| format!("cannot write {}", beside.display()))?;
    let (beside, id, made) = (beside.display(), signature.key, signature.made);
    Ok(format!("{beside}: signed by key {id} at {made}\n"))
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    PathBuf::from(path)
}
