//! Values that are of the right type and still wrong.

use super::*;

#[test]
fn of_the_base() {
    insta::assert_snapshot!(errors(
        "[base]\nimage = \"Python:3.11\"\napt = [\"git curl\", \"-y\"]\n\
         user = { name = \"root\", uid = 0 }\nworkdir = \"app\"\ndirs = [\"/\", \"/opt/venv/x\"]\n\n\
         [base.env]\n\"MY-VAR\" = \"x\"\n"
    ));
}

#[test]
fn of_python() {
    insta::assert_snapshot!(errors(
        "[python]\nversion = \"3.11.4\"\ninstaller = \"poetry\"\n\n[python.mirrors]\n\
         \"pypi.org\" = \"https://nexus.example\"\n\n[[python.layer]]\nname = \"base-ml\"\n\
         requirements = [\"/etc/r.txt\", \"../r.txt\", \"r/{varaint}.txt\", \"r/{arch.txt\"]\n"
    ));
}

#[test]
fn of_the_application() {
    insta::assert_snapshot!(errors(
        "[app]\ncopy = [{ from = \"../src\", to = \"app\", mode = 755 }, { from = \"a\", to = \"/a\", mode = \"rwx\" }]\n\
         expose = [0, \"80:80\", \"53/http\"]\nvolumes = [\"data\"]\nstop_signal = \"term\"\n\
         healthcheck = { http = \"http://localhost:8000/\", interval = 30, timeout = \"5\", retries = 0 }\n"
    ));
}

#[test]
fn of_variants() {
    insta::assert_snapshot!(errors(
        "[variant.cpu]\nplatforms = [\"arm64\", \"linux/amd46\", \"windows/amd64\"]\n\n\
         [variant.cuda]\naccelerator = \"nvidia\"\nplatforms = []\n"
    ));
}

#[test]
fn a_version_against_the_base_image() {
    insta::assert_snapshot!(errors(
        "[base]\nimage = \"python:3.12-slim\"\n\n[python]\nversion = \"3.11\"\n"
    ));
}

#[test]
fn an_inherited_image_against_a_version() {
    insta::assert_snapshot!(errors(
        "[base]\nimage = \"python:3.12-slim\"\n\n[variant.old.python]\nversion = \"3.11\"\n"
    ));
}

#[test]
fn two_default_indexes() {
    insta::assert_snapshot!(errors(
        "[[python.index]]\nurl = \"https://a.example/simple\"\ndefault = true\n\n\
         [[python.index]]\nurl = \"https://b.example/simple\"\ndefault = true\n"
    ));
}

#[test]
fn characters_that_nothing_can_hold() {
    insta::assert_snapshot!(errors(
        "[base.env]\nA = \"a\\u0000b\"\n\n[[python.layer]]\nname = \"ml\"\npackages = [\"\", \"a\\nb\"]\n"
    ));
}

#[test]
fn a_text_for_an_array() {
    insta::assert_snapshot!(errors(
        "[base]\napt = \"ripgrep curl\"\n\n[app]\nentrypoint = \"cd /x && exec ./run\"\n\
         cmd = \"python main.py\"\nhealthcheck = { cmd = \"python -c 'import app'\" }\n"
    ));
}

#[test]
fn a_path_for_a_copy() {
    insta::assert_snapshot!(
        [
            "\"src\"",
            "\"./lib/x/\"",
            "\".\"",
            "[\"main.py\", 1]",
            "{ from = \"a\", to = \"/a\" }"
        ]
        .map(|copy| errors(&format!("[app]\ncopy = {copy}\n")))
        .join("\n")
    );
}

/// The last of several files would be there alone, the others lost.
#[test]
fn a_pattern_copied_to_a_file() {
    insta::assert_snapshot!(errors(
        "[app]\ncopy = [\n  { from = \"*.py\", to = \"/srv/x\" },\n  { from = \"conf/a?.toml\", to = \"${env:HOME}/conf\" },\n\
         \u{20} { from = \"[ab].txt\", to = \"/srv/texts/\" },\n  { from = \"plain\", to = \"/srv/plain\" },\n]\n"
    ));
}

