//! Go's `filepath.Match`, for one part of a path.
//!
//! Iterative, and linear for a short name: a part is matched in time
//! proportional to the pattern's length times the name's.

/// A pattern without `/`, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob(Vec<Token>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// `*`: any text.
    Any,
    /// `?`: any letter.
    One,
    /// A letter, also behind `\`.
    Letter(char),
    /// `[a-z]`, or `[^a-z]`.
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Glob {
    /// Reads a pattern; what is wrong with it otherwise.
    pub(super) fn parse(pattern: &str) -> Result<Self, &'static str> {
        let mut tokens = Vec::new();
        let mut letters = pattern.chars().peekable();
        while let Some(letter) = letters.next() {
            let token = match letter {
                // Several are like one.
                '*' if tokens.last() == Some(&Token::Any) => continue,
                '*' => Token::Any,
                '?' => Token::One,
                '[' => class(&mut letters)?,
                '\\' => Token::Letter(letters.next().ok_or("nothing follows `\\`")?),
                letter => Token::Letter(letter),
            };
            tokens.push(token);
        }
        Ok(Self(tokens))
    }

    /// Whether it is for every name.
    pub(super) fn is_any(&self) -> bool {
        self.0 == [Token::Any]
    }

    /// Whether it is for this name.
    pub(super) fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut token, mut letter) = (0, 0);
        // Where the last `*` is, and how far the name is that it takes.
        let mut retry = None;
        loop {
            match (self.0.get(token), name.get(letter)) {
                (None, None) => return true,
                (Some(Token::Any), _) => {
                    token += 1;
                    retry = Some((token, letter));
                }
                (Some(one), Some(here)) if one.takes(*here) => {
                    token += 1;
                    letter += 1;
                }
                // The last `*` takes a letter more: what one before it takes
                // makes no difference.
                _ => match retry {
                    Some((behind, end)) if end < name.len() => {
                        token = behind;
                        letter = end + 1;
                        retry = Some((behind, letter));
                    }
                    _ => return false,
                },
            }
        }
    }
}

impl Token {
    fn takes(&self, letter: char) -> bool {
        match self {
            Self::Any => false,
            Self::One => true,
            Self::Letter(own) => *own == letter,
            Self::Class { negated, ranges } => {
                let mut ranges = ranges.iter();
                ranges.any(|(low, high)| (*low..=*high).contains(&letter)) != *negated
            }
        }
    }
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// What stands between brackets, and the closing one.
fn class(letters: &mut Letters<'_>) -> Result<Token, &'static str> {
    let negated = letters.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    while ranges.is_empty() || letters.next_if_eq(&']').is_none() {
        let low = bound(letters)?;
        let high = match letters.next_if_eq(&'-') {
            Some(_) => bound(letters)?,
            None => low,
        };
        ranges.push((low, high));
    }
    Ok(Token::Class { negated, ranges })
}

fn bound(letters: &mut Letters<'_>) -> Result<char, &'static str> {
    match letters.next() {
        None => Err("`[` has no `]`"),
        Some('-' | ']') => Err("`-` and `]` must be escaped with `\\` in `[…]`"),
        Some('\\') => letters.next().ok_or("nothing follows `\\`"),
        Some(letter) => Ok(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Glob::parse(pattern).is_ok_and(|glob| glob.matches(name))
    }

    /// Cases of Go's `path/filepath/match_test.go`, without those with `/`.
    #[test]
    fn as_in_go() {
        for (pattern, name, expected) in [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*c", "abc", true),
            ("a*", "a", true),
            ("a*", "abc", true),
            ("a*b*c*d*e*", "axbxcxdxe", true),
            ("a*b*c*d*e*", "axbxcxdxexxx", true),
            ("a*b?c*x", "abxbbxdbxebxczzx", true),
            ("a*b?c*x", "abxbbxdbxebxczzy", false),
            ("ab[c]", "abc", true),
            ("ab[b-d]", "abc", true),
            ("ab[e-g]", "abc", false),
            ("ab[^c]", "abc", false),
            ("ab[^b-d]", "abc", false),
            ("ab[^e-g]", "abc", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "ab", false),
            ("a?b", "a☺b", true),
            ("a[^a]b", "a☺b", true),
            ("a???b", "a☺b", false),
            ("[a-ζ]*", "α", true),
            ("*[a-ζ]", "A", false),
            ("[\\]a]", "]", true),
            ("[\\-]", "-", true),
            ("[x\\-]", "x", true),
            ("[x\\-]", "z", false),
            ("[\\-x]", "-", true),
            ("*x", "xxx", true),
            ("**", "", true),
            ("", "", true),
            ("", "a", false),
            ("?", "", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
        for pattern in [
            "[]a]", "[-]", "[x-]", "[-x]", "[", "[^", "[^bc", "a[", "a\\",
        ] {
            assert!(Glob::parse(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let started = std::time::Instant::now();
        let name = "a".repeat(200);
        assert!(!matches(&("*a".repeat(400) + "b"), &name));
        assert!(matches(&"*".repeat(2 << 20), &name));
        assert!(!matches(&"?*".repeat(1 << 20), &name));
        // Without its bounds, matching takes hours; debug builds on a busy
        // machine take seconds.
        let limit = if cfg!(debug_assertions) { 20_000 } else { 100 };
        assert!(started.elapsed().as_millis() < limit);
    }
}
