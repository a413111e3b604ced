//! Selectors, JSONPath and regular expressions of a plan, checked by the libraries that will run them.

use ledger::plan::Languages;
use regex::Regex;
use scraper::Selector;
use serde_json_path::JsonPath;

/// Checks for [`Plan::parse_with`](ledger::plan::Plan::parse_with): what passes here runs here.
pub const LANGUAGES: Languages = Languages {
    css: |text| match Selector::parse(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!(
            "not a CSS selector: {}",
            last_line(&error.to_string())
        )),
    },
    json_path: |text| match JsonPath::parse(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("not an RFC 9535 JSONPath: {error}")),
    },
    regex: |text| match Regex::new(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!(
            "not a regular expression: {}",
            last_line(&error.to_string())
        )),
    },
};

/// What is wrong, without the drawing or the apology that the library puts above it. Names of variants become words.
fn last_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default();
    let line = line.strip_prefix("error: ").unwrap_or(line);
    if line.contains(' ') {
        return line.to_owned();
    }
    let spaced = line.chars().flat_map(|c| {
        let space = c.is_uppercase().then_some(' ');
        space.into_iter().chain(c.to_lowercase())
    });
    spaced.collect::<String>().trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_in_other_languages_are_told_on_one_line() {
        let told = |check: fn(&str) -> Result<(), String>, text| check(text).expect_err(text);
        let all = [
            told(LANGUAGES.css, "form[[name=x]"),
            told(LANGUAGES.css, "form >"),
            told(LANGUAGES.css, "#"),
            told(LANGUAGES.css, "input:nope(2)"),
            told(LANGUAGES.json_path, "$.a["),
            told(LANGUAGES.json_path, "a.b"),
            told(LANGUAGES.regex, "token: (.*"),
            told(LANGUAGES.regex, "a{99999999}"),
        ];
        insta::assert_snapshot!(all.join("\n"), @"
        not a CSS selector: no qualified name in attribute selector
        not a CSS selector: dangling combinator
        not a CSS selector: empty selector
        not a CSS selector: unsupported pseudo class or element
        not an RFC 9535 JSONPath: at position 3, parser error
        not an RFC 9535 JSONPath: at position 0, parser error
        not a regular expression: unclosed group
        not a regular expression: Compiled regex exceeds size limit of 10485760 bytes.
        ");
        assert_eq!((LANGUAGES.css)("form#login input[name=csrf]"), Ok(()));
        assert_eq!((LANGUAGES.json_path)("$.user['name']"), Ok(()));
        assert_eq!((LANGUAGES.regex)(r#"token: "([^"]+)""#), Ok(()));
    }
}
