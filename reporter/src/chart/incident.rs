//! How exact is the length of an outage? Its three lengths, and both edges close up with the looks around them.

use std::collections::BTreeMap;

use ledger::outage::{Edge, Outage};
use ledger::time::{Interval, Millis, Timestamp};

use super::dash::dashed;
use super::frame::{Frame, Swatch};
use super::palette::Ink;
use super::scale::TimeScale;
use super::text::{self, Face};
use super::{Anchor, Area, Drawing, Format, Label, Mark, Px, Scene, Stroke, axis, coverage};
use crate::civil::Zone;
use crate::locale::Grain;
use crate::text::{Text, say};
use crate::words;

/// What is drawn.
#[derive(Clone, Debug)]
pub struct Story<'a> {
    /// The outage.
    pub outage: &'a Outage,
    /// What was seen around its edges.
    pub looks: Vec<Look>,
    /// Where the outage stands in `report.json`.
    pub at: String,
}

/// One look at the site.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Look {
    /// From where.
    pub region: String,
    /// When it took place.
    pub at: Interval,
    /// Whether it worked.
    pub good: bool,
}

/// What was seen around outages, by their numbers.
pub type Looks = BTreeMap<u32, Vec<Look>>;

/// A close-up of one edge.
struct Close<'a> {
    name: &'static str,
    edge: Edge,
    at: String,
    scale: TimeScale,
    top: Px,
    looks: &'a [Look],
    regions: &'a [String],
}

const LANE: Px = Px(22);
/// More regions than this are left to the table.
const MOST: usize = 8;

/// The stretch that shows an outage with some time around it.
pub fn window(outage: &Outage) -> Interval {
    let span = Interval::new(outage.start.earliest, outage.end.latest);
    let margin = Millis((span.length().0 / 12).max(30_000));
    Interval::new(span.start - margin, span.end + margin)
}

/// Three bars over the whole outage, then the start and the end.
pub fn draw(story: &Story<'_>, scene: &Scene, format: Format) -> Drawing {
    let mut frame = Frame::new(format, scene.caption.clone());
    let time = TimeScale {
        window: scene.window,
        left: Px(74),
        right: frame.right() - Px(8),
    };
    let top = frame.top() + Px(4);
    let floor = lengths(&mut frame, story, &time, top);
    coverage::exclusions(&mut frame, scene, &time, (top, floor));
    let bottom = coverage::strip(&mut frame, scene, &time, floor + Px(2));
    axis::draw(&mut frame, &time, &scene.zone, bottom + Px(2));
    let mut top = bottom + Px(2) + axis::HEIGHT + Px(18);
    let regions = regions(story);
    let half = Px((frame.right() - frame.left()).0 / 2);
    let columns = match format {
        Format::Wide | Format::Broad => [frame.left(), frame.left() + half + Px(8)],
        Format::Narrow => [frame.left(); 2],
    };
    let width = match format {
        Format::Wide | Format::Broad => half - Px(8),
        Format::Narrow => frame.right() - frame.left(),
    };
    let mut lowest = top;
    let edges = [("Start", story.outage.start), ("End", story.outage.end)];
    for ((name, edge), left) in edges.into_iter().zip(columns) {
        let close = Close {
            name,
            edge,
            at: format!("{}/{}", story.at, name.to_lowercase()),
            scale: close_up(edge, (left + Px(66), left + width - Px(4))),
            top,
            looks: &story.looks,
            regions: &regions,
        };
        if name == "End" && story.outage.open {
            frame.label(Label::new((left, top), Anchor::Start, name).face(Face::BOLD));
            let at = (left, top + text::LINE);
            frame.label(Label::new(
                at,
                Anchor::Start,
                "not over when the record ends",
            ));
            lowest = lowest.max(at.1 + Px(8));
            continue;
        }
        let bottom = close.draw(&mut frame, &scene.zone);
        lowest = lowest.max(bottom);
        if format == Format::Narrow {
            top = bottom + Px(24);
        }
    }
    let bottom = key(&mut frame, story, lowest + Px(6));
    let bottom = coverage::key(&mut frame, scene, bottom + Px(2));
    frame.close(bottom)
}

