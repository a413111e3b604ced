//! `[[journey]]` and its steps: what is sent.

use std::collections::BTreeMap;

use toml::de::DeValue;

use super::cursor::{Item, Section};
use super::template::Scope;
use super::{response, unique};
use crate::name::Name;
use crate::plan::{Body, Journey, Method, Request, Site, Step, Target, Template};

/// A journey, and whether it signs in.
pub(super) struct Read {
    pub(super) journey: Journey,
    pub(super) signs_in: bool,
}

/// Reads all `[[journey]]`, and the names that may be referred to.
pub(super) fn journeys(top: &Section<'_>, site: Option<&Site>) -> (Vec<Read>, Vec<Name>) {
    let mut names = Vec::new();
    let sections = top.sections("journey");
    let journeys = sections
        .into_iter()
        .filter_map(|section| {
            let name = section
                .need("name", "such as name = \"login\"")
                .and_then(|item| unique(&mut names, &item));
            let section = match &name {
                Some(name) => section.named(format!("journey {:?}", name.as_str())),
                None => section,
            };
            let (steps, scope) = steps(&section, site);
            section.finish();
            let journey = Journey { name: name?, steps };
            let signs_in = scope.signs_in;
            Some(Read { journey, signs_in })
        })
        .collect();
    (journeys, names)
}

fn steps(journey: &Section<'_>, site: Option<&Site>) -> (Vec<Step>, Scope) {
    let mut scope = Scope::new();
    let mut names = Vec::new();
    let mut steps: Vec<Step> = Vec::new();
    let sections = journey.sections("step");
    if sections.is_empty() {
        journey.wrong(
            "has no step",
            "add [[journey.step]] with name and get or post",
        );
    }
    let mut expects = sections.is_empty();
    for section in sections {
        let name = section
            .need("name", "results tell steps apart by it")
            .and_then(|item| unique(&mut names, &item));
        let section = match &name {
            Some(name) => {
                let step = format!("{}, step {:?}", journey.place(), name.as_str());
                section.named(step)
            }
            None => section,
        };
        expects |= section.get("expect").is_some();
        if let Some(step) = step(&section, name, (&mut scope, site)) {
            order(&section, &step, &steps);
            steps.push(step);
        }
        section.finish();
    }
    if !expects {
        journey.wrong(
            "expects nothing, so it could never fail",
            "add an expectation to a step, such as expect.status = 200",
        );
    }
    (steps, scope)
}

/// Notes a step that cannot stand where it stands.
fn order(section: &Section<'_>, step: &Step, before: &[Step]) {
    if before.iter().any(|other| other.logout) && !step.logout {
        section.wrong("comes after a logout step", "move the logout to the end");
    }
    if step.session && before.iter().any(|other| other.session) {
        section.wrong("is the second session step", "one step proves the session");
    }
    if step.session && (before.is_empty() || step.expect.is_empty()) {
        section.wrong(
            "proves no session",
            "let earlier steps sign in, and expect something that only a session gets",
        );
    }
    if step.session && step.logout {
        section.wrong("is both session and logout", "make them two steps");
    }
    if step.logout && !(step.expect.is_empty() && step.take.is_empty()) {
        section.wrong(
            "is a logout, whose answer never counts",
            "take away its expect and take, or logout = true",
        );
    }
}

fn step(
    section: &Section<'_>,
    name: Option<Name>,
    (scope, site): (&mut Scope, Option<&Site>),
) -> Option<Step> {
    let flag = |key| {
        section
            .get(key)
            .and_then(|item| item.bool())
            .unwrap_or(false)
    };
    let (logout, session) = (flag("logout"), flag("session"));
    let follow = section
        .get("follow")
        .and_then(|item| item.number(0..=5))
        .and_then(|follow| u8::try_from(follow).ok())
        .unwrap_or(0);
    let request = request(section, scope, site);
    let expect = response::expectations(section, scope);
    let take = response::captures(section, scope);
    Some(Step {
        name: name?,
        request: request?,
        follow,
        expect,
        take,
        logout,
        session,
    })
}

fn request(section: &Section<'_>, scope: &mut Scope, site: Option<&Site>) -> Option<Request> {
    let hint = "give a step one of get, post, put, delete (a path or URL) or submit (the CSS selector of a form)";
    let item = section.one_of(&["get", "post", "put", "delete", "submit"], hint);
    let headers = section
        .get("headers")
        .map(|item| headers(&item, scope))
        .unwrap_or_default();
    let bearer = section
        .get("bearer")
        .and_then(|item| scope.secret_template(&item));
    let body = body(section, scope);
    let item = item?;
    let method = match item.key.as_str() {
        "get" => Method::Get,
        "put" => Method::Put,
        "delete" => Method::Delete,
        _ => Method::Post,
    };
    if matches!(method, Method::Get | Method::Delete) && body != Body::None {
        item.wrong("carries a body", "send it with post or put");
    }
    let target = if item.key == "submit" {
        if matches!(body, Body::Json(_)) {
            item.wrong("submits JSON", "a form is submitted with form = { .. }");
        }
        Target::Form(response::selector(&item)?)
    } else {
        Target::Url(target(&item, scope, site)?)
    };
    Some(Request {
        method,
        target,
        headers,
        bearer,
        body,
    })
}

