//! Properties of every graph, checked with generated ones.

#![allow(clippy::unwrap_used, reason = "a test")]

use buildkit_llb::{
    CacheId, Constraints, CopyFrom, Definition, Diff, Digest, Exec, File, Merge, Mount, Output,
    Passthrough, Platform, Sharing, Source, SourceFile, at, pb,
};
use proptest::prelude::*;

/// One operation on earlier outputs, which are chosen by any number.
#[derive(Clone, Debug)]
enum Step {
    Image(u8, bool),
    Http(u8),
    Mkfile(usize, u8),
    Copy(usize, usize, bool),
    Exec(usize, usize, u8),
    Merge(Vec<usize>),
    Diff(usize, usize),
    Passthrough(usize, usize),
}

fn step() -> impl Strategy<Value = Step> {
    let n = any::<usize>;
    prop_oneof![
        (0..3u8, any::<bool>()).prop_map(|(name, arm)| Step::Image(name, arm)),
        (0..3u8).prop_map(Step::Http),
        (n(), 0..3u8).prop_map(|(on, data)| Step::Mkfile(on, data)),
        (n(), n(), any::<bool>()).prop_map(|(on, from, chain)| Step::Copy(on, from, chain)),
        (n(), n(), any::<u8>()).prop_map(|(on, mount, kind)| Step::Exec(on, mount, kind)),
        prop::collection::vec(n(), 0..5).prop_map(Step::Merge),
        (n(), n()).prop_map(|(lower, upper)| Step::Diff(lower, upper)),
        (n(), n()).prop_map(|(gives, after)| Step::Passthrough(gives, after)),
    ]
}

fn graph(steps: &[Step]) -> Output {
    graph_of(steps, str::to_owned)
}

