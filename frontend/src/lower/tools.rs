//! Where uv comes from: its wheel, pinned by digest, or the context `uv`.
//!
//! It is only ever mounted, so it is in no image.

use buildkit_llb::exec::NetworkMode;
use buildkit_llb::{Digest, Exec, HttpUrl, Mount, Output, Platform, Source, at};

use super::StepContext;
use super::step::{DEFAULT_PATH, with_files};
use crate::plan::Resolution;
use crate::python::rewrite;
use crate::steps;

/// uv's version that this release pins.
pub const UV_VERSION: &str = "0.13.8";

/// Statically linked wheels (musllinux): they run on any base. By
/// architecture: path on PyPI's file host, and SHA-256.
const WHEELS: [(&str, &str, &str); 2] = [
    (
        "amd64",
        "packages/4d/a3/1ac9cd75985371da0d29c9c12132e6d5b5627b9d0de87c5ad97ab9ad69b0/\
         uv-0.13.8-py3-none-musllinux_1_1_x86_64.whl",
        "29451c60f5e8b07403e0a175d5229efc36b0289b34143ff4aaa499a5dd52553a",
    ),
    (
        "arm64",
        "packages/9e/f0/d989ac5fcebf83f1c8c5d78974f27788e8364945969eb646f5d0db35d924/\
         uv-0.13.8-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl",
        "0b3e8b1a4f5e405e31e2ff33de8af4744831e9f7338539671efbd8c3c94e791d",
    ),
];

/// Where the program comes from.
#[derive(Clone, Debug)]
pub enum UvSource {
    /// The wheel that this release pins.
    Pinned,
    /// The named context `uv`: an image or a directory.
    Context(Output),
}

/// A tree with the program for a platform; `None` where no wheel is known for its
/// architecture and no context was given.
pub fn uv_tree(
    context: &StepContext<'_>,
    resolution: &Resolution,
    interpreter: &str,
    source: &UvSource,
    platform: &Platform,
) -> Option<Output> {
    if let UvSource::Context(tree) = source {
        return Some(tree.clone());
    }
    let (_, path, sha256) = WHEELS
        .iter()
        .find(|(architecture, ..)| *architecture == platform.architecture())?;
    let url = rewrite(
        &format!("https://files.pythonhosted.org/{path}"),
        &resolution.mirrors,
    );
    let url: HttpUrl = url.parse().ok()?;
    let digest: Digest = format!("sha256:{sha256}").parse().ok()?;
    let wheel = Source::http(url)
        .checksum(&digest)
        .filename("uv.whl")
        .name(format!("[internal] uv {UV_VERSION} for {platform}"))
        .output();
    let step = steps::unpack_uv();
    let exec = Exec::on(&context.images.builder)
        .platform(context.builder.clone())
        .args(step.command(interpreter))
        .env("PATH", DEFAULT_PATH)
        .network(NetworkMode::None)
        .mount(at("/in"), Mount::read_only(&wheel))
        .mount(at("/out"), Mount::writable(&Output::SCRATCH))
        .name(format!("[internal] unpack uv {UV_VERSION}"));
    Some(with_files(exec, &step).finish().output(at("/out")))
}
