//! `reporter backup`: copies of records that were looked at.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use ledger::store::{Place, backup};
use serde_json::json;

use super::exit::Usage;
use super::print;
use super::progress::Progress;

/// Copy records while their agents write them, and read each copy again: every page, the chain of batches, every batch.
///
/// A copy is a record like any other. To restore it, stop the agent, put the copy in the place of its file, remove FILE-wal and
/// FILE-shm, and start the agent: docs/OPERATIONS.md.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  reporter backup --out /var/backups/prober/2018-12-14 /var/lib/prober/*.db
  reporter backup --out backup data/east.db

PostgreSQL has a tool of its own: pg_dump --format=custom --file=FILE URL")]
pub(super) struct BackupArgs {
    /// The records.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
    /// Where the copies go, under the names of the records. It is made if need be; a file that is there is not replaced.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Print what is in each copy as JSON (docs/JSON.md).
    #[arg(long)]
    json: bool,
}

impl BackupArgs {
    /// Copies, and tells what is in each copy.
    pub(super) fn run(self) -> anyhow::Result<()> {
        let progress = Progress::new("copying, and reading each copy again");
        let (mut told, mut copies) = (String::new(), Vec::new());
        for from in self.files {
            let from = Place::parse(from.as_str());
            let name = match from.path() {
                Some(path) => path.file_name(),
                None => Some("database".as_ref()),
            };
            let Some(name) = name else {
                return Err(Usage(format!("{from} names no file; name a record")).into());
            };
            let to = self.out.join(name);
            for head in backup(&from, &to)? {
                copies.push(json!({
                    "copy": to,
                    "agent": head.agent.name,
                    "region": head.agent.region,
                    "last_attempt": head.last_sequence,
                    "batches": head.batches,
                    "batch_hash": head.batch_hash,
                }));
                let (to, agent, last) = (to.display(), head.agent.name, head.last_sequence);
                let batches = match head.batches {
                    1 => "1 batch".to_owned(),
                    count => format!("{count} batches"),
                };
                let _ = writeln!(
                    told,
                    "{to}: {agent}, up to attempt {last}, {batches}; whole"
                );
            }
        }
        drop(progress);
        print(&match self.json {
            true => format!("{:#}\n", json!({ "schema": 1, "copies": copies })),
            false => told,
        })
    }
}
