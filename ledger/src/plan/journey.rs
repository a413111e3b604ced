//! Journeys: ordered steps, each one exchange and what is expected of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::name::Name;

/// Ordered steps that one persona takes over one connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journey {
    /// Its name.
    pub name: Name,
    /// At least one, and at least one expectation among them.
    pub steps: Vec<Step>,
}

/// One exchange, redirects it follows included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name, unique in the journey.
    pub name: Name,
    /// What is sent.
    pub request: Request,
    /// How many redirects are followed, 0 to 5; 0 leaves them to the expectations.
    pub follow: u8,
    /// What must hold of the last response; all of it.
    pub expect: Vec<Expectation>,
    /// What is taken out of the last response for later steps, by name.
    pub take: BTreeMap<String, Capture>,
    /// A closing sign-out: sent whatever happened before, never counted, never timed.
    pub logout: bool,
    /// In a session probe: proves that the session still lives; the steps before it sign in.
    pub session: bool,
}

/// What a step sends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Where to.
    pub target: Target,
    /// Further headers.
    pub headers: BTreeMap<String, Template>,
    /// `Authorization: Bearer`, sent only to the origin it was taken from or the site's.
    pub bearer: Option<Template>,
    /// The body.
    pub body: Body,
}

/// Request methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// DELETE
    Delete,
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A path of the site, or an absolute URL of a listed origin.
    Url(Template),
    /// The `action` of the form that this CSS selector finds in the page before.
    Form(String),
}

/// What a request carries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// Form fields, urlencoded, in order. With [`Target::Form`] the page's own fields go first and are overridden.
    Form(Vec<(String, Template)>),
    /// JSON whose strings are templates.
    Json(serde_json::Value),
}

/// Text with `{{name}}` in it: `username`, `password` or something taken by an earlier step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Template(pub String);

/// How a value is taken out of a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Capture {
    /// The first element that the CSS selector finds: an attribute, or its text.
    Css {
        /// The selector.
        selector: String,
        /// The attribute; its text if none.
        attribute: Option<String>,
    },
    /// A response header.
    Header(String),
    /// A cookie that the response set.
    Cookie(String),
    /// The first value that an RFC 9535 JSONPath finds.
    Json(String),
    /// The first group (or all) of a regular expression over the body.
    Regex(String),
}

/// What must hold of a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expectation {
    /// The status is one of these.
    Status(Vec<u16>),
    /// It redirects, and the target (path, or whole URL) is this.
    Redirect(Template),
    /// The final URL's path, after redirects, is this.
    Path(Template),
    /// A header is there, and has this value if one is given.
    Header {
        /// Its name.
        name: String,
        /// Its exact value.
        value: Option<Template>,
    },
    /// The body contains this text.
    Text(Template),
    /// The body does not contain this text.
    Absent(Template),
    /// The CSS selector finds an element.
    Element(String),
    /// The JSONPath finds this value; any value if none is given.
    Json {
        /// An RFC 9535 JSONPath.
        path: String,
        /// The value, with templates in its strings.
        value: Option<serde_json::Value>,
    },
    /// The served certificate chain is valid for at least this many days.
    CertificateDays(u32),
}
