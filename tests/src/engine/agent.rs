//! An SSH agent with one key that never signs.

use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;

/// Requests to an agent, and its answers
/// (draft-ietf-sshm-ssh-agent, "Message Numbers").
const WHICH_KEYS: u8 = 11;
const THESE_KEYS: u8 = 12;
const FAILURE: u8 = 5;

/// An agent that listens on a socket until it is dropped.
#[derive(Debug)]
pub struct Agent {
    socket: PathBuf,
}

impl Agent {
    /// Starts an agent; the name must be unique in this process.
    pub fn start(name: &str) -> Self {
        // Paths of sockets must be short, so it is not in the repository.
        let file = format!("lamina-{name}-{}.sock", std::process::id());
        let socket = std::env::temp_dir().join(file);
        let listener = UnixListener::bind(&socket).expect("the socket is new");
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that disconnects does not matter.
                thread::spawn(move || answer(stream));
            }
        });
        Self { socket }
    }

    /// The path of the socket.
    pub fn socket(&self) -> &Path {
        &self.socket
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It may have been removed already.
        let _ = fs::remove_file(&self.socket);
    }
}

fn answer(mut stream: UnixStream) -> io::Result<()> {
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let mut message = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut message)?;
        let answer = match message.first() {
            Some(&WHICH_KEYS) => keys(),
            _ => vec![FAILURE],
        };
        stream.write_all(&text(&answer))?;
    }
}

/// One key of type ed25519, with a comment.
fn keys() -> Vec<u8> {
    let key = [text(b"ssh-ed25519"), text(&[7; 32])].concat();
    let one = 1_u32.to_be_bytes();
    [&[THESE_KEYS], &one[..], &text(&key), &text(b"a key")].concat()
}

/// Bytes with their length in front.
fn text(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("messages are short");
    [&length.to_be_bytes(), bytes].concat()
}
