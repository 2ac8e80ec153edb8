//! Many lines, and what pip makes of them.
//!
//! `corpus.txt` has the answers of pip 26.3 and packaging 26.3 to each line,
//! for Python 3.11.4 on `x86_64`, as `corpus.py` beside it asks for them. Where
//! lamina differs, the line says how, and docs/configuration.md says why.

use super::*;

const CORPUS: &str = include_str!("corpus.txt");

/// What a line comes to, in the words of `corpus.py`.
fn outcome(line: &str) -> String {
    let set = match read(&[("r/a.txt", line)], &[], "linux/amd64") {
        Ok(Loaded::Set(set)) => set,
        Ok(Loaded::Needs(_)) => return "needs".to_owned(),
        Err(_) => return "error".to_owned(),
    };
    if set.requirements.is_empty() {
        let nothing = set.options == crate::python::Options::default();
        return if nothing { "skip" } else { "options" }.to_owned();
    }
    let text = |requirement: &crate::python::Requirement| {
        let name = requirement.name.as_ref().map_or("?", |name| name.as_str());
        let extras: Vec<&str> = requirement
            .extras
            .iter()
            .map(crate::python::Extra::as_str)
            .collect();
        let extras = match &extras[..] {
            [] => String::new(),
            list => format!("[{}]", list.join(",")),
        };
        match &requirement.source {
            RequirementSource::Registry(specifiers) => {
                let mut list: Vec<String> = specifiers.iter().map(ToString::to_string).collect();
                list.sort();
                format!("{name}{extras}{}", list.join(","))
            }
            _ => format!("{name}{extras} @"),
        }
    };
    let mut list: Vec<String> = set.requirements.iter().map(text).collect();
    list.sort();
    list.join(" | ")
}

/// Each entry is three lines: the requirement line as JSON, pip's outcome, and
/// lamina's where it is another one, or `=`.
#[test]
fn lines_mean_what_they_mean_to_pip() {
    let mut entries = 0;
    let mut differing = Vec::new();
    let lines: Vec<&str> = CORPUS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    for entry in lines.chunks(3) {
        let [line, pip, lamina] = entry else {
            panic!("an entry has three lines: {entry:?}")
        };
        let line: String = serde_json::from_str(line).unwrap();
        let expected = if *lamina == "=" { pip } else { lamina };
        let found = outcome(&line);
        if found != *expected {
            differing.push(format!(
                "{line:?}\n  expected {expected}\n  found    {found}"
            ));
        }
        entries += 1;
    }
    assert!(entries > 500, "{entries} entries");
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// Outcomes of other lines, a JSON text each, for `corpus.py` to compare:
/// `LAMINA_LINES=lines.json LAMINA_OUTCOMES=outcomes.json cargo test corpus`.
#[test]
fn outcomes_of_other_lines() {
    let (Ok(lines), Ok(outcomes)) = (
        std::env::var("LAMINA_LINES"),
        std::env::var("LAMINA_OUTCOMES"),
    ) else {
        return;
    };
    let text = std::fs::read_to_string(lines).unwrap();
    let mut out = String::new();
    for line in text.lines() {
        let line: String = serde_json::from_str(line).unwrap();
        writeln!(out, "{}", serde_json::to_string(&outcome(&line)).unwrap()).unwrap();
    }
    std::fs::write(outcomes, out).unwrap();
}
