//! The charts of a report, each in both formats, with the words around them and their figures as a table.

mod bars;
mod budget;
mod days;
#[cfg(test)]
mod gallery;
mod logins;
mod looks;
mod measures;
mod outages;
mod quality;
#[cfg(test)]
mod tests;

use ledger::state::{Lane, State};
use ledger::tally::Assessment;
use ledger::time::{Interval, Intervals};

use super::Report;
use crate::chart::catalogue::Kind;
use crate::chart::coverage::{Known, OfRegion};
use crate::chart::data::Data;
use crate::chart::frame::Caption;
use crate::chart::incident::Looks;
use crate::chart::{Drawing, Format, Scene};
use crate::report::figures::number;
use crate::text::{Text, say};

pub(super) use budget::left;
pub(super) use days::findings;
pub use looks::looks;
pub(super) use measures::{parts, worst};
pub(super) use outages::counted;

/// The same chart for wide and for narrow pages, and what it shows as a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// In the order of [`Format::ALL`].
    pub drawings: [Drawing; 2],
    /// The figures.
    pub data: Data,
    /// The same for paper on its side, if it is too detailed for other pages.
    pub broad: Option<Drawing>,
}

impl Picture {
    fn new(data: Data, draw: impl Fn(Format) -> Drawing) -> Self {
        Self {
            drawings: Format::ALL.map(draw),
            data,
            broad: None,
        }
    }

    /// The same without its figures, for pages that have them beside it.
    #[must_use]
    fn alone(self) -> Self {
        Self {
            data: Data::default(),
            ..self
        }
    }

    /// The drawing for wide or for narrow pages.
    pub fn drawing(&self, format: Format) -> &Drawing {
        match format {
            Format::Wide => &self.drawings[0],
            Format::Narrow => &self.drawings[1],
            Format::Broad => self.broad.as_ref().unwrap_or(&self.drawings[0]),
        }
    }
}

/// All pictures of one kind: one per persona, outage or stretch of days where there are several.
///
/// `looks` are told of the outages, by their numbers; without them an incident strip shows the edges alone.
pub fn of(report: &Report, kind: Kind, looks: &Looks) -> Vec<Picture> {
    match kind {
        Kind::Bars => vec![bars::picture(report)],
        Kind::Calendar => vec![days::calendar(report)],
        Kind::Downtime => vec![days::downtime(report)],
        Kind::Availability => vec![days::availability(report)],
        Kind::Gantt => outages::gantts(report),
        Kind::Incident => outages::strips(report, looks),
        Kind::Latency => logins::latencies(report),
        Kind::Percentiles => logins::distribution(report).into_iter().collect(),
        Kind::Heat => logins::heats(report),
        Kind::Budget => vec![budget::picture(report)],
        Kind::Windows => vec![measures::windows(report)],
        Kind::Causes => vec![measures::causes(report)],
        Kind::Coverage => vec![quality::picture(report)],
    }
}

/// Those beside the table of days: the last ninety days, and those of the period, whose figures the table holds.
pub fn of_days(report: &Report) -> Vec<Picture> {
    let lately = bars::picture(report);
    let all = [
        days::downtime(report),
        days::calendar(report),
        days::availability(report),
    ];
    let all = all.map(Picture::alone);
    [lately].into_iter().chain(all).collect()
}

/// Those beside the list of incidents, which holds the figures of the first ones; the last is of causes.
pub fn of_incidents(report: &Report) -> Vec<Picture> {
    let gantts = outages::gantts(report).into_iter();
    let mut pictures: Vec<Picture> = gantts.map(Picture::alone).collect();
    if !report.found.outages.is_empty() {
        pictures.push(measures::causes(report));
    }
    pictures
}

/// Budget and worst windows.
pub fn of_measures(report: &Report) -> Vec<Picture> {
    vec![budget::picture(report), measures::windows(report)]
}

/// Login times.
pub fn of_logins(report: &Report) -> Vec<Picture> {
    let curves = logins::latencies(report);
    let heats = logins::heats(report);
    let each = curves.into_iter().zip(heats);
    let all = each.flat_map(|(curve, heat)| [curve, heat]);
    all.chain(logins::distribution(report)).collect()
}

/// Who looked when.
pub fn of_quality(report: &Report) -> Vec<Picture> {
    vec![quality::picture(report)]
}

/// The whole period with the words around a chart of it.
fn scene(report: &Report, id: &str, title: impl Into<Text>, desc: impl Into<Text>) -> Scene {
    Scene {
        zone: report.zone.clone(),
        window: report.found.period,
        known: known(&report.found),
        excluded: report.found.excluded(),
        caption: caption(report, id, title, desc),
    }
}

fn caption(report: &Report, id: &str, title: impl Into<Text>, desc: impl Into<Text>) -> Caption {
    let issue = match &report.revision {
        None => Text::default(),
        Some(one) => say![", revision ", number(one.number, "/revision/number")],
    };
    Caption {
        id: id.into(),
        title: title.into(),
        desc: desc.into(),
        source: say![
            format!("Times in {}. Contract ", report.zone.name()),
            Text::figure(report.contract.id.to_string(), "/contract/id"),
            issue,
            ", figures ",
            Text::figure(report.short_hash(), "/hash"),
            ".",
        ],
    }
}

/// Who looked when: a region is blind where any persona could not be looked at from there.
pub(crate) fn known(found: &Assessment) -> Known {
    let mut regions: Vec<OfRegion> = Vec::new();
    for (name, lane) in found.regions.values().flatten() {
        let blind = lane.of(State::Unknown);
        let looked = looked(lane);
        let known = regions.iter_mut().find(|one| one.name == name.as_str());
        match known {
            Some(region) => {
                region.blind = region.blind.union(&blind);
                region.looked = region.looked.union(&looked).subtract(&region.blind);
            }
            None => regions.push(OfRegion {
                name: name.to_string(),
                figure: Text::default(),
                looked,
                blind,
            }),
        }
    }
    regions.sort_by(|a, b| a.name.cmp(&b.name));
    Known(regions)
}

fn looked(lane: &Lane) -> Intervals {
    let known = lane.0.iter().filter(|one| one.state != State::Unknown);
    known.map(|one| one.interval).collect()
}

/// The outages as stretches of time.
fn spans(report: &Report) -> Vec<Interval> {
    let outages = report.found.outages.iter();
    outages
        .map(|outage| Interval::new(outage.start.estimate, outage.end.estimate))
        .collect()
}
