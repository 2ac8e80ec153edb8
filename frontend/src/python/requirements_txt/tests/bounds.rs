//! Files beyond all use: an error that says what the limit is, at once.

use std::time::{Duration, Instant};

use super::*;

/// The error about files, which has to come at once.
fn exceeded(files: &[(&str, &str)]) -> String {
    let start = Instant::now();
    let errors = read(files, &[], "linux/amd64").unwrap_err();
    let took = start.elapsed();
    // 100 ms, and a debug build on a busy machine.
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(errors.iter().count() <= 21, "{}", errors.iter().count());
    errors.to_string()
}

#[test]
fn the_limits_are_documented() {
    use super::super::limits;

    let page = include_str!("../../../../../docs/requirement-files.md");
    let markers = crate::python::markers::DEPTH;
    for row in [
        format!("| includes in one another | {} deep |", limits::DEPTH),
        format!(
            "| a line, with its continuations and `${{NAME}}` filled in | {} KiB |",
            limits::LINE >> 10
        ),
        format!("| parentheses of a marker in one another | {markers} deep |"),
    ] {
        assert!(page.contains(&row), "{row}");
    }
}

#[test]
fn files_have_a_size() {
    let bytes = vec![b'\n'; 40 << 20];
    let start = Instant::now();
    let error = decode("requirements/cpu.txt", &bytes).unwrap_err();
    assert!(start.elapsed() < Duration::from_millis(100));
    assert_eq!(
        error.to_string(),
        "requirements/cpu.txt is too large: 40 MiB, the limit is 8 MiB (check that it is a \
         requirement file; split one that is longer, by layers)"
    );
}

#[test]
fn all_files_together_have_a_size() {
    let long = "#".repeat(6 << 20);
    let shown = exceeded(&[
        ("a.txt", "-r b.txt\n-r c.txt\n-r d.txt\n-r e.txt"),
        ("b.txt", &long),
        ("c.txt", &long),
        ("d.txt", &long),
        ("e.txt", &long),
    ]);
    assert!(shown.starts_with("a.txt:3: "), "{shown}");
    assert!(shown.contains("more than 16 MiB of text"), "{shown}");
    assert_eq!(shown.lines().count(), 1, "{shown}");
}

#[test]
fn includes_have_a_number() {
    let includes: String = (0..3000)
        .map(|number| format!("-r {number}.txt\n"))
        .collect();
    let start = Instant::now();
    let file = SourceFile::new("a.txt", includes);
    assert_eq!(included(&file).len(), 1001);
    assert!(start.elapsed() < Duration::from_secs(1));
    let names: Vec<String> = (0..1200).map(|number| format!("{number}.txt")).collect();
    let texts: Vec<String> = (1..1201).map(|number| format!("-r {number}.txt")).collect();
    // A chain is as deep as it may be long before it is too long.
    let chain: Vec<(&str, &str)> = names
        .iter()
        .zip(&texts)
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let shown = exceeded(&chain);
    assert!(shown.contains("includes nest more than 64 deep"), "{shown}");
}

#[test]
fn lines_have_a_length() {
    let long = format!("a[{}]", "b,".repeat(300 << 10));
    let shown = exceeded(&[("a.txt", &long)]);
    assert!(shown.contains("longer than 512 KiB"), "{shown}");
    let continued = format!("a==1 {}", "\\\n --hash=x".repeat(100_000));
    let shown = exceeded(&[("a.txt", &continued)]);
    assert!(shown.contains("longer than 512 KiB"), "{shown}");
}

#[test]
fn build_arguments_do_not_multiply() {
    // 20,000 times a value of 5 bytes is fine; 200,000 times is not.
    let long = format!("a=={}", "${TORCH}".repeat(200_000));
    let shown = exceeded(&[("a.txt", &long)]);
    assert!(shown.contains("longer than 512 KiB"), "{shown}");
}

#[test]
fn requirements_have_a_number() {
    let many: String = (0..100_001).map(|number| format!("p{number}\n")).collect();
    let shown = exceeded(&[("a.txt", &many)]);
    assert!(shown.contains("more than 100000 requirements"), "{shown}");
}

#[test]
fn long_names_have_no_suggestion() {
    for line in ["--", "a ; "].map(|start| format!("{start}{}", "x".repeat(400_000))) {
        let shown = exceeded(&[("a.txt", &line)]);
        assert!(!shown.contains("did you mean"), "{}", &shown[..200]);
        assert!(shown.len() < 1000, "{}", shown.len());
    }
}
