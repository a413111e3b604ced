//! Who looked when: a thin lane per region under every chart over time, and the same as a chart of its own.
//!
//! Where somebody looked a lane is filled, where nobody could it is hatched, and before and after the record it is empty.

use ledger::time::Intervals;

use super::axis;
use super::frame::{Frame, Swatch};
use super::palette::Ink;
use super::scale::TimeScale;
use super::text::{self, Face};
use super::{Anchor, Area, Drawing, Format, Label, Mark, Px, Scene};
use crate::text::Text;

/// What is known of each region, in the order in which they are drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known(pub Vec<OfRegion>);

/// What is known of a region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfRegion {
    /// The region.
    pub name: String,
    /// What is said of it besides, such as a share.
    pub figure: Text,
    /// When it was looked at from there, for every persona.
    pub looked: Intervals,
    /// When it should have been, and was not for at least one.
    pub blind: Intervals,
}

/// From lane to lane of a strip.
const PITCH: Px = Px(15);
/// Half the height of a lane.
const HALF: Px = Px(4);
/// More regions than this share one lane of a strip.
const MOST: usize = 6;

/// The strip under a chart, its names left of `scale`; gives its lower edge.
pub(super) fn strip(frame: &mut Frame, scene: &Scene, scale: &TimeScale, top: Px) -> Px {
    frame.over(*scale);
    let joined = joined(&scene.known);
    let mut y = top;
    for region in joined.iter() {
        y = y + PITCH;
        lane(frame, region, scale, (y - Px(PITCH.0 / 2), HALF));
        let room = scale.left - frame.left() - Px(6);
        let words = text::cut(&region.name, Face::SMALL, room);
        let at = (scale.left - Px(6), y - Px(PITCH.0 / 2));
        let label = Label::new(at, Anchor::End, words).face(Face::SMALL);
        frame.label(label.ink(Ink::Quiet));
    }
    y + Px(2)
}

/// The same without names, for charts that use the whole width: one thin line per region; gives its lower edge.
pub(super) fn thin(frame: &mut Frame, scene: &Scene, scale: &TimeScale, top: Px) -> Px {
    let mut y = top;
    for region in joined(&scene.known).iter() {
        lane(frame, region, scale, (y + Px(3), Px(2)));
        y = y + Px(6);
    }
    y
}

/// The words that a strip needs below the axis: what is hatched, and what is left out. Gives the lower edge.
pub(super) fn key(frame: &mut Frame, scene: &Scene, top: Px) -> Px {
    let any = |of: fn(&OfRegion) -> &Intervals| {
        let mut sets = scene.known.0.iter().map(of);
        sets.any(|set| !set.within(scene.window).is_empty())
    };
    let (looked, blind) = (any(|region| &region.looked), any(|region| &region.blind));
    let excluded = !scene.excluded.within(scene.window).is_empty();
    let mut entries = Vec::new();
    if looked {
        entries.push((Swatch::State(Ink::Grid), "looked at"));
    }
    if blind {
        entries.push((Swatch::State(Ink::Unknown), "nobody could look (?)"));
    }
    if excluded {
        entries.push((Swatch::Excluded, "excluded (M)"));
    }
    match entries[..] {
        [] => top,
        _ => frame.key(&entries, top + Px(8)),
    }
}

/// What the contract leaves out, laid over `rows` of a plot.
pub(super) fn exclusions(
    frame: &mut Frame,
    scene: &Scene,
    scale: &TimeScale,
    (top, bottom): (Px, Px),
) {
    for (left, right) in scale.runs(&scene.excluded) {
        frame.excluded(Area::new((left, top), (right, bottom)));
    }
}

/// All regions as one where there are too many to be told apart.
fn joined(known: &Known) -> std::borrow::Cow<'_, [OfRegion]> {
    if known.0.len() <= MOST {
        return (&known.0).into();
    }
    let mut all = OfRegion {
        name: "all regions".into(),
        ..OfRegion::default()
    };
    for region in &known.0 {
        all.looked = all.looked.union(&region.looked);
        all.blind = all.blind.union(&region.blind);
    }
    all.looked = all.looked.subtract(&all.blind);
    vec![all].into()
}

fn lane(frame: &mut Frame, region: &OfRegion, scale: &TimeScale, (y, half): (Px, Px)) {
    let area = |(left, right)| Area::new((left, y - half), (right, y + half));
    for run in scale.runs(&region.looked) {
        frame.mark(Mark::Fill(area(run), Ink::Grid));
    }
    for run in scale.runs(&region.blind) {
        frame.state(area(run), Ink::Unknown);
    }
}

/// One lane per region, with its name and figure above it.
pub fn draw(scene: &Scene, format: Format) -> Drawing {
    let mut frame = Frame::new(format, scene.caption.clone());
    let time = TimeScale {
        window: scene.window,
        left: frame.left(),
        right: frame.right(),
    };
    frame.over(time);
    let mut y = frame.top() + Px(2);
    for region in &scene.known.0 {
        let figure = Label::said((time.right, y), Anchor::End, region.figure.clone());
        let room = figure.area().left - time.left - Px(12);
        let words = text::cut(&region.name, Face::BOLD, room);
        frame.label(Label::new((time.left, y), Anchor::Start, words).face(Face::BOLD));
        frame.label(figure);
        lane(&mut frame, region, &time, (y + Px(18), Px(7)));
        exclusions(&mut frame, scene, &time, (y + Px(11), y + Px(25)));
        y = y + Px(44);
    }
    if scene.known.0.is_empty() {
        let words = "No region is known.";
        frame.label(Label::new((time.left, y), Anchor::Start, words));
        y = y + text::LINE;
    }
    let bottom = y - Px(8);
    axis::draw(&mut frame, &time, &scene.zone, bottom);
    let bottom = key(&mut frame, scene, bottom + axis::HEIGHT);
    frame.close(bottom)
}
