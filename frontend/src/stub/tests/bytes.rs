//! Files that are no stub at all, and the smallest one.

use super::*;

fn refused(bytes: &[u8]) -> String {
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
    insta::assert_snapshot!(mistakes(
        "[base]\nimage = python:3.11\nworkdir = \"/app\"\n[python\n"
    ));
}

#[test]
fn a_string_that_does_not_end() {
    insta::assert_snapshot!(mistakes("name = \"ragex\n[base]\n"));
}

#[test]
fn a_dockerfile() {
    insta::assert_snapshot!(mistakes("FROM python:3.11-slim\nRUN pip install torch\n"));
}

#[test]
fn duplicate_keys_and_tables() {
    insta::assert_snapshot!(mistakes(
        "name = \"a\"\nname = \"b\"\n\n[base]\napt = []\n\n[base]\ndirs = []\n"
    ));
}

#[test]
fn deep_nesting() {
    insta::assert_snapshot!(mistakes(&format!(
        "x = {}1{}\n",
        "[".repeat(90),
        "]".repeat(90)
    )));
}

#[test]
fn not_utf8() {
    insta::assert_snapshot!(refused(b"# syntax=lamina\nname = \"caf\xe9\"\n"));
}

#[test]
fn utf16() {
    insta::assert_snapshot!(refused(b"\xff\xfe#\0 \0s\0"));
}

#[test]
fn a_megabyte() {
    let long = stub(&"# more and more\n".repeat(1_000_000 / 16));
    insta::assert_snapshot!(refused(long.as_bytes()));
}

#[test]
fn many_mistakes() {
    let body: Vec<String> = (0..30).map(|n| format!("key_{n} = 1")).collect();
    let text = mistakes(&body.join("\n"));
    assert!(
        text.ends_with("error: 10 more mistakes are not shown"),
        "{text}"
    );
}

#[test]
fn the_longest_stub_is_not_slow() {
    let line = "\"a.b\" = \"${env:HOME}/x\"\n";
    let mut body = String::from("[app.labels]\n");
    for n in 0..8000 {
        body += &line.replace("a.b", &format!("label.{n}"));
    }
    let start = std::time::Instant::now();
    assert_eq!(variant(&body, "cpu").app.labels.len(), 8000);
    assert!(start.elapsed().as_secs() < 10);
}

#[test]
fn thirty_thousand_mistakes_are_not_slow() {
    let body: Vec<String> = (0..30_000).map(|n| format!("{n}=1")).collect();
    let start = std::time::Instant::now();
    assert!(mistakes(&body.join("\n")).contains("29980 more mistakes"));
    assert!(start.elapsed().as_secs() < 20);
}
