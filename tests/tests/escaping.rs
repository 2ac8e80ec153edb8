//! What a user's files and command line hold never reaches a terminal or a
//! log as a control character, a reordering one, or a line of its own.

use std::sync::atomic::{AtomicUsize, Ordering};

use lamina_tests::bridge::Graph;
use lamina_tests::case::Case;

/// A line for GitHub's log, a colour, a window title, and letters reordered.
const BAD: &str = "\n::error::x\u{1b}[31m\u{1b}]0;t\u{7}\u{85}\u{2028}\u{202e}y\r\u{2066}\u{200b}";

/// A project of one variant, under a name of its own: `lamina plan` reads a
/// copy that is named after the case.
fn case() -> Case {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut case = Case::load("hashes").expect("it is a case");
    case.name = format!("escaping-{number}");
    case
}

/// A string of TOML or JSON.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string")
}

fn assert_safe(what: &str, text: &str) {
    let is_bad = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}' | '\u{2028}' | '\u{202e}' | '\u{2066}')
    };
    assert!(!text.contains(is_bad), "{what}: {text:?}");
    let mut lines = text.lines();
    assert!(
        !lines.any(|line| line.starts_with("::")),
        "{what}: {text:?}"
    );
}

/// Runs a case in both ways and looks at all that is shown. Returns errors and
/// warnings of the build, for a look at whether the place was reached.
fn shown(case: &Case) -> String {
    let ran = case.run();
    let error = ran.error.clone().unwrap_or_default();
    assert_safe("error", &error);
    assert_safe("warnings", &ran.warnings);
    for graph in &ran.graphs {
        assert_names_are_safe(graph);
    }
    for format in ["tree", "json"] {
        let plan = case.plan(format);
        assert_safe("plan", &plan.err);
        if format == "tree" {
            assert_safe("plan", &plan.out);
        }
    }
    error + &ran.warnings
}

fn assert_names_are_safe(graph: &Graph) {
    let definition = &graph.definition;
    for metadata in definition.metadata.values() {
        let group = metadata.progress_group.iter().map(|group| &group.name);
        for name in metadata.description.values().chain(group) {
            assert_safe("name", name);
            assert!(!name.contains('\n'), "{name:?}");
        }
    }
    for info in definition.source.iter().flat_map(|source| &source.infos) {
        assert_safe("file name", &info.filename);
        assert_safe("file", std::str::from_utf8(&info.data).expect("UTF-8"));
    }
}

#[test]
fn a_key_of_the_stub() {
    let case = case().edit("Dockerfile", |text| format!("{text}{} = 1\n", quoted(BAD)));
    let shown = shown(&case);
    assert!(shown.contains("unknown key"), "{shown}");
    assert!(shown.contains("\\u001b[31m"), "{shown}");
}

#[test]
fn values_of_the_stub() {
    for (table, message) in [
        ("[base]\nimage = VALUE\n", "image"),
        ("[base]\napt = [VALUE]\n", "apt"),
        ("[base]\nworkdir = VALUE\n", ""),
        ("[app]\nstop_signal = VALUE\n", "stop_signal"),
        ("[app.env]\nA = VALUE\n", ""),
        ("[[app.copy]]\nfrom = VALUE\nto = \"/x\"\n", ""),
        ("[[app.copy]]\nfrom = \"a\"\nto = VALUE\n", ""),
    ] {
        let table = table.replace("VALUE", &quoted(BAD));
        let case = case().edit("Dockerfile", |text| format!("{text}{table}"));
        let shown = shown(&case);
        assert!(shown.contains(message), "{table}: {shown}");
    }
}

#[test]
fn text_around_an_error_in_the_stub() {
    let comment = "# \u{202e}\u{2066}\u{85}\u{200b}";
    let case = case().edit("Dockerfile", |text| {
        format!("{text}{comment}\nunknown = 1 {comment}\n")
    });
    assert!(shown(&case).contains(">>> unknown = 1 # ����"));
}

#[test]
fn a_requirement() {
    let controls = BAD.replace(['\n', '\r'], "");
    for bad in [&*controls, "\u{202e}x\u{2066}\u{200b}"] {
        for line in [
            format!("numpy=={bad}"),
            format!("{bad}numpy"),
            format!("numpy; python_version > '{bad}'"),
            format!("--{bad}"),
            format!("-r {bad}.txt"),
            format!("a @ https://host/{bad}.whl"),
            format!("./{bad}.whl"),
        ] {
            let text = format!("scipy\n{line}\n");
            shown(&case().edit("requirements/cpu.txt", |_| text));
        }
    }
    let case = case().edit("requirements/cpu.txt", |_| "--\u{202e}x\n".to_owned());
    let shown = shown(&case);
    assert!(shown.contains("unknown option `--\\u202ex`"), "{shown}");
}

#[test]
fn the_name_of_a_file() {
    let name = format!("requirements/{}.txt", BAD.replace('/', ""));
    let mut case = case().edit("Dockerfile", |_| "# syntax=lamina\n".to_owned());
    case.files.insert(name, b"numpy\n".to_vec());
    let shown_as = shown(&case);
    assert!(shown_as.contains("belongs to no variant"), "{shown_as}");
    // The stub itself.
    let stub = format!("{}.toml", BAD.replace('/', ""));
    let text = b"# syntax=lamina\nunknown = 1\n".to_vec();
    case.files.insert(stub.clone(), text);
    let shown_as = shown(&case.option("filename", &stub));
    assert!(shown_as.contains("unknown key"), "{shown_as}");
}

#[test]
fn a_build_argument() {
    let shown_as = shown(&case().option(&format!("build-arg:A{BAD}"), BAD));
    assert!(
        shown_as.contains("declares no build argument"),
        "{shown_as}"
    );
    let case = case().edit("Dockerfile", |text| {
        format!("{text}[base]\nimage = \"${{IMAGE}}\"\n[args]\nIMAGE = \"a\"\n")
    });
    let shown_as = shown(&case.option("build-arg:IMAGE", BAD));
    assert!(shown_as.contains("`${IMAGE}`"), "{shown_as}");
}

#[test]
fn options_of_the_command_line() {
    for (option, message) in [
        ("target", "target"),
        ("platform", "platform"),
        ("no-cache", ""),
        ("add-hosts", ""),
        ("ulimit", ""),
        ("shm-size", "shm-size"),
        ("requestid", "does not support"),
        ("frontend.caps", "does not support"),
        ("context", ""),
        ("context:x", ""),
        ("filename", "no file"),
        ("multi-platform", "multi-platform"),
    ] {
        let shown = shown(&case().option(option, &format!("x{BAD}")));
        assert!(shown.contains(message), "{option}: {shown}");
    }
}
