//! The instant at which an attempt is due: its tick, the stagger of its region and persona, and jitter (semantics §2).

use super::{Plan, Probe};
use crate::name::Name;
use crate::schedule::Schedule;
use crate::time::{Interval, Millis, Timestamp};

/// One tick of a probe in one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// When the attempt is due. Jitter can put it before the tick where there is no stagger.
    pub due: Timestamp,
    /// The planned instant that it belongs to.
    pub tick: Timestamp,
}

/// The slots of one probe in one region.
#[derive(Clone, Debug)]
pub struct Slots<'a> {
    schedule: &'a Schedule,
    phase: Millis,
    reach: Millis,
    key: u64,
}

impl Plan {
    /// The slots of `probe` in `region`, or `None` if it does not run there.
    ///
    /// `seed` is the agent's own; the same seed gives the same jitter.
    pub fn slots<'a>(&self, probe: &'a Probe, region: &Name, seed: u64) -> Option<Slots<'a>> {
        let spacing = probe.schedule.spacing().0;
        let permille = i64::from(probe.jitter_permille);
        Some(Slots {
            schedule: &probe.schedule,
            phase: self.phase(probe, region)?,
            // Under half of the spacing whatever the plan says, so that slots keep their order.
            reach: Millis((spacing * permille / 1_000).min((spacing - 1) / 2)),
            key: mix(probe
                .name
                .as_str()
                .bytes()
                .fold(seed, |key, byte| mix(key ^ u64::from(byte)))),
        })
    }

    /// How long after its tick an attempt of `probe` in `region` is due, jitter aside: from 0 to below the spacing *T*.
    ///
    /// The *i*-th of the probe's regions comes *i*·T/|R| after the first, the *j*-th persona *j*·T/|P| after the first.
    /// Without stagger all are due at the tick. `None` if the probe does not run in `region`.
    pub fn phase(&self, probe: &Probe, region: &Name) -> Option<Millis> {
        let runs = |name: &&Name| probe.regions.is_empty() || probe.regions.contains(name);
        let regions: Vec<&Name> = self.regions.iter().filter(runs).collect();
        let region = regions.iter().position(|name| *name == region)?;
        if !probe.stagger {
            return Some(Millis::ZERO);
        }
        let persona = probe.persona();
        let persona = self
            .personas
            .iter()
            .position(|other| Some(&other.name) == persona);
        let spacing = probe.schedule.spacing();
        let share = |index: usize, count: usize| {
            let of = |number| i64::try_from(number).unwrap_or(i64::MAX);
            spacing.0 * of(index) / of(count.max(1))
        };
        let phase = share(region, regions.len()) + share(persona.unwrap_or(0), self.personas.len());
        Some(Millis(phase % spacing.0))
    }
}

