//! Whatever a stub holds, reading it takes bounded time and memory.
//!
//! Each shape of stub is as long as a stub may be, and is read in a process of
//! its own, so that the peak of the memory is that of the shape alone.

use super::*;
use crate::stub::limits::STUB as LIMIT;

/// CPU time for one stub. An unoptimised build is some twenty times slower.
const MILLISECONDS: u128 = if cfg!(debug_assertions) { 2500 } else { 100 };
/// Memory for one stub, beyond what the process has before.
const MEBIBYTES: u128 = 50;

/// Repeats a piece, numbered, until the stub is as long as it may be.
fn fill(before: &str, piece: impl Fn(usize) -> String, after: &str) -> String {
    fill_to(LIMIT - 64, before, piece, after)
}

fn fill_to(length: usize, before: &str, piece: impl Fn(usize) -> String, after: &str) -> String {
    let mut text = before.to_owned();
    for number in 0.. {
        let next = piece(number);
        if text.len() + next.len() + after.len() > length {
            break;
        }
        text += &next;
    }
    text + after
}

/// Half of a stub of one piece, then the rest of another.
fn halves(
    before: &str,
    first: impl Fn(usize) -> String,
    between: &str,
    second: impl Fn(usize) -> String,
) -> String {
    let half = fill_to(LIMIT / 2, before, first, between);
    fill(&half, second, "")
}

