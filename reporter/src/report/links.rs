//! Where an incident is found: in its own report, and on the status site.

use std::collections::BTreeMap;

use ledger::outage::Incident;
use ledger::time::Timestamp;

use super::Report;
use crate::civil::{self, Zone};

/// The lasting addresses of incidents by their numbers; one that no site tells of has none.
pub type Links = BTreeMap<u32, String>;

/// The names of a report's incidents in its page, in their order: `incident-2018-12-14-1715`, after their starts.
///
/// Unlike numbers they stay when late data adds an incident before them.
pub fn anchors(report: &Report) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for incident in &report.found.incidents {
        let mut outages = report.found.outages.iter();
        let first = outages.find(|outage| incident.outages.contains(&outage.number));
        let start = first.map(|one| civil::to(civil::grain(one), one.start.estimate));
        let start = start.unwrap_or(incident.span.start);
        let name = format!("incident-{}", name(&report.zone, start));
        let again = (2..).map(|number| format!("{name}-{number}"));
        let mut names = [name.clone()].into_iter().chain(again);
        anchors.extend(names.find(|one| !anchors.contains(one)));
    }
    anchors
}

/// `2018-12-14-1715`: how what starts then is called, in files and addresses.
pub fn name(zone: &Zone, start: Timestamp) -> String {
    zone.format(start, "%Y-%m-%d-%H%M")
}

/// The lasting address of an incident.
pub fn lasting<'r>(report: &'r Report, incident: &Incident) -> Option<&'r str> {
    report.links.get(&incident.number).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn names_follow_the_start_and_are_each_one_of_its_own() {
        let mut story = fixture::december();
        let found = &mut story.assessment;
        // Another one that begins in the same minute by the clock.
        let twin = found.outages[1].clone();
        found.outages[2].start = twin.start;
        let report = fixture::report(story);
        assert_eq!(
            anchors(&report),
            [
                "incident-2018-12-14-1715",
                "incident-2018-12-15-2230",
                "incident-2018-12-15-2230-2"
            ]
        );
    }
}
