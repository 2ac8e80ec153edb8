//! What a change rebuilds and what it does not, determined by the digests of
//! the steps of the reference project.

use std::collections::BTreeMap;

use lamina_tests::case::{Case, Ran};

/// Every slow step of the reference project, by a part of its name.
const STEPS: [&str; 5] = [
    "apt-get install",
    "torch] uv pip install",
    "ml] uv pip install",
    "app] uv pip install",
    "uv pip compile",
];

fn ragex() -> Case {
    Case::load("ragex-cpu-amd64").expect("it is a case")
}

fn run(case: &Case) -> Ran {
    let ran = case.run();
    assert_eq!(ran.error, None);
    ran
}

/// The steps whose digests differ from the reference project's.
fn rebuilt(case: &Case) -> Vec<&'static str> {
    let (before, after) = (run(&ragex()), run(case));
    let changed = |step: &&str| before.step(step) != after.step(step);
    STEPS.into_iter().filter(changed).collect()
}

fn same_image(case: &Case) -> bool {
    run(&ragex()).image_digests() == run(case).image_digests()
}

/// Replaces a text that must be present.
fn replace<'a>(from: &'a str, to: &'a str) -> impl FnOnce(&str) -> String + 'a {
    move |text| {
        assert!(text.contains(from), "no {from:?} in it");
        text.replacen(from, to, 1)
    }
}

#[test]
fn application_code_does_not_change_steps() {
    // Nor the definition: the daemon reads the files from the client.
    let case = ragex().edit("app/ragex/server.py", |text| format!("# new\n{text}"));
    assert_eq!(run(&ragex()).definitions(), run(&case).definitions());
}

#[test]
fn application_requirements_change_their_layer() {
    let case = ragex().edit("requirements/app.txt", |text| format!("{text}rich==13.0\n"));
    assert_eq!(rebuilt(&case), ["app] uv pip install", "uv pip compile"]);
}

#[test]
fn ml_requirements_change_their_layer() {
    let case = ragex().edit(
        "requirements/base-ml.txt",
        replace("tqdm==4.70.1", "tqdm==4.70.0"),
    );
    assert_eq!(rebuilt(&case), ["ml] uv pip install", "uv pip compile"]);
}

#[test]
fn apt_packages_change_the_system_only() {
    let case = ragex().edit(
        "Dockerfile",
        replace("[\"ripgrep\"]", "[\"ripgrep\", \"git\"]"),
    );
    assert_eq!(rebuilt(&case), ["apt-get install"]);
}

#[test]
fn configuration_does_not_change_the_graph() {
    for (from, to) in [
        (
            "RAGEX_DATA_DIR   = \"/data\"",
            "RAGEX_DATA_DIR   = \"/srv\"",
        ),
        ("\"Apache-2.0\"", "\"MIT\""),
        ("\"-m\", \"ragex\"", "\"-m\", \"other\""),
        ("[\"demo\"]", "[\"serve\"]"),
        ("[8000]", "[9000]"),
        ("interval = \"30s\"", "interval = \"10s\""),
    ] {
        let case = ragex().edit("Dockerfile", replace(from, to));
        assert!(same_image(&case), "{from} → {to}");
    }
    assert!(same_image(&ragex().option("label:revision", "1")));
}

#[test]
fn formatting_of_the_stub_does_not_change_the_graph() {
    let case = ragex().edit("Dockerfile", |text| {
        let lines = text.lines().map(|line| match line.split_once('=') {
            Some((key, value)) if !line.starts_with('#') => {
                format!("{} ={}\r\n", key.trim_end(), value.trim_end())
            }
            _ => format!("{line}\r\n\r\n"),
        });
        lines.collect()
    });
    assert!(same_image(&case));
}

/// A deterministic generator (`SplitMix64`).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit as u64).expect("it is below a usize")
    }

    /// The same requirements with another order, comments, blanks and line ends.
    fn rewritten(&mut self, text: &str) -> String {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let mut lines: Vec<String> = lines.map(str::to_owned).collect();
        for index in (1..lines.len()).rev() {
            lines.swap(index, self.below(index + 1));
        }
        let end = ["\n", "\r\n"][self.below(2)];
        let mut out = ["", "\u{feff}"][self.below(2)].to_owned();
        for line in lines {
            match self.below(4) {
                0 => out.extend(["# ", "another comment", end]),
                1 => out.push_str(end),
                _ => {}
            }
            let more = ["", "  ", "  # why", "\t"][self.below(4)];
            // In the line of an option, everything except a comment is significant.
            out.extend([line.as_str(), more, end]);
        }
        out
    }
}

#[test]
fn formatting_of_requirement_files_does_not_change_the_graph() {
    let before = run(&ragex());
    let files = ["cpu-amd64", "base-ml", "app"].map(|name| format!("requirements/{name}.txt"));
    let mut random = Random(7);
    for round in 0..12 {
        let mut case = ragex();
        let mut wrote = BTreeMap::new();
        for file in &files {
            case = case.edit(file, |text| {
                let new = random.rewritten(text);
                wrote.insert(file, new.clone());
                new
            });
        }
        let after = run(&case);
        for step in STEPS {
            assert_eq!(
                before.step(step),
                after.step(step),
                "{round}: {step}: {wrote:#?}"
            );
        }
        assert_eq!(
            before.image_digests(),
            after.image_digests(),
            "{round}: {wrote:#?}"
        );
    }
}

#[test]
fn multi_platform_builds_equal_separate_builds() {
    let together = run(&Case::load("ragex-multi").expect("it is a case"));
    for (architecture, platform) in [("amd64", "linux/amd64"), ("arm64", "linux/arm64")] {
        let name = format!("ragex-cpu-{architecture}");
        let alone = run(&Case::load(&name).expect("it is a case"));
        assert_eq!(
            together.image_digests()[platform],
            alone.image_digests()[""]
        );
    }
}

#[test]
fn stages_share_the_steps_of_the_whole_image() {
    let (whole, stage) = (
        run(&ragex()),
        run(&ragex().option("target", "cpu-amd64-ml")),
    );
    for step in &STEPS[..3] {
        assert_eq!(whole.step(step), stage.step(step));
    }
    let ml = Case::load("ragex-cpu-ml").expect("it is a case");
    assert_eq!(stage.image_digests(), run(&ml).image_digests());
}

#[test]
fn merged_and_stacked_images_share_install_steps() {
    let stacked = run(&Case::load("ragex-stacked").expect("it is a case"));
    let merged = run(&ragex());
    for step in STEPS {
        assert_eq!(merged.step(step), stacked.step(step));
    }
}

#[test]
fn no_cache_does_not_change_steps() {
    assert_eq!(rebuilt(&ragex().option("no-cache", "")), [""; 0]);
}

#[test]
fn git_requirements_do_not_change_upper_layers() {
    let case = || Case::load("git").expect("it is a case");
    // It sorts before all other lines.
    let more = "a @ git+https://git.example/team/a.git\n";
    let changed = case().edit("requirements/cpu.txt", |text| format!("{more}{text}"));
    let (before, after) = (run(&case()), run(&changed));
    let same = |step: &str| before.step(step) == after.step(step);
    assert!(!same("torch] uv pip install"));
    assert!(same("ml] uv pip install"));
}
