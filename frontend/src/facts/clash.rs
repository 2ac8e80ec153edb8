//! Files that two packages write with different content. `clash.py` answers
//! them.

use serde::Deserialize;

use super::answer::{AnswerFile, InvalidAnswer};

const FILE: AnswerFile = AnswerFile {
    file: "clashes.json",
    script: "clash.py",
};

/// Two packages that write different content to the same files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clash {
    /// The two packages.
    pub packages: (String, String),
    /// Some of the files, relative to the environment.
    pub files: Vec<String>,
    /// How many files there are.
    pub count: usize,
}

/// Reads `clashes.json`.
pub fn clashes(bytes: &[u8]) -> Result<Vec<Clash>, InvalidAnswer> {
    let clashes: Vec<Clash> = FILE.read(bytes, "a list of clashes")?;
    if clashes.iter().any(|clash| clash.count < clash.files.len()) {
        return Err(FILE.invalid("expected a count of all files, found fewer than are named"));
    }
    Ok(clashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_validates_clashes() {
        let text = r#"[{"packages": ["a", "b"], "files": ["x"], "count": 2}]"#;
        assert_eq!(clashes(text.as_bytes()).unwrap()[0].count, 2);
        for text in [
            r#"[{"packages": ["a"], "files": ["x"], "count": 2}]"#,
            r#"[{"packages": ["a", "b"], "files": ["x", "y"], "count": 1}]"#,
            r#"[{"packages": ["a", "b"], "files": ["x"], "count": -1}]"#,
            "null",
        ] {
            let error = clashes(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains("`clash.py`"), "{error}");
        }
    }
}
