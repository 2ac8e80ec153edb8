//! Files that are no stub at all, and the smallest one.

use super::*;

fn error_of(bytes: &[u8]) -> String {
    let problems = load("Dockerfile", bytes, &BTreeMap::new(), &usual()).unwrap_err();
    problems.render()
}

#[test]
fn nothing_after_the_first_line_is_a_project() {
    for text in [
        "# syntax=lamina\n",
        "# syntax=lamina",
        "",
        "\u{feff}# syntax=lamina\r\n",
    ] {
        let result = load("Dockerfile", text.as_bytes(), &BTreeMap::new(), &usual());
        let project = result.unwrap_or_else(|e| panic!("{text:?}: {}", e.render()));
        assert_eq!(project.variants.len(), 2, "{text:?}");
    }
}

#[test]
fn carriage_returns_are_line_ends() {
    assert!(
        project("[base]\r\napt = [\r\n  \"git\",\r\n]\r\n")
            .warnings
            .is_empty()
    );
}

#[test]
fn syntax_errors() {
    insta::assert_snapshot!(errors(
        "[base]\nimage = python:3.11\nworkdir = \"/app\"\n[python\n"
    ));
}

#[test]
fn a_string_that_does_not_end() {
    insta::assert_snapshot!(errors("name = \"ragex\n[base]\n"));
}

#[test]
fn a_dockerfile() {
    insta::assert_snapshot!(errors("FROM python:3.11-slim\nRUN pip install torch\n"));
}

#[test]
fn duplicate_keys_and_tables() {
    insta::assert_snapshot!(errors(
        "name = \"a\"\nname = \"b\"\n\n[base]\napt = []\n\n[base]\ndirs = []\n"
    ));
}

#[test]
fn deep_nesting() {
    insta::assert_snapshot!(errors(&format!(
        "x = {}1{}\n",
        "[".repeat(90),
        "]".repeat(90)
    )));
}

#[test]
fn many_dotted_keys() {
    let key = "a.".repeat(30_000) + "a";
    for body in [
        format!("[{key}]\n"),
        format!("{key} = 1\n"),
        format!("a = {{ {key} = 1 }}\n"),
    ] {
        let errors = loaded(&body, &[]).unwrap_err().to_string();
        assert!(
            errors.contains("too many levels of brackets or dotted keys ("),
            "{errors}"
        );
    }
}

#[test]
fn values_without_quotes() {
    let help = |value: &str| {
        let errors = loaded(&format!("name = {value}\n"), &[]).unwrap_err();
        errors.iter().next().unwrap().summary()
    };
    assert!(
        help("a\"b").ends_with(r#"(put it in quotes: `"a\"b"`)"#),
        "{}",
        help("a\"b")
    );
    assert!(
        help(r"a\b").ends_with(r#"(put it in quotes: `"a\\b"`)"#),
        "{}",
        help(r"a\b")
    );
    let long = help(&"a".repeat(60_000));
    assert!(
        long.ends_with("(put it in quotes)"),
        "{}",
        &long[..200.min(long.len())]
    );
}

#[test]
fn not_utf8() {
    insta::assert_snapshot!(error_of(b"# syntax=lamina\nname = \"caf\xe9\"\n"));
}

#[test]
fn utf16() {
    insta::assert_snapshot!(error_of(b"\xff\xfe#\0 \0s\0"));
}

#[test]
fn a_megabyte() {
    let long = stub(&"# more and more\n".repeat(1_000_000 / 16));
    insta::assert_snapshot!(error_of(long.as_bytes()));
}

#[test]
fn many_errors() {
    let body: Vec<String> = (0..30).map(|n| format!("key_{n} = 1")).collect();
    let text = errors(&body.join("\n"));
    assert!(
        text.ends_with("error: 10 more errors are not shown"),
        "{text}"
    );
}

#[test]
fn counts_many_errors() {
    let body: Vec<String> = (0..15_000).map(|n| format!("{n}=1")).collect();
    let text = errors(&body.join("\n"));
    assert!(text.ends_with("error: more than 80 further errors are not shown"));
}
