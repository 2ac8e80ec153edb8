//! The bridge over gRPC.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use buildkit_proto::fsutil::types::Stat;
use buildkit_proto::moby::buildkit::v1::frontend as wire;
use buildkit_proto::moby::buildkit::v1::frontend::llb_bridge_client::LlbBridgeClient;
use buildkit_proto::pb;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::OnceCell;
use tonic::transport::{Channel, Endpoint, Uri};

use super::bridge::{
    Bridge, DirEntry, FileContent, MAX_FILE_BYTES, Outcome, Pong, Ref, ResolveRequest,
    SolveRequest, SourceMeta, Warning,
};
use super::error::BridgeError;
use super::messages;
use crate::client::CacheImport;
use crate::source::escaped;

/// The limit of BuildKit's own gRPC connections; tonic's default is 4 MiB.
const MESSAGE_BYTES: usize = 16 << 20;
/// Details of errors are sent in trailers, which HTTP/2 limits like headers:
/// the limit of grpc-go.
const HEADER_BYTES: u32 = 16 << 20;
/// Files are read in one message, which should not wait for the window every
/// 64 KiB.
const WINDOW_BYTES: u32 = 4 << 20;
/// How long the daemon may take to answer the first call, in seconds.
const PING_SECONDS: u64 = 15;

/// [`Bridge`] as a gRPC client. Clones share the connection, which is closed
/// when the last one is dropped.
#[derive(Clone, Debug)]
pub struct GrpcBridge {
    client: LlbBridgeClient<Channel>,
    cache_imports: Arc<[CacheImport]>,
    pong: Arc<OnceCell<Pong>>,
}

impl GrpcBridge {
    /// Uses an open connection, with HTTP/2 from the first byte on. Nothing is
    /// sent before the first call.
    pub async fn connect<Io>(io: Io) -> Result<Self, BridgeError>
    where
        Io: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let mut io = Some(TokioIo::new(io));
        // There is only this connection: a request for a second one means that
        // the first has ended.
        let connector = tower::service_fn(move |_: Uri| {
            let io = io.take();
            async move { io.ok_or_else(|| io::Error::other("BuildKit has closed the connection")) }
        });
        let channel = Endpoint::from_static("http://localhost")
            .http2_max_header_list_size(HEADER_BYTES)
            .initial_stream_window_size(WINDOW_BYTES)
            .initial_connection_window_size(WINDOW_BYTES)
            .connect_with_connector(connector)
            .await?;
        Ok(Self {
            client: LlbBridgeClient::new(channel)
                .max_decoding_message_size(MESSAGE_BYTES)
                .max_encoding_message_size(MESSAGE_BYTES),
            cache_imports: Arc::default(),
            pong: Arc::default(),
        })
    }

    /// Adds the cache imports of the client to each solve request: BuildKit
    /// looks only into those that the request of a graph names.
    #[must_use]
    pub fn with_cache_imports(mut self, imports: &[CacheImport]) -> Self {
        self.cache_imports = imports.into();
        self
    }

    /// A client for one call; clones share the connection.
    fn client(&self) -> LlbBridgeClient<Channel> {
        self.client.clone()
    }

    async fn pong(&self) -> Result<&Pong, BridgeError> {
        let ask = || async {
            let mut client = self.client();
            let answer = client.ping(wire::PingRequest {});
            match tokio::time::timeout(Duration::from_secs(PING_SECONDS), answer).await {
                Ok(answer) => Ok(messages::pong(answer?.into_inner())),
                Err(_) => Err(BridgeError::new(format!(
                    "BuildKit did not answer within {PING_SECONDS} seconds"
                ))),
            }
        };
        self.pong.get_or_try_init(ask).await
    }

    async fn stat(&self, reference: &Ref, path: &str) -> Result<Stat, BridgeError> {
        let call = wire::StatFileRequest {
            r#ref: reference.0.clone(),
            path: path.to_owned(),
            mount_index: 0,
        };
        let answer = self.client().stat_file(call).await?.into_inner();
        answer
            .stat
            .ok_or_else(|| BridgeError::new(format!("BuildKit sent an empty answer about {path}")))
    }

    /// For daemons before v0.13, which resolve only images.
    async fn resolve_image(&self, request: ResolveRequest) -> Result<SourceMeta, BridgeError> {
        let mut source = request.source;
        let Some(reference) = source.identifier.strip_prefix("docker-image://") else {
            return Ok(SourceMeta {
                source,
                digest: None,
                config: None,
            });
        };
        let call = wire::ResolveImageConfigRequest {
            r#ref: reference.to_owned(),
            platform: Some(request.platform.to_pb()),
            resolve_mode: request.mode,
            log_name: escaped(&request.name).into_owned(),
            ..Default::default()
        };
        let answer = self.client().resolve_image_config(call).await?.into_inner();
        if !answer.r#ref.is_empty() {
            source.identifier = format!("docker-image://{}", answer.r#ref);
        }
        Ok(SourceMeta {
            source,
            digest: Some(answer.digest).filter(|digest| !digest.is_empty()),
            config: Some(answer.config),
        })
    }
}

