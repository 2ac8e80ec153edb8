//! The least that is a frontend, over the real transport: it returns the file
//! that is the stub, as the answer to a subrequest. Tests start it, the way a
//! daemon would.

use lamina::gateway::{
    Bridge, BridgeError, GrpcBridge, Outcome, SolveRequest, connect_stdio, environment,
};
use lamina::options::Options;
use lamina_tests::bridge::local_source;

async fn build(bridge: &GrpcBridge, options: &Options) -> Result<Outcome, BridgeError> {
    let definition = local_source("dockerfile", &options.session_id);
    let request = SolveRequest {
        definition,
        evaluate: false,
    };
    let stub = match bridge.solve(request).await? {
        Some(reference) => bridge.read_file(&reference, &options.filename).await?,
        None => None,
    };
    let stub = stub.ok_or_else(|| BridgeError::new(format!("no {}", options.filename)))?;
    Ok(Outcome::Metadata(
        [
            ("result.txt".to_owned(), stub),
            ("version".to_owned(), b"1.0.0".to_vec()),
        ]
        .into(),
    ))
}

async fn frontend() -> Result<(), BridgeError> {
    let bridge = connect_stdio().await?;
    let outcome = match Options::parse(environment()) {
        Ok(options) => build(&bridge, &options).await,
        Err(mistakes) => Err(mistakes.into()),
    };
    bridge.finish(outcome).await
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    // Borrowed: dropping it would wait for the thread that reads stdin, which
    // the daemon keeps open.
    let ended = runtime.as_ref().map_or_else(
        |error| Err(BridgeError::new(error.to_string())),
        |runtime| runtime.block_on(frontend()),
    );
    if let Err(error) = &ended {
        eprintln!("{error}");
    }
    std::process::exit(i32::from(ended.is_err()))
}
