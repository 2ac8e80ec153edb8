//! The code of the frontend as tokens: its modules, what each of them refers
//! to, and how long files and functions are.
//!
//! Tokens, so that no comment or string is taken for code, and the inside of
//! macros is seen. Items under `#[cfg(test)]` are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::lexer::{Group, Token, tokens};

/// A module that is a file.
#[derive(Debug)]
pub(crate) struct Module {
    /// The file, relative to the repository.
    pub(crate) file: String,
    /// The paths in its code that begin with `crate`, `super` or `self`, and
    /// those of its `use` declarations.
    pub(crate) paths: Vec<Reference>,
    /// What its `use` declarations bring in, by name.
    uses: BTreeMap<String, Vec<String>>,
    /// How many lines it has, without tests.
    pub(crate) lines: usize,
    /// Its functions.
    pub(crate) functions: Vec<Function>,
}

/// A path to something, at a line.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
    /// The name that it gets, if a `use` declaration brings it in.
    name: Option<String>,
}

/// A function, and how many lines it has.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) lines: usize,
}

/// All modules of a crate by path: `["stub", "args"]`; `[]` is its root.
#[derive(Debug)]
pub(crate) struct Crate(pub(crate) BTreeMap<Vec<String>, Module>);

impl Crate {
    /// The crate of the frontend.
    pub(crate) fn frontend() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../frontend/src");
        let mut files = Vec::new();
        collect(&root, &mut files);
        let texts = files.into_iter().filter_map(|path| {
            let inside = path.strip_prefix(&root).ok()?.to_str()?.to_owned();
            let text = fs::read_to_string(&path).ok()?;
            // The program is a crate of its own, that wires this one.
            (inside != "main.rs").then_some((inside, text))
        });
        Self::parse("frontend/src", texts)
    }

    /// A crate of files, by path below `root`.
    pub(crate) fn parse(root: &str, files: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut modules = BTreeMap::new();
        let mut tests: BTreeSet<Vec<String>> = BTreeSet::new();
        for (inside, text) in files {
            let mut path: Vec<String> = inside
                .trim_end_matches(".rs")
                .split('/')
                .map(str::to_owned)
                .collect();
            if path
                .last()
                .is_some_and(|name| name == "lib" || name == "mod")
            {
                path.pop();
            }
            let file = format!("{root}/{inside}");
            let mut reader = Reader::default();
            reader.items(&tokens(&text));
            tests.extend(reader.tests.into_iter().map(|name| {
                let mut test = path.clone();
                test.push(name);
                test
            }));
            let named =
                |reference: &Reference| Some((reference.name.clone()?, reference.path.clone()));
            let uses = reader.paths.iter().filter_map(named).collect();
            let module = Module {
                file,
                paths: reader.paths,
                uses,
                lines: text.lines().count() - reader.test_lines,
                functions: reader.functions,
            };
            modules.insert(path, module);
        }
        modules.retain(|path, _| (0..=path.len()).all(|len| !tests.contains(&path[..len])));
        Self(modules)
    }

    /// The module that a path leads to from a module: where the item is
    /// defined, as far as that can be told from `use` declarations. Nothing
    /// for what is not of this crate.
    pub(crate) fn target(&self, from: &[String], path: &[String]) -> Option<Vec<String>> {
        // A name that is brought in from elsewhere leads on to there; a bound,
        // since `use` declarations can be cyclic where one is a type's, one a
        // function's.
        self.follow(from, path, 8)
    }

    fn follow(&self, from: &[String], path: &[String], depth: usize) -> Option<Vec<String>> {
        let mut at = from.to_vec();
        let mut rest = path;
        let mut known = false;
        while let [first, more @ ..] = rest {
            match first.as_str() {
                "crate" => at.clear(),
                "self" => {}
                "super" => {
                    at.pop();
                }
                _ => break,
            }
            known = true;
            rest = more;
        }
        while let [first, more @ ..] = rest {
            let mut child = at.clone();
            child.push(first.clone());
            if self.0.contains_key(&child) {
                at = child;
                known = true;
                rest = more;
                continue;
            }
            let Some(used) = self.0.get(&at).and_then(|module| module.uses.get(first)) else {
                break;
            };
            if depth == 0 || (at == from && used == path) {
                break;
            }
            return self.follow(&at, used, depth - 1).or(known.then_some(at));
        }
        known.then_some(at)
    }
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(directory).expect("the code is there");
    for entry in entries {
        let path = entry.expect("the code can be read").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension() == Some("rs".as_ref()) {
            files.push(path);
        }
    }
    files.sort();
}

#[derive(Default)]
struct Reader {
    paths: Vec<Reference>,
    functions: Vec<Function>,
    /// Modules in files of their own that are tests.
    tests: Vec<String>,
    test_lines: usize,
}

