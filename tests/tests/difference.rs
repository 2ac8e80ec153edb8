//! The differences of graphs that stand for whole graphs in snapshots.

use std::collections::BTreeMap;

use lamina_tests::case::difference;

const BASE: &str = r#"0: docker-image://base "base"
1: file "input of a"
  scratch: mkfile /a.json mode=0644
      {
        "packages": [
          "one",
          "one"
        ]
      }
2: exec [linux/amd64] "install a"
  run "/install"
  mount / = 0 -> 0
  mount /in = 1 read-only
  mount /out = scratch -> 1
3: exec [linux/amd64] "check a"
  run "/check"
  mount / = 0 -> 0
  mount /a = 2.1 read-only
4: merge "layers"
  0
  2.1
5: file "application"
  4: mkdir /app mode=0755
  #0: copy 1 /a.json to /app/a.json
= 5
"#;

/// One vertex more, one less, and another mount.
const OTHER: &str = r#"0: docker-image://base "base"
1: local://context "files"
2: file "input of a"
  scratch: mkfile /a.json mode=0644
      {
        "packages": [
          "one",
          "one"
        ]
      }
3: exec [linux/amd64] "install a"
  run "/install"
  mount / = 0 -> 0
  mount /in = 2 read-only
  mount /files = 1 read-only
  mount /out = scratch -> 1
4: merge "layers"
  0
  3.1
5: file "application"
  4: mkdir /app mode=0755
  #0: copy 2 /a.json to /app/a.json
= 5
"#;

#[test]
fn vertices_keep_the_numbers_of_their_counterparts() {
    let expected = r#"the graph of base, but:

  0: docker-image://base "base"
+ new1: local://context "files"
  2: exec [linux/amd64] "install a"
    … 2 lines
    mount /in = 1 read-only
+   mount /files = new1 read-only
- 3: exec [linux/amd64] "check a"
"#;
    assert_eq!(difference("base", BASE, OTHER), expected);
}

#[test]
fn equal_graphs_have_none() {
    assert_eq!(difference("base", BASE, BASE), "the graph of base\n");
}

/// Two graphs of the same difference would be two graphs of one snapshot.
#[test]
fn different_graphs_have_different_differences() {
    let mut graphs = vec![BASE.to_owned(), OTHER.to_owned(), String::new()];
    for graph in [BASE, OTHER] {
        let lines: Vec<&str> = graph.lines().collect();
        for at in 0..lines.len() {
            let with = |replacement: &[&str], skipped: usize| {
                let rest = &lines[(at + skipped).min(lines.len())..];
                let all = [&lines[..at], replacement, rest].concat();
                all.join("\n") + "\n"
            };
            graphs.push(with(&[], 1));
            graphs.push(with(&[], 2));
            graphs.push(with(&[lines[at], lines[at]], 1));
            graphs.push(with(&[&format!("{} more", lines[at])], 1));
            graphs.push(with(&[&lines[at].replacen(['0', '1', '2'], "3", 1)], 1));
            if let Some(next) = lines.get(at + 1) {
                graphs.push(with(&[next, lines[at]], 2));
            }
        }
    }
    graphs.sort();
    graphs.dedup();
    assert!(graphs.len() > 200, "{} graphs", graphs.len());
    let mut seen = BTreeMap::new();
    for graph in graphs {
        let text = difference("base", BASE, &graph);
        if let Some(other) = seen.insert(text.clone(), graph.clone()) {
            panic!("one difference:\n{text}\nof two graphs:\n{other}\n{graph}");
        }
    }
}
