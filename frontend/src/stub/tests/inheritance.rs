//! What variants inherit, and errors in it.

use super::*;
use crate::stub::{Healthcheck, Probe, Timing};

fn apt(variant: &Variant) -> Vec<&str> {
    variant.base.apt.iter().map(|p| p.value.as_str()).collect()
}

#[test]
fn chains_of_variants() {
    let body = "[base]\napt = [\"git\"]\nenv = { A = \"1\", B = \"1\" }\n\n\
                [variant.three]\nextends = \"two\"\n[variant.three.base]\napt = [\"...\", \"curl\", \"git\"]\n\n\
                [variant.two]\nextends = \"one\"\n[variant.two.base]\nenv = { C = \"2\", A = \"2\" }\n\n\
                [variant.one]\nabstract = true\nplatforms = [\"linux/arm64\", \"linux/aarch64\"]\n\
                accelerator = \"cuda\"\n[variant.one.base]\napt = [\"jq\", \"...\"]\nuser = { uid = 5000 }\n";
    let project = project(body);
    let names: Vec<_> = project.variants.iter().map(|v| v.name.as_str()).collect();
    assert_eq!(names, ["three", "two"]);
    let three = project.variant("three").unwrap();
    assert_eq!(apt(three), ["jq", "git", "curl"]);
    assert_eq!(three.platforms.len(), 1);
    assert!(three.accelerator.is_some());
    assert_eq!(
        (three.base.user.name.as_str(), three.base.user.uid),
        ("app", 5000)
    );
    let env: Vec<_> = three
        .base
        .env
        .iter()
        .map(|(k, v)| format!("{k}={}", v.value))
        .collect();
    assert_eq!(env, ["A=2", "B=1", "C=2"]);
    assert_eq!(apt(project.variant("two").unwrap()), ["jq", "git"]);
}

#[test]
fn layers_merge_by_name() {
    let body = "[[python.layer]]\nname = \"torch\"\nrequirements = \"a/{variant}.txt\"\n\
                [[python.layer]]\nname = \"app\"\npackages = [\"x\"]\napp = true\n\n\
                [variant.cpu]\n\n\
                [[variant.gpu.python.layer]]\nname = \"flash\"\npackages = [\"flash-attn\"]\n\
                [[variant.gpu.python.layer]]\nname = \"app\"\npackages = [\"...\", \"y\"]\n\n\
                [variant.tiny]\npython.layer = [{ name = \"torch\", requirements = [] }, \
                { name = \"debug\", packages = [\"z\"], app = true }]\n\n\
                [variant.first]\npython.layer = [{ name = \"sys\", packages = [\"z\"] }, \"...\"]\n";
    let layers = |name: &str| -> Vec<String> {
        let variant = variant(body, name);
        let layers = variant.python.layers.iter();
        layers
            .map(|l| {
                let files = l.requirements.iter().flat_map(|files| &files.paths);
                let items = files.chain(&l.packages);
                let items: Vec<_> = items.map(|i| i.value.as_str()).collect();
                format!("{}: {}", l.name, items.join(" "))
            })
            .collect()
    };
    assert_eq!(layers("cpu"), ["torch: a/cpu.txt", "app: x"]);
    assert_eq!(
        layers("gpu"),
        ["torch: a/gpu.txt", "flash: flash-attn", "app: x y"]
    );
    assert_eq!(layers("tiny"), ["app: x", "debug: z"]);
    assert_eq!(layers("first"), ["sys: z", "torch: a/first.txt", "app: x"]);
}

#[test]
fn indexes_merge_by_url() {
    let body = "[[python.index]]\nurl = \"https://a.example\"\ndefault = true\n\
                [[python.index]]\nurl = \"https://b.example\"\n\n[variant.cpu]\n\n\
                [[variant.gpu.python.index]]\nurl = \"https://c.example\"\ndefault = true\n\n\
                [[variant.same.python.index]]\nurl = \"https://a.example/\"\ndefault = false\n";
    let indexes = |name: &str| -> Vec<String> {
        let variant = variant(body, name);
        let indexes = variant.python.indexes.iter();
        indexes
            .map(|i| format!("{} {}", i.url.value, i.default))
            .collect()
    };
    assert_eq!(
        indexes("cpu"),
        ["https://a.example true", "https://b.example false"]
    );
    assert_eq!(
        indexes("gpu"),
        ["https://b.example false", "https://c.example true"]
    );
    assert_eq!(
        indexes("same"),
        ["https://a.example false", "https://b.example false"]
    );
}

