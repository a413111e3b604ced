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
    tags(&visible(text))
}

/// Text of ours, of any length, for element content and quoted attributes; what others wrote in it is [`visible`] already.
pub fn tags(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            _ if is_hidden(character) => escaped.push('\u{fffd}'),
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

/// Paragraphs that others wrote, for people: as [`visible`], but of up to 5,000 characters, and blank lines part paragraphs.
pub fn paragraphs(text: &str) -> Vec<String> {
    let cut: String = text.chars().take(5_000).collect();
    let lines: Vec<&str> = cut.lines().map(str::trim).collect();
    let parts = lines.split(|line| line.is_empty());
    let joined = parts.map(|lines| lines.join(" "));
    joined
        .filter(|text| !text.is_empty())
        .map(|text| {
            text.chars()
                .map(|one| if is_hidden(one) { '\u{fffd}' } else { one })
                .collect()
        })
        .collect()
}

/// Text of ours for Markdown: what would be read as markup is escaped, and it stays on its line.
pub fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            _ if is_hidden(character) => escaped.push('\u{fffd}'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!' => {
                escaped.push('\\');
                escaped.push(character);
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// Text of ours for paper: a space is a space, and what no reader of a document could name is U+FFFD.
pub fn printable(text: &str) -> String {
    let shown = text.chars().map(|character| match character {
        '\u{a0}' | '\u{202f}' => ' ',
        '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fff0}'..='\u{fffb}' => '\u{fffd}',
        _ if is_hidden(character) || u32::from(character) & 0xfffe == 0xfffe => '\u{fffd}',
        '\u{e0000}'..='\u{10ffff}' => '\u{fffd}',
        other => other,
    });
    shown.collect()
}

/// [`visible`] text inside a quoted string of a style sheet.
pub fn css(text: &str) -> String {
    use std::fmt::Write as _;
    let mut escaped = String::with_capacity(text.len());
    for character in visible(text).chars() {
        if matches!(character, '"' | '\'' | '\\' | '<' | '>' | '&') {
            // Six digits end by themselves, whatever follows.
            let _ = write!(escaped, "\\{:06x}", u32::from(character));
        } else {
            escaped.push(character);
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
            '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            // No character at all, and not allowed in XML.
            | '\u{fffe}' | '\u{ffff}')
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
        assert_eq!(
            markdown("<b> *a* | [x](y)"),
            "\\<b\\> \\*a\\* \\| \\[x\\](y)"
        );
        assert_eq!(
            printable("2\u{a0}h \u{202e}\u{7}\u{e000}\u{fffe}é東"),
            "2 h ����é東"
        );
        assert_eq!(css("a\"}</style>"), "a\\000022}\\00003c/style\\00003e");
        assert_eq!(paragraphs("a\nb\n\n\u{7}c\n"), ["a b", "\u{fffd}c"]);
    }
}
