//! Rust's tokens, as far as the layout of code can be told from them: words,
//! marks and groups, with their lines. Comments are left out; literals are
//! marks without content.
//!
//! proc-macro2 would give the same, but with lines of tokens only by a feature
//! for which every procedural macro is compiled a second time.

/// A token, or a group of tokens in brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// An identifier or a keyword.
    Word(String, usize),
    /// Any other character; `"` for a literal.
    Mark(char, usize),
    /// What is between brackets, by the opening one.
    Group(Group),
}

/// Tokens in brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) open: char,
    pub(crate) tokens: Vec<Token>,
    pub(crate) first: usize,
    pub(crate) last: usize,
}

impl Token {
    pub(crate) fn is_word(&self, text: &str) -> bool {
        matches!(self, Self::Word(word, _) if word == text)
    }

    pub(crate) fn is_mark(&self, mark: char) -> bool {
        matches!(self, Self::Mark(found, _) if *found == mark)
    }

    /// The line of its beginning.
    pub(crate) fn line(&self) -> usize {
        match self {
            Self::Word(_, line) | Self::Mark(_, line) => *line,
            Self::Group(group) => group.first,
        }
    }

    /// The line of its end.
    pub(crate) fn end(&self) -> usize {
        match self {
            Self::Group(group) => group.last,
            _ => self.line(),
        }
    }
}

/// The tokens of a file.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        text: text.chars().collect(),
        at: 0,
        line: 1,
    };
    let mut open: Vec<Group> = Vec::new();
    let mut tokens = Vec::new();
    while let Some(token) = lexer.next() {
        match token {
            Token::Mark(mark @ ('(' | '[' | '{'), line) => open.push(Group {
                open: mark,
                tokens: std::mem::take(&mut tokens),
                first: line,
                last: line,
            }),
            Token::Mark(')' | ']' | '}', line) => {
                let mut group = open.pop().expect("brackets are balanced");
                std::mem::swap(&mut group.tokens, &mut tokens);
                group.last = line;
                tokens.push(Token::Group(group));
            }
            token => tokens.push(token),
        }
    }
    assert!(open.is_empty(), "brackets are balanced");
    tokens
}

struct Lexer {
    text: Vec<char>,
    at: usize,
    line: usize,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> char {
        self.text.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(n, c)| self.peek(n) == c)
    }

    fn bump(&mut self) -> char {
        let c = self.peek(0);
        self.line += usize::from(c == '\n');
        self.at += 1;
        c
    }

    /// Goes on behind the next `end`.
    fn skip_to(&mut self, end: &str) {
        while self.at < self.text.len() && !self.starts_with(end) {
            self.bump();
        }
        for _ in end.chars() {
            self.bump();
        }
    }

    fn next(&mut self) -> Option<Token> {
        loop {
            if self.at >= self.text.len() {
                return None;
            } else if self.starts_with("//") {
                self.skip_to("\n");
            } else if self.starts_with("/*") {
                self.block_comment();
            } else if self.peek(0).is_whitespace() {
                self.bump();
            } else {
                break;
            }
        }
        let line = self.line;
        if let Some(hashes) = self.raw_string() {
            self.skip_to("\"");
            self.skip_to(&format!("\"{}", "#".repeat(hashes)));
            return Some(Token::Mark('"', line));
        }
        let c = self.peek(0);
        if c.is_alphabetic() || c == '_' {
            let mut word = String::new();
            while self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
                word.push(self.bump());
            }
            return Some(Token::Word(word, line));
        }
        if c == '"' || (c == '\'' && (self.peek(1) == '\\' || self.peek(2) == '\'')) {
            self.literal();
            return Some(Token::Mark('"', line));
        }
        if c.is_ascii_digit() {
            while self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
                self.bump();
            }
            return Some(Token::Mark('"', line));
        }
        Some(Token::Mark(self.bump(), line))
    }

    /// These nest.
    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.text.len() {
            if self.starts_with("/*") {
                depth += 1;
                self.bump();
            } else if self.starts_with("*/") {
                depth -= 1;
                self.bump();
            }
            self.bump();
            if depth == 0 {
                return;
            }
        }
    }

    /// The number of `#` of a raw string that begins here.
    fn raw_string(&self) -> Option<usize> {
        let prefix = ["r", "br", "cr"]
            .into_iter()
            .find(|p| self.starts_with(p))?;
        let rest = self.text.iter().skip(self.at + prefix.len());
        let hashes = rest.take_while(|c| **c == '#').count();
        (self.peek(prefix.len() + hashes) == '"').then_some(hashes)
    }

    fn literal(&mut self) {
        let quote = self.bump();
        while self.at < self.text.len() {
            match self.bump() {
                '\\' => {
                    self.bump();
                }
                c if c == quote => return,
                _ => {}
            }
        }
    }
}

#[test]
fn strings_and_comments_are_no_code() {
    let text = r##"
        // crate::a { "
        /* crate::b /* { */ } */
        fn f<'a>(x: &'a str) { ("crate::c \" {", r#"crate::d " }"#, b'\'', '{', 1.5) }
    "##;
    let words = |tokens: &[Token]| format!("{tokens:?}");
    let found = tokens(text);
    assert!(!words(&found).contains("crate"), "{found:?}");
    assert!(found[0].is_word("fn"));
    assert_eq!(found.last().map(Token::line), Some(4));
}
