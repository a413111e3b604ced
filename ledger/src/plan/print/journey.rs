//! Journeys written out.

use super::toml_text::{Text, inline, list, quoted};
use crate::plan::{Body, Capture, Expectation, Journey, Method, Step, Target, Template};

pub(super) fn journey(text: &mut Text, journey: &Journey) {
    text.table("[[journey]]");
    text.key("name", quoted(journey.name.as_str()));
    for step in &journey.steps {
        self::step(text, step);
    }
}

fn step(text: &mut Text, step: &Step) {
    let request = &step.request;
    text.table("[[journey.step]]");
    text.key("name", quoted(step.name.as_str()));
    match (&request.target, request.method) {
        (Target::Form(selector), _) => text.key("submit", quoted(selector)),
        (Target::Url(url), Method::Get) => text.key("get", template(url)),
        (Target::Url(url), Method::Post) => text.key("post", template(url)),
        (Target::Url(url), Method::Put) => text.key("put", template(url)),
        (Target::Url(url), Method::Delete) => text.key("delete", template(url)),
    }
    text.key("follow", step.follow);
    if !request.headers.is_empty() {
        let headers = request.headers.iter();
        text.key(
            "headers",
            inline(headers.map(|(name, value)| (name, template(value)))),
        );
    }
    text.maybe("bearer", request.bearer.as_ref().map(template));
    match &request.body {
        Body::None => {}
        Body::Form(fields) => {
            let fields = fields.iter().map(|(name, value)| (name, template(value)));
            text.key("form", inline(fields));
        }
        Body::Json(value) => text.key("json", json(value)),
    }
    if !step.expect.is_empty() {
        text.key("expect", expectations(&step.expect));
    }
    if !step.take.is_empty() {
        let take = step.take.iter();
        text.key(
            "take",
            inline(take.map(|(name, from)| (name, capture(from)))),
        );
    }
    text.key("logout", step.logout);
    text.key("session", step.session);
}

fn capture(capture: &Capture) -> String {
    match capture {
        Capture::Css {
            selector,
            attribute,
        } => {
            let attribute = attribute.as_deref().map(|name| ("attribute", quoted(name)));
            inline([("css", quoted(selector))].into_iter().chain(attribute))
        }
        Capture::Header(name) => inline([("header", quoted(name))]),
        Capture::Cookie(name) => inline([("cookie", quoted(name))]),
        Capture::Json(path) => inline([("json", quoted(path))]),
        Capture::Regex(pattern) => inline([("regex", quoted(pattern))]),
    }
}

/// Expectations of one kind make one list; a list of one is written as it is.
fn expectations(expectations: &[Expectation]) -> String {
    let mut keys: Vec<(&str, Vec<String>)> = Vec::new();
    for expectation in expectations {
        let (key, value) = expected(expectation);
        match keys.iter_mut().find(|(other, _)| *other == key) {
            Some((_, values)) => values.push(value),
            None => keys.push((key, vec![value])),
        }
    }
    inline(
        keys.into_iter()
            .map(|(key, mut values)| match values.len() {
                1 => (key, values.remove(0)),
                _ => (key, list(values)),
            }),
    )
}

fn expected(expectation: &Expectation) -> (&'static str, String) {
    match expectation {
        Expectation::Status(codes) => ("status", list(codes)),
        Expectation::Redirect(to) => ("redirect", template(to)),
        Expectation::Path(path) => ("path", template(path)),
        Expectation::Text(text) => ("text", template(text)),
        Expectation::Absent(text) => ("absent", template(text)),
        Expectation::Element(selector) => ("element", quoted(selector)),
        Expectation::Header { name, value } => {
            let value = value.as_ref().map(|value| ("value", template(value)));
            (
                "header",
                inline([("name", quoted(name))].into_iter().chain(value)),
            )
        }
        Expectation::Json { path, value } => {
            let value = value.as_ref().map(|value| ("value", json(value)));
            (
                "json",
                inline([("path", quoted(path))].into_iter().chain(value)),
            )
        }
        Expectation::CertificateDays(days) => ("certificate_days", days.to_string()),
    }
}

fn template(template: &Template) -> String {
    quoted(&template.0)
}

fn json(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => quoted(text),
        serde_json::Value::Array(values) => list(values.iter().map(json)),
        serde_json::Value::Object(object) => {
            inline(object.iter().map(|(key, value)| (key, json(value))))
        }
        // Null cannot be said in TOML and so is in no plan.
        plain => plain.to_string(),
    }
}
