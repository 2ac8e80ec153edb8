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
use std::str::FromStr;

use pep440_rs::Version;

use super::environment::{VARIABLES, known};
use super::{Comparison, Marker, Operator, Value, specifier};
use crate::python::requirements_txt::parse::quote;
use crate::source::nearest;

/// How deep parentheses nest: far more than anybody writes, far less than a
/// stack holds.
const DEPTH: usize = 64;

impl Marker {
    /// Reads one.
    pub(in crate::python) fn parse(text: &str) -> Result<Self, Mistake> {
        let mut parser = Parser { text, at: 0 };
        let marker = parser.any(0)?;
        parser.space();
        if parser.rest().is_empty() {
            return Ok(marker);
        }
        let word = parser.word();
        let mut mistake = Mistake::new(word, "only `and` or `or` can follow");
        if parser.rest().starts_with('#') {
            mistake.help = Some("a comment needs a space in front of its `#`".to_owned());
        }
        Err(mistake)
    }
}

/// What is wrong with a marker, and where in its text.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::python) struct Mistake {
    pub(in crate::python) span: Range<usize>,
    pub(in crate::python) label: String,
    pub(in crate::python) help: Option<String>,
}

impl Mistake {
    fn new(span: Range<usize>, label: impl Into<String>) -> Self {
        Self {
            span,
            label: label.into(),
            help: None,
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn any(&mut self, depth: usize) -> Result<Marker, Mistake> {
        let mut list = vec![self.all(depth)?];
        while self.keyword("or") {
            list.push(self.all(depth)?);
        }
        Ok(one_or(list, Marker::Or))
    }

    fn all(&mut self, depth: usize) -> Result<Marker, Mistake> {
        let mut list = vec![self.term(depth)?];
        while self.keyword("and") {
            list.push(self.term(depth)?);
        }
        Ok(one_or(list, Marker::And))
    }

    fn term(&mut self, depth: usize) -> Result<Marker, Mistake> {
        self.space();
        let open = self.at;
        if !self.eat("(") {
            return self.comparison();
        }
        if depth == DEPTH {
            return Err(Mistake::new(open..open + 1, "parentheses nest too deep"));
        }
        let inner = self.any(depth + 1)?;
        self.space();
        if self.eat(")") {
            Ok(inner)
        } else {
            Err(Mistake::new(
                open..open + 1,
                "a parenthesis is never closed",
            ))
        }
    }

    fn comparison(&mut self) -> Result<Marker, Mistake> {
        let start = self.at;
        let left = self.value()?;
        self.space();
        let operator = self.operator()?;
        self.space();
        let right_start = self.at;
        let right = self.value()?;
        let span = start..self.at;
        let no_version = |error: String, side: Range<usize>| {
            Mistake::new(side, format!("no version to compare with: {error}"))
        };
        match (&left, &right) {
            (Value::Fixed(_), Value::Fixed(_)) => {
                Err(Mistake::new(span, "it compares two fixed texts"))
            }
            (Value::Variable(_), Value::Variable(_)) => {
                let mut mistake = Mistake::new(span, "it compares two variables");
                mistake.help =
                    Some("a text stands in quotes: sys_platform == \"linux\"".to_owned());
                Err(mistake)
            }
            (_, _) if matches!(operator, Operator::In | Operator::NotIn) => {
                Ok(Marker::Text(left, operator, right))
            }
            (Value::Variable(variable), Value::Fixed(version)) if variable.is_version() => {
                specifier(operator, version)
                    .map(|specifier| Marker::Version(Comparison::Variable(*variable, specifier)))
                    .map_err(|error| no_version(error, right_start..span.end))
            }
            (Value::Fixed(version), Value::Variable(variable)) if variable.is_version() => {
                Version::from_str(version)
                    .map(|version| Marker::Version(Comparison::Fixed(version, operator, *variable)))
                    .map_err(|error| no_version(error.to_string(), start..right_start))
            }
            _ if operator == Operator::Compatible => {
                Err(Mistake::new(span, "`~=` compares versions only"))
            }
            _ => Ok(Marker::Text(left, operator, right)),
        }
    }

    fn value(&mut self) -> Result<Value, Mistake> {
        let start = self.at;
        let rest = self.rest();
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            let Some(length) = rest[1..].find(quote) else {
                return Err(Mistake::new(
                    start..self.text.len(),
                    "a quote is never closed",
                ));
            };
            self.at += length + 2;
            return Ok(Value::Fixed(rest[1..=length].to_owned()));
        }
        let span = self.word();
        let name = &self.text[span.clone()];
        if let Some((_, variable)) = VARIABLES.iter().find(|(known, _)| *known == name) {
            self.at = span.end;
            return Ok(Value::Variable(*variable));
        }
        if span.is_empty() {
            return Err(Mistake::new(
                start..start,
                "a variable or a quoted text is missing",
            ));
        }
        let mut mistake = Mistake::new(span, format!("{} is no variable", quote(name)));
        mistake.help = Some(match nearest(name, known()) {
            Some(known) => format!("did you mean `{known}`? A text stands in quotes"),
            None if name.starts_with(|c: char| c.is_ascii_digit()) => {
                "a version stands in quotes: python_version >= \"3.9\"".to_owned()
            }
            None => {
                let names: Vec<&str> = known().collect();
                format!(
                    "a text stands in quotes; variables are {}",
                    names.join(", ")
                )
            }
        });
        Err(mistake)
    }

    fn operator(&mut self) -> Result<Operator, Mistake> {
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
        Err(Mistake::new(
            span,
            "it needs one of == != < <= > >= ~= in, not in",
        ))
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
