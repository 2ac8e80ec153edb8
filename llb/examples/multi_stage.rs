//! A multi-stage build with secrets, an SSH agent and caches: a Go program is
//! compiled in one image and copied into another.
//!
//! ```sh
//! cargo run -p buildkit-llb --example multi_stage | buildctl debug dump-llb
//! cargo run -p buildkit-llb --example multi_stage -- --dump
//! ```

use std::error::Error;
use std::io::{Write as _, stdout};

use buildkit_llb::{
    CacheId, CopyFrom, Definition, Exec, File, Mount, Output, Owner, Platform, Sharing, Source, at,
};

fn main() -> Result<(), Box<dyn Error>> {
    let definition = Definition::new(&image()?);
    let bytes = match std::env::args().nth(1).as_deref() {
        Some("--dump") => definition.dump().into_bytes(),
        _ => definition.to_bytes(),
    };
    stdout().write_all(&bytes)?;
    Ok(())
}

/// The final image.
///
/// # Errors
///
/// If a literal is malformed.
pub fn image() -> Result<Output, Box<dyn Error>> {
    let platform = Platform::linux_amd64();
    let image = |reference: &str| -> Result<Output, Box<dyn Error>> {
        let source = Source::image(reference.parse()?).platform(platform.clone());
        Ok(source.name(format!("FROM {reference}")).output())
    };
    let context = Source::local("context")
        .session("the session of the client")
        .include(["go.mod", "go.sum", "**/*.go"])
        .exclude(["**/*_test.go"])
        .name("load the build context")
        .output();

    let go = |root: &Output| -> Result<Exec, Box<dyn Error>> {
        let cache = |id: &str| CacheId::new(id).map(|id| Mount::cache(id, Sharing::Shared));
        Ok(Exec::on(root)
            .platform(platform.clone())
            .cwd(at("/src"))
            .env("PATH", "/usr/local/go/bin:/usr/local/bin:/usr/bin:/bin")
            .env("GOPRIVATE", "git.example.com")
            .mount(at("/root/.cache/go-build"), cache("go-build")?)
            .mount(at("/go/pkg/mod"), cache("go-mod")?))
    };
    let builder = File::on(image("golang:1.25")?)
        .mkdir(at("/src"), 0o755)
        .action(
            CopyFrom::tree(&context, at("/"), at("/src"))
                .contents_only()
                .create_parents(),
        )
        .name("COPY . /src")
        .output();
    let modules = go(&builder)?
        .args(["go", "mod", "download"])
        .ssh(Mount::ssh("default"))
        .mount(at("/root/.netrc"), Mount::secret("netrc").optional())
        .name("RUN go mod download")
        .finish()
        .root();
    let out = File::on(Output::SCRATCH).mkdir(at("/out"), 0o755).output();
    let program = go(&modules)?
        .args(["go", "build", "-o", "/out/server", "./cmd/server"])
        .env("CGO_ENABLED", "0")
        .secret_env("LICENSE_KEY", "license")
        .mount(at("/out"), Mount::writable(out).selector(at("/out")))
        .name("RUN go build")
        .finish()
        .output(at("/out"));

    let server = CopyFrom::tree(program, at("/out/server"), at("/usr/local/bin/server"))
        .create_parents()
        .mode(0o755)
        .owner("0:0".parse::<Owner>()?);
    Ok(File::on(image("gcr.io/distroless/static:nonroot")?)
        .action(server)
        .name("COPY --from=builder /out/server /usr/local/bin/")
        .output())
}
