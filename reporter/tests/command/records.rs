//! Records of three agents that looked all Friday and saw its two hours.

use std::path::Path;

use ledger::name::Name;
use ledger::plan::Plan;
use ledger::record::Agent;
use ledger::store::{Place, Writer};
use ledger::time::{Interval, Millis, Timestamp};

use super::looks;

/// Friday 14 December 2018, 00:00 in New York, and the day from there.
const START: Timestamp = Timestamp(1_544_763_600_000);
const DAY: Millis = Millis::from_mins(24 * 60);
/// Friday 17:15 to 19:15 in New York.
const DOWN: Interval = Interval {
    start: Timestamp(1_544_825_700_000),
    end: Timestamp(1_544_832_900_000),
};

/// Writes `data/east.db`, `data/central.db` and `data/west.db`.
pub(crate) fn write(directory: &Path) {
    std::fs::create_dir_all(directory.join("data")).expect("a directory");
    write_to(|region| Place::File(directory.join(format!("data/{region}.db"))));
}

/// Records of three agents; that of the western one has not arrived yet.
pub(crate) fn one_is_late() -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    write(root);
    std::fs::create_dir(root.join("late")).expect("a directory");
    std::fs::rename(root.join("data/west.db"), root.join("late/west.db")).expect("it is written");
    directory
}

/// Writes the record of each region's agent where `place` says.
pub(crate) fn write_to(place: impl Fn(&Name) -> Place) {
    write_of(place, Interval::new(START, START + DAY), &[DOWN]);
}

/// The same of agents that looked all through `span`, when the service was `down` at times.
pub(crate) fn write_of(place: impl Fn(&Name) -> Place, span: Interval, down: &[Interval]) {
    let plan = Plan::parse(include_str!("probes.toml"), "probes.toml").expect("a plan");
    for region in &plan.regions {
        let agent = Agent {
            name: region.clone(),
            region: region.clone(),
        };
        let mut writer = Writer::open(place(region), &agent, &plan).expect("a new record");
        let good = |_: &Name, due| !down.iter().any(|one| one.contains(due));
        let attempts = looks::all(&plan, region, span, good);
        writer.append(&attempts).expect("it is written");
        writer.close().expect("it is closed");
    }
}
