use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::*;

fn pin(line: &str) -> Pin {
    line.parse().expect("a pin")
}

fn pins(lines: &[&str]) -> Vec<Pin> {
    lines.iter().map(|line| pin(line)).collect()
}

fn lines(slices: &[Vec<Pin>]) -> Vec<Vec<String>> {
    let slices = slices.iter();
    slices
        .map(|slice| slice.iter().map(ToString::to_string).collect())
        .collect()
}

#[test]
fn a_slice_is_what_a_layer_adds() {
    let packages = pins(&["app==1", "numpy==2", "scipy==3", "torch==4"]);
    let prefixes = [
        pins(&["numpy==2", "torch==4"]),
        pins(&["numpy==2", "torch==4"]),
        pins(&["app==1", "numpy==2", "scipy==3", "torch==4"]),
    ];
    let slices = cut(packages, &prefixes, 3).unwrap();
    assert_eq!(
        lines(&slices),
        [
            vec!["numpy==2", "torch==4"],
            vec![],
            vec!["app==1", "scipy==3"]
        ]
    );
}

#[test]
fn packages_without_a_name_are_known_by_their_paths() {
    let packages = pins(&["/src/a/project", "/src/b/project", "x @ file:///src/c"]);
    let prefixes = [
        pins(&["/src/b/project"]),
        pins(&["/src/a/project", "/src/b/project", "x @ file:///src/c"]),
    ];
    let slices = cut(packages, &prefixes, 2).unwrap();
    assert_eq!(lines(&slices)[0], ["/src/b/project"]);
    assert_eq!(lines(&slices)[1], ["/src/a/project", "x @ file:///src/c"]);
}

#[test]
fn layers_and_lists_are_compared() {
    let error = |layers| cut(pins(&["a==1"]), &[pins(&["a==1"])], layers).unwrap_err();
    assert_eq!(
        error(2).to_string(),
        "expected a list of packages for each of the 2 layers, found 1"
    );
    assert_eq!(
        error(0),
        InvalidSlices::Layers {
            layers: 0,
            found: 1
        }
    );
    assert_eq!(cut(Vec::new(), &[], 0), Ok(Vec::new()));
}

#[test]
fn rejects_stray_duplicate_and_unneeded_packages() {
    let stray = cut(pins(&["a==1"]), &[pins(&["a==1", "b==2"])], 1);
    assert_eq!(stray, Err(InvalidSlices::Stray("b==2".to_owned())));
    let duplicate = cut(pins(&["a==1", "A==2"]), &[pins(&["a==1"])], 1);
    assert_eq!(duplicate, Err(InvalidSlices::Duplicate("a==2".to_owned())));
    let unneeded = cut(pins(&["a==1", "b==2"]), &[pins(&["a==1"])], 1);
    assert_eq!(unneeded, Err(InvalidSlices::Unneeded("b==2".to_owned())));
}

/// A small generator of numbers that look random (xorshift).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (end as u64)).expect("it is below a usize")
    }
}

/// A universe of packages that need others, and layers that ask for some.
struct Universe {
    needs: BTreeMap<usize, Vec<usize>>,
    layers: Vec<Vec<usize>>,
}

impl Universe {
    fn random(numbers: &mut Numbers) -> Self {
        let size = 1 + numbers.below(30);
        let needs = (0..size).map(|package| {
            let count = numbers.below(4);
            (package, (0..count).map(|_| numbers.below(size)).collect())
        });
        let needs = needs.collect();
        let layers = (0..=numbers.below(4)).map(|_| {
            let count = numbers.below(5);
            (0..count).map(|_| numbers.below(size)).collect()
        });
        let layers = layers.collect();
        Self { needs, layers }
    }

    /// What the lowest layers need, with what that needs.
    fn needed(&self, layers: usize) -> BTreeSet<usize> {
        let mut todo: Vec<usize> = self.layers[..layers].iter().flatten().copied().collect();
        let mut found = BTreeSet::new();
        while let Some(package) = todo.pop() {
            if found.insert(package) {
                todo.extend(&self.needs[&package]);
            }
        }
        found
    }
}

#[test]
fn slices_of_any_universe_are_disjoint_and_complete() {
    let named = |packages: &BTreeSet<usize>| -> Vec<Pin> {
        let lines = packages.iter().map(|it| format!("p{it}=={it}"));
        lines.map(|line| pin(&line)).collect()
    };
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for _ in 0..500 {
        let universe = Universe::random(&mut numbers);
        let layers = universe.layers.len();
        let prefixes: Vec<BTreeSet<usize>> = (1..=layers).map(|n| universe.needed(n)).collect();
        let all = named(&prefixes[layers - 1]);
        let given: Vec<Vec<Pin>> = prefixes.iter().map(named).collect();
        let slices = cut(all.clone(), &given, layers).unwrap();

        let flat: Vec<&Pin> = slices.iter().flatten().collect();
        assert_eq!(flat.len(), all.len(), "each package is in one slice");
        let mut below = BTreeSet::new();
        for (slice, needed) in slices.iter().zip(&prefixes) {
            let added: BTreeSet<usize> = needed.difference(&below).copied().collect();
            assert_eq!(slice, &named_in_order(&all, &added));
            below.extend(needed);
        }
    }
}

/// The packages of a set in the order of the resolution.
fn named_in_order(all: &[Pin], set: &BTreeSet<usize>) -> Vec<Pin> {
    let of = |pin: &Pin| key(pin)[1..].parse().is_ok_and(|it| set.contains(&it));
    all.iter().filter(|pin| of(pin)).cloned().collect()
}

#[test]
fn large_resolutions_are_cut_fast() {
    let all: Vec<Pin> = (0..5000).map(|it| pin(&format!("p{it}==1"))).collect();
    let prefixes = vec![all.clone(); 20];
    let start = Instant::now();
    let slices = cut(all, &prefixes, 20).unwrap();
    assert_eq!(slices[0].len(), 5000);
    assert!(start.elapsed() < Duration::from_secs(2));
}
