//! Shared libraries that the image lacks. `libraries.py` answers them.

use serde::Deserialize;

use super::answer::{AnswerFile, InvalidAnswer};

const FILE: AnswerFile = AnswerFile {
    file: "libraries.json",
    script: "libraries.py",
};

/// A library that a file of a package needs and that the image does not have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MissingLibrary {
    /// The package.
    pub package: String,
    /// Its file, relative to the environment.
    pub file: String,
    /// The name of the library: `libpq.so.5`.
    pub library: String,
}

/// Reads `libraries.json`.
pub fn missing_libraries(bytes: &[u8]) -> Result<Vec<MissingLibrary>, InvalidAnswer> {
    FILE.read(bytes, "a list of libraries")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_libraries() {
        let text = r#"[{"package": "a", "file": "lib/a.so", "library": "libx.so.1"}]"#;
        assert_eq!(
            missing_libraries(text.as_bytes()).unwrap()[0].library,
            "libx.so.1"
        );
        for text in ["null", r#"[{"package": "a"}]"#] {
            assert!(missing_libraries(text.as_bytes()).is_err(), "{text}");
        }
    }
}
