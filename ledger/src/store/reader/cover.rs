//! Which slices make up a period: the longest that fit.

use crate::calendar::{self, CalendarError};
use crate::histogram::{Slice, Span, hour_of};
use crate::time::{Interval, Timestamp};

/// Neighbouring slices of one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// How long each is.
    pub(super) span: Span,
    /// From the beginning of the first to the end of the last.
    pub(super) over: Interval,
}

/// Covers `period`: whole months of `zone`, else whole days, which are kept from `since` on, else UTC hours.
pub(super) fn cover(
    zone: &str,
    period: Interval,
    since: Option<Timestamp>,
) -> Result<Vec<Piece>, CalendarError> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut at = period.start;
    while at < period.end {
        let [day, month] = calendar::around(zone, at)?;
        let fits = |whole: Interval| {
            whole.start == at && whole.end <= period.end && since.is_some_and(|since| since <= at)
        };
        let (span, over) = if fits(month) {
            (Span::Month, month)
        } else if fits(day) {
            (Span::Day, day)
        } else {
            (Span::Hour, Interval::new(at, day.end.min(period.end)))
        };
        at = over.end;
        match pieces.last_mut() {
            Some(last) if last.span == span => last.over.end = over.end,
            _ => pieces.push(Piece { span, over }),
        }
    }
    Ok(pieces)
}

impl Piece {
    /// The part in whole UTC hours, and the parts of hours before and after it. Hours alone are split, days never.
    pub(super) fn ragged(&self) -> (Interval, [Interval; 2]) {
        let Interval { start, end } = self.over;
        let first = hour_of(start);
        let from = if first.start == start {
            start
        } else {
            first.end
        };
        let to = hour_of(end).start;
        if self.span != Span::Hour {
            return (
                self.over,
                [Interval::new(start, start), Interval::new(end, end)],
            );
        }
        if to < from {
            return (
                Interval::new(end, end),
                [self.over, Interval::new(end, end)],
            );
        }
        let edges = [Interval::new(start, from), Interval::new(to, end)];
        (Interval::new(from, to), edges)
    }
}

/// The slice of one of `pieces` in which an instant lies.
pub(super) fn slice_of(pieces: &[Piece], zone: &str, at: Timestamp) -> Option<Slice> {
    let piece = pieces.iter().find(|piece| piece.over.contains(at))?;
    let [day, month] = calendar::around(zone, at).ok()?;
    let start = match piece.span {
        Span::Hour => hour_of(at).start.max(piece.over.start),
        Span::Day => day.start,
        Span::Month => month.start,
    };
    let span = piece.span;
    Some(Slice { span, start })
}

#[cfg(test)]
mod tests;
