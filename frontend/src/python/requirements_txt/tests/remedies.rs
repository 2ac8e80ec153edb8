//! A remedy that is followed works: what a message says to write is valid.

use super::*;

#[test]
fn remedies_are_valid_lines() {
    for (line, remedy) in [
        ("torch=2.1.2", "torch==2.1.2"),
        ("torch = \"2.1.2\"", "torch==2.1.2"),
        ("torch=>2.1", "torch>=2.1"),
        ("torch=<2.1", "torch<=2.1"),
        ("torch<>2.1", "torch!=2.1"),
        ("torch~>2.1", "torch~=2.1"),
        ("torch^2.1.3", "torch>=2.1.3,<3"),
        ("torch^0.2.3", "torch>=0.2.3,<0.3"),
        ("torch = \"^2\"", "torch>=2,<3"),
        ("torch 2.1", "torch==2.1"),
        ("torch: 2.1", "torch==2.1"),
        ("torch@2.1", "torch==2.1"),
        ("torch @ ==2.1", "torch==2.1"),
        ("torch>=1.10.*", "torch>=1.10"),
        ("torch<1.10.*", "torch<1.10"),
        ("torch>1.10.*", "torch>=1.11"),
        ("torch<=1.10.*", "torch<1.11"),
        ("torch~=1.10.*", "torch==1.10.*"),
        ("torch==2.1.x", "torch==2.1.*"),
        ("torch>=2.0+cu118", "torch==2.0+cu118"),
        ("torch>=2.0+cu118", "torch>=2.0"),
        ("torch~=2", "torch~=2.0"),
        ("torch==latest", "torch"),
        ("'torch>=2'", "torch>=2"),
        ("\"torch>=2\"", "torch>=2"),
        ("pip install torch", "torch"),
        (
            "x[y] @ git@github.com:o/r.git",
            "x[y] @ git+ssh://git@github.com/o/r.git",
        ),
        (
            "-e git@github.com:o/r.git",
            "git+ssh://git@github.com/o/r.git",
        ),
        (
            "-e git+ssh://git@github.com:o/r.git",
            "git+ssh://git@github.com/o/r.git",
        ),
        ("-e .", ".."),
        ("-e libs/x", "../libs/x"),
        ("-e ./libs/x[dev]", "../libs/x[dev]"),
        ("-e ./libs/x#egg=x", "../libs/x"),
        (
            "--editable=git+https://a.example/r@v1#egg=x",
            "git+https://a.example/r@v1#egg=x",
        ),
        (
            "git+ssh://git@github.com:o/r.git",
            "git+ssh://git@github.com/o/r.git",
        ),
        (
            "git+git@github.com:o/r.git",
            "git+ssh://git@github.com/o/r.git",
        ),
        ("git@github.com:o/r.git", "git+ssh://git@github.com/o/r.git"),
        (
            "x @ git+ssh://git@github.com:o/r.git",
            "git+ssh://git@github.com/o/r.git",
        ),
        (
            "wheels\\a-1-py3-none-any.whl",
            "wheels/a-1-py3-none-any.whl",
        ),
        (".\\libs\\x", "./libs/x"),
        (
            "git+https://a.example/r#egg=x==1.0",
            "x @ git+https://a.example/r",
        ),
        (
            "torch==2 --index-url https://a.example",
            "--extra-index-url https://a.example",
        ),
        ("torch==2 --pre", "--pre"),
        ("torch==2 -f https://a.example", "-f https://a.example"),
        ("--extra-index https://a.example", "--extra-index-url"),
        ("--index-url=https://a.example --no-index=1", "--no-index"),
    ] {
        let files = [("r/a.txt", line)];
        let errors = read(&files, &[], "linux/amd64").unwrap_err();
        let help = errors.to_string();
        assert!(help.contains(&format!("`{remedy}`")), "{line}: {help}");
        // An option's name alone wants a value.
        if remedy != "--extra-index-url" {
            let followed = read(&[("r/a.txt", remedy)], &[], "linux/amd64");
            assert!(followed.is_ok(), "{remedy}: {}", followed.unwrap_err());
        }
    }
}

#[test]
fn characters_that_are_typed_instead() {
    for (line, ascii) in [
        ("torch>=2，<3", ','),
        ("torch；os_name=='posix'", ';'),
        ("torch＝＝2", '='),
        ("torch ; os_name == “posix”", '"'),
        ("torch（>=2）", '('),
        ("torch–nightly", '-'),
    ] {
        let errors = read(&[("a.txt", line)], &[], "linux/amd64").unwrap_err();
        let shown = errors.to_string();
        assert!(
            shown.contains(&format!("type `{ascii}` instead")),
            "{shown}"
        );
    }
}
