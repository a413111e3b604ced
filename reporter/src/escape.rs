//! Text that others wrote (customers' and sites' names in plans), made harmless for each form of output.

/// `text` without what could not be seen or would turn the reading direction.
///
/// Control characters, line and paragraph separators and directional marks become U+FFFD; text longer than 200
/// characters is cut with an ellipsis.
pub fn visible(text: &str) -> String {
    let mut kept: String = text
        .chars()
        .take(200)
        .map(|character| {
            if is_hidden(character) {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect();
    if text.chars().nth(200).is_some() {
        kept.push('…');
    }
    kept
}

/// [`visible`] text for element content and quoted attributes of HTML and SVG.
pub fn markup(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible(text).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// [`visible`] text as one CSV field (RFC 4180): quoted where needed, and with a leading apostrophe where a
/// spreadsheet would take it for a formula.
pub fn csv(text: &str) -> String {
    let text = visible(text);
    let defused = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text
    };
    if defused.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", defused.replace('"', "\"\""))
    } else {
        defused
    }
}

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_are_harmless_in_every_form() {
        for (text, in_markup, in_csv) in [
            ("Groupdesk", "Groupdesk", "Groupdesk"),
            ("<script>", "&lt;script&gt;", "<script>"),
            ("a\" b='", "a&quot; b=&#39;", "\"a\"\" b='\""),
            ("=1+1", "=1+1", "'=1+1"),
            ("@x,y", "@x,y", "\"'@x,y\""),
            (
                "\u{202e}evil\u{7}",
                "\u{fffd}evil\u{fffd}",
                "\u{fffd}evil\u{fffd}",
            ),
            ("a\nb", "a\u{fffd}b", "a\u{fffd}b"),
        ] {
            assert_eq!(markup(text), in_markup, "{text:?}");
            assert_eq!(csv(text), in_csv, "{text:?}");
        }
        assert_eq!(visible(&"x".repeat(10_000)).chars().count(), 201);
    }
}
