//! What the documentation shows is what the program does: its stubs are
//! parsed, its messages and plans compared.
//!
//! A fenced block of a documentation page is one of these, by its info string:
//!
//! - `toml`: a whole stub; it resolves.
//! - `toml fragment`: the body of a stub without the first line; it resolves.
//! - `toml refused`: the same; each mistake is a key that is not available yet.
//! - `toml mistakes`: a whole stub; the next block has its messages.
//! - `text lamina plan ARGUMENTS`: what that prints for the project at the root.
//! - anything else is not looked at.

#![allow(
    clippy::unwrap_used,
    reason = "a page or a project that cannot be read is a failure"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use lamina::stub::{Listing, Stub, load};

const PAGES: [&str; 3] = ["README.md", "ARCHITECTURE.md", "docs/configuration.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What the daemon lets clients require is what the frontend says it can.
#[test]
fn the_label_of_the_image_lists_the_capabilities() {
    let text = fs::read_to_string(root().join("Dockerfile.frontend")).unwrap();
    let start = "moby.buildkit.frontend.caps=\"";
    let (_, rest) = text.split_once(start).expect("the label is there");
    let label = rest.split('"').next().unwrap_or_default();
    assert_eq!(label, lamina::build::CAPS.join(","));
}

/// A fenced block: where it begins, what it is, what it says.
struct Block {
    place: String,
    info: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
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
            place: format!("{page}:{}", number + 1),
            info: info.to_owned(),
            text: inside.join("\n") + "\n",
        });
    }
    blocks
}

/// A project with the files that the pages speak of.
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

/// The messages of a stub, errors and warnings; none if all is well.
fn messages(text: &str) -> String {
    match load("Dockerfile", text.as_bytes(), &BTreeMap::new(), &listing()) {
        Ok(project) => project.warnings.render(),
        Err(mistakes) => mistakes.render(),
    }
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
fn refused_keys_are_not_available_yet() {
    let mut count = 0;
    for block in PAGES.into_iter().flat_map(blocks) {
        if block.info != "toml refused" {
            continue;
        }
        let stub = Stub::parse("Dockerfile", body(&block).as_bytes(), &BTreeMap::new());
        let mistakes = stub.expect_err(&block.place);
        for mistake in mistakes.iter() {
            let known = mistake.message.ends_with("is not available yet");
            assert!(known, "{}: {}", block.place, mistake.message);
        }
        count += mistakes.iter().count();
    }
    assert_eq!(count, 11, "as many as the reference lists");
}

#[test]
fn messages_are_as_shown() {
    let mut count = 0;
    for page in PAGES {
        let blocks = blocks(page);
        for pair in blocks.windows(2) {
            if pair[0].info == "toml mistakes" {
                let shown = pair[1].text.trim_end();
                assert_eq!(
                    messages(&pair[0].text).trim_end(),
                    shown,
                    "{}",
                    pair[1].place
                );
                count += 1;
            }
        }
    }
    assert!(count > 0, "no message found");
}

#[test]
fn plans_are_as_shown() {
    let mut count = 0;
    for block in PAGES.into_iter().flat_map(blocks) {
        let Some(arguments) = block.info.strip_prefix("text lamina plan") else {
            continue;
        };
        let arguments: Vec<&str> = arguments.split_whitespace().collect();
        assert_eq!(plan(&arguments), block.text, "{}", block.place);
        count += 1;
    }
    assert!(count > 0, "no plan found");
}

/// What `lamina plan` prints for the project at the root.
fn plan(arguments: &[&str]) -> String {
    let root = root();
    let project = root.to_str().expect("the checkout's path is UTF-8");
    let answer = lamina::cli::run([&["lamina", "plan", project], arguments].concat());
    assert_eq!(answer.code, 0, "{}", answer.err);
    answer.out
}
