//! From the regions to the service: fused brackets, or the arithmetic of the quorum; then personas.

use ledger::contract::{EdgeMode, Rollup, Rules};
use ledger::explain::{
    LevelAccount, OutageAccount, RegionAccount, SpellAccount, Step, TrackAccount,
};
use ledger::print;
use ledger::rollup::Joint;
use ledger::state::{Bracket, State};
use ledger::time::{Interval, Timestamp};

use super::page::{Page, length};
use super::region::edge;

/// More steps than these are left to the JSON form.
const STEPS: usize = 60;

/// How the regions of a track became one.
pub(super) fn track(page: &mut Page<'_>, track: &TrackAccount, rules: &Rules) {
    page.blank();
    page.row(&format!(
        "  {}, persona {}",
        track.track.probe, track.track.persona
    ));
    let mut quorum = false;
    for fall in &track.level.falls {
        match fall.joint {
            Some(joint) => fused(page, &track.regions, joint),
            None => quorum = true,
        }
    }
    if quorum {
        why_quorum(page, track, rules);
        arithmetic(page, &track.steps, rules);
    }
    level(page, &track.level);
}

fn fused(page: &mut Page<'_>, regions: &[RegionAccount], joint: Joint) {
    page.wrap(
        (4, 4),
        "All known regions agree that it was down, so their edges are fused: of the evidence before an edge the latest \
         holds for all, of the evidence after it the earliest.",
    );
    let estimate = |spell: &&SpellAccount| {
        let own = Interval::new(spell.start_estimate, spell.end_estimate);
        own.intersect(joint.of).is_some()
    };
    let spells = |region: &'_ RegionAccount| -> Vec<SpellAccount> {
        region.spells.iter().filter(estimate).cloned().collect()
    };
    let all: Vec<(String, Vec<SpellAccount>)> = regions
        .iter()
        .map(|region| (region.region.to_string(), spells(region)))
        .filter(|(_, spells)| !spells.is_empty())
        .collect();
    let first = all.iter().filter_map(|(name, spells)| {
        let spell = spells.first().filter(|spell| spell.good_before.is_some())?;
        Some((name.as_str(), spell.start))
    });
    let last = all.iter().filter_map(|(name, spells)| {
        let spell = spells.last().filter(|spell| spell.good_after.is_some())?;
        Some((name.as_str(), spell.end))
    });
    let (first, last): (Vec<_>, Vec<_>) = (first.collect(), last.collect());
    brackets(page, ["a_g", "b_g", "a_f", "b_f"], &first, joint.start);
    if let Some(start) = joint.start {
        edge(page, "start", ["a_g", "b_g", "a_f", "b_f"], start);
    }
    brackets(page, ["a_l", "b_l", "a_h", "b_h"], &last, joint.end);
    if let Some(end) = joint.end {
        edge(page, "end", ["a_l", "b_l", "a_h", "b_h"], end);
    }
}

/// A table of the brackets that were intersected, and the result.
fn brackets(
    page: &mut Page<'_>,
    names: [&str; 4],
    all: &[(&str, Bracket)],
    fused: Option<Bracket>,
) {
    let Some(fused) = fused else {
        page.row("      no edge: unknown time or the end of the record lies there");
        return;
    };
    let row = |page: &Page<'_>, name: &str, bracket: &Bracket| {
        let cells = [
            bracket.earliest,
            bracket.after,
            bracket.before,
            bracket.latest,
        ];
        let cells = cells.map(|at| page.clock(at));
        format!("      {name:<12}  {}", cells.join("  "))
    };
    let [a, b, c, d] = names;
    page.dim(&format!(
        "      {:<12}  {a:<12}  {b:<12}  {c:<12}  {d:<12}",
        ""
    ));
    for (name, bracket) in all {
        let text = row(page, name, bracket);
        page.row(&text);
    }
    let text = row(page, "fused", &fused);
    page.row(&text);
}

fn why_quorum(page: &mut Page<'_>, track: &TrackAccount, rules: &Rules) {
    let reason = if rules.edges == EdgeMode::Quorum {
        "The contract asks for quorum edges"
    } else if track
        .regions
        .iter()
        .any(|region| region.spells.is_empty() && region.unknown.is_empty())
    {
        "Not all known regions agree that it was down"
    } else {
        "The regions' brackets contradict each other, or not all known regions agree all the time"
    };
    page.wrap(
        (4, 4),
        &format!(
            "{reason}, so an edge lies where the quorum is reached: down by the best answer while D/K > q_down = {}, \
             surely while sure/N > q_down, possibly while maybe/N > q_down; unknown below K/N = {} or {} known. D, sure and \
             maybe are the weights of the regions that are down by their own best edges, at their narrowest and at their \
             widest.",
            print::share(rules.q_down),
            print::share(rules.k_min),
            match track.regions.len() {
                0 | 1 => "1 region",
                _ => "2 regions",
            }
        ),
    );
}

