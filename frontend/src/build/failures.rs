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

    /// All errors as one.
    pub(super) fn into_result(self) -> Result<(), BridgeError> {
        let mut errors = self.0.into_iter();
        let Some(mut all) = errors.next() else {
            return Ok(());
        };
        for error in errors {
            for line in error.message.lines() {
                if !all.message.lines().any(|known| known == line) {
                    all.message = format!("{}\n{line}", all.message);
                }
            }
            // The daemon reverses their order on the way to the client.
            let mut details = error.details;
            details.retain(|detail| !all.details.contains(detail));
            details.append(&mut all.details);
            all.details = details;
        }
        Err(all)
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

    #[test]
    fn no_error_is_a_success() {
        assert_eq!(Failures::default().into_result(), Ok(()));
    }
}