impl Slots<'_> {
    /// When the attempt of `tick` is due. Rises with the tick: a slot never reaches the one after it.
    pub fn due(&self, tick: Timestamp) -> Timestamp {
        tick + self.phase + self.jitter(tick)
    }

    /// The first slot that is due strictly after `at`, or `None` if the schedule has ended.
    pub fn after(&self, at: Timestamp) -> Option<Slot> {
        let mut tick = self
            .schedule
            .after(at - self.phase - self.reach - Millis(1))?;
        loop {
            let due = self.due(tick);
            if due > at {
                return Some(Slot { due, tick });
            }
            tick = self.schedule.after(tick)?;
        }
    }

    /// The slots due inside of `window`, in their order.
    pub fn within(&self, window: Interval) -> impl Iterator<Item = Slot> + '_ {
        let first = self.after(window.start - Millis(1));
        std::iter::successors(first, |slot| {
            let tick = self.schedule.after(slot.tick)?;
            let due = self.due(tick);
            Some(Slot { due, tick })
        })
        .take_while(move |slot| slot.due < window.end)
    }

    /// Uniform in `-reach..=reach`, from the seed, the probe and the tick alone.
    fn jitter(&self, tick: Timestamp) -> Millis {
        let width = self.reach.0.unsigned_abs() * 2 + 1;
        let drawn = mix(self.key ^ tick.0.cast_unsigned()) % width;
        Millis(i64::try_from(drawn).unwrap_or(0) - self.reach.0)
    }
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014): every bit depends on every other.
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// Three regions, two personas, one probe of each persona and a platform check, all with `keys`.
    fn plan(keys: &str) -> Plan {
        let persona = |name: &str| {
            let account =
                format!("label = \"{name}-1\"\nusername = \"x\"\npassword = {{ env = \"X\" }}");
            format!("[[persona]]\nname = \"{name}\"\n[[persona.account]]\n{account}\n")
        };
        let probe = |name: &str, subject: &str| {
            format!("[[probe]]\nname = \"{name}\"\n{subject}\n{keys}\n")
        };
        let text = [
            "regions = [\"a\", \"b\", \"c\"]\ncanary = \"none\"\n",
            "[site]\nname = \"x\"\nurl = \"https://x.test\"\nlogin_cap = 0\n",
            &persona("user"),
            &persona("traveler"),
            "[[journey]]\nname = \"login\"\n[[journey.step]]\nname = \"in\"\nget = \"/\"\nexpect.status = 200\n",
            &probe("user-login", "journey = \"login\"\npersona = \"user\""),
            &probe("traveler-login", "journey = \"login\"\npersona = \"traveler\""),
            &probe("port", "check.tcp = \"x.test:443\""),
            "[[contract]]\nid = \"x\"\ncustomer = \"X\"\nzone = \"UTC\"\ntarget = 99.9\n",
        ]
        .concat();
        Plan::parse(&text, "probes.toml").unwrap_or_else(|problems| panic!("{problems}"))
    }

    fn name(text: &str) -> Name {
        Name::new(text).expect("valid")
    }

    #[test]
    fn regions_and_personas_share_the_spacing() {
        let plan = plan("schedule = \"0 * * * * *\"");
        for (probe, region, seconds) in [
            ("user-login", "a", 0),
            ("user-login", "b", 20),
            ("user-login", "c", 40),
            ("traveler-login", "a", 30),
            ("traveler-login", "b", 50),
            ("traveler-login", "c", 10),
            ("port", "b", 20),
        ] {
            let phase = plan.phase(plan.probe(&name(probe)).expect("planned"), &name(region));
            assert_eq!(
                phase,
                Some(Millis::from_secs(seconds)),
                "{probe} in {region}"
            );
        }
        assert_eq!(
            plan.phase(&plan.probes[0], &name("d")),
            None,
            "no such region"
        );
    }

    #[test]
    fn a_probe_in_some_regions_spreads_over_those() {
        let plan = plan("schedule = \"0 * * * * *\"\nregions = [\"c\", \"a\"]");
        let probe = &plan.probes[0];
        assert_eq!(plan.phase(probe, &name("a")), Some(Millis::ZERO));
        assert_eq!(plan.phase(probe, &name("b")), None);
        assert_eq!(plan.phase(probe, &name("c")), Some(Millis::from_secs(30)));
    }

    #[test]
    fn without_stagger_all_are_due_at_the_tick() {
        let plan = plan("schedule = \"*/10 * * * * *\"\nstagger = false\njitter = 0");
        for region in &plan.regions {
            let slots = plan.slots(&plan.probes[1], region, 7).expect("runs there");
            assert_eq!(slots.due(Timestamp(40_000)), Timestamp(40_000));
        }
    }

    const SCHEDULES: [&str; 6] = [
        "* * * * * *",
        "*/7 * * * * *",
        "0 * * * * *",
        "5,6,50 */3 8-17 * * MON-FRI",
        "0 0 3 1 * ?",
        "30 59 23 28 2 ?",
    ];

    proptest! {
        #[test]
        fn slots_are_apart_in_order_and_near_their_place(
            schedule in prop::sample::select(&SCHEDULES[..]),
            jitter in 0..=20_u32,
            seed: u64,
            start in 0..1_800_000_000_000_i64,
        ) {
            let plan = plan(&format!("schedule = \"{schedule}\"\njitter = {jitter}"));
            let probe = &plan.probes[usize::try_from(seed % 3).expect("below 3")];
            let spacing = probe.schedule.spacing();
            let mut phases = BTreeSet::new();
            for region in &plan.regions {
                let slots = plan.slots(probe, region, seed).expect("runs there");
                let phase = plan.phase(probe, region).expect("runs there");
                phases.insert(phase);
                prop_assert!((Millis::ZERO..spacing).contains(&phase));
                let mut last = Timestamp(start);
                for _ in 0..20 {
                    let slot = slots.after(last).expect("within cron's range");
                    prop_assert!(slot.due > last, "strictly after");
                    let off = slot.due - slot.tick - phase;
                    prop_assert!(off.0.abs() * 100 <= spacing.0 * i64::from(jitter), "{off:?}");
                    let next = probe.schedule.after(slot.tick).expect("within cron's range");
                    prop_assert!(slot.due < slots.due(next), "before the next one");
                    last = slot.due;
                }
            }
            prop_assert_eq!(phases.len(), 3, "every region on its own slot");
        }

        #[test]
        fn a_window_holds_what_one_slot_after_the_other_finds(seed: u64, start in 0..86_400_000_i64, length in 0..600_000_i64) {
            let plan = plan("schedule = \"*/20 * * * * *\"\njitter = 20");
            let slots = plan.slots(&plan.probes[0], &plan.regions[0], seed).expect("runs there");
            let window = Interval::new(Timestamp(start), Timestamp(start + length));
            let mut expected = Vec::new();
            let mut last = window.start - Millis(1);
            while let Some(slot) = slots.after(last).filter(|slot| slot.due < window.end) {
                expected.push(slot);
                last = slot.due;
            }
            prop_assert_eq!(slots.within(window).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn jitter_comes_from_the_seed() {
        let plan = plan("schedule = \"0 * * * * *\"");
        let due = |seed| {
            let slots = plan
                .slots(&plan.probes[0], &plan.regions[0], seed)
                .expect("runs there");
            (0..50)
                .map(|minute| slots.due(Timestamp(minute * 60_000)))
                .collect::<Vec<_>>()
        };
        assert_eq!(due(1), due(1));
        assert_ne!(due(1), due(2));
    }
}
