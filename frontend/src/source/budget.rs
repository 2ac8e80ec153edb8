//! A bound on the size of a definition's source map.
//!
//! Daemons reject definitions of more than 4 MiB (dockerd 26.1), which includes
//! the text of each source file once. Files are shortened when the definition
//! is sent, whichever functions added the locations: only then is it known
//! which lines operations refer to.

use std::collections::BTreeMap;

use buildkit_proto::pb;
use prost::Message as _;

use super::excerpt::{self, WHOLE};

/// The largest source map in bytes. Together with the operations, and in
/// base64 in the headers of an error, it stays well below every limit.
pub(crate) const SOURCE_MAP_BYTES: usize = 1_500_000;

/// Shortens a source map to [`SOURCE_MAP_BYTES`].
///
/// Large files are always cut to the lines around the places that operations
/// refer to, and all files if they are too large together. If that does not
/// suffice, the text of the largest files is dropped, and finally all
/// locations. Clients print nothing for a location in a file without text.
pub(crate) fn limit_source_map(source: &mut pb::Source) {
    let places = places(source);
    let none = Vec::new();
    let places = |index: usize| places.get(&index).unwrap_or(&none);
    for (index, info) in source.infos.iter_mut().enumerate() {
        if info.data.len() > WHOLE {
            shorten(info, places(index));
        }
    }
    if source.encoded_len() > SOURCE_MAP_BYTES {
        for (index, info) in source.infos.iter_mut().enumerate() {
            shorten(info, places(index));
        }
    }
    drop_largest(source);
    if source.encoded_len() > SOURCE_MAP_BYTES {
        *source = pb::Source::default();
    }
}

type Lines = std::ops::RangeInclusive<usize>;

/// The lines that operations refer to, by the index of their file.
fn places(source: &pb::Source) -> BTreeMap<usize, Vec<Lines>> {
    let mut places: BTreeMap<usize, Vec<Lines>> = BTreeMap::new();
    let locations = source.locations.values().flat_map(|all| &all.locations);
    for location in locations {
        let Ok(index) = usize::try_from(location.source_index) else {
            continue;
        };
        let lines = location.ranges.iter().map(|range| {
            let line = |at: Option<pb::Position>| {
                let line = at.map_or(0, |at| at.line);
                usize::try_from(line).unwrap_or(0)
            };
            line(range.start)..=line(range.end)
        });
        places.entry(index).or_default().extend(lines);
    }
    places
}

fn shorten(info: &mut pb::SourceInfo, places: &[Lines]) {
    let text = String::from_utf8_lossy(&info.data);
    let kept = excerpt::around(&text, places.iter().cloned());
    if kept.len() < info.data.len() {
        info.data = kept.into_bytes();
    }
}

/// Drops the text of the largest files until the rest fits; of files of equal
/// size, the last ones first.
fn drop_largest(source: &mut pb::Source) {
    let mut size = source.encoded_len();
    let mut order: Vec<usize> = (0..source.infos.len()).collect();
    order.sort_by_key(|index| (source.infos[*index].data.len(), *index));
    while size > SOURCE_MAP_BYTES
        && let Some(index) = order.pop()
    {
        let data = &mut source.infos[index].data;
        size -= data.len();
        data.clear();
    }
}

#[cfg(test)]
mod tests {
    use buildkit_llb::{Definition, File, Output, at};

    use super::super::{Location, SourceFile, locations};
    use super::*;

    /// A definition of one operation for each list of places.
    fn source_map(operations: &[Vec<Location>]) -> pb::Source {
        let mut output = Output::SCRATCH;
        for (number, places) in operations.iter().enumerate() {
            let mut chain = File::on(&output).mkfile(at("/n"), 0o644, number.to_string());
            for location in locations(places) {
                chain = chain.location(location);
            }
            output = chain.output();
        }
        let mut source = Definition::new(&output).to_pb().source.unwrap();
        limit_source_map(&mut source);
        assert!(source.encoded_len() <= SOURCE_MAP_BYTES);
        source
    }

    fn text(info: &pb::SourceInfo) -> &str {
        std::str::from_utf8(&info.data).unwrap()
    }

    /// Every line of a file as a place.
    fn lines(file: &SourceFile) -> Vec<Location> {
        let mut start = 0;
        let lines = file.text().split_inclusive('\n').map(|line| {
            let place = file.at(start..start + line.len());
            start += line.len();
            place
        });
        lines.collect()
    }

    #[test]
    fn small_files_are_sent_whole() {
        let file = SourceFile::new("ml.txt", "numpy\n".repeat(1000));
        let source = source_map(&[vec![file.at(0..5)], vec![file.at(600..605)]]);
        assert_eq!(source.infos.len(), 1);
        assert_eq!(text(&source.infos[0]), file.text());
    }

    #[test]
    fn large_files_keep_the_lines_that_operations_refer_to() {
        let all = (1..=100_000).map(|n| format!("package{n:06}==1.0 --hash=sha256:0\n"));
        let file = SourceFile::new("ml.txt", all.collect::<String>());
        assert!(file.text().len() > 3 << 20);
        let places = lines(&file);
        let source = source_map(&[
            places[..40_000].to_vec(),
            places[40_000..].to_vec(),
            vec![places[99_999].clone()],
        ]);
        assert_eq!(source.infos.len(), 1);
        let kept: Vec<&str> = text(&source.infos[0]).split('\n').collect();
        for number in [1, 100, 40_001, 40_100, 99_999, 100_000] {
            assert!(kept[number - 1].starts_with(&format!("package{number:06}")));
        }
        assert_eq!(kept[20_000], "");
        assert!(source.encoded_len() < 200_000, "{}", source.encoded_len());
    }

    #[test]
    fn many_files_below_the_limit_are_shortened_together() {
        let files: Vec<SourceFile> = (0..100)
            .map(|n| SourceFile::new(format!("{n}.txt"), "numpy==1.26.4\n".repeat(4000)))
            .collect();
        let places: Vec<Vec<Location>> = files.iter().map(|f| vec![f.at(0..5)]).collect();
        let source = source_map(&places);
        assert_eq!(source.infos.len(), 100);
        assert!(
            source
                .infos
                .iter()
                .all(|info| text(info).starts_with("numpy"))
        );
    }

    #[test]
    fn the_largest_excerpts_are_dropped_first() {
        let long = format!("{}\n", "x".repeat(999)).repeat(300);
        let mut files: Vec<SourceFile> = (0..20)
            .map(|n| SourceFile::new(format!("{n}.txt"), long.as_str()))
            .collect();
        files.push(SourceFile::new("Dockerfile", "[python]\n"));
        let places: Vec<Vec<Location>> = files.iter().map(lines).collect();
        let source = source_map(&places);
        let kept = source.infos.iter().filter(|info| !info.data.is_empty());
        let names: Vec<&str> = kept.map(|info| info.filename.as_str()).collect();
        assert!(
            names.contains(&"Dockerfile") && names.contains(&"0.txt"),
            "{names:?}"
        );
        assert!(names.len() >= 7, "{names:?}");
        assert_eq!(source.locations.len(), 21);
    }

    #[test]
    fn the_number_of_locations_is_bounded() {
        let file = SourceFile::new("Dockerfile", "a\n");
        let operations = vec![vec![file.at(0..1)]; 20_000];
        source_map(&operations);
    }
}
