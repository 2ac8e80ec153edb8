//! Environment markers (PEP 508), evaluated for the image that is built,
//! never for the machine that builds it.
//!
//! ```text
//! marker = and ('or' and)*
//! and    = term ('and' term)*
//! term   = '(' marker ')' | value operator value
//! value  = 'text' | "text" | variable
//! ```
//!
//! Comparisons are those of `packaging`, which pip uses: by PEP 440 where the
//! variable is a version, as texts otherwise, `in` always as texts. Versions
//! are `pep440_rs`'s; the grammar is here because `pep508_rs` 0.9 panics on
//! texts that users can write (a letter that is not ASCII behind a
//! comparison, `'a' ~= os_name`), reads `~= '3.10.0'` as `~= '3.10'`, and
//! drops comparisons that it does not understand.
//!
//! Decided where only a running interpreter knows: the full version is
//! `MINOR.0` (markers that tell patch releases apart are rare, and the base
//! image's patch release must not decide what is installed);
//! `platform_release` and `platform_version`, which name a kernel, are empty.

use std::ops::Range;
use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifier};

use super::Target;

/// How deep parentheses nest: far more than anybody writes, far less than a
/// stack holds.
const DEPTH: usize = 64;

/// A marker, ready to be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// All of them.
    And(Vec<Marker>),
    /// One of them.
    Or(Vec<Marker>),
    /// A comparison of two texts.
    Text(Value, Operator, Value),
    /// A comparison of two versions, of which one is fixed.
    Version(Comparison),
}

/// A comparison by PEP 440.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// `python_version >= "3.9"`.
    Variable(Variable, VersionSpecifier),
    /// `"3.9" <= python_version`: the specifier is made of the variable.
    Fixed(Version, Operator, Variable),
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Fixed(String),
    Variable(Variable),
}

/// The name of a value of the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    ImplementationName,
    ImplementationVersion,
    OsName,
    PlatformMachine,
    PlatformPythonImplementation,
    PlatformRelease,
    PlatformSystem,
    PlatformVersion,
    PythonFullVersion,
    PythonVersion,
    SysPlatform,
    Extra,
}

/// The names, those of PEP 345 included, which old packages still use.
const VARIABLES: &[(&str, Variable)] = &[
    ("implementation_name", Variable::ImplementationName),
    ("implementation_version", Variable::ImplementationVersion),
    ("os_name", Variable::OsName),
    ("os.name", Variable::OsName),
    ("platform_machine", Variable::PlatformMachine),
    ("platform.machine", Variable::PlatformMachine),
    (
        "platform_python_implementation",
        Variable::PlatformPythonImplementation,
    ),
    (
        "platform.python_implementation",
        Variable::PlatformPythonImplementation,
    ),
    (
        "python_implementation",
        Variable::PlatformPythonImplementation,
    ),
    ("platform_release", Variable::PlatformRelease),
    ("platform_system", Variable::PlatformSystem),
    ("platform_version", Variable::PlatformVersion),
    ("platform.version", Variable::PlatformVersion),
    ("python_full_version", Variable::PythonFullVersion),
    ("python_version", Variable::PythonVersion),
    ("sys_platform", Variable::SysPlatform),
    ("sys.platform", Variable::SysPlatform),
    ("extra", Variable::Extra),
];

/// The names that are worth suggesting.
fn known() -> impl Iterator<Item = &'static str> {
    let old = |name: &str| name.contains('.') || name == "python_implementation";
    VARIABLES
        .iter()
        .map(|(name, _)| *name)
        .filter(move |name| !old(name))
}

impl Variable {
    fn is_version(self) -> bool {
        matches!(
            self,
            Self::ImplementationVersion | Self::PythonFullVersion | Self::PythonVersion
        )
    }
}

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    In,
    NotIn,
    /// `==`, and `===` between texts.
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Compatible,
    Exact,
}

impl Operator {
    fn symbol(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::NotIn => "not in",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Compatible => "~=",
            Self::Exact => "===",
        }
    }

    fn compares(self, left: &str, right: &str) -> bool {
        match self {
            Self::In => right.contains(left),
            Self::NotIn => !right.contains(left),
            Self::Equal | Self::Exact => left == right,
            Self::NotEqual => left != right,
            Self::Less => left < right,
            Self::LessEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterEqual => left >= right,
            Self::Compatible => false,
        }
    }
}

/// The values of the variables for one target.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    machine: String,
    minor: String,
    full: String,
}

