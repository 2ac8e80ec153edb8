//! Requirements from git: BuildKit fetches them, and no image contains git.

use lamina_tests::engine::{
    Engine, Finished, Output, Project, Repository, Server, classic, containerd,
};

/// A Python project with one module that contains its version.
fn package(repository: &Repository, directory: &str, name: &str, version: &str) {
    let module = name.replace('-', "_");
    let settings = format!(
        "[build-system]\nrequires = [\"setuptools==75.8.0\"]\nbuild-backend = \"setuptools.build_meta\"\n\n\
         [project]\nname = \"{name}\"\nversion = \"{version}\"\n\n\
         [tool.setuptools]\npy-modules = [\"{module}\"]\n"
    );
    let code = format!("VERSION = \"{version}\"\n");
    repository.write(&format!("{directory}pyproject.toml"), &settings);
    repository.write(&format!("{directory}{module}.py"), &code);
}

/// A repository that stays, one that changes, and a project that requires both.
struct World {
    server: Server,
    moving: Repository,
    project: Project,
}

impl World {
    fn new(name: &str, installer: &str) -> Self {
        let server = Server::start(name);
        // Unique commits, so that nothing is cached: the daemon identifies a
        // repository by its commit.
        let [still, moving] = ["still", "moving"].map(|name| {
            let repository = Repository::new(&server, name);
            repository.with("README", &format!("{}\n", server.url()))
        });
        package(&still, "", "lamina-still", "1.0");
        still.commit();
        still.tag("v1");
        package(&still, "", "lamina-still", "2.0");
        still.commit();
        package(&moving, "", "lamina-moving", "1.0");
        package(&moving, "inner/", "lamina-inner", "1.0");
        let commit = moving.commit();
        let stub = format!(
            "[python]\ninstaller = \"{installer}\"\n\n\
             [python.mirrors]\n\"https://git.example/team\" = \"{}\"\n",
            server.url()
        );
        let address = "git+https://git.example/team";
        let project = Project::new(name, &stub)
            .with(
                "requirements/cpu.txt",
                &format!("lamina-still @ {address}/still.git@v1\n"),
            )
            .with(
                "requirements/base-ml.txt",
                &format!(
                    "lamina-moving @ {address}/moving.git@main\n\
                     lamina-inner @ {address}/moving.git@{commit}#subdirectory=inner\n"
                ),
            );
        Self {
            server,
            moving,
            project,
        }
    }

    fn build(&self, engine: &Engine, output: Output) -> Finished {
        engine
            .build(self.project.path())
            .platform("linux/amd64")
            .output(output)
            .succeed()
    }
}

/// The steps that ran and have a text in their names.
fn ran(finished: &Finished, part: &str) -> Vec<String> {
    let steps = finished.progress.named(part).filter(|step| !step.cached);
    steps.map(|step| step.name.clone()).collect()
}

/// The packages' versions, as printed in a container.
fn versions(engine: &Engine, image: &str) -> String {
    let code = "import lamina_still, lamina_moving, lamina_inner as inner\n\
                print(lamina_still.VERSION, lamina_moving.VERSION, inner.VERSION)";
    let run = engine.docker(&["run", "--rm", "--network=none", image, "python", "-c", code]);
    run.run().text()
}

#[test]
fn installs_packages_from_git_without_git() {
    check(containerd(), "uv");
    check(containerd(), "pip");
    if let Some(engine) = classic() {
        check(engine, "uv");
    }
}

fn check(engine: &Engine, installer: &str) {
    let name = format!("git-{installer}-{}", engine.store);
    let world = World::new(&name, installer);
    let name = format!("lamina-e2e-{name}");
    let built = world.build(engine, Output::Archive);
    let image = built.image("linux/amd64");
    let packages = ["lamina_inner-1.0", "lamina_moving-1.0", "lamina_still-1.0"];
    assert_eq!(image.packages(), packages);
    for layer in &image.layers {
        for path in layer.entries.keys() {
            let is_git = |part: &str| matches!(part, "git" | ".git" | "git-core");
            assert!(!path.split('/').any(is_git), "{path}");
        }
    }
    let requests = world.server.requests();
    assert!(!requests.is_empty(), "nothing was fetched");
    assert!(requests.iter().all(|request| {
        // By the daemon: the steps have no git.
        let agent = request.headers.get("user-agent");
        agent.is_some_and(|agent| agent.starts_with("git/"))
    }));

    let again = world.build(engine, Output::Image(name.clone()));
    assert!(ran(&again, "pip ").is_empty(), "{:?}", ran(&again, "pip "));
    assert_eq!(versions(engine, &name), "1.0 1.0 1.0\n");

    package(&world.moving, "", "lamina-moving", "1.1");
    package(&world.moving, "inner/", "lamina-inner", "1.1");
    world.moving.commit();
    let moved = world.build(engine, Output::Image(name.clone()));
    // The branch moved; the tag and the commit did not.
    assert_eq!(versions(engine, &name), "1.0 1.1 1.0\n");
    let steps = ran(&moved, "pip install");
    assert_eq!(steps.len(), 1, "{steps:?}");
    assert!(steps[0].contains("lamina-moving"), "{steps:?}");
    engine.docker(&["image", "rm", &name]).run();
}

#[test]
fn names_a_missing_branch() {
    let world = World::new("git-none", "uv");
    let line = "lamina-still @ git+https://git.example/team/still.git@none\n";
    let project = world.project.with("requirements/cpu.txt", line);
    let build = containerd().build(project.path()).platform("linux/amd64");
    let text = build.fail().replace(&world.server.url(), "http://SERVER");
    insta::assert_snapshot!(text);
}
