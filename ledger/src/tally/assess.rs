//! From a record to an assessment: the one way in which downtime is ever computed.

use std::collections::{BTreeMap, BTreeSet};

use super::case::{AssessError, Case, Terms};
use super::counted::{Counted, partition};
use super::docket::Hearing;
use super::{Assessment, Blip, Day, Excluded, Tally, corrected, coverage, warnings};
use crate::calendar::{self, CalendarError, CivilDay};
use crate::contract::{Contract, Weighted};
use crate::correction::NewEdges;
use crate::evidence::{
    PlatformSeries, Requests, ServiceSeries, Stream, Testimony, Track, Whence, Windows,
};
use crate::exclusion::{self, Applied};
use crate::hours;
use crate::name::Name;
use crate::outage::{self, NotDrawn, Outage};
use crate::record::{Interpolated, Record};
use crate::rollup::Survey;
use crate::sla::Sla;
use crate::state::Lane;
use crate::time::{Interval, Intervals, Timestamp};

/// Judges `period` by a contract and what was declared beside it. Reads no clock: `now` is where the record ends.
///
/// A period that reaches past `now` is cut there. Evidence from outside the period is used for what it says about the
/// edges inside; outages are listed whole if they touch the period.
///
/// # Errors
/// [`AssessError`] if the record lacks a plan, the zone is unknown or the period lies in the future.
pub fn assess<'t>(
    record: &Record,
    terms: impl Into<Terms<'t>>,
    period: Interval,
    now: Timestamp,
) -> Result<Assessment, AssessError> {
    let case = Case::new(terms.into(), period, now)?;
    Ok(corrected::settle(record, &case)?.found)
}

/// What came of new edges, in their order.
type Drawn = Vec<Result<(), NotDrawn>>;

/// Judges a record with corrected ticks and the edges that are known better.
pub(super) fn judge(
    record: &Record,
    case: &Case<'_>,
    edges: &[&NewEdges],
) -> Result<(Assessment, Drawn), AssessError> {
    let (judged, drawn) = Judged::new(record, case, edges)?;
    Ok((judged.assessment()?, drawn))
}

/// Everything that an assessment is read from. Its explanation reads the same, so the two cannot disagree.
#[derive(Debug)]
pub(crate) struct Judged<'r, 't> {
    pub(crate) contract: &'t Contract,
    pub(crate) period: Interval,
    pub(crate) service: Vec<ServiceSeries<'r>>,
    platform: Vec<PlatformSeries<'r>>,
    pub(crate) testimony: Testimony,
    /// Base ticks of the whole record that the period has planned, for each persona in each region.
    planned: BTreeMap<Whence, u64>,
    pub(crate) survey: Survey,
    pub(crate) windows: Vec<Applied<'t>>,
    outside_hours: Intervals,
    excluded: Intervals,
    /// All outages of the record, in the order of time.
    pub(crate) outages: Vec<Outage>,
    observed: Counted,
    pub(crate) counted: Counted,
    interpolated: Vec<Interpolated>,
}