impl From<&Target> for Environment {
    fn from(target: &Target) -> Self {
        Self {
            machine: machine(
                target.platform.architecture(),
                target.platform.variant().unwrap_or_default(),
            ),
            minor: target.python.to_string(),
            full: format!("{}.0", target.python),
        }
    }
}

/// What `uname -m` says on a machine of an architecture.
fn machine(architecture: &str, variant: &str) -> String {
    match (architecture, variant) {
        ("amd64", _) => "x86_64",
        ("arm64", _) => "aarch64",
        ("386", _) => "i686",
        ("arm", "v5") => "armv5tel",
        ("arm", "v6") => "armv6l",
        ("arm", _) => "armv7l",
        ("loong64", _) => "loongarch64",
        // ppc64le, s390x and riscv64 are called the same.
        (other, _) => other,
    }
    .to_owned()
}

impl Environment {
    fn get(&self, variable: Variable) -> &str {
        match variable {
            Variable::ImplementationName => "cpython",
            Variable::OsName => "posix",
            Variable::PlatformMachine => &self.machine,
            Variable::PlatformPythonImplementation => "CPython",
            Variable::PlatformSystem => "Linux",
            Variable::SysPlatform => "linux",
            Variable::PythonVersion => &self.minor,
            Variable::PythonFullVersion | Variable::ImplementationVersion => &self.full,
            // Requirement files ask for no extra.
            Variable::PlatformRelease | Variable::PlatformVersion | Variable::Extra => "",
        }
    }

    fn value<'a>(&'a self, value: &'a Value) -> &'a str {
        match value {
            Value::Fixed(text) => text,
            Value::Variable(variable) => self.get(*variable),
        }
    }
}

