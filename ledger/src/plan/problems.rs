//! The mistakes of a plan: all of them at once, each with its place and a way out.

use std::fmt;

/// One mistake in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The line it is on, from 1.
    pub line: usize,
    /// Whose key it is, such as `journey "login", step "form"`; empty at the top of the file.
    pub place: String,
    /// The key inside of that, such as `expect.status`; empty if the whole is meant.
    pub key: String,
    /// What was found there. Never a secret.
    pub found: String,
    /// What was expected, and a way out; empty if `found` says it all.
    pub hint: String,
}

/// All mistakes of one plan, in the order of their lines; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    file: String,
    list: Vec<Problem>,
}

impl Problems {
    pub(super) fn new(file: &str, mut list: Vec<Problem>) -> Self {
        list.sort_by_key(|problem| problem.line);
        list.dedup();
        Self {
            file: file.to_owned(),
            list,
        }
    }

    /// The file that they are in, as it was named to [`Plan::parse`](super::Plan::parse).
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The mistakes, at least one, in the order of their lines.
    pub fn list(&self) -> &[Problem] {
        &self.list
    }
}

impl fmt::Display for Problems {
    /// One block for each mistake: `file:line: place: what was found`, then the way out on a line of its own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.list.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}:{}: ", self.file, problem.line)?;
            if !problem.place.is_empty() {
                write!(f, "{}: ", problem.place)?;
            }
            f.write_str(&problem.found)?;
            if !problem.hint.is_empty() {
                write!(f, "\n  {}", problem.hint)?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
