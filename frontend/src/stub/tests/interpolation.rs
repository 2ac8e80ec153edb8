//! Arguments and `${…}` in the stub.

use super::*;

fn with(body: &str, passed: &[(&str, &str)]) -> String {
    match loaded(body, passed) {
        Ok(project) => project.warnings.render(),
        Err(problems) => problems.render(),
    }
}

#[test]
fn values_and_defaults() {
    let body = "[args]\nPY = \"3.12\"\nTAG = { default = \"${PY}-slim\" }\n\n\
                [base]\nimage = \"python:${TAG}\"\nworkdir = \"${env:HOME}/$${x}\"\n\n\
                [app]\nentrypoint = [\"sh\", \"-c\", \"exec ${env:CMD} $${CMD} ${CMD}\"]\n";
    let cpu = variant(body, "cpu");
    assert_eq!(cpu.base.image, "python:3.12-slim");
    assert_eq!(cpu.base.workdir.value.to_string(), "${env:HOME}/${x}");
    assert_eq!(cpu.python.version.unwrap().to_string(), "3.12");
    assert_eq!(
        cpu.app.entrypoint.unwrap()[2],
        "exec ${env:CMD} $${CMD} ${CMD}"
    );
    let passed = loaded(body, &[("TAG", "3.13-slim")]).unwrap();
    assert_eq!(passed.variants[0].base.image, "python:3.13-slim");
}

#[test]
fn invalid_declarations() {
    insta::assert_snapshot!(with(
        "[args]\nA = 12\nB = { required = true, default = \"x\" }\nC = {}\nD = { requried = true }\n\
         \"E-F\" = \"x\"\nG = \"${H}\"\nH = \"x\"\n",
        &[],
    ));
}

#[test]
fn an_argument_that_is_required() {
    let body = "[args]\nINDEX = { required = true }\n\n[[python.index]]\nurl = \"${INDEX}\"\n";
    insta::assert_snapshot!(with(body, &[]));
    insta::assert_snapshot!(with(body, &[("INDX", "https://me:hunter2@a.example")]));
}

#[test]
fn undeclared_names_in_texts() {
    insta::assert_snapshot!(with(
        "[args]\nCUDA = \"12\"\n\n[base]\nimage = \"nvidia/cuda:${CUDDA}-runtime\"\n\
         apt = [\"${env:PKG}\", \"${CUDA\", \"${X:-y}\"]\nworkdir = \"${HOME}/x\"\n",
        &[],
    ));
}

#[test]
fn undeclared_arguments_are_a_warning() {
    insta::assert_snapshot!(with(
        "[args]\nCUDA_VERSION = \"12\"\n\n[base.env]\nPATH = \"/x:$PATH\"\n",
        &[
            ("CUDA_VERSON", "11"),
            ("GIT_SHA", "0123"),
            ("http_proxy", "http://proxy"),
            ("BUILDKIT_INLINE_CACHE", "1"),
        ],
    ));
}

#[test]
fn values_that_may_be_secret_are_not_shown() {
    let text = with(
        "[args]\nTOKEN = \"\"\n\n[[python.index]]\nurl = \"a://${TOKEN}.host\"\n",
        &[("TOKEN", "hunter2"), ("LAMINA_MIRRORS", "hunter2")],
    );
    assert!(!text.contains("hunter2"), "{text}");
    insta::assert_snapshot!(text);
}

