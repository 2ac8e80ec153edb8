//! Whole files: what comes out, and what is said about mistakes. Each text is
//! read again with other line ends and with a byte order mark.

#![allow(clippy::format_collect, reason = "tests make long texts the short way")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::*;
use crate::config::PythonVersion;
use crate::diagnostic::{Diagnostics, SourceFile, Spanned};

const BOM: &str = "\u{feff}";

fn target(platform: &str) -> Target {
    Target {
        platform: platform.parse().unwrap(),
        python: PythonVersion {
            major: 3,
            minor: 11,
        },
    }
}

/// Files, the first of which is the layer's.
fn read(files: &[(&str, &str)], packages: &[&str], platform: &str) -> Result<Loaded, Diagnostics> {
    let stub_text = packages.join("\n");
    let stub = SourceFile::new(
        "Dockerfile",
        format!("{}\n{stub_text}", files.first().map_or("", |f| f.0)),
    );
    let place = |text: &str| {
        let at = stub.text().find(text).unwrap();
        Spanned::new(text.to_owned(), stub.at(at..at + text.len()))
    };
    let root: Vec<_> = files.iter().take(1).map(|(name, _)| place(name)).collect();
    let packages: Vec<_> = packages.iter().map(|text| place(text)).collect();
    let args = BTreeMap::from([
        ("TORCH".to_owned(), "2.1.2".to_owned()),
        ("TOKEN".to_owned(), "s3cret".to_owned()),
    ]);
    let target = target(platform);
    let sources = Sources {
        files: &root,
        packages: &packages,
        args: &args,
        target: &target,
    };
    let mut texts = Texts::default();
    for (name, text) in files {
        texts.exist.insert((*name).to_owned());
        texts
            .files
            .insert((*name).to_owned(), SourceFile::new(*name, *text));
    }
    // Whatever else is asked for does not exist.
    loop {
        match load(sources, &texts)? {
            Loaded::Needs(paths) => texts.absent.extend(paths),
            set @ Loaded::Set(_) => return Ok(set),
        }
    }
}

fn set(files: &[(&str, &str)], packages: &[&str], platform: &str) -> RequirementSet {
    match read(files, packages, platform) {
        Ok(Loaded::Set(set)) => *set,
        Ok(Loaded::Needs(paths)) => panic!("needs {paths:?}"),
        Err(mistakes) => panic!("{}", mistakes.render()),
    }
}

/// A set as text, without places.
fn dump(set: &RequirementSet) -> String {
    let mut out = String::new();
    for (list, mark) in [(&set.requirements, ""), (&set.constraints, "limit ")] {
        for one in list {
            writeln!(
                out,
                "{mark}{} [{}]",
                one.text,
                one.name.as_deref().unwrap_or("?")
            )
            .unwrap();
            for hash in &one.hashes {
                writeln!(out, "    {}", &hash[..15]).unwrap();
            }
        }
    }
    let o = &set.options;
    let lists = [
        ("extra-index", &o.extra_index_urls),
        ("find-links", &o.find_links),
        ("only-binary", &o.only_binary),
        ("no-binary", &o.no_binary),
        ("trusted-host", &o.trusted_hosts),
    ];
    if let Some(index) = &o.index_url {
        writeln!(out, "index {}", index.value).unwrap();
    }
    for (name, list) in lists {
        for one in list {
            writeln!(out, "{name} {}", one.value).unwrap();
        }
    }
    let flags = [
        ("no-index", &o.no_index),
        ("pre", &o.pre),
        ("prefer-binary", &o.prefer_binary),
        ("require-hashes", &o.require_hashes),
    ];
    for (name, _) in flags.iter().filter(|(_, at)| at.is_some()) {
        writeln!(out, "{name}").unwrap();
    }
    out
}

/// Reads the files as they are, with CRLF, CR, and with a byte order mark.
fn dump_all_ways(files: &[(&str, &str)], platform: &str) -> String {
    let plain = dump(&set(files, &[], platform));
    for (from, to, mark) in [
        ("\n", "\r\n", ""),
        ("\n", "\r", ""),
        ("\n", "\n", BOM),
        ("\n", "\r\n", BOM),
    ] {
        let changed: Vec<(&str, String)> = files
            .iter()
            .map(|(name, text)| (*name, format!("{mark}{}", text.replace(from, to))))
            .collect();
        let changed: Vec<(&str, &str)> = changed.iter().map(|(n, t)| (*n, t.as_str())).collect();
        assert_eq!(
            dump(&set(&changed, &[], platform)),
            plain,
            "{to:?} {mark:?}"
        );
    }
    plain
}

