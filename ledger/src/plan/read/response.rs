//! What a step expects of a response and what it takes out of it.

use std::collections::BTreeMap;

use super::cursor::{Item, Section};
use super::journey::json_value;
use super::template::Scope;
use crate::plan::{Capture, Expectation};

/// Reads `expect`.
pub(super) fn expectations(step: &Section<'_>, scope: &mut Scope) -> Vec<Expectation> {
    let section = step.get("expect").and_then(|item| {
        let wanted = "a table such as { status = 200 }";
        item.section(wanted)
    });
    let Some(section) = section else {
        return Vec::new();
    };
    let mut all = Vec::new();
    if let Some(item) = section.get("status") {
        all.push(Expectation::Status(statuses(&item)));
    }
    let mut template = |key, make: fn(_) -> Expectation| {
        let items = section.get(key).map(|item| item.elements());
        for item in items.unwrap_or_default() {
            all.extend(scope.template(&item).map(make));
        }
    };
    template("redirect", Expectation::Redirect);
    template("path", Expectation::Path);
    template("text", Expectation::Text);
    template("absent", Expectation::Absent);
    for item in many(&section, "element") {
        all.extend(selector(&item).map(Expectation::Element));
    }
    for item in many(&section, "header") {
        all.extend(header(&item, scope));
    }
    for item in many(&section, "json") {
        all.extend(json(&item, scope));
    }
    if let Some(item) = section.get("certificate_days") {
        let days = item.number(1..=3_650);
        all.extend(days.map(Expectation::CertificateDays));
    }
    if section.is_empty() {
        section.wrong(
            "expect is empty",
            "name what must hold, such as status = 200",
        );
    }
    section.finish();
    all
}

/// Reads `take`.
pub(super) fn captures(step: &Section<'_>, scope: &mut Scope) -> BTreeMap<String, Capture> {
    let mut captures = BTreeMap::new();
    let Some(item) = step.get("take") else {
        return captures;
    };
    for (name, item) in item.entries("such as take.csrf = { css = \"input[name=csrf]\" }") {
        scope.take(&name, &item);
        captures.extend(capture(&item).map(|capture| (name, capture)));
    }
    captures
}

fn capture(item: &Item<'_>) -> Option<Capture> {
    let hint = "take by one of css (with attribute), header, cookie, json or regex";
    let section = item.section("a table such as { css = \"input[name=csrf]\" }")?;
    let from = section.one_of(&["css", "header", "cookie", "json", "regex"], hint);
    let attribute = section.get("attribute");
    section.finish();
    let from = from?;
    let kind = from.key.rsplit('.').next();
    if let Some(attribute) = attribute.as_ref().filter(|_| kind != Some("css")) {
        attribute.hidden("belongs to css only", "take it away");
    }
    Some(match kind {
        Some("css") => Capture::Css {
            selector: selector(&from)?,
            attribute: attribute.and_then(|item| item.owned()),
        },
        Some("header") => Capture::Header(header_name(&from)?),
        Some("cookie") => Capture::Cookie(from.owned()?),
        Some("json") => Capture::Json(json_path(&from)?),
        _ => Capture::Regex(checked(&from, from.notes.languages.regex)?),
    })
}

/// Status codes, one or several.
pub(super) fn statuses(item: &Item<'_>) -> Vec<u16> {
    let codes = item.each(|item| item.number(100..=599));
    if item.elements().is_empty() {
        item.hidden("is empty", "name the status codes that are fine");
    }
    codes
        .into_iter()
        .filter_map(|code| u16::try_from(code).ok())
        .collect()
}

/// A CSS selector.
pub(super) fn selector(item: &Item<'_>) -> Option<String> {
    checked(item, item.notes.languages.css)
}

/// Whether `text` is a field name of RFC 9110.
pub(super) fn is_header_name(text: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(token)
}

fn header_name(item: &Item<'_>) -> Option<String> {
    let name = item.owned()?;
    if is_header_name(&name) {
        return Some(name);
    }
    item.wrong("is not a header name", "");
    None
}

fn json_path(item: &Item<'_>) -> Option<String> {
    let path = item.text()?;
    if !path.starts_with('$') {
        item.wrong(
            "is not a JSONPath",
            "begin it with $, such as \"$.user.name\"",
        );
        return None;
    }
    checked(item, item.notes.languages.json_path)
}

fn checked(item: &Item<'_>, check: super::SyntaxCheck) -> Option<String> {
    let text = item.text()?;
    match check(text) {
        Ok(()) => Some(text.to_owned()),
        Err(reason) => {
            item.wrong("cannot be read", reason);
            None
        }
    }
}

fn header(item: &Item<'_>, scope: &mut Scope) -> Option<Expectation> {
    let section = item.section("a table such as { name = \"Content-Type\" }")?;
    let name = section.need("name", "name the header");
    let value = section.get("value");
    section.finish();
    Some(Expectation::Header {
        name: header_name(&name?)?,
        value: value.and_then(|item| scope.template(&item)),
    })
}

fn json(item: &Item<'_>, scope: &mut Scope) -> Option<Expectation> {
    let section = item.section("a table such as { path = \"$.ok\", value = true }")?;
    let path = section.need("path", "say where, such as path = \"$.ok\"");
    let value = section.get("value");
    section.finish();
    Some(Expectation::Json {
        path: json_path(&path?)?,
        value: value.and_then(|item| json_value(&item, scope)),
    })
}

fn many<'t>(section: &Section<'t>, key: &'static str) -> Vec<Item<'t>> {
    section
        .get(key)
        .map(|item| item.elements())
        .unwrap_or_default()
}