impl<'r, 't> Judged<'r, 't> {
    /// Hears the evidence, rolls it up, finds the outages and says what counts of them.
    pub(crate) fn new(
        record: &'r Record,
        case: &Case<'t>,
        edges: &[&NewEdges],
    ) -> Result<(Self, Drawn), AssessError> {
        let (terms, period) = (case.terms, case.period);
        let contract = terms.contract;
        let Hearing {
            service,
            platform,
            testimony,
            whole,
        } = Hearing::of(record, case)?;
        let begin = whole.begin.map_or(period.start, |at| at.min(period.start));
        let span = Interval::new(begin, case.now);
        let tracks = whole.used.tracks(&record.plans, span);
        let mut survey = Survey::new(&testimony.streams, contract, &tracks, span);

        let drawn = edges.iter();
        let drawn = drawn.map(|new| outage::redraw(&mut survey, new, contract.rules.rollup));
        let drawn = drawn.collect();

        let windows = exclusion::apply(terms.exclusions, contract, span);
        let outside_hours = hours::outside(&contract.service_hours, &contract.zone, span);
        let removed = windows.iter().flat_map(|one| one.removes.iter());
        let excluded: Intervals = removed.chain(outside_hours.iter()).collect();
        let mut outages = outage::assemble(&survey, &survey.service, contract);
        let observed = Counted::new(&survey, contract, &outages, &Intervals::default());
        let counted = Counted::new(&survey, contract, &outages, &excluded);
        for outage in &mut outages {
            outage.counted = counted.of(outage);
        }
        let judged = Self {
            contract,
            period,
            service,
            platform,
            testimony,
            planned: whole.planned.clone(),
            survey,
            windows,
            outside_hours,
            excluded,
            outages,
            observed,
            counted,
            interpolated: coverage::interpolated(record, contract, period),
        };
        Ok((judged, drawn))
    }

    /// What the period comes to.
    pub(crate) fn assessment(&self) -> Result<Assessment, AssessError> {
        let (survey, contract, period) = (&self.survey, self.contract, self.period);
        let outages = touching(self.outages.clone(), period);
        let mut days = days(
            survey,
            contract,
            period,
            (&self.counted, &self.excluded),
            &outages,
        )?;
        count_requests(&mut days, &self.excluded, |windows| {
            requests(&self.service, &self.testimony.streams, contract, windows)
        });
        let total = total_of(&days);
        Ok(Assessment {
            contract: contract.id.clone(),
            period,
            zone: contract.zone.clone(),
            service: survey.service.timeline.lane(period),
            personas: personas(survey, period),
            regions: regions(survey, contract, period),
            incidents: outage::incidents(&outages, contract.rules.merge_gap),
            session_outages: lost_sessions(survey, contract, period),
            outages,
            days,
            total,
            observed: self.observed.within(period),
            exclusions: Excluded::all(&self.windows, &self.observed, period),
            outside_hours: self.outside_hours.within(period).iter().collect(),
            sla: Sla::judge(&total, contract),
            early_warnings: warnings::early_warnings(&self.platform, survey, contract, period),
            blips: blips(survey, period),
            prober_trouble: coverage::trouble(&self.testimony.silences, contract, period),
            coverage: coverage::count(contract, &self.planned, &self.testimony.obtained),
            interpolated: self.interpolated.clone(),
            from_the_future: coverage::early(contract, &self.testimony.from_the_future),
            corrections: Vec::new(),
            measured: None,
        })
    }
}

fn total_of(days: &[Day]) -> Tally {
    let mut total = Tally::default();
    for day in days {
        total += day.tally;
    }
    total
}

/// Lost sessions that the contract does not count.
fn lost_sessions(survey: &Survey, contract: &Contract, period: Interval) -> Vec<Outage> {
    let outages = outage::assemble(survey, &survey.uncounted, contract);
    touching(outages, period)
}

/// The outages that share an instant with `period`, numbered anew from 1.
fn touching(outages: Vec<Outage>, period: Interval) -> Vec<Outage> {
    let mut kept: Vec<Outage> = outages
        .into_iter()
        .filter(|outage| outage.estimate().intersect(period).is_some())
        .collect();
    for (number, outage) in (1..).zip(&mut kept) {
        outage.number = number;
    }
    kept
}