/// What a wrong type is advised to write is valid.
#[test]
fn advised_copies_of_patterns_are_to_directories() {
    for (copy, advised) in [
        ("\"[ab].py\"", "{ from = \"[ab].py\", to = \"/app/\" }"),
        ("\"*.py:/srv/x\"", "{ from = \"*.py\", to = \"/srv/x/\" }"),
    ] {
        let message = errors(&format!("[app]\ncopy = {copy}\n"));
        assert!(
            message.contains(&format!("write `copy = [{advised}]`")),
            "{message}"
        );
        assert!(loaded(&format!("[app]\ncopy = [{advised}]\n"), &[]).is_ok());
    }
}

#[test]
fn nothing_as_a_base() {
    insta::assert_snapshot!(errors("[base]\nimage = \"scratch\"\n"));
}

#[test]
fn a_base_image_that_is_too_old() {
    insta::assert_snapshot!(errors("[base]\nimage = \"python:3.7-slim\"\n"));
}

#[test]
fn directories_that_containers_mount_over() {
    insta::assert_snapshot!(errors(
        "[base]\ndirs = [\"/proc\", \"/dev/x\", \"//sys/./y\", \"/device\"]\n"
    ));
    insta::assert_snapshot!(errors(
        "[base]\nworkdir = \"/proc/x\"\n\n[app]\ncopy = [{ from = \"a\", to = \"/sys/\" }]\nvolumes = [\"/dev/shm\"]\n"
    ));
}

/// `$${` is a literal `${`, so these are relative.
#[test]
fn literal_braces_are_no_variable() {
    for line in [
        "[app]\nvolumes = [\"$${env:HOME}/x\"]\n",
        "[base]\nworkdir = \"$${env:HOME}/x\"\n",
        "[base]\ndirs = [\"$${env:HOME}/x\"]\n",
        "[app]\ncopy = [{ from = \"a\", to = \"$${env:HOME}/x\" }]\n",
    ] {
        let text = errors(line);
        assert!(
            text.contains("invalid path `${env:HOME}/x`: must be absolute"),
            "{text}"
        );
    }
    for line in [
        "[base]\nworkdir = \"${env:HOME}/x\"\n",
        "[base]\nworkdir = \"/$${env:HOME}/x\"\n",
        "[base]\ndirs = [\"${env:HOME}\"]\n",
    ] {
        project(line);
    }
}

#[test]
fn one_prefix_twice() {
    insta::assert_snapshot!(errors(
        "[python.mirrors]\n\"https://a.example\" = \"https://b.example\"\n\
         \"https://a.example/\" = \"https://c.example\"\n\n\
         [[python.index]]\nurl = \"https://d.example\"\n\
         [[python.index]]\nurl = \"https://d.example/\"\n"
    ));
}

#[test]
fn two_probes_of_which_one_is_empty() {
    insta::assert_snapshot!(errors(
        "[app]\nhealthcheck = { http = \"80/\", cmd = [] }\n"
    ));
}

#[test]
fn patterns_of_packages() {
    let body = "[[python.index]]\nurl = \"https://a.example/simple\"\npackages = [\"Torch*\", \"a_b.c\", \"*-cu12\"]\n";
    let indexes = variant(body, "cpu").python.indexes;
    let patterns: Vec<&str> = indexes[0].packages.iter().map(|p| &*p.value).collect();
    assert_eq!(patterns, ["torch*", "a-b-c", "*-cu12"]);
    insta::assert_snapshot!(errors(
        "[[python.index]]\nurl = \"https://a.example/simple\"\npackages = [\"*\", \"torch==2\", \"-x\", 1, \"\"]\n"
    ));
}

#[test]
fn an_index_of_certain_packages_is_not_the_default() {
    insta::assert_snapshot!(errors(
        "[[python.index]]\nurl = \"https://a.example/simple\"\ndefault = true\npackages = [\"a\"]\n"
    ));
}
