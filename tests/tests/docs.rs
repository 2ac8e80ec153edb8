//! Tests the documentation: parses its stubs, and compares its messages and
//! plans with the program's.
//!
//! A fenced block of a documentation page is one of these, by its info string:
//!
//! - `toml`: a whole stub; it resolves.
//! - `toml fragment`: the body of a stub without the first line; it resolves.
//! - `toml unavailable`: the same; each error is a key that is not available yet.
//! - `toml errors`: a whole stub; the next block has its messages.
//! - `text docker buildx build`: the beginning of what that prints for the stub
//!   with errors before it: the first excerpt, and the first message.
//! - `text lamina plan ARGUMENTS`: what that prints for the project at the root.
//! - anything else is not checked.
//!
//! `INSTA_UPDATE=always cargo test -p lamina-tests --test docs` writes the
//! messages and plans into the pages.

#![allow(
    clippy::unwrap_used,
    reason = "a page or a project that cannot be read is a failure"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lamina::stub::{Listing, Stub, load};
use lamina_tests::case::Case;

const PAGES: [&str; 4] = [
    "README.md",
    "ARCHITECTURE.md",
    "docs/configuration.md",
    "docs/security.md",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The daemon accepts from clients what this label lists.
#[test]
fn the_label_of_the_image_lists_the_capabilities() {
    let text = fs::read_to_string(root().join("Dockerfile.frontend")).unwrap();
    let start = "moby.buildkit.frontend.caps=\"";
    let (_, rest) = text.split_once(start).expect("the label is there");
    let label = rest.split('"').next().unwrap_or_default();
    assert_eq!(label, lamina::build::CAPS.join(","));
}

/// A fenced block: where it begins, its info string, its text.
struct Block {
    page: &'static str,
    line: usize,
    place: String,
    info: String,
    text: String,
}

fn blocks(page: &'static str) -> Vec<Block> {
    let text = fs::read_to_string(root().join(page)).unwrap_or_else(|e| panic!("{page}: {e}"));
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let inside = lines.by_ref().map(|(_, line)| line);
        let inside: Vec<&str> = inside.take_while(|line| *line != "```").collect();
        blocks.push(Block {
            page,
            line: number + 1,
            place: format!("{page}:{}", number + 1),
            info: info.to_owned(),
            text: inside.join("\n") + "\n",
        });
    }
    blocks
}

/// Compares a block with what the program says, or updates the page.
fn compare(block: &Block, text: &str) {
    let text = text.trim_end();
    if block.text.trim_end() == text {
        return;
    }
    let update = std::env::var("INSTA_UPDATE").is_ok_and(|value| value == "always");
    assert!(
        update,
        "{}: expected\n{text}\nfound\n{}",
        block.place, block.text
    );
    let path = root().join(block.page);
    let page = fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = page.lines().collect();
    let end = block.line + block.text.lines().count();
    let lines = [&lines[..block.line], &[text][..], &lines[end..]].concat();
    fs::write(&path, lines.join("\n") + "\n").unwrap();
}

/// Blocks whose text is compared, from the last of a page to its first, so that
/// an update moves no block that comes later.
fn compared() -> Vec<(Block, String)> {
    let mut all = Vec::new();
    for page in PAGES {
        let blocks = blocks(page);
        let stubs: Vec<Option<String>> = blocks
            .iter()
            .map(|block| (block.info == "toml errors").then(|| block.text.clone()))
            .collect();
        let mut before: Option<String> = None;
        let mut last = String::new();
        for (block, stub) in blocks.into_iter().zip(stubs) {
            if let Some(stub) = before.take() {
                all.push((block, messages(&stub)));
                last = stub;
            } else if block.info == "text docker buildx build" {
                all.push((block, printed(&last)));
            } else if let Some(arguments) = block.info.strip_prefix("text lamina plan") {
                let arguments: Vec<&str> = arguments.split_whitespace().collect();
                let plan = plan(&arguments);
                all.push((block, plan));
            }
            before = stub;
        }
    }
    all.reverse();
    all
}

/// A project with the files that the pages mention.
fn listing() -> Listing {
    let names = [
        "app.txt",
        "base-ml.txt",
        "cpu-amd64.txt",
        "cpu-arm64.txt",
        "cuda.txt",
    ];
    Listing {
        requirements: names.map(str::to_owned).into(),
        src: true,
        app: false,
        ..Listing::default()
    }
}

/// The errors and warnings of a stub.
fn messages(text: &str) -> String {
    match load("Dockerfile", text.as_bytes(), &BTreeMap::new(), &listing()) {
        Ok(project) => project.warnings.render(),
        Err(errors) => errors.render(),
    }
}

/// The beginning of what `docker buildx build` prints for a stub.
fn printed(stub: &str) -> String {
    let mut case = Case::load("bad-type").unwrap();
    let stub = stub.as_bytes().to_vec();
    case.files.insert("Dockerfile".to_owned(), stub);
    let text = case.run().error.expect("the stub has errors");
    let (excerpts, message) = text.split_once("ERROR: ").expect("it is an error");
    let rule = "-".repeat(20) + "\n";
    let first: Vec<&str> = excerpts.split_inclusive(&rule).take(2).collect();
    let message = message.lines().next().unwrap_or_default();
    format!("{}ERROR: {message}", first.concat())
}