#[test]
fn health_checks_and_files() {
    let body = "[app]\ncmd = [\"serve\"]\ncopy = [{ from = \"src\", to = \"/s\" }]\n\
                healthcheck = { http = \"8000/health\", interval = \"1m30s\" }\n\n\
                [variant.cpu.app]\nhealthcheck = { cmd = [\"true\"], retries = 2 }\n\
                copy = [\"...\", { from = \"x\", to = \"/x\", mode = \"0644\" }]\ncmd = [\"...\", \"-v\"]\n\n\
                [variant.off.app]\nhealthcheck = false\ncmd = []\n";
    let cpu = variant(body, "cpu");
    assert_eq!(cpu.app.cmd.unwrap(), ["serve", "-v"]);
    assert_eq!(cpu.app.copy.len(), 2);
    assert_eq!(cpu.app.copy[1].mode, Some(0o644));
    assert_eq!(
        cpu.app.healthcheck.unwrap(),
        Healthcheck::Check {
            probe: Probe::Command(vec!["true".to_owned()]),
            timing: Timing {
                interval: Some(std::time::Duration::from_secs(90)),
                retries: Some(2),
                ..Timing::default()
            },
        }
    );
    let off = variant(body, "off");
    assert_eq!(off.app.healthcheck, Some(Healthcheck::Disabled));
    assert_eq!(off.app.cmd, Some(vec![]));
}

#[test]
fn a_layer_that_inherits_nothing_is_an_error() {
    let body =
        "[variant.cpu]\n\n[[variant.cpu.python.layer]]\nname = \"k\"\npackages = [\"...\"]\n";
    let error = errors(body);
    assert!(error.contains("layer `k` installs nothing"), "{error}");
}

#[test]
fn a_layer_is_emptied_by_a_variant_alone() {
    let layer = "[[python.layer]]\nname = \"a\"\n";
    for empty in [
        "requirements = []",
        "requirements = { all = [] }",
        "packages = []",
        "requirements = []\npackages = []",
    ] {
        let top = errors(&format!("{layer}{empty}\n[variant.cpu]\n"));
        assert!(top.contains("layer `a` installs nothing"), "{empty}: {top}");
        let own = layer.replace("python", "variant.cpu.python");
        let own = errors(&format!("{own}{empty}\n"));
        assert!(own.contains("layer `a` installs nothing"), "{empty}: {own}");
    }
    let body = format!(
        "{layer}packages = [\"x\"]\n[variant.cpu]\npython.layer = [{{ name = \"a\", packages = [] }}]\n\
         [variant.small]\nextends = \"cpu\"\n"
    );
    assert!(variant(&body, "cpu").python.layers.is_empty());
    assert!(variant(&body, "small").python.layers.is_empty());
}

#[test]
fn a_layer_does_not_lack_what_is_invalid() {
    insta::assert_snapshot!(errors(
        "[[python.layer]]\nname = \"a\"\nrequirements = \"requirements/{}.txt\"\n\n\
         [[python.layer]]\nname = \"b\"\npackages = 1\n"
    ));
}

#[test]
fn versions_and_images() {
    let body = "[python]\nversion = \"3.11\"\n\n[variant.cpu]\n\n[variant.newer.python]\nversion = \"3.13\"\n\n\
                [variant.image.base]\nimage = \"python:3.12-slim\"\n\n\
                [variant.cuda.base]\nimage = \"nvidia/cuda:12.4.1-runtime-ubuntu22.04\"\n";
    let said = |name: &str| {
        let variant = variant(body, name);
        format!("{} {}", variant.base.image, variant.python.version.unwrap())
    };
    assert_eq!(said("cpu"), "python:3.11-slim 3.11");
    assert_eq!(said("newer"), "python:3.13-slim 3.13");
    assert_eq!(said("image"), "python:3.12-slim 3.12");
    assert_eq!(said("cuda"), "nvidia/cuda:12.4.1-runtime-ubuntu22.04 3.11");
    let own = variant("[base]\nimage = \"debian:12\"\n", "cpu");
    assert_eq!(own.python.version, None);
}

