//! What was down where, and when: the service, and each persona in each region, on one time axis.

use ledger::outage::Outage;
use ledger::state::{Lane, State};
use ledger::time::{Interval, Millis, Timestamp};

use super::frame::{Frame, Swatch};
use super::palette::{Ink, ink_of};
use super::scale::TimeScale;
use super::text::{self, Face};
use super::{Anchor, Area, Drawing, Format, Label, Mark, Px, Scene, Stroke, axis, coverage};
use crate::civil::Zone;

/// What is drawn.
#[derive(Clone, Debug)]
pub struct Story<'a> {
    /// The service, drawn first and heavier.
    pub service: &'a Lane,
    /// Its outages, whose edges may be in doubt.
    pub outages: &'a [Outage],
    /// Further lanes by their labels, top to bottom.
    pub lanes: Vec<(String, &'a Lane)>,
    /// When the platform layer raised an early warning.
    pub warnings: Vec<Interval>,
}

const ROW: Px = Px(24);
const BLOCK: Px = Px(8);
const UP: Px = Px(1);
/// Marks of all lanes together; with more of them lanes are drawn in coarser columns.
const MOST: usize = 1_100;
/// More stretches of trouble than these in a lane are a crowd.
const CROWD: usize = 24;

/// One lane each: blocks where something was wrong, a thin line where all was well, nothing where nothing is known.
pub fn draw(story: &Story<'_>, scene: &Scene, format: Format) -> Drawing {
    let mut frame = Frame::new(format, scene.caption.clone());
    let left = match format {
        Format::Wide | Format::Broad => Px(168),
        Format::Narrow => Px(144),
    };
    let scale = TimeScale {
        window: scene.window,
        left,
        right: frame.right() - Px(6),
    };
    let top = frame.top() + Px(4);
    let rows = 1 + story.lanes.len() + usize::from(!story.warnings.is_empty());
    let bottom = top + Px(ROW.0 * i32::try_from(rows).unwrap_or(i32::MAX / ROW.0)) + Px(4);
    midnights(&mut frame, &scale, &scene.zone, (top, bottom));
    let bin = bin(story, &scale);
    let (mut y, start) = (top + Px(ROW.0 / 2), frame.left());
    let service = Label::new((start, y), Anchor::Start, "Service").face(Face::BOLD);
    name(&mut frame, service, left);
    lane(&mut frame, (story.service, bin), &scale, (y, Px(2)));
    doubts(&mut frame, story.outages, &scale, y);
    for (label, of_lane) in &story.lanes {
        y = y + ROW;
        name(
            &mut frame,
            Label::new((start, y), Anchor::Start, label),
            left,
        );
        lane(&mut frame, (of_lane, bin), &scale, (y, Px(0)));
    }
    coverage::exclusions(&mut frame, scene, &scale, (top, y + Px(ROW.0 / 2)));
    if !story.warnings.is_empty() {
        y = y + ROW;
        let words = match format {
            Format::Wide | Format::Broad => "Platform alarms",
            Format::Narrow => "Alarms",
        };
        name(
            &mut frame,
            Label::new((start, y), Anchor::Start, words),
            left,
        );
        warnings(&mut frame, &story.warnings, &scale, y);
    }
    let bottom = coverage::strip(&mut frame, scene, &scale, bottom) + Px(4);
    axis::draw(&mut frame, &scale, &scene.zone, bottom);
    let bottom = legend(&mut frame, story, scene, bottom + axis::HEIGHT + Px(8));
    frame.close(bottom)
}

/// Whether a lane of the wide drawing has more stretches than one tells apart on upright paper.
pub fn is_crowded(story: &Story<'_>, window: Interval) -> bool {
    let scale = TimeScale {
        window,
        left: Px(168),
        right: Format::Wide.width() - Px(14),
    };
    let lanes = story.lanes.iter().map(|(_, lane)| *lane);
    lanes.chain([story.service]).any(|lane| {
        let stretches = columns(lane, &scale, 1).into_iter();
        stretches.filter(|(state, ..)| *state != State::Up).count() > CROWD
    })
}

