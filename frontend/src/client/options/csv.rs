//! Comma-separated fields as Docker's clients write them: RFC 4180, one line.

use crate::source::{Diagnostic, Diagnostics};

/// The fields of one record. A field in double quotes may hold commas, and
/// quotes written twice; no quotes anywhere else.
pub fn csv_fields(text: &str) -> Result<Vec<String>, Diagnostics> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let (field, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_field(quoted).ok_or_else(|| mistake(text))?
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        };
        if !rest.starts_with('"') && field.contains('"') {
            return Err(mistake(text));
        }
        fields.push(field);
        if after.is_empty() {
            return Ok(fields);
        }
        rest = after.strip_prefix(',').ok_or_else(|| mistake(text))?;
    }
}

/// What stands before the closing quote, and what after it.
fn quoted_field(text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                rest = more;
            }
            None => return Some((field, after)),
        }
    }
}

fn mistake(text: &str) -> Diagnostics {
    Diagnostic::error(format!("`{text}` is no list of comma-separated fields"))
        .help("quotes stand around a whole field, and twice for one inside")
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        for (text, fields) in [
            ("", vec![""]),
            ("a", vec!["a"]),
            ("a,b", vec!["a", "b"]),
            ("a,", vec!["a", ""]),
            (r#""a,b",c"#, vec!["a,b", "c"]),
            (r#""a ""b""","#, vec![r#"a "b""#, ""]),
            (r#""""#, vec![""]),
        ] {
            assert_eq!(csv_fields(text).unwrap(), fields, "{text}");
        }
        for text in [r#"a"b"#, r#""a"#, r#""a"b"#, r#"a,""""#] {
            assert!(csv_fields(text).is_err(), "{text}");
        }
    }
}
