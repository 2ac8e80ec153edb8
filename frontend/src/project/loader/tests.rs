use futures_util::FutureExt;

use super::*;
use crate::project::MemoryFiles;

const STUB: &str = "[[python.layer]]\nname = \"a\"\nrequirements = \"requirements/a.txt\"\n\
                    [variant.cpu]\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\n\
                    [app]\ncopy = []\n";

type Loaded = Result<Vec<Vec<RequirementSet>>, Diagnostics>;

/// Loads a project and the requirements of its variant `cpu`.
fn load(files: MemoryFiles) -> (Loaded, Loader<MemoryFiles>) {
    let mut loader = Loader::new(files);
    let load = async {
        let project = loader.project(&BTreeMap::new()).await?;
        let variant = project.variant("cpu").expect("the stub has it");
        let platforms = &variant.platforms;
        loader.requirements(&project, variant, platforms).await
    };
    // Nothing in memory is waited for.
    let result = load.now_or_never().expect("it is ready");
    (result, loader)
}

fn names(sets: &[RequirementSet]) -> Vec<String> {
    let all = sets.iter().flat_map(|set| &set.requirements);
    all.map(ToString::to_string).collect()
}

fn error(files: MemoryFiles) -> String {
    load(files).0.expect_err("it is wrong").to_string()
}

#[test]
fn reads_includes_of_all_platforms_in_rounds() {
    let stub = "[[python.layer]]\nname = \"a\"\nrequirements = \"requirements/{arch}.txt\"\n\
                [variant.cpu]\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\n[app]\ncopy = []\n";
    let files = MemoryFiles::new(stub)
        .file("requirements/amd64.txt", "-r ../more/one.txt\n")
        .file("requirements/arm64.txt", "-r ../more/other.txt\n")
        .file("more/one.txt", "one\n")
        .file("more/other.txt", "other\n");
    let (result, loader) = load(files);
    let sets = result.unwrap();
    assert_eq!(names(&sets[0]), ["one"]);
    assert_eq!(names(&sets[1]), ["other"]);
    let batches = &loader.files.batches;
    let batches: Vec<Vec<&str>> = batches
        .iter()
        .map(|batch| batch.iter().map(String::as_str).collect())
        .collect();
    assert_eq!(
        batches,
        [
            vec![".dockerignore"],
            vec!["requirements/amd64.txt", "requirements/arm64.txt"],
            vec!["more/one.txt", "more/other.txt"],
        ]
    );
}

#[test]
fn reports_errors_of_all_platforms_once() {
    let stub = "[[python.layer]]\nname = \"a\"\nrequirements = \"requirements/{arch}.txt\"\n\
                [[python.layer]]\nname = \"b\"\nrequirements = \"requirements/b.txt\"\n\
                [variant.cpu]\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\n[app]\ncopy = []\n";
    let files = MemoryFiles::new(stub).file("requirements/b.txt", "a==\n");
    let (result, _) = load(files);
    insta::assert_snapshot!(result.unwrap_err());
}

#[test]
fn reports_a_file_that_is_no_text_where_it_is_needed() {
    let files = MemoryFiles::new(STUB)
        .file("requirements/a.txt", "a\n")
        .file("requirements/b.txt", "\u{feff}b\n");
    assert!(load(files.clone()).0.is_ok());
    let files = files.file("requirements/a.txt", b"a\n\xff\n");
    assert!(error(files).starts_with("requirements/a.txt:2: requirements/a.txt is not UTF-8"));
}

#[test]
fn a_directory_is_reported_at_the_line_that_names_it() {
    let files = MemoryFiles::new(STUB).file("requirements/a.txt/b.txt", "b\n");
    assert_eq!(
        error(files),
        "Dockerfile:3: requirement file requirements/a.txt is a directory (name the files in it)"
    );
}

#[test]
fn a_long_requirement_file_is_reported_at_the_line_that_names_it() {
    let files = MemoryFiles::new(STUB)
        .file("requirements/a.txt", "a\n-r ../b.bin\n")
        .file("b.bin", vec![b'#'; 40 << 20]);
    assert_eq!(
        error(files),
        "requirements/a.txt:2: included file b.bin has 40 MiB, and at most 4 MiB are read (name \
         a requirement file: a list of packages is shorter)"
    );
}

