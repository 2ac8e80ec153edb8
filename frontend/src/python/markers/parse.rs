//! Reads markers.
//!
//! ```text
//! marker = and ('or' and)*
//! and    = term ('and' term)*
//! term   = '(' marker ')' | value operator value
//! value  = 'text' | "text" | variable
//! ```
//!
//! The grammar is here because `pep508_rs` 0.9 panics on texts that users can
//! write (a letter that is not ASCII behind a comparison, `'a' ~= os_name`),
//! reads `~= '3.10.0'` as `~= '3.10'`, and drops comparisons that it does not
//! understand.

use std::ops::Range;

use super::environment::{VARIABLES, Variable, known};
use super::{Comparison, Marker, Operator};
use crate::python::text::quote;
use crate::source::nearest;

/// How deep parentheses may nest: far deeper than anybody writes them, and far
/// less deep than overflows the stack.
pub(in crate::python) const DEPTH: usize = 64;

impl Marker {
    /// Reads one.
    pub(in crate::python) fn parse(text: &str) -> Result<Self, MarkerError> {
        let mut parser = Parser { text, at: 0 };
        let marker = parser.any(0)?;
        parser.space();
        if parser.rest().is_empty() {
            return Ok(marker);
        }
        let word = parser.word();
        let mut error = MarkerError::new(word, "expected `and` or `or`");
        if parser.rest().starts_with('#') {
            error.help = Some("a comment needs a space in front of its `#`".to_owned());
        }
        Err(error)
    }
}

/// Why a text is not a marker, and where in it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::python) struct MarkerError {
    pub(in crate::python) span: Range<usize>,
    pub(in crate::python) label: String,
    pub(in crate::python) help: Option<String>,
}

impl MarkerError {
    fn new(span: Range<usize>, label: impl Into<String>) -> Self {
        Self {
            span,
            label: label.into(),
            help: None,
        }
    }

    fn help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }
}

/// One side of a comparison.
enum Value {
    Fixed(String),
    Variable(Variable),
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn any(&mut self, depth: usize) -> Result<Marker, MarkerError> {
        let mut list = vec![self.all(depth)?];
        while self.keyword("or") {
            list.push(self.all(depth)?);
        }
        Ok(one_or(list, Marker::Or))
    }

    fn all(&mut self, depth: usize) -> Result<Marker, MarkerError> {
        let mut list = vec![self.term(depth)?];
        while self.keyword("and") {
            list.push(self.term(depth)?);
        }
        Ok(one_or(list, Marker::And))
    }

    fn term(&mut self, depth: usize) -> Result<Marker, MarkerError> {
        self.space();
        let open = self.at;
        if !self.eat("(") {
            return self.comparison();
        }
        if depth == DEPTH {
            return Err(MarkerError::new(
                open..open + 1,
                "parentheses nest too deep",
            ));
        }
        let inner = self.any(depth + 1)?;
        self.space();
        if self.eat(")") {
            Ok(inner)
        } else {
            Err(MarkerError::new(open..open + 1, "unclosed parenthesis"))
        }
    }

    fn comparison(&mut self) -> Result<Marker, MarkerError> {
        let start = self.at;
        let left = self.value()?;
        self.space();
        let operator = self.operator()?;
        self.space();
        let right = self.value()?;
        let span = start..self.at;
        let (variable, fixed, reversed) = match (left, right) {
            (Value::Variable(variable), Value::Fixed(fixed)) => (variable, fixed, false),
            (Value::Fixed(fixed), Value::Variable(variable)) => (variable, fixed, true),
            (Value::Fixed(_), Value::Fixed(_)) => {
                let error = MarkerError::new(span, "it compares two quoted texts");
                return Err(
                    error.help("compare a variable, without quotes: `os_name == \"posix\"`")
                );
            }
            (Value::Variable(_), Value::Variable(_)) => {
                let error = MarkerError::new(span, "it compares two variables");
                return Err(error.help("quote the text: `sys_platform == \"linux\"`"));
            }
        };
        Comparison::new(variable, operator, fixed, reversed)
            .map(Marker::Compare)
            .ok_or_else(|| {
                let symbol = operator.symbol();
                if variable.is_version() {
                    return MarkerError::new(
                        span,
                        format!("`{symbol}` needs a version of two parts"),
                    )
                    .help("write a version such as `\"3.11\"`, or `>=`");
                }
                MarkerError::new(span, format!("`{symbol}` compares versions only"))
                    .help("write `==`")
            })
    }

