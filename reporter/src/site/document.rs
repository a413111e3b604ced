//! `status.json`: every figure of the pages of a contract, for machines and for whoever traces a figure.

use ledger::sla::{Ratio, SlaVerdict};
use ledger::time::{Interval, Timestamp};
use serde_json::{Map, Value, json};

use super::now::code;
use super::register::Fate;
use super::subject::{self, Part, Subject};
use super::{Published, Service, Site, Told};
use crate::civil::Zone;
use crate::report::json as report_json;

/// The schema that [`document`] writes; a change that could break a reader raises it.
pub const SCHEMA: u32 = 1;

/// All of it.
pub fn document(site: &Site, service: &Service) -> Value {
    let zone = &service.recent.zone;
    let maintenance = service.windows.iter();
    json!({
        "schema": SCHEMA,
        "contract": { "id": service.id() },
        "hash": service.recent.hash,
        "service": service.recent.contract.service,
        "zone": zone.name(),
        "target": service.recent.contract.target,
        "as_of": zone.iso(site.as_of),
        "evidence_until": evidence(service).map(|at| zone.iso(at)),
        "month": service.month.name,
        "recent": report_json::recent(&service.recent),
        "days": service.recent.found.days.len(),
        "subjects": subjects(service),
        "open_at_least_ms": open(service),
        "regions": subject::regions(service).iter().map(|one| json!({
            "name": one.name,
            "state": code(one.state),
            "seen": one.seen.map(|at| zone.iso(at)),
        })).collect::<Value>(),
        "maintenance": maintenance.map(|one| json!({
            "id": one.id,
            "span": span(zone, one.span),
            "reason": one.reason,
            "announced": zone.iso(one.announced),
            "left_out": one.left_out,
        })).collect::<Value>(),
        "incidents": service.incidents.iter().map(|told| incident(zone, told)).collect::<Value>(),
        "reports": service.reports.iter().map(report).collect::<Value>(),
    })
}

/// The last evidence of these days, from anywhere.
pub fn evidence(service: &Service) -> Option<Timestamp> {
    let regions = subject::regions(service).into_iter();
    regions.filter_map(|region| region.seen).max()
}

/// How each of them is and was.
pub fn subjects(service: &Service) -> Value {
    let zone = &service.recent.zone;
    let subjects = subject::subjects(service);
    subjects.iter().map(|one| of_subject(zone, one)).collect()
}

/// How long the outage that is open has lasted at least.
pub fn open(service: &Service) -> Option<i64> {
    let last = service.recent.found.outages.last();
    last.filter(|one| one.open).map(|one| one.length.lower.0)
}

fn of_subject(zone: &Zone, one: &Subject) -> Value {
    json!({
        "persona": one.persona,
        "state": code(one.now.state),
        "since": zone.iso(one.now.since),
        "since_at_least": one.now.at_least,
        "seen": one.now.seen.map(|at| zone.iso(at)),
        "today": part(&one.today),
        "month": part(&one.month),
        "days": part(&one.days),
    })
}

fn part(part: &Part) -> Value {
    let mut members = Map::new();
    members.insert("down_ms".into(), json!(part.down));
    members.insert("unknown_ms".into(), json!(part.unknown));
    members.insert("availability".into(), json!(part.availability.map(ratio)));
    members.insert("verdict".into(), json!(verdict(part.verdict)));
    Value::Object(members)
}

const fn verdict(verdict: SlaVerdict) -> &'static str {
    match verdict {
        SlaVerdict::Met => "met",
        SlaVerdict::Missed => "missed",
        SlaVerdict::Undecided => "undecided",
        SlaVerdict::Unmeasured => "unmeasured",
    }
}

fn ratio(ratio: Ratio) -> Value {
    json!({
        "numerator": ratio.numerator.to_string(),
        "denominator": ratio.denominator.to_string(),
    })
}

fn span(zone: &Zone, span: Interval) -> Value {
    json!({ "start": zone.iso(span.start), "end": zone.iso(span.end) })
}

fn incident(zone: &Zone, told: &Told) -> Value {
    let kept = &told.kept;
    let summary = told.summary.as_ref();
    let first = summary.and_then(|one| one.periods.first());
    let last = summary.and_then(|one| one.periods.last());
    let last = last.filter(|one| !one.outage.open);
    json!({
        "id": kept.id,
        "title": kept.title,
        "path": format!("incidents/{}.html", kept.id),
        "start": first.map(|one| zone.iso(one.span().start)),
        "end": last.map(|one| zone.iso(one.span().end)),
        "open": summary.is_some_and(crate::summary::Summary::is_open),
        "down_ms": summary.map(|one| one.total.estimate),
        "span": span(zone, kept.span),
        "first_told": zone.iso(kept.first),
        "updated": zone.iso(kept.updated),
        "withdrawn": kept.fate == Fate::Withdrawn,
        "part_of": match &kept.fate {
            Fate::PartOf(id) => Some(id),
            Fate::Stands | Fate::Withdrawn => None,
        },
    })
}

fn report(published: &Published) -> Value {
    let document = &published.document;
    json!({
        "name": published.name,
        "path": format!("reports/{}/report.html", published.name),
        "verdict": document["verdict"]["verdict"],
        "availability": document["verdict"]["availability"]["estimate"],
        "down_ms": document["total"]["counted_down_ms"]["estimate"],
        "record_until": document["stage"]["record_until"]["local"],
        "revisions": published.revisions.iter().map(|one| json!({
            "number": one.number,
            "path": format!("reports/{}/rev-{}/report.html", published.name, one.number),
            "read_until": ledger_instant(one.read_until),
            "changes": one.changes,
        })).collect::<Value>(),
    })
}

fn ledger_instant(at: Timestamp) -> String {
    at.to_jiff().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
