//! Comma-separated fields as Docker's clients write them: RFC 4180, one line.
//!
//! By hand: Go's reader, which BuildKit's frontend uses, rejects what the
//! `csv` crates silently accept (a quote inside a field, text after a
//! closing quote, a quote that is never closed).

/// The fields of one record. A field in double quotes may hold commas, and
/// quotes written twice; no quotes anywhere else.
pub(super) fn csv_fields(text: &str) -> Result<Vec<String>, &'static str> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let (field, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_field(quoted).ok_or("a quoted field is not closed")?
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        };
        if !rest.starts_with('"') && field.contains('"') {
            return Err("a field without quotes around it contains a quote");
        }
        fields.push(field);
        if after.is_empty() {
            return Ok(fields);
        }
        let next = after.strip_prefix(',');
        rest = next.ok_or("a comma is missing after a quoted field")?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_fields() {
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
