//! Whether a text is well-formed XML, strictly: tags nest, attributes are quoted and known once, references and characters are
//! allowed ones, and nothing stands beside the root.

/// Checks a document; says what is wrong with it and where.
pub(super) fn check(text: &str) -> Result<(), String> {
    let mut open: Vec<&str> = Vec::new();
    let mut roots = 0;
    let mut rest = text
        .strip_prefix("<?xml version=\"1.0\" encoding=\"utf-8\"?>")
        .unwrap_or(text);
    let wrong = |what: &str, rest: &str| {
        Err(format!(
            "{what} before {:?}",
            rest.chars().take(60).collect::<String>()
        ))
    };
    while !rest.is_empty() {
        let Some(tag) = rest.strip_prefix('<') else {
            let end = rest.find('<').unwrap_or(rest.len());
            let (words, after) = rest.split_at(end);
            characters(words)?;
            if open.is_empty() && !words.trim().is_empty() {
                return wrong("text beside the root", rest);
            }
            rest = after;
            continue;
        };
        let Some((tag, after)) = tag.split_once('>') else {
            return wrong("a tag without end", rest);
        };
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name) {
                return wrong("an end that fits no start", rest);
            }
        } else {
            let (inside, empty) = match tag.strip_suffix('/') {
                Some(inside) => (inside, true),
                None => (tag, false),
            };
            let name = attributes(inside)?;
            if open.is_empty() {
                roots += 1;
            }
            if !empty {
                open.push(name);
            }
        }
        rest = after;
    }
    match (open.is_empty(), roots) {
        (true, 1) => Ok(()),
        _ => Err(format!("{roots} roots, {open:?} left open")),
    }
}

/// The name of a tag, after its attributes were checked.
fn attributes(tag: &str) -> Result<&str, String> {
    let (name, mut rest) = tag.split_once([' ', '\n']).unwrap_or((tag, ""));
    let is_name = |name: &str| {
        !name.is_empty()
            && name
                .chars()
                .all(|one| one.is_ascii_alphanumeric() || ":-_".contains(one))
    };
    if !is_name(name) {
        return Err(format!("{name:?} is no name"));
    }
    let mut seen: Vec<&str> = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(name);
        }
        let (key, after) = rest
            .split_once("=\"")
            .ok_or_else(|| format!("attribute {rest:?}"))?;
        let (value, after) = after
            .split_once('"')
            .ok_or_else(|| format!("value {after:?}"))?;
        if !is_name(key) || seen.contains(&key) || value.contains('<') {
            return Err(format!("attribute {key:?}"));
        }
        seen.push(key);
        characters(value)?;
        rest = after;
    }
}

/// Characters that XML 1.0 allows, and references that need no declaration.
fn characters(text: &str) -> Result<(), String> {
    for (index, letter) in text.char_indices() {
        let allowed = matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        if !allowed {
            return Err(format!("character {letter:?}"));
        }
        let after = &text[index..];
        let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
        if letter == '&' && !known.iter().any(|one| after.starts_with(one)) {
            return Err(format!("reference in {after:?}"));
        }
    }
    match text.contains("]]>") {
        true => Err("]]> in text".into()),
        false => Ok(()),
    }
}

#[test]
fn what_is_not_well_formed_is_found() {
    assert_eq!(check("<a b=\"1\"><c/>x &amp; y</a>\n"), Ok(()));
    for wrong in [
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a>&nbsp;</a>",
        "<a>&</a>",
        "<a b=1/>",
        "<a b=\"1\" b=\"2\"/>",
        "x<a/>",
        "<a>\u{1}</a>",
        "<a>\u{ffff}</a>",
        "<a b=\"<\"/>",
        "<a>]]></a>",
        "<a",
        "",
    ] {
        assert!(check(wrong).is_err(), "{wrong}");
    }
}
