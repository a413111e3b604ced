//! All forms of one report, by the names of their files.

use super::pdf::{self, Document, Paper, PdfError, Print};
use super::{Report, csv, html, json, mail, map, markdown, sections};

/// Each file with its bytes. The same report gives the same bytes.
///
/// The PDF is left out where the program was built without it.
///
/// # Errors
/// [`PdfError`] if the PDF would break a rule of its format.
pub fn all(report: &Report, paper: Paper) -> Result<Vec<(&'static str, Vec<u8>)>, PdfError> {
    let page = sections::page(report);
    let (markdown, mail) = (markdown::page(&page), mail::page(&page));
    let document = match pdf::BUILT_IN {
        true => Some(pdf::document(&page, print(report, paper))?),
        false => None,
    };
    let figures = document.as_ref().map_or(&[][..], |one| &one.figures[..]);
    let map = map::render(&[("report.md", &markdown), ("report.txt", &mail)], figures);
    let mut files = vec![
        ("report.html", html::page(&page).into_bytes()),
        ("report.json", json::render(report).into_bytes()),
        ("report.md", markdown.text.into_bytes()),
        ("report.txt", mail.text.into_bytes()),
        ("report.map.json", map.into_bytes()),
        ("days.csv", csv::days::render(report).into_bytes()),
        ("incidents.csv", csv::incidents::render(report).into_bytes()),
    ];
    files.extend(document.map(|Document { bytes, .. }| ("report.pdf", bytes)));
    Ok(files)
}

/// The date of a report is up to when its records were read.
fn print(report: &Report, paper: Paper) -> Print {
    Print {
        paper,
        made: report.basis.read_until,
    }
}

#[cfg(test)]
mod tests;
