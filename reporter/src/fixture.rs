//! The December weekend of 2018 as an assessment made by hand (tests only).

pub(crate) mod cases;
mod latency;
mod lookers;
pub(crate) mod months;

use std::collections::BTreeMap;

use ledger::contract::{Contract, EdgeMode, Locale, Rules, Share, Tier, Weighted};
use ledger::name::Name;
use ledger::outage::{Bounds, Edge, Incident, Outage};
use ledger::sla::Sla;
use ledger::state::{Lane, Segment, State};
use ledger::tally::{Assessment, Blip, Day, EarlyWarning, ProberTrouble, Tally};
use ledger::time::{Interval, Intervals, Millis, Timestamp};
use ledger::verdict::Class;

use crate::chart::Scene;
use crate::chart::downtime::Bar;
use crate::chart::frame::Caption;
use crate::civil::Zone;
use crate::report::basis::Basis;
use crate::report::{Report, Sources};

/// An assessment with its contract.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    pub(crate) contract: Contract,
    pub(crate) assessment: Assessment,
}

/// December 2018 in New York.
pub(crate) fn december() -> Story {
    told(("2018-12-01T00:00", "2019-01-01T00:00"), "America/New_York")
}

/// The same record cut to `[from, to)`, civil times in `zone`; outages stay at the same instants.
pub(crate) fn told((from, to): (&str, &str), zone: &str) -> Story {
    let period = Interval::new(instant(from, zone), instant(to, zone));
    let outages: Vec<Outage> = [
        ("2018-12-14T17:15", "2018-12-14T19:15"),
        ("2018-12-15T22:30", "2018-12-16T00:00"),
        ("2018-12-16T10:00", "2018-12-16T14:00"),
    ]
    .into_iter()
    .zip(1..)
    .map(|((start, end), number)| outage(number, ny(start), ny(end)))
    .collect();
    let unseen = Interval::new(ny("2018-12-27T03:00"), ny("2018-12-27T03:12"));
    made(period, zone, outages, unseen)
}

/// An assessment of `period` with those outages; nothing was seen in `unseen`.
pub(crate) fn made(period: Interval, zone: &str, outages: Vec<Outage>, unseen: Interval) -> Story {
    let dead = Interval::new(ny("2018-12-15T09:00"), ny("2018-12-15T09:20"));
    let service = lane(period, &outages, &[unseen]);
    let total = judged(String::new(), period, &service, &outages).tally;
    let assessment = Assessment {
        contract: name("groupdesk"),
        period,
        zone: zone.into(),
        personas: ["travelers", "users"]
            .map(|p| (name(p), service.clone()))
            .into(),
        regions: regions(period, &outages, (unseen, dead)),
        incidents: outages.iter().map(incident).collect(),
        days: days(period, zone, &service, &outages),
        sla: Sla::judge(&total, &contract(zone)),
        observed: total.counted,
        exclusions: vec![],
        outside_hours: vec![],
        corrections: vec![],
        measured: None,
        total,
        session_outages: vec![],
        early_warnings: vec![
            warning("2018-12-15T01:45", 4),
            warning("2018-12-15T15:00", 5),
        ],
        blips: vec![blip("2018-12-05T11:20")],
        prober_trouble: vec![ProberTrouble {
            agent: name("ap-south-1"),
            region: name("ap-south"),
            interval: dead,
            class: Some(Class::ProberNet),
        }],
        coverage: lookers::coverage(),
        interpolated: Vec::new(),
        from_the_future: 0,
        service,
        outages,
    };
    Story {
        contract: contract(zone),
        assessment,
    }
}

fn regions(
    period: Interval,
    outages: &[Outage],
    (unseen, dead): (Interval, Interval),
) -> BTreeMap<Name, BTreeMap<Name, Lane>> {
    let mut regions = BTreeMap::new();
    for persona in ["travelers", "users"] {
        for region in ["ap-south", "eu-west", "us-east"] {
            let unknown = if region == "ap-south" {
                vec![unseen, dead]
            } else {
                vec![unseen]
            };
            let lane = lane(period, outages, &unknown);
            let of_persona: &mut BTreeMap<Name, Lane> = regions.entry(name(persona)).or_default();
            of_persona.insert(name(region), lane);
        }
    }
    regions
}

