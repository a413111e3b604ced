//! From strips to sheets: what belongs together stays together, and heads of tables are repeated. A pure function.

use std::collections::VecDeque;

use super::Paper;
use super::item::{Item, Strip};
use super::sheet::{SIDE, Size};
use crate::chart::frame;
use crate::typeset::Pt;

/// What lies on a sheet; places count from its upper left corner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sheet<'p> {
    pub(super) landscape: bool,
    pub(super) items: Vec<Item<'p>>,
    /// Headings with the height at which they stand.
    pub(super) marks: Vec<(String, Pt)>,
}

impl Sheet<'_> {
    /// Its size, as it is held.
    pub(super) fn size(&self, paper: Paper) -> Size {
        match self.landscape {
            true => paper.on_its_side(),
            false => paper.upright(),
        }
    }
}

/// Above the head of a table that goes on below a chart.
const ABOVE: Pt = Pt(12_000);

/// Where the next strip goes.
struct Press<'p> {
    paper: Paper,
    done: Vec<Sheet<'p>>,
    open: Sheet<'p>,
    /// The first free place on the open sheet, from the top of its room.
    y: Pt,
    /// Whether the head of the table at hand stands on the open sheet, right above.
    headed: bool,
    /// Sheets on their side that come behind the open one, which is filled first.
    aside: Vec<(Sheet<'p>, Pt)>,
    /// Charts that did not fit; what follows them fills the sheet, and they stand at the top of the next one.
    late: VecDeque<Strip<'p>>,
}