/// A path of the site, an absolute URL of a listed origin, or a template.
fn target(item: &Item<'_>, scope: &mut Scope, site: Option<&Site>) -> Option<Template> {
    let text = item.text()?;
    if text.contains("://") && !text.starts_with('/') {
        let url = item.url()?;
        let listed = |site: &Site| {
            let mut origins = site.origins.iter().chain([&site.url]);
            origins.any(|origin| origin.origin() == url.origin())
        };
        if site.is_some_and(|site| !listed(site)) {
            let origin = url.origin().ascii_serialization();
            item.wrong(
                "leaves the site",
                format!("list the origin in [site]: origins = [{origin:?}]"),
            );
        }
    } else if !text.starts_with('/') && !text.starts_with("{{") || text.starts_with("//") {
        item.wrong(
            "is neither a path nor a URL",
            "begin a path with one /, such as \"/login\"",
        );
    }
    scope.template(item)
}

fn headers(item: &Item<'_>, scope: &mut Scope) -> BTreeMap<String, Template> {
    let mut headers = BTreeMap::new();
    for (name, value) in item.entries("such as headers = { Accept = \"text/html\" }") {
        match name.to_ascii_lowercase().as_str() {
            "authorization" => value.hidden(
                "is set by bearer",
                "use bearer = \"{{token}}\" with a token that an earlier step takes",
            ),
            "cookie" | "host" | "content-length" | "transfer-encoding" | "connection" => {
                value.hidden("is set by the prober", "take the header away");
            }
            _ if !response::is_header_name(&name) => value.hidden("is not a header name", ""),
            _ => {
                let template = scope.template(&value);
                headers.extend(template.map(|template| (name, template)));
            }
        }
    }
    headers
}

fn body(section: &Section<'_>, scope: &mut Scope) -> Body {
    let form = section.get("form");
    let json = section.get("json");
    if let (Some(form), Some(_)) = (&form, &json) {
        form.hidden("and json exclude each other", "send one of them");
    }
    if let Some(item) = form {
        let fields = item.entries("such as form = { username = \"{{username}}\" }");
        let fields = fields.into_iter().filter_map(|(name, value)| {
            let template = field(&name, &value, scope)?;
            Some((name, template))
        });
        return Body::Form(fields.collect());
    }
    match json.and_then(|item| json_value(&item, scope)) {
        Some(value) => Body::Json(value),
        None => Body::None,
    }
}

/// A form field; empty text is a value here.
fn field(name: &str, value: &Item<'_>, scope: &mut Scope) -> Option<Template> {
    if is_secret_field(name) {
        return scope.secret_template(value);
    }
    match value.value().as_str() {
        Some("") => Some(Template(String::new())),
        _ => scope.template(value),
    }
}

/// Whether a field of that name holds a secret.
fn is_secret_field(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["passw", "pwd", "secret"]
        .iter()
        .any(|part| name.contains(part))
}

/// A TOML value as JSON, with templates in its strings.
pub(super) fn json_value(item: &Item<'_>, scope: &mut Scope) -> Option<serde_json::Value> {
    Some(match item.value() {
        DeValue::String(text) => {
            scope.check(text, item);
            serde_json::Value::from(text.to_string())
        }
        DeValue::Boolean(value) => serde_json::Value::from(*value),
        DeValue::Integer(_) | DeValue::Float(_) => number(item)?,
        DeValue::Array(_) => {
            let elements = item.elements();
            let values = elements.iter().filter_map(|value| json_value(value, scope));
            values.collect::<Vec<_>>().into()
        }
        DeValue::Table(_) => {
            let mut object = serde_json::Map::new();
            for (name, value) in item.entries("") {
                let value = if is_secret_field(&name) && value.value().is_str() {
                    scope.secret_template(&value).map(|text| text.0.into())
                } else {
                    json_value(&value, scope)
                };
                object.extend(value.map(|value| (name, value)));
            }
            object.into()
        }
        DeValue::Datetime(_) => {
            item.mistyped("a JSON value", "put it in quotes");
            return None;
        }
    })
}

fn number(item: &Item<'_>) -> Option<serde_json::Value> {
    let value = match item.value() {
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .map(serde_json::Value::from),
        DeValue::Float(float) => float
            .as_str()
            .parse::<f64>()
            .ok()
            .and_then(serde_json::Number::from_f64)
            .map(serde_json::Value::from),
        _ => None,
    };
    if value.is_none() {
        item.wrong("is no number that JSON can hold", "");
    }
    value
}