fn arithmetic(page: &mut Page<'_>, steps: &[Step], rules: &Rules) {
    page.dim(&format!(
        "      {:<12}  {:>5}  {:>5}  {:>5}  {:>5}  {:>5}  result",
        "from", "N", "K", "sure", "D", "maybe"
    ));
    for step in steps.iter().take(STEPS) {
        let weights = step.weights;
        let row = format!(
            "      {:<12}  {:>5}  {:>5}  {:>5}  {:>5}  {:>5}  {}",
            page.clock(step.interval.start),
            weights.all,
            weights.known,
            weights.surely,
            weights.down,
            weights.maybe,
            result(step, rules),
        );
        page.row(&row);
    }
    if steps.len() > STEPS {
        page.row(&format!(
            "      and {} more steps, all in --json",
            steps.len() - STEPS
        ));
    }
}

fn result(step: &Step, rules: &Rules) -> String {
    let weights = step.weights;
    match (step.result.state, step.result.surely, step.result.maybe) {
        (State::Unknown, ..) => "unknown".into(),
        (State::Down, surely, _) => {
            let sure = if surely { ", surely" } else { "" };
            format!(
                "down, {}/{} > {}{sure}",
                weights.down,
                weights.known,
                print::share(rules.q_down)
            )
        }
        (state, _, true) => format!("{}, may be down", name(state)),
        (state, _, false) => name(state).into(),
    }
}

/// What people call a state.
pub(super) const fn name(state: State) -> &'static str {
    match state {
        State::Up => "up",
        State::Degraded => "degraded",
        State::Partial => "partly down",
        State::Down => "down",
        State::Unknown => "unknown",
    }
}

/// The falls of a level with their bounds.
fn level(page: &mut Page<'_>, level: &LevelAccount) {
    for fall in &level.falls {
        for (name, edge) in [("from", fall.extent.start), ("to", fall.extent.end)] {
            let text = times(page, [edge.earliest, edge.estimate, edge.latest]);
            page.row(&format!("    {name:<5} {text}"));
        }
    }
    if level.falls.is_empty() {
        page.row("    not down");
    }
}

fn times(page: &Page<'_>, [earliest, best, latest]: [Timestamp; 3]) -> String {
    format!(
        "{}  (from {} to {})",
        page.at(best),
        page.at(earliest),
        page.at(latest)
    )
}

/// Personas to the service.
pub(super) fn service(page: &mut Page<'_>, told: &OutageAccount, rules: &Rules) {
    page.blank();
    page.wrap((2, 2), match rules.rollup {
        Rollup::Any => "The contract's roll-up is any: the service is down while any persona is. A persona is down while any of \
            its logins is, and a kept session if the contract counts it.",
        Rollup::All => "The contract's roll-up is all: the service is down while all personas are.",
        Rollup::Weighted => "The contract's roll-up is weighted: the outage lasts while any persona is down, and each persona's \
            own time down counts by its weight.",
    });
    for persona in &told.personas {
        if let Some(name) = &persona.name {
            page.blank();
            page.row(&format!("  persona {name}"));
        }
        level(page, persona);
    }
    page.blank();
    page.row("  service");
    for joint in told.service.falls.iter().filter_map(|fall| fall.joint) {
        if told
            .personas
            .iter()
            .filter(|one| !one.falls.is_empty())
            .count()
            < 2
        {
            continue;
        }
        page.wrap(
            (4, 4),
            "The personas' brackets overlap, so the best edges are those that all of them share; the bounds stay those of \
             the roll-up.",
        );
        if let Some(start) = joint.start {
            edge(page, "start", ["a_g", "b_g", "a_f", "b_f"], start);
        }
        if let Some(end) = joint.end {
            edge(page, "end", ["a_l", "b_l", "a_h", "b_h"], end);
        }
    }
    level(page, &told.service);
    lengths(page, told);
}

fn lengths(page: &mut Page<'_>, told: &OutageAccount) {
    let outage = &told.outage;
    let sure: Vec<String> = told
        .service
        .surely
        .iter()
        .filter_map(|span| span.intersect(outage.estimate()))
        .map(|span| format!("{} - {}", span.end.0, span.start.0))
        .collect();
    let sure = match &sure[..] {
        [] => "nothing is certain".to_owned(),
        parts => parts.join(" + "),
    };
    page.wrap(
        (4, 9),
        &format!(
            "EST = end - start = {} - {} = {}",
            outage.end.estimate.0,
            outage.start.estimate.0,
            length(outage.length.estimate)
        ),
    );
    page.wrap(
        (4, 9),
        &format!(
            "LB = time surely down = {sure} = {}",
            length(outage.length.lower)
        ),
    );
    page.wrap(
        (4, 9),
        &format!(
            "UB = latest end - earliest start = {} - {} = {}",
            outage.end.latest.0,
            outage.start.earliest.0,
            length(outage.length.upper)
        ),
    );
}
