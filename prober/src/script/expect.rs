//! Expectations: what must hold of a response.

use http::HeaderName;
use ledger::plan::Expectation;
use ledger::time::Millis;
use scraper::Selector;
use serde_json_path::JsonPath;

use super::{Unreadable, header, json_path, selector};
use crate::origin::Origin;
use crate::page::Page;
use crate::template::{Json, Text, Values};

/// An expectation, read.
#[derive(Clone, Debug)]
pub(crate) enum Expect {
    Status(Vec<u16>),
    Redirect(Text),
    Path(Text),
    Header(HeaderName, Option<Text>),
    Text(Text),
    Absent(Text),
    Element(Selector, String),
    Json(JsonPath, Option<Json>),
    CertificateDays(u32),
}

/// An expectation that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Miss {
    /// Whether it was about the status.
    pub(crate) status: bool,
    /// What was expected and found, without any value that was filled in.
    pub(crate) detail: String,
}

impl Expect {
    pub(super) fn read(expectation: &Expectation, known: &[String]) -> Result<Self, Unreadable> {
        let text = |template: &ledger::plan::Template| Text::parse(&template.0, known);
        Ok(match expectation {
            Expectation::Status(codes) => Self::Status(codes.clone()),
            Expectation::Redirect(to) => Self::Redirect(text(to)?),
            Expectation::Path(path) => Self::Path(text(path)?),
            Expectation::Header { name, value } => {
                Self::Header(header(name)?, value.as_ref().map(text).transpose()?)
            }
            Expectation::Text(part) => Self::Text(text(part)?),
            Expectation::Absent(part) => Self::Absent(text(part)?),
            Expectation::Element(css) => Self::Element(selector(css)?, css.clone()),
            Expectation::Json { path, value } => {
                let value = value.as_ref().map(|value| Json::parse(value, known));
                Self::Json(json_path(path)?, value.transpose()?)
            }
            Expectation::CertificateDays(days) => Self::CertificateDays(*days),
        })
    }

    /// Whether it holds of `page`.
    pub(crate) fn check(&self, page: &Page<'_>, values: &Values) -> Result<(), Miss> {
        let hold = |holds: bool, detail: &dyn Fn() -> String| match holds {
            true => Ok(()),
            false => Err(Miss {
                status: false,
                detail: detail(),
            }),
        };
        match self {
            Self::Status(codes) => match codes.contains(&page.reply.status.as_u16()) {
                true => Ok(()),
                false => Err(wrong_status(page, codes)),
            },
            Self::Redirect(to) => check_redirect(page, to, values),
            Self::Path(path) => hold(page.reply.url.path() == *path.fill(values), &|| {
                format!("ended at {}, not at {path}", page.reply.url.path())
            }),
            Self::Header(name, value) => {
                let found = page.reply.headers.get(name);
                let holds = found.is_some_and(|found| {
                    value
                        .as_ref()
                        .is_none_or(|value| found.as_bytes() == value.fill(values).as_bytes())
                });
                hold(holds, &|| {
                    format!(
                        "header {name} is {}",
                        if found.is_some() { "another" } else { "absent" }
                    )
                })
            }
            Self::Text(part) => hold(page.text().contains(&**part.fill(values)), &|| {
                format!("text {:?} is absent{}", part.to_string(), titled(page))
            }),
            Self::Absent(part) => hold(!page.text().contains(&**part.fill(values)), &|| {
                format!("text {:?} is there{}", part.to_string(), titled(page))
            }),
            Self::Element(selector, css) => {
                hold(page.html().select(selector).next().is_some(), &|| {
                    format!("no element {css:?}{}", titled(page))
                })
            }
            Self::Json(path, value) => check_json(page, path, value.as_ref(), values),
            Self::CertificateDays(days) => {
                let least = Millis::from_mins(i64::from(*days) * 24 * 60);
                let left = page.expiry.map(|until| until - page.now);
                hold(left.is_some_and(|left| left >= least), &|| match left {
                    None => "no certificate was served".to_owned(),
                    Some(left) => format!(
                        "certificate is valid for {} days, not for {days}",
                        left.0.div_euclid(86_400_000)
                    ),
                })
            }
        }
    }
}

fn wrong_status(page: &Page<'_>, codes: &[u16]) -> Miss {
    let expected: Vec<String> = codes.iter().map(u16::to_string).collect();
    let to = page.location().map_or_else(String::new, |url| {
        format!(" to {}", url.path()) // a query may hold what was sent
    });
    Miss {
        status: true,
        detail: format!(
            "status {}{to}, not {}{}",
            page.reply.status.as_u16(),
            expected.join(" or "),
            titled(page)
        ),
    }
}

fn check_redirect(page: &Page<'_>, to: &Text, values: &Values) -> Result<(), Miss> {
    let Some(found) = page.location() else {
        return Err(Miss {
            status: !page.reply.status.is_success(),
            detail: format!(
                "status {} where a redirect to {to} was expected{}",
                page.reply.status.as_u16(),
                titled(page)
            ),
        });
    };
    let expected = to.fill(values);
    let same_origin = Origin::of(&found).ok() == Origin::of(&page.reply.url).ok();
    let holds = match expected.starts_with('/') {
        true if expected.contains('?') => {
            same_origin && found[url::Position::BeforePath..url::Position::AfterQuery] == **expected
        }
        true => same_origin && found.path() == *expected,
        false => found.as_str() == *expected,
    };
    match holds {
        true => Ok(()),
        false => Err(Miss {
            status: false,
            detail: format!(
                "redirects to {}{}, not to {to}",
                if same_origin { "" } else { "another origin, " },
                found.path()
            ),
        }),
    }
}

fn check_json(
    page: &Page<'_>,
    path: &JsonPath,
    value: Option<&Json>,
    values: &Values,
) -> Result<(), Miss> {
    let miss = |detail: String| {
        Err(Miss {
            status: false,
            detail,
        })
    };
    let Some(json) = page.json() else {
        return miss(format!("the body is not JSON{}", titled(page)));
    };
    let found = path.query(json);
    let holds = match value {
        None => !found.is_empty(),
        Some(value) => {
            let expected = value.fill(values);
            found.iter().any(|found| **found == expected)
        }
    };
    match holds {
        true => Ok(()),
        false if found.is_empty() => miss(format!("{path} finds nothing")),
        false => miss(format!("{path} finds another value")),
    }
}

/// The title as it was sent: it is scrubbed and escaped when it is recorded, once.
fn titled(page: &Page<'_>) -> String {
    page.title()
        .map_or_else(String::new, |title| format!(" (page titled \"{title}\")"))
}
