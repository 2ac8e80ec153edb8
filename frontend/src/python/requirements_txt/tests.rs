//! Whole files. Each text is read again with other line ends and with a byte
//! order mark.

#![allow(clippy::format_collect, reason = "tests make long texts the short way")]

mod bounds;
mod corpus;
mod credentials;
mod errors;
mod limits;
mod remedies;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::*;
use crate::python::PythonVersion;
use crate::python::{RequirementSet, RequirementSource, Target};
use crate::source::{Diagnostics, SourceFile, Spanned};

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
        ("EMPTY".to_owned(), String::new()),
        ("SPACED".to_owned(), " torch ".to_owned()),
        ("INCLUDE".to_owned(), "-r ../sub/o.txt".to_owned()),
        ("TWO_LINES".to_owned(), "a\nb".to_owned()),
        (
            "URL".to_owned(),
            "https://user:s3cret@a.example/x".to_owned(),
        ),
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
    // What is asked for and not there does not exist.
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
        Err(errors) => panic!("{}", errors.render()),
    }
}

/// A set as text, without places.
fn dump(set: &RequirementSet) -> String {
    let mut out = String::new();
    for (list, mark) in [(&set.requirements, ""), (&set.constraints, "limit ")] {
        for one in list {
            writeln!(
                out,
                "{mark}{one} [{}]",
                one.name.as_ref().map_or("?", |name| name.as_str())
            )
            .unwrap();
            for hash in &one.hashes {
                writeln!(out, "    {}", &hash.to_string()[..15]).unwrap();
            }
        }
    }
    let o = &set.options;
    let lists = [("trusted-host", &o.trusted_hosts)];
    if let Some(index) = &o.index_url {
        writeln!(out, "index {}", index.url).unwrap();
    }
    for index in &o.extra_index_urls {
        writeln!(out, "extra-index {}", index.url).unwrap();
    }
    for links in &o.find_links {
        writeln!(out, "find-links {}", links.value).unwrap();
    }
    for (name, list) in lists {
        for one in list {
            writeln!(out, "{name} {}", one.value).unwrap();
        }
    }
    for name in o.formats.only_binary() {
        writeln!(out, "only-binary {name}").unwrap();
    }
    for name in o.formats.no_binary() {
        writeln!(out, "no-binary {name}").unwrap();
    }
    let flags = [
        ("no-index", &o.no_index),
        ("pre", &o.pre),
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
-f ../wheels
-fhttps://links.example/torch.html
--find-links file:./more%20wheels
--trusted-host pypi.example:8080
--pre
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
fn ignores_comments_blank_lines_and_order() {
    let one = "b>=1,<2 # why\n\na[x,y]\n# c\nA_b==1 ; os_name=='posix'\n--pre\n";
    let two = "--pre\na_B == 1\n\n\n a [ Y , x ]\nb<2,>=1\nb <2 , >= 1";
    let read = |text| dump(&set(&[("a.txt", text)], &[], "linux/amd64"));
    assert_eq!(read(one), read(two));
}

#[test]
fn reads_the_files_of_the_reference_projects() {
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
fn reads_packages_in_place() {
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
fn build_arguments_may_be_whole_lines() {
    let files = [
        ("r/a.txt", "${EMPTY}\n${SPACED}\n${EMPTY} ${INCLUDE}\nnumpy"),
        ("sub/o.txt", "-r p.txt\nother"),
        ("sub/p.txt", "deep"),
    ];
    assert_eq!(
        dump(&set(&files, &[], "linux/amd64")),
        "deep [deep]\nnumpy [numpy]\nother [other]\ntorch [torch]\n"
    );
    // What is to be read next is known from the arguments.
    let text = SourceFile::new(files[0].0, files[0].1);
    let args = BTreeMap::from([
        ("EMPTY".to_owned(), String::new()),
        ("INCLUDE".to_owned(), files[0].1.replace("${", "-r x")),
    ]);
    assert_eq!(super::parse::included_with(&text, &args).len(), 0);
    let args = BTreeMap::from([("INCLUDE".to_owned(), "-r ../sub/o.txt".to_owned())]);
    let text = SourceFile::new("r/a.txt", "${INCLUDE}");
    let included = super::parse::included_with(&text, &args);
    assert!(included.iter().eq(["sub/o.txt"]), "{included:?}");
}

#[test]
fn urls_have_slashes_behind_their_scheme() {
    let text = "https:h.example/p/a-1-py3-none-any.whl\nb @ HTTPS:\\\\h.example/b.zip\n\
                git+https:/h.example/r.git@v1#egg=c\n-f http:h.example/links\n";
    let mut set = set(&[("a.txt", text)], &[], "linux/amd64");
    assert_eq!(
        dump(&set),
        "a @ https://h.example/p/a-1-py3-none-any.whl [a]\n\
         b @ HTTPS://h.example/b.zip [b]\n\
         c @ git+https://h.example/r.git@v1 [c]\n\
         find-links http://h.example/links\n"
    );
    set.mirror(&[("https://h.example".into(), "https://near.example".into())]);
    let shown = dump(&set);
    assert!(!shown.contains("https://h.example"), "{shown}");
}

#[test]
fn reads_file_urls_in_includes() {
    let files = [
        (
            "r/a.txt",
            "-r file:./x%20y.txt\n-c FILE:limits.txt\n-f file:../wheels\n",
        ),
        ("r/x y.txt", "x"),
        ("r/limits.txt", "y<2"),
    ];
    assert_eq!(
        dump(&set(&files, &[], "linux/amd64")),
        "x [x]\nlimit y<2 [y]\nfind-links wheels\n"
    );
}

#[test]
fn asks_for_missing_files_once() {
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
fn rewrites_every_url_to_its_mirror() {
    let text = "-i https://pypi.org/simple\n--extra-index-url https://b.example/x\n--extra-index-url https://pypi.org/x\n-f https://pypi.org/links\n-f wheels\na @ https://pypi.org/a.zip\ngit+https://pypi.org/r@1\nb\n";
    let mut set = set(&[("a.txt", text)], &[], "linux/amd64");
    set.mirror(&[(
        "https://pypi.org".to_owned(),
        "https://b.example".to_owned(),
    )]);
    insta::assert_snapshot!(dump(&set));
    assert_eq!(
        set.requirements[0].source,
        RequirementSource::Url("https://b.example/a.zip".to_owned())
    );
}

#[test]
fn moves_local_paths() {
    let text = "./proj[dev]\nx[y] @ file:a\n./w/b-1-py3-none-any.whl\n.";
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
            "x[y] @ file:///in/0"
        ]
    );
    // As a URL, another path would be another text.
    for (line, path, moved) in [
        ("x @ ./a", "/in/my project", "x @ file:///in/my%20project"),
        ("x @ ./a", "/in/c%20d", "x @ file:///in/c%2520d"),
        ("x @ ./a", "/in/c#1?y", "x @ file:///in/c%231%3Fy"),
        (
            "x @ ./a",
            "/in/a-1+cpu@é.whl",
            "x @ file:///in/a-1+cpu@é.whl",
        ),
        ("./a[z]", "/in/my project", "file:///in/my%20project[z]"),
    ] {
        let set = self::set(&[("a.txt", line)], &[], "linux/amd64");
        assert_eq!(set.requirements[0].at_path(path), moved);
    }
}
