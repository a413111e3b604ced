//! All forms of one report, by the names of their files.

use super::{Report, csv, html, json, mail, map, markdown, sections};

/// Each file with its text. The same report gives the same bytes.
pub fn all(report: &Report) -> Vec<(&'static str, String)> {
    let page = sections::page(report);
    let (markdown, mail) = (markdown::page(&page), mail::page(&page));
    let map = map::render(&[("report.md", &markdown), ("report.txt", &mail)]);
    vec![
        ("report.html", html::page(&page)),
        ("report.json", json::render(report)),
        ("report.md", markdown.text),
        ("report.txt", mail.text),
        ("report.map.json", map),
        ("days.csv", csv::days::render(report)),
        ("incidents.csv", csv::incidents::render(report)),
    ]
}

#[cfg(test)]
mod tests;
