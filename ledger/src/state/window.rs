//! The last few ticks, and how many of them have some property.

use std::collections::VecDeque;

use crate::evidence::Evidence;

/// The newest ticks of a stream, at most `size` of them, each by its index and marked or not.
#[derive(Debug)]
pub(super) struct Window {
    size: usize,
    marks: fn(&Evidence) -> bool,
    ticks: VecDeque<(usize, bool)>,
    marked: usize,
}

impl Window {
    /// A window that marks the ticks with some property.
    pub(super) fn new(size: usize, marks: fn(&Evidence) -> bool) -> Self {
        Self {
            size: size.max(1),
            marks,
            ticks: VecDeque::new(),
            marked: 0,
        }
    }

    /// Adds the base ticks that `one` stands for; more than the window holds change nothing.
    pub(super) fn push(&mut self, index: usize, one: &Evidence) {
        let mark = (self.marks)(one);
        let count = one.base;
        let count = usize::try_from(count).map_or(self.size, |count| count.min(self.size));
        for _ in 0..count {
            if self.ticks.len() == self.size {
                let oldest = self.ticks.pop_front();
                self.marked -= usize::from(oldest.is_some_and(|(_, marked)| marked));
            }
            self.ticks.push_back((index, mark));
            self.marked += usize::from(mark);
        }
    }

    pub(super) fn clear(&mut self) {
        self.ticks.clear();
        self.marked = 0;
    }

    /// Marked ticks, and whether the window is full.
    pub(super) fn marked(&self) -> (usize, bool) {
        (self.marked, self.ticks.len() == self.size)
    }

    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Index of the oldest marked tick.
    pub(super) fn first_marked(&self) -> Option<usize> {
        self.ticks
            .iter()
            .find(|(_, mark)| *mark)
            .map(|(index, _)| *index)
    }
}
