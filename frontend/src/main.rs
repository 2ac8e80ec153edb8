//! The program: BuildKit's frontend where a daemon starts it, the command
//! line tool otherwise. Wiring and exit code only.

use std::io::Write as _;
use std::process::exit;

use lamina::client::Options;
use lamina::gateway::{Bridge, BridgeError, connect_stdio, environment};

fn main() -> ! {
    // Only a daemon sets it; the frontend's stdout is its connection.
    if std::env::var_os("BUILDKIT_SESSION_ID").is_none() {
        let answer = lamina::cli::run(std::env::args_os());
        // A reader that stops early (`| head`) is no error.
        let _ = std::io::stdout().write_all(answer.out.as_bytes());
        let _ = std::io::stderr().write_all(answer.err.as_bytes());
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
