//! The gRPC service of the scripted daemon.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use buildkit_proto::moby::buildkit::v1::apicaps::ApiCap;
use buildkit_proto::moby::buildkit::v1::frontend as wire;
use buildkit_proto::moby::buildkit::v1::frontend::llb_bridge_server::LlbBridge;
use buildkit_proto::{google, pb};
use lamina::client::familiar_name;
use prost::Message;
use serde_json::json;
use tonic::{Code, Request, Response, Status};

use super::graph::{Graph, digest};
use super::record::{Call, Record};
use super::tree::Tree;
use super::{Run, ScriptedBridge};

type Answer<T> = Result<Response<T>, Status>;

/// A status with details, as a daemon sends it.
pub fn status(code: Code, message: &str, details: &[(&str, serde_json::Value)]) -> Status {
    let details = details.iter().map(|(name, value)| google::protobuf::Any {
        type_url: format!("github.com/moby/buildkit/{name}+json"),
        value: value.to_string().into_bytes(),
    });
    let whole = google::rpc::Status {
        code: code.into(),
        message: message.to_owned(),
        details: details.collect(),
    };
    Status::with_details(code, message, whole.encode_to_vec().into())
}

/// The status of a failed step, with its vertex.
pub fn failed_step(message: &str, digest: &str) -> Status {
    status(
        Code::Unknown,
        message,
        &[
            ("errdefs.Solve", json!({"op": {"Op": {"Exec": {}}}})),
            ("errdefs.Vertex", json!({"digest": digest})),
        ],
    )
}

/// The status of a failed read.
fn failed_read(message: &str) -> Status {
    status(
        Code::Unknown,
        message,
        &[
            ("stack.Stack", json!({"frames": []})),
            ("errdefs.Solve", json!({})),
        ],
    )
}

pub(super) struct Service {
    script: ScriptedBridge,
    record: Record,
    /// Solved graphs by reference; they run when they are read.
    solved: Mutex<BTreeMap<String, Graph>>,
}

impl Service {
    pub(super) fn new(script: ScriptedBridge, record: Record) -> Self {
        Self {
            script,
            record,
            solved: Mutex::default(),
        }
    }

    fn load(&self, definition: Option<&pb::Definition>) -> Result<Option<Graph>, Status> {
        let definition = definition.ok_or_else(|| Status::invalid_argument("no definition"))?;
        let graph = Graph::load(definition).map_err(Status::unknown)?;
        for cap in graph.iter().flat_map(Graph::caps) {
            match self.script.llb_caps.get(cap) {
                Some(None) => {}
                Some(Some(reason)) => {
                    return Err(Status::unknown(format!(
                        "requested feature {cap} has been disabled on the build server: {reason}"
                    )));
                }
                None => {
                    return Err(Status::unknown(format!(
                        "requested feature {cap} is not supported by build server"
                    )));
                }
            }
        }
        Ok(graph)
    }

    /// The tree of a reference.
    fn tree(&self, reference: &str) -> Result<Tree, Status> {
        let graph = {
            let solved = self.solved.lock();
            let solved = solved.unwrap_or_else(PoisonError::into_inner);
            solved.get(reference).cloned()
        };
        let graph = graph.ok_or_else(|| Status::unknown(format!("no such ref: {reference}")))?;
        match local(&graph) {
            Some((name, attrs)) => match self.script.locals.get(name) {
                Some(tree) => Ok(transfer(tree, attrs)),
                None => Err(failed_step(
                    &format!("no local source {name}"),
                    &graph.target.digest,
                )),
            },
            None => run(&*self.script.run, &graph),
        }
    }

    /// A resolved image: reference with digest, digest, configuration.
    fn image(
        &self,
        reference: &str,
        platform: Option<&pb::Platform>,
    ) -> Result<(String, String, Vec<u8>), Status> {
        let plain = reference.split('@').next().unwrap_or_default();
        let images = self.script.images.get(&familiar_name(plain));
        let images = images.ok_or_else(|| Status::not_found(format!("{reference}: not found")))?;
        let platform = platform.map(platform_name).unwrap_or_default();
        let config = match images.get(&platform) {
            Some(config) => Some(config),
            // An image without an index is the same for every platform.
            None if images.len() == 1 => images.values().next(),
            None => None,
        };
        let config = config.ok_or_else(|| {
            Status::not_found(format!(
                "{reference}: no match for platform in manifest: not found"
            ))
        })?;
        let all: Vec<u8> = images.values().flatten().copied().collect();
        let digest = digest(&all);
        Ok((format!("{plain}@{digest}"), digest, config.clone()))
    }
}