const SHA: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn everything() -> String {
    format!(
        "# pip's documentation, and then some
-i https://pypi.example/simple/
--extra-index-url=https://download.pytorch.org/whl/cpu --extra-index-url https://two.example
--extra-index-url https://download.pytorch.org/whl/cpu/
-f ../wheels -fhttps://links.example/torch.html
--find-links file:./more%20wheels
--trusted-host pypi.example:8080
--pre
--prefer-binary
--only-binary :all:
--no-binary=Foo_Bar,baz
-r other.txt
-climits.txt

Torch == ${{TORCH}}+cpu ; platform_machine == 'x86_64'
torch==${{TORCH}}; platform_machine != \"x86_64\"
Sentence_Transformers[ONNX, b.C] ( < 3, >=2.2 )   # comment
sentence-transformers[b-c,onnx]>=2.2,<3
pywin32; sys_platform == 'win32'
exact === 1.0-dev
compatible~=1.4 , !=1.4.2
keyring[]
hashed==1.0 \\
    --hash=sha256:{SHA} \\
    --hash sha256:{SHA}
hashed==1.0 --hash=sha384:{SHA}{}
    ./wheels/local_pkg-1.0-py3-none-any.whl ; python_version > '3'
../proj[dev,Test]
proj/sub
root.tar.gz
torch-2.1.2+cpu-cp311-cp311-linux_x86_64.whl
file:../a/../proj
named[x] @ file:../proj
named @ https://host.example/a-1.0.tar.gz#sha256={SHA} ; os_name == 'posix'
https://host.example/b_C-1.0-py3-none-any.whl
https://host.example/archive.zip;x=1 ;os_name == 'posix'
git+https://github.com/org/repo.git@v1.0#egg=repo&subdirectory=sub
repo2 @ git+ssh://git@github.com/org/repo2@main
",
        &SHA[..32]
    )
}

#[test]
fn everything_that_pip_knows() {
    let text = everything();
    let files = [
        ("requirements/all.txt", text.as_str()),
        (
            "requirements/other.txt",
            "numpy\n-r sub/deep.txt\n-c limits.txt",
        ),
        (
            "requirements/sub/deep.txt",
            "-r ../other2.txt\nscipy\n./here",
        ),
        ("requirements/other2.txt", "numpy\n"),
        (
            "requirements/limits.txt",
            "numpy < 2\nurllib3 ; sys_platform == 'win32'\n",
        ),
    ];
    insta::assert_snapshot!("everything_amd64", dump_all_ways(&files, "linux/amd64"));
    let arm = dump_all_ways(&files, "linux/arm64");
    assert!(arm.contains("\ntorch==2.1.2 [torch]\n"), "{arm}");
    assert!(!arm.contains("torch==2.1.2+cpu"), "{arm}");
}

#[test]
fn comments_blank_lines_and_order_change_nothing() {
    let one = "b>=1,<2 # why\n\na[x,y]\n# c\nA_b==1 ; os_name=='posix'\n--pre\n";
    let two = "--pre\na_B == 1\n\n\n a [ Y , x ]\nb<2,>=1\nb <2 , >= 1";
    let read = |text| dump(&set(&[("a.txt", text)], &[], "linux/amd64"));
    assert_eq!(read(one), read(two));
}

#[test]
fn the_requirement_files_of_the_sources() {
    let ml = "# Core ML dependencies (architecture-agnostic)\nsentence-transformers==2.2.2\ntransformers==4.36.2\nchromadb>=0.4.0\nnumpy>=1.23.0,<1.24.0\nscipy>=1.7.0\nscikit-learn>=1.0.0\ntree-sitter>=0.22.0\ntree-sitter-python>=0.23.0\ntqdm>=4.65.0\n";
    let app = "# Lightweight application dependencies\nmcp>=0.1.0\npydantic>=2.0\naiofiles\npathspec>=0.11.0\nwatchdog>=3.0.0\n";
    let cuda = "# CUDA PyTorch installation\n--extra-index-url https://download.pytorch.org/whl/cu118\ntorch==2.1.2+cu118\ntorchvision==0.16.2+cu118\n\n# Include base dependencies\n-r base-ml.txt\n";
    let morgan = "# Base requirements for all services - pinned versions\nfastapi==0.109.2\nuvicorn[standard]==0.27.0.post1\npydantic==2.6.1\npsutil==5.9.8\npython-dotenv==1.0.1\n";
    let morgan_cuda = "# CUDA base\n\n# PyTorch from Nexus proxy\n--extra-index-url https://nexus.in.lazarev.cloud/repository/pytorch-pypi/simple\ntorch==2.5.1\ntorchaudio==2.5.1\nnumpy==1.26.3\n";
    let spatialforge = "--index-url https://pypi.internal/simple\nspatialforge\n";
    let mut out = String::new();
    for files in [
        &[
            ("requirements/cuda.txt", cuda),
            ("requirements/base-ml.txt", ml),
        ][..],
        &[("requirements/app.txt", app)],
        &[("requirements-base.txt", morgan)],
        &[("requirements-cuda.txt", morgan_cuda)],
        &[("requirements.txt", spatialforge)],
    ] {
        writeln!(
            out,
            "{}:\n{}",
            files[0].0,
            dump_all_ways(files, "linux/amd64")
        )
        .unwrap();
    }
    insta::assert_snapshot!(out);
}

