//! `reporter verify`: a bundle of evidence, checked without a network.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use ledger::bundle::Known;
use ledger::identity::PublicKey;
use ledger::name::Name;

use super::exit::Differs;
use super::print;
use super::progress::Progress;
use crate::verify::{self, VerifyError};

/// What is to be checked.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// evidence.tar, the directory of the report that it belongs to, or one that it was unpacked to.
    #[arg(value_name = "DIR|FILE")]
    bundle: PathBuf,
    /// The hub's public key (base64), as its operator told you.
    #[arg(long, value_name = "KEY", value_parser = PublicKey::parse)]
    hub_key: Option<PublicKey>,
    /// An agent's public key (base64), as its operator told you; repeat for others.
    #[arg(long, value_name = "AGENT=KEY", value_parser = agent_key)]
    agent_key: Vec<(Name, PublicKey)>,
    /// Print what was found as JSON.
    #[arg(long)]
    json: bool,
}

impl VerifyArgs {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let progress = Progress::new("checking the evidence");
        let files = verify::read(&self.bundle)?;
        let known = Known {
            hub: self.hub_key,
            agents: BTreeMap::from_iter(self.agent_key),
        };
        let found = verify::verify(&files, known);
        let mut found = found.map_err(|source| VerifyError::NoBundle {
            path: self.bundle.clone(),
            source,
        })?;
        drop(progress);
        verify::beside(&self.bundle, &files, &mut found.checked);
        print(&if self.json {
            verify::json(&found)
        } else {
            verify::render(&found)
        })?;
        if found.agrees() {
            return Ok(());
        }
        Err(
            Differs("the evidence does not bear the report out; what is wrong stands above".into())
                .into(),
        )
    }
}

fn agent_key(text: &str) -> Result<(Name, PublicKey), String> {
    let parts = text.split_once('=');
    let (agent, key) = parts.ok_or_else(|| format!("{text:?} is no AGENT=KEY"))?;
    let agent = Name::new(agent).map_err(|error| error.to_string())?;
    Ok((
        agent,
        PublicKey::parse(key).map_err(|error| error.to_string())?,
    ))
}
