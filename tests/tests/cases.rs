//! Builds every directory of `tests/cases` and compares the results with its
//! snapshots.
//!
//! `CASE=name cargo test -p lamina-tests --test cases` runs the cases whose
//! names contain `name`; `INSTA_UPDATE=always` updates their snapshots (read
//! each of them before you commit it).

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lamina_tests::case::{Case, Kind, Ran, difference};

#[test]
fn every_case() {
    let wanted = std::env::var("CASE").unwrap_or_default();
    let names = Case::names();
    assert!(!names.is_empty());
    let mut failed = Vec::new();
    for name in names.iter().filter(|name| name.contains(&wanted)) {
        if catch_unwind(AssertUnwindSafe(|| check(name))).is_err() {
            eprintln!("^ in case {name}\n");
            failed.push(name.as_str());
        }
    }
    assert!(failed.is_empty(), "failed cases: {}", failed.join(", "));
}

fn check(name: &str) {
    let case = Case::load(name).unwrap_or_else(|why| panic!("{name}: {why}"));
    let first = case.run();
    assert!(
        first.definitions() == case.run().definitions(),
        "two runs solve different definitions"
    );
    let mut shown = Shown::new(&case);
    if let Some(error) = &first.error {
        assert!(
            case.recipe.show.is_empty(),
            "`show` is set, but the build fails\n{error}"
        );
        shown.text("error", error);
        let answer = case.plan("tree");
        if answer.code != 0 {
            shown.text("error-plan", &answer.err);
        }
    } else {
        assert!(
            !case.recipe.show.is_empty(),
            "the build succeeds, but `show` is not set"
        );
    }
    if !first.warnings.is_empty() {
        shown.text("warnings", &first.warnings);
    }
    for kind in &case.recipe.show {
        match kind {
            Kind::Plan => shown.text("plan", &planned(&case, "tree")),
            Kind::Json => shown.text("plan-json", &planned(&case, "json")),
            Kind::Graph => shown.text("graph", &graphs(&case, &first)),
            Kind::Config => shown.text("config", &first.configs()),
            Kind::Resolve => shown.text("resolve", &first.dump_of(" resolve]")),
        }
    }
    shown.finish();
}

/// The graphs of the images, whole or as differences from those of other cases.
fn graphs(case: &Case, ran: &Ran) -> String {
    let bases = &case.recipe.differs_from;
    let dumps = ran.image_dumps();
    assert!(
        bases.is_empty() || bases.len() == dumps.len(),
        "`differs_from` names a case for each image"
    );
    let mut text = String::new();
    for (number, (platform, dump)) in dumps.into_iter().enumerate() {
        if !platform.is_empty() {
            let blank = if number == 0 { "" } else { "\n" };
            text.extend([blank, "==== ", platform, "\n"]);
        }
        text += &match bases.get(number) {
            Some(base) => difference(base, &base_graph(base), &dump),
            None => dump,
        };
    }
    text
}

/// The graph of the case that others differ from. It is built, not read from the
/// snapshot, so that a change of both graphs is reported once, by that case.
fn base_graph(name: &str) -> String {
    let case = Case::load(name).unwrap_or_else(|why| panic!("{name}: {why}"));
    assert_held(&case);
    let ran = case.run();
    match &ran.image_dumps()[..] {
        [(_, dump)] => dump.clone(),
        dumps => panic!("{name}: {} images, not one", dumps.len()),
    }
}

/// The graph of a base must be in a snapshot itself, whole or as a difference.
fn assert_held(case: &Case) {
    let mut held = case.clone();
    for _ in 0..10 {
        assert!(
            held.recipe.show.contains(&Kind::Graph),
            "{}: its graph is in no snapshot",
            held.name
        );
        let Some(base) = held.recipe.differs_from.first() else {
            return;
        };
        held = Case::load(base).unwrap_or_else(|why| panic!("{base}: {why}"));
    }
    panic!("{}: a cycle of `differs_from`", case.name);
}

fn planned(case: &Case, format: &str) -> String {
    let answer = case.plan(format);
    assert_eq!(answer.code, 0, "{}", answer.err);
    answer.out
}

/// The snapshots of a case: those compared so far, and those that failed.
struct Shown<'a> {
    case: &'a Case,
    taken: BTreeSet<String>,
    failed: Vec<&'static str>,
}

impl<'a> Shown<'a> {
    fn new(case: &'a Case) -> Self {
        Self {
            case,
            taken: BTreeSet::new(),
            failed: Vec::new(),
        }
    }

    /// Compares one snapshot; a difference does not hide those of the others.
    fn text(&mut self, kind: &'static str, text: &str) {
        self.taken.insert(format!("{kind}.snap"));
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&self.case.directory);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_description(&self.case.recipe.about);
        let compare = || settings.bind(|| insta::assert_snapshot!(kind, text));
        if catch_unwind(AssertUnwindSafe(compare)).is_err() {
            self.failed.push(kind);
        }
    }

    /// A snapshot that the case no longer produces is an error.
    fn finish(self) {
        let entries = fs::read_dir(&self.case.directory).expect("the case was loaded from there");
        let stale: Vec<String> = entries
            .flatten()
            .filter(|entry| entry.path().extension() == Some("snap".as_ref()))
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| !self.taken.contains(name))
            .collect();
        assert!(stale.is_empty(), "stale snapshots: {}", stale.join(", "));
        assert!(
            self.failed.is_empty(),
            "changed snapshots: {}",
            self.failed.join(", ")
        );
    }
}
