//! `copy` of `[app]`: files of the build context.

use toml::de::DeValue;

use crate::source::{Diagnostic, Spanned, holds_credentials};
use crate::stub::inherit::List;
use crate::stub::quote::shortened;
use crate::stub::reader::{Entry, Reader};
use crate::stub::tables::Context;
use crate::stub::words::toml_string;
use crate::stub::{Template, values};

/// Files from the build context that go into the image.
#[derive(Clone, Debug)]
pub struct Copy {
    /// A path or pattern relative to the context, as for Dockerfile's COPY.
    pub from: Spanned<String>,
    /// Where to: absolute; a trailing slash makes it a directory.
    pub to: Spanned<Template>,
    /// Mode of the files and directories; theirs where there is none.
    pub mode: Option<u32>,
}

impl Copy {
    /// Whether `from` is a pattern, which can match several files.
    pub fn is_pattern(&self) -> bool {
        is_pattern(&self.from.value)
    }
}

/// Whether a path in the build context is a pattern of Go's `filepath.Match`,
/// which BuildKit uses.
fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

pub(super) fn read(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<List<Copy>> {
    let value = entry.value.get_ref();
    let help = match value {
        DeValue::Array(_) => return r.list(entry, "tables", read_copy),
        // One table in braces; a header says how to write it by itself.
        DeValue::Table(_) => r
            .written(entry)
            .filter(|text| text.starts_with('{') && r.accepts(|r| read_copy(r, entry)))
            .map(|text| format!("write `copy = [{text}]`")),
        _ => Some(format!("write `copy = [{}]`", example(entry))),
    };
    r.wrong_type(entry, "an array of tables", help);
    None
}

/// The table that a mere path stands for, or `FROM:TO` as of a bind mount.
fn example(entry: &Entry<'_>) -> String {
    let path = entry.value.get_ref().as_str().filter(|path| {
        path.len() < crate::stub::limits::QUOTED && !path.contains('$') && !holds_credentials(path)
    });
    if let Some((from, to)) = path.and_then(|path| path.split_once(':'))
        && let (Ok(from), Ok(())) = (values::context_path(from), values::image_path(to))
    {
        let slash = if is_pattern(&from) && !to.ends_with('/') {
            "/"
        } else {
            ""
        };
        return table(&from, &format!("{to}{slash}"));
    }
    let from = path.and_then(|path| values::context_path(path).ok());
    let from = from.unwrap_or_else(|| "src".to_owned());
    let is_file_name = |part: &&str| !part.is_empty() && *part != "." && !is_pattern(part);
    let parts = from.split('/').filter(is_file_name);
    let to: Vec<&str> = std::iter::once("/app").chain(parts).collect();
    let slash = if is_pattern(&from) { "/" } else { "" };
    table(&from, &format!("{}{slash}", to.join("/")))
}

fn table(from: &str, to: &str) -> String {
    format!(
        "{{ from = {}, to = {} }}",
        toml_string(from),
        toml_string(to)
    )
}

fn read_copy(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Copy> {
    if !entry.value.get_ref().is_table() {
        let help = format!("write `{}`", example(entry));
        r.wrong_type(entry, "a table", help);
        return None;
    }
    let mut section = r.table(entry)?;
    let from = section.take("from");
    let from = r
        .required(entry, from, "from = \"src\"")
        .and_then(|e| r.parsed(&e, values::context_path));
    let to = section.take("to");
    let to = r
        .required(entry, to, "to = \"/app/src\"")
        .and_then(|e| r.path_template(&e, values::image_path));
    let mode = section.take("mode").map(|e| read_mode(r, &e));
    r.finish(
        section,
        &[
            ("owner", "files belong to the user of the image"),
            ("chown", "files belong to the user of the image"),
            ("chmod", "did you mean `mode`?"),
        ],
    );
    let (from, to) = (from?, to?);
    check_pattern(r, &from, &to)?;
    Some(Copy {
        from,
        to,
        mode: mode.unwrap_or_default(),
    })
}

/// Of several files that are copied to one path, only the last would be there.
fn check_pattern(r: &mut Reader<'_>, from: &Spanned<String>, to: &Spanned<Template>) -> Option<()> {
    let text = to.value.to_string();
    if !is_pattern(&from.value) || text.ends_with('/') {
        return Some(());
    }
    let error = Diagnostic::error("a pattern can match several files, so `to` must be a directory")
        .at(to.location.clone())
        .label("names a file")
        .related(from.location.clone(), "a pattern")
        .help(format!("write `{}/`", shortened(&text)));
    r.report(error);
    None
}

/// `mode = 755` would be the number 755, which is no mode at all.
fn read_mode(r: &mut Reader<'_>, entry: &Entry<'_>) -> Option<u32> {
    if entry.value.get_ref().is_integer() {
        let written = r.written(entry).unwrap_or_default();
        let octal = format!("0{}", written.trim_start_matches("0o"));
        let octal = if values::mode(&octal).is_ok() {
            octal
        } else {
            "0755".to_owned()
        };
        let help = format!("modes are octal: write `mode = \"{octal}\"`");
        r.wrong_type(entry, "a string", help);
        return None;
    }
    r.parsed(entry, values::mode).map(|mode| mode.value)
}

/// `src/` and `app/` under their names in the working directory.
pub(super) fn by_convention(context: &Context<'_>) -> Vec<Copy> {
    let directories = [("src", context.listing.src), ("app", context.listing.app)];
    let directories = directories.into_iter().filter(|(_, exists)| *exists);
    let copy = |(name, _): (&str, bool)| Copy {
        from: Spanned::new(name.to_owned(), context.first_line()),
        to: Spanned::new(context.level.base.below_workdir(name), context.first_line()),
        mode: None,
    };
    directories.map(copy).collect()
}
