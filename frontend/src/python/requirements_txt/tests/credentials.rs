//! Passwords are in no message, wherever a file has them.

use super::*;

#[test]
fn passwords_are_never_shown() {
    for line in [
        "--index-url https://user:s3cret@a.example/simple",
        "--extra-index-url=https://s3cret@a.example/simple",
        "-f 'https://user:s3cret@a.example'",
        "x @ https://user:s3cret@a.example/x.zip",
        "x @ git+https://s3cret@a.example/x",
        "git+ssh://git:s3cret@a.example/x",
        "https:\\\\user:s3cret@a.example/x",
        "--index-url https://user:s3/cret@a.example",
        "-r https://user:s3cret@a.example/x.txt",
        "--frobnicate https://user:s3cret@a.example",
        "bad requirement https://user:s3cret@a.example",
        "--index-url https://user:${TOKEN}@a.example",
        "x @ https://${TOKEN}@a.example/x.zip",
        "--index-url https://user:s3cret@",
        "--index-url http\\s://user:s3cret@a.example",
        "--index-url user:s3cret@a.example/simple",
        "--extra-index-url s3cret@a.example/simple",
        "--find-links user:s3cret@a.example/simple",
        "--trusted-host user:s3cret@a.example",
        "-r user:s3cret@a.example/a.txt",
        "x @ user:s3cret@a.example/x.zip",
        "https:user:s3cret@a.example/x.zip",
        "user:s3cret@a.example/x.zip",
        "torch user:s3cret@a.example/x.zip",
        "x @ user:s3cret@a.example",
        "torch==1 ${URL}",
        "${URL}",
        "--frobnicate ${URL}",
    ] {
        // The other error's excerpt would show the line above it.
        let text = format!("{line}\nother=1\n");
        let errors = read(&[("a.txt", &text)], &[], "linux/amd64").unwrap_err();
        let shown = format!("{}{errors}", errors.render());
        assert!(!shown.contains("s3"), "{shown}");
        assert!(shown.contains("a.txt, line 1"), "{shown}");
        assert!(shown.contains("--secret id=netrc"), "{shown}");
        assert_eq!(errors.iter().count(), 1, "{shown}");
    }
    let text = "# comment\n--index-url https://user:s3cret@a.example/simple\n";
    let errors = read(&[("a.txt", text)], &[], "linux/amd64").unwrap_err();
    insta::assert_snapshot!(errors.render());
}

/// Excerpts show the lines around an error: not even a comment may hold a
/// password there.
#[test]
fn passwords_are_masked_in_what_is_read() {
    let text =
        "# -i https://user:s3cret@a.example/x\nx @ git+ssh://git:s3cret@h/x\n-i https://a:s/3@h";
    let file = decode("a.txt", text).unwrap();
    assert_eq!(
        file.text(),
        "# -i https://****:******@a.example/x\nx @ git+ssh://***:******@h/x\n-i https://*:***@h"
    );
    let errors = read(&[("a.txt", file.text())], &[], "linux/amd64").unwrap_err();
    assert_eq!(errors.iter().count(), 2, "still found: {errors}");
    let error = decode("a.txt", b"-i https://user:s3cret@a.example\n\xff\n").unwrap_err();
    let shown = Diagnostics::from(error).render();
    assert!(!shown.contains("s3cret"), "{shown}");
    let plain = "x @ git+ssh://git@h/x@1\n# a@b https://h/x@1 é";
    assert_eq!(decode("a.txt", plain).unwrap().text(), plain);
}
