//! The report as one self-contained HTML page: no script, no font, nothing fetched.

mod sections;
mod table;

use askama::Template;

use super::Report;
use super::pictures::{self, Picture};
use crate::chart::{Format, palette, svg};
use crate::escape::markup;
use table::{Cell, Row, Table};

/// A label with a value and perhaps a note.
#[derive(Clone, Debug, Default)]
struct Fact {
    label: String,
    value: String,
    note: String,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    service: String,
    customer: String,
    span: String,
    zone: String,
    contract: String,
    stage: String,
    hash: String,
    head: Vec<Fact>,
    verdict: &'static str,
    verdict_class: &'static str,
    sentence: String,
    facts: Vec<Fact>,
    downtime: Vec<String>,
    days: Table,
    incidents: Table,
    outages: Vec<String>,
    budget: Vec<String>,
    looks: Vec<String>,
    incident_notes: Vec<String>,
    measures: Vec<Fact>,
    rollup: String,
    personas: Table,
    regions: Table,
    latency: Table,
    latencies: Vec<String>,
    phases: Table,
    warnings: Table,
    exclusions: String,
    windows: Table,
    corrections: String,
    corrected: Table,
    measured: Table,
    coverage: Table,
    troubles: Table,
    future: Option<String>,
    revised: u32,
    causes: Vec<String>,
    differences: Table,
    method: Vec<Fact>,
    dark_rules: String,
}

/// The page. The same report gives the same bytes.
///
/// # Panics
/// Never: the template writes to memory.
pub fn render(report: &Report) -> String {
    let visible = crate::escape::visible;
    let contract = &report.contract;
    let (revised, causes, differences) = sections::differences(report);
    let page = Page {
        service: visible(&contract.service),
        customer: visible(&contract.customer),
        span: report.span.clone(),
        zone: report.zone.name().to_owned(),
        contract: contract.id.to_string(),
        stage: sections::stage(report),
        hash: report.hash.clone(),
        head: sections::head(report),
        verdict: super::verdict::word(report.found.sla.verdict),
        verdict_class: sections::verdict_class(report),
        sentence: super::verdict::sentence(report),
        facts: sections::facts(report),
        downtime: figures(&pictures::of_days(report)),
        days: sections::days(report),
        incidents: sections::incidents(report),
        outages: figures(&pictures::of_incidents(report)),
        budget: figures(&pictures::of_measures(report)),
        looks: figures(&pictures::of_quality(report)),
        incident_notes: sections::incident_notes(report),
        measures: sections::measures(report),
        rollup: sections::rollup(report),
        personas: sections::personas(report),
        regions: sections::regions(report),
        latency: sections::latency(report),
        latencies: figures(&pictures::of_logins(report)),
        phases: sections::phases(report),
        warnings: sections::warnings(report),
        exclusions: sections::exclusions(report),
        windows: sections::windows(report),
        corrections: super::corrections::sentence(report),
        corrected: sections::corrected(report),
        measured: sections::measured(report),
        coverage: sections::coverage(report),
        troubles: sections::troubles(report),
        future: crate::report::warnings::future(report),
        revised,
        causes,
        differences,
        method: sections::method(report),
        dark_rules: palette::dark_rules(),
    };
    page.render().expect("the template writes to memory")
}

fn figures(pictures: &[Picture]) -> Vec<String> {
    pictures.iter().map(figure).collect()
}

/// Both formats of a chart in one figure, of which the style sheet shows one, and its figures as a table.
fn figure(picture: &Picture) -> String {
    let drawings: String = Format::ALL
        .into_iter()
        .map(|format| {
            let class = format!("<svg class=\"{}\" ", format.as_str());
            svg::render(picture.drawing(format)).replacen("<svg ", &class, 1)
        })
        .collect();
    let caption = markup(&picture.drawings[0].desc);
    let data = &picture.data;
    let cells = |row: &[crate::chart::data::Datum]| {
        let cells = row
            .iter()
            .map(|cell| Cell::new(&cell.text).at(cell.pointer.clone()));
        Row::new(cells)
    };
    let table = Table {
        caption: format!("{} (figures)", picture.drawings[0].title),
        heads: data.heads.clone(),
        rows: data.rows.iter().map(|row| cells(row)).collect(),
        total: None,
    };
    let table = match data.rows.is_empty() {
        true => String::new(),
        false => {
            format!("<details>\n<summary>Figures of this chart</summary>\n{table}</details>\n")
        }
    };
    format!("<figure>\n{drawings}<figcaption>{caption}</figcaption>\n{table}</figure>\n")
}

#[cfg(test)]
mod tests;
