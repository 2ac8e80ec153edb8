//! Tests of a frontend process with a scripted daemon on its stdin and stdout.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::Duration;

use lamina_tests::bridge::{Record, ScriptedBridge};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

fn frontend() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stdio-frontend"));
    command
        .env("BUILDKIT_FRONTEND_OPT_0", "filename=stub")
        .env("BUILDKIT_SESSION_ID", "s1")
        .kill_on_drop(true);
    command
}

/// The time limit for a frontend, generous: it usually ends in 0.1 s, but 20 s
/// were exceeded on a busy machine.
const LIMIT: Duration = Duration::from_mins(3);

/// Waits for the exit code, while the daemon's end of stdin stays open.
async fn ends(child: &mut Child) -> io::Result<Option<i32>> {
    let status = tokio::time::timeout(LIMIT, child.wait());
    Ok(status.await??.code())
}

fn script() -> ScriptedBridge {
    // Larger than the buffer of a pipe, with characters of two bytes.
    ScriptedBridge::new().file("dockerfile", "stub", "ä".repeat(1 << 20))
}

fn answer(record: &Record) -> Option<Vec<u8>> {
    let result = record.returned()?.result?;
    result.metadata.get("result.txt").cloned()
}

#[tokio::test]
async fn works_over_pipes() {
    let mut command = frontend();
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let record = script().serve(stdout, stdin);
    assert_eq!(ends(&mut child).await.unwrap(), Some(0));
    assert_eq!(answer(&record).unwrap(), "ä".repeat(1 << 20).into_bytes());
}

#[tokio::test]
async fn works_over_a_socket() {
    let (here, there) = UnixStream::pair().unwrap();
    let there: OwnedFd = there.into();
    let mut command = frontend();
    command.stdin(there.try_clone().unwrap()).stdout(there);
    let mut child = command.spawn().unwrap();
    drop(command);
    here.set_nonblocking(true).unwrap();
    let here = tokio::net::UnixStream::from_std(here).unwrap();
    let (reader, writer) = here.into_split();
    let record = script().serve(reader, writer);
    assert_eq!(ends(&mut child).await.unwrap(), Some(0));
    assert!(answer(&record).is_some());
}

#[tokio::test]
async fn errors_are_returned_and_the_process_succeeds() {
    for (name, value, message) in [
        (
            "BUILDKIT_FRONTEND_OPT_7",
            "shm-size=big",
            "invalid value `big` for `--shm-size`: expected a whole number (write \
             `--shm-size 64m` (or `--opt shm-size=67108864` for `buildctl`))",
        ),
        ("BUILDKIT_FRONTEND_OPT_0", "filename=none", "no none"),
    ] {
        let mut command = frontend();
        command.env(name, value);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let record = script().serve(stdout, stdin);
        assert_eq!(ends(&mut child).await.unwrap(), Some(0));
        let error = record.returned().unwrap().error.unwrap();
        assert_eq!(error.message, message);
    }
}

#[tokio::test]
async fn ends_without_a_daemon() {
    for garbage in [&b""[..], b"HTTP/1.1 200 OK\r\n\r\n"] {
        let mut command = frontend();
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(garbage).await.unwrap();
        drop(stdin);
        assert_eq!(ends(&mut child).await.unwrap(), Some(1));
        let mut message = String::new();
        let mut stderr = child.stderr.take().unwrap();
        stderr.read_to_string(&mut message).await.unwrap();
        assert!(!message.trim().is_empty());
    }
}
