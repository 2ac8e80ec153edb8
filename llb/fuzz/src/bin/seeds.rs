//! Writes the seeds of the corpus into a directory: the definitions of the test
//! vectors, and small graphs of this crate with all metadata.

use std::error::Error;
use std::fs;
use std::path::Path;

use buildkit_llb::metadata::ProgressGroup;
use buildkit_llb::{Definition, Diff, Exec, File, Merge, Mount, Output};
use buildkit_llb::{Source, SourceFile, at, pb};
use prost::Message as _;

fn main() -> Result<(), Box<dyn Error>> {
    let directory = std::env::args().nth(1).ok_or("usage: seeds DIRECTORY")?;
    let directory = Path::new(&directory);
    let write = |name: &str, bytes: &[u8]| fs::write(directory.join(name), bytes);
    for entry in fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors"))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        write(&format!("vector-{name}"), &vector(&path)?)?;
    }
    for (name, output) in graphs()? {
        write(
            &format!("graph-{name}"),
            &Definition::new(&output).to_bytes(),
        )?;
    }
    Ok(())
}

fn vector(path: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let json: serde_json::Value = serde_json::from_slice(&fs::read(path)?)?;
    let mut definition = pb::Definition::default();
    for op in json["ops"].as_array().ok_or("no operations")? {
        let hex = op["hex"].as_str().ok_or("no bytes")?;
        let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16);
        let bytes = (0..hex.len()).step_by(2).map(digits);
        definition.def.push(bytes.collect::<Result<_, _>>()?);
    }
    Ok(definition.encode_to_vec())
}

fn graphs() -> Result<Vec<(&'static str, Output)>, Box<dyn Error>> {
    let file = |data: &str| File::on(&Output::SCRATCH).mkfile(at("/a"), 0o644, data);
    let stub = SourceFile::new("stub", "TOML", "a\nb\n");
    let described = file("1")
        .name("one")
        .progress_group(ProgressGroup::new("g", "group").weak())
        .ignore_cache()
        .export_cache(false)
        .location(stub.lines(1, 2));
    let base = Source::image("alpine:3".parse()?).output();
    let run = Exec::on(&base)
        .shell("true")
        .mount(at("/m"), Mount::writable(described.clone().output()))
        .finish();
    let diff = Diff::between(&base, run.root()).output();
    let united = file("1").name("two").location(stub.lines(2, 2)).output();
    Ok(vec![
        ("scratch", Output::SCRATCH),
        ("described", described.output()),
        (
            "run",
            Merge::of([run.output(at("/m")), diff, united]).output(),
        ),
    ])
}
