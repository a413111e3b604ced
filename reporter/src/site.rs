//! A site to be put on any web server: how it is now, the last days, incidents, reports, feeds and badges, as files.
//!
//! All of it is made from reports of the engine; nothing here reads a clock, a file or a network. Names of files are made
//! from identifiers and numbers only.

pub mod atom;
pub mod badge;
pub mod calendar;
pub mod document;
pub mod incident;
pub mod now;
mod pages;
pub mod register;
mod root;
mod status;
pub mod subject;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use ledger::name::Name;
use ledger::time::{Millis, Timestamp};
use serde_json::Value;

use crate::period::Period;
use crate::report::html::{self, Frame};
use crate::report::page::Page;
use crate::report::{Report, json};
use crate::summary::Summary;
use crate::text::{Text, say};

use calendar::Window;
use register::Kept;

/// Everything that a site tells.
#[derive(Clone, Debug)]
pub struct Site {
    /// As of when.
    pub as_of: Timestamp,
    /// Where it will be found, ending in `/`; links in feeds are relative without it.
    pub url: Option<String>,
    /// One for each contract, in the order of the plan.
    pub services: Vec<Service>,
}

/// What is told of one contract.
#[derive(Clone, Debug)]
pub struct Service {
    /// The last days, to the end of today.
    pub recent: Report,
    /// The month so far.
    pub month: Report,
    /// By persona, how long nobody need have looked.
    pub fresh: BTreeMap<Name, Millis>,
    /// Announced maintenance, past and to come, by time.
    pub windows: Vec<Window>,
    /// The newest first.
    pub reports: Vec<Published>,
    /// The newest first.
    pub incidents: Vec<Told>,
    /// What the identifiers of its feed are made from.
    pub seed: String,
}

/// A report, issued or not.
#[derive(Clone, Debug)]
pub struct Published {
    /// Which period.
    pub period: Period,
    /// `2018-12`.
    pub name: String,
    /// The newest one's `report.json`.
    pub document: Value,
    /// Its forms, by the names of their files.
    pub forms: Files,
    /// All that were issued, oldest first; none as long as it is provisional.
    pub revisions: Vec<Revised>,
}

/// An issued revision.
#[derive(Clone, Debug)]
pub struct Revised {
    /// Its number.
    pub number: u32,
    /// As of when its records were read.
    pub read_until: Timestamp,
    /// How many numbers it changed.
    pub changes: usize,
    /// Its files by their names.
    pub files: Files,
}

/// An incident with its page.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its name and what was told of it when.
    pub kept: Kept,
    /// What there is to tell; `None` if it is none any more, or its records are gone.
    pub summary: Option<Summary>,
}

/// What is in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// This.
    Made(Vec<u8>),
    /// What an issued file holds.
    Issued(PathBuf),
}

/// Files by their paths, with `/` between directories.
pub type Files = BTreeMap<String, Content>;

impl Content {
    fn text(text: impl Into<String>) -> Self {
        Self::Made(text.into().into_bytes())
    }
}

impl Service {
    /// The contract's name, which is its directory.
    fn id(&self) -> &Name {
        &self.recent.contract.id
    }
}

impl Site {
    /// Where a contract's pages will be found, ending in `/`, if the address of the site is known.
    fn base(&self, service: &Service) -> Option<String> {
        let url = self.url.as_ref()?;
        Some(format!("{url}{}/", service.id()))
    }
}

/// All files. The same site gives the same bytes.
pub fn files(site: &Site) -> Files {
    let mut files = Files::new();
    let (page, document) = root::page(site);
    let around = Around {
        address: site.url.as_ref().map(|url| format!("{url}index.html")),
        ..Around::ROOT
    };
    files.insert("index.html".into(), framed(page, &around));
    files.insert("status.json".into(), indented(&document));
    for service in &site.services {
        let id = service.id();
        for (path, content) in of_service(site, service) {
            files.insert(format!("{id}/{path}"), content);
        }
    }
    files
}

