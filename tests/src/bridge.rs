//! A scripted daemon: a real gRPC server in this process that gives the
//! answers a test has prepared and records all calls.
//!
//! To frontends it behaves like BuildKit: graphs are checked (edges,
//! capabilities) when they are loaded and run when they are read; the error for
//! a missing file has the operating system's text; an image without an index is
//! the answer for every platform.
//!
//! ```
//! # use lamina_tests::bridge::{ScriptedBridge, Tree};
//! # use lamina::gateway::Bridge;
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
//! let (bridge, record) = ScriptedBridge::new()
//!     .file("dockerfile", "Dockerfile", "# syntax=lamina\n")
//!     .image("python:3.11-slim", "linux/amd64", r#"{"architecture":"amd64","os":"linux"}"#)
//!     // The result of any graph that is not just a local directory.
//!     .run(|_graph| Ok(Tree::new().file("lock.txt", "numpy==1.26.4\n")))
//!     .connect()
//!     .await;
//! bridge.ping().await.unwrap();
//! assert!(record.returned().is_none());
//! # });
//! ```

mod caps;
mod graph;
mod io;
mod record;
mod service;
mod tree;

use std::collections::BTreeMap;
use std::sync::Arc;

use buildkit_proto::moby::buildkit::v1::frontend::llb_bridge_server::LlbBridgeServer;
use buildkit_proto::pb;
use lamina::client::familiar_name;
use lamina::gateway::GrpcBridge;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_stream::StreamExt;
use tonic::Status;

pub use graph::{Graph, local_source, single_op};
pub use record::{Call, Record};
pub use service::{failed_step, status};
pub use tree::Tree;

/// The largest message that the daemon sends or accepts.
const MESSAGE_BYTES: usize = 16 << 20;

/// Computes the result of a graph.
type Run = dyn Fn(&Graph) -> Result<Tree, Status> + Send + Sync;

/// A daemon with prepared answers.
pub struct ScriptedBridge {
    locals: BTreeMap<String, Tree>,
    /// Configurations by reference, then platform.
    images: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    inputs: BTreeMap<String, pb::Definition>,
    gateway_caps: BTreeMap<String, Option<String>>,
    llb_caps: BTreeMap<String, Option<String>>,
    run: Arc<Run>,
}

impl Default for ScriptedBridge {
    fn default() -> Self {
        Self::new()
    }
}

impl ScriptedBridge {
    /// A daemon with every capability, no files and no images.
    pub fn new() -> Self {
        let caps = |names: &[&str]| names.iter().map(|n| ((*n).to_owned(), None)).collect();
        Self {
            locals: BTreeMap::new(),
            images: BTreeMap::new(),
            inputs: BTreeMap::new(),
            gateway_caps: caps(&caps::GATEWAY),
            llb_caps: caps(&caps::LLB),
            run: Arc::new(|_| Ok(Tree::new())),
        }
    }

    /// A file in a local directory of the client (`context`, `dockerfile`, …).
    #[must_use]
    pub fn file(mut self, local: &str, path: &str, content: impl Into<Vec<u8>>) -> Self {
        let tree = self.locals.remove(local).unwrap_or_default();
        self.locals
            .insert(local.to_owned(), tree.file(path, content));
        self
    }

    /// An image's configuration for a platform. The reference may have any
    /// form.
    #[must_use]
    pub fn image(mut self, reference: &str, platform: &str, config: impl Into<Vec<u8>>) -> Self {
        self.images
            .entry(familiar_name(reference))
            .or_default()
            .insert(platform.to_owned(), config.into());
        self
    }

    /// A graph that the client passes as an input.
    #[must_use]
    pub fn input(mut self, name: &str, definition: pb::Definition) -> Self {
        self.inputs.insert(name.to_owned(), definition);
        self
    }

    /// Sets the results of graphs other than local directories.
    #[must_use]
    pub fn run(
        mut self,
        run: impl Fn(&Graph) -> Result<Tree, Status> + Send + Sync + 'static,
    ) -> Self {
        self.run = Arc::new(run);
        self
    }

    /// Removes a capability of graphs.
    #[must_use]
    pub fn without_llb(mut self, name: &str) -> Self {
        self.llb_caps.remove(name);
        self
    }

    /// Disables a capability of graphs, as a daemon with the classic image
    /// store does with `mergeop` and `diffop`.
    #[must_use]
    pub fn disable_llb(mut self, name: &str, reason: &str) -> Self {
        self.llb_caps
            .insert(name.to_owned(), Some(reason.to_owned()));
        self
    }

    /// Removes a capability of the gateway.
    #[must_use]
    pub fn without_gateway(mut self, name: &str) -> Self {
        self.gateway_caps.remove(name);
        self
    }

    /// A client of this daemon, and the record of its calls.
    pub async fn connect(self) -> (GrpcBridge, Record) {
        let (here, there) = tokio::io::duplex(1 << 16);
        let (reader, writer) = tokio::io::split(there);
        let record = self.serve(reader, writer);
        let bridge = GrpcBridge::connect(here).await;
        (bridge.expect("the connection is in memory"), record)
    }

    /// Serves the other end of a connection: for example a program's stdin and
    /// stdout.
    pub fn serve<R, W>(self, reader: R, writer: W) -> Record
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let record = Record::default();
        let service = service::Service::new(self, record.clone());
        let service = LlbBridgeServer::new(service)
            .max_decoding_message_size(MESSAGE_BYTES)
            .max_encoding_message_size(MESSAGE_BYTES);
        let peer = Ok::<_, std::io::Error>(io::Peer::new(reader, writer));
        // The server would stop with the last of them.
        let peers = tokio_stream::once(peer).chain(tokio_stream::pending());
        tokio::spawn(
            tonic::transport::Server::builder()
                .add_service(service)
                .serve_with_incoming(peers),
        );
        record
    }
}
