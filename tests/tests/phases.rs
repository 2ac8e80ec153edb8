//! The phases of a build: errors are found as early as possible, reported
//! together, and nothing is solved twice.

use lamina_tests::case::{Case, Clash, Ran};

fn case(name: &str) -> Case {
    Case::load(name).expect("it is a case")
}

/// How many graphs were solved that end in a step with this in its name.
fn solved(ran: &Ran, step: &str) -> usize {
    let is_step = |name: Option<&str>| name.is_some_and(|name| name.contains(step));
    let graphs = ran.graphs.iter();
    graphs
        .filter(|graph| is_step(graph.name(&graph.target.digest)))
        .count()
}

#[test]
fn errors_of_the_system_come_before_the_resolution() {
    for name in ["bad-uid", "bad-user", "bad-user-name", "bad-variable"] {
        let ran = case(name).run();
        assert!(ran.error.is_some(), "{name}");
        assert_eq!(solved(&ran, "inspect"), 1, "{name}");
        assert_eq!(solved(&ran, " resolve]"), 0, "{name}");
    }
    let ran = case("ragex-cpu-amd64").run();
    assert_eq!(solved(&ran, " resolve]"), 1);
}

/// Those that only the base image tells, too.
#[test]
fn errors_of_all_platforms_are_reported_together() {
    let invalid = |text: &str| format!("{text}\n= nothing\n");
    let files = case("ragex-multi")
        .edit("requirements/cpu-amd64.txt", invalid)
        .edit("requirements/cpu-arm64.txt", invalid)
        .run();
    let platforms =
        |text: &str| text.replace("\"linux/arm64\"", "\"linux/arm64\", \"linux/ppc64le\"");
    let images = case("bad-image-platform-index")
        .edit("Dockerfile", platforms)
        .option("platform", "linux/arm64,linux/ppc64le")
        .run();
    for (ran, words) in [
        (
            files,
            ["requirements/cpu-amd64.txt:", "requirements/cpu-arm64.txt:"],
        ),
        (images, ["linux/arm64", "linux/ppc64le"]),
    ] {
        let error = ran.error.expect("both platforms fail");
        let message = error.split("ERROR: ").last().unwrap_or_default();
        for word in words {
            assert!(message.contains(word), "no {word} in\n{error}");
        }
    }
}

/// Also those of the last phase: two packages that clash on each platform.
#[test]
fn clashes_of_all_platforms_are_reported_together() {
    let mut case = case("ragex-multi");
    case.recipe.clash.push(Clash {
        packages: ("torch".to_owned(), "torchvision".to_owned()),
        files: vec!["data.txt".to_owned()],
        count: 1,
    });
    let error = case.run().error.expect("both platforms fail");
    let message = error.split("ERROR: ").last().unwrap_or_default();
    for file in ["cpu-amd64.txt:", "cpu-arm64.txt:"] {
        assert!(message.contains(file), "no {file} in\n{error}");
    }
}

#[test]
fn files_of_the_application_are_looked_for_once() {
    let ran = case("ragex-multi").run();
    let looks = |graph: &&lamina_tests::bridge::Graph| {
        let source = graph.source();
        source.is_some_and(|source| {
            let paths = source.attrs.get("local.followpaths");
            source.identifier == "local://context"
                && paths.is_some_and(|paths| paths.contains("app/ragex"))
        })
    };
    assert_eq!(ran.graphs.iter().filter(looks).count(), 1);
}
