//! What was promised: the terms by which a record becomes counted downtime (semantics §2).

use serde::{Deserialize, Serialize};

use crate::hours::Hours;
use crate::name::Name;
use crate::time::Millis;

/// An exact share of one, in millionths: `999_000` is 99.9 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Share(pub u32);

/// The terms of one customer. Everything that can change a number stands here, and how they are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contract {
    /// Its identifier on the command line and in file names.
    pub id: Name,
    /// Who it was made with.
    pub customer: String,
    /// What it is about, as the customer calls it.
    pub service: String,
    /// IANA time zone in which days and months are cut.
    pub zone: String,
    /// The availability promised.
    pub target: Share,
    /// When it was promised, each week in the zone; always if empty. All other time is left out like an exclusion.
    #[serde(default)]
    pub service_hours: Vec<Hours>,
    /// Credits due below the target, best availability first.
    pub tiers: Vec<Tier>,
    /// The personas that count, with their weights.
    pub personas: Vec<Weighted>,
    /// The regions that count, with their weights. One without data is unknown.
    pub regions: Vec<Weighted>,
    /// The rules by which ticks become states and states become downtime.
    pub rules: Rules,
    /// How its people write times of day. The one member that changes no number; the usual one is not written down, so that
    /// plans and reports without it keep their bytes.
    #[serde(default, skip_serializing_if = "Locale::is_usual")]
    pub locale: Locale,
}

impl Contract {
    /// Whether what `persona` sees from `region` is any business of the contract. One that names no personas, or no regions, is
    /// about all of them.
    pub fn is_about(&self, persona: &Name, region: &Name) -> bool {
        let named = |all: &[Weighted], one: &Name| {
            all.is_empty() || all.iter().any(|weighted| weighted.name == *one)
        };
        named(&self.personas, persona) && named(&self.regions, region)
    }

    /// What was promised, however it is told: equal for contracts that give the same numbers.
    #[must_use]
    pub fn promise(&self) -> Self {
        Self {
            locale: Locale::default(),
            ..self.clone()
        }
    }
}

/// How people of a customer write times of day and begin their weeks, by its BCP 47 tag. Words are English in all of them.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Locale {
    /// English of no country.
    #[default]
    #[serde(rename = "en")]
    En,
    /// Australia.
    #[serde(rename = "en-AU")]
    EnAu,
    /// Canada.
    #[serde(rename = "en-CA")]
    EnCa,
    /// The United Kingdom.
    #[serde(rename = "en-GB")]
    EnGb,
    /// Ireland.
    #[serde(rename = "en-IE")]
    EnIe,
    /// New Zealand.
    #[serde(rename = "en-NZ")]
    EnNz,
    /// The United States.
    #[serde(rename = "en-US")]
    EnUs,
}

impl Locale {
    /// All that are supported, with their tags.
    pub const ALL: [(&'static str, Self); 7] = [
        ("en", Self::En),
        ("en-AU", Self::EnAu),
        ("en-CA", Self::EnCa),
        ("en-GB", Self::EnGb),
        ("en-IE", Self::EnIe),
        ("en-NZ", Self::EnNz),
        ("en-US", Self::EnUs),
    ];

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// A credit tier: an availability of at least `from` (and below the tier above, or the target) earns `credit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Lower edge of availability, included.
    pub from: Share,
    /// Share of the fee that is credited.
    pub credit: Share,
}

/// A region or persona with its weight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighted {
    /// Its name in the plan.
    pub name: Name,
    /// Its weight; 1 unless said otherwise, 0 means that it never matters.
    pub weight: u32,
}

