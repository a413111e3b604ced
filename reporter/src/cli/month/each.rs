//! `reporter month --each`: a report for each contract.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context;
use ledger::tally::Terms;
use serde_json::{Value, json};

use super::{MonthArgs, paths, print, said, told};
use crate::cli::input::{self, EARLIER, OWN};
use crate::cli::progress::Progress;
use crate::evidence;
use crate::press::{Job, Press, Pressed};
use crate::recheck::Recheck;
use crate::report::pdf::Paper;

impl MonthArgs {
    pub(super) fn each(&self, paper: Paper) -> anyhow::Result<()> {
        let pressed = {
            let progress = Progress::new("writing the report of each contract");
            let pressed = self.pressed(paper)?;
            unheld(&pressed, &progress)?;
            pressed
        };
        if self.json {
            let all = pressed.iter().map(|one| self.one_told(one));
            let told = json!({ "schema": 1, "reports": all.collect::<Value>() });
            return print(&format!("{told:#}\n"));
        }
        let written = pressed.iter().flat_map(|one| paths(&one.outcome));
        let written = written.map(|path| format!("{}\n", path.display()));
        print(&written.collect::<String>())?;
        if self.quiet {
            return Ok(());
        }
        let said = pressed
            .iter()
            .map(|one| format!("{}: {}\n", one.contract, said(&one.outcome)));
        let said: String = said.collect();
        write!(anstream::stderr(), "{said}").context("cannot write to standard error")
    }

    fn pressed(&self, paper: Paper) -> anyhow::Result<Vec<Pressed>> {
        let reader = self.input.reader()?;
        let plan = self.input.plan(&reader)?;
        let contracts = self.input.contracts(&plan)?;
        let declared = self.input.declared(&plan)?;
        let jobs = contracts.iter().map(|contract| {
            Ok(Job {
                terms: Terms {
                    contract,
                    exclusions: &declared.exclusions,
                    corrections: &declared.corrections,
                },
                period: self.period.interval(&contract.zone)?,
                directory: self.directory_of(contract.id.as_str()),
            })
        });
        let jobs: Vec<Job<'_>> = jobs.collect::<anyhow::Result<_>>()?;
        let press = Press {
            reader: &reader,
            now: self.input.now(),
            notes: &declared.notes,
            paper,
        };
        let pressed = press.all(&jobs, |job, report| {
            if self.no_evidence {
                return Ok(None);
            }
            let sources = evidence::Terms {
                plan: &plan,
                contract: job.terms.contract,
                texts: &declared.texts,
                month: &report.name,
                period: job.period,
                now: press.now,
            };
            evidence::collect(&reader, sources).map(Some)
        });
        Ok(pressed?)
    }

    fn directory_of(&self, contract: &str) -> PathBuf {
        self.out.join(contract)
    }

    fn one_told(&self, one: &Pressed) -> Value {
        let mut told = told(&one.outcome, &self.directory_of(one.contract.as_str()));
        if let Some(members) = told.as_object_mut() {
            members.remove("schema");
            members.insert("contract".to_owned(), json!(one.contract));
        }
        told
    }
}

/// Says once for each reason that reports were not held against the attempts.
fn unheld(pressed: &[Pressed], progress: &Progress) -> anyhow::Result<()> {
    let mut reasons: Vec<(Recheck, &str)> = Vec::new();
    for one in pressed {
        for reason in [(one.second_look, OWN), (one.earlier, EARLIER)] {
            if !reasons.contains(&reason) {
                reasons.push(reason);
                input::told(reason.0, reason.1, progress)?;
            }
        }
    }
    Ok(())
}
