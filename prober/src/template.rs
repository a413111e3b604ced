//! Text with `{{name}}` in it, read once and filled in with the escaping of its place.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::origin::Origin;

/// A template, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    source: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Variable(String),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{{` without `}}`.
    #[error("{{{{ is not closed by }}}}")]
    Open,
    /// The name is neither `username`, `password` nor taken by an earlier step.
    #[error("{{{{{0}}}}} is neither username, password nor taken by an earlier step")]
    Unknown(String),
    /// A password would stand in a URL, where logs and histories keep it.
    #[error("{{{{{0}}}}} may not stand in a URL")]
    SecretInUrl(String),
}

/// The values that templates are filled with.
#[derive(Clone, Default)]
pub(crate) struct Values {
    values: BTreeMap<String, Filling>,
}

#[derive(Clone)]
struct Filling {
    text: Zeroizing<String>,
    /// Where it was taken from; the plan's own values come from nowhere.
    from: Option<Origin>,
}

const HEX: [char; 16] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
];

/// Names of the plan's own values.
pub(crate) const USERNAME: &str = "username";
/// See [`USERNAME`].
pub(crate) const PASSWORD: &str = "password";

impl Text {
    /// Reads a template whose names are all in `known`.
    pub(crate) fn parse(text: &str, known: &[String]) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, behind) = after.split_once("}}").ok_or(TemplateError::Open)?;
            let name = name.trim().to_owned();
            if name != USERNAME && name != PASSWORD && !known.contains(&name) {
                return Err(TemplateError::Unknown(name.chars().take(80).collect()));
            }
            if !before.is_empty() {
                pieces.push(Piece::Literal(before.to_owned()));
            }
            pieces.push(Piece::Variable(name));
            rest = behind;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Ok(Self {
            source: text.to_owned(),
            pieces,
        })
    }

    /// As [`Self::parse`], for a URL: refuses the password.
    pub(crate) fn parse_url(text: &str, known: &[String]) -> Result<Self, TemplateError> {
        let read = Self::parse(text, known)?;
        match read.names(PASSWORD) {
            true => Err(TemplateError::SecretInUrl(PASSWORD.to_owned())),
            false => Ok(read),
        }
    }

    /// Whether it names `name`.
    pub(crate) fn names(&self, name: &str) -> bool {
        self.variables().any(|variable| variable == name)
    }

    /// The names in it.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Variable(name) => Some(name.as_str()),
        })
    }

    /// The text before the first name.
    pub(crate) fn prefix(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Literal(text)) => text,
            Some(Piece::Variable(_)) | None => "",
        }
    }

    /// Filled in as it stands. A name without a value becomes nothing; reading the journey has ruled that out.
    pub(crate) fn fill(&self, values: &Values) -> Zeroizing<String> {
        self.fill_with(values, |text, filled| filled.push_str(text))
    }

    /// Filled in for a URL: the values are percent-encoded.
    pub(crate) fn fill_url(&self, values: &Values) -> Zeroizing<String> {
        self.fill_with(values, percent_encode)
    }

    fn fill_with(&self, values: &Values, put: impl Fn(&str, &mut String)) -> Zeroizing<String> {
        let mut filled = Zeroizing::new(String::new());
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => filled.push_str(text),
                Piece::Variable(name) => put(values.of(name), &mut filled),
            }
        }
        filled
    }
}

/// A JSON body whose strings are templates.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Text(Text),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
    Other(Value),
}