/// The parameters of semantics §2, with its defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Consecutive bad ticks that open down.
    pub n_down: u32,
    /// Consecutive good ticks that close it.
    pub n_up: u32,
    /// Window of the intermittent rule, in ticks (at most 15 minutes of them).
    pub window: u32,
    /// Failing share of the window that opens down.
    pub phi_down: Share,
    /// Failing share of the window that opens degraded.
    pub phi_part: Share,
    /// A persona is down if more than this share of the known region weight is down.
    pub q_down: Share,
    /// Least share of the region weight that must be known; at least two regions too, where there are two.
    pub k_min: Share,
    /// An evidence gap longer than this many tenths of the spacing *T* is unknown.
    pub gap_tenths: u32,
    /// How personas become the service.
    pub rollup: Rollup,
    /// What unknown time counts as.
    pub unknown_as: UnknownAs,
    /// How edges of several regions are combined.
    pub edges: EdgeMode,
    /// How much of an outage counts.
    pub count_mode: CountMode,
    /// Of [`CountMode::Timeslice`]: the length of a slice; slices begin at midnight UTC.
    pub slice: Millis,
    /// Of [`CountMode::Timeslice`]: a slice is good if at least this share of its known time was.
    pub slice_target: Share,
    /// How much a partial outage (down for some regions or personas only) counts, of the same length of downtime.
    pub w_partial: Share,
    /// How much degraded time counts, of the same length of downtime; no more than [`Self::w_partial`].
    pub w_deg: Share,
    /// An outage with a shorter estimate does not count.
    pub min_outage: Millis,
    /// Outages nearer than this form one incident.
    pub merge_gap: Millis,
    /// Slow ticks among [`Self::slow_of`] that make a region degraded.
    pub n_slow: u32,
    /// The ticks looked at for slowness.
    pub slow_of: u32,
    /// Coverage below which no verdict is given unless both bounds agree.
    pub cov_min: Share,
    /// How long after its end a period stays provisional.
    pub lateness: Millis,
    /// An exclusion must be announced this long before it starts.
    pub notice: Millis,
    /// Exclusions leave out no more than this in a calendar year; without limit if `None`.
    pub exclusion_cap: Option<Millis>,
    /// Whether down–unknown–down is one outage.
    pub bridge_unknown: bool,
    /// Whether being logged out while a login works counts as downtime.
    pub session_counts: bool,
}

/// How the personas of a service become one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rollup {
    /// Down if any persona is down.
    Any,
    /// Down if all personas are down.
    All,
    /// The weighted mean of the personas.
    Weighted,
}

/// What unknown time counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownAs {
    /// It leaves the fraction.
    Exclude,
    /// It counts as up.
    Up,
    /// It counts as down.
    Down,
}

/// How much of an outage counts (semantics §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountMode {
    /// Every millisecond.
    Continuous,
    /// Minutes of UTC that lie in it from their first to their last millisecond.
    WholeMinutes,
    /// Whole slices of time, each of which is good or bad (OpenSLO's time slices).
    Timeslice,
    /// Availability is the share of good ticks (semantics §9); downtime is shown as in [`Self::Continuous`].
    Request,
}

/// How the edges of several regions are combined (semantics §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EdgeMode {
    /// Intersect the regions' brackets where all known regions agree, else by quorum.
    Fused,
    /// The instant at which the quorum is reached; valid always.
    Quorum,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            n_down: 2,
            n_up: 3,
            window: 10,
            phi_down: Share(500_000),
            phi_part: Share(100_000),
            q_down: Share(500_000),
            k_min: Share(500_000),
            gap_tenths: 25,
            rollup: Rollup::Any,
            unknown_as: UnknownAs::Exclude,
            edges: EdgeMode::Fused,
            count_mode: CountMode::Continuous,
            slice: Millis::from_mins(5),
            slice_target: Share(950_000),
            w_partial: Share(0),
            w_deg: Share(0),
            min_outage: Millis::ZERO,
            merge_gap: Millis::from_mins(10),
            n_slow: 3,
            slow_of: 5,
            cov_min: Share(950_000),
            lateness: Millis::from_mins(48 * 60),
            notice: Millis::ZERO,
            exclusion_cap: None,
            bridge_unknown: false,
            session_counts: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::contract;

    #[test]
    fn the_usual_locale_is_not_written_down_and_no_locale_is_a_promise() {
        let usual = contract("UTC");
        let bytes = serde_json::to_string(&usual).expect("text");
        assert!(!bytes.contains("locale"), "{bytes}");
        for (tag, locale) in Locale::ALL {
            let told = Contract {
                locale,
                ..usual.clone()
            };
            let text = serde_json::to_string(&told).expect("text");
            assert_eq!(text.contains("locale"), tag != "en", "{text}");
            assert_eq!(
                serde_json::from_str::<Contract>(&text).expect("a contract"),
                told
            );
            assert_eq!(serde_json::to_string(&told.promise()).expect("text"), bytes);
            assert_eq!(serde_json::to_value(locale).expect("a tag"), tag);
        }
    }
}
