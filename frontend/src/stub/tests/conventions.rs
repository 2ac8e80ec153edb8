//! What follows from the names of files.

use super::*;
use crate::stub::Stub;

fn by_convention(body: &str, listing: &Listing) -> String {
    match load(
        "Dockerfile",
        stub(body).as_bytes(),
        &BTreeMap::new(),
        listing,
    ) {
        Ok(project) => {
            let described = project.variants.iter().map(described);
            let mut text = described.collect::<Vec<_>>().join("\n");
            if !project.warnings.is_empty() {
                text += &format!("\n\n{}", project.warnings.render());
            }
            text
        }
        Err(problems) => problems.render(),
    }
}

#[test]
fn an_empty_body() {
    let listing = Listing {
        src: true,
        app: true,
        ..usual()
    };
    insta::assert_snapshot!(by_convention("", &listing));
}

#[test]
fn some_keys_and_no_variant() {
    let listing = Listing {
        app: true,
        ..files(&["cpu.txt", "app.txt", "web.txt"])
    };
    insta::assert_snapshot!(by_convention(
        "[base]\nimage = \"python:3.12-slim\"\nworkdir = \"/srv/\"\n\n[app]\ncmd = [\"python\", \"-m\", \"app\"]\n\n\
         [[python.layer]]\nname = \"web\"\nrequirements = \"requirements/web.txt\"\n",
        &listing
    ));
}

#[test]
fn variants_and_nothing_else() {
    insta::assert_snapshot!(by_convention(
        "[variant.cpu]\n[variant.cuda]\nplatforms = [\"linux/arm64\"]\n[variant.other]\n",
        &usual()
    ));
}

#[test]
fn the_same_packages_everywhere() {
    insta::assert_snapshot!(by_convention("", &files(&["app.txt", "dev.txt"])));
}

#[test]
fn odd_files_are_a_warning() {
    insta::assert_snapshot!(by_convention(
        "",
        &files(&["cpu.txt", "GPU.txt", "cuda-amd46.txt"])
    ));
}

#[test]
fn files_of_variants_that_the_stub_does_not_declare() {
    let listing = Listing {
        included: ["shared.txt".to_owned(), "cuda.txt".to_owned()].into(),
        ..files(&[
            "cpu.txt",
            "gpu-amd64.txt",
            "gpus.txt",
            "cuda.txt",
            "rocm.txt",
            "shared.txt",
            "cpu-amd46.txt",
        ])
    };
    insta::assert_snapshot!(by_convention("[variant.cpu]\n[variant.gpu]\n", &listing));
}

#[test]
fn files_that_layers_name_are_of_any_name() {
    let body =
        "[[python.layer]]\nname = \"a\"\nrequirements = \"requirements/a.txt\"\n[variant.cpu]\n";
    let shown = by_convention(body, &files(&["a.txt", "cuda.txt", "cpu-amd46.txt"]));
    assert!(!shown.contains("warning"), "{shown}");
}

#[test]
fn no_folder() {
    insta::assert_snapshot!(by_convention("", &Listing::default()));
}

#[test]
fn nothing_in_it_is_a_variant() {
    insta::assert_snapshot!(by_convention("", &files(&["GPU.txt", "dev.txt"])));
}

#[test]
fn what_is_worth_listing() {
    let needs = |body: &str| {
        let stub = Stub::parse("Dockerfile", stub(body).as_bytes(), &BTreeMap::new()).unwrap();
        (
            stub.needs_convention(),
            Vec::from_iter(stub.requirement_folders()),
        )
    };
    assert_eq!(needs(""), (true, vec!["requirements".to_owned()]));
    let (convention, folders) = needs(
        "[[python.layer]]\nname = \"a\"\nrequirements = [\"x/y/a.txt\", \"{variant}/a.txt\", \"a.txt\"]\n\
         [app]\ncopy = []\n[variant.cpu]\nplatforms = [\"linux/amd64\"]\n",
    );
    assert_eq!((convention, folders), (false, vec!["x/y".to_owned()]));
}

#[test]
fn files_that_layers_read_are_built() {
    let body = "[[python.layer]]\nname = \"ml\"\nrequirements = { all = [\"requirements/{variant}.txt\", \
                [\"requirements/{variant}-ml.txt\", \"requirements/ml.txt\"], \
                \"requirements/GPU-{arch}.txt\"] }\n";
    let read = ["cpu.txt", "cpu-ml.txt", "GPU-amd64.txt", "GPU-arm64.txt"];
    let shown = by_convention(body, &files(&read));
    assert!(!shown.contains("warning"), "{shown}");
    let shown = by_convention(
        body,
        &files(&[&read[..], &["cpu-nlp.txt", "GPU-s390x.txt"]].concat()),
    );
    for file in ["cpu-nlp.txt", "GPU-s390x.txt"] {
        assert!(
            shown.contains(&format!("`requirements/{file}` is not built")),
            "{shown}"
        );
    }
    assert_eq!(shown.matches("is not built").count(), 2, "{shown}");
}