impl Bridge for GrpcBridge {
    async fn ping(&self) -> Result<Pong, BridgeError> {
        self.pong().await.cloned()
    }

    async fn resolve(&self, request: ResolveRequest) -> Result<SourceMeta, BridgeError> {
        if !self.pong().await?.has_gateway("source.metaresolver") {
            return self.resolve_image(request).await;
        }
        let request = messages::resolve_request(request);
        let answer = self.client().resolve_source_meta(request).await?;
        messages::source_meta(answer.into_inner())
    }

    async fn solve(&self, mut request: SolveRequest) -> Result<Option<Ref>, BridgeError> {
        messages::prepare(&mut request.definition);
        let at_once = self.pong().await?.has_gateway("gateway.solve.evaluate");
        let call = wire::SolveRequest {
            definition: Some(request.definition),
            allow_result_return: true,
            allow_result_array_ref: true,
            cache_imports: self.cache_imports.iter().map(cache_import).collect(),
            evaluate: request.evaluate && at_once,
            ..Default::default()
        };
        let answer = self.client().solve(call).await?.into_inner();
        let reference = messages::solved(answer)?;
        if let (Some(reference), true, false) = (&reference, request.evaluate, at_once) {
            self.evaluate(reference).await?;
        }
        Ok(reference)
    }

    async fn evaluate(&self, reference: &Ref) -> Result<(), BridgeError> {
        if self.pong().await?.has_gateway("gateway.evaluate") {
            let call = wire::EvaluateRequest {
                r#ref: reference.0.clone(),
            };
            self.client().evaluate(call).await?;
        } else {
            // Reading anything from the result makes the daemon run the graph.
            self.stat(reference, ".").await?;
        }
        Ok(())
    }

    async fn read_file(
        &self,
        reference: &Ref,
        path: &str,
        limit: usize,
    ) -> Result<FileContent, BridgeError> {
        let limit = limit.min(MAX_FILE_BYTES);
        let call = wire::ReadFileRequest {
            r#ref: reference.0.clone(),
            file_path: path.to_owned(),
            // One byte above the limit shows that a file is larger.
            range: Some(wire::FileRange {
                offset: 0,
                length: i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1),
            }),
            mount_index: 0,
        };
        let error = match self.client().read_file(call).await {
            Ok(answer) => {
                let data = answer.into_inner().data;
                if data.len() <= limit {
                    return Ok(FileContent::File(data));
                }
                let stat = self.stat(reference, path).await?;
                let size = u64::try_from(stat.size).unwrap_or_default();
                return Ok(FileContent::TooLarge { size, limit });
            }
            Err(status) => BridgeError::from(status),
        };
        if error.is_missing_path() {
            return Ok(FileContent::Missing);
        }
        if error.is_failed_step() {
            return Err(error);
        }
        // Versions word the error for a directory differently: look at the mode.
        let stat = self.stat(reference, path).await;
        stat.ok()
            .and_then(|stat| messages::not_a_file(&stat))
            .ok_or(error)
    }

    async fn read_dir(
        &self,
        reference: &Ref,
        path: &str,
    ) -> Result<Option<Vec<DirEntry>>, BridgeError> {
        let call = wire::ReadDirRequest {
            r#ref: reference.0.clone(),
            dir_path: path.to_owned(),
            include_pattern: String::new(),
            mount_index: 0,
        };
        match self
            .client()
            .read_dir(call)
            .await
            .map_err(BridgeError::from)
        {
            Ok(answer) => Ok(Some(messages::entries(answer.into_inner()))),
            Err(error) if error.is_missing_path() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn inputs(&self) -> Result<BTreeMap<String, pb::Definition>, BridgeError> {
        if !self.pong().await?.has_gateway("frontend.inputs") {
            return Ok(BTreeMap::new());
        }
        let answer = self.client().inputs(wire::InputsRequest {}).await?;
        Ok(answer.into_inner().definitions.into_iter().collect())
    }

    async fn warn(&self, warning: Warning) -> Result<(), BridgeError> {
        // Daemons without the call have no place to show it.
        if self.pong().await?.has_gateway("gateway.warnings") {
            self.client().warn(messages::warning(warning)).await?;
        }
        Ok(())
    }

    async fn finish(&self, outcome: Result<Outcome, BridgeError>) -> Result<(), BridgeError> {
        self.client().r#return(messages::outcome(outcome)).await?;
        Ok(())
    }
}

fn cache_import(import: &CacheImport) -> wire::CacheOptionsEntry {
    wire::CacheOptionsEntry {
        r#type: import.kind.clone(),
        attrs: import.attrs.clone().into_iter().collect(),
    }
}
