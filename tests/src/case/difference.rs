//! The difference of two graphs as text, for cases that build nearly the same
//! graph as another one.
//!
//! Nothing is left out: whoever has the base graph could restore the other one
//! from the text, so every change of either graph that the other does not
//! share changes the text. That is why each run of equal lines is counted, and
//! why the place of an added vertex is given by the vertex before it.
//!
//! Numbers of vertices depend on everything before them. Here a vertex that
//! has a counterpart in the base graph goes by that one's number, and the
//! others are `new1`, `new2`, …; so an added vertex does not change the lines
//! that refer to the vertices after it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use similar::{DiffOp, capture_diff_slices};

/// How alike two vertices have to be to be compared with each other.
const ALIKE: u64 = 500;

/// The text of `graph`, given that of `base` (which is called `name`).
pub fn difference(name: &str, base: &str, graph: &str) -> String {
    let base = vertices(base);
    let mut graph = vertices(graph);
    let pairs = pairs(&base, &graph);
    rename(&mut graph, &labels(&pairs));

    let mut text = String::new();
    let mut at = 0;
    let mut before: Option<&Vertex> = None;
    let mut shown = true;
    for (vertex, pair) in graph.iter().zip(&pairs) {
        let partner = pair.map(|number| &base[number]);
        let removed = at..pair.unwrap_or(at);
        at = pair.map_or(at, |number| number + 1);
        for gone in &base[removed] {
            let _ = writeln!(text, "- {}", gone.lines[0]);
        }
        if partner.is_some_and(|partner| partner.lines == vertex.lines) {
            shown = false;
        } else {
            if let (None, Some(before), false) = (partner, before, shown) {
                let _ = writeln!(text, "  {}", before.lines[0]);
            }
            let none = [];
            lines(
                &mut text,
                partner.map_or(&none, |p| &p.lines),
                &vertex.lines,
            );
            shown = true;
        }
        before = Some(vertex);
    }
    for gone in &base[at..] {
        let _ = writeln!(text, "- {}", gone.lines[0]);
    }
    if text.is_empty() {
        format!("the graph of {name}\n")
    } else {
        format!("the graph of {name}, but:\n\n{text}")
    }
}

/// A paragraph of a dump: a vertex, or the line that says which one is wanted.
struct Vertex {
    lines: Vec<String>,
}

fn vertices(dump: &str) -> Vec<Vertex> {
    let mut vertices: Vec<Vertex> = Vec::new();
    for line in dump.lines() {
        let inside = line.starts_with(' ');
        match vertices.last_mut().filter(|_| inside) {
            Some(vertex) => vertex.lines.push(line.to_owned()),
            None => vertices.push(Vertex {
                lines: vec![line.to_owned()],
            }),
        }
    }
    vertices
}

impl Vertex {
    /// What it is, whatever it is called: `exec`, `file`, `docker-image`, `=`.
    fn kind(&self) -> &str {
        let line = without_number(&self.lines[0]);
        line.split([':', ' ']).next().unwrap_or_default()
    }

    /// How often each word is in it. A reference is the same word everywhere.
    fn words(&self) -> BTreeMap<String, u64> {
        let kind = self.kind();
        let mut words = BTreeMap::new();
        let mut count = |line: &str| {
            for word in line.split(' ').filter(|word| !word.is_empty()) {
                *words.entry(word.to_owned()).or_default() += 1;
            }
        };
        count(without_number(&self.lines[0]));
        for line in &self.lines[1..] {
            count(&renamed(kind, line, |_| "_".to_owned()));
        }
        words
    }
}

fn without_number(line: &str) -> &str {
    line.split_once(": ").map_or(line, |(_, rest)| rest)
}

/// How alike two vertices are, in thousandths.
fn likeness(one: &BTreeMap<String, u64>, other: &BTreeMap<String, u64>) -> u64 {
    let common = one
        .iter()
        .filter_map(|(word, count)| Some(*other.get(word)?.min(count)));
    let all = one.values().chain(other.values()).sum::<u64>();
    2 * 1000 * common.sum::<u64>() / all.max(1)
}