#[test]
fn packages_in_place() {
    let packages = [
        "mcp>=0.1",
        "./wheels/a-1-py3-none-any.whl",
        "x ; os_name == 'nt'",
    ];
    let set = set(&[("a.txt", "MCP >= 0.1")], &packages, "linux/amd64");
    assert_eq!(
        dump(&set),
        "a @ ./wheels/a-1-py3-none-any.whl [a]\nmcp>=0.1 [mcp]\n"
    );
}

#[test]
fn what_is_missing_is_asked_for_once() {
    let args = BTreeMap::new();
    let target = target("linux/amd64");
    let stub = SourceFile::new("Dockerfile", "");
    let files =
        ["b.txt", "./requirements/../a.txt"].map(|f| Spanned::new(f.to_owned(), stub.at(0..0)));
    let sources = Sources {
        files: &files,
        packages: &[],
        args: &args,
        target: &target,
    };
    let mut texts = Texts::default();
    let needs = |paths: &[&str]| Ok(Loaded::Needs(paths.iter().map(|&p| p.to_owned()).collect()));
    assert_eq!(load(sources, &texts), needs(&["a.txt", "b.txt"]));
    for (name, text) in [
        ("a.txt", "-r c.txt\n-c c.txt\n-r b.txt\nx"),
        ("b.txt", "-rc.txt"),
    ] {
        texts
            .files
            .insert(name.to_owned(), SourceFile::new(name, text));
    }
    assert_eq!(load(sources, &texts), needs(&["c.txt"]));
    texts
        .files
        .insert("c.txt".to_owned(), SourceFile::new("c.txt", "y"));
    let Ok(Loaded::Set(set)) = load(sources, &texts) else {
        panic!()
    };
    assert_eq!(dump(&set), "x [x]\ny [y]\nlimit y [y]\n");
}

#[test]
fn mirrors_reach_every_url() {
    let text = "-i https://pypi.org/simple\n--extra-index-url https://b.example/x\n--extra-index-url https://pypi.org/x\n-f https://pypi.org/links\n-f wheels\na @ https://pypi.org/a.zip\ngit+https://pypi.org/r@1\nb\n";
    let mut set = set(&[("a.txt", text)], &[], "linux/amd64");
    set.mirror(&[(
        "https://pypi.org".to_owned(),
        "https://b.example".to_owned(),
    )]);
    insta::assert_snapshot!(dump(&set));
    assert_eq!(
        set.requirements[0].kind,
        Kind::Url("https://b.example/a.zip".to_owned())
    );
}

#[test]
fn local_paths_can_be_mounted_elsewhere() {
    let text = "./proj[dev]\nx[y] @ file:a\n./w/b-1-py3-none-any.whl\nc==1\n.";
    let set = set(&[("a.txt", text)], &[], "linux/amd64");
    let moved: Vec<String> = set
        .requirements
        .iter()
        .map(|r| r.at_path("/in/0"))
        .collect();
    assert_eq!(
        moved,
        [
            "/in/0",
            "/in/0[dev]",
            "b @ file:///in/0",
            "c==1",
            "x[y] @ file:///in/0"
        ]
    );
}

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
        writeln!(out, "{mistake}").unwrap();
    }
    insta::assert_snapshot!(out);
    assert!(decode("a", "ä").is_ok());
}

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
    ] {
        // The other mistake's excerpt would show the line above it.
        let text = format!("{line}\nother=1\n");
        let mistakes = read(&[("a.txt", &text)], &[], "linux/amd64").unwrap_err();
        let shown = format!("{}{mistakes}", mistakes.render());
        assert!(!shown.contains("s3"), "{shown}");
        assert!(shown.contains("a.txt, line 1"), "{shown}");
        assert!(shown.contains("--secret id=netrc"), "{shown}");
        assert_eq!(mistakes.iter().count(), 1, "{shown}");
    }
    let text = "# comment\n--index-url https://user:s3cret@a.example/simple\n";
    let mistakes = read(&[("a.txt", text)], &[], "linux/amd64").unwrap_err();
    insta::assert_snapshot!(mistakes.render());
}

