//! What a response to a step means: fine with what was taken from it, or which kind of trouble.

use ledger::verdict::Class;
use scraper::Selector;

use crate::fault::Fault;
use crate::form::{Form, FormReader, NoForm};
use crate::page::Page;
use crate::script::{Action, Expect, Login, Miss, Part, Script, To};
use crate::template::Values;

/// Judges the responses of one script.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judge<'a> {
    pub(crate) script: &'a Script,
    pub(crate) forms: &'a FormReader,
}

/// What a response that held gives to later steps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    pub(crate) values: Vec<(String, String)>,
    /// The form that the next step submits.
    pub(crate) form: Option<Form>,
}

/// Words of a block page. Looked for only after something else was wrong with it.
const BLOCKED: [&str; 6] = [
    "captcha",
    "unusual traffic",
    "too many requests",
    "access denied",
    "are you a robot",
    "are you human",
];

impl Judge<'_> {
    /// Judges the last response of step `index`.
    pub(crate) fn judge(
        &self,
        index: usize,
        page: &Page<'_>,
        values: &Values,
    ) -> Result<Taken, Fault> {
        let step = &self.script.steps[index];
        if let Some(miss) = first_miss(step, page, values) {
            return Err(Fault::new(self.class(step, page, &miss), miss.detail));
        }
        let mut taken = Taken::default();
        for (name, take) in &step.take {
            let Some(value) = take.find(page) else {
                return Err(Fault::new(
                    Class::Script,
                    format!("nothing to take as {name:?}"),
                ));
            };
            taken.values.push((name.clone(), value));
        }
        taken.form = match self.script.steps.get(index + 1) {
            Some(Action {
                to: To::Form(selector),
                part,
                ..
            }) => match self.find_form(page, selector) {
                Ok(form) => Some(form),
                Err(_) if *part == Part::Logout => None, // a logout never decides
                Err(fault) => return Err(fault),
            },
            _ => None,
        };
        Ok(taken)
    }

    fn find_form(&self, page: &Page<'_>, selector: &Selector) -> Result<Form, Fault> {
        self.forms.find(page.html(), selector).map_err(|none| {
            let detail = match none {
                NoForm::NotFound => "the form to submit is not in the page",
                NoForm::NotAForm => "what the selector finds stands in no form",
            };
            Fault::new(Class::Script, detail)
        })
    }

    /// The class of a response that is not as expected.
    fn class(&self, step: &Action, page: &Page<'_>, miss: &Miss) -> Class {
        let status = page.reply.status.as_u16();
        let after_login = step.login != Login::Ahead;
        if status == 429 || page.reply.headers.contains_key("cf-mitigated") {
            return Class::Throttled;
        }
        if status == 403 && (!after_login || is_block_page(page)) {
            return Class::Throttled;
        }
        if status >= 500 {
            return Class::Status;
        }
        if after_login && (matches!(status, 401 | 403) || self.asks_for_login(page)) {
            return Class::Rejected;
        }
        if status == 200 && is_block_page(page) {
            return Class::Throttled;
        }
        match miss.status || status >= 400 {
            true => Class::Status,
            false => Class::Content,
        }
    }

    /// Whether a page, or what it redirects to, asks for a login.
    fn asks_for_login(&self, page: &Page<'_>) -> bool {
        let back = |path: &str| self.script.login_paths.iter().any(|login| login == path);
        if let Some(to) = page.location() {
            return back(to.path());
        }
        let is_html = page.reply.body.first() == Some(&b'<') || page.text().contains("<form");
        is_html && page.html().select(&self.forms.password).next().is_some()
    }
}

fn first_miss(step: &Action, page: &Page<'_>, values: &Values) -> Option<Miss> {
    let mut expects_status = false;
    for expect in &step.expect {
        if let Err(miss) = expect.check(page, values) {
            return Some(miss);
        }
        expects_status |= matches!(expect, Expect::Status(_));
    }
    let status = page.reply.status.as_u16();
    (!expects_status && status >= 400).then(|| Miss {
        status: true,
        detail: format!("status {status}"),
    })
}

fn is_block_page(page: &Page<'_>) -> bool {
    let text = page.text().to_ascii_lowercase();
    BLOCKED.iter().any(|words| text.contains(words))
}
