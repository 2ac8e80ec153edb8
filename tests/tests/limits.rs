//! Large input stays within the limits of daemons.

use std::fmt::Write as _;

use lamina_tests::case::Case;
use prost::Message as _;

/// What dockerd 26.1 takes as a definition.
const DEFINITION_BYTES: usize = 4 << 20;
/// What a definition says about the user's files, at most.
const SOURCE_MAP_BYTES: usize = 1_500_000;

#[test]
fn megabytes_of_hashed_requirements_fit_into_a_definition() {
    let mut hashes = String::new();
    for n in 0..28 {
        let _ = write!(hashes, " \\\n    --hash=sha256:{n:064x}");
    }
    let mut lines = String::new();
    for n in 0..1000 {
        let _ = writeln!(lines, "package-{n}==1.{n}{hashes}");
    }
    assert!(lines.len() > 2_200_000);
    let case = Case::load("hashes").expect("it is a case");
    let mut case = case.edit("requirements/cpu.txt", |_| lines);
    for n in 0..1000 {
        let hashes = &mut case.recipe.hashes;
        hashes.insert(format!("package-{n}"), format!("{:064x}", n % 28));
    }
    let ran = case.run();
    assert_eq!(ran.error, None);
    for graph in &ran.graphs {
        let definition = &graph.definition;
        assert!(definition.encoded_len() < DEFINITION_BYTES);
        let source = definition.source.clone().unwrap_or_default();
        assert!(source.encoded_len() <= SOURCE_MAP_BYTES);
    }
    // The lines that the steps were made from are still there.
    let install = ran.step("] uv pip install");
    let source = ran.images[""].definition.source.clone();
    let source = source.expect("it has a source map");
    let location = &source.locations[&install].locations[0];
    let index = usize::try_from(location.source_index).expect("an index");
    let text = String::from_utf8(source.infos[index].data.clone()).expect("UTF-8");
    let first = location.ranges[0].start.expect("a start").line;
    let line = text
        .split('\n')
        .nth(usize::try_from(first).unwrap_or(0) - 1);
    assert!(line.is_some_and(|line| line.starts_with("package-")));
}

#[test]
fn many_packages_without_a_file_are_a_short_error() {
    let mut lines = String::new();
    for n in 0..1000 {
        let _ = writeln!(lines, "package-{n}==1.{n} --hash=sha256:{n:064x}");
    }
    let case = Case::load("hashes").expect("it is a case");
    let ran = case.edit("requirements/cpu.txt", |_| lines).run();
    let error = ran.error.expect("no file has the expected hash");
    assert!(error.len() < 32 << 10, "{} bytes", error.len());
    assert!(error.contains("`package-0==1.0`: the hash of"), "{error}");
    assert!(error.contains("980 more packages"), "{error}");
}

#[test]
fn a_requirement_file_of_40_mib_is_an_error_at_the_line_that_names_it() {
    let mut case = Case::load("hashes").expect("it is a case");
    let line = b"numpy==1.26.4\n";
    let large = line.repeat((40 << 20) / line.len() + 1);
    case.files
        .insert("requirements/large.txt".to_owned(), large);
    let case = case.edit("requirements/cpu.txt", |_| {
        "scipy\n-r large.txt\n".to_owned()
    });
    let message = "requirements/cpu.txt:2: included file requirements/large.txt has 40.1 MiB, \
                   and at most 4 MiB are read (";
    let error = case.run().error.unwrap_or_default();
    assert!(error.contains(message), "{error}");
    let plan = case.plan("tree").err;
    assert!(
        plan.contains("requirements/large.txt has 40.1 MiB"),
        "{plan}"
    );
}
