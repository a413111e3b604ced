//! Are there two kinds of sign-ins, and how wide is the spread? Time across, latency up, count by lightness.
//!
//! All bins of a drawing are equal, those of latency by ratio; failed sign-ins have a row of their own (after Brendan
//! Gregg's latency heat maps).

use ledger::time::Interval;

use super::frame::Frame;
use super::lost::float;
use super::palette::Ink;
use super::scale::{LinearScale, TimeScale};
use super::text::Face;
use super::{Anchor, Area, Drawing, Format, Label, Mark, Px, Scene, axis, coverage};
use crate::words;

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Where it lies; all are of one length but the last.
    pub interval: Interval,
    /// Successful sign-ins: microseconds, rising, and how many.
    pub counts: Vec<(u32, u64)>,
    /// How many failed.
    pub failed: u64,
}

const LEFT: Px = Px(74);
const PLOT: Px = Px(220);
const FAILED: Px = Px(16);
/// Steps of a factor of ten that are near equal in ratio, from fine to coarse: 12, 6 or 3 of them.
const SERIES: [&[u32]; 3] = [
    &[100, 121, 147, 178, 215, 261, 316, 383, 464, 562, 681, 825],
    &[100, 147, 215, 316, 464, 681],
    &[100, 215, 464],
];
/// No more rows than this.
const ROWS: usize = 22;

/// The rows of a drawing: lower edges in microseconds, rising, and the upper edge of the last.
struct Rows(Vec<u32>);

impl Rows {
    /// The finest rows that hold all of `columns`.
    fn of(columns: &[Column]) -> Self {
        let latencies = || {
            columns
                .iter()
                .flat_map(|column| &column.counts)
                .map(|(at, _)| *at)
        };
        let (Some(least), Some(most)) = (latencies().min(), latencies().max()) else {
            return Self(vec![100_000, 1_000_000]);
        };
        let rows = SERIES.map(|series| Self::between(series, least, most));
        let [fine, middle, coarse] = rows;
        [fine, middle]
            .into_iter()
            .find(|rows| rows.0.len() <= ROWS + 1)
            .unwrap_or(coarse)
    }

    fn between(series: &[u32], least: u32, most: u32) -> Self {
        let edges: Vec<u32> = (0..8)
            .flat_map(|power| {
                series
                    .iter()
                    .map(move |step| step.saturating_mul(10_u32.pow(power)))
            })
            .collect();
        let from = edges
            .partition_point(|edge| *edge <= least)
            .saturating_sub(1);
        let to = edges.partition_point(|edge| *edge <= most).max(from + 1);
        Self(edges.into_iter().skip(from).take(to - from + 1).collect())
    }

    fn count(&self) -> usize {
        self.0.len().saturating_sub(1).max(1)
    }

    /// How many sign-ins of a column lie in each row.
    fn sums(&self, column: &Column) -> Vec<u64> {
        let mut sums = vec![0; self.count()];
        for (at, count) in &column.counts {
            let row = self.0.partition_point(|edge| edge <= at).saturating_sub(1);
            if let Some(sum) = sums.get_mut(row.min(self.count() - 1)) {
                *sum += count;
            }
        }
        sums
    }
}

/// Cells where there were sign-ins and none where there were none; a narrow drawing joins columns in pairs.
pub fn draw(columns: &[Column], scene: &Scene, format: Format) -> Drawing {
    let mut frame = Frame::new(format, scene.caption.clone());
    let columns = match format {
        Format::Wide | Format::Broad => columns.to_vec(),
        Format::Narrow => columns.chunks(2).map(pair).collect(),
    };
    let time = TimeScale {
        window: scene.window,
        left: LEFT,
        right: frame.right() - Px(4),
    };
    let rows = Rows::of(&columns);
    let top = frame.top() + Px(2) + FAILED + Px(12);
    let floor = top + PLOT;
    let scale = LinearScale {
        max: i64::try_from(rows.count()).unwrap_or(1),
        zero: floor,
        end: top,
    };
    latencies(&mut frame, &rows, &scale, time.right);
    let sums: Vec<Vec<u64>> = columns.iter().map(|column| rows.sums(column)).collect();
    let most = sums.iter().flatten().copied().max().unwrap_or(0);
    for (column, sums) in columns.iter().zip(&sums) {
        let across = (time.x(column.interval.start), time.x(column.interval.end));
        cells(&mut frame, sums, most, (across, &scale));
    }
    failures(&mut frame, &columns, &time, top - Px(10));
    coverage::exclusions(&mut frame, scene, &time, (top, floor));
    let bottom = coverage::strip(&mut frame, scene, &time, floor + Px(8));
    axis::draw(&mut frame, &time, &scene.zone, bottom + Px(4));
    let bottom = coverage::key(&mut frame, scene, bottom + Px(4) + axis::HEIGHT);
    let bottom = ramp(&mut frame, most, bottom + Px(10));
    frame.close(bottom)
}

/// Two columns as one.
fn pair(columns: &[Column]) -> Column {
    let mut joined = columns[0].clone();
    for column in &columns[1..] {
        joined.interval.end = column.interval.end;
        joined.failed += column.failed;
        joined.counts.extend(&column.counts);
    }
    joined
}

