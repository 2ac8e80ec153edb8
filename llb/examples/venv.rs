//! A Python environment as a separate layer over an image, as a definition on
//! stdout:
//!
//! ```sh
//! cargo run -p buildkit-llb --example venv | buildctl debug dump-llb
//! cargo run -p buildkit-llb --example venv | buildctl build --output type=oci,dest=image.tar
//! ```

use std::error::Error;
use std::io::{Write as _, stdout};

use buildkit_llb::{
    CacheId, Definition, Exec, File, Merge, Mount, Output, Platform, Sharing, Source, at,
};

fn main() -> Result<(), Box<dyn Error>> {
    let platform = Platform::linux_amd64();
    let base = Source::image("python:3.11-slim".parse()?)
        .platform(platform.clone())
        .output();
    let list = File::on(&Output::SCRATCH)
        .mkfile(at("/list.txt"), 0o644, "requests==2.32.3\n")
        .output();
    let empty = File::on(&Output::SCRATCH)
        .mkdir(at("/opt"), 0o755)
        .mkdir(at("/opt/venv"), 0o755)
        .output();
    // Only what is written below /opt/venv becomes part of the image: the root, with
    // whatever else pip writes, is not used.
    let venv = Exec::on(&base)
        .args(["pip", "install", "--target=/opt/venv", "-r", "/in/list.txt"])
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .mount(at("/in"), Mount::read_only(&list))
        .mount(
            at("/root/.cache/pip"),
            Mount::cache(CacheId::new("pip")?, Sharing::Shared),
        )
        .mount(
            at("/opt/venv"),
            Mount::writable(&empty).selector(at("/opt/venv")),
        )
        .platform(platform)
        .name("install requests")
        .finish()
        .output(at("/opt/venv"));
    let image = Merge::of([base, venv]).name("image").output();
    stdout().write_all(&Definition::new(&image).to_bytes())?;
    Ok(())
}
