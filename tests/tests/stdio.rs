//! A frontend process, spoken to over its stdin and stdout as a daemon does.

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

/// For how long a frontend may hang: a guard, and no measure. It ends in a tenth
/// of a second; 20 s failed once on a machine that was busy with other builds.
const LIMIT: Duration = Duration::from_mins(3);

/// The exit code; the daemon's end of stdin stays open meanwhile.
async fn ends(child: &mut Child) -> io::Result<Option<i32>> {
    let status = tokio::time::timeout(LIMIT, child.wait());
    Ok(status.await??.code())
}

fn script() -> ScriptedBridge {
    // Larger than a pipe holds, in a name that is not Unicode's simplest.
    ScriptedBridge::new().file("dockerfile", "stub", "ä".repeat(1 << 20))
}

fn answer(record: &Record) -> Option<Vec<u8>> {
    let result = record.returned()?.result?;
    result.metadata.get("result.txt").cloned()
}

#[tokio::test]
async fn over_pipes() {
    let mut command = frontend();
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let record = script().serve(stdout, stdin);
    assert_eq!(ends(&mut child).await.unwrap(), Some(0));
    assert_eq!(answer(&record).unwrap(), "ä".repeat(1 << 20).into_bytes());
}

#[tokio::test]
async fn over_a_socket() {
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
async fn errors_reach_the_daemon_and_the_process_succeeds() {
    for (name, value, message) in [
        (
            "BUILDKIT_FRONTEND_OPT_7",
            "shm-size=big",
            "shm-size: `big` is none of what it can be (a whole number)",
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
async fn without_a_daemon_it_ends() {
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
