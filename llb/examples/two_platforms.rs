//! One graph for each of two platforms, with a merge, a diff, an HTTP and a git
//! source, a source map and progress groups. What does not depend on the platform
//! is one operation for both.
//!
//! `cargo run -p buildkit-llb --example two_platforms` prints both dumps.

use std::error::Error;
use std::io::{Write as _, stdout};

use buildkit_llb::metadata::ProgressGroup;
use buildkit_llb::{
    Constraints, CopyFrom, Definition, Diff, Exec, File, Merge, Output, Platform, Source,
    SourceFile, at,
};

/// The file that the build comes from.
const FILE: &str = "\
base: debian:12-slim
packages: [ca-certificates]
files: https://www.apache.org/licenses/LICENSE-2.0.txt
sources: https://github.com/moby/buildkit.git#v0.29.0
";

fn main() -> Result<(), Box<dyn Error>> {
    for platform in ["linux/amd64", "linux/arm64"] {
        let platform: Platform = platform.parse()?;
        let definition = Definition::new(&image(&platform)?);
        write!(stdout(), "# {platform}\n{}", definition.dump())?;
    }
    Ok(())
}

/// The image for a platform.
///
/// # Errors
///
/// If a literal is malformed.
pub fn image(platform: &Platform) -> Result<Output, Box<dyn Error>> {
    let file = SourceFile::new("build.yaml", "YAML", FILE);
    let group = |id: &str| ProgressGroup::new(id, format!("[{id}] {platform}"));
    let constraints = Constraints::new().platform(platform.clone());

    let base = Source::image("debian:12-slim".parse()?)
        .constraints(&constraints)
        .location(file.lines(1, 1))
        .output();
    let installed = Exec::on(&base)
        .shell("apt-get update && apt-get install -y ca-certificates")
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("DEBIAN_FRONTEND", "noninteractive")
        .constraints(&constraints)
        .progress_group(group("packages"))
        .location(file.lines(2, 2))
        .finish()
        .root();
    let packages = Diff::between(&base, installed)
        .progress_group(group("packages"))
        .location(file.lines(2, 2))
        .output();

    // The same operations on every platform.
    let license = Source::http("https://www.apache.org/licenses/LICENSE-2.0.txt".parse()?)
        .checksum(
            &"sha256:cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30".parse()?,
        )
        .filename("LICENSE")
        .location(file.lines(3, 3))
        .output();
    let sources = Source::git("https://github.com/moby/buildkit.git".parse()?)
        .reference("v0.29.0")
        .location(file.lines(4, 4))
        .output();
    let docs = File::on(Output::SCRATCH)
        .mkdir(at("/usr"), 0o755)
        .mkdir(at("/usr/share"), 0o755)
        .mkdir(at("/usr/share/app"), 0o755)
        .copy(license, at("/LICENSE"), at("/usr/share/app/LICENSE"))
        .action(
            CopyFrom::tree(sources, at("/docs"), at("/usr/share/app/docs"))
                .contents_only()
                .create_parents(),
        )
        .progress_group(ProgressGroup::new("docs", "[docs]"))
        .location(file.lines(3, 4))
        .output();
    Ok(Merge::of([base, packages, docs])
        .name(format!("image for {platform}"))
        .output())
}