/// Wherever an address has them, and whatever else is wrong around it: no
/// excerpt shows them.
#[test]
fn credentials_in_urls_are_errors() {
    let passed = [("TOKEN", "s3cret"), ("NEXUS", "https://u:s3cret@a.example")];
    for (body, line) in [
        (
            "[[python.index]]\nurl = \"https://u:${TOKEN}@a.example\"",
            6,
        ),
        ("[[python.index]]\nurl = \"${NEXUS}/simple\"", 6),
        ("[[python.index]]\nurl = \"https://u:s3cret@a.example\"", 6),
        ("[[python.index]]\nurl = \"https://s3 cret@a.example\"", 6),
        ("[python.mirrors]\n\"https://a.example\" = \"${NEXUS}\"", 6),
        (
            "[python.mirrors]\n\"https://s3cret@a.example\" = \"https://b.example\"",
            6,
        ),
        (
            "[variant.x]\n[variant.x.python.mirrors]\n\"https://a\" = \"${NEXUS}\"",
            7,
        ),
    ] {
        let body = format!("[args]\nTOKEN = \"\"\nNEXUS = \"\"\n{body}\nodd = 1\n");
        let errors = loaded(&body, &passed).unwrap_err();
        // The files that places are in go to the client whole.
        let mut shown = format!("{errors:?}{errors}{}", errors.render());
        if !body.contains("s3 cret") {
            for place in errors.iter().filter_map(|m| m.location()) {
                shown.push_str(place.file.text());
            }
        }
        assert!(!shown.contains("s3"), "{shown}");
        assert!(
            ["Dockerfile, line ", "Dockerfile:"]
                .iter()
                .any(|place| shown.contains(&format!("{place}{line}: a URL holds"))),
            "{shown}"
        );
        assert!(shown.contains("--secret id=netrc"), "{shown}");
    }
    let text = with(
        "",
        &[(
            "LAMINA_MIRRORS",
            "https://a=https://b,https://a=https://s3cret@b,https://u:s3cret@a=https://b",
        )],
    );
    assert!(!text.contains("s3"), "{text}");
    insta::assert_snapshot!(text);
}

/// Each URL of the requirement files is compared with each mirror.
#[test]
fn a_table_has_at_most_100_mirrors() {
    let stub = |count: usize| {
        let mirrors = (0..count).map(|n| format!("\"https://{n}.example\" = \"https://b\"\n"));
        let mirrors: String = mirrors.collect();
        loaded(&format!("[python.mirrors]\n{mirrors}[variant.cpu]\n"), &[])
    };
    assert_eq!(stub(100).unwrap().variants[0].python.mirrors.len(), 100);
    let error = stub(101).unwrap_err().to_string();
    assert!(
        error.contains("`[python.mirrors]` has more than 100 mirrors"),
        "{error}"
    );
}

#[test]
fn mirrors_of_the_build_argument_go_first() {
    let mirrors = "https://pypi.org/=https://a.example, https://x.example=https://y.example/deep";
    let body = "[python.mirrors]\n\"https://pypi.org\" = \"https://b.example\"\n\
                \"https://pypi.org/simple\" = \"https://d.example\"\n\"https://pypi.orgx\" = \"https://c.example\"\n";
    let project = loaded(body, &[("LAMINA_MIRRORS", mirrors)]).unwrap();
    let pairs = &project.variants[0].python.mirrors;
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(from, to)| format!("{from} {to}"))
        .collect();
    assert_eq!(
        pairs,
        [
            "https://x.example https://y.example/deep",
            "https://pypi.org https://a.example",
            "https://pypi.orgx https://c.example",
        ]
    );
}

/// Hosts are compared without case, here as when URLs are rewritten.
#[test]
fn mirrors_of_the_build_argument_go_first_whatever_the_case_of_the_host() {
    let body = "[python.mirrors]\n\"https://pypi.org/simple\" = \"https://b.example\"\n\
                \"https://pypi.org/Simple\" = \"https://c.example\"\n";
    let passed = [(
        "LAMINA_MIRRORS",
        "https://PyPI.org/simple=https://a.example",
    )];
    let project = loaded(body, &passed).unwrap();
    let mirrors: Vec<_> = project.variants[0].python.mirrors.iter().collect();
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(
        mirrors,
        [
            &pair("https://PyPI.org/simple", "https://a.example"),
            &pair("https://pypi.org/Simple", "https://c.example"),
        ]
    );
}

#[test]
fn rejects_arguments_in_the_key_of_a_mirror() {
    insta::assert_snapshot!(with(
        "[args]\nHOST = \"a.example\"\n\n[python.mirrors]\n\"https://${HOST}/simple\" = \"https://b.example\"\n",
        &[],
    ));
}

#[test]
fn suggests_variables_of_the_base_image_where_they_can_be_used() {
    let help = |body| with(body, &[]);
    let image = help("[base]\nimage = \"python:${PYTHON_VERSION}\"\n");
    assert!(
        image.ends_with("help: declare it: `PYTHON_VERSION = \"…\"` in `[args]`"),
        "{image}"
    );
    assert!(!image.contains("${env:"), "{image}");
    let workdir = help("[base]\nworkdir = \"/x/${PYTHON_VERSION}\"\n");
    assert!(
        workdir.contains("would be `${env:PYTHON_VERSION}`"),
        "{workdir}"
    );
}