impl Marker {
    /// Reads one.
    pub(super) fn parse(text: &str) -> Result<Self, Mistake> {
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

    /// Whether it holds.
    pub(super) fn holds(&self, environment: &Environment) -> bool {
        match self {
            Self::And(all) => all.iter().all(|one| one.holds(environment)),
            Self::Or(any) => any.iter().any(|one| one.holds(environment)),
            Self::Text(left, operator, right) => {
                operator.compares(environment.value(left), environment.value(right))
            }
            Self::Version(Comparison::Variable(variable, specifier)) => {
                Version::from_str(environment.get(*variable))
                    .is_ok_and(|version| specifier.contains(&version))
            }
            Self::Version(Comparison::Fixed(version, operator, variable)) => {
                specifier(*operator, environment.get(*variable))
                    .is_ok_and(|specifier| specifier.contains(version))
            }
        }
    }
}

fn specifier(operator: Operator, version: &str) -> Result<VersionSpecifier, String> {
    VersionSpecifier::from_str(&format!("{}{version}", operator.symbol()))
        .map_err(|error| error.to_string())
}

/// What is wrong with a marker, and where in its text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) span: Range<usize>,
    pub(super) label: String,
    pub(super) help: Option<String>,
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
        let mut mistake = Mistake::new(
            span,
            format!("{} is no variable", super::parse::quote(name)),
        );
        mistake.help = Some(match super::parse::nearest(name, known()) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PythonVersion;

    fn environment(platform: &str, minor: u8) -> Environment {
        Environment::from(&Target {
            platform: platform.parse().unwrap(),
            python: PythonVersion { major: 3, minor },
        })
    }

    fn holds(marker: &str) -> bool {
        Marker::parse(marker)
            .unwrap()
            .holds(&environment("linux/arm64", 11))
    }

    const TRUE: &[&str] = &[
        "python_version >= '3.9'",
        "python_version < \"3.12\"",
        "python_version == '3.11'",
        "python_version == '3.*'",
        "python_version ~= '3.9'",
        "python_version > '3.9' and python_version < '3.100'",
        "'3.9' < python_version",
        "'3.11.5' > python_version",
        "python_full_version == '3.11.0'",
        "implementation_version >= '3.11'",
        "sys_platform == 'linux'",
        "sys.platform=='linux'",
        "sys_platform != 'win32'",
        "os_name == 'posix'",
        "platform_system == 'Linux'",
        "platform_machine == 'aarch64'",
        "platform_machine in 'arm64 aarch64'",
        "'64' in platform_machine",
        "'86' not  in platform_machine",
        "implementation_name == 'cpython'",
        "platform_python_implementation == 'CPython'",
        "python_implementation == 'CPython'",
        "extra != 'dev'",
        "platform_release == ''",
        "(python_version < '3') or (sys_platform == 'linux')",
        "os_name == 'nt' and os_name == 'nt' or os_name == 'posix'",
        "os_name == 'posix' or os_name == 'nt' and os_name == 'nt'",
        "((((os_name=='posix'))))and sys_platform=='linux'",
        "python_version in '3.10,3.11'",
    ];

    const FALSE: &[&str] = &[
        "python_version >= '3.12'",
        "python_version == '3.1'",
        "python_full_version ~= '3.10.0'",
        "python_full_version >= '3.11.4'",
        "sys_platform == 'win32'",
        "sys_platform == 'darwin' and platform_machine == 'arm64'",
        "platform_machine == 'x86_64'",
        "platform_machine == 'arm64'",
        "extra == 'dev'",
        "'nt' == os_name",
        "(os_name == 'posix' or os_name == 'nt') and os_name == 'nt'",
        "platform_release >= '5.0'",
        "python_version not in '3.10 3.11'",
    ];

    #[test]
    fn markers_hold_for_the_target() {
        for marker in TRUE {
            assert!(holds(marker), "{marker}");
        }
        for marker in FALSE {
            assert!(!holds(marker), "{marker}");
        }
    }

    /// The crate and this module agree, except where the crate is wrong.
    #[test]
    fn pep508_rs_agrees() {
        let builder = pep508_rs::MarkerEnvironmentBuilder {
            implementation_name: "cpython",
            implementation_version: "3.11.0",
            os_name: "posix",
            platform_machine: "aarch64",
            platform_python_implementation: "CPython",
            platform_release: "",
            platform_system: "Linux",
            platform_version: "",
            python_full_version: "3.11.0",
            python_version: "3.11",
            sys_platform: "linux",
        };
        let environment = pep508_rs::MarkerEnvironment::try_from(builder).unwrap();
        let wrong = [
            "python_full_version ~= '3.10.0'",
            "python_version in '3.10,3.11'",
        ];
        for marker in TRUE.iter().chain(FALSE).filter(|m| !wrong.contains(m)) {
            let tree: pep508_rs::MarkerTree = marker.parse().unwrap();
            assert_eq!(tree.evaluate(&environment, &[]), holds(marker), "{marker}");
        }
    }

    #[test]
    fn machines_are_named_as_uname_names_them() {
        for (platform, machine) in [
            ("linux/amd64", "x86_64"),
            ("linux/amd64/v3", "x86_64"),
            ("linux/arm64", "aarch64"),
            ("linux/arm/v7", "armv7l"),
            ("linux/arm/v6", "armv6l"),
            ("linux/ppc64le", "ppc64le"),
            ("linux/s390x", "s390x"),
            ("linux/riscv64", "riscv64"),
            ("linux/386", "i686"),
        ] {
            assert_eq!(environment(platform, 11).machine, machine, "{platform}");
        }
    }

    #[test]
    fn mistakes_have_a_place() {
        for (marker, place) in [
            ("", ""),
            ("python_version", ""),
            ("python_versoin > '3'", "python_versoin"),
            ("python_version > '3", "'3"),
            ("python_version > 3", "3"),
            ("python_version > '3.x'", "'3.x'"),
            ("'3.x' < python_version", "'3.x' < "),
            ("'a' ~= os_name", "'a' ~= os_name"),
            ("os_name ~= 'a'", "os_name ~= 'a'"),
            ("'a' == 'a'", "'a' == 'a'"),
            ("os_name == sys_platform", "os_name == sys_platform"),
            ("os_name == 'a' é", "é"),
            ("os_name == 'a' && os_name == 'b'", "&"),
            ("os_name == 'a' AND os_name == 'b'", "AND"),
            ("(os_name == 'a'", "("),
            ("os_name == 'a')", ")"),
            ("os_name is 'a'", "is"),
            ("os_name not 'a'", "not"),
        ] {
            let mistake = Marker::parse(marker).unwrap_err();
            assert_eq!(
                &marker[mistake.span.clone()],
                place,
                "{marker}: {mistake:?}"
            );
        }
    }

    #[test]
    fn deep_and_long_markers_end() {
        let deep = "(".repeat(100_000);
        assert!(Marker::parse(&deep).is_err());
        let long = vec!["os_name == 'posix'"; 50_000].join(" and ");
        assert!(holds(&long));
    }
}
