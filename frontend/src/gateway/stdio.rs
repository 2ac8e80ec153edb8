//! The connection to the daemon: HTTP/2 with prior knowledge over stdin and
//! stdout.

use std::io;
use std::os::fd::AsFd;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::unix::pipe;

use super::error::BridgeError;
use super::grpc::GrpcBridge;

/// Connects to the daemon that started this process.
///
/// Nothing else may write to stdout from here on, and the process should end
/// with [`std::process::exit`]; see the [module](super).
pub async fn connect_stdio() -> Result<GrpcBridge, BridgeError> {
    GrpcBridge::connect(tokio::io::join(input(), output())).await
}

/// The process's environment, for [`Options`](crate::client::Options). Invalid
/// UTF-8 is replaced.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().map(|(name, value)| {
        (
            name.to_string_lossy().into_owned(),
            value.to_string_lossy().into_owned(),
        )
    })
}

/// BuildKit passes pipes, which need no thread. Tests may pass sockets or
/// files, which tokio reads in a blocking thread.
fn input() -> Box<dyn AsyncRead + Send + Unpin> {
    match stdin_pipe() {
        Ok(pipe) => Box::new(pipe),
        Err(_) => Box::new(tokio::io::stdin()),
    }
}

fn output() -> Box<dyn AsyncWrite + Send + Unpin> {
    match stdout_pipe() {
        Ok(pipe) => Box::new(pipe),
        Err(_) => Box::new(tokio::io::stdout()),
    }
}

fn stdin_pipe() -> io::Result<pipe::Receiver> {
    pipe::Receiver::from_owned_fd(io::stdin().as_fd().try_clone_to_owned()?)
}

fn stdout_pipe() -> io::Result<pipe::Sender> {
    pipe::Sender::from_owned_fd(io::stdout().as_fd().try_clone_to_owned()?)
}
