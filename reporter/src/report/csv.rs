//! Tables for spreadsheets: RFC 4180, UTF-8, dot decimals, UTC and local columns, formulas defused.
//!
//! Each column knows the place of its cells in `report.json`: `{row}` stands for the row's number from 0.

pub mod days;
pub mod incidents;

/// A head and rows, each ending in CRLF.
fn file(columns: &[(&str, &str)], rows: impl Iterator<Item = Vec<String>>) -> String {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut file = names.join(",") + "\r\n";
    for row in rows {
        file.push_str(&row.join(","));
        file.push_str("\r\n");
    }
    file
}

/// Reads RFC 4180 back: quoted fields, doubled quotes, CRLF.
#[cfg(test)]
pub(crate) fn parse(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let (mut quoted, mut characters) = (false, text.chars().peekable());
    while let Some(character) = characters.next() {
        let row = rows.last_mut().unwrap();
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                row.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => rows.push(vec![String::new()]),
            other => row.last_mut().unwrap().push(other),
        }
    }
    rows.pop();
    rows
}
