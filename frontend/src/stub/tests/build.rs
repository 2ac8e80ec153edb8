//! `[build]`: what wheels are built with.

use super::*;

fn shown(variant: &Variant) -> String {
    let build = &variant.build;
    let image = build.image.as_ref().map_or("-", |image| &image.value);
    let apt: Vec<&str> = build.apt.iter().map(|it| it.value.as_str()).collect();
    let env = build.env.iter();
    let env: Vec<String> = env
        .map(|(name, it)| format!("{name}={}", it.value))
        .collect();
    format!("{image} [{}] {{{}}}", apt.join(" "), env.join(" "))
}

#[test]
fn variants_inherit_it_key_by_key() {
    let body = "[args]\nCUDA = \"12.4\"\n\n\
                [build]\napt = [\"gcc\", \"cmake\"]\nimage = \"x/devel:${CUDA}\"\n\
                env = { MAX_JOBS = \"2\", ARCH = \"8.6\", PATH = \"/cuda-${CUDA}:${env:PATH}\" }\n\n\
                [variant.cpu]\n\n\
                [variant.cuda]\nextends = \"cpu\"\n[variant.cuda.build]\n\
                apt = [\"...\", \"ninja-build\", \"gcc\"]\nenv = { ARCH = \"9.0\" }\n\n\
                [variant.other.build]\nimage = \"y\"\napt = []\nisolation = true\n";
    let shown = |name: &str| shown(&variant(body, name));
    assert_eq!(
        shown("cpu"),
        "x/devel:12.4 [gcc cmake] {MAX_JOBS=2 ARCH=8.6 PATH=/cuda-12.4:${env:PATH}}"
    );
    assert_eq!(
        shown("cuda"),
        "x/devel:12.4 [gcc cmake ninja-build] {MAX_JOBS=2 ARCH=9.0 PATH=/cuda-12.4:${env:PATH}}"
    );
    assert_eq!(
        shown("other"),
        "y [] {MAX_JOBS=2 ARCH=8.6 PATH=/cuda-12.4:${env:PATH}}"
    );
}

#[test]
fn an_image_of_builds_says_nothing_about_the_version_of_python() {
    let body =
        "[build]\nimage = \"python:3.12\"\n\n[python]\nversion = \"3.11\"\n\n[variant.cpu]\n";
    assert_eq!(variant(body, "cpu").base.image, "python:3.11-slim");
}

#[test]
fn errors_in_it() {
    insta::assert_snapshot!(errors(
        "[build]\napt = \"gcc\"\nimage = \"a b\"\npackages = [\"gcc\"]\nisolation = \"false\"\n\
         env = { \"A-B\" = \"x\", TMPDIR = \"/x\", JOBS = 2, X = \"${NONE}\" }\n\n\
         [variant.cpu.build]\napt = [\"...\", \"-o\"]\nimgae = \"x\"\n"
    ));
}