fn days(period: Interval, zone: &str, service: &Lane, outages: &[Outage]) -> Vec<Day> {
    let here = Zone::find(zone).unwrap();
    let dates = here.dates(period).into_iter();
    dates
        .map(|date| {
            let day = Interval::new(here.start_of(date), here.start_of(date.tomorrow().unwrap()));
            let inside = day.intersect(period).unwrap();
            judged(date.to_string(), inside, service, outages)
        })
        .collect()
}

/// A month without any evidence.
pub(crate) fn unseen() -> Story {
    let mut story = told(("2018-11-01T00:00", "2018-12-01T00:00"), "America/New_York");
    let found = &mut story.assessment;
    let whole = Lane(vec![Segment {
        interval: found.period,
        state: State::Unknown,
    }]);
    found.service = whole.clone();
    found
        .personas
        .values_mut()
        .for_each(|lane| *lane = whole.clone());
    let lanes = found.regions.values_mut().flat_map(BTreeMap::values_mut);
    lanes.for_each(|lane| *lane = whole.clone());
    for day in &mut found.days {
        *day = judged(day.date.clone(), day.interval, &whole, &[]);
    }
    found.total = judged(String::new(), found.period, &whole, &[]).tally;
    found.sla = Sla::judge(&found.total, &story.contract);
    found.outages.clear();
    found.session_outages.clear();
    found.incidents.clear();
    found.early_warnings.clear();
    found.blips.clear();
    found.coverage.clear();
    story
}

/// A finished report of a story, with logins that take longer by day.
pub(crate) fn report(story: Story) -> Report {
    let period = story.assessment.period;
    let agents = ["ap-south-1", "eu-west-1", "us-east-1"].map(String::from);
    Report::new(Sources {
        latency: latency::latency(&story.assessment),
        agents: agents.into(),
        until: period.end + Millis::from_mins(72 * 60),
        asked: period,
        settled: true,
        tzdb: "2026a".into(),
        clocks: lookers::clocks(),
        basis: Basis {
            read_until: period.end + Millis::from_mins(72 * 60),
            ..Basis::default()
        },
        contract: story.contract,
        found: story.assessment,
    })
    .unwrap()
}

/// The bars of the downtime chart.
pub(crate) fn bars(story: &Story) -> Vec<Bar> {
    let days = story.assessment.days.iter();
    days.map(|day| Bar {
        interval: day.interval,
        down: day.tally.counted,
        at: String::new(),
    })
    .collect()
}

/// The words and lanes around a chart of a whole assessment.
pub(crate) fn stage(found: &Assessment, title: &str) -> Scene {
    Scene {
        zone: Zone::find(&found.zone).unwrap(),
        window: found.period,
        known: crate::report::pictures::known(found),
        excluded: found.excluded(),
        caption: Caption {
            id: "chart".into(),
            title: title.into(),
            desc: "What is to be seen.".into(),
            source: found.zone.as_str().into(),
        },
    }
}

/// A name.
pub(crate) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

/// An instant by the clocks of New York.
pub(crate) fn ny(civil: &str) -> Timestamp {
    instant(civil, "America/New_York")
}

/// An instant by the clocks of `zone`.
pub(crate) fn instant(civil: &str, zone: &str) -> Timestamp {
    let at: jiff::civil::DateTime = civil.parse().unwrap();
    Timestamp::from_jiff(at.in_tz(zone).unwrap().timestamp())
}

pub(crate) fn contract(zone: &str) -> Contract {
    let weighted = |text| Weighted {
        name: name(text),
        weight: 1,
    };
    Contract {
        id: name("groupdesk"),
        customer: "Example Travel Ltd".into(),
        service: "Groupdesk".into(),
        zone: zone.into(),
        target: Share(999_000),
        service_hours: Vec::new(),
        tiers: [(990_000, 100_000), (950_000, 250_000), (0, 500_000)]
            .map(|(from, credit)| Tier {
                from: Share(from),
                credit: Share(credit),
            })
            .into(),
        personas: vec![weighted("users"), weighted("travelers")],
        regions: ["us-east", "eu-west", "ap-south"].map(weighted).into(),
        rules: Rules::default(),
        locale: Locale::default(),
    }
}

