//! Incidents and issued reports as an Atom feed (RFC 4287). Instants are those of evidence, so the same data gives the same feed.

use ledger::time::Timestamp;

use super::pages::capital;
use super::register::Fate;
use super::{Published, Revised, Service, Site, Told};
use crate::escape::{markup, tags, visible};
use crate::report::basis::sha256;

/// So many entries, the newest.
const MOST: usize = 50;

struct Entry {
    id: String,
    title: String,
    path: String,
    published: Timestamp,
    updated: Timestamp,
    words: String,
    kind: &'static str,
}

/// The feed. Without the address of the site its links are relative, which some readers do not follow.
pub(super) fn feed(site: &Site, service: &Service) -> String {
    let mut entries: Vec<Entry> = service
        .incidents
        .iter()
        .map(|told| incident(service, told))
        .collect();
    for report in &service.reports {
        let revisions = report.revisions.iter();
        entries.extend(revisions.map(|one| revision(service, report, one)));
    }
    entries.sort_by(|a, b| (b.updated, &a.id).cmp(&(a.updated, &b.id)));
    entries.truncate(MOST);
    let base = site.base(service).unwrap_or_default();
    let newest = entries.first().map(|one| one.updated);
    let newest = newest.unwrap_or(service.recent.found.period.start);
    let itself = match base.is_empty() {
        true => String::new(),
        false => format!(
            "<link rel=\"self\" type=\"application/atom+xml\" href=\"{}atom.xml\"/>\n",
            tags(&base)
        ),
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\">\n\
         <id>{}</id>\n<title>{}</title>\n<subtitle>Incidents and reports</subtitle>\n<updated>{}</updated>\n\
         <author><name>{}</name></author>\n<generator version=\"{}\">reporter</generator>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{}index.html\"/>\n{itself}{}</feed>\n",
        urn(service, "feed"),
        markup(&service.recent.contract.service),
        rfc3339(newest),
        markup(&service.recent.contract.service),
        env!("CARGO_PKG_VERSION"),
        tags(&base),
        entries
            .iter()
            .map(|one| entry(one, &base))
            .collect::<String>(),
    )
}

fn entry(entry: &Entry, base: &str) -> String {
    format!(
        "<entry>\n<id>{}</id>\n<title>{}</title>\n<published>{}</published>\n<updated>{}</updated>\n\
         <category term=\"{}\"/>\n<link rel=\"alternate\" type=\"text/html\" href=\"{}{}\"/>\n\
         <summary type=\"text\">{}</summary>\n</entry>\n",
        entry.id,
        tags(&entry.title),
        rfc3339(entry.published),
        rfc3339(entry.updated),
        entry.kind,
        tags(base),
        entry.path,
        tags(&entry.words),
    )
}

fn incident(service: &Service, told: &Told) -> Entry {
    let kept = &told.kept;
    let words = match (&told.summary, &kept.fate) {
        (Some(summary), _) => summary.sentence(),
        (None, Fate::Withdrawn) => "By what is known now there was no such incident.".into(),
        (None, Fate::PartOf(_)) => "It is told as a part of another incident.".into(),
        (None, Fate::Stands) => "The report of its month tells of it.".into(),
    };
    Entry {
        id: urn(service, &format!("incident {}", kept.id)),
        title: visible(&kept.title),
        path: format!("incidents/{}.html", kept.id),
        published: kept.first,
        updated: kept.updated,
        words,
        kind: "incident",
    }
}

fn revision(service: &Service, report: &Published, one: &Revised) -> Entry {
    let number = one.number;
    let title = capital(&report.period.title);
    let sentence = report.document["verdict"]["sentence"].as_str();
    // The sentence is the newest one's; of an older revision only its changes are told.
    let is_newest = report
        .revisions
        .last()
        .is_some_and(|last| last.number == number);
    let sentence = sentence.filter(|_| is_newest).unwrap_or_default();
    let changes = match one.changes {
        0 => String::new(),
        changes => format!(
            "{} since revision {}. ",
            crate::words::count(changes, "change"),
            number - 1
        ),
    };
    let words = format!("{changes}{sentence}");
    Entry {
        id: urn(service, &format!("report {} {number}", report.name)),
        title: format!("Report of {title}, revision {number}"),
        path: format!("reports/{}/rev-{number}/report.html", report.name),
        published: one.read_until,
        updated: one.read_until,
        words: match words.trim() {
            "" => format!("Availability report, revision {number}."),
            words => words.to_owned(),
        },
        kind: "report",
    }
}

/// A name that lasts: a UUID (version 8 of RFC 9562) of the feed's seed and what it names, wherever the site stands.
fn urn(service: &Service, what: &str) -> String {
    let hash = sha256(format!("{} {} {what}", service.seed, service.id()).as_bytes());
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    format!(
        "urn:uuid:{}-{}-8{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 15),
        part(15, 18),
        part(18, 30)
    )
}

fn rfc3339(at: Timestamp) -> String {
    at.to_jiff().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
