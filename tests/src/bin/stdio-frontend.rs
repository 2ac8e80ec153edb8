//! A minimal frontend over the real transport: it returns the stub as the
//! answer to a subrequest. Tests start it as a daemon would.

use lamina::client::Options;
use lamina::gateway::{
    Bridge as _, BridgeError, GrpcBridge, MAX_FILE_BYTES, Outcome, SolveRequest,
};
use lamina_tests::bridge::local_source;

async fn build(bridge: &GrpcBridge, options: &Options) -> Result<Outcome, BridgeError> {
    let definition = local_source("dockerfile", &options.session_id);
    let request = SolveRequest {
        definition,
        evaluate: false,
    };
    let name = &options.filename;
    let stub = match bridge.solve(request).await? {
        Some(reference) => {
            let content = bridge.read_file(&reference, name, MAX_FILE_BYTES).await?;
            content.optional(name)?
        }
        None => None,
    };
    let stub = stub.ok_or_else(|| BridgeError::new(format!("no {name}")))?;
    Ok(Outcome::Metadata(
        [
            ("result.txt".to_owned(), stub),
            ("version".to_owned(), b"1.0.0".to_vec()),
        ]
        .into(),
    ))
}

fn main() {
    lamina_tests::as_frontend::run(build)
}