fn of_service(site: &Site, service: &Service) -> Files {
    let document = document::document(site, service);
    let mut files = Files::new();
    let base = site.base(service);
    let mut page = |path: &str, page: Page| {
        files.insert(
            path.into(),
            framed(page, &Around::new(path, base.as_deref())),
        );
    };
    // An incident has a document of its own, as long as there is something to tell.
    let of_incident = |told: &Told, page: Page| {
        let path = format!("incidents/{}.html", told.kept.id);
        let around = match told.summary {
            Some(_) => Around {
                document: path.replace(".html", ".json"),
                ..Around::new(&path, base.as_deref())
            },
            None => Around::new(&path, base.as_deref()),
        };
        framed(page, &around)
    };
    page("index.html", status::page(site, service));
    page("incidents/index.html", pages::incidents(site, service));
    page("reports/index.html", pages::reports(site, service));
    for (index, told) in service.incidents.iter().enumerate() {
        let path = format!("incidents/{}.html", told.kept.id);
        let page = incident::page(service, (index, told));
        files.insert(path, of_incident(told, page));
    }
    for told in &service.incidents {
        if let Some(summary) = &told.summary {
            let path = format!("incidents/{}.json", told.kept.id);
            files.insert(path, Content::text(crate::summary::json(summary)));
        }
    }
    for report in &service.reports {
        files.extend(of_report(report));
    }
    files.extend(badge::files(service));
    files.insert("status.json".into(), indented(&document));
    let feed = atom::feed(site, service);
    files.insert("atom.xml".into(), Content::text(feed));
    let maintenance = calendar::render(service);
    files.insert("maintenance.ics".into(), Content::text(maintenance));
    files
}

fn of_report(report: &Published) -> Files {
    let at = format!("reports/{}", report.name);
    let newest = report.forms.iter();
    let newest = newest.map(|(name, content)| (format!("{at}/{name}"), content.clone()));
    let issued = report.revisions.iter().flat_map(|one| {
        let number = one.number;
        let files = one.files.iter();
        files.map(move |(name, content)| (number, name, content))
    });
    let issued = issued
        .map(|(number, name, content)| (format!("{at}/rev-{number}/{name}"), content.clone()));
    newest.chain(issued).collect()
}

/// A provisional report as one of the site.
pub fn provisional(period: Period, report: &Report, files: Vec<(String, Vec<u8>)>) -> Published {
    Published {
        name: period.name(),
        period,
        document: json::document(report),
        forms: files
            .into_iter()
            .map(|(name, bytes)| (name, Content::Made(bytes)))
            .collect(),
        revisions: Vec::new(),
    }
}

fn indented(document: &Value) -> Content {
    Content::text(format!("{document:#}\n"))
}

/// Where a page stands in its site.
struct Around<'p> {
    /// Its path below the directory of its contract; `None` for the page above all of them.
    path: Option<&'p str>,
    /// The path of the document that its figures stand in.
    document: String,
    /// Its own address, if that is known.
    address: Option<String>,
}

impl<'p> Around<'p> {
    const ROOT: Self = Self {
        path: None,
        document: String::new(),
        address: None,
    };

    fn new(path: &'p str, base: Option<&str>) -> Self {
        Self {
            path: Some(path),
            document: "status.json".into(),
            address: base.map(|base| format!("{base}{path}")),
        }
    }
}

/// The page with what stands around it. It says where it is kept: links on paper are told from there.
fn framed(mut page: Page, around: &Around<'_>) -> Content {
    if let Some(address) = &around.address {
        let address = Text::link(&**address, &**address);
        page.foot = say![page.foot, " Address: ", address];
    }
    let Some(path) = around.path else {
        let frame = Frame {
            style: STYLE,
            ..Frame::default()
        };
        return Content::text(html::framed(&page, &frame));
    };
    let up = if path.contains('/') { "../" } else { "" };
    let link = |(to, text): (&str, &str)| {
        let here = if to == path {
            " aria-current=\"page\""
        } else {
            ""
        };
        format!("<li><a href=\"{up}{to}\"{here}>{text}</a></li>\n")
    };
    let pages = [
        ("../index.html", "All services"),
        ("index.html", "Status"),
        ("incidents/index.html", "Incidents"),
        ("reports/index.html", "Reports"),
    ];
    let frame = Frame {
        links: format!(
            "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"Incidents and reports\" href=\"{up}atom.xml\">\n\
             <link rel=\"alternate\" type=\"text/calendar\" title=\"Planned maintenance\" href=\"{up}maintenance.ics\">\n\
             <link rel=\"alternate\" type=\"application/json\" title=\"The same for machines\" href=\"{up}{}\">\n",
            around.document
        ),
        navigation: format!(
            "<nav class=\"site\" aria-label=\"Site\">\n<ul>\n{}</ul>\n</nav>\n",
            pages.map(link).concat()
        ),
        style: STYLE,
    };
    Content::text(html::framed(&page, &frame))
}

const STYLE: &str = include_str!("../templates/site.css");
