//! The layout of the frontend's code, held by reading the code itself: imports
//! go one way, modules have no cycles, files and functions stay short.

mod code;
mod lexer;

use std::collections::{BTreeMap, BTreeSet};

use code::Crate;

/// The modules at the top, in the only order in which they may use each other:
/// each may use those before it.
const ORDER: [&str; 13] = [
    "kinds", "source", "python", "stub", "client", "gateway", "project", "plan", "facts", "steps",
    "lower", "build", "cli",
];

/// The most lines of a file, its tests not counted.
const FILE: usize = 360;
/// The most lines of a function.
const FUNCTION: usize = 60;

fn rank(module: &str) -> usize {
    let rank = ORDER.iter().position(|name| *name == module);
    rank.unwrap_or_else(|| panic!("`{module}` has no place in the order of modules; give it one"))
}

#[test]
fn imports_go_one_way() {
    let code = Crate::frontend();
    assert!(code.0.len() > 50, "{} modules found", code.0.len());
    let mut wrong = Vec::new();
    for (path, module) in &code.0 {
        let Some(from) = path.first() else { continue };
        for reference in &module.paths {
            let Some(target) = code.target(path, &reference.path) else {
                continue;
            };
            let Some(to) = target.first() else { continue };
            if rank(to) <= rank(from) {
                continue;
            }
            let (file, line) = (&module.file, reference.line);
            let path = reference.path.join("::");
            wrong.push(format!("{file}:{line}: `{from}` uses `{path}` of `{to}`"));
        }
    }
    assert!(
        wrong.is_empty(),
        "a module may use only those before it in {}:\n{}",
        ORDER.join(", "),
        wrong.join("\n")
    );
}

/// Modules of one directory, and what uses what among them.
fn siblings(code: &Crate) -> BTreeMap<Vec<String>, BTreeMap<(String, String), String>> {
    let mut all: BTreeMap<Vec<String>, BTreeMap<(String, String), String>> = BTreeMap::new();
    for (path, module) in &code.0 {
        for reference in &module.paths {
            let Some(target) = code.target(path, &reference.path) else {
                continue;
            };
            let common = path.iter().zip(&target).take_while(|(a, b)| a == b).count();
            if common < path.len() && common < target.len() {
                let edge = (path[common].clone(), target[common].clone());
                let place = format!("{}:{}", module.file, reference.line);
                let edges = all.entry(path[..common].to_vec()).or_default();
                edges.entry(edge).or_insert(place);
            }
        }
    }
    all
}

/// A cycle through a module, as the edges on a shortest way back.
fn cycle<'a>(
    edges: &'a BTreeMap<(String, String), String>,
    start: &'a str,
) -> Option<Vec<&'a (String, String)>> {
    let mut ways: Vec<Vec<&(String, String)>> = vec![Vec::new()];
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        let mut longer = Vec::new();
        for way in &ways {
            let at = way.last().map_or(start, |(_, to)| to.as_str());
            for edge in edges.keys().filter(|(from, _)| from == at) {
                let mut next = way.clone();
                next.push(edge);
                if edge.1 == start {
                    return Some(next);
                }
                if seen.insert(edge.1.as_str()) {
                    longer.push(next);
                }
            }
        }
        ways = longer;
    }
    None
}

#[test]
fn modules_of_a_directory_have_no_cycles() {
    let code = Crate::frontend();
    let siblings = siblings(&code);
    let mut cycles = BTreeMap::new();
    for (directory, edges) in &siblings {
        for (start, _) in edges.keys() {
            let Some(way) = cycle(edges, start) else {
                continue;
            };
            let name = |module: &str| [directory, &[module.to_owned()][..]].concat().join("::");
            let members: BTreeSet<String> = way.iter().map(|(from, _)| name(from)).collect();
            let steps = way.iter().map(|edge| {
                let (from, to) = (name(&edge.0), name(&edge.1));
                format!("  {}: `{from}` uses `{to}`", edges[*edge])
            });
            cycles.entry(members).or_insert(steps.collect::<Vec<_>>());
        }
    }
    let wrong: Vec<String> = cycles.into_values().map(|steps| steps.join("\n")).collect();
    assert!(
        wrong.is_empty(),
        "cycles of modules:\n{}",
        wrong.join("\n\n")
    );
}

#[test]
fn files_and_functions_are_short() {
    let code = Crate::frontend();
    let files = code.0.values();
    let longest = files
        .max_by_key(|module| module.lines)
        .expect("there are files");
    println!(
        "the longest file: {}, {} lines",
        longest.file, longest.lines
    );
    let functions = code
        .0
        .values()
        .flat_map(|module| module.functions.iter().map(move |f| (module, f)));
    let (module, function) = functions
        .max_by_key(|(_, f)| f.lines)
        .expect("there are functions");
    println!(
        "the longest function: {}, {}:{}, {} lines",
        function.name, module.file, function.line, function.lines
    );
    assert!(
        longest.lines <= FILE,
        "{}: more than {FILE} lines",
        longest.file
    );
    assert!(
        function.lines <= FUNCTION,
        "{}:{}: {}: more than {FUNCTION} lines",
        module.file,
        function.line,
        function.name
    );
}
