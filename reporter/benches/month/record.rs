//! The records: what agents saw from a week before December 2018 to a week behind it.

use std::path::{Path, PathBuf};

use ledger::name::Name;
use ledger::phases::{Micros, Phase};
use ledger::plan::Plan;
use ledger::record::Agent;
use ledger::store::{BATCH, Writer};
use ledger::time::{Interval, Millis, Timestamp};

use super::looks;

/// From 24 November to 7 January in New York.
const SPAN: Interval = Interval {
    start: Timestamp(1_543_035_600_000),
    end: Timestamp(1_546_837_200_000),
};
/// The weekend: Friday 17:15 to 19:15, Saturday 22:30 to 24:00, Sunday 10:00 to 14:00.
const WEEKEND: [(i64, i64); 3] = [
    (1_544_825_700_000, 1_544_832_900_000),
    (1_544_931_000_000, 1_544_936_400_000),
    (1_544_972_400_000, 1_544_986_800_000),
];
const DAY: i64 = 86_400_000;

/// Two personas once a minute from three regions.
pub(crate) fn december() -> Plan {
    let text = include_str!("../../tests/command/probes.toml");
    Plan::parse(text, "probes.toml").expect("a plan")
}

/// As many contracts as services, each with a persona and a probe of its own, looked at every five minutes.
pub(crate) fn services(count: usize) -> Plan {
    let head = include_str!("../../tests/command/probes.toml");
    let head = head.replace("[canary]", "login_cap = 0\n[canary]");
    let (head, rest) = head.split_once("[[persona]]").expect("personas");
    let (_, journey) = rest.split_once("[[journey]]").expect("a journey");
    let (journey, _) = journey.split_once("[[probe]]").expect("a probe");
    let personas = (0..count).map(|number| {
        format!(
            "[[persona]]\nname = \"service-{number}\"\naccount = [{{ label = \"user-{number}\", username = \"u\", \
             password = {{ env = \"A\" }} }}]\n"
        )
    });
    let probes = (0..count).map(|number| {
        format!(
            "[[probe]]\nname = \"user-{number}\"\njourney = \"login\"\npersona = \"service-{number}\"\n\
             schedule = \"0 */5 * * * *\"\n"
        )
    });
    let contracts = (0..count).map(|number| {
        format!(
            "[[contract]]\nid = \"contract-{number}\"\ncustomer = \"Customer {number}\"\nservice = \"Service {number}\"\n\
             zone = \"America/New_York\"\ntarget = 99.9\npersonas = [\"service-{number}\"]\n\
             regions = [\"east\", \"central\", \"west\"]\n"
        )
    });
    let personas: String = personas.collect();
    let rest: String = probes.chain(contracts).collect();
    let text = format!("{head}{personas}[[journey]]{journey}{rest}");
    Plan::parse(&text, "probes.toml").expect("a plan")
}

/// Whether the weekend lets a login through.
pub(crate) fn is_good(_: &Name, due: Timestamp) -> bool {
    !WEEKEND
        .iter()
        .any(|(from, to)| (*from..*to).contains(&due.0))
}

/// Each service is down for an hour on a day of its own, twice a month.
pub(crate) fn is_service_good(probe: &Name, due: Timestamp) -> bool {
    let number = probe.as_str().rsplit('-').next();
    let number: i64 = number.and_then(|text| text.parse().ok()).unwrap_or(0);
    let into = due.0 - SPAN.start.0 - number % 15 * DAY - number % 7 * 3_600_000;
    into.rem_euclid(15 * DAY) >= 3_600_000
}

/// The records of all agents, unless they are there already.
pub(crate) fn write(
    plan: &Plan,
    directory: &Path,
    is_good: impl Fn(&Name, Timestamp) -> bool,
) -> Vec<PathBuf> {
    std::fs::create_dir_all(directory).expect("a directory");
    let file = |region: &Name| directory.join(format!("{region}.db"));
    for region in &plan.regions {
        let (path, part) = (file(region), directory.join(format!("{region}.part")));
        if path.exists() {
            continue;
        }
        let agent = Agent {
            name: region.clone(),
            region: region.clone(),
        };
        let mut attempts = looks::all(plan, region, SPAN, &is_good);
        for attempt in &mut attempts {
            // Six latencies that vary, as of a real login.
            let noise = attempt.sequence.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            for (shift, phase) in (7..).zip(Phase::ALL) {
                let micros = u32::try_from((noise >> (shift * 3)) % 40_000).expect("small");
                *attempt.steps[0].phases.slot(phase) = Some(Micros::cut(1_000 + micros));
            }
            attempt.clock_error = Millis(9);
        }
        let mut writer = Writer::open(&part, &agent, plan).expect("a new record");
        for batch in attempts.chunks(BATCH) {
            writer.append(batch).expect("there is space");
            writer.seal().expect("there is space");
        }
        writer.close().expect("there is space");
        std::fs::rename(part, path).expect("ours");
    }
    plan.regions.iter().map(file).collect()
}

/// How large they are.
pub(crate) fn size(files: &[PathBuf]) -> String {
    let bytes = files.iter().map(std::fs::metadata);
    let bytes: u64 = bytes.map(|found| found.expect("it is there").len()).sum();
    format!("{} MiB", bytes >> 20)
}