#[allow(clippy::too_many_lines, reason = "a table of shapes")]
fn shapes() -> Vec<(&'static str, String)> {
    let long = "a".repeat(LIMIT / 2 - 512);
    let variant = |n: usize| format!("[variant.v{n}]\n");
    let chain = |n: usize| match n {
        0 => "[variant.v0]\n".to_owned(),
        n => format!("[variant.v{n}]\nextends = \"v{}\"\n", n - 1),
    };
    let entry = |n: usize| format!("\"p{n}\",");
    vec![
        // Inheritance.
        (
            "an array that takes in twice what it inherits, thirty times",
            (0..30).fold("[base]\napt = [\"git\"]\n".to_owned(), |text, n| {
                text + &chain(n) + &format!("[variant.v{n}.base]\napt = [\"...\", \"...\"]\n")
            }),
        ),
        ("a chain of variants", fill("", chain, "")),
        (
            "a chain of variants that each add a package",
            fill(
                "",
                |n| chain(n) + &format!("base.apt = [\"...\", \"p{n}\"]\n"),
                "",
            ),
        ),
        (
            "a chain of variants that each add a variable",
            fill("", |n| chain(n) + &format!("base.env.A{n} = \"\"\n"), ""),
        ),
        (
            "a chain of variants that each add a layer",
            fill(
                "",
                |n| {
                    chain(n)
                        + &format!("python.layer = [{{ name = \"l{n}\", packages = [\"x\"] }}]\n")
                },
                "",
            ),
        ),
        (
            "a cycle of variants",
            fill(
                "[variant.x]\nextends = \"v0\"\n",
                |n| format!("[variant.v{n}]\nextends = \"v{}\"\n", n + 1),
                "",
            ),
        ),
        (
            "unknown variants",
            fill("", |n| format!("[variant.v{n}]\nextends = \"w{n}\"\n"), ""),
        ),
        (
            "many packages in many variants",
            halves("[base]\napt = [", entry, "]\n", variant),
        ),
        (
            "many variables in many variants",
            halves(
                "[base.env]\n",
                |n| format!("A{n} = \"\"\n"),
                "",
                |n| format!("[variant.v{n}.base.env]\nA1 = \"1\"\n"),
            ),
        ),
        (
            "many layers in many variants",
            halves(
                "python.layer = [",
                |n| format!("{{ name = \"l{n}\", packages = [\"x\"] }},"),
                "]\n",
                variant,
            ),
        ),
        (
            "many ports in many variants",
            halves(
                "app.expose = [",
                |n| format!("\"{}-{}\",", n * 9 % 60000 + 1, n * 9 % 60000 + 999),
                "]\n",
                variant,
            ),
        ),
        (
            "a long value in many variants",
            fill(
                &format!("[base.env]\nA = \"{long}\"\nB = \"\"\n"),
                |n| format!("[variant.v{n}.base.env]\nB = \"{n}\"\n"),
                "",
            ),
        ),
        (
            "an error in many variants",
            fill("[app]\nhealthcheck = { interval = \"1s\" }\n", variant, ""),
        ),
        (
            "contradicting versions in many variants",
            fill(
                "base.image = \"python:3.12-slim\"\n",
                |n| format!("[variant.v{n}.python]\nversion = \"3.11\"\n"),
                "",
            ),
        ),
        (
            "abstract variants",
            fill("", |n| format!("[variant.v{n}]\nabstract = true\n"), ""),
        ),
        // Arguments.
        (
            "arguments that double",
            fill(
                "[args]\nA0 = \"0123456789\"\n",
                |n| format!("A{} = \"${{A{n}}}${{A{n}}}${{A{n}}}${{A{n}}}\"\n", n + 1),
                "",
            ),
        ),
        (
            "a long argument in many arguments",
            fill(
                &format!("[args]\nA = \"{}\"\n", "x".repeat(60_000)),
                |n| format!("B{n} = \"${{A}}\"\n"),
                "",
            ),
        ),
        (
            "a long argument in many values",
            fill(
                &format!("[args]\nA = \"{}\"\n[base.env]\n", "x".repeat(60_000)),
                |n| format!("B{n} = \"${{A}}\"\n"),
                "",
            ),
        ),
        (
            "many arguments and many undeclared names in one value",
            halves(
                "[args]\n",
                |n| format!("ARG{n} = \"\"\n"),
                "[base.env]\nA = \"",
                |n| format!("${{AGR{n}}}"),
            ) + "\"\n",
        ),
        (
            "many arguments and many undeclared names in many values",
            halves(
                "[args]\n",
                |n| format!("ARG{n} = \"\"\n"),
                "[base.env]\n",
                |n| format!("A{n} = \"${{AGR{n}}}\"\n"),
            ),
        ),
        (
            "dollars without braces",
            fill(
                "[args]\nA = \"\"\n[base.env]\nB = \"",
                |_| "$A ".to_owned(),
                "\"\n",
            ),
        ),
        (
            "variables of the base image",
            fill("[base.env]\nB = \"", |_| "${env:A}".to_owned(), "\"\n"),
        ),
        // Long arrays and tables.
        ("packages", fill("base.apt = [", entry, "]\n")),
        (
            "the same package",
            fill("base.apt = [", |_| "\"git\",".to_owned(), "]\n"),
        ),
        (
            "directories",
            fill("base.dirs = [", |n| format!("\"/d{n}\","), "]\n"),
        ),
        (
            "variables",
            fill("[base.env]\n", |n| format!("A{n}=\"\"\n"), ""),
        ),
        (
            "labels",
            fill("[app.labels]\n", |n| format!("a{n}=\"\"\n"), ""),
        ),
        (
            "labels over labels",
            halves(
                "[app.labels]\n",
                |n| format!("a{n}=\"\"\n"),
                "[variant.x.app.labels]\n",
                |n| format!("a{n}=\"\"\n"),
            ),
        ),
        (
            "volumes",
            fill("app.volumes = [", |n| format!("\"/d{n}\","), "]\n"),
        ),
        (
            "ports",
            fill("app.expose = [", |n| format!("{},", n % 65535 + 1), "]\n"),
        ),
        (
            "ranges of ports",
            fill(
                "app.expose = [",
                |n| format!("\"{}-{}\",", n + 1, n + 999),
                "]\n",
            ),
        ),
        (
            "files",
            fill(
                "app.copy = [",
                |n| format!("{{from=\"{n}\",to=\"/x\"}},"),
                "]\n",
            ),
        ),
        ("words", fill("app.cmd = [", |_| "\"\",".to_owned(), "]\n")),
        (
            "words of a health check",
            fill("app.healthcheck.cmd = [", |_| "\"\",".to_owned(), "]\n"),
        ),
        (
            "platforms",
            fill(
                "variant.cpu.platforms = [",
                |n| format!("\"linux/arm/v{n}\","),
                "]\n",
            ),
        ),
        (
            "layers",
            fill(
                "",
                |n| format!("[[python.layer]]\nname=\"l{n}\"\npackages=[\"x\"]\n"),
                "",
            ),
        ),
        (
            "layers without a name",
            fill("", |_| "[[python.layer]]\n".to_owned(), ""),
        ),
        (
            "layers of one name",
            fill(
                "",
                |_| "[[python.layer]]\nname=\"l\"\npackages=[\"x\"]\n".to_owned(),
                "",
            ),
        ),
        (
            "layers over layers",
            halves(
                "python.layer = [",
                |n| format!("{{name=\"l{n}\",packages=[\"x\"]}},"),
                "]\n[variant.x]\npython.layer = [",
                |n| format!("{{name=\"l{n}\",packages=[\"...\",\"y\"]}},"),
            ) + "]\n",
        ),
        (
            "layers above an application's",
            fill(
                "",
                |n| {
                    format!(
                        "[[python.layer]]\nname=\"l{n}\"\npackages=[\"x\"]\napp={}\n",
                        n == 0
                    )
                },
                "",
            ),
        ),
        (
            "indexes",
            fill(
                "",
                |n| format!("[[python.index]]\nurl=\"http://{n}\"\n"),
                "",
            ),
        ),
        (
            "indexes over indexes",
            halves(
                "python.index = [",
                |n| format!("{{url=\"http://{n}\",default=true}},"),
                "]\n[variant.x]\npython.index = [",
                |n| format!("{{url=\"http://{n}\",default=true}},"),
            ) + "]\n",
        ),
        (
            "mirrors",
            fill(
                "[python.mirrors]\n",
                |n| format!("\"http://{n}\"=\"http://x\"\n"),
                "",
            ),
        ),
        (
            "files of a layer",
            fill(
                "[[python.layer]]\nname=\"l\"\nrequirements=[",
                |n| format!("\"f{n}/x\","),
                "]\n",
            ),
        ),
        (
            "packages of a layer",
            fill(
                "[[python.layer]]\nname=\"l\"\npackages=[",
                |n| format!("\"p{n}\","),
                "]\n",
            ),
        ),
        ("variants", fill("", variant, "")),
        // Errors.
        ("unknown keys", fill("", |n| format!("{n}=1\n"), "")),
        ("unknown tables", fill("", |n| format!("[a{n}]\n"), "")),
        (
            "unknown keys of a variant",
            fill("[variant.x]\n", |n| format!("a{n}=1\n"), ""),
        ),
        (
            "wrong types",
            fill("[base.env]\n", |n| format!("A{n}=1\n"), ""),
        ),
        (
            "wrong types in an array",
            fill("base.apt=[", |_| "1,".to_owned(), "]\n"),
        ),
        (
            "wrong values",
            fill("base.apt=[", |_| "\"-\",".to_owned(), "]\n"),
        ),
        (
            "wrong values at the end of a long line",
            fill("base.apt=[", entry, &format!("{}]\n", "\"-\",".repeat(100))),
        ),
        (
            "what there is nothing to inherit for",
            fill("base.apt=[", |_| "\"...\",".to_owned(), "]\n"),
        ),
        ("wrong names", fill("", |n| format!("[variant.A{n}]\n"), "")),
        (
            "names of architectures",
            fill("", |_| "[[python.layer]]\nname=\"arm64\"\n".to_owned(), ""),
        ),
        // Depth.
        (
            "arrays in arrays",
            format!("a={}{}\n", "[".repeat(60_000), "]".repeat(60_000)),
        ),
        ("open arrays", format!("a={}", "[".repeat(120_000))),
        ("tables in tables", fill("a=", |_| "{a=".to_owned(), "")),
        ("a dotted key", fill("a", |_| ".a".to_owned(), "=1\n")),
        ("a dotted header", fill("[a", |_| ".a".to_owned(), "]\n")),
        (
            "a dotted header of arrays",
            fill("[[a", |_| ".a".to_owned(), "]]\n"),
        ),
        (
            "a dotted key in tables",
            fill("a={b", |_| ".a".to_owned(), "=1}\n"),
        ),
        (
            "many deep headers",
            fill("", |n| format!("[a{}.b{n}]\n", ".a".repeat(60)), ""),
        ),
        (
            "many deep keys",
            fill("", |n| format!("a{}.b{n}=1\n", ".a".repeat(60)), ""),
        ),
        // Length.
        ("a long key", format!("{long} = 1\n")),
        (
            "a long quoted key",
            format!("\"{}\" = 1\n", "\\u001b".repeat(20_000)),
        ),
        (
            "a long name of a variant, with many keys",
            fill(
                &format!("[variant.{long}.base.env]\n"),
                |n| format!("A{n}=1\n"),
                "",
            ),
        ),
        (
            "a long unknown key, with many keys",
            fill(&format!("[base.{long}]\n"), |n| format!("A{n}=1\n"), ""),
        ),
        (
            "a long name of an argument, many times",
            fill(
                &format!("[args]\n{0}=\"\"\n[base.env]\n", "A".repeat(60_000)),
                |n| format!("A{n}=\"${{{}}}\"\n", "A".repeat(60)),
                "",
            ),
        ),
        (
            "a long name of a layer",
            format!("[[python.layer]]\nname = \"{long}\"\npackages = [\"x\"]\n"),
        ),
        (
            "a long string of a wrong type",
            format!("[base]\napt = \"{long}\"\n"),
        ),
        (
            "words of a wrong type",
            fill("[base]\napt = \"", |_| "- ".to_owned(), "\"\n"),
        ),
        (
            "a long command of a wrong type",
            fill("[app]\ncmd = \"", |_| "a ".to_owned(), "\"\n"),
        ),
        (
            "a long number",
            format!("app.expose = [{}]\n", "1".repeat(120_000)),
        ),
        (
            "a long duration",
            fill(
                "app.healthcheck = { http = \"80\", interval = \"",
                |_| "1s".to_owned(),
                "\" }\n",
            ),
        ),
        (
            "a long path",
            fill("[base]\nworkdir = \"", |_| "/a".to_owned(), "\"\n"),
        ),
        (
            "a path that climbs",
            fill("[base]\nworkdir = \"", |_| "/..".to_owned(), "\"\n"),
        ),
        (
            "placeholders",
            fill(
                "[[python.layer]]\nname=\"l\"\nrequirements=\"",
                |_| "{variant}".to_owned(),
                "\"\n",
            ),
        ),
        (
            "placeholders of a long variant",
            fill(
                &format!(
                    "[variant.{}]\n[[python.layer]]\nname=\"l\"\nrequirements=\"",
                    "v".repeat(60_000)
                ),
                |_| "{variant}".to_owned(),
                "\"\n",
            ),
        ),
        (
            "placeholders in many variants",
            halves(
                "[[python.layer]]\nname=\"l\"\nrequirements=\"",
                |_| "{variant}".to_owned(),
                "\"\n",
                variant,
            ),
        ),
        (
            "credentials",
            fill(
                "",
                |n| format!("[[python.index]]\nurl=\"http://u:{n}@h\"\n"),
                "",
            ),
        ),
        ("slashes", fill("name = \"", |_| "://@".to_owned(), "\"\n")),
        // No TOML at all.
        ("empty lines", "\n".repeat(LIMIT - 64)),
        ("comments", fill("", |_| "#\n".to_owned(), "")),
        ("words in a line", fill("", |_| "a ".to_owned(), "")),
        ("words in lines", fill("", |_| "a\n".to_owned(), "")),
        ("equals signs", "=".repeat(LIMIT - 64)),
        ("equals signs in lines", "=\n".repeat(LIMIT / 2 - 64)),
        ("quotes", "\"".repeat(LIMIT - 64)),
        ("quotes in lines", "\"\n".repeat(LIMIT / 2 - 64)),
        ("brackets", "[".repeat(LIMIT - 64)),
        ("brackets in lines", "[\n".repeat(LIMIT / 2 - 64)),
        ("closing brackets", "]".repeat(LIMIT - 64)),
        ("braces", "a={".repeat(LIMIT / 3 - 64)),
        ("commas", format!("a=[{}", ",".repeat(LIMIT - 64))),
        ("escapes", format!("a=\"{}\"", "\\q".repeat(LIMIT / 2 - 64))),
        ("NUL characters", "\0".repeat(LIMIT - 64)),
        ("carriage returns", "\r".repeat(LIMIT - 64)),
        ("wide characters", "ä".repeat(LIMIT / 2 - 64)),
        ("duplicate keys", fill("", |_| "a=1\n".to_owned(), "")),
        ("duplicate tables", fill("", |_| "[a]\n".to_owned(), "")),
        (
            "duplicate keys in a table",
            fill("a={", |_| "a=1,".to_owned(), "}\n"),
        ),
    ]
}

