//! A table of the measured times; then memory, which is measured here.
//!
//! Times are the fastest of criterion's samples in `target/criterion`, which other
//! work on the machine disturbed least. Memory is the peak of a process that does
//! nothing else (`VmHWM` of `/proc/self/status`, so Linux only), minus that of one
//! that does nothing.
//!
//! Exits with status 1 if a target is missed.

use std::error::Error;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use buildkit_llb::Definition;
use llb_benches::{SHAPES, SIZES, chain};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The limit for the growth of time per vertex from 1,000 to 100,000 vertices.
const FLAT: f64 = 1.5;

/// How many times as fast as the crate from 2020 building and encoding must be, at
/// 1,000 vertices.
const FASTER: f64 = 2.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match &arguments[..] {
        [] => report(),
        [task, shape, size] => alone(task, shape, size).map(|()| true),
        _ => Err("usage: report".into()),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("report: {error}");
            ExitCode::FAILURE
        }
    }
}

fn report() -> Result<bool> {
    let mut good = true;
    println!("| | 100,000 : 1,000 | µs a vertex at 10 | at 1,000 | at 100,000 |");
    println!("|---|---|---|---|---|");
    for task in ["encode", "decode"] {
        for (shape, _) in SHAPES {
            let times = SIZES.map(|size| time(shape, task, size));
            let [few, some, many] = times;
            let (few, some, many) = (few?, some?, many?);
            let ratio = many / some;
            // Decoding has no target.
            good &= task == "decode" || ratio <= FLAT;
            println!("| {task} {shape} | {ratio:.2} | {few:.2} | {some:.2} | {many:.2} |");
        }
    }
    println!();
    println!("| | times as fast as in 2020, 10 vertices | 1,000 vertices |");
    println!("|---|---|---|");
    for (shape, _) in SHAPES {
        let group = format!("compare-{shape}");
        let faster = |size| {
            Ok::<_, Box<dyn Error>>(time(&group, "2020", size)? / time(&group, "new", size)?)
        };
        match (faster(10), faster(1_000)) {
            (Ok(few), Ok(many)) => {
                good &= many >= FASTER;
                println!("| {shape} | {few:.1} | {many:.1} |");
            }
            _ => println!("| {shape} | not measured | |"),
        }
    }
    println!();
    println!("| bytes of memory a vertex, at most | 1,000 | 100,000 |");
    println!("|---|---|---|");
    let nothing = memory("nothing", "chain", 0)?;
    for task in ["build", "encode", "decode"] {
        for (shape, _) in SHAPES {
            let each = |size: usize| -> Result<u64> {
                let used = memory(task, shape, size)?.saturating_sub(nothing);
                Ok(used / size as u64)
            };
            println!("| {task} {shape} | {} | {} |", each(1_000)?, each(100_000)?);
        }
    }
    println!();
    million();
    Ok(good)
}

/// The fastest sample of a benchmark, in microseconds a vertex.
fn time(group: &str, task: &str, size: usize) -> Result<f64> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/criterion");
    let path: PathBuf = root.join(group).join(task).join(size.to_string());
    let path = path.join("new/sample.json");
    let text = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let sample: serde_json::Value = serde_json::from_slice(&text)?;
    let numbers = |key: &str| -> Vec<f64> {
        let list = sample[key].as_array().into_iter().flatten();
        list.filter_map(serde_json::Value::as_f64).collect()
    };
    let each = numbers("times").into_iter().zip(numbers("iters"));
    let best = each.map(|(nanos, times)| nanos / times).reduce(f64::min);
    let size = f64::from(u32::try_from(size)?);
    Ok(best.ok_or("no samples")? / size / 1000.0)
}

/// The peak memory of a separate process, in bytes.
fn memory(task: &str, shape: &str, size: usize) -> Result<u64> {
    let child = Command::new(std::env::current_exe()?)
        .args([task, shape, &size.to_string()])
        .output()?;
    if !child.status.success() {
        return Err(format!("{task} {shape} {size}: {}", child.status).into());
    }
    Ok(String::from_utf8(child.stdout)?.trim().parse()?)
}

/// Does one task and prints its peak memory.
fn alone(task: &str, shape: &str, size: &str) -> Result<()> {
    let size: usize = size.parse()?;
    let (_, make) = SHAPES
        .into_iter()
        .find(|(name, _)| *name == shape)
        .ok_or("no such shape")?;
    match task {
        "nothing" => {}
        "write" => {
            let bytes = Definition::new(&make(size)).to_bytes();
            std::fs::write(place(shape, size), bytes)?;
        }
        "build" => drop(black_box(make(size))),
        "encode" => drop(black_box(Definition::new(&make(size)).to_bytes())),
        "decode" => {
            let bytes = std::fs::read(encoded(shape, size)?)?;
            std::fs::remove_file(place(shape, size))?;
            drop(black_box(Definition::from_bytes(&bytes)?));
        }
        _ => return Err("no such task".into()),
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    println!("{}", kilobytes.ok_or("no VmHWM")?.parse::<u64>()? * 1024);
    Ok(())
}

/// A file with a definition that another process has made.
fn encoded(shape: &str, size: usize) -> Result<PathBuf> {
    let child = Command::new(std::env::current_exe()?)
        .args(["write", shape, &size.to_string()])
        .output()?;
    if !child.status.success() {
        return Err("cannot write the definition".into());
    }
    Ok(place(shape, size))
}

fn place(shape: &str, size: usize) -> PathBuf {
    std::env::temp_dir().join(format!("llb-{shape}-{size}.pb"))
}

/// A chain of a million: built, encoded, read back and dropped.
fn million() {
    let start = Instant::now();
    let bytes = Definition::new(&chain(1_000_000)).to_bytes();
    let encoded = start.elapsed();
    let read = Definition::from_bytes(&bytes).map(drop).is_ok();
    let decoded = start.elapsed().saturating_sub(encoded);
    println!("A chain of 1,000,000: encoded and dropped in {encoded:.1?},");
    println!("read back ({read}) and dropped in {decoded:.1?}.");
}
