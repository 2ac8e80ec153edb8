//! Frontends for tests, started by a daemon, or by a test in a daemon's place.

use lamina::client::Options;
use lamina::gateway::{Bridge as _, BridgeError, GrpcBridge, Outcome, connect_stdio, environment};

/// The complete `main` of a frontend: answers one build and exits.
pub fn run(build: impl AsyncFn(&GrpcBridge, &Options) -> Result<Outcome, BridgeError>) -> ! {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    // Borrowed: dropping it would wait for the thread that reads stdin, which
    // the daemon keeps open.
    let ended = runtime.as_ref().map_or_else(
        |error| Err(BridgeError::new(error.to_string())),
        |runtime| runtime.block_on(answer(build)),
    );
    if let Err(error) = &ended {
        eprintln!("{error}");
    }
    std::process::exit(i32::from(ended.is_err()))
}

async fn answer(
    build: impl AsyncFn(&GrpcBridge, &Options) -> Result<Outcome, BridgeError>,
) -> Result<(), BridgeError> {
    let bridge = connect_stdio().await?;
    let outcome = match Options::parse(environment()) {
        Ok(options) => build(&bridge, &options).await,
        Err(diagnostics) => Err(diagnostics.into()),
    };
    bridge.finish(outcome).await
}
