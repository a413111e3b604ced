//! `reporter incident`: notes about incidents.

use clap::{Args, Subcommand};

use super::exit::Usage;
use super::input::Input;
use super::{print, summary};
use crate::explain::what::What;
use crate::publish;
use crate::summary::{Form, Wanted, blank};

/// What to do with notes.
#[derive(Debug, Args)]
pub(super) struct IncidentArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a note about an incident: what was measured stands in it, what only people know is left blank. A note that is
    /// there is never overwritten.
    New(NewArgs),
}

#[derive(Debug, Args)]
struct NewArgs {
    /// An incident by its number in a month (2018-12#1), or an instant inside it (RFC 3339). More incidents may follow it, if
    /// they are one story; then come the records.
    #[arg(value_name = "INCIDENT")]
    incident: What,
    /// Who writes.
    #[arg(long, value_name = "NAME", default_value = "not yet known")]
    author: String,
    #[command(flatten)]
    input: Input,
}

impl IncidentArgs {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::New(args) => args.run(),
        }
    }
}

impl NewArgs {
    fn run(mut self) -> anyhow::Result<()> {
        let directory = self.input.notes_directory().to_owned();
        let wanted = Wanted {
            form: Some(Form::First),
            ..Wanted::default()
        };
        let summary = summary::told(self.incident, &mut self.input, wanted)?;
        if let Some(note) = summary.notes.first() {
            let problem = format!(
                "a note is about it already: {:?} in {}; change that one",
                note.title,
                directory.display()
            );
            return Err(Usage(problem).into());
        }
        let path = directory.join(blank::file_name(&summary));
        publish::create(&path, blank::text(&summary, &self.author).as_bytes())?;
        print(&format!("{}\n", path.display()))
    }
}
