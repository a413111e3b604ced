//! One made-up schedule looked at closely: how it was drawn, what is promised of it, and around each break what the
//! agents saw and what the engine makes of it.

use std::fmt::Write as _;

use ledger::state::{Lane, State};
use ledger::tally::{AssessError, Assessment, assess};
use ledger::time::{Interval, Millis};

use super::agent::{Looks, Watched, watch};
use super::judge::{Judged, compare, phantom_reaches};
use super::schedule::Schedule;

/// Tells the schedule of that number, and whether all that is promised of it holds.
///
/// # Errors
/// If the engine refuses the record.
pub fn tell(seed: u64, number: u64) -> Result<(String, bool), AssessError> {
    let (schedule, mut rng) = Schedule::draw(seed, number);
    let watched = watch(&schedule.design, &schedule.world, schedule.span, &mut rng);
    let contract = schedule.design.contract();
    let end = schedule.span.end;
    let assessment = assess(&watched.record, &contract, schedule.period, end)?;
    let judged = compare(&schedule, &watched, &assessment);
    let broken = judged.broken();
    let mut text = format!(
        "Schedule {number} of seed {seed}: {:?}\n{:#?}\npromised: {}, with unknown time: {}\n",
        schedule.sort, schedule.design, judged.promised, judged.unknown
    );
    for what in &broken {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "BROKEN  {what}");
    }
    for span in places(&schedule, &judged, &assessment) {
        around(&mut text, span, (&schedule, &watched, &assessment));
    }
    Ok((text, broken.is_empty()))
}

/// Where to look: outages that must be found and were not, that are not one, or outside their bounds, and phantoms.
fn places(schedule: &Schedule, judged: &Judged, assessment: &Assessment) -> Vec<Interval> {
    let outages = judged.outages.iter().filter(|outage| {
        outage.must_be_found && !outage.found
            || judged.promised && outage.alone.is_none_or(|found| !found.inside)
    });
    let down = schedule.world.service_down(schedule.design.regions);
    let mut places: Vec<Interval> = outages.map(|outage| outage.truth).collect();
    places.extend(phantom_reaches(&down, &assessment.outages));
    places
}

fn around(
    text: &mut String,
    place: Interval,
    (schedule, watched, assessment): (&Schedule, &Watched, &Assessment),
) {
    let margin = Millis(schedule.design.spacing.0 * 4);
    let span = Interval::new(place.start - margin, place.end + margin);
    // Writing to a string cannot fail.
    let _ = writeln!(text, "\n{} to {}", place.start, place.end);
    for trouble in schedule.world.troubles.iter() {
        if touches(trouble.span, span) {
            let _ = writeln!(
                text,
                "  true     {} {trouble:?}",
                relative(trouble.span, place)
            );
        }
    }
    for own in schedule
        .world
        .own
        .iter()
        .filter(|own| touches(own.span, span))
    {
        let _ = writeln!(text, "  own      {} {own:?}", relative(own.span, place));
    }
    for looks in &watched.looks {
        seen(text, (looks, schedule), (span, place));
    }
    for (persona, regions) in &assessment.regions {
        for (region, of) in regions {
            let _ = writeln!(text, "  {persona} {region}: {}", lane(of, (span, place)));
        }
        let of = assessment.personas.get(persona);
        let of = of.map(|of| lane(of, (span, place))).unwrap_or_default();
        let _ = writeln!(text, "  {persona}: {of}");
    }
    let _ = writeln!(
        text,
        "  service: {}",
        lane(&assessment.service, (span, place))
    );
    for outage in &assessment.outages {
        let reach = Interval::new(outage.start.earliest, outage.end.latest);
        if touches(reach, span) {
            let _ = writeln!(
                text,
                "  found    {} {:?}",
                relative(reach, place),
                outage.length
            );
        }
    }
}

fn seen(
    text: &mut String,
    (looks, schedule): (&Looks, &Schedule),
    (span, place): (Interval, Interval),
) {
    let name = (
        schedule.design.persona(looks.persona),
        schedule.design.region(looks.region),
    );
    let _ = writeln!(text, "  evidence of {} {}:", name.0, name.1);
    for look in looks.all.iter().filter(|look| touches(look.evidence, span)) {
        let verdict = match look.failed {
            Some(true) => "bad ",
            Some(false) => "good",
            None => "none",
        };
        let _ = writeln!(
            text,
            "    {verdict} {} {:?} tick {:+}",
            relative(look.evidence, place),
            look.kind,
            (look.tick - place.start).0
        );
    }
}

fn lane(lane: &Lane, (span, place): (Interval, Interval)) -> String {
    let segments = lane.0.iter().filter(|one| touches(one.interval, span));
    let told = segments
        .filter(|one| one.state != State::Up)
        .map(|one| format!("{:?} {}", one.state, relative(one.interval, place)));
    let told: Vec<String> = told.collect();
    match told.is_empty() {
        true => "up".to_owned(),
        false => told.join(", "),
    }
}

/// In milliseconds from the start of the place.
fn relative(span: Interval, place: Interval) -> String {
    format!(
        "[{:+} {:+}]",
        (span.start - place.start).0,
        (span.end - place.start).0
    )
}

fn touches(one: Interval, other: Interval) -> bool {
    one.start <= other.end && other.start <= one.end
}