/// The counterpart of each vertex of `graph`, if it has one: the pairs in which
/// both are in order, and that are the most alike.
fn pairs(base: &[Vertex], graph: &[Vertex]) -> Vec<Option<usize>> {
    let base_words: Vec<_> = base.iter().map(Vertex::words).collect();
    let mut likenesses = vec![vec![0; base.len()]; graph.len()];
    for (row, vertex) in likenesses.iter_mut().zip(graph) {
        let words = vertex.words();
        for (number, other) in base.iter().enumerate() {
            if vertex.kind() == other.kind() {
                let alike = likeness(&words, &base_words[number]);
                row[number] = if alike >= ALIKE { alike } else { 0 };
            }
        }
    }
    // best[i][j]: what can be reached with graph[i..] and base[j..].
    let mut best = vec![vec![0; base.len() + 1]; graph.len() + 1];
    for i in (0..graph.len()).rev() {
        for j in (0..base.len()).rev() {
            let paired = likenesses[i][j] + best[i + 1][j + 1];
            best[i][j] = paired.max(best[i + 1][j]).max(best[i][j + 1]);
        }
    }
    let mut pairs = Vec::new();
    let mut j = 0;
    for i in 0..graph.len() {
        while j < base.len() && best[i][j] == best[i][j + 1] {
            j += 1;
        }
        let pair = j < base.len() && best[i][j] != best[i + 1][j];
        pairs.push(pair.then_some(j));
        j += usize::from(pair);
    }
    pairs
}

/// What each vertex of the graph is called.
fn labels(pairs: &[Option<usize>]) -> Vec<String> {
    let mut new = 0;
    let label = |pair: &Option<usize>| {
        pair.map_or_else(
            || {
                new += 1;
                format!("new{new}")
            },
            |number| number.to_string(),
        )
    };
    pairs.iter().map(label).collect()
}

fn rename(graph: &mut [Vertex], labels: &[String]) {
    let label = |number: &str| match number.parse::<usize>() {
        Ok(number) => labels.get(number).cloned(),
        Err(_) => None,
    };
    let reference = |text: &str| {
        let (number, index) = text.split_at(text.find('.').unwrap_or(text.len()));
        label(number).map_or_else(|| text.to_owned(), |label| label + index)
    };
    for vertex in graph {
        let kind = vertex.kind().to_owned();
        for line in &mut vertex.lines[1..] {
            *line = renamed(&kind, line, reference);
        }
        let first = &vertex.lines[0];
        vertex.lines[0] = match first.split_once(": ").or(first.split_once("= ")) {
            Some(("", wanted)) => format!("= {}", reference(wanted)),
            Some((number, rest)) => {
                let number = label(number).unwrap_or_else(|| number.to_owned());
                format!("{number}: {rest}")
            }
            None => first.clone(),
        };
    }
}

/// A line of a vertex with other names for the vertices that it refers to.
/// What it does not recognise stays; that costs readability, nothing else.
fn renamed(kind: &str, line: &str, name: impl Fn(&str) -> String) -> String {
    let refers = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    // Indented by two blanks, which are two empty words.
    let places: &[usize] = match (kind, words.get(2).map(String::as_str)) {
        ("exec", Some("mount")) => &[5],
        ("file", Some(_)) if words.get(3).is_some_and(|w| w == "copy") => &[2, 4],
        ("file" | "merge", Some(_)) => &[2],
        ("diff", Some("lower" | "upper")) => &[3],
        _ => &[],
    };
    for &place in places {
        if let Some(word) = words.get_mut(place).filter(|word| refers(word)) {
            let (reference, colon) = match word.strip_suffix(':') {
                Some(reference) => (reference, ":"),
                None => (word.as_str(), ""),
            };
            *word = name(reference) + colon;
        }
    }
    words.join(" ")
}

/// The lines of one vertex: the first one, and what differs, with the line
/// before it and how many lines there are in between.
fn lines(text: &mut String, old: &[String], new: &[String]) {
    let mut write = |sign: char, lines: &[String]| {
        for line in lines {
            let _ = writeln!(text, "{sign} {line}");
        }
    };
    let ops = capture_diff_slices(similar::Algorithm::Myers, old, new);
    for (number, op) in ops.iter().enumerate() {
        let DiffOp::Equal { old_index, len, .. } = *op else {
            write('-', &old[op.old_range()]);
            write('+', &new[op.new_range()]);
            continue;
        };
        let mut equal = &old[old_index..old_index + len];
        if old_index == 0 {
            write(' ', &equal[..1]);
            equal = &equal[1..];
        }
        if number + 1 == ops.len() {
            continue;
        }
        if let [between @ .., last] = equal {
            match between.len() {
                0 => {}
                1 => write(' ', between),
                count => write(' ', &[format!("  … {count} lines")]),
            }
            write(' ', std::slice::from_ref(last));
        }
    }
}
