//! `reporter export`.

use clap::{Args, ValueEnum};
use ledger::time::Timestamp;

use super::input::{Asked, Input};
use super::print;
use crate::export::{openslo, prometheus};
use crate::period::Period;
use crate::report::csv;

/// What other tools read.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// In which form.
    #[arg(value_enum, value_name = "FORM")]
    form: Form,
    /// The month, quarter or year; the current month unless said otherwise.
    #[arg(long, value_name = "PERIOD")]
    period: Option<Period>,
    /// Which table, as CSV.
    #[arg(long, value_enum, default_value = "days")]
    table: Table,
    #[command(flatten)]
    input: Input,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// The contract as an OpenSLO document.
    Openslo,
    /// The figures of the period as Prometheus text, for a textfile collector.
    Prometheus,
    /// A table for spreadsheets; cells that would be read as formulas are defused.
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Table {
    /// One row a day.
    Days,
    /// One row an incident.
    Incidents,
}

impl ExportArgs {
    pub(super) fn run(self) -> anyhow::Result<()> {
        if self.form == Form::Openslo {
            return print(&openslo::render(&self.input.only_contract()?));
        }
        let period = match self.period {
            Some(period) => period,
            None => current(&self.input)?,
        };
        let report = self.input.report(&Asked::Period(period))?;
        print(&match (self.form, self.table) {
            (Form::Csv, Table::Days) => csv::days::render(&report),
            (Form::Csv, Table::Incidents) => csv::incidents::render(&report),
            _ => prometheus::render(&report),
        })
    }
}

/// The month in which it is now, by the contract's clock.
pub(super) fn current(input: &Input) -> anyhow::Result<Period> {
    let zone = input.zone()?;
    let now = Timestamp(input.now().0 - 1);
    let month = zone.format(now, "%Y-%m");
    Ok(month.parse().map_err(super::exit::Usage)?)
}
