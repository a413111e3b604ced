//! Login time over time: p50, p95 and p99 in equal bins, with gaps left open and the number of logins below.

use ledger::time::{Interval, Millis};

use super::frame::Frame;
use super::palette::Ink;
use super::scale::{LinearScale, TimeScale};
use super::text::Face;
use super::values::Values;
use super::{Anchor, Area, Drawing, Format, Label, Mark, Px, Scene, Stroke, axis, coverage};
use crate::words;

/// One bin of time with its percentiles in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bin {
    /// Where it lies.
    pub interval: Interval,
    /// Logins in it.
    pub n: u64,
    /// Percentiles 50, 95 and 99; `None` where `n` is too small to support one.
    pub percentiles: [Option<u32>; 3],
}

const PLOT: Px = Px(190);
const LEFT: Px = Px(74);
const COUNTS: Px = Px(26);
const CURVES: [(&str, Stroke); 3] = [
    (
        "p50",
        Stroke {
            ink: Ink::P50,
            width: 1,
        },
    ),
    (
        "p95",
        Stroke {
            ink: Ink::P95,
            width: 2,
        },
    ),
    (
        "p99",
        Stroke {
            ink: Ink::P99,
            width: 3,
        },
    ),
];

/// Curves from zero; `outages` are shaded behind them.
pub fn draw(bins: &[Bin], outages: &[Interval], scene: &Scene, format: Format) -> Drawing {
    let mut frame = Frame::new(format, scene.caption.clone());
    let top = frame.top() + Px(10);
    let zero = top + PLOT;
    let time = TimeScale {
        window: scene.window,
        left: LEFT,
        right: frame.right() - Px(34),
    };
    let outages = outages
        .iter()
        .filter_map(|outage| outage.intersect(scene.window));
    for outage in outages {
        let (left, right) = (time.x(outage.start), time.x(outage.end));
        let area = Area::new((left, top), (right.max(left + Px(2)), zero));
        frame.mark(Mark::Fill(area, Ink::Shade));
    }
    coverage::exclusions(&mut frame, scene, &time, (top, zero));
    let value = values(&mut frame, bins, (zero, top), time.right);
    for (index, (_, stroke)) in CURVES.iter().enumerate() {
        for points in curves(bins, index, &time, &value) {
            let mark = match points[..] {
                [at] => Mark::Dot(at, 2, stroke.ink),
                _ => Mark::Path(points, *stroke),
            };
            frame.mark(mark);
        }
    }
    names(&mut frame, bins, &time, &value);
    counts(&mut frame, bins, &time, zero + Px(10));
    let bottom = coverage::strip(&mut frame, scene, &time, zero + Px(10) + COUNTS) + Px(4);
    axis::draw(&mut frame, &time, &scene.zone, bottom);
    let bottom = coverage::key(&mut frame, scene, bottom + axis::HEIGHT);
    frame.close(bottom)
}

/// The unbroken stretches of one percentile: a bin without it, or time between bins, ends a stretch.
fn curves(bins: &[Bin], index: usize, time: &TimeScale, value: &LinearScale) -> Vec<Vec<(Px, Px)>> {
    let mut stretches: Vec<Vec<(Px, Px)>> = Vec::new();
    let mut ended = None;
    for bin in bins {
        let Some(micros) = bin.percentiles[index] else {
            ended = None;
            continue;
        };
        let middle = bin.interval.start + Millis(bin.interval.length().0 / 2);
        let at = (time.x(middle), value.place(i64::from(micros)));
        match stretches.last_mut() {
            Some(stretch) if ended == Some(bin.interval.start) => stretch.push(at),
            _ => stretches.push(vec![at]),
        }
        ended = Some(bin.interval.end);
    }
    stretches
}

fn values(frame: &mut Frame, bins: &[Bin], rows: (Px, Px), right: Px) -> LinearScale {
    let most = bins
        .iter()
        .flat_map(|bin| bin.percentiles)
        .flatten()
        .max()
        .map_or(0, i64::from);
    login_times(frame, most, rows, right)
}

/// Draws an axis of login times that holds `most` microseconds.
pub(super) fn login_times(frame: &mut Frame, most: i64, rows: (Px, Px), right: Px) -> LinearScale {
    let axis = Values {
        most,
        step: round_micros(most),
        rows,
        columns: (LEFT, right),
    };
    let words = |micros| words::latency_axis(u32::try_from(micros).unwrap_or(u32::MAX));
    axis.draw(frame, words)
}

