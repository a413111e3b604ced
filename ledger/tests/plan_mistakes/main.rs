//! Every mistake in a plan has one clear message, with its line and a way out.

mod contract;
mod file;
mod journey;
mod probe;
mod site;

use std::fmt::Write as _;

use ledger::plan::Plan;
use proptest::prelude::*;

const PLAN: &str = include_str!("plan.toml");

/// What is said of the plan with `old` replaced by `new`, without the file's name.
fn said(old: &str, new: &str) -> String {
    assert!(PLAN.contains(old), "the plan has no {old:?}");
    said_of(&PLAN.replacen(old, new, 1))
}

/// What is said of this text, without the file's name.
fn said_of(text: &str) -> String {
    match Plan::parse(text, "probes.toml") {
        Ok(_) => "nothing".to_owned(),
        Err(problems) => problems.to_string().replace("probes.toml:", ""),
    }
}

/// What is said of the plan when `line` is replaced by each of the others, one block for each.
fn instead_of(line: &str, others: &[&str]) -> String {
    let mut all = String::new();
    for other in others {
        let title = other.replace('\n', ", ");
        writeln!(all, "## {title}\n{}", said(line, other)).expect("text takes all");
    }
    all
}

proptest! {
    #[test]
    fn a_damaged_plan_is_read_or_refused_with_lines_that_it_has(at in 0..PLAN.len(), cut in 0..40_usize, put in "[\\[\\]{}\"=.a0 \n]{0,3}") {
        let end = (at + cut).min(PLAN.len());
        let damaged = format!("{}{put}{}", &PLAN[..at], &PLAN[end..]);
        if let Err(problems) = Plan::parse(&damaged, "probes.toml") {
            let lines = 1 + damaged.matches('\n').count();
            prop_assert!(!problems.list().is_empty());
            for problem in problems.list() {
                prop_assert!((1..=lines).contains(&problem.line) && !problem.found.is_empty());
            }
        }
    }
}

#[test]
fn the_plan_without_a_mistake_is_valid() {
    assert_eq!(said_of(PLAN), "nothing");
}