#[test]
fn requirement_files_have_a_limit_together() {
    let long = || vec![b'#'; 4 << 20];
    let includes = "-r 1.txt\n-r 2.txt\n";
    let mut files = MemoryFiles::new(STUB).file("requirements/a.txt", includes);
    for number in 1..3 {
        files = files.file(&format!("requirements/{number}.txt"), long());
    }
    assert_eq!(
        error(files),
        "requirements/a.txt:2: included file requirements/2.txt is not read: the requirement \
         files have more than 8 MiB together (include fewer or shorter files)"
    );
}

#[test]
fn the_requirements_of_a_project_have_a_limit() {
    let started = std::time::Instant::now();
    let lines = |count: usize| -> String {
        let lines: Vec<String> = (0..count).map(|number| format!("a{number}==1")).collect();
        lines.join("\n")
    };
    let files = MemoryFiles::new(STUB)
        .file("requirements/a.txt", "-r b.txt\n-r c.txt\n")
        .file("requirements/b.txt", lines(1000))
        .file("requirements/c.txt", lines(300_000));
    assert_eq!(
        error(files),
        "requirements/a.txt:2: included file requirements/c.txt is not read: the requirement \
         files have more than 50000 lines with requirements or options together (include \
         fewer or shorter files)"
    );
    assert!(started.elapsed().as_secs() < 20);
    // Hashes are no requirements.
    let hashes = "    --hash=sha256:abc \\\n".repeat(10_000);
    let files = MemoryFiles::new(STUB).file("requirements/a.txt", format!("# a\n{hashes}"));
    assert!(!error(files).contains("have more than"));
}

#[test]
fn the_number_of_requirement_files_has_a_limit() {
    let lines: Vec<String> = (0..1001).map(|it| format!("-r ../more/{it}.txt")).collect();
    let text = lines.join("\n");
    let files = MemoryFiles::new(STUB).file("requirements/a.txt", text);
    assert_eq!(
        error(files),
        "the stub needs more than 1000 requirement files (include fewer files: at most that \
         many are read)"
    );
}

#[test]
fn the_files_of_a_directory_have_a_limit() {
    let mut files = MemoryFiles::new(STUB);
    for number in 0..1001 {
        files = files.file(&format!("requirements/{number}.txt"), "");
    }
    assert_eq!(
        error(files),
        "`requirements` has 1001 text files, and at most 1000 requirement files are read (keep \
         requirement files in a directory of their own)"
    );
}

#[test]
fn an_ignore_file_has_a_limit() {
    let files = MemoryFiles::new(STUB)
        .file("requirements/a.txt", "a\n")
        .file(".dockerignore", vec![b'*'; 2 << 20]);
    assert_eq!(
        error(files.clone()),
        ".dockerignore has 2 MiB, and at most 256 KiB are read (exclude directories instead of \
         single files)"
    );
    // That of the stub goes before it.
    let files = files.file("Dockerfile.dockerignore", "target\n");
    let (result, loader) = load(files.clone());
    assert!(result.is_ok());
    assert!(loader.ignore().patterns().eq(["target"]));
    let files = files.file("Dockerfile.dockerignore", vec![b'*'; 2 << 20]);
    assert!(error(files).starts_with("Dockerfile.dockerignore has 2 MiB"));
}

#[test]
fn conventions_see_what_is_not_ignored() {
    let files = MemoryFiles::new("# syntax=lamina\n")
        .file("requirements/cpu.txt", "torch\n")
        .file("src/main.py", "")
        .file("app/main.py", "")
        .file(".dockerignore", "app\n");
    let mut loader = Loader::new(files);
    let args = BTreeMap::new();
    let project = loader.project(&args);
    let project = project.now_or_never().expect("it is ready").unwrap();
    let copies = &project.variants[0].app.copy;
    let copies: Vec<&str> = copies.iter().map(|copy| &*copy.from.value).collect();
    assert_eq!(copies, ["src"]);
}

/// A stub whose layer has these requirements, and the files `a.txt`, `b.txt`.
fn layer_of(requirements: &str) -> MemoryFiles {
    let stub = format!(
        "[[python.layer]]\nname = \"a\"\nrequirements = {requirements}\n\
         [variant.cpu]\nplatforms = [\"linux/amd64\"]\n[app]\ncopy = []\n"
    );
    MemoryFiles::new(&stub)
        .file("a.txt", "one\n")
        .file("b.txt", "two\n")
        .file("cpu.txt", "three\n")
}

