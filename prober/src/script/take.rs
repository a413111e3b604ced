//! Captures: what is taken out of a response for later steps.

use http::HeaderName;
use ledger::plan::Capture;
use regex::Regex;
use scraper::Selector;
use serde_json::Value;
use serde_json_path::JsonPath;

use super::{Unreadable, header, json_path, selector};
use crate::cookies;
use crate::page::Page;

/// A capture, read.
#[derive(Clone, Debug)]
pub(crate) enum Take {
    Css(Selector, Option<String>),
    Header(HeaderName),
    Cookie(String),
    Json(JsonPath),
    Regex(Regex),
}

/// Longest captured value, in bytes.
const MAX: usize = 8 * 1024;

impl Take {
    pub(super) fn read(capture: &Capture) -> Result<Self, Unreadable> {
        Ok(match capture {
            Capture::Css {
                selector: css,
                attribute,
            } => Self::Css(selector(css)?, attribute.clone()),
            Capture::Header(name) => Self::Header(header(name)?),
            Capture::Cookie(name) => Self::Cookie(name.clone()),
            Capture::Json(path) => Self::Json(json_path(path)?),
            Capture::Regex(pattern) => Self::Regex(Regex::new(pattern)?),
        })
    }

    /// The value in `page`; `None` if it is not there, or too long to be one.
    pub(crate) fn find(&self, page: &Page<'_>) -> Option<String> {
        let found = match self {
            Self::Css(selector, attribute) => {
                let element = page.html().select(selector).next()?;
                match attribute {
                    Some(name) => element.value().attr(name)?.to_owned(),
                    None => element.text().collect::<String>().trim().to_owned(),
                }
            }
            Self::Header(name) => {
                let value = page.reply.headers.get(name)?;
                std::str::from_utf8(value.as_bytes()).ok()?.to_owned()
            }
            Self::Cookie(name) => cookies::set_by(&page.reply.headers, name)?,
            Self::Json(path) => match path.query(page.json()?).first()? {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            },
            Self::Regex(pattern) => {
                let text = page.text();
                let found = pattern.captures(&text)?;
                found.get(1).or_else(|| found.get(0))?.as_str().to_owned()
            }
        };
        (found.len() <= MAX).then_some(found)
    }
}
