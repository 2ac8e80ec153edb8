//! Messages about invalid lines and files, each alone, so that it can be read.

use std::fmt::Write as _;

use super::*;

const INVALID: &[&str] = &[
    "torch=2.1.2",
    "torch 2.1.2",
    "torch==2.1.x",
    "torch>=2 <3",
    "torch>=2,,",
    "torch>=1.10.*",
    "torch>=2.0+cu118",
    "torch==latest",
    "torch~=2",
    "torch===das>1.0",
    "torch = \"^2.1\"",
    "torch==2.1 numpy==1.26",
    "torch, numpy",
    "torch>=2，<3",
    "\"torch>=2\"",
    "torch@2.1",
    "dependencies:",
    "note: install torch first",
    "<<<<<<< HEAD",
    "none.whl",
    "https://a.example/torch-2.1-py3.whl",
    "x @ https://a.example/torch-2.1-py3-none-any.whl",
    "git+https://a.example/r#egg=name==1.0",
    "git+ssh://git@github.com:o/r.git",
    "git@github.com:o/r.git",
    "torch==2.1 --index-url https://a.example",
    "-r a.txt -r b.txt",
    "-f a --find-links b",
    "--no-require-hashes",
    "torch^2.1",
    "torch==2.1.2#cpu",
    "torch[cpu",
    "torch[a b]",
    "torch (>=2",
    "torch @",
    "torch >= 2 ; python_version > 3",
    "torch ; python_versoin > '3'",
    "torch ; sys_platform = 'linux'",
    "torch ; sys_platform === 'linux'",
    "torch ; python_version ~= '3'",
    "pip install torch",
    "!torch",
    "-",
    "-e .",
    "-e ./libs/x[dev]",
    "--editable=git+https://github.com/org/repo",
    "--extra-index https://a.example",
    "-index-url https://a.example",
    "--frobnicate",
    "-z",
    "--index-url",
    "--index-url --pre",
    "--index-url simple",
    "--index-url https:///simple",
    "--index-url http:simple",
    "--index-url https://a.example/simple?token=x",
    "--extra-index-url https://a.example/simple#x",
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

#[test]
fn errors() {
    let mut out = String::new();
    for line in INVALID {
        let text = format!("numpy\n{line}\nscipy\n");
        let files = [
            ("requirements/cpu.txt", text.as_str()),
            ("requirements/limits.txt", "torch[cpu]==1\n"),
        ];
        match read(&files, &[], "linux/amd64") {
            Err(errors) => writeln!(out, "{}\n", errors.render()).unwrap(),
            Ok(loaded) => panic!("{line} is valid: {loaded:?}"),
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
fn errors_that_would_surprise_later() {
    let hash = format!("--hash=sha256:{SHA}");
    let mut out = String::new();
    for line in [
        &*format!("https://a.example/a-1.0.tar.gz {hash}"),
        &format!("./a-1.0.tar.gz {hash} {hash}"),
        &format!("git+https://a.example/r {hash}"),
        "x[y] @ git@github.com:o/r.git",
        "-e git@github.com:o/r.git",
        "-r ..",
        "-c sub/*.txt",
        "-r a[1].txt",
        "-r file://host/a.txt",
        "-f file://localhosts/wheels",
        "a @ file://b/c",
        "torch ${TWO_LINES}",
        "pip install torch numpy",
        "pip install -r a.txt",
        "pip install --upgrade pip",
        "pip install 'torch>=2'",
        "pip installed torch",
    ] {
        let files = [("requirements/cpu.txt", line)];
        let errors = read(&files, &[], "linux/amd64").unwrap_err();
        writeln!(out, "{}\n", errors.render()).unwrap();
    }
    insta::assert_snapshot!(out);
    // `#egg=` and the names of wheels are names.
    for line in ["https://a.example/a.zip#egg=a", "./a-1.0-py3-none-any.whl"] {
        let set = set(&[("a.txt", &format!("{line} {hash}"))], &[], "linux/amd64");
        assert_eq!(set.requirements[0].hashes.len(), 1);
    }
}

#[test]
fn control_characters_in_place_are_errors() {
    for package in ["./a\u{1}b", "a\nb", "a\rb", "a\u{85}b", "a\u{b}b"] {
        let errors = read(&[], &[package], "linux/amd64").unwrap_err();
        let shown = errors.to_string();
        assert!(shown.contains("has a control character"), "{shown}");
    }
    assert!(read(&[], &["a\t>=1"], "linux/amd64").is_ok());
}

#[test]
fn errors_of_includes() {
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
        let errors = read(files, &[], "linux/amd64").unwrap_err();
        writeln!(out, "{}\n", errors.render()).unwrap();
    }
    let deep: Vec<(String, String)> = (0..100)
        .map(|i| (format!("{i}.txt"), format!("-r {}.txt", i + 1)))
        .collect();
    let deep: Vec<(&str, &str)> = deep.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let errors = read(&deep, &[], "linux/amd64").unwrap_err();
    writeln!(out, "{}\n", errors.render()).unwrap();
    insta::assert_snapshot!(out);
}

#[test]
fn errors_in_place() {
    let mut out = String::new();
    for package in [
        "torch=2",
        "--pre",
        " ",
        "../outside",
        "x @ https://u:pw@h/x.zip",
    ] {
        let errors = read(&[], &[package], "linux/amd64").unwrap_err();
        writeln!(out, "{}\n", errors.render()).unwrap();
    }
    insta::assert_snapshot!(out);
}

#[test]
fn bytes_that_are_not_text() {
    let mut out = String::new();
    for bytes in [&b"numpy\n\xff\n"[..], b"\xff\xfen\0u\0", b"\xfe\xff\0n"] {
        let error = decode("requirements/cpu.txt", bytes).unwrap_err();
        writeln!(out, "{}\n", Diagnostics::from(error).render()).unwrap();
    }
    insta::assert_snapshot!(out);
    assert!(decode("a", "ä").is_ok());
}

#[test]
fn only_the_first_errors_are_shown() {
    let text = "a=1\n".repeat(100);
    let errors = read(&[("a.txt", &text)], &[], "linux/amd64").unwrap_err();
    assert_eq!(errors.iter().count(), 21);
    assert!(errors.to_string().ends_with("a.txt has 80 further errors"));
    let includes: String = (0..9).map(|n| format!("-r {n}.txt\n")).collect();
    let names: Vec<String> = (0..9).map(|n| format!("{n}.txt")).collect();
    for (text, hidden) in [
        ("-r a.txt\n".repeat(20_000), 19_900),
        (
            (0..5000).map(|n| format!("-i https://{n}\n")).collect(),
            4899,
        ),
        ("-c b.txt\n".to_owned(), 2900),
        (includes, 9 * 21 - 100),
    ] {
        let constraints = "torch[x]\n".repeat(3000);
        let invalid = "a=1\n".repeat(30);
        let mut files = vec![("a.txt", &*text), ("b.txt", &constraints)];
        files.extend(names.iter().map(|name| (&**name, &*invalid)));
        let errors = read(&files, &[], "linux/amd64").unwrap_err();
        assert_eq!(errors.iter().count(), 101);
        let shown = errors.to_string();
        let rest = format!("the layer has {hidden} further errors");
        assert!(shown.ends_with(&rest), "{}", &shown[shown.len() - 80..]);
    }
}
