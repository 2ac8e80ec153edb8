//! Talking to BuildKit: the bridge, and its form over gRPC.
//!
//! The daemon starts the frontend with a gRPC *server* at the other end of
//! stdin and stdout. A program's use of it, from start to exit:
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
//!         // Mistakes in options reach the user like any others.
//!         Err(mistakes) => Err(mistakes.into()),
//!     };
//!     bridge.finish(outcome).await
//!     // `bridge` must live up to here: closing it early makes the daemon
//!     // end the process, and the result is lost.
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
//!     // reads it would keep the runtime from shutting down.
//!     std::process::exit(code)
//! }
//! ```
//!
//! `finish` with an error is a success of the process: the daemon has been
//! told, and an exit code other than 0 would add nothing.

mod bridge;
mod error;
mod grpc;
mod messages;
mod stdio;
mod wording;

pub use bridge::*;
pub use error::BridgeError;
pub use grpc::GrpcBridge;
pub use messages::refs_platforms;
pub use stdio::{connect_stdio, environment};
