//! HTML forms: what a browser would send when one is submitted.

use scraper::{ElementRef, Html, Selector};

/// A form as it stood in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Where it goes, relative to the page; `None` means the page itself.
    pub(crate) action: Option<String>,
    /// Its fields with their values, in the order of the page; hidden ones included.
    pub(crate) fields: Vec<(String, String)>,
}

/// Why there is no form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoForm {
    /// The selector finds nothing.
    NotFound,
    /// It finds something that is no form.
    NotAForm,
}

/// Finds forms; made once.
#[derive(Clone, Debug)]
pub(crate) struct FormReader {
    controls: Selector,
    options: Selector,
    pub(crate) password: Selector,
}

impl FormReader {
    pub(crate) fn new() -> Self {
        let known = |css| Selector::parse(css).expect("constant selectors are valid");
        Self {
            controls: known("input, select, textarea"),
            options: known("option"),
            password: known("input[type=password]"),
        }
    }

    /// The form that `selector` finds, or the one around what it finds.
    pub(crate) fn find(&self, page: &Html, selector: &Selector) -> Result<Form, NoForm> {
        let found = page.select(selector).next().ok_or(NoForm::NotFound)?;
        let form = std::iter::once(found)
            .chain(found.ancestors().filter_map(ElementRef::wrap))
            .find(|element| element.value().name() == "form")
            .ok_or(NoForm::NotAForm)?;
        let fields = form
            .select(&self.controls)
            .filter_map(|control| self.field(control))
            .collect();
        let action = form.value().attr("action").map(str::trim);
        Ok(Form {
            action: action.filter(|text| !text.is_empty()).map(str::to_owned),
            fields,
        })
    }

    /// The name and value that a control adds (HTML, "constructing the entry list").
    fn field(&self, control: ElementRef<'_>) -> Option<(String, String)> {
        let element = control.value();
        let name = element.attr("name").filter(|name| !name.is_empty())?;
        if element.attr("disabled").is_some() {
            return None;
        }
        let value = match element.name() {
            "textarea" => control.text().collect(),
            "select" => self.selected(control)?,
            _ => match element.attr("type").map(str::to_ascii_lowercase).as_deref() {
                Some("submit" | "button" | "image" | "reset" | "file") => return None,
                Some("checkbox" | "radio") => {
                    element.attr("checked")?;
                    element.attr("value").unwrap_or("on").to_owned()
                }
                _ => element.attr("value").unwrap_or("").to_owned(),
            },
        };
        Some((name.to_owned(), value))
    }

    fn selected(&self, select: ElementRef<'_>) -> Option<String> {
        let chosen = select
            .select(&self.options)
            .find(|option| option.value().attr("selected").is_some())
            .or_else(|| select.select(&self.options).next())?;
        let value = chosen.value().attr("value").map(str::to_owned);
        Some(value.unwrap_or_else(|| chosen.text().collect()))
    }
}

/// The page's fields with those of the journey put over them, in place where the page has them.
pub(crate) fn overlay<S: AsRef<str>>(
    page: Vec<(String, String)>,
    own: Vec<(&str, S)>,
) -> Vec<(String, String)> {
    let mut fields = page;
    for (name, value) in own {
        let value = value.as_ref().to_owned();
        match fields.iter_mut().find(|(there, _)| there == name) {
            Some((_, there)) => *there = value,
            None => fields.push((name.to_owned(), value)),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<!doctype html><title>Sign in</title>
        <form id=search action="/s"><input name=q></form>
        <form id=login method=post action=" /login?next=%2F&amp;x=1 ">
          <input type=hidden name=csrf value="a&amp;b&quot;">
          <input name=user><input type=PASSWORD name=pass value=stale>
          <input type=checkbox name=remember checked><input type=checkbox name=spam value=1>
          <select name=lang><option value=de>Deutsch<option selected>English</select>
          <textarea name=note>hi</textarea>
          <input name=off disabled value=1><input type=submit name=go value=Go>
        </form>"#;

    fn form(css: &str) -> Result<Form, NoForm> {
        let page = Html::parse_document(PAGE);
        FormReader::new().find(&page, &Selector::parse(css).expect("valid"))
    }

    #[test]
    fn a_form_sends_what_a_browser_would() {
        let login = form("#login").expect("there");
        assert_eq!(login.action.as_deref(), Some("/login?next=%2F&x=1"));
        let fields: Vec<(&str, &str)> = login
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            fields,
            [
                ("csrf", "a&b\""),
                ("user", ""),
                ("pass", "stale"),
                ("remember", "on"),
                ("lang", "English"),
                ("note", "hi"),
            ]
        );
        assert_eq!(
            form("input[name=pass]"),
            Ok(login),
            "a field finds its form"
        );
        assert_eq!(form("#nothing"), Err(NoForm::NotFound));
        assert_eq!(form("title"), Err(NoForm::NotAForm));
    }

    #[test]
    fn own_fields_go_over_those_of_the_page() {
        let page = vec![
            ("a".to_owned(), "1".to_owned()),
            ("b".to_owned(), "2".to_owned()),
        ];
        let merged = overlay(page, vec![("b", "x"), ("c", "y")]);
        let merged: Vec<String> = merged.iter().map(|(n, v)| format!("{n}={v}")).collect();
        assert_eq!(merged, ["a=1", "b=x", "c=y"]);
    }
}
