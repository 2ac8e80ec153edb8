//! A tree of a download and some files, without a container.
//!
//! `cargo run -p buildkit-llb --example files` prints the dump, with `--dot` the
//! graph for Graphviz, with `--llb` the definition.

use std::error::Error;
use std::io::{Write as _, stdout};

use buildkit_llb::{CopyFrom, Definition, File, Mkdir, Output, Owner, Source, at};

fn main() -> Result<(), Box<dyn Error>> {
    let license = Source::http("https://www.apache.org/licenses/LICENSE-2.0.txt".parse()?)
        .checksum(
            &"sha256:cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30".parse()?,
        )
        .filename("LICENSE")
        .name("license text")
        .output();
    let tree = File::on(&Output::SCRATCH)
        .action(
            Mkdir::new(at("/srv/app"), 0o755)
                .parents()
                .owner(Owner::ids(1000, 1000)),
        )
        .mkfile(at("/srv/app/settings.toml"), 0o644, "debug = false\n")
        .symlink(at("/srv/current"), "app")
        .action(
            CopyFrom::tree(&license, at("/LICENSE"), at("/srv/app"))
                .into_directory()
                .mode(0o444),
        )
        .name("files")
        .output();
    let definition = Definition::new(&tree);
    let bytes = match std::env::args().nth(1).as_deref() {
        Some("--dot") => definition.dot().into_bytes(),
        Some("--llb") => definition.to_bytes(),
        _ => definition.dump().into_bytes(),
    };
    stdout().write_all(&bytes)?;
    Ok(())
}
