//! Journeys made ready to run: selectors, patterns and templates are read once, and mistakes found before the first tick.

mod expect;
mod take;

use std::ops::Range;

use http::{HeaderName, Method};
use ledger::name::Name;
use ledger::plan::{self, Journey, Plan, Step};
use scraper::Selector;
use url::Url;

pub(crate) use expect::{Expect, Miss};
pub(crate) use take::Take;

use crate::origin::{Origin, OriginError};
use crate::template::{Json, PASSWORD, TemplateError, Text};

/// A journey, read.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) steps: Vec<Action>,
    /// Paths at which the journey asks for a login: being led back there means that one is asked for again.
    pub(crate) login_paths: Vec<String>,
    /// Origins that the password may go to: the site's, and those that a step names.
    pub(crate) password_origins: Vec<Origin>,
}

/// A step, read.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) name: Name,
    pub(crate) method: Method,
    pub(crate) to: To,
    pub(crate) headers: Vec<(HeaderName, Text)>,
    pub(crate) bearer: Option<Text>,
    pub(crate) payload: Payload,
    pub(crate) follow: u8,
    pub(crate) expect: Vec<Expect>,
    pub(crate) take: Vec<(String, Take)>,
    pub(crate) part: Part,
    pub(crate) login: Login,
}

/// What part a step has in its journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// It counts.
    Counted,
    /// It counts, and proves that a kept session still lives.
    Session,
    /// It signs out, and never counts.
    Logout,
}

/// Where a step stands to the login: the first step with which the password goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    /// The password has not gone out yet.
    Ahead,
    /// It goes out with this step.
    Now,
    /// It went out with an earlier step.
    Behind,
}

/// Where a step goes.
#[derive(Clone, Debug)]
pub(crate) enum To {
    Url(Text),
    Form(Selector),
}

/// What a step carries.
#[derive(Clone, Debug)]
pub(crate) enum Payload {
    None,
    Form(Vec<(String, Text)>),
    Json(Json),
}

/// A journey that cannot be run.
#[derive(Debug, thiserror::Error)]
#[error("journey {journey}, step {step}: {reason}")]
pub struct ScriptError {
    /// The journey.
    pub journey: Name,
    /// The step.
    pub step: Name,
    /// Why.
    #[source]
    pub reason: Unreadable,
}

/// What in a step cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// A CSS selector.
    #[error("{0:?} is not a CSS selector")]
    Selector(String),
    /// A JSONPath.
    #[error("{path:?} is not a JSONPath: {error}")]
    JsonPath {
        /// What was written.
        path: String,
        /// What is wrong with it.
        error: serde_json_path::ParseError,
    },
    /// A regular expression.
    #[error("not a regular expression: {0}")]
    Regex(#[from] regex::Error),
    /// A header name.
    #[error("{0:?} is not a header name")]
    Header(String),
    /// A template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// An origin.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// A URL.
    #[error("{0:?} is not a path or URL")]
    Url(String),
    /// An origin that the plan does not list.
    #[error("{0} is neither the site nor in site.origins")]
    Unlisted(Origin),
}

impl Script {
    /// Reads `journey` of `plan`.
    pub(crate) fn read(plan: &Plan, journey: &Journey) -> Result<Self, ScriptError> {
        let mut known: Vec<String> = Vec::new();
        let mut steps: Vec<Action> = Vec::new();
        let mut password_origins = Vec::new();
        let mut read = || -> Result<(), (Name, Unreadable)> {
            let site = (journey.steps.first())
                .map(|step| {
                    Origin::of(&plan.site.url).map_err(|error| (step.name.clone(), error.into()))
                })
                .transpose()?;
            password_origins.extend(site);
            for step in &journey.steps {
                let named = |reason| (step.name.clone(), reason);
                let mut action = Action::read(step, &known).map_err(named)?;
                if action.login == Login::Ahead
                    && steps
                        .iter()
                        .any(|earlier: &Action| earlier.login == Login::Now)
                {
                    action.login = Login::Behind;
                }
                if let To::Url(text) = &action.to
                    && let Some(origin) = named_origin(plan, text).map_err(named)?
                {
                    password_origins.push(origin);
                }
                known.extend(step.take.keys().cloned());
                steps.push(action);
            }
            Ok(())
        };
        read().map_err(|(step, reason)| ScriptError {
            journey: journey.name.clone(),
            step,
            reason,
        })?;
        let login_paths = login_paths(&steps);
        Ok(Self {
            steps,
            login_paths,
            password_origins,
        })
    }

    /// All steps.
    pub(crate) fn all(&self) -> Range<usize> {
        0..self.steps.len()
    }

    /// The step by which the password goes out; all steps come before it if none does.
    pub(crate) fn login(&self) -> usize {
        let login = self.steps.iter().position(|step| step.login == Login::Now);
        login.unwrap_or(self.steps.len())
    }

