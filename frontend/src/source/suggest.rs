//! "Did you mean …?": the known name that is nearest to a mistyped one.
//!
//! One metric for keys, names, options, targets and files. Names are compared
//! without regard to case and with all separators alike (`work-dir` is
//! `WORK_DIR`), by their optimal string alignment distance: letters inserted,
//! left out, replaced, or swapped with their neighbour, which is what typing
//! gets wrong. A third of the letters of the longer name may differ, and one
//! always may, but never all of the shorter one. A name that begins with the
//! other is near as well, since people shorten names (`health` for
//! `healthcheck`) and write them out (`environment` for `env`).

/// Longer names are not compared, since that takes quadratic time.
const MAX_CHARS: usize = 100;

/// How many names are compared: a stub can declare ten thousand, and mistype as
/// many.
const MAX_NAMES: usize = 1000;

/// The known name that is nearest to `text`, if any is near; the first of
/// equally near ones.
pub fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_by(text, known, |name| name)
}

/// The known path whose file name is nearest to that of `path`. Directories
/// and extensions are not compared: what paths share would make any two near.
pub(crate) fn nearest_file<'a>(
    path: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let known = known.into_iter().filter(|known| *known != path);
    nearest_by(stem(path), known, stem)
}

/// The known text whose name is nearest.
fn nearest_by<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
    name_of: impl Fn(&'a str) -> &'a str,
) -> Option<&'a str> {
    let name = Name::new(name)?;
    known
        .into_iter()
        .take(MAX_NAMES)
        .filter_map(|known| Some((name.distance(&Name::new(name_of(known))?)?, known)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// The nearest name as help, or another text where none is near.
pub(crate) fn did_you_mean<'a>(
    text: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    nearest(text, known).map_or_else(otherwise, |name| format!("did you mean `{name}`?"))
}

fn stem(path: &str) -> &str {
    let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}

/// A name as it is compared.
struct Name {
    text: String,
    chars: usize,
}

/// How far apart two names are: edits first, then beginnings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    Edits(usize),
    /// One begins with the other, and has so many characters more.
    Beginning(usize),
}

impl Name {
    fn new(text: &str) -> Option<Self> {
        // Cheap for text of any length; a byte is at most a character.
        if text.len() > MAX_CHARS * 4 {
            return None;
        }
        let text: String = text
            .chars()
            .flat_map(char::to_lowercase)
            .map(|c| if is_separator(c) { '-' } else { c })
            .collect();
        let chars = text.chars().count();
        (1..=MAX_CHARS)
            .contains(&chars)
            .then_some(Self { text, chars })
    }

    fn distance(&self, other: &Self) -> Option<Distance> {
        let (shorter, longer) = if self.chars <= other.chars {
            (self, other)
        } else {
            (other, self)
        };
        let more = longer.chars - shorter.chars;
        let allowed = (longer.chars / 3).max(1);
        // The distance is at least the difference of the lengths.
        if more <= allowed {
            let edits = strsim::osa_distance(&shorter.text, &longer.text);
            if edits <= allowed && edits < shorter.chars {
                return Some(Distance::Edits(edits));
            }
        }
        let rest = longer.text.strip_prefix(&shorter.text)?;
        (shorter.chars >= 3 || rest.starts_with('-')).then_some(Distance::Beginning(more))
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, '-' | '_' | '.' | ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors() {
        let known = ["image", "apt", "user", "workdir"];
        for (text, meant) in [
            ("imgae", "image"),
            ("imag", "image"),
            ("images", "image"),
            ("Image", "image"),
            ("atp", "apt"),
            ("work_dir", "workdir"),
            ("workdri", "workdir"),
        ] {
            assert_eq!(nearest(text, known), Some(meant), "{text}");
        }
    }

    #[test]
    fn separators_and_case_do_not_count() {
        let known = ["extra-index-url", "TORCH_VERSION"];
        assert_eq!(nearest("extra_index_url", known), Some("extra-index-url"));
        assert_eq!(nearest("torch.version", known), Some("TORCH_VERSION"));
    }

    #[test]
    fn shortened_and_written_out_names() {
        let known = ["healthcheck", "env", "requirements", "ml-gpu"];
        assert_eq!(nearest("health", known), Some("healthcheck"));
        assert_eq!(nearest("environment", known), Some("env"));
        assert_eq!(nearest("requirements-file", known), Some("requirements"));
        assert_eq!(nearest("ml", known), Some("ml-gpu"));
        // Two letters are the beginning of too much.
        assert_eq!(nearest("he", known), None);
    }

    #[test]
    fn nothing_is_near() {
        let known = ["image", "apt", "user", "workdir"];
        for text in ["entrypoint", "", "a", "u", "x", "base", "packages"] {
            assert_eq!(nearest(text, known), None, "{text}");
        }
        assert_eq!(nearest("a", ["b"]), None);
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn the_nearest_wins_and_the_first_of_equals() {
        assert_eq!(nearest("cpu", ["gpu", "cpu2", "cp"]), Some("gpu"));
        assert_eq!(nearest("torch", ["torch-cuda", "porch"]), Some("porch"));
        assert_eq!(nearest("layer", ["layer-two", "layer-b"]), Some("layer-b"));
    }

    #[test]
    fn files_are_compared_by_their_stems() {
        let known = [
            "requirements/cpu.txt",
            "requirements/ml-gpu.txt",
            "dev/ml.in",
        ];
        let near = |path| nearest_file(path, known);
        assert_eq!(near("requirements/ml.txt"), Some("dev/ml.in"));
        assert_eq!(
            near("requirements/ml-gup.txt"),
            Some("requirements/ml-gpu.txt")
        );
        assert_eq!(near("requirements/cpu"), Some("requirements/cpu.txt"));
        assert_eq!(near("requirements/app.txt"), None);
        assert_eq!(near("requirements/a.txt"), None);
        assert_eq!(nearest_file("a/b.txt", ["a/b.txt"]), None);
    }

    #[test]
    fn the_first_thousand_names_are_compared() {
        let near = |others: usize| {
            let names: Vec<String> = (0..others).map(|n| format!("{n:0>4}.txt")).collect();
            let names = names.iter().map(String::as_str).chain(["cpus.txt"]);
            (
                nearest("cpu.txt", names.clone()).is_some(),
                nearest_file("cpu.txt", names).is_some(),
            )
        };
        assert_eq!(near(999), (true, true));
        assert_eq!(near(1000), (false, false));
    }

    #[test]
    fn long_names_are_not_compared() {
        let long = "x".repeat(1 << 20);
        let start = std::time::Instant::now();
        assert_eq!(nearest(&long, ["image", long.as_str()]), None);
        let names: Vec<String> = (0..1000).map(|n| format!("{n:0>90}")).collect();
        let names = names.iter().map(String::as_str);
        assert_eq!(nearest("a-short-name", names), None);
        // Without the bounds, 1 MiB against 1 MiB takes hours.
        assert!(start.elapsed().as_secs() < 10);
    }
}