/// The digest that an image is pinned to.
fn pin(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

/// The graph with other images.
fn graph_of(steps: &[Step], image: impl Fn(&str) -> String) -> Output {
    let stub = SourceFile::new("stub", "TOML", "a = 1\n");
    let mut outputs = vec![Output::SCRATCH];
    for (number, step) in steps.iter().enumerate() {
        let earlier = |n: &usize| outputs[n % outputs.len()].clone();
        let line = u32::try_from(number).unwrap() + 1;
        let output = match step {
            Step::Image(name, arm) => Source::image(image(&format!("i{name}")).parse().unwrap())
                .platform(if *arm {
                    Platform::linux_arm64()
                } else {
                    Platform::linux_amd64()
                })
                .location(stub.lines(line, line))
                .output(),
            Step::Http(name) => Source::http(format!("https://h/{name}").parse().unwrap())
                .name(format!("fetch {number}"))
                .output(),
            Step::Mkfile(on, data) => File::on(earlier(on))
                .mkfile(at("/f"), 0o644, vec![*data])
                .output(),
            Step::Copy(on, from, chain) => {
                let file = File::on(earlier(on)).mkdir(at("/d"), 0o755);
                let other = File::on(earlier(from)).mkdir(at("/e"), 0o700);
                file.action(if *chain {
                    CopyFrom::chain(&other, at("/"), at("/d"))
                } else {
                    CopyFrom::tree(earlier(from), at("/"), at("/d"))
                })
                .output()
            }
            Step::Exec(on, mount, kind) => {
                let tree = earlier(mount);
                let exec = Exec::on(earlier(on)).args(["true"]);
                let exec = match kind % 4 {
                    0 => exec.mount(at("/m"), Mount::writable(&tree)),
                    1 => exec.mount(at("/m"), Mount::read_only(&tree).selector(at("/s"))),
                    2 => exec.mount(
                        at("/m"),
                        Mount::cache(CacheId::new("c").unwrap(), Sharing::Private).seed(&tree),
                    ),
                    _ => exec.mount(at("/m"), Mount::discarded(&tree)),
                };
                let run = exec.location(stub.lines(1, line)).finish();
                run.get(at("/m")).cloned().unwrap_or_else(|| run.root())
            }
            Step::Merge(trees) => Merge::of(trees.iter().map(earlier)).output(),
            Step::Diff(lower, upper) => Diff::between(earlier(lower), earlier(upper)).output(),
            Step::Passthrough(gives, after) => {
                let op = Passthrough::new("id").depends_on(earlier(after));
                let outputs = op.gives(earlier(gives)).finish();
                outputs.map_or(Output::SCRATCH, |mut outputs| outputs.remove(0))
            }
        };
        outputs.push(output);
    }
    outputs.pop().unwrap()
}

proptest! {
    #[test]
    fn reading_back_gives_the_same_graph(steps in prop::collection::vec(step(), 0..30)) {
        let output = graph(&steps);
        let definition = Definition::new(&output);
        let read = Definition::from_bytes(&definition.to_bytes()).unwrap();
        prop_assert_eq!(read.output(), &output);
        prop_assert_eq!(read.to_bytes(), definition.to_bytes());
        prop_assert_eq!(read.dump(), definition.dump());
    }

    #[test]
    fn equal_graphs_have_equal_bytes(steps in prop::collection::vec(step(), 0..30)) {
        let [a, b] = [graph(&steps), graph(&steps)].map(|o| Definition::new(&o).to_bytes());
        prop_assert_eq!(a, b);
    }

    #[test]
    fn definitions_are_complete_and_in_order(steps in prop::collection::vec(step(), 0..30)) {
        let definition = Definition::new(&graph(&steps)).to_pb();
        let mut known = std::collections::BTreeSet::new();
        for bytes in &definition.def {
            let op = <pb::Op as prost::Message>::decode(&**bytes).unwrap();
            for input in &op.inputs {
                prop_assert!(known.contains(&input.digest));
            }
            let digest = Digest::of(bytes).to_string();
            prop_assert!(definition.metadata.contains_key(&digest));
            prop_assert!(known.insert(digest), "an operation is listed twice");
        }
        prop_assert_eq!(definition.metadata.len(), definition.def.len());
    }

    #[test]
    fn constraining_a_graph_is_idempotent(steps in prop::collection::vec(step(), 0..20)) {
        let constraints = Constraints::new()
            .platform(Platform::linux_amd64())
            .worker_filter("a==b");
        let once = graph(&steps).constrained(&constraints);
        prop_assert_eq!(&once.constrained(&constraints), &once);
        let nothing = Constraints::new();
        prop_assert_eq!(once.constrained(&nothing), once);
    }

    #[test]
    fn pinning_images_gives_the_graph_of_pinned_images(
        steps in prop::collection::vec(step(), 0..30),
    ) {
        let definition = Definition::new(&graph(&steps));
        let read = Definition::from_bytes(&definition.to_bytes()).unwrap();
        let pinned = |definition: &Definition| {
            let pinned = definition.map_sources(|source| {
                let reference = source.image_reference().map(|reference| {
                    let digest = pin(reference.path().trim_start_matches("library/"));
                    reference.with_digest(digest)
                });
                let source = reference.map(|it| source.clone().with_image_reference(&it));
                Ok::<_, ()>(source)
            });
            pinned.unwrap().to_bytes()
        };
        let expected = graph_of(&steps, |name| format!("{name}:latest@{}", pin(name)));
        let expected = Definition::new(&expected).to_bytes();
        prop_assert_eq!(&pinned(&definition), &expected);
        prop_assert_eq!(&pinned(&read), &expected);
    }

    #[test]
    fn any_bytes_are_a_definition_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(definition) = Definition::from_bytes(&bytes) {
            let _ = (definition.to_bytes(), definition.dump(), definition.dot());
        }
    }

    #[test]
    fn damaged_definitions_are_read_or_rejected(
        steps in prop::collection::vec(step(), 1..10),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = Definition::new(&graph(&steps)).to_bytes();
        for (index, value) in damage {
            if !bytes.is_empty() {
                let index = index.index(bytes.len());
                bytes[index] = value;
            }
        }
        if let Ok(definition) = Definition::from_bytes(&bytes) {
            let again = Definition::from_bytes(&definition.to_bytes()).unwrap();
            prop_assert_eq!(again.output(), definition.output());
            let _ = (definition.dump(), definition.dot());
        }
    }
}