/// Reads a shape as a build does, messages included; the length of what is said.
fn read(text: &str) -> usize {
    match loaded(text, &[]) {
        Ok(project) => {
            let warnings = project.warnings.iter().map(|w| w.to_string().len());
            project.variants.len() + warnings.sum::<usize>()
        }
        Err(found) => {
            found.render();
            found.to_string().len()
        }
    }
}

/// A figure of `/proc/self/status`, in KiB.
fn status(key: &str) -> usize {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|l| l.strip_prefix(key)).unwrap();
    line.trim_matches([':', '\t', ' ', 'k', 'B'])
        .parse()
        .unwrap()
}

/// CPU time of this thread, in milliseconds.
fn cpu() -> u128 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds: u128 = text.split(' ').next().unwrap().parse().unwrap();
    nanoseconds / 1_000_000
}

/// What one stub takes.
#[derive(Debug)]
struct Measured {
    milliseconds: u128,
    mebibytes: u128,
    /// The length of what is reported.
    reported: u128,
}

/// Reads the stub on standard input, and prints what it takes.
#[test]
#[ignore = "run by reads_every_stub_in_bounded_time_and_memory, in processes of its own"]
fn measures_one_stub() {
    let text = std::io::read_to_string(std::io::stdin()).unwrap();
    let (memory, start) = (status("VmRSS"), cpu());
    let reported = read(&text);
    let memory = status("VmHWM").saturating_sub(memory) / 1024;
    println!("measured {} {memory} {reported}", cpu() - start);
}

