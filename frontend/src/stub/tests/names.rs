//! Names: each target has one reading.

use super::*;

#[test]
fn names_that_are_taken() {
    insta::assert_snapshot!(errors(
        "[[python.layer]]\nname = \"arm64\"\npackages = [\"a\"]\n\n[[python.layer]]\nname = \"gpu\"\npackages = [\"a\"]\n\n\
         [[python.layer]]\nname = \"base\"\npackages = [\"a\"]\n\n\
         [variant.base]\n[variant.ml]\n[variant.aarch64]\n[variant.gpu]\n"
    ));
}

#[test]
fn duplicates() {
    insta::assert_snapshot!(errors(
        "[[python.layer]]\nname = \"ml\"\npackages = [\"a\"]\n\n[[python.layer]]\nname = \"ml\"\npackages = [\"b\"]\n\n\
         [[python.index]]\nurl = \"https://a.example/simple\"\n\n[[python.index]]\nurl = \"https://a.example/simple/\"\n"
    ));
}

#[test]
fn a_layer_like_a_variant_by_convention() {
    insta::assert_snapshot!(errors(
        "[[python.layer]]\nname = \"cuda\"\npackages = [\"a\"]\n"
    ));
}

#[test]
fn a_default_that_is_no_variant() {
    insta::assert_snapshot!(errors("default = \"cup\"\n"));
    insta::assert_snapshot!(errors(
        "default = \"gpu\"\n[variant.gpu]\nabstract = true\n[variant.cuda]\nextends = \"gpu\"\n"
    ));
}

#[test]
fn the_default() {
    let default = |body: &str| project(body).default.map(|name| name.to_string());
    assert_eq!(default("").as_deref(), Some("cpu"));
    assert_eq!(default("default = \"cuda\"\n").as_deref(), Some("cuda"));
    assert_eq!(default("[variant.one]\n").as_deref(), Some("one"));
    assert_eq!(default("[variant.one]\n[variant.two]\n"), None);
    assert_eq!(
        default("[variant.one]\n[variant.two]\nabstract = true\n").as_deref(),
        Some("one")
    );
}