/// How many pixels a column is wide: as few as the number of marks allows.
fn bin(story: &Story<'_>, scale: &TimeScale) -> usize {
    let marks = |bin: &usize| {
        let lanes = story.lanes.iter().map(|(_, lane)| *lane);
        let stretches = lanes
            .chain([story.service])
            .flat_map(|lane| columns(lane, scale, *bin));
        let marks = stretches.map(|(state, from, to)| match state {
            State::Up => 1,
            _ if to - from >= Px(6) => 3,
            _ => 1,
        });
        marks.sum::<usize>()
    };
    [1, 2, 4, 8, 16]
        .into_iter()
        .find(|bin| marks(bin) <= MOST)
        .unwrap_or(32)
}

fn name(frame: &mut Frame, mut label: Label, room: Px) {
    let room = room - label.at.0 - Px(6);
    if frame.format() == Format::Narrow && !label.face.bold {
        label.face = Face::SMALL;
    }
    label.text = text::cut(&label.text, label.face, room);
    frame.label(label);
}

fn midnights(frame: &mut Frame, scale: &TimeScale, zone: &Zone, (top, bottom): (Px, Px)) {
    for tick in axis::ticks(scale, zone).iter().filter(|tick| tick.midnight) {
        let x = scale.x(tick.at);
        frame.line((x, top), (x, bottom), Ink::Grid);
    }
}

/// Paints a lane column by column, the worst state winning each, so that nothing is too short to be seen.
fn lane(frame: &mut Frame, (lane, bin): (&Lane, usize), scale: &TimeScale, (y, extra): (Px, Px)) {
    for (state, left, right) in columns(lane, scale, bin) {
        let half = if state == State::Up { UP } else { BLOCK } + extra;
        let area = Area::new((left, y - half), (right, y + half));
        if state == State::Up {
            frame.mark(Mark::Fill(area, Ink::Up));
        } else {
            frame.state(area, ink_of(state));
        }
    }
}

/// The lane as stretches of pixels, `bin` of them at a time.
fn columns(lane: &Lane, scale: &TimeScale, bin: usize) -> Vec<(State, Px, Px)> {
    let mut worst: Vec<Option<State>> = vec![None; index(scale.right - scale.left)];
    for segment in &lane.0 {
        let Some(seen) = segment.interval.intersect(scale.window) else {
            continue;
        };
        let from = index(scale.x(seen.start) - scale.left).min(worst.len().saturating_sub(1));
        let to = index(scale.x(seen.end) - scale.left).max(from + 1);
        for column in worst.iter_mut().take(to).skip(from) {
            *column = (*column).worse_of(segment.state);
        }
    }
    for columns in worst.chunks_mut(bin) {
        // Where a part of a column has no state, the column stays as it is: nothing is drawn where nothing is known.
        if let Some(all) = columns.iter().copied().collect::<Option<Vec<State>>>() {
            columns.fill(all.into_iter().fold(None, Worst::worse_of));
        }
    }
    let mut stretches: Vec<(State, Px, Px)> = Vec::new();
    for (state, x) in worst.into_iter().zip(scale.left.0..) {
        match (state, stretches.last_mut()) {
            (Some(state), Some(last)) if last.0 == state && last.2 == Px(x) => last.2 = Px(x + 1),
            (Some(state), _) => stretches.push((state, Px(x), Px(x + 1))),
            (None, _) => {}
        }
    }
    stretches
}

fn index(length: Px) -> usize {
    usize::try_from(length.0).unwrap_or(0)
}

/// The state that a pixel shows of several that fall on it.
trait Worst {
    fn worse_of(self, other: State) -> Self;
}

impl Worst for Option<State> {
    fn worse_of(self, other: State) -> Self {
        let weight = |state| match state {
            State::Up => 0,
            State::Degraded => 1,
            State::Partial => 2,
            State::Unknown => 3,
            State::Down => 4,
        };
        match self {
            Some(kept) if weight(kept) >= weight(other) => Some(kept),
            _ => Some(other),
        }
    }
}