    /// Where a kept session goes on: the first step that proves it, else the one after the login.
    pub(crate) fn session_start(&self) -> usize {
        let marked = self
            .steps
            .iter()
            .position(|step| step.part == Part::Session);
        let after_login = || {
            self.steps
                .iter()
                .position(|step| step.login == Login::Behind && step.part != Part::Logout)
        };
        marked.or_else(after_login).unwrap_or(0)
    }
}

impl Action {
    fn read(step: &Step, known: &[String]) -> Result<Self, Unreadable> {
        let request = &step.request;
        let payload = match &request.body {
            plan::Body::None => Payload::None,
            plan::Body::Form(fields) => Payload::Form(
                fields
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), Text::parse(&value.0, known)?)))
                    .collect::<Result<_, Unreadable>>()?,
            ),
            plan::Body::Json(value) => Payload::Json(Json::parse(value, known)?),
        };
        let headers = request
            .headers
            .iter()
            .map(|(name, value)| Ok((header(name)?, Text::parse(&value.0, known)?)))
            .collect::<Result<Vec<_>, Unreadable>>()?;
        let bearer = request.bearer.as_ref();
        let bearer = bearer.map(|text| Text::parse(&text.0, known)).transpose()?;
        let mut action = Self {
            name: step.name.clone(),
            method: method(request.method),
            to: match &request.target {
                plan::Target::Url(text) => To::Url(Text::parse_url(&text.0, known)?),
                plan::Target::Form(css) => To::Form(selector(css)?),
            },
            headers,
            bearer,
            payload,
            follow: step.follow.min(5),
            expect: (step.expect.iter())
                .map(|expectation| Expect::read(expectation, known))
                .collect::<Result<_, _>>()?,
            take: (step.take.iter())
                .map(|(name, capture)| Ok((name.clone(), Take::read(capture)?)))
                .collect::<Result<_, Unreadable>>()?,
            part: match (step.logout, step.session) {
                (true, _) => Part::Logout,
                (false, true) => Part::Session,
                (false, false) => Part::Counted,
            },
            login: Login::Ahead,
        };
        if action.sent_texts().any(|text| text.names(PASSWORD)) {
            action.login = Login::Now;
        }
        Ok(action)
    }

    /// All templates that leave with the request, but for the URL.
    pub(crate) fn sent_texts(&self) -> impl Iterator<Item = &Text> {
        let payload: Vec<&Text> = match &self.payload {
            Payload::None => Vec::new(),
            Payload::Form(fields) => fields.iter().map(|(_, text)| text).collect(),
            Payload::Json(json) => json.texts(),
        };
        let headers = self.headers.iter().map(|(_, text)| text);
        payload.into_iter().chain(headers).chain(&self.bearer)
    }
}

/// The origin that a URL names, which must be one of the plan's; `None` for a path.
fn named_origin(plan: &Plan, text: &Text) -> Result<Option<Origin>, Unreadable> {
    let prefix = text.prefix();
    if prefix.starts_with('/') && !prefix.starts_with("//") {
        return Ok(None);
    }
    let bad = || Unreadable::Url(prefix.to_owned());
    let origin = Origin::of(&Url::parse(prefix).map_err(|_| bad())?)?;
    for listed in std::iter::once(&plan.site.url).chain(&plan.site.origins) {
        if Origin::of(listed)? == origin {
            return Ok(Some(origin));
        }
    }
    Err(Unreadable::Unlisted(origin))
}

/// The paths up to the login, without those at which the journey expects to land.
fn login_paths(steps: &[Action]) -> Vec<String> {
    let path = |step: &Action| match &step.to {
        To::Url(text) => text
            .prefix()
            .split(['?', '#'])
            .next()
            .map(str::to_owned)
            .filter(|path| path.starts_with('/')),
        To::Form(_) => None,
    };
    let landings: Vec<String> = steps
        .iter()
        .filter(|step| step.login == Login::Behind && step.part != Part::Logout)
        .filter_map(path)
        .collect();
    let before = steps.iter().filter(|step| step.login != Login::Behind);
    before
        .filter_map(path)
        .filter(|path| !landings.contains(path))
        .collect()
}

fn method(method: plan::Method) -> Method {
    match method {
        plan::Method::Get => Method::GET,
        plan::Method::Post => Method::POST,
        plan::Method::Put => Method::PUT,
        plan::Method::Delete => Method::DELETE,
    }
}

fn header(name: &str) -> Result<HeaderName, Unreadable> {
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| Unreadable::Header(name.to_owned()))
}

fn selector(css: &str) -> Result<Selector, Unreadable> {
    Selector::parse(css).map_err(|_| Unreadable::Selector(css.to_owned()))
}

fn json_path(path: &str) -> Result<serde_json_path::JsonPath, Unreadable> {
    serde_json_path::JsonPath::parse(path).map_err(|error| Unreadable::JsonPath {
        path: path.to_owned(),
        error,
    })
}