    fn value(&mut self) -> Result<Value, MarkerError> {
        let start = self.at;
        let rest = self.rest();
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            let Some(length) = rest[1..].find(quote) else {
                return Err(MarkerError::new(start..self.text.len(), "unclosed quote"));
            };
            self.at += length + 2;
            let text = &rest[1..=length];
            let backslashes = text.len() - text.trim_end_matches('\\').len();
            if backslashes % 2 == 1 {
                // Python reads the quote as a part of the text.
                return Err(MarkerError::new(start..self.at, "unclosed quote"));
            }
            return Ok(Value::Fixed(text.to_owned()));
        }
        let span = self.word();
        let name = &self.text[span.clone()];
        if let Some((_, variable)) = VARIABLES.iter().find(|(known, _)| *known == name) {
            self.at = span.end;
            return Ok(Value::Variable(*variable));
        }
        if span.is_empty() {
            return Err(MarkerError::new(
                start..start,
                "expected a variable or a quoted text",
            ));
        }
        let mut error = MarkerError::new(span, format!("unknown variable {}", quote(name)));
        error.help = Some(match nearest(name, known()) {
            Some(known) => format!("did you mean `{known}`? A text is quoted"),
            None if name.starts_with(|c: char| c.is_ascii_digit()) => {
                "quote the version: `python_version >= \"3.9\"`".to_owned()
            }
            None => {
                let names: Vec<&str> = known().collect();
                format!(
                    "a text stands in quotes; variables are {}",
                    names.join(", ")
                )
            }
        });
        Err(error)
    }

    fn operator(&mut self) -> Result<Operator, MarkerError> {
        // The longer ones first.
        for operator in [
            Operator::Exact,
            Operator::Equal,
            Operator::NotEqual,
            Operator::LessEqual,
            Operator::GreaterEqual,
            Operator::Compatible,
            Operator::Less,
            Operator::Greater,
        ] {
            if self.eat(operator.symbol()) {
                return Ok(operator);
            }
        }
        if self.keyword("in") {
            return Ok(Operator::In);
        }
        let start = self.at;
        if self.keyword("not") && self.keyword("in") {
            return Ok(Operator::NotIn);
        }
        self.at = start;
        let span = self.word();
        let error = MarkerError::new(span, "expected an operator");
        Err(error.help("operators are ==, !=, <, <=, >, >=, ~=, in, not in"))
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// A word of letters, and not the start of a longer one.
    fn keyword(&mut self, word: &str) -> bool {
        let start = self.at;
        self.space();
        if self.eat(word)
            && !self
                .rest()
                .starts_with(|c: char| c.is_alphanumeric() || c == '_')
        {
            return true;
        }
        self.at = start;
        false
    }

    /// The place of the next word, or of the one character that is none.
    fn word(&self) -> Range<usize> {
        let rest = self.rest();
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
        let length = match rest.find(|c| !is_word(c)) {
            Some(0) => rest.chars().next().map_or(0, char::len_utf8),
            Some(length) => length,
            None => rest.len(),
        };
        self.at..self.at + length
    }
}

fn one_or(mut list: Vec<Marker>, many: fn(Vec<Marker>) -> Marker) -> Marker {
    if list.len() == 1 {
        list.remove(0)
    } else {
        many(list)
    }
}