#[test]
fn reads_all_files_of_a_layer() {
    let all = |requirements: &str| {
        let (result, mut loader) = load(layer_of(requirements));
        assert!(loader.take_warnings().is_empty(), "{requirements}");
        names(&result.unwrap()[0])
    };
    assert_eq!(all("{ all = [\"a.txt\", \"b.txt\"] }"), ["one", "two"]);
    assert_eq!(
        all("{ all = [[\"none.txt\", \"a.txt\"], \"{variant}.txt\"] }"),
        ["one", "three"]
    );
    let missing = error(layer_of("{ all = [\"a.txt\", \"none.txt\"] }"));
    assert!(missing.contains("none.txt"), "{missing}");
}

#[test]
fn warns_of_an_alternative_that_exists_and_is_not_read() {
    let warnings = |requirements: &str| {
        let (result, mut loader) = load(layer_of(requirements));
        assert_eq!(result.unwrap()[0].len(), 1, "{requirements}");
        loader.take_warnings().to_string()
    };
    insta::assert_snapshot!(warnings("[\"a.txt\", \"b.txt\"]"));
    assert_eq!(warnings("[\"none.txt\", \"b.txt\"]"), "");
    assert_eq!(warnings("[\"{variant}.txt\", \"b.txt\"]"), "");
}

#[test]
fn a_file_that_is_no_text_hides_no_other_error() {
    let stub = "[[python.layer]]\nname = \"l\"\nrequirements = \"a.txt\"\n\
                [[python.layer]]\nname = \"m\"\nrequirements = \"b.txt\"\n\
                [variant.cpu]\nplatforms = [\"linux/amd64\"]\n[app]\ncopy = []\n";
    let utf16 = b"\xff\xfea\0";
    let files = MemoryFiles::new(stub)
        .file("a.txt", utf16)
        .file("b.txt", "torch=1\n");
    let shown = error(files);
    assert!(shown.contains("Dockerfile:3: a.txt is UTF-16"), "{shown}");
    assert!(shown.contains("b.txt:1: "), "{shown}");
    // One that is not read is no error.
    let files = layer_of("[\"b.txt\", \"a.txt\"]").file("a.txt", utf16);
    let (result, _) = load(files);
    assert_eq!(names(&result.unwrap()[0]), ["two"]);
    // Only `-r` names it.
    let files = layer_of("\"b.txt\"").file("b.txt", "two\n-r a.txt\n");
    let shown = error(files.file("a.txt", utf16));
    assert!(shown.starts_with("b.txt:2: a.txt is UTF-16"), "{shown}");
}

#[test]
fn only_as_much_is_read_as_is_used() {
    let includes: Vec<String> = (0..40).map(|it| format!("-r {it}.txt")).collect();
    let includes = includes.join("\n");
    let mut files = MemoryFiles::new(STUB).file("requirements/a.txt", includes);
    for number in 0..40 {
        files = files.file(
            &format!("requirements/{number}.txt"),
            vec![b'#'; (39 << 20) / 10],
        );
    }
    let (result, loader) = load(files);
    assert_eq!(loader.texts.files.len(), 3, "a.txt and two others");
    let errors = result.unwrap_err();
    assert_eq!(errors.iter().count(), 38);
    let all = errors.to_string();
    assert!(!all.contains("at most 4 MiB"), "{all}");
}

#[test]
fn the_ignore_file_of_a_stub_must_be_a_file() {
    for content in [Content::Directory, Content::Special] {
        let error = stub_ignore_file("Dockerfile.dockerignore", content).unwrap_err();
        assert!(error.to_string().contains("Dockerfile.dockerignore is"));
    }
    let patterns = Content::Bytes(b"target".to_vec());
    let ignore = stub_ignore_file("Dockerfile.dockerignore", patterns).unwrap();
    assert!(ignore.patterns().eq(["target"]));
}

#[test]
fn the_help_for_alternatives_within_all_drops_no_file() {
    let (result, mut loader) = load(layer_of("{ all = [\"a.txt\", [\"b.txt\", \"cpu.txt\"]] }"));
    assert_eq!(names(&result.unwrap()[0]), ["one", "two"]);
    let warnings = loader.take_warnings().to_string();
    assert!(
        warnings.contains("take them out of the inner array"),
        "{warnings}"
    );
}
