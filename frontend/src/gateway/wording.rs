//! Facts that the daemon reports only in the text of an error.
//!
//! Where an answer is structured (codes, details, file modes), that is used.
//! Every text that is looked for is in this file, with the source file that
//! prints it, the versions that do, and a test for each form. If a daemon words
//! it differently, the user gets a less helpful error, never a wrong result.

/// Whether the message says that a path does not exist.
///
/// Such errors have the code `Unknown`, and end with the text of Go's
/// `syscall.ENOENT` or `ENOTDIR` (`cache/util/fsutil.go`, BuildKit v0.9 to
/// v0.32).
pub(super) fn is_missing_path(message: &str) -> bool {
    ["no such file or directory", "not a directory"]
        .iter()
        .any(|text| message.ends_with(text))
}

/// Whether the message says that an image does not exist for the requested
/// platform.
///
/// Such errors have the same code as those for images that do not exist.
/// Containerd prints the message in `images/handlers.go` and `images/image.go`
/// (as vendored by BuildKit v0.12 to v0.32).
pub(super) fn is_missing_platform(message: &str) -> bool {
    message.contains("no match for platform in manifest")
}

/// The exit code in the message of a failed step, for errors that have lost
/// the detail `ExitMessage` (`solver/llbsolver/ops/exec.go` and
/// `frontend/gateway/pb/exit.go`, BuildKit v0.12 to v0.32).
pub(super) fn exit_code(message: &str) -> Option<i32> {
    let (_, code) = message.rsplit_once("did not complete successfully: exit code: ")?;
    let digits = code.find(|c: char| !c.is_ascii_digit());
    code[..digits.unwrap_or(code.len())].parse().ok()
}

/// Whether the message says that a program is for another architecture: the text
/// of Go's `syscall.ENOEXEC`, in runc's error (`libcontainer`) where it reports
/// one instead of an exit code.
pub(super) fn is_not_executable(message: &str) -> bool {
    message.contains("exec format error")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_paths() {
        for message in [
            // BuildKit v0.12 to v0.28, with the path in the daemon's mount.
            "open /tmp/buildkit-mount1234/ml.txt: no such file or directory",
            "lstat /tmp/buildkit-mount1234/requirements: no such file or directory",
            // v0.29 and later, with the path as it was asked for.
            "open ml.txt: no such file or directory",
            "lstat requirements: no such file or directory",
            // Below a file.
            "open Dockerfile/ml.txt: not a directory",
            // Through the client of another process.
            "rpc error: code = Unknown desc = open ml.txt: no such file or directory",
        ] {
            assert!(is_missing_path(message), "{message}");
        }
        for message in [
            "open ml.txt: permission denied",
            "read /tmp/buildkit-mount1234/requirements: is a directory",
            "requirements is not a regular file",
            "no such file or directory: /bin/sh: exit code: 127",
        ] {
            assert!(!is_missing_path(message), "{message}");
        }
    }

    #[test]
    fn programs_of_another_architecture() {
        let message = "failed to solve: runc run failed: unable to start container process: \
                       exec: \"/usr/bin/python3.11\": exec format error";
        assert!(is_not_executable(message));
        assert!(!is_not_executable("executable file not found in $PATH"));
    }

    #[test]
    fn missing_platforms() {
        for message in [
            // images/handlers.go, of an index.
            "docker.io/library/x:latest: no match for platform in manifest: not found",
            // images/image.go, with the digest.
            "no match for platform in manifest sha256:0123: not found",
            "failed to resolve source metadata for docker.io/library/x:latest: no match for \
             platform in manifest: not found",
        ] {
            assert!(is_missing_platform(message), "{message}");
        }
        for message in [
            "docker.io/library/x:latest: not found",
            "pull access denied, repository does not exist or may require authorization",
        ] {
            assert!(!is_missing_platform(message), "{message}");
        }
    }

    #[test]
    fn exit_codes() {
        let message =
            |end: &str| format!("process \"/bin/sh\" did not complete successfully: {end}");
        assert_eq!(exit_code(&message("exit code: 3")), Some(3));
        // With the cause, as containerd's executor adds it.
        assert_eq!(
            exit_code(&message("exit code: 137: context canceled")),
            Some(137)
        );
        assert_eq!(exit_code(&message("failed to start")), None);
        assert_eq!(exit_code("the log ends with exit code: 3"), None);
    }
}