impl Json {
    /// Reads all templates in `value`.
    pub(crate) fn parse(value: &Value, known: &[String]) -> Result<Self, TemplateError> {
        Ok(match value {
            Value::String(text) => Self::Text(Text::parse(text, known)?),
            Value::Array(items) => Self::Array(
                items
                    .iter()
                    .map(|item| Self::parse(item, known))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Object(members) => Self::Object(
                members
                    .iter()
                    .map(|(name, item)| Ok((name.clone(), Self::parse(item, known)?)))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Null | Value::Bool(_) | Value::Number(_) => Self::Other(value.clone()),
        })
    }

    /// Filled in; serialising the result does the escaping.
    pub(crate) fn fill(&self, values: &Values) -> Value {
        match self {
            Self::Text(text) => Value::String(text.fill(values).to_string()),
            Self::Array(items) => items.iter().map(|item| item.fill(values)).collect(),
            Self::Object(members) => members
                .iter()
                .map(|(name, item)| (name.clone(), item.fill(values)))
                .collect(),
            Self::Other(value) => value.clone(),
        }
    }

    /// All templates in it.
    pub(crate) fn texts(&self) -> Vec<&Text> {
        match self {
            Self::Text(text) => vec![text],
            Self::Array(items) => items.iter().flat_map(Self::texts).collect(),
            Self::Object(members) => members.iter().flat_map(|(_, item)| item.texts()).collect(),
            Self::Other(_) => Vec::new(),
        }
    }
}

impl Values {
    /// Sets a value of the plan's own.
    pub(crate) fn give(&mut self, name: &str, text: &str) {
        self.put(name, text, None);
    }

    /// Sets a value taken from a page of `origin`.
    pub(crate) fn take(&mut self, name: &str, text: &str, origin: &Origin) {
        self.put(name, text, Some(origin.clone()));
    }

    /// Where a value was taken from; `None` for the plan's own.
    pub(crate) fn origin_of(&self, name: &str) -> Option<&Origin> {
        self.values.get(name)?.from.as_ref()
    }

    /// `text` without the values: the record knows accounts by their label, and pages can echo what was sent.
    pub(crate) fn scrub(&self, text: &str) -> String {
        let mut scrubbed = text.to_owned();
        let secrets = (self.values.iter()).filter(|(_, value)| value.text.len() >= 4);
        for (name, value) in secrets {
            for form in disguises(&value.text) {
                if scrubbed.contains(form.as_str()) {
                    scrubbed = scrubbed.replace(form.as_str(), &format!("[{name}]"));
                }
            }
        }
        scrubbed
    }

    fn put(&mut self, name: &str, text: &str, from: Option<Origin>) {
        let filling = Filling {
            text: Zeroizing::new(text.to_owned()),
            from,
        };
        self.values.insert(name.to_owned(), filling);
    }

    fn of(&self, name: &str) -> &str {
        self.values.get(name).map_or("", |value| &value.text)
    }
}

/// A value as a page or URL may echo it: as it is, and escaped for HTML, JSON, URLs and forms.
fn disguises(value: &str) -> Vec<Zeroizing<String>> {
    let html = value.replace('&', "&amp;").replace('<', "&lt;");
    let html = html.replace('>', "&gt;").replace('"', "&quot;");
    let json = Value::from(value).to_string();
    let mut url = String::new();
    percent_encode(value, &mut url);
    let form = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    [
        value.to_owned(),
        html.replace('\'', "&#x27;"),
        html.replace('\'', "&#39;"),
        json[1..json.len() - 1].to_owned(),
        url,
        form,
    ]
    .map(Zeroizing::new)
    .to_vec()
}

/// Everything but unreserved characters (RFC 3986 §2.3) becomes `%XX`.
fn percent_encode(text: &str, encoded: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => {
                let [high, low] = [byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]);
                encoded.extend(['%', high, low]);
            }
        }
    }
}

impl fmt::Display for Text {
    /// As it was written, with nothing filled in.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.source)
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values(password: &str) -> Values {
        let mut values = Values::default();
        values.give(USERNAME, "ann/../b&c=d\"é");
        values.give(PASSWORD, password);
        values
    }

    #[test]
    fn each_place_has_its_own_escaping() {
        let text = Text::parse("<{{username}}>", &[]).expect("valid");
        assert_eq!(*text.fill(&values("")), "<ann/../b&c=d\"é>");
        assert_eq!(
            *text.fill_url(&values("")),
            "<ann%2F..%2Fb%26c%3Dd%22%C3%A9>"
        );
        let json =
            serde_json::json!({"user": "{{ username }}", "n": 1, "list": [true, "{{password}}"]});
        let json = Json::parse(&json, &[]).expect("valid");
        assert_eq!(
            json.fill(&values("p\"\\\n")).to_string(),
            r#"{"list":[true,"p\"\\\n"],"n":1,"user":"ann/../b&c=d\"é"}"#
        );
    }

    #[test]
    fn mistakes_are_found_when_read() {
        for (text, expected) in [
            ("{{token}}", TemplateError::Unknown("token".into())),
            ("a {{username", TemplateError::Open),
            ("{{}}", TemplateError::Unknown(String::new())),
        ] {
            assert_eq!(Text::parse(text, &[]), Err(expected), "{text}");
        }
        assert!(Text::parse("{{token}}", &["token".to_owned()]).is_ok());
        assert_eq!(
            Text::parse_url("/?p={{password}}", &[]),
            Err(TemplateError::SecretInUrl("password".into()))
        );
    }

    #[test]
    fn echoes_in_disguise_are_scrubbed() {
        let values = values("p<a&b\"c' d\u{e9}");
        for echo in [
            "p<a&b\"c' d\u{e9}",
            "p&lt;a&amp;b&quot;c&#x27; d\u{e9}",
            "p&lt;a&amp;b&quot;c&#39; d\u{e9}",
            "p<a&b\\\"c' d\u{e9}",
            "p%3Ca%26b%22c%27%20d%C3%A9",
            "p%3Ca%26b%22c%27+d%C3%A9",
        ] {
            assert_eq!(values.scrub(&format!("<{echo}>")), "<[password]>", "{echo}");
        }
    }

    proptest! {
        #[test]
        fn what_is_scrubbed_holds_no_password(password in "[ -~]{4,20}", around in "[a-z ]{0,10}") {
            prop_assume!(!"[password]".contains(&password) && !around.contains(&password));
            let said = values(&password).scrub(&format!("{around}{password}{around}"));
            prop_assert_eq!(said, format!("{around}[password]{around}"));
        }
    }
}
