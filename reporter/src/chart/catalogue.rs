//! Every chart by its name, with what it answers and how it is read.

use std::fmt;

/// A kind of chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Many days, service and personas.
    Bars,
    /// Weeks and weekdays.
    Calendar,
    /// Downtime per day.
    Downtime,
    /// Availability per day.
    Availability,
    /// What was down where and when.
    Gantt,
    /// One outage close up.
    Incident,
    /// Percentiles of login time over time.
    Latency,
    /// Login time by percentile.
    Percentiles,
    /// Login times over time, counted.
    Heat,
    /// What is left of the budget.
    Budget,
    /// The worst windows.
    Windows,
    /// Downtime by what was seen.
    Causes,
    /// Who looked when.
    Coverage,
}

impl Kind {
    /// All of them, in the order in which they are listed.
    pub const ALL: [Self; 13] = [
        Self::Bars,
        Self::Calendar,
        Self::Downtime,
        Self::Availability,
        Self::Gantt,
        Self::Incident,
        Self::Latency,
        Self::Percentiles,
        Self::Heat,
        Self::Budget,
        Self::Windows,
        Self::Causes,
        Self::Coverage,
    ];

    /// The name on the command line and of files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bars => "bars",
            Self::Calendar => "calendar",
            Self::Downtime => "downtime",
            Self::Availability => "availability",
            Self::Gantt => "gantt",
            Self::Incident => "incident",
            Self::Latency => "latency",
            Self::Percentiles => "percentiles",
            Self::Heat => "heat",
            Self::Budget => "budget",
            Self::Windows => "windows",
            Self::Causes => "causes",
            Self::Coverage => "coverage",
        }
    }

    /// What it answers.
    pub const fn question(self) -> &'static str {
        match self {
            Self::Bars => "Has it been good lately?",
            Self::Calendar => "Which days, and is there a pattern of weekdays?",
            Self::Downtime => "How long was it down on each day?",
            Self::Availability => "How deep, and how often below the target?",
            Self::Gantt => "What was down where, and when?",
            Self::Incident => "How exactly is the length of an outage known?",
            Self::Latency => "Was signing in slower, and when?",
            Self::Percentiles => "How long is the tail?",
            Self::Heat => "Are there two kinds of sign-ins, and how wide is the spread?",
            Self::Budget => "Will the budget last?",
            Self::Windows => "One long outage, or many short ones?",
            Self::Causes => "What fails?",
            Self::Coverage => "Can I trust it?",
        }
    }

    /// How it is read, in one sentence.
    pub const fn reading(self) -> &'static str {
        match self {
            Self::Bars => {
                "One bar a day, the higher and darker the longer the counted downtime; a hatched part was not seen, a gap is no data, \
                 and a frame marks a day that is not over."
            }
            Self::Calendar => {
                "One cell a day in rows of weeks, which begin as the contract's locale says, filled the higher and darker the longer the downtime, with its \
                 length written in."
            }
            Self::Downtime => {
                "The height of a bar is the counted downtime of the day; the whisker on it spans what the measurement leaves open."
            }
            Self::Availability => {
                "Each step down loses ten times more time: a dot reaches the dashed target, a cross does not, and the bars below show \
                 the same days from zero."
            }
            Self::Gantt => {
                "One lane for the service and for each persona in each region: a thin line is up, a crossed block is down, hatched is \
                 unknown, and pale edges are where an outage may have begun or ended."
            }
            Self::Incident => {
                "The three bars are the least, best and greatest length; below, each box is one look at the site, and the edge of the \
                 outage lies inside the bracket."
            }
            Self::Latency => {
                "Half, 95 and 99 of 100 sign-ins were at most as long as the line is high; a line breaks where too few sign-ins are known \
                 to say."
            }
            Self::Percentiles => {
                "Follow a percentile up to a curve and left to the time that so many sign-ins did not exceed; each curve ends where its \
                 sign-ins no longer support a percentile, and the dot is the longest."
            }
            Self::Heat => {
                "The darker a cell (on dark ground: the brighter), the more sign-ins took that long at that time; the row on top shows \
                 how many failed."
            }
            Self::Budget => {
                "The line starts at all of the budget and falls with each outage; below the dashed line it is spent faster than time \
                 passes, and in the shaded part it is overdrawn."
            }
            Self::Windows => {
                "For each length of time, the worst availability of any window of that length: a curve that is low on the right tells of \
                 long outages, one that rises early of short ones."
            }
            Self::Causes => {
                "The length of a bar is the counted downtime in which that was seen; all bars together are all of it."
            }
            Self::Coverage => {
                "A filled lane was looked at from that region, a hatched stretch should have been and was not, and an empty one lies \
                 outside the record."
            }
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        found.ok_or_else(|| {
            let names = crate::words::list(Self::ALL);
            format!("there is no such chart; there are {names}")
        })
    }
}