/// Neighbours of the same lightness are one rectangle.
fn cells(
    frame: &mut Frame,
    sums: &[u64],
    most: u64,
    ((left, right), scale): ((Px, Px), &LinearScale),
) {
    let right = right.max(left + Px(1));
    let mut row = 0;
    for run in sums.chunk_by(|a, b| step(*a, most) == step(*b, most)) {
        let until = row + i64::try_from(run.len()).unwrap_or(0);
        if let Some(ink) = run.first().and_then(|count| step(*count, most)) {
            let area = Area::new((left, scale.place(row)), (right, scale.place(until)));
            frame.mark(Mark::Fill(area, ink));
        }
        row = until;
    }
}

/// The ink of a count: six steps, equal by ratio, from one to the most.
fn step(count: u64, most: u64) -> Option<Ink> {
    let float = |count| float(i64::try_from(count).unwrap_or(i64::MAX));
    let share = match (count, most) {
        (0, _) => return None,
        (_, 0..=1) => 1.0,
        _ => float(count).ln() / float(most).ln(),
    };
    let step = [0.2, 0.4, 0.6, 0.8, 0.95]
        .into_iter()
        .filter(|limit| share > *limit)
        .count();
    Ink::HEAT.get(step).copied()
}

/// Latencies left of the rows, such as 100 ms, 215 ms, 464 ms and 1 s where there are many, as there is room for.
fn latencies(frame: &mut Frame, rows: &Rows, scale: &LinearScale, right: Px) {
    let mut free = frame.right() + PLOT + PLOT + PLOT;
    for (index, edge) in (0..).zip(&rows.0) {
        if rows.count() > 8 && !is_coarse(*edge) {
            continue;
        }
        let y = scale.place(index);
        frame.line((LEFT - Px(4), y), (right, y), Ink::Grid);
        let words = words::latency_axis(*edge);
        let label = Label::scale((LEFT - Px(6), y), Anchor::End, words).ink(Ink::Quiet);
        if label.area().bottom <= free {
            free = label.area().top;
            frame.label(label);
        }
    }
}

/// Whether an edge is one of the coarsest series.
fn is_coarse(edge: u32) -> bool {
    let mut lead = edge;
    while lead >= 1_000 {
        lead /= 10;
    }
    SERIES[2].contains(&lead)
}

/// The row of failures: the fuller a box, the more of its sign-ins failed.
fn failures(frame: &mut Frame, columns: &[Column], time: &TimeScale, floor: Px) {
    let label = Label::new(
        (LEFT - Px(6), floor - Px(FAILED.0 / 2)),
        Anchor::End,
        "failed",
    );
    frame.label(label.ink(Ink::Quiet));
    frame.line((time.left, floor), (time.right, floor), Ink::Outline);
    for column in columns.iter().filter(|column| column.failed > 0) {
        let good: u64 = column.counts.iter().map(|(_, count)| count).sum();
        let share = LinearScale {
            max: i64::try_from(good + column.failed).unwrap_or(i64::MAX),
            zero: Px(0),
            end: FAILED,
        };
        let height = share
            .place(i64::try_from(column.failed).unwrap_or(i64::MAX))
            .max(Px(3));
        let (left, right) = (time.x(column.interval.start), time.x(column.interval.end));
        frame.state(Area::new((left, floor - height), (right, floor)), Ink::Down);
    }
}

/// What lightness means; gives the lower edge.
fn ramp(frame: &mut Frame, most: u64, y: Px) -> Px {
    if most == 0 {
        let words = Label::new((frame.left(), y), Anchor::Start, "No sign-in was measured.");
        frame.label(words);
        return y + Px(8);
    }
    let words = Label::scale((frame.left(), y), Anchor::Start, "sign-ins in a cell: 1");
    let mut x = words.area().right + Px(6);
    frame.label(words.ink(Ink::Quiet).face(Face::PLAIN));
    for ink in Ink::HEAT {
        frame.mark(Mark::Fill(
            Area::new((x, y - Px(6)), (x + Px(16), y + Px(6))),
            ink,
        ));
        x = x + Px(16);
    }
    frame.label(Label::scale((x + Px(6), y), Anchor::Start, most.to_string()).ink(Ink::Quiet));
    y + Px(8)
}

#[cfg(test)]
mod tests {
    use ledger::time::Timestamp;

    use super::*;

    fn column(counts: &[(u32, u64)]) -> Column {
        Column {
            interval: Interval::new(Timestamp(0), Timestamp(1)),
            counts: counts.to_vec(),
            failed: 0,
        }
    }

    #[test]
    fn rows_hold_all_latencies_and_lose_none() {
        for counts in [
            vec![(250_000, 5), (260_000, 1)],
            vec![(90, 1), (59_000_000, 2)],
            vec![(100_000, 3)],
        ] {
            let column = column(&counts);
            let rows = Rows::of(std::slice::from_ref(&column));
            assert!(rows.count() <= ROWS, "{counts:?}");
            assert!(rows.0[0] <= counts[0].0 || rows.0[0] == 100, "{counts:?}");
            let total: u64 = counts.iter().map(|(_, count)| count).sum();
            assert_eq!(rows.sums(&column).iter().sum::<u64>(), total);
        }
    }

    #[test]
    fn lightness_goes_from_one_to_the_most_and_nothing_is_not_drawn() {
        assert_eq!(step(0, 100), None);
        assert_eq!(step(1, 100), Some(Ink::Heat1));
        assert_eq!(step(100, 100), Some(Ink::Heat6));
        assert_eq!(step(1, 1), Some(Ink::Heat6));
    }
}
