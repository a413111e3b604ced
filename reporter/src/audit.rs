//! What `reporter audit` prints: the batches of each agent, and the figures made of runs and ticks beside those made anew.

use std::fmt::Write as _;

use ledger::outage::Bounds;
use ledger::tally::{Assessment, Tally};
use ledger::time::Millis;
use serde_json::{Value, json};

use crate::gather::Audit;
use crate::report::json::tally;
use crate::terminal::{Width, beside, wrapped};

/// Whether batches, rows and figures all agree.
pub fn agrees(audit: &Audit) -> bool {
    let sound = audit.agents.iter().all(|one| one.differences.is_empty());
    sound && audit.kept == audit.anew
}

/// The same as [`render`], for programs.
///
/// # Panics
/// Never: all keys are text.
pub fn json(audit: &Audit) -> String {
    let agents = audit.agents.iter().map(|one| {
        json!({
            "agent": one.agent.name,
            "region": one.agent.region,
            "batches": one.batches,
            "pruned": one.pruned,
            "attempts": one.attempts,
            "rows": one.rows,
            "differences": one.differences,
        })
    });
    let figures = |found: &Assessment| json!({ "total": tally(&found.total), "outages": found.outages.len() });
    let found = json!({
        "schema": 1,
        "agrees": agrees(audit),
        "agents": agents.collect::<Value>(),
        "from_runs_and_ticks": figures(&audit.kept),
        "from_all_attempts": figures(&audit.anew),
        "differences": differences(&audit.kept, &audit.anew),
    });
    serde_json::to_string_pretty(&found).expect("all keys are text") + "\n"
}

/// The audit as text.
pub fn render(audit: &Audit) -> String {
    let mut page = String::new();
    let mut line = |cells: [&str; 6]| {
        let [agent, batches, pruned, attempts, rows, differences] = cells;
        let agent = beside(agent, 20);
        let _ = writeln!(
            page,
            "{agent}{batches:>9}{pruned:>9}{attempts:>11}{rows:>9}{differences:>13}"
        );
    };
    line([
        "agent",
        "batches",
        "pruned",
        "attempts",
        "rows",
        "differences",
    ]);
    for one in &audit.agents {
        let number = |count: u64| count.to_string();
        line([
            one.agent.name.as_str(),
            &number(one.batches),
            &number(one.pruned),
            &number(one.attempts),
            &number(one.rows),
            &one.differences.len().to_string(),
        ]);
    }
    figures(&mut page, audit);
    for one in &audit.agents {
        let pruned = "attempts of this time are pruned; its runs and ticks were taken as they are";
        let pruned = (one.pruned > 0).then_some(pruned);
        for told in pruned
            .into_iter()
            .chain(one.differences.iter().map(String::as_str))
        {
            paragraph(&mut page, &format!("{}: {told}", one.agent.name));
        }
    }
    for difference in differences(&audit.kept, &audit.anew) {
        paragraph(&mut page, &difference);
    }
    page
}

fn paragraph(page: &mut String, text: &str) {
    page.push('\n');
    page.push_str(&wrapped(text, (0, 2), Width::LEAST.prose()));
}

/// A length read from a value.
type Of<T> = fn(&T) -> Millis;