fn body(block: &Block) -> String {
    format!("# syntax=lamina\n{}", block.text)
}

#[test]
fn stubs_resolve() {
    let mut count = 0;
    for block in PAGES.into_iter().flat_map(blocks) {
        let text = match block.info.as_str() {
            "toml" => {
                let first = block.text.starts_with("# syntax=");
                assert!(first, "{}: no `# syntax=`", block.place);
                block.text
            }
            "toml fragment" => body(&block),
            _ => continue,
        };
        assert_eq!(messages(&text), "", "{}", block.place);
        count += 1;
    }
    assert!(count >= 8, "{count} stubs found");
}

#[test]
fn unavailable_keys_are_rejected() {
    let mut count = 0;
    for block in PAGES.into_iter().flat_map(blocks) {
        if block.info != "toml unavailable" {
            continue;
        }
        let stub = Stub::parse("Dockerfile", body(&block).as_bytes(), &BTreeMap::new());
        let errors = stub.expect_err(&block.place);
        for error in errors.iter() {
            let known = error.message().ends_with("is not available yet");
            assert!(known, "{}: {}", block.place, error.message());
        }
        count += errors.iter().count();
    }
    assert_eq!(count, 10, "as many as the reference lists");
}

#[test]
fn messages_and_plans_are_as_shown() {
    let compared = compared();
    let plans = compared
        .iter()
        .filter(|(block, _)| block.info.contains("lamina plan"));
    let plans = plans.count();
    assert!(plans > 0, "no plan found");
    let printed = compared
        .iter()
        .filter(|(block, _)| block.info.contains("docker buildx build"));
    let printed = printed.count();
    assert!(printed > 0, "nothing found that docker prints");
    assert!(compared.len() > plans + printed, "no message found");
    for (block, text) in compared {
        compare(&block, &text);
    }
}

/// Texts in backticks of a page, with their lines; no fenced blocks.
fn code_spans(page: &str) -> Vec<(usize, String)> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let mut fenced = false;
    let mut spans = Vec::new();
    for (number, line) in text.lines().enumerate() {
        fenced ^= line.starts_with("```");
        if !fenced {
            let inside = line.split('`').skip(1).step_by(2);
            spans.extend(inside.map(|span| (number + 1, span.to_owned())));
        }
    }
    spans
}

/// All Rust code of a directory.
fn rust_code(directory: &Path, code: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_code(&path, code);
        } else if path.extension() == Some("rs".as_ref()) {
            code.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

/// The files, types and functions that ARCHITECTURE.md names exist.
#[test]
fn the_architecture_names_what_exists() {
    let mut code = String::new();
    for directory in ["frontend/src", "llb/src", "tests/src"] {
        rust_code(&root().join(directory), &mut code);
    }
    let defines = |keyword: &str, name: &str| {
        let definition = format!("{keyword} {name}");
        code.match_indices(&definition).any(|(at, _)| {
            let next = code[at + definition.len()..].chars().next();
            next.is_none_or(|next| !next.is_alphanumeric() && next != '_')
        })
    };
    let is_name = |name: &str| name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let mut unknown = Vec::new();
    let mut count = 0;
    for (line, span) in code_spans("ARCHITECTURE.md") {
        let extension = span.rsplit_once('.').map(|(_, extension)| extension);
        let is_file = matches!(extension, Some("rs" | "py" | "sh")) && !span.contains(['<', ' ']);
        let (kind, name) = span.split_once("::").unwrap_or((&span, ""));
        let is_type = is_name(kind)
            && kind.starts_with(char::is_uppercase)
            && kind.contains(char::is_lowercase)
            && is_name(name);
        let exists = if is_file {
            let places = ["", "frontend/src", "llb/src"];
            places
                .iter()
                .any(|place| root().join(place).join(&span).is_file())
        } else if is_type {
            let types = ["struct", "enum", "trait", "type"];
            let member = name.is_empty() || defines("fn", name) || code.contains(name);
            types.iter().any(|keyword| defines(keyword, kind)) && member
        } else {
            continue;
        };
        count += 1;
        if !exists {
            unknown.push(format!("ARCHITECTURE.md:{line}: `{span}`"));
        }
    }
    assert!(count > 10, "{count} names found");
    assert!(
        unknown.is_empty(),
        "not in the code:\n{}",
        unknown.join("\n")
    );
}

/// What `lamina plan` prints for the project at the root.
fn plan(arguments: &[&str]) -> String {
    let root = root();
    let project = root.to_str().expect("the checkout's path is UTF-8");
    let answer = lamina::cli::run([&["lamina", "plan", project], arguments].concat());
    assert_eq!(answer.code, 0, "{}", answer.err);
    answer.out
}
