//! The connection to BuildKit: the [`Bridge`] and its implementation in gRPC.
//!
//! The daemon starts the frontend and is the gRPC *server* at the other end of
//! its stdin and stdout. A frontend, from start to exit:
//!
//! ```no_run
//! use lamina::gateway::{Bridge, BridgeError, GrpcBridge, Outcome};
//! # use lamina::client::Options;
//! # async fn build(_: &GrpcBridge, _: &Options) -> Result<Outcome, BridgeError> {
//! #     Err(BridgeError::new("nothing to build"))
//! # }
//!
//! async fn frontend() -> Result<(), BridgeError> {
//!     let bridge = lamina::gateway::connect_stdio().await?;
//!     let outcome = match Options::parse(lamina::gateway::environment()) {
//!         Ok(options) => {
//!             let bridge = bridge.clone().with_cache_imports(&options.cache_imports);
//!             build(&bridge, &options).await
//!         }
//!         Err(diagnostics) => Err(diagnostics.into()),
//!     };
//!     bridge.finish(outcome).await
//!     // `bridge` must live until here: if the connection closes early, the
//!     // daemon ends the process, and the result is lost.
//! }
//!
//! fn main() -> ! {
//!     let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
//!     let code = match runtime {
//!         Ok(runtime) => match runtime.block_on(frontend()) {
//!             Ok(()) => 0,
//!             Err(error) => {
//!                 eprintln!("lamina: {error}");
//!                 1
//!             }
//!         },
//!         Err(_) => 1,
//!     };
//!     // Not by returning: the daemon keeps stdin open, and a thread that
//!     // reads stdin would keep the runtime from shutting down.
//!     std::process::exit(code)
//! }
//! ```
//!
//! After `finish` with an error, the process exits with 0: the daemon has the
//! error, and another exit code would add nothing to it.

mod bridge;
mod error;
mod grpc;
mod messages;
mod stdio;
mod wording;

pub use bridge::*;
pub use error::BridgeError;
pub use grpc::GrpcBridge;
pub use messages::{platform_json, refs_platforms};
pub use stdio::{connect_stdio, environment};
