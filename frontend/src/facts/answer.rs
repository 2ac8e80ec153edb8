//! Answers of steps: JSON of a bounded size, read into typed values.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// The longest answer that is read. The resolution of a thousand packages has
/// a hundred kilobytes.
const MAX_BYTES: usize = 8 << 20;

/// A step wrote an unexpected answer: a bug in lamina, or
/// a base image whose interpreter misbehaves.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid answer `{file}` of the step `{script}`: {reason}")]
pub struct InvalidAnswer {
    /// The file that the step wrote.
    pub file: &'static str,
    /// The script that ran.
    pub script: &'static str,
    /// What was found, and what was expected.
    pub reason: String,
}

/// A file that a step answers with.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnswerFile {
    pub(super) file: &'static str,
    pub(super) script: &'static str,
}

impl AnswerFile {
    /// Reads the answer as `expected`, a description for the error.
    pub(super) fn read<T: DeserializeOwned>(
        self,
        bytes: &[u8],
        expected: &str,
    ) -> Result<T, InvalidAnswer> {
        self.check_size(bytes)?;
        serde_json::from_slice(bytes).map_err(|error| self.not_as_expected(expected, &error))
    }

    /// Reads the answer as text, which a base image may have in any encoding.
    pub(super) fn read_text(self, bytes: Option<&Vec<u8>>) -> Result<String, InvalidAnswer> {
        let bytes = bytes.ok_or_else(|| self.invalid("expected a file, found none"))?;
        self.check_size(bytes)?;
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    fn check_size(self, bytes: &[u8]) -> Result<(), InvalidAnswer> {
        let found = bytes.len();
        if found > MAX_BYTES {
            let reason = format!("expected at most {MAX_BYTES} bytes, found {found}");
            return Err(self.invalid(reason));
        }
        Ok(())
    }

    /// Reads a part of the answer as `expected`, a description for the error.
    pub(super) fn read_value<T: DeserializeOwned>(
        self,
        value: Value,
        expected: &str,
    ) -> Result<T, InvalidAnswer> {
        serde_json::from_value(value).map_err(|error| self.not_as_expected(expected, &error))
    }

    fn not_as_expected(self, expected: &str, error: &serde_json::Error) -> InvalidAnswer {
        self.invalid(format!("expected {expected}: {error}"))
    }

    pub(super) fn invalid(self, reason: impl Into<String>) -> InvalidAnswer {
        InvalidAnswer {
            file: self.file,
            script: self.script,
            reason: reason.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: AnswerFile = AnswerFile {
        file: "x.json",
        script: "x.py",
    };

    #[test]
    fn errors_name_the_step_and_what_was_expected() {
        let error = FILE.read::<Vec<u8>>(b"{}", "a list of numbers");
        assert_eq!(
            error.unwrap_err().to_string(),
            "invalid answer `x.json` of the step `x.py`: expected a list of numbers: \
             invalid type: map, expected a sequence at line 1 column 0"
        );
        assert_eq!(FILE.read::<Vec<u8>>(b"[1]", "numbers"), Ok(vec![1]));
    }

    #[test]
    fn answers_have_a_bounded_size_and_depth() {
        let long = vec![b' '; MAX_BYTES + 1];
        let error = FILE.read::<Vec<u8>>(&long, "numbers").unwrap_err();
        assert!(error.to_string().contains("at most 8388608 bytes"));
        let deep = vec![b'['; 1 << 20];
        assert!(FILE.read::<Value>(&deep, "a value").is_err());
    }
}