/// An outage whose edges are known to 20 s.
pub(crate) fn outage(number: u32, start: Timestamp, end: Timestamp) -> Outage {
    let edge = |at: Timestamp| Edge {
        earliest: at - Millis::from_secs(17),
        estimate: at - Millis::from_secs(7),
        latest: at + Millis::from_secs(3),
    };
    let (start, end) = (edge(start), edge(end));
    let length = Bounds {
        lower: end.earliest - start.latest,
        estimate: end.estimate - start.estimate,
        upper: end.latest - start.earliest,
    };
    Outage {
        number,
        start,
        end,
        open: false,
        length,
        counted: length,
        edges: EdgeMode::Fused,
        confirmed: start.latest + Millis::from_secs(20),
        borderline: false,
        personas: vec![name("travelers"), name("users")],
        regions: ["ap-south", "eu-west", "us-east"].map(name).into(),
        classes: [
            (Class::Timeout, 310),
            (Class::Status, 42),
            (Class::SessionLost, 6),
        ]
        .into(),
        session_only: false,
    }
}

fn incident(outage: &Outage) -> Incident {
    Incident {
        number: outage.number,
        span: Interval::new(outage.start.estimate, outage.end.estimate),
        outages: vec![outage.number],
        length: outage.length,
    }
}

fn warning(at: &str, bad: u32) -> EarlyWarning {
    let start = ny(at);
    EarlyWarning {
        probe: name("kubernetes-login"),
        interval: Interval::new(start, start + Millis::from_mins(i64::from(bad))),
        bad,
        class: Class::Rejected,
        regions: vec![name("eu-west"), name("us-east")],
        no_customer_impact: true,
    }
}

fn blip(at: &str) -> Blip {
    Blip {
        persona: name("users"),
        region: name("eu-west"),
        probe: name("users-login"),
        evidence: Interval::new(ny(at), ny(at) + Millis::from_secs(2)),
        class: Class::Timeout,
    }
}

fn lane(period: Interval, outages: &[Outage], unknown: &[Interval]) -> Lane {
    let down: Intervals = outages
        .iter()
        .map(|outage| Interval::new(outage.start.estimate, outage.end.estimate))
        .collect();
    let unknown: Intervals = unknown.iter().copied().collect();
    let up = Intervals::from_iter([period]).subtract(&down.union(&unknown));
    let mut segments: Vec<Segment> = [
        (State::Down, down),
        (State::Unknown, unknown),
        (State::Up, up),
    ]
    .into_iter()
    .flat_map(|(state, parts)| {
        let inside = parts.within(period);
        inside
            .iter()
            .map(|interval| Segment { interval, state })
            .collect::<Vec<_>>()
    })
    .collect();
    segments.sort_by_key(|segment| segment.interval);
    Lane(segments)
}

fn judged(date: String, interval: Interval, service: &Lane, outages: &[Outage]) -> Day {
    let part = |from: Timestamp, to: Timestamp| {
        Interval::new(from, to)
            .intersect(interval)
            .map_or(Millis::ZERO, Interval::length)
    };
    let counted = Bounds {
        lower: outages
            .iter()
            .map(|o| part(o.start.latest, o.end.earliest))
            .sum(),
        estimate: outages
            .iter()
            .map(|o| part(o.start.estimate, o.end.estimate))
            .sum(),
        upper: outages
            .iter()
            .map(|o| part(o.start.earliest, o.end.latest))
            .sum(),
    };
    let measure = |state| service.of(state).within(interval).measure();
    Day {
        date,
        interval,
        day_length: interval.length(),
        tally: Tally {
            length: interval.length(),
            up: measure(State::Up),
            down: measure(State::Down),
            unknown: measure(State::Unknown),
            counted,
            ..Tally::default()
        },
        outages: outages
            .iter()
            .filter(|o| part(o.start.estimate, o.end.estimate) > Millis::ZERO)
            .map(|o| o.number)
            .collect(),
        personas: ["travelers", "users"].map(|p| (name(p), counted)).into(),
    }
}