#[test]
fn circles_and_unknown_parents() {
    insta::assert_snapshot!(errors(
        "[variant.a]\nextends = \"b\"\n[variant.b]\nextends = \"c\"\n[variant.c]\nextends = \"a\"\n\
         [variant.d]\nextends = \"a\"\n[variant.e]\nextends = \"e\"\n[variant.cuda]\n\
         [variant.f]\nextends = \"cudda\"\n"
    ));
}

#[test]
fn nothing_but_parents() {
    insta::assert_snapshot!(errors("[variant.a]\nabstract = true\n"));
}

#[test]
fn nothing_to_inherit() {
    insta::assert_snapshot!(errors(
        "[base]\napt = [\"...\", \"git\"]\n\n[variant.cpu.base]\napt = [\"...\", \"...\"]\n"
    ));
}

#[test]
fn a_layer_above_the_application() {
    insta::assert_snapshot!(errors(
        "[[python.layer]]\nname = \"app\"\npackages = [\"a\"]\napp = true\n\n\
         [[python.layer]]\nname = \"torch\"\npackages = [\"b\"]\n"
    ));
}

#[test]
fn rejects_long_chains() {
    let chain = |length: usize| -> String {
        let extends = (1..length).map(|n| format!("[variant.v{n}]\nextends = \"v{}\"\n", n - 1));
        "[variant.v0]\n".to_owned() + &extends.collect::<String>()
    };
    assert_eq!(project(&chain(33)).variants.len(), 33);
    insta::assert_snapshot!(errors(&chain(34)));
}

#[test]
fn rejects_variants_that_are_too_large_together() {
    let packages: Vec<String> = (0..1000).map(|n| format!("\"package-{n}\"")).collect();
    let top = format!("[base]\napt = [{}]\n", packages.join(", "));
    let variants = |count: usize| -> String {
        let tables = (0..count).map(|n| format!("[variant.v{n}]\n"));
        top.clone() + &tables.collect::<String>()
    };
    assert_eq!(project(&variants(20)).variants.len(), 20);
    let message = loaded(&variants(100), &[]).unwrap_err().to_string();
    insta::assert_snapshot!(message);
}

#[test]
fn inherits_once() {
    let body = "[base]\napt = [\"git\"]\n[variant.cpu.base]\napt = [\"...\", \"curl\", \"...\"]\n";
    insta::assert_snapshot!(errors(body));
}

#[test]
fn requirement_files_inherit() {
    let body = "[[python.layer]]\nname = \"ml\"\nrequirements = \"{variant}.txt\"\n\
                [variant.cpu]\n\
                [variant.two]\npython.layer = [{ name = \"ml\", requirements = { all = [\"...\", \"b.txt\"] } }]\n\
                [variant.three]\nextends = \"two\"\n\
                python.layer = [{ name = \"ml\", requirements = { all = [[\"c.txt\", \"d.txt\"], \"...\"] } }]\n";
    let files = |name: &str| -> Vec<String> {
        let layers = variant(body, name).python.layers;
        let paths = |files: &crate::stub::Alternatives| {
            let paths: Vec<_> = files.paths.iter().map(|p| p.value.as_str()).collect();
            paths.join(" or ")
        };
        layers[0].requirements.iter().map(paths).collect()
    };
    assert_eq!(files("cpu"), ["cpu.txt"]);
    assert_eq!(files("two"), ["two.txt", "b.txt"]);
    assert_eq!(files("three"), ["c.txt or d.txt", "three.txt", "b.txt"]);
    let ambiguous = format!(
        "{body}[variant.four]\nextends = \"two\"\n\
         python.layer = [{{ name = \"ml\", requirements = [\"...\", \"x.txt\"] }}]\n"
    );
    insta::assert_snapshot!(errors(&ambiguous));
}
