//! Defects planted on purpose: what the browser must find, so that a look that finds nothing says something.

use super::*;

const GOOD: &str = "<h1>Downtime</h1><main><table><caption>Days</caption><thead><tr><th scope=\"col\">Day</th>\
    <th scope=\"col\">Down</th></tr></thead><tbody><tr><th scope=\"row\">Friday</th><td>2 h</td></tr></tbody></table></main>";

/// A drawing with something more in it.
fn drawn(more: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 300 80\" role=\"img\" aria-labelledby=\"t\" width=\"300\">\
         <title id=\"t\">Down</title><rect width=\"300\" height=\"80\" fill=\"#ffffff\"/>\
         <text x=\"10\" y=\"30\" font-size=\"13\" font-family=\"sans-serif\" fill=\"#1a1d21\">two hours</text>{more}</svg>"
    )
}

/// A page by its name, the defect in it, and the rule that it breaks.
fn defects() -> Vec<(&'static str, String, &'static str)> {
    let text = |x: i32, y: i32, fill: &str, size: i32| {
        drawn(&format!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" font-family=\"sans-serif\" fill=\"{fill}\">on Friday</text>"
        ))
    };
    let column = "<th scope=\"col\">Down</th>";
    vec![
        (
            "scroll",
            format!("{GOOD}<p style=\"width:2000px\">wide</p>"),
            "scroll",
        ),
        (
            "overlap",
            format!("{GOOD}<p>one line</p><p style=\"margin-top:-2.3em\">another</p>"),
            "overlap",
        ),
        (
            "grey",
            format!("{GOOD}<p style=\"color:#aaa\">hardly to be read</p>"),
            "contrast",
        ),
        (
            "grey-axe",
            format!("{GOOD}<p style=\"color:#aaa\">hardly to be read</p>"),
            "axe color-contrast",
        ),
        ("scope", GOOD.replace(column, "<th>Down</th>"), "scope"),
        ("headings", format!("{GOOD}<h3>Too deep</h3>"), "headings"),
        (
            "console",
            format!("{GOOD}<img alt=\"\" src=\"nowhere.png\">"),
            "console",
        ),
        (
            "nameless",
            format!("{GOOD}<button></button>"),
            "axe button-name",
        ),
        ("svg-overlap", text(40, 31, "#1a1d21", 13), "overlap"),
        ("svg-outside", text(270, 60, "#1a1d21", 13), "outside"),
        ("svg-contrast", text(10, 60, "#bbbbbb", 13), "contrast"),
        ("svg-small", text(10, 60, "#1a1d21", 9), "small"),
        (
            "svg-covered",
            drawn("<rect x=\"0\" y=\"10\" width=\"200\" height=\"40\" fill=\"#eeeeee\"/>"),
            "covered",
        ),
        (
            "sheet",
            format!("{GOOD}<p style=\"break-before:page\">the first sheet is empty below</p>"),
            "sheet",
        ),
    ]
}

#[test]
fn every_planted_defect_is_found_and_nothing_else() {
    let place = empty("planted");
    for (name, body, _) in &defects() {
        let page = format!(
            "<!doctype html><html lang=\"en\"><head><title>{name}</title><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"></head><body>{body}</body></html>"
        );
        match name.starts_with("svg-") {
            true => write(&place, &format!("{name}.svg"), body),
            false => write(&place, &format!("{name}.html"), &page),
        }
    }
    write(&place, "good.svg", &drawn(""));
    let Some(seen) = look(&place) else { return };
    for (name, _, rule) in defects() {
        let of_page = |one: &&Finding| one.page.starts_with(&format!("{name}."));
        let found: Vec<&Finding> = seen.findings.iter().filter(of_page).collect();
        let named = found.iter().any(|one| one.rule == rule);
        assert!(named, "{name} is to break {rule}: {found:#?}");
    }
    let good = seen.findings.iter().find(|one| one.page == "good.svg");
    assert!(good.is_none(), "{good:?}");
}