fn days(
    survey: &Survey,
    contract: &Contract,
    period: Interval,
    (counted, excluded): (&Counted, &Intervals),
    outages: &[Outage],
) -> Result<Vec<Day>, CalendarError> {
    let civil = calendar::days(&contract.zone, period)?;
    let windows: Vec<Interval> = civil.iter().map(|day| day.interval).collect();
    let tallies = partition(&survey.service.timeline, excluded, &windows);
    let personas: Vec<(&Name, Counted)> = survey
        .personas
        .iter()
        .map(|(name, level)| (name, Counted::all_of(level)))
        .collect();
    let day = |(civil, mut tally): (CivilDay, Tally)| {
        let interval = civil.interval;
        tally.counted = counted.within(interval);
        let touches = |outage: &&Outage| outage.estimate().intersect(interval).is_some();
        Day {
            date: civil.date.to_string(),
            interval,
            day_length: civil.length(),
            tally,
            outages: outages
                .iter()
                .filter(touches)
                .map(|outage| outage.number)
                .collect(),
            personas: personas
                .iter()
                .map(|(name, own)| ((*name).clone(), own.within(interval)))
                .collect(),
        }
    };
    Ok(civil.into_iter().zip(tallies).map(day).collect())
}

/// Counts the requests of each day outside `excluded`.
fn count_requests(
    days: &mut [Day],
    excluded: &Intervals,
    count: impl FnOnce(&Windows) -> Vec<Requests>,
) {
    let counting = days
        .iter()
        .map(|day| Intervals::from_iter([day.interval]).subtract(excluded));
    let counts = count(&Windows::new(counting));
    for (day, requests) in days.iter_mut().zip(counts) {
        day.tally.requests = requests;
    }
}

/// The base ticks of the contract's logins in each of `windows`. A kept session is no login.
fn requests(
    service: &[ServiceSeries<'_>],
    streams: &[Stream],
    contract: &Contract,
    windows: &Windows,
) -> Vec<Requests> {
    let counts = |terms: &[Weighted], name: &Name| {
        let own = terms.iter().find(|term| term.name == *name);
        terms.is_empty() || own.is_some_and(|term| term.weight > 0)
    };
    let wanted = |track: &Track, region: &Name| {
        !track.session
            && counts(&contract.personas, &track.persona)
            && counts(&contract.regions, region)
    };
    let streams = streams.iter().filter(|one| wanted(&one.track, &one.region));
    windows.count(
        streams.flat_map(|stream| stream.evidence.iter().chain(&stream.waiting)),
        service
            .iter()
            .filter(|one| wanted(one.track(), one.region())),
    )
}

fn personas(survey: &Survey, period: Interval) -> BTreeMap<Name, Lane> {
    let levels = survey.personas.iter();
    levels
        .map(|(name, level)| (name.clone(), level.timeline.lane(period)))
        .collect()
}

/// Each persona in each region: the worst of its tracks there.
fn regions(
    survey: &Survey,
    contract: &Contract,
    period: Interval,
) -> BTreeMap<Name, BTreeMap<Name, Lane>> {
    let mut lanes: BTreeMap<Name, BTreeMap<Name, Lane>> = BTreeMap::new();
    for persona in survey.personas.keys() {
        let views = || {
            survey
                .tracks
                .iter()
                .filter(|view| view.track.persona == *persona)
        };
        let regions: BTreeSet<&Name> = views().flat_map(|view| view.lanes.keys()).collect();
        let own = lanes.entry(persona.clone()).or_default();
        for region in regions {
            let joined = survey.lane_of(persona, region, &contract.rules);
            own.insert(region.clone(), joined.lane(period));
        }
    }
    lanes
}

fn blips(survey: &Survey, period: Interval) -> Vec<Blip> {
    let mut blips: Vec<Blip> = Vec::new();
    for view in &survey.tracks {
        let inside = view
            .blips
            .iter()
            .filter(|lone| period.contains(lone.evidence.start));
        blips.extend(inside.map(|lone| Blip {
            persona: view.track.persona.clone(),
            region: lone.region.clone(),
            probe: view.track.probe.clone(),
            evidence: lone.evidence,
            class: lone.class,
        }));
    }
    blips.sort_by(|a, b| (a.evidence, &a.probe, &a.region).cmp(&(b.evidence, &b.probe, &b.region)));
    blips
}