/// Lays strips on sheets, as many as it takes.
pub(super) fn lay(strips: Vec<Strip<'_>>, paper: Paper) -> Vec<Sheet<'_>> {
    let mut press = Press {
        paper,
        done: Vec::new(),
        open: Sheet::default(),
        y: Pt::ZERO,
        headed: false,
        aside: Vec::new(),
        late: VecDeque::new(),
    };
    let mut chain: Vec<Strip<'_>> = Vec::new();
    for strip in strips {
        let ends = !strip.keep;
        chain.push(strip);
        if ends {
            press.chain(std::mem::take(&mut chain));
        }
    }
    press.chain(chain);
    press.settle();
    press.turn();
    press.done
}

impl<'p> Press<'p> {
    /// How much of an upright sheet is for the report.
    fn whole(&self) -> Pt {
        let sheet = self.open.size(self.paper);
        sheet.bottom() - sheet.top()
    }

    fn left(&self) -> Pt {
        self.whole() - self.y
    }

    /// The next sheet, with the charts that wait for it.
    fn turn(&mut self) {
        if !self.open.items.is_empty() {
            self.done.push(std::mem::take(&mut self.open));
        }
        self.done
            .extend(self.aside.drain(..).map(|(sheet, _)| sheet));
        self.y = Pt::ZERO;
        // No chart stands between the rows of a table.
        if !std::mem::take(&mut self.headed) {
            self.catch_up();
        }
    }

    /// Places the charts that wait, as far as there is room for them.
    fn catch_up(&mut self) {
        while let Some(mut chart) = self.late.pop_front() {
            self.shrink(std::slice::from_mut(&mut chart));
            if self.need(std::slice::from_ref(&chart)) > self.left() && self.y > Pt::ZERO {
                self.late.push_front(chart);
                return;
            }
            self.place(chart);
        }
    }

    /// Puts all charts that wait on sheets: no other section stands before them.
    fn settle(&mut self) {
        self.headed = false;
        self.catch_up();
        while !self.late.is_empty() {
            self.turn();
        }
    }

    /// Strips of which none may stand on another sheet than the next one, if that can be helped.
    fn chain(&mut self, mut chain: Vec<Strip<'p>>) {
        let Some(first) = chain.first() else {
            return;
        };
        if first.landscape {
            self.on_its_side(chain);
            return;
        }
        let wish = first.wish;
        if first.mark.is_some() {
            self.settle();
        } else if first.head.is_none() {
            self.headed = false;
            self.catch_up();
        }
        if wish > self.left() && wish <= self.whole() && self.y > self.whole().share(1, 2) {
            self.turn();
        }
        if self.need(&chain) > self.left() {
            self.shrink(&mut chain);
        }
        if self.need(&chain) > self.left() && self.y > Pt::ZERO {
            match &chain[..] {
                [chart] if chart.least > 0 => {
                    self.late.extend(chain);
                    return;
                }
                _ => self.turn_for(&chain),
            }
        }
        let whole = self.whole();
        for strip in chain {
            let head = strip.head.as_ref().map_or(Pt::ZERO, |head| head.high);
            for piece in strip.parted(whole - head) {
                if self.need(std::slice::from_ref(&piece)) > self.left() && self.y > Pt::ZERO {
                    self.turn();
                }
                self.place(piece);
            }
        }
    }

    /// Sheets until the chain fits on one, as far as there is a sheet on which it would.
    fn turn_for(&mut self, chain: &[Strip<'p>]) {
        loop {
            self.turn();
            if self.late.is_empty() || self.need(chain) <= self.left() {
                break;
            }
        }
        if self.need(chain) > self.left() && self.y > Pt::ZERO {
            self.turn();
        }
    }

    /// What a chain takes from here on.
    fn need(&self, chain: &[Strip<'p>]) -> Pt {
        let (mut y, mut headed) = (self.y, self.headed);
        for strip in chain {
            if y > Pt::ZERO {
                y += strip.before;
            }
            let head = strip.head.as_ref().filter(|_| !headed);
            let above = if y > Pt::ZERO { ABOVE } else { Pt::ZERO };
            y += head.map_or(Pt::ZERO, |head| above + head.high) + strip.high;
            headed = strip.heads || strip.head.is_some();
        }
        y - self.y
    }

    /// Makes charts of the chain as much smaller as it takes to fit; leaves them as they are if that is too small.
    fn shrink(&self, chain: &mut [Strip<'p>]) {
        let over = self.need(chain) - self.left();
        if over <= Pt::ZERO {
            return;
        }
        let able: Pt = chain.iter().map(Strip::spare).sum();
        if able < over {
            return;
        }
        for strip in chain {
            let part = strip.spare().share(over.0, able.0.max(1)) + Pt(1);
            if strip.least > 0 {
                strip.shrink(part);
            }
        }
    }

    fn place(&mut self, strip: Strip<'p>) {
        if self.y > Pt::ZERO {
            self.y += strip.before;
        }
        if let Some(head) = strip.head.as_ref().filter(|_| !self.headed) {
            self.y += if self.y > Pt::ZERO { ABOVE } else { Pt::ZERO };
            self.set(head.again());
        }
        self.headed = strip.heads || strip.head.is_some();
        self.set(strip);
    }

    fn set(&mut self, strip: Strip<'p>) {
        let sheet = self.open.size(self.paper);
        let corner = (SIDE, sheet.top() + self.y);
        if let Some(mark) = strip.mark {
            self.open.marks.push((mark, corner.1));
        }
        let items = strip.items.into_iter().map(|item| item.moved(corner));
        self.open.items.extend(items);
        self.y += strip.high;
    }

    /// A sheet on its side behind the open one, together with others of its kind where they fit.
    fn on_its_side(&mut self, chain: Vec<Strip<'p>>) {
        let fresh = || Sheet {
            landscape: true,
            ..Sheet::default()
        };
        let aside = self.aside.pop().unwrap_or_else(|| (fresh(), Pt::ZERO));
        let upright = (std::mem::take(&mut self.open), self.y);
        (self.open, self.y) = aside;
        self.headed = false;
        if self.need(&chain) > self.left() && self.y > Pt::ZERO {
            let full = std::mem::replace(&mut self.open, fresh());
            self.aside.push((full, self.y));
            self.y = Pt::ZERO;
        }
        chain.into_iter().for_each(|strip| self.place(strip));
        let aside = std::mem::take(&mut self.open);
        self.aside.push((aside, self.y));
        (self.open, self.y) = upright;
    }
}

impl Strip<'_> {
    /// By how much it may become less high.
    fn spare(&self) -> Pt {
        let charts = self.items.iter().filter_map(|item| match item {
            Item::Chart { wide, drawing, .. } if self.least > 0 => {
                Some(wide.share(drawing.height.0, drawing.width.0))
            }
            _ => None,
        });
        charts.sum::<Pt>().share(100 - self.least, 100)
    }

    /// Makes its chart smaller and draws up what stands below.
    fn shrink(&mut self, by: Pt) {
        let mut below = None;
        for item in &mut self.items {
            match item {
                Item::Chart {
                    at, wide, drawing, ..
                } => {
                    let narrower = by.share(drawing.width.0, drawing.height.0);
                    // What is drawn still begins where text does.
                    at.0 += narrower.share(frame::MARGIN.0, drawing.width.0);
                    below = Some(at.1);
                    *wide = *wide - narrower;
                }
                Item::Words { at, .. } if below.is_some_and(|top| at.1 > top) => at.1 = at.1 - by,
                _ => {}
            }
        }
        self.high = self.high - by;
    }
}
