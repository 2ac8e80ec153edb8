//! What is said about mistakes, each alone, so that it can be read.

use std::fmt::Write as _;

use super::*;

/// Each mistake alone, so that what is said about it can be read.
#[test]
fn mistakes() {
    let lines = [
        "torch=2.1.2",
        "torch 2.1.2",
        "torch==2.1.x",
        "torch>=2 <3",
        "torch>=2,",
        "torch^2.1",
        "torch==2.1.2#cpu",
        "torch[cpu",
        "torch[a b]",
        "torch (>=2",
        "torch @",
        "torch >= 2 ; python_version > 3",
        "torch ; python_versoin > '3'",
        "torch ; sys_platform = 'linux'",
        "torch ; ",
        "pip install torch",
        "!torch",
        "-",
        "-e .",
        "--editable=git+https://github.com/org/repo",
        "--extra-index https://a.example",
        "-index-url https://a.example",
        "--frobnicate",
        "-z",
        "--index-url",
        "--index-url --pre",
        "--index-url simple",
        "--index-url https://",
        "--pre=yes",
        "--no-cache-dir",
        "--use-feature=fast-deps",
        "--trusted-host https://a.example",
        "--only-binary numpy,-",
        "--find-links ../../wheels",
        "--find-links 'wheels",
        "-r https://a.example/base.txt",
        "-c /etc/constraints.txt",
        "--hash=sha256:abc",
        "torch==1 --hash=md5:abc",
        "torch==1 --hash=sha256:abc",
        "torch==1 --pre",
        "torch==1 --config-settings a=b",
        "torch==${TORCHH}",
        "torch==1 \\ ",
        "torch==1\u{0}",
        "../../outside",
        "C:\\wheels\\a.whl",
        "wheels\\a.whl",
        "hg+https://a.example/repo",
        "git+git@github.com:org/repo",
        "git+http://a.example/repo",
        "ftp://a.example/a.zip",
        "https://a.example/a.zip --pre",
        "https://a.example/a b.zip",
        "-c limits.txt",
    ];
    let mut out = String::new();
    for line in lines {
        let text = format!("numpy\n{line}\nscipy\n");
        let files = [
            ("requirements/cpu.txt", text.as_str()),
            ("requirements/limits.txt", "torch[cpu]==1\n"),
        ];
        match read(&files, &[], "linux/amd64") {
            Err(mistakes) => writeln!(out, "{}\n", mistakes.render()).unwrap(),
            Ok(loaded) => panic!("{line} is fine: {loaded:?}"),
        }
        for changed in [text.replace('\n', "\r\n"), format!("{BOM}{text}")] {
            let files = [files[1], ("requirements/cpu.txt", &changed)];
            let files = [files[1], files[0]];
            let again = read(&files, &[], "linux/amd64").unwrap_err();
            let plain = read(
                &[("requirements/cpu.txt", &text), files[1]],
                &[],
                "linux/amd64",
            )
            .unwrap_err();
            assert_eq!(again.to_string(), plain.to_string());
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn mistakes_of_includes() {
    let cases: &[&[(&str, &str)]] = &[
        &[
            (
                "requirements/cpu-amd64.txt",
                "torch==2.1.2+cpu\n\n# Include base dependencies\n-r base.txt\n",
            ),
            ("requirements/base-ml.txt", ""),
            ("requirements/app.txt", ""),
        ],
        &[
            ("requirements/a.txt", "-r missing.txt"),
            ("requirements/cuda.txt", ""),
        ],
        &[("requirements/a.txt", "-r missing.txt")],
        &[("requirements/a.txt", "-r base.txt"), ("base.txt", "")],
        &[("a.txt", "x\n-r a.txt")],
        &[
            ("a.txt", "-r b.txt"),
            ("b.txt", "# b\n-c c.txt"),
            ("c.txt", "-r b.txt"),
        ],
        &[
            ("a.txt", "-i https://a.example\n-r b.txt"),
            ("b.txt", "-i https://b.example"),
        ],
    ];
    let mut out = String::new();
    for files in cases {
        let mistakes = read(files, &[], "linux/amd64").unwrap_err();
        writeln!(out, "{}\n", mistakes.render()).unwrap();
    }
    let deep: Vec<(String, String)> = (0..100)
        .map(|i| (format!("{i}.txt"), format!("-r {}.txt", i + 1)))
        .collect();
    let deep: Vec<(&str, &str)> = deep.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let mistakes = read(&deep, &[], "linux/amd64").unwrap_err();
    writeln!(out, "{}\n", mistakes.render()).unwrap();
    insta::assert_snapshot!(out);
}

#[test]
fn mistakes_in_place() {
    let mut out = String::new();
    for package in [
        "torch=2",
        "--pre",
        " ",
        "../outside",
        "x @ https://u:pw@h/x.zip",
    ] {
        let mistakes = read(&[], &[package], "linux/amd64").unwrap_err();
        writeln!(out, "{}\n", mistakes.render()).unwrap();
    }
    insta::assert_snapshot!(out);
}

#[test]
fn bytes_that_are_no_text() {
    let mut out = String::new();
    for bytes in [&b"numpy\n\xff\n"[..], b"\xff\xfen\0u\0", b"\xfe\xff\0n"] {
        let mistake = decode("requirements/cpu.txt", bytes).unwrap_err();
        writeln!(out, "{}\n", Diagnostics::from(mistake).render()).unwrap();
    }
    insta::assert_snapshot!(out);
    assert!(decode("a", "ä").is_ok());
}

#[test]
fn only_the_first_mistakes_are_shown() {
    let text = "a=1\n".repeat(100);
    let mistakes = read(&[("a.txt", &text)], &[], "linux/amd64").unwrap_err();
    assert_eq!(mistakes.iter().count(), 21);
    assert!(
        mistakes
            .to_string()
            .ends_with("a.txt has 80 further mistakes")
    );
}