impl Reader {
    fn items(&mut self, tokens: &[Token]) {
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at = match token {
                Token::Mark('#', _) if is_test(tokens.get(at + 1)) => self.skip_test(tokens, at),
                Token::Word(word, _) => match word.as_str() {
                    "pub" if is_group(tokens.get(at + 1), '(') => at + 2,
                    "use" => self.use_declaration(tokens, at),
                    "fn" => self.function(tokens, at),
                    "crate" | "super" | "self" => self.path(tokens, at),
                    _ => at + 1,
                },
                Token::Group(group) => {
                    self.items(&group.tokens);
                    at + 1
                }
                Token::Mark(..) => at + 1,
            };
        }
    }

    /// The item after `#[cfg(test)]`: up to `;`, or to the end of a block.
    fn skip_test(&mut self, tokens: &[Token], start: usize) -> usize {
        let ends = |token: &Token| token.is_mark(';') || is_group(Some(token), '{');
        let length = tokens[start..].iter().position(ends);
        let end = length.map_or(tokens.len(), |length| start + length + 1);
        let item = &tokens[start..end];
        if let [.., module, Token::Word(name, _), semicolon] = item
            && module.is_word("mod")
            && semicolon.is_mark(';')
        {
            self.tests.push(name.clone());
        }
        self.test_lines += tokens[end - 1].end() - tokens[start].line() + 1;
        end
    }

    fn function(&mut self, tokens: &[Token], at: usize) -> usize {
        // A type `fn(…)` has no name, and a method of a trait no body.
        if let Some(Token::Word(name, line)) = tokens.get(at + 1) {
            let ends = |token: &&Token| token.is_mark(';') || is_group(Some(token), '{');
            if let Some(Token::Group(body)) = tokens[at + 2..].iter().find(ends) {
                self.functions.push(Function {
                    name: name.clone(),
                    line: *line,
                    lines: body.last - line + 1,
                });
            }
        }
        at + 1
    }

    /// `crate::a::b` in an expression or a type.
    fn path(&mut self, tokens: &[Token], start: usize) -> usize {
        let mut path = Vec::new();
        let mut at = start;
        while let Some(Token::Word(word, _)) = tokens.get(at) {
            path.push(word.clone());
            let colons = tokens.get(at + 1..at + 3).unwrap_or_default();
            if colons.len() != 2 || !colons.iter().all(|token| token.is_mark(':')) {
                at += 1;
                break;
            }
            at += 3;
        }
        if path.len() > 1 {
            self.paths.push(Reference {
                path,
                line: tokens[start].line(),
                name: None,
            });
        }
        at
    }

    fn use_declaration(&mut self, tokens: &[Token], start: usize) -> usize {
        // `use<'a>` in a type is none.
        if tokens
            .get(start + 1)
            .is_some_and(|token| token.is_mark('<'))
        {
            return start + 1;
        }
        let length = tokens[start..].iter().position(|token| token.is_mark(';'));
        let end = length.map_or(tokens.len(), |length| start + length);
        self.use_tree(&tokens[start + 1..end], &[]);
        end + 1
    }

    fn use_tree(&mut self, tokens: &[Token], prefix: &[String]) {
        let mut path = prefix.to_vec();
        let mut line = tokens.first().map_or(0, Token::line);
        let mut alias = None;
        let mut tokens = tokens.iter();
        while let Some(token) = tokens.next() {
            match token {
                Token::Word(word, _) if word == "as" => {
                    if let Some(Token::Word(name, _)) = tokens.next() {
                        alias = Some(name.clone());
                    }
                }
                Token::Word(word, at) => {
                    line = *at;
                    if word != "self" || path.is_empty() {
                        path.push(word.clone());
                    }
                }
                Token::Group(group) => {
                    let trees = group.tokens.split(|token| token.is_mark(','));
                    for tree in trees.filter(|tree| !tree.is_empty()) {
                        self.use_tree(tree, &path);
                    }
                    return;
                }
                Token::Mark(..) => {}
            }
        }
        let name = alias.or_else(|| path.last().cloned());
        self.paths.push(Reference { path, line, name });
    }
}

fn is_group(token: Option<&Token>, open: char) -> bool {
    matches!(token, Some(Token::Group(group)) if group.open == open)
}

/// Whether what follows a `#` is `[cfg(test)]`.
fn is_test(token: Option<&Token>) -> bool {
    let Some(Token::Group(Group {
        open: '[', tokens, ..
    })) = token
    else {
        return false;
    };
    let [cfg, Token::Group(condition)] = &tokens[..] else {
        return false;
    };
    cfg.is_word("cfg") && matches!(&condition.tokens[..], [only] if only.is_word("test"))
}

#[test]
fn paths_lead_to_where_things_are_defined() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let code = Crate::parse(
        "src",
        [
            file("lib.rs", "pub mod a;\npub mod b;"),
            file(
                "a.rs",
                "mod inner;\npub use inner::{Thing as Renamed, Other};",
            ),
            file(
                "a/inner.rs",
                "pub struct Thing;\n// use crate::b;\nuse super::Other;",
            ),
            file(
                "b.rs",
                "use crate::a::{self, Renamed};\nfn f() {\n    crate::a::inner::g(\"crate::c\");\n}\n\
                 #[cfg(test)]\nmod tests {\n    use crate::c;\n}\n#[cfg(test)]\nmod more;",
            ),
            file("b/more.rs", "use crate::c;"),
        ],
    );
    let path = |text: &str| -> Vec<String> { text.split("::").map(str::to_owned).collect() };
    let of_b = &code.0[&path("b")];
    let found: Vec<_> = of_b
        .paths
        .iter()
        .map(|reference| (reference.line, code.target(&path("b"), &reference.path)))
        .collect();
    let inner = Some(path("a::inner"));
    assert_eq!(
        found,
        [(1, Some(path("a"))), (1, inner.clone()), (3, inner)]
    );
    assert_eq!((of_b.lines, of_b.functions[0].lines), (4, 3));
    assert!(!code.0.contains_key(&path("b::more")), "a test is left out");
}