/// Reads a stub in a process of its own; `None` if it crashes or does not end.
fn measure(stub: &str) -> Option<Measured> {
    let program = std::env::current_exe().unwrap();
    let mut child = std::process::Command::new(program)
        .args(["--exact", "stub::tests::limits::measures_one_stub"])
        .args(["--ignored", "--nocapture", "--test-threads=1"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut stdin, stub.as_bytes()).unwrap();
    drop(stdin);
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while child.try_wait().unwrap().is_none() {
        if std::time::Instant::now() > deadline {
            child.kill().unwrap();
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let text = std::io::read_to_string(child.stdout.take().unwrap()).unwrap();
    let (_, figures) = text.split_once("measured ")?;
    let figures = figures.lines().next()?.split(' ');
    let figures: Vec<u128> = figures.filter_map(|word| word.parse().ok()).collect();
    match figures[..] {
        [milliseconds, mebibytes, reported] => Some(Measured {
            milliseconds,
            mebibytes,
            reported,
        }),
        _ => None,
    }
}

#[test]
#[cfg(target_os = "linux")]
fn reads_every_stub_in_bounded_time_and_memory() {
    let mut failures = Vec::new();
    for (name, text) in shapes() {
        assert!(text.len() + 16 <= LIMIT, "{name}: {} bytes", text.len());
        let measured = measure(&text);
        if std::env::var_os("LAMINA_TEST_VERBOSE").is_some() {
            println!("{name}: {measured:?}");
        }
        // Messages are read by people, and travel in one response.
        let is_bounded = |m: &Measured| {
            m.milliseconds <= MILLISECONDS && m.mebibytes <= MEBIBYTES && m.reported <= 16 * 1024
        };
        if !measured.as_ref().is_some_and(is_bounded) {
            failures.push(format!("{name}: {measured:?}"));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
