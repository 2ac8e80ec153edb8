//! Errors of work that goes on at the same time, reported together.

use crate::gateway::BridgeError;

/// The errors of several platforms, each error once.
#[derive(Debug, Default)]
pub(super) struct Failures(Vec<BridgeError>);

impl Failures {
    /// The value of a result, or `None` where it is an error, which is kept.
    pub(super) fn keep<T>(&mut self, result: Result<T, BridgeError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                if !self.0.contains(&error) {
                    self.0.push(error);
                }
                None
            }
        }
    }

    /// The values of results; their errors are kept.
    pub(super) fn keep_all<T>(&mut self, results: Vec<Result<T, BridgeError>>) -> Vec<T> {
        let results = results.into_iter();
        results.filter_map(|result| self.keep(result)).collect()
    }

    /// All errors as one.
    pub(super) fn into_result(self) -> Result<(), BridgeError> {
        let all = self.0.into_iter().reduce(BridgeError::and);
        all.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Diagnostic, SourceFile};

    fn error(line: usize) -> BridgeError {
        let file = SourceFile::new("Dockerfile", "a\nb\n");
        let at = (line - 1) * 2;
        Diagnostic::error(format!("line {line}"))
            .at(file.at(at..at + 1))
            .into()
    }

    #[test]
    fn keeps_values_and_reports_each_error_once() {
        let mut failures = Failures::default();
        assert_eq!(failures.keep(Ok(1)), Some(1));
        for line in [1, 2, 1] {
            assert_eq!(failures.keep::<()>(Err(error(line))), None);
        }
        let all = failures.into_result().unwrap_err();
        assert_eq!(all.message, "Dockerfile:1: line 1\nDockerfile:2: line 2");
        let expected = [error(2), error(1)].map(|error| error.details[0].clone());
        assert_eq!(all.details, expected);
    }

    /// Clients print an excerpt for each place.
    #[test]
    fn combined_errors_have_as_many_excerpts_as_one() {
        let text = "a\n".repeat(20);
        let file = SourceFile::new("Dockerfile", text);
        let errors = |lines: std::ops::Range<usize>| -> BridgeError {
            let errors = lines.map(|line| {
                Diagnostic::error(format!("line {}", line + 1)).at(file.at(line * 2..line * 2 + 1))
            });
            errors.collect::<crate::source::Diagnostics>().into()
        };
        let mut failures = Failures::default();
        for lines in [0..8, 8..16] {
            failures.keep::<()>(Err(errors(lines)));
        }
        let all = failures.into_result().unwrap_err();
        assert_eq!(all.message.lines().count(), 16);
        // The first ten, which are printed from the last one on.
        let mut first = errors(0..8);
        let mut second = errors(8..10);
        second.details.append(&mut first.details);
        assert_eq!(all.details, second.details);
    }

    #[test]
    fn no_error_is_a_success() {
        assert_eq!(Failures::default().into_result(), Ok(()));
    }
}