fn figures(page: &mut String, audit: &Audit) {
    let (kept, anew) = (&audit.kept.total, &audit.anew.total);
    let _ = writeln!(
        page,
        "\n{:<20}{:>29}{:>29}",
        "in milliseconds", "from runs and ticks", "from all attempts"
    );
    let states: [(&str, Of<Tally>); 7] = [
        ("up", |tally| tally.up),
        ("degraded", |tally| tally.degraded),
        ("partial", |tally| tally.partial),
        ("down", |tally| tally.down),
        ("unknown", |tally| tally.unknown),
        ("excluded", |tally| tally.excluded),
        ("period", |tally| tally.length),
    ];
    for (name, of) in states {
        let _ = writeln!(page, "{name:<20}{:>29}{:>29}", of(kept).0, of(anew).0);
    }
    let counted: [(&str, Of<Bounds>); 3] = [
        ("counted", |bounds| bounds.estimate),
        ("  at least", |bounds| bounds.lower),
        ("  at most", |bounds| bounds.upper),
    ];
    for (name, of) in counted {
        let (kept, anew) = (of(&kept.counted), of(&anew.counted));
        let _ = writeln!(page, "{name:<20}{:>29}{:>29}", kept.0, anew.0);
    }
    let (kept, anew) = (audit.kept.outages.len(), audit.anew.outages.len());
    let _ = writeln!(page, "{:<20}{kept:>29}{anew:>29}", "outages");
}

/// Which days and outages differ, and whether anything else does.
fn differences(kept: &Assessment, anew: &Assessment) -> Vec<String> {
    let mut found = Vec::new();
    for (kept, anew) in kept.days.iter().zip(&anew.days) {
        if kept != anew {
            found.push(format!("{}: the day's figures differ", kept.date));
        }
    }
    for (kept, anew) in kept.outages.iter().zip(&anew.outages) {
        if kept != anew {
            found.push(format!(
                "outage {}: {} to {}, from all attempts {} to {}",
                kept.number,
                kept.start.estimate,
                kept.end.estimate,
                anew.start.estimate,
                anew.end.estimate
            ));
        }
    }
    if found.is_empty() && kept != anew {
        found.push("regions, personas or what was seen of them differ".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use ledger::name::Name;
    use ledger::record::Agent;
    use ledger::store::Audited;

    fn audit() -> Audit {
        let found = fixture::december().assessment;
        let agent = |text| Agent {
            name: Name::new(text).unwrap(),
            region: Name::new("eu").unwrap(),
        };
        Audit {
            agents: vec![Audited {
                agent: agent("eu-1"),
                batches: 90,
                pruned: 0,
                attempts: 89_280,
                rows: 412,
                differences: Vec::new(),
            }],
            kept: found.clone(),
            anew: found,
        }
    }

    #[test]
    fn the_same_figures_stand_side_by_side() {
        let audit = audit();
        assert!(agrees(&audit));
        insta::assert_snapshot!(render(&audit), @r"
        agent                 batches   pruned   attempts     rows  differences
        eu-1                       90        0      89280      412            0

        in milliseconds               from runs and ticks            from all attempts
        up                                     2650680000                   2650680000
        degraded                                        0                            0
        partial                                         0                            0
        down                                     27000000                     27000000
        unknown                                    720000                       720000
        excluded                                        0                            0
        period                                 2678400000                   2678400000
        counted                                  27000000                     27000000
          at least                               26940000                     26940000
          at most                                27060000                     27060000
        outages                                         3                            3
        ");
    }

    #[test]
    fn every_kind_of_difference_is_named_and_none_agrees() {
        let mut damaged = audit();
        damaged.agents[0].differences = vec!["batch 3: damaged".to_owned()];
        let mut day = audit();
        day.anew.days[13].tally.down = Millis(1);
        let mut outage = audit();
        outage.anew.outages[1].end.estimate = outage.anew.outages[1].end.latest;
        let mut other = audit();
        other.anew.blips.clear();
        let told = [damaged, day, outage, other].map(|audit| {
            assert!(!agrees(&audit));
            let page = render(&audit);
            let last = page.rsplit("\n\n").next().unwrap_or_default();
            last.trim_end().to_owned()
        });
        insta::assert_snapshot!(told.join("\n"), @r"
        eu-1: batch 3: damaged
        2018-12-14: the day's figures differ
        outage 2: 2018-12-16T03:29:53.000Z to 2018-12-16T04:59:53.000Z, from all
          attempts 2018-12-16T03:29:53.000Z to 2018-12-16T05:00:03.000Z
        regions, personas or what was seen of them differ
        ");
    }
}