/// At least, best, at most: from edge to edge; gives the lower edge.
fn lengths(frame: &mut Frame, story: &Story<'_>, time: &TimeScale, top: Px) -> Px {
    let outage = story.outage;
    let (start, end) = (outage.start, outage.end);
    let rows = [
        (
            "at least",
            (start.latest, end.earliest),
            (outage.length.lower, "lower"),
        ),
        (
            "best",
            (start.estimate, end.estimate),
            (outage.length.estimate, "estimate"),
        ),
        (
            "at most",
            (start.earliest, end.latest),
            (outage.length.upper, "upper"),
        ),
    ];
    let mut y = top + Px(6);
    for (name, (from, to), (length, part)) in rows {
        let label = Label::new((time.left - Px(6), y), Anchor::End, name);
        frame.label(label);
        let (left, right) = (time.x(from), time.x(to.max(from)));
        let area = Area::new((left, y - Px(9)), (right, y + Px(9)));
        let ink = if name == "at most" {
            Ink::Doubt
        } else {
            Ink::Down
        };
        if length > Millis::ZERO {
            let right = area.right.max(area.left + Px(2));
            frame.mark(Mark::Fill(Area { right, ..area }, ink));
            frame.mark(Mark::Outline(Area { right, ..area }, Ink::Outline));
        }
        let words = words::duration(length);
        let face = Face::BOLD;
        let inside = right - left > text::width(&words, face) + Px(12);
        let (at, ink) = match (inside, ink) {
            (true, Ink::Down) => (left + Px(8), Ink::Pale),
            (true, _) => (left + Px(8), Ink::Text),
            (false, _) => (right + Px(6), Ink::Text),
        };
        let said = Text::figure(words, format!("{}/length_ms/{part}", story.at));
        let mut label = Label::said((at, y), Anchor::Start, said)
            .face(face)
            .ink(ink);
        if label.area().right > frame.right() {
            label.at.0 = left - Px(6);
            label.anchor = Anchor::End;
        }
        frame.label(label);
        y = y + Px(24);
    }
    y - Px(12)
}

/// The bracket of an edge and as much around it again.
fn close_up(edge: Edge, (left, right): (Px, Px)) -> TimeScale {
    let margin = Millis((edge.latest - edge.earliest).0.max(5_000));
    TimeScale {
        window: Interval::new(edge.earliest - margin, edge.latest + margin),
        left,
        right,
    }
}

/// Those with looks, sorted, so that both close-ups have the same lanes.
fn regions(story: &Story<'_>) -> Vec<String> {
    let mut regions: Vec<String> = story.looks.iter().map(|look| look.region.clone()).collect();
    regions.sort();
    regions.dedup();
    regions.truncate(MOST);
    regions
}