fn run(run: &Run, graph: &Graph) -> Result<Tree, Status> {
    run(graph)
}

/// The local directory, if the graph is just one.
fn local(graph: &Graph) -> Option<(&str, &BTreeMap<String, String>)> {
    let source = graph.source()?;
    Some((source.identifier.strip_prefix("local://")?, &source.attrs))
}

fn transfer(tree: &Tree, attrs: &BTreeMap<String, String>) -> Tree {
    let patterns = |name: &str| -> Vec<String> {
        let text = attrs.get(name).map_or("[]", String::as_str);
        serde_json::from_str(text).unwrap_or_default()
    };
    let only = [
        patterns("local.followpaths"),
        patterns("local.includepattern"),
    ];
    tree.transfer(&only, &patterns("local.excludepatterns"))
}

fn platform_name(platform: &pb::Platform) -> String {
    let mut name = format!("{}/{}", platform.os, platform.architecture);
    if !platform.variant.is_empty() {
        name = format!("{name}/{}", platform.variant);
    }
    name
}

fn caps(caps: &BTreeMap<String, Option<String>>) -> Vec<ApiCap> {
    caps.iter()
        .map(|(id, disabled)| ApiCap {
            id: id.clone(),
            enabled: disabled.is_none(),
            disabled_reason_msg: disabled.clone().unwrap_or_default(),
            ..ApiCap::default()
        })
        .collect()
}

#[tonic::async_trait]
impl LlbBridge for Service {
    async fn ping(&self, _: Request<wire::PingRequest>) -> Answer<wire::PongResponse> {
        self.record.push(Call::Ping);
        Ok(Response::new(wire::PongResponse {
            frontend_api_caps: caps(&self.script.gateway_caps),
            llb_caps: caps(&self.script.llb_caps),
            workers: Vec::new(),
        }))
    }