/// Lighter zones in the service lane where an outage may have begun or ended.
fn doubts(frame: &mut Frame, outages: &[Outage], scale: &TimeScale, y: Px) {
    let half = BLOCK + Px(2);
    for edge in outages.iter().flat_map(|outage| [outage.start, outage.end]) {
        let stretch = Interval::new(edge.earliest, edge.latest);
        let Some(seen) = stretch.intersect(scale.window) else {
            continue;
        };
        let (left, right) = (scale.x(seen.start), scale.x(seen.end));
        if right - left >= Px(2) {
            frame.state(Area::new((left, y - half), (right, y + half)), Ink::Doubt);
        }
    }
}

/// A flag at the start of each early warning; those that would cover each other share one.
fn warnings(frame: &mut Frame, warnings: &[Interval], scale: &TimeScale, y: Px) {
    let stroke = Stroke {
        ink: Ink::Second,
        width: 2,
    };
    let mut free = scale.left;
    for warning in warnings {
        let x = scale.x(warning.start);
        if warning.intersect(scale.window).is_none() || x < free {
            continue;
        }
        free = x + Px(5);
        let flag = vec![
            (x, y + BLOCK),
            (x, y - BLOCK),
            (x + Px(6), y - Px(4)),
            (x, y),
        ];
        frame.mark(Mark::Path(flag, stroke));
    }
}

/// Names what is on the drawing, with the letters of the state palette; gives the lower edge.
fn legend(frame: &mut Frame, story: &Story<'_>, scene: &Scene, top: Px) -> Px {
    let lanes = || {
        story
            .lanes
            .iter()
            .map(|(_, lane)| *lane)
            .chain([story.service])
    };
    let shows = |state: State| {
        lanes().flat_map(|lane| &lane.0).any(|segment| {
            segment.state == state && segment.interval.intersect(scene.window).is_some()
        })
    };
    let mut entries: Vec<(Swatch, &str)> = [
        (State::Up, Swatch::Line(Ink::Up), "up"),
        (State::Down, Swatch::State(Ink::Down), "down (X)"),
        (
            State::Degraded,
            Swatch::State(Ink::Degraded),
            "degraded (D)",
        ),
        (
            State::Partial,
            Swatch::State(Ink::Degraded),
            "down in part (P)",
        ),
        (State::Unknown, Swatch::State(Ink::Unknown), "unknown (?)"),
    ]
    .into_iter()
    .filter(|(state, ..)| shows(*state))
    .map(|(_, swatch, words)| (swatch, words))
    .collect();
    if !scene.excluded.within(scene.window).is_empty() {
        entries.push((Swatch::Excluded, "excluded (M)"));
    }
    let looked = |region: &coverage::OfRegion| !region.looked.within(scene.window).is_empty();
    if scene.known.0.iter().any(looked) {
        entries.push((Swatch::State(Ink::Grid), "looked at"));
    }
    frame.key(&entries, top)
}

/// Whole civil days around outages, joined where less than a day lies between, oldest first.
///
/// Where the outages of a stretch would be too short to be seen in it, it is cut to them and a margin.
pub fn windows(outages: &[Outage], period: Interval, zone: &Zone) -> Vec<Interval> {
    let mut windows: Vec<(Interval, Vec<&Outage>)> = Vec::new();
    for outage in outages {
        let first = zone.date(outage.start.estimate);
        let last = zone.date(Timestamp(outage.end.estimate.0 - 1));
        let next = last.tomorrow();
        let end = next.map_or(outage.end.latest, |date| zone.start_of(date));
        let Some(seen) = Interval::new(zone.start_of(first), end).intersect(period) else {
            continue;
        };
        match windows.last_mut() {
            Some((window, within)) if seen.start.0 <= window.end.0 + DAY => {
                window.end = window.end.max(seen.end);
                within.push(outage);
            }
            _ => windows.push((seen, vec![outage])),
        }
    }
    let tight = windows
        .iter()
        .map(|(window, within)| tight(*window, within));
    tight.collect()
}