impl Close<'_> {
    /// What was printed from an instant of the edge.
    fn figure(&self, text: String, part: &str) -> Text {
        Text::figure(text, format!("{}/{part}", self.at))
    }

    /// Lanes of looks, the bracket, and its instants below; gives the lower edge.
    fn draw(&self, frame: &mut Frame, zone: &Zone) -> Px {
        let scale = &self.scale;
        let left = scale.left - Px(66);
        let said = zone.format(self.edge.estimate, "%a %-d %b %Y");
        let heading = say![format!("{}, ", self.name), self.figure(said, "estimate")];
        frame.label(Label::said((left, self.top), Anchor::Start, heading).face(Face::BOLD));
        let top = self.top + Px(14);
        let rows = i32::try_from(self.regions.len().max(1)).unwrap_or(1);
        let floor = top + Px(LANE.0 * rows);
        let (from, to) = (scale.x(self.edge.earliest), scale.x(self.edge.latest));
        let bracket = Area::new((from, top), (to.max(from + Px(1)), floor));
        frame.mark(Mark::Fill(bracket, Ink::Shade));
        let mut y = top + Px(LANE.0 / 2);
        for region in self.regions {
            self.lane(frame, region, y);
            y = y + LANE;
        }
        if self.regions.is_empty() {
            frame.line((scale.left, y), (scale.right, y), Ink::Grid);
        }
        self.bracket(frame, (from, to), floor);
        self.instants(frame, zone, floor)
    }

    fn lane(&self, frame: &mut Frame, region: &str, y: Px) {
        let scale = &self.scale;
        let words = text::cut(region, Face::SMALL, Px(60));
        let label = Label::new((scale.left - Px(6), y), Anchor::End, words);
        frame.label(label.face(Face::SMALL).ink(Ink::Quiet));
        frame.line((scale.left, y), (scale.right, y), Ink::Grid);
        for look in self.looks.iter().filter(|look| look.region == region) {
            if !scale.window.contains(look.at.start) && !scale.window.contains(look.at.end) {
                continue;
            }
            let (from, to) = (scale.x(look.at.start), scale.x(look.at.end));
            let area = Area::new(
                (from, y - Px(7)),
                (to.max(from + Px(7)).min(scale.right), y + Px(7)),
            );
            let ink = if look.good { Ink::Up } else { Ink::Down };
            frame.state(area, ink);
        }
    }

    /// The bracket below the lanes, and a dashed line at the best estimate.
    fn bracket(&self, frame: &mut Frame, (from, to): (Px, Px), floor: Px) {
        let stroke = Stroke {
            ink: Ink::Outline,
            width: 2,
        };
        let points = vec![
            (from, floor),
            (from, floor + Px(7)),
            (to, floor + Px(7)),
            (to, floor),
        ];
        frame.mark(Mark::Path(points, stroke));
        let x = self.scale.x(self.edge.estimate);
        for piece in dashed(&[(x, self.top + Px(12)), (x, floor + Px(12))], 2) {
            let stroke = Stroke {
                ink: Ink::Text,
                width: 1,
            };
            frame.mark(Mark::Path(piece, stroke));
        }
    }

    fn instants(&self, frame: &mut Frame, zone: &Zone, floor: Px) -> Px {
        let scale = &self.scale;
        let mut y = floor + Px(18);
        let (earliest, latest) = (self.edge.earliest, self.edge.latest);
        if earliest < latest {
            let ends = [
                (earliest, "earliest", Anchor::End),
                (latest, "latest", Anchor::Start),
            ];
            for (at, part, anchor) in ends {
                let shift = if anchor == Anchor::End {
                    Px(12)
                } else {
                    Px(-12)
                };
                let said = self.figure(clock(zone, at), part);
                let label = Label::said((scale.x(at) + shift, y), anchor, said);
                frame.label(label.face(Face::SMALL).ink(Ink::Quiet));
            }
        }
        y = y + Px(17);
        let best = self.figure(clock(zone, self.edge.estimate), "estimate");
        let best = say!["best: ", best];
        let mut label = Label::said((scale.x(self.edge.estimate), y), Anchor::Middle, best);
        label = label.face(Face::BOLD);
        frame.label(label);
        y + Px(8)
    }
}

/// To the second, always written.
fn clock(zone: &Zone, at: Timestamp) -> String {
    let rounded = Timestamp((at.0 + 500).div_euclid(1_000) * 1_000);
    zone.to(Grain::Second, rounded)
}

fn key(frame: &mut Frame, story: &Story<'_>, top: Px) -> Px {
    let mut entries = Vec::new();
    for (good, ink, words) in [
        (true, Ink::Up, "a look that worked"),
        (false, Ink::Down, "a look that failed (X)"),
    ] {
        if story.looks.iter().any(|look| look.good == good) {
            entries.push((Swatch::State(ink), words));
        }
    }
    entries.push((Swatch::State(Ink::Shade), "the edge lies in here"));
    frame.key(&entries, top + Px(8))
}
