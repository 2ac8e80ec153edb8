//! Texts as Go reads them: git addresses, image references, platforms, owners and
//! paths of random words, each with what BuildKit's Go client makes of it.
//!
//! A text is an error here, or gives what Go gives: never something else. Which texts
//! are errors here alone is in COVERAGE.md.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::collections::BTreeMap;
use std::path::Path;

use buildkit_llb::{
    ContainerPath, File, GitUrl, Mkdir, Output, Owner, Platform, Reference, Source, at, pb,
};

/// A text, and what Go makes of it, if it makes anything.
struct Row {
    kind: String,
    text: String,
    /// The fragment of a git address.
    more: String,
    go: Option<Vec<String>>,
}

impl Row {
    fn read(line: &str) -> Self {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let out = row["out"].as_array().into_iter().flatten();
        let out: Vec<String> = out.map(|it| it.as_str().unwrap().to_owned()).collect();
        Self {
            kind: text("kind"),
            text: text("in"),
            more: text("in2"),
            go: row["ok"].as_bool().unwrap().then_some(out),
        }
    }

    /// What this crate makes of the text.
    fn ours(&self) -> Option<Vec<String>> {
        match &*self.kind {
            "git" => git(&self.text, &self.more),
            "image" => {
                let reference: Reference = self.text.parse().ok()?;
                Some(vec![reference.to_string(), reference.familiar()])
            }
            "platform" => platform(&self.text),
            "owner" => owner(&self.text),
            "path" => path(&self.text),
            other => panic!("unknown kind {other:?}"),
        }
    }

    /// Whether Go takes the text and this crate deliberately does not.
    fn is_rejected(&self) -> bool {
        let go = self.go.as_ref().unwrap();
        match &*self.kind {
            // Without a host, not UTF-8, or what looks like another protocol.
            "git" => {
                let scheme = self.text.split_once("://").map_or("", |(scheme, _)| scheme);
                go[0].starts_with("git:///") || self.text.contains("%ff") || scheme.contains('+')
            }
            // Without a registry, which no daemon can pull.
            "image" => !go[0].split('/').next().unwrap().contains(['.', ':']) || go[0] == go[1],
            // The machine's architecture, or what is none.
            "platform" => !self.text.contains('/') || matches!(&*go[1], "." | ".."),
            "owner" => {
                let mut parts = self.text.splitn(2, ':');
                parts.any(|part| part.is_empty() || part.parse::<i32>().is_ok_and(|id| id < 0))
            }
            _ => false,
        }
    }
}

fn git(text: &str, fragment: &str) -> Option<Vec<String>> {
    let url: GitUrl = text.parse().ok()?;
    let is_ssh = url.is_ssh();
    let source = Source::git(url).fragment(fragment).source();
    let attr = |name| source.attr(name).unwrap().to_owned();
    let mut all = vec![source.identifier().to_owned(), attr("git.fullurl")];
    all.extend(is_ssh.then(|| attr("git.mountsshsock")));
    Some(all)
}

fn platform(text: &str) -> Option<Vec<String>> {
    let platform: Platform = text.parse().ok()?;
    let option = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Some(vec![
        platform.os().to_owned(),
        platform.architecture().to_owned(),
        option(platform.variant()),
        option(platform.os_version()),
        platform.to_string(),
    ])
}

fn owner(text: &str) -> Option<Vec<String>> {
    let owner: Owner = text.parse().ok()?;
    let mkdir = Mkdir::new(at("/x"), 0).owner(owner);
    let file = File::on(Output::SCRATCH).action(mkdir).output();
    let Some(pb::op::Op::File(file)) = file.vertex().unwrap().op().op else {
        panic!("expected a file operation");
    };
    let Some(pb::file_action::Action::Mkdir(mkdir)) = file.actions[0].action.clone() else {
        panic!("expected a mkdir");
    };
    let owner = mkdir.owner.unwrap();
    let account = |account: Option<pb::UserOpt>| match account.and_then(|it| it.user) {
        None => "none".to_owned(),
        Some(pb::user_opt::User::ById(id)) => format!("id {id}"),
        Some(pb::user_opt::User::ByName(named)) => format!("name {}", named.name),
    };
    Some(vec![account(owner.user), account(owner.group)])
}

/// The source's and the destination's path of a copy, below `/`.
fn path(text: &str) -> Option<Vec<String>> {
    let path = ContainerPath::new(&format!("/{text}")).ok()?;
    let mut dest = path.as_str().to_owned();
    if (text.ends_with('/') || text.ends_with("/.")) && dest != "/" {
        dest.push('/');
    }
    if text.ends_with("/.") {
        dest.push('.');
    }
    Some(vec![path.to_string(), dest])
}

#[test]
fn texts_are_errors_or_what_go_makes_of_them() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/texts/go.jsonl");
    let path = std::env::var_os("LLB_TEXTS").map_or(path, Into::into);
    let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let row = Row::read(line);
        let [equal, errors, rejected] = counts.entry(row.kind.clone()).or_default();
        match (row.ours(), &row.go) {
            (Some(ours), Some(go)) if ours == *go => *equal += 1,
            (None, None) => *errors += 1,
            (None, Some(_)) if row.is_rejected() => *rejected += 1,
            (Some(_), Some(_)) if row.kind == "platform" && row.is_rejected() => *rejected += 1,
            (ours, go) => wrong.push(format!(
                "{} {:?} {:?}: Go {go:?}, ours {ours:?}",
                row.kind, row.text, row.more
            )),
        }
    }
    println!("equal, errors of both, errors here alone: {counts:?}");
    assert!(counts.len() == 5 && counts.values().all(|[equal, ..]| *equal > 10));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
