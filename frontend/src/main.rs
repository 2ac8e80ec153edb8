//! The program: BuildKit's frontend where a daemon starts it, the command
//! line tool otherwise. Wiring and exit code only.

use std::io::{self, Write};
use std::process::exit;

use lamina::client::Options;
use lamina::gateway::{Bridge, BridgeError, connect_stdio, environment};

fn main() -> ! {
    // Only a daemon sets it; the frontend's stdout is its connection.
    if std::env::var_os("BUILDKIT_SESSION_ID").is_none() {
        let answer = lamina::cli::run(std::env::args_os());
        let written = write(std::io::stdout(), &answer.out);
        let _ = write(std::io::stderr(), &answer.err);
        if let Err(error) = written {
            let _ = writeln!(
                std::io::stderr(),
                "lamina: failed to write the output: {error}"
            );
            exit(1);
        }
        exit(answer.code);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    // Borrowed: dropping it would wait for the thread that reads stdin.
    let ended = match &runtime {
        Ok(runtime) => runtime
            .block_on(frontend())
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(message) = &ended {
        eprintln!("lamina: {message}");
    }
    // Not by returning: the daemon keeps stdin open, and the thread that reads
    // it would keep the runtime from shutting down.
    exit(i32::from(ended.is_err()))
}

/// Writes a text, all of it. A reader that stops early (`| head`) is not an
/// error.
fn write(mut stream: impl Write, text: &str) -> io::Result<()> {
    let written = stream
        .write_all(text.as_bytes())
        .and_then(|()| stream.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

async fn frontend() -> Result<(), BridgeError> {
    let bridge = connect_stdio().await?;
    let outcome = match Options::parse(environment()) {
        Ok(options) => {
            let bridge = bridge.clone().with_cache_imports(&options.cache_imports);
            lamina::build::build(&bridge, &options).await
        }
        // Errors in options reach the user like any others.
        Err(diagnostics) => Err(diagnostics.into()),
    };
    // The bridge has to live until here: closing it early loses the result.
    bridge.finish(outcome).await
}