    async fn resolve_image_config(
        &self,
        request: Request<wire::ResolveImageConfigRequest>,
    ) -> Answer<wire::ResolveImageConfigResponse> {
        let request = request.into_inner();
        self.record.push(Call::ResolveImageConfig(request.clone()));
        let (_, digest, config) = self.image(&request.r#ref, request.platform.as_ref())?;
        Ok(Response::new(wire::ResolveImageConfigResponse {
            digest,
            config,
            r#ref: request.r#ref,
        }))
    }

    async fn resolve_source_meta(
        &self,
        request: Request<wire::ResolveSourceMetaRequest>,
    ) -> Answer<wire::ResolveSourceMetaResponse> {
        let request = request.into_inner();
        self.record.push(Call::ResolveSourceMeta(request.clone()));
        let mut source = request
            .source
            .ok_or_else(|| Status::invalid_argument("source is required"))?;
        let mut image = None;
        if let Some(reference) = source.identifier.strip_prefix("docker-image://") {
            let (pinned, digest, config) = self.image(reference, request.platform.as_ref())?;
            source.identifier = format!("docker-image://{pinned}");
            image = Some(wire::ResolveSourceImageResponse {
                digest,
                config,
                attestation_chain: None,
            });
        }
        Ok(Response::new(wire::ResolveSourceMetaResponse {
            source: Some(source),
            image,
            ..Default::default()
        }))
    }

    async fn solve(&self, request: Request<wire::SolveRequest>) -> Answer<wire::SolveResponse> {
        let request = request.into_inner();
        self.record.push(Call::Solve(request.clone()));
        let graph = self.load(request.definition.as_ref())?;
        let mut id = String::new();
        if let Some(graph) = graph {
            let mut solved = self.solved.lock().unwrap_or_else(PoisonError::into_inner);
            id = format!("ref-{}", solved.len());
            solved.insert(id.clone(), graph);
        }
        if request.evaluate && !id.is_empty() {
            self.tree(&id)?;
        }
        let reference = wire::Ref {
            id,
            def: request.definition,
        };
        Ok(Response::new(wire::SolveResponse {
            r#ref: String::new(),
            result: Some(wire::Result {
                result: Some(wire::result::Result::Ref(reference)),
                ..Default::default()
            }),
        }))
    }

    async fn read_file(
        &self,
        request: Request<wire::ReadFileRequest>,
    ) -> Answer<wire::ReadFileResponse> {
        let request = request.into_inner();
        self.record.push(Call::ReadFile(request.clone()));
        let tree = self.tree(&request.r#ref)?;
        let data = tree.read(&request.file_path).map_err(|e| failed_read(&e))?;
        let range = request.range.unwrap_or(wire::FileRange {
            offset: 0,
            length: i64::MAX,
        });
        let size = |n: i64| usize::try_from(n).unwrap_or_default();
        let data = data.iter().skip(size(range.offset));
        Ok(Response::new(wire::ReadFileResponse {
            data: data.take(size(range.length)).copied().collect(),
        }))
    }

    async fn read_dir(
        &self,
        request: Request<wire::ReadDirRequest>,
    ) -> Answer<wire::ReadDirResponse> {
        let request = request.into_inner();
        self.record.push(Call::ReadDir(request.clone()));
        let tree = self.tree(&request.r#ref)?;
        let entries = tree.list(&request.dir_path).map_err(|e| failed_read(&e))?;
        Ok(Response::new(wire::ReadDirResponse { entries }))
    }

    async fn stat_file(
        &self,
        request: Request<wire::StatFileRequest>,
    ) -> Answer<wire::StatFileResponse> {
        let request = request.into_inner();
        self.record.push(Call::StatFile(request.clone()));
        let tree = self.tree(&request.r#ref)?;
        let stat = tree.stat(&request.path).map_err(|e| failed_read(&e))?;
        Ok(Response::new(wire::StatFileResponse { stat: Some(stat) }))
    }

    async fn evaluate(
        &self,
        request: Request<wire::EvaluateRequest>,
    ) -> Answer<wire::EvaluateResponse> {
        let request = request.into_inner();
        self.record.push(Call::Evaluate(request.clone()));
        self.tree(&request.r#ref)?;
        Ok(Response::new(wire::EvaluateResponse {}))
    }

    async fn r#return(
        &self,
        request: Request<wire::ReturnRequest>,
    ) -> Answer<wire::ReturnResponse> {
        if self.record.returned().is_some() {
            return Err(Status::unknown("return has been called already"));
        }
        self.record.push(Call::Return(request.into_inner()));
        Ok(Response::new(wire::ReturnResponse {}))
    }

    async fn inputs(&self, _: Request<wire::InputsRequest>) -> Answer<wire::InputsResponse> {
        self.record.push(Call::Inputs);
        let definitions = self.script.inputs.clone().into_iter().collect();
        Ok(Response::new(wire::InputsResponse { definitions }))
    }

    async fn warn(&self, request: Request<wire::WarnRequest>) -> Answer<wire::WarnResponse> {
        self.record.push(Call::Warn(request.into_inner()));
        Ok(Response::new(wire::WarnResponse {}))
    }

    // lamina does not use containers.

    async fn new_container(
        &self,
        _: Request<wire::NewContainerRequest>,
    ) -> Answer<wire::NewContainerResponse> {
        Err(Status::unimplemented("containers"))
    }

    async fn release_container(
        &self,
        _: Request<wire::ReleaseContainerRequest>,
    ) -> Answer<wire::ReleaseContainerResponse> {
        Err(Status::unimplemented("containers"))
    }

    type ExecProcessStream = tokio_stream::Empty<Result<wire::ExecMessage, Status>>;

    async fn exec_process(
        &self,
        _: Request<tonic::Streaming<wire::ExecMessage>>,
    ) -> Answer<Self::ExecProcessStream> {
        Err(Status::unimplemented("containers"))
    }

    async fn read_file_container(
        &self,
        _: Request<wire::ReadFileRequest>,
    ) -> Answer<wire::ReadFileResponse> {
        Err(Status::unimplemented("containers"))
    }

    async fn read_dir_container(
        &self,
        _: Request<wire::ReadDirRequest>,
    ) -> Answer<wire::ReadDirResponse> {
        Err(Status::unimplemented("containers"))
    }

    async fn stat_file_container(
        &self,
        _: Request<wire::StatFileRequest>,
    ) -> Answer<wire::StatFileResponse> {
        Err(Status::unimplemented("containers"))
    }
}