const DAY: i64 = 86_400_000;

/// The window, or a closer one if its longest outage would take up less than a hundredth of it.
fn tight(window: Interval, outages: &[&Outage]) -> Interval {
    let longest = outages.iter().map(|outage| outage.length.upper).max();
    let (Some(longest), Some(first), Some(last)) = (longest, outages.first(), outages.last())
    else {
        return window;
    };
    if longest.0 * 100 >= window.length().0 {
        return window;
    }
    let span = Interval::new(first.start.earliest, last.end.latest);
    let margin = Millis((span.length().0 / 2).max(60_000));
    let close = Interval::new(span.start - margin, span.end + margin);
    close.intersect(window).unwrap_or(window)
}

#[cfg(test)]
mod tests {
    use super::super::frame::assert_sound;
    use super::*;
    use crate::fixture;

    fn drawn(format: Format) -> Drawing {
        let story = fixture::december();
        let zone = Zone::find("America/New_York").unwrap();
        let found = &story.assessment;
        let gantt = Story {
            service: &found.service,
            outages: &found.outages,
            lanes: found
                .regions
                .iter()
                .flat_map(|(persona, lanes)| {
                    lanes
                        .iter()
                        .map(move |(region, lane)| (format!("{persona} · {region}"), lane))
                })
                .collect(),
            warnings: found.early_warnings.iter().map(|w| w.interval).collect(),
        };
        let mut stage = fixture::stage(found, "Outages by region and persona");
        stage.window = windows(&found.outages, found.period, &zone)[0];
        draw(&gantt, &stage, format)
    }

    #[test]
    fn outages_next_to_each_other_share_a_window_of_whole_days() {
        let story = fixture::december();
        let zone = Zone::find("America/New_York").unwrap();
        let windows = windows(&story.assessment.outages, story.assessment.period, &zone);
        let expected = Interval::new(
            fixture::ny("2018-12-14T00:00"),
            fixture::ny("2018-12-17T00:00"),
        );
        assert_eq!(windows, [expected]);
    }

    #[test]
    fn an_outage_of_seconds_is_shown_close_up() {
        let mut outage = fixture::december().assessment.outages.remove(0);
        let start = outage.start.estimate;
        outage.end.estimate = start + Millis::from_secs(20);
        outage.end.latest = start + Millis::from_secs(21);
        outage.length.upper = outage.end.latest - outage.start.earliest;
        let zone = Zone::find("America/New_York").unwrap();
        let period = fixture::december().assessment.period;
        let window = windows(&[outage], period, &zone)[0];
        assert!(window.length() < Millis::from_mins(3), "{window:?}");
        assert!(window.contains(start));
    }

    #[test]
    fn lanes_are_sound_and_show_each_outage_at_its_width() {
        for format in Format::ALL {
            let drawing = drawn(format);
            assert_sound(&drawing);
            let downs: Vec<i32> = drawing
                .marks
                .iter()
                .filter_map(|mark| match mark {
                    Mark::Fill(area, Ink::Down) => Some((area.right - area.left).0),
                    _ => None,
                })
                .collect();
            assert_eq!(
                downs.len(),
                7 * 3 + 1,
                "three outages in seven lanes and the legend"
            );
            assert!(
                (downs[2] - 2 * downs[0]).abs() <= 2,
                "4 h are twice 2 h: {downs:?}"
            );
        }
    }

    #[test]
    fn nothing_is_drawn_where_nothing_is_known() {
        let mut stage = fixture::stage(&fixture::december().assessment, "Nothing");
        stage.window = Interval::new(Timestamp(0), Timestamp(86_400_000));
        stage.known = coverage::Known::default();
        let empty = Lane(vec![]);
        let story = Story {
            service: &empty,
            outages: &[],
            lanes: vec![],
            warnings: vec![],
        };
        let drawing = draw(&story, &stage, Format::Wide);
        let fills = drawing
            .marks
            .iter()
            .any(|mark| matches!(mark, Mark::Fill(..)));
        assert!(!fills);
    }
}