/// 1, 2 or 5 times a power of ten microseconds, at most five times in `most`.
fn round_micros(most: i64) -> i64 {
    (2..8)
        .map(|power| 10_i64.pow(power))
        .flat_map(|ten| [ten, 2 * ten, 5 * ten])
        .find(|step| most <= 5 * step)
        .unwrap_or(10_i64.pow(8))
}

/// Names each curve at its right end, pushed apart where ends are close.
fn names(frame: &mut Frame, bins: &[Bin], time: &TimeScale, value: &LinearScale) {
    let mut floor = value.zero + Px(40);
    for (index, (name, _)) in CURVES.iter().enumerate() {
        let Some(last) = bins.iter().rev().find_map(|bin| bin.percentiles[index]) else {
            continue;
        };
        let y = value.place(i64::from(last)).min(floor - Px(17));
        floor = y;
        // In the colour of words: that of the lightest curve is too light for them.
        let label = Label::new((time.right + Px(4), y), Anchor::Start, *name).face(Face::BOLD);
        frame.label(label);
    }
}

/// How many logins each bin stands on, as a small histogram with its largest value.
fn counts(frame: &mut Frame, bins: &[Bin], time: &TimeScale, top: Px) {
    let most = bins.iter().map(|bin| bin.n).max().unwrap_or(0);
    let scale = LinearScale {
        max: i64::try_from(most).unwrap_or(i64::MAX).max(1),
        zero: top + COUNTS,
        end: top,
    };
    let label = Label::scale(
        (LEFT - Px(6), top + Px(COUNTS.0 / 2)),
        Anchor::End,
        format!("n ≤ {most}"),
    );
    frame.label(label.ink(Ink::Quiet));
    for bin in bins.iter().filter(|bin| bin.n > 0) {
        let (left, right) = (time.x(bin.interval.start), time.x(bin.interval.end));
        let y = scale.place(i64::try_from(bin.n).unwrap_or(i64::MAX));
        let area = Area::new((left, y), (right.max(left + Px(1)), scale.zero));
        frame.mark(Mark::Fill(area, Ink::Grid));
    }
}

#[cfg(test)]
mod tests {
    use ledger::time::Timestamp;

    use super::super::frame::assert_sound;
    use super::*;
    use crate::fixture;

    fn hour(index: i64, n: u64, percentiles: [Option<u32>; 3]) -> Bin {
        let start = Timestamp(1_544_745_600_000 + index * 3_600_000);
        let interval = Interval::new(start, start + Millis::from_mins(60));
        Bin {
            interval,
            n,
            percentiles,
        }
    }

    fn drawn(bins: &[Bin], format: Format) -> Drawing {
        let mut stage = fixture::stage(&fixture::december().assessment, "Login time");
        stage.window = Interval::new(bins[0].interval.start, bins[bins.len() - 1].interval.end);
        draw(bins, &[bins[2].interval], &stage, format)
    }

    #[test]
    fn curves_break_at_gaps_and_where_there_is_too_little_to_say() {
        let full = [Some(300_000), Some(600_000), Some(900_000)];
        let bins = [
            hour(0, 180, full),
            hour(1, 180, full),
            hour(2, 40, [Some(400_000), Some(5_000_000), None]),
            hour(3, 180, full),
            hour(5, 180, full),
        ];
        for format in Format::ALL {
            let drawing = drawn(&bins, format);
            assert_sound(&drawing);
            let of = |ink: Ink| {
                let pieces = drawing.marks.iter().filter_map(|mark| match mark {
                    Mark::Path(points, stroke) if stroke.ink == ink => Some(points.len()),
                    Mark::Dot(_, _, dot) if *dot == ink => Some(1),
                    _ => None,
                });
                pieces.collect::<Vec<_>>()
            };
            assert_eq!(of(Ink::P50), [4, 1], "a gap between hours 3 and 5");
            assert_eq!(of(Ink::P99), [2, 1, 1], "no p99 in hour 2");
        }
    }

    #[test]
    fn axis_steps_are_round() {
        for (most, step) in [
            (0, 100),
            (900_000, 200_000),
            (3_100_000, 1_000_000),
            (60_000_000, 20_000_000),
        ] {
            assert_eq!(round_micros(most), step, "{most}");
        }
    }
}