/// Excerpts show the lines around a mistake: not even a comment may hold a
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
    let mistakes = read(&[("a.txt", file.text())], &[], "linux/amd64").unwrap_err();
    assert_eq!(mistakes.iter().count(), 2, "still found: {mistakes}");
    let plain = "x @ git+ssh://git@h/x@1\n# a@b https://h/x@1 é";
    assert_eq!(decode("a.txt", plain).unwrap().text(), plain);
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

#[test]
fn mutated_files_never_panic() {
    let text = everything();
    let chars: Vec<char> = text.chars().collect();
    let odd: Vec<char> = "\0\\\"'#;@[]()${}:/-= \n\r,<~é\u{2028}\u{feff}x1"
        .chars()
        .collect();
    let mut state = 7_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    for round in 0..1500 {
        let mut changed = chars.clone();
        changed.truncate(1 + random(chars.len()));
        for _ in 0..round % 7 {
            let at = random(changed.len());
            match random(3) {
                0 => changed[at] = odd[random(odd.len())],
                1 => changed.insert(at, odd[random(odd.len())]),
                _ => drop(changed.drain(at..(at + random(9)).min(changed.len()))),
            }
            if changed.is_empty() {
                break;
            }
        }
        let text: String = changed.into_iter().collect();
        if let Err(mistakes) = read(&[("a.txt", &text)], &[], "linux/amd64") {
            mistakes.render();
        }
    }
}

#[test]
fn time_is_linear() {
    let bad_names = |n: usize| "=x\n".repeat(n);
    let kinds: &[(&str, &dyn Fn(usize) -> String)] = &[
        ("lines", &|n| {
            (0..n).map(|i| format!("pkg-{i}>=1,<2\n")).collect()
        }),
        ("equal lines", &|n| "numpy>=1,<2\n".repeat(n)),
        ("indexes", &|n| {
            (0..n)
                .map(|i| format!("-i https://a\n--extra-index-url https://a/{i}\n"))
                .collect()
        }),
        ("wheels only", &|n| {
            (0..n)
                .map(|i| format!("--only-binary p{i}\n--no-binary q{i}\n"))
                .collect()
        }),
        ("continued", &|n| "a==1 \\\n".repeat(n)),
        ("a long line", &|n| "x".repeat(10 * n)),
        ("long and wrong", &|n| "x ".repeat(10 * n)),
        ("hashes", &|n| {
            format!("a==1 {}", format!("--hash=sha256:{SHA} ").repeat(n / 10))
        }),
        ("specifiers", &|n| format!("a>=1{}", ",>=1".repeat(n))),
        ("extras", &|n| format!("a[b{}]", ",b".repeat(n))),
        ("markers", &|n| {
            format!("a ; os_name=='a'{}", " and os_name=='a'".repeat(n))
        }),
        ("parentheses", &|n| format!("a ; {}", "(".repeat(n))),
        ("variables", &|n| format!("a=={}", "${TORCH}".repeat(n))),
        ("almost variables", &|n| format!("a=={}", "${A${".repeat(n))),
        ("schemes", &|n| format!("a @ {}", "https://a:".repeat(n))),
        ("semicolons", &|n| format!("https://a/{}", ";x".repeat(n))),
        ("backslashes", &|n| "\\".repeat(10 * n)),
        ("mistakes", &bad_names),
        ("NUL", &|n| "\0\n".repeat(n)),
        ("includes", &|n| "-r b.txt\n-c b.txt\n".repeat(n)),
        ("quotes", &|n| format!("--pre {}", "'\"".repeat(n))),
        ("slow options", &|n| format!("--{}", "x".repeat(10 * n))),
    ];
    for (name, text) in kinds {
        let text = text(20_000);
        let start = Instant::now();
        let result = read(&[("a.txt", &text), ("b.txt", "b")], &[], "linux/amd64");
        if let Err(mistakes) = result {
            mistakes.render();
        }
        let took = start.elapsed();
        // Quadratic time would be minutes; the machine may be busy.
        assert!(took < Duration::from_secs(10), "{name}: {took:?}");
        println!("{name}: {took:?}");
    }
}
