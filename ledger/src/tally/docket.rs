//! What is heard of a record: all of it, or what one contract counts where all else was heard before for others.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Assessment;
use super::case::{AssessError, Case, Terms};
use super::corrected;
use crate::contract::{Contract, Rules};
use crate::evidence::{
    self, Court, EvidenceError, PlatformSeries, ServiceSeries, Testimony, Used, Whence,
};
use crate::name::Name;
use crate::record::Record;
use crate::run::Series;
use crate::time::{Interval, Timestamp};

/// A record that many contracts are judged by over one period: what it says whichever tracks a contract counts is heard once.
///
/// The ticks that were planned and obtained, and the silences of agents, are told of all series by persona and region, and where the
/// record begins is one instant for all, so that no contract need hear others' series again. What it alone decides follows from the series of its own personas: a series is judged
/// with those of the same track, and a held tick with all others, who are then called.
#[derive(Clone, Debug)]
pub struct Docket {
    /// The longest gap that it was heard with, in tenths of the spacing: the one term that silences depend on.
    gap_tenths: u32,
    period: Interval,
    now: Timestamp,
    whole: Whole,
    /// Without streams, which each contract hears for itself.
    testimony: Testimony,
    /// Whom each series of the record was about, by its plans; a platform check is about nobody.
    about: Vec<BTreeSet<Option<Name>>>,
}

/// What all series of a record come to.
#[derive(Clone, Debug)]
pub(super) struct Whole {
    /// Where the first evidence starts.
    pub(super) begin: Option<Timestamp>,
    /// Base ticks that the period has planned, for each persona in each region.
    pub(super) planned: BTreeMap<Whence, u64>,
    /// By which plans the agents looked.
    pub(super) used: Used,
}

/// What a contract is judged by.
pub(super) struct Hearing<'r, 't> {
    /// The series that it counts, and perhaps others.
    pub(super) service: Vec<ServiceSeries<'r>>,
    pub(super) platform: Vec<PlatformSeries<'r>>,
    /// The streams of these series; all else of the whole record.
    pub(super) testimony: Testimony,
    pub(super) whole: Cow<'t, Whole>,
}

impl Docket {
    /// Hears a record for contracts with the longest gap of `rules`.
    ///
    /// # Errors
    /// [`AssessError::Evidence`] if the record lacks a plan or a probe.
    pub fn new(
        record: &Record,
        rules: &Rules,
        period: Interval,
        now: Timestamp,
    ) -> Result<Self, AssessError> {
        let until = period.end.min(now).max(period.start);
        let cut = Interval::new(period.start, until);
        let Hearing {
            mut testimony,
            whole,
            ..
        } = Hearing::whole(record, rules, (cut, now))?;
        testimony.streams.clear();
        testimony.quarantined.clear();
        Ok(Self {
            gap_tenths: rules.gap_tenths,
            period,
            now,
            whole: whole.into_owned(),
            testimony,
            about: record.series.iter().map(|one| about(record, one)).collect(),
        })
    }

    /// Judges the period as [`super::assess()`] does, by the record that was heard.
    ///
    /// # Errors
    /// As [`super::assess()`].
    pub fn assess<'t>(
        &self,
        record: &Record,
        terms: impl Into<Terms<'t>>,
    ) -> Result<Assessment, AssessError> {
        let terms = terms.into();
        // A contract that counts everybody hears everybody.
        let helps = !terms.contract.personas.is_empty()
            && terms.contract.rules.gap_tenths == self.gap_tenths;
        let case = Case {
            docket: helps.then_some(self),
            ..Case::new(terms, self.period, self.now)?
        };
        Ok(corrected::settle(record, &case)?.found)
    }

    fn hear<'r>(
        &self,
        record: &'r Record,
        (contract, when): (&Contract, (Interval, Timestamp)),
    ) -> Result<Hearing<'r, '_>, EvidenceError> {
        let counts = |who: &Name| contract.personas.iter().any(|one| one.name == *who);
        let wanted = |place: usize| {
            let about = self.about.get(place);
            about.is_none_or(|about| about.iter().any(|who| who.as_ref().is_none_or(counts)))
        };
        let (service, platform) = evidence::split_of(record, wanted)?;
        let rules = &contract.rules;
        let own = if service.iter().any(ServiceSeries::is_undecided) {
            let (all, _) = evidence::split(record)?;
            evidence::hear_before(&Court::summon(&all), &service, rules, when)
        } else {
            evidence::hear_before(&Court::default(), &service, rules, when)
        };
        let testimony = Testimony {
            streams: own.streams,
            quarantined: own.quarantined,
            ..self.testimony.clone()
        };
        Ok(Hearing {
            service,
            platform,
            testimony,
            whole: Cow::Borrowed(&self.whole),
        })
    }
}

impl<'r, 't> Hearing<'r, 't> {
    /// Hears what `case` is judged by.
    pub(super) fn of(record: &'r Record, case: &Case<'t>) -> Result<Self, EvidenceError> {
        let (contract, when) = (case.terms.contract, (case.period, case.now));
        match case.docket {
            Some(docket) => docket.hear(record, (contract, when)),
            None => Self::whole(record, &contract.rules, when),
        }
    }

    fn whole(
        record: &'r Record,
        rules: &Rules,
        (period, now): (Interval, Timestamp),
    ) -> Result<Self, EvidenceError> {
        let (service, platform) = evidence::split(record)?;
        let testimony = evidence::hear(&service, rules, period, now);
        let streams = testimony.streams.iter();
        let first = streams.filter_map(|stream| stream.evidence.first());
        let whole = Whole {
            begin: first.map(|one| one.first.start).min(),
            planned: evidence::planned(&service, period),
            used: Used::of(record),
        };
        Ok(Self {
            service,
            platform,
            testimony,
            whole: Cow::Owned(whole),
        })
    }
}

/// Whom a series was about.
fn about(record: &Record, series: &Series) -> BTreeSet<Option<Name>> {
    let entries = series.entries.chunk_by(|a, b| a.plan() == b.plan());
    let versions: BTreeSet<u32> = entries.map(|some| some[0].plan()).collect();
    let plans = versions.iter().filter_map(|one| record.plans.get(one));
    let probes = plans.filter_map(|plan| plan.probe(&series.probe));
    probes.map(|probe| probe.persona().cloned()).collect()
}
