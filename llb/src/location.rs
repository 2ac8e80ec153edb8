//! Where in the user's files an operation comes from.
//!
//! A failing step is shown with the lines that it was made from. A
//! [`SourceFile`] is shared by all its locations and written to a definition
//! once, with its text.

use std::fmt;
use std::sync::Arc;

use buildkit_proto::pb;
use prost::{DecodeError, Message as _};

use crate::canonical::source_info;

/// A file that operations come from: its name, language and text.
#[doc(alias = "SourceMap")]
#[doc(alias = "NewSourceMap")]
#[derive(Clone, PartialEq)]
pub struct SourceFile(Arc<Info>);

#[derive(Clone, PartialEq)]
struct Info {
    message: pb::SourceInfo,
    /// The file as it was read, if the message is not all of it.
    exact: Option<Vec<u8>>,
}

/// Without the text.
impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceFile")
            .field("filename", &self.filename())
            .field("language", &self.language())
            .finish_non_exhaustive()
    }
}

impl SourceFile {
    /// A file by its name, the language that GitHub's linguist names (`TOML`,
    /// `Dockerfile`), and its text.
    pub fn new(
        filename: impl Into<String>,
        language: impl Into<String>,
        data: impl Into<Vec<u8>>,
    ) -> Self {
        Self::from_pb(pb::SourceInfo {
            filename: filename.into(),
            language: language.into(),
            data: data.into(),
            definition: None,
        })
    }

    /// With the definition whose result contains the file.
    pub fn with_definition(self, definition: impl Into<pb::Definition>) -> Self {
        let mut message = Arc::unwrap_or_clone(self.0).message;
        message.definition = Some(definition.into());
        Self::from_pb(message)
    }

    /// A location in this file.
    #[doc(alias = "Location")]
    pub fn at(&self, ranges: impl IntoIterator<Item = Range>) -> Location {
        Location {
            file: self.clone(),
            ranges: ranges.into_iter().collect(),
            exact: None,
        }
    }

    /// The lines from `first` to `last`, both counted from 1 and included.
    pub fn lines(&self, first: u32, last: u32) -> Location {
        self.at([Range {
            start: Position::line(first),
            end: Position::line(last),
        }])
    }

    /// The file's name.
    pub fn filename(&self) -> &str {
        &self.info().filename
    }

    /// The file as `Warn`, errors and definitions carry it.
    pub fn to_pb(&self) -> pb::SourceInfo {
        self.info().clone()
    }

    /// The file as errors and definitions carry it.
    pub fn from_pb(info: pb::SourceInfo) -> Self {
        Self(Arc::new(Info {
            message: info,
            exact: None,
        }))
    }

    /// Reads a file, with what the message has no fields for.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let message = pb::SourceInfo::decode(bytes)?;
        let same = source_info(&message) == bytes;
        Ok(Self(Arc::new(Info {
            message,
            exact: (!same).then(|| bytes.to_vec()),
        })))
    }

    /// The file as definitions carry it.
    pub(crate) fn encode(&self) -> Vec<u8> {
        match &self.0.exact {
            Some(bytes) => bytes.clone(),
            None => source_info(self.info()),
        }
    }

    /// The file's language, as GitHub's linguist names it.
    pub fn language(&self) -> &str {
        &self.info().language
    }

    /// The file's text.
    pub fn data(&self) -> &[u8] {
        &self.info().data
    }

    pub(crate) fn info(&self) -> &pb::SourceInfo {
        &self.0.message
    }

    /// Where the value lives: the same for all clones.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }
}

/// A position in a text: lines count from 1, characters from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Position {
    /// The line, from 1.
    pub line: u32,
    /// The character in the line, from 0.
    pub character: u32,
}

impl Position {
    /// The start of a line.
    pub fn line(line: u32) -> Self {
        Self { line, character: 0 }
    }

    /// A character of a line.
    pub fn new(line: u32, character: u32) -> Self {
        Self { line, character }
    }

    /// The position as errors and definitions carry it.
    pub fn to_pb(self) -> pb::Position {
        let int = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
        pb::Position {
            line: int(self.line),
            character: int(self.character),
        }
    }

    /// The position as errors and definitions carry it; what is negative is 0.
    pub fn from_pb(position: pb::Position) -> Self {
        Self {
            line: u32::try_from(position.line).unwrap_or(0),
            character: u32::try_from(position.character).unwrap_or(0),
        }
    }
}

/// From one position in a text to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Range {
    /// The start.
    pub start: Position,
    /// The end.
    pub end: Position,
}

impl Range {
    /// The range as errors and definitions carry it.
    pub fn to_pb(self) -> pb::Range {
        pb::Range {
            start: Some(self.start.to_pb()),
            end: Some(self.end.to_pb()),
        }
    }

    /// The range as errors and definitions carry it; what is missing is 0.
    pub fn from_pb(range: &pb::Range) -> Self {
        Self {
            start: Position::from_pb(range.start.unwrap_or_default()),
            end: Position::from_pb(range.end.unwrap_or_default()),
        }
    }
}

/// Ranges in a file, which an operation comes from.
#[doc(alias = "SourceLocation")]
#[derive(Clone, Debug, PartialEq)]
pub struct Location {
    /// The file.
    pub file: SourceFile,
    /// The parts of it.
    pub ranges: Vec<Range>,
    /// The ranges as they were read, if `ranges` cannot express them.
    exact: Option<Box<[pb::Range]>>,
}

impl Location {
    fn read(file: &SourceFile, exact: Vec<pb::Range>) -> Self {
        let mut location = file.at(exact.iter().map(Range::from_pb));
        let written = location.ranges.iter().map(|range| range.to_pb());
        if !written.eq(exact.iter().copied()) {
            location.exact = Some(exact.into_boxed_slice());
        }
        location
    }

    /// The location as definitions carry it, with the number of its file there.
    pub fn to_pb(&self, source_index: i32) -> pb::Location {
        pb::Location {
            source_index,
            ranges: self.ranges_to_pb(),
        }
    }

    /// The location as definitions carry it, in the file that its number stands
    /// for.
    pub fn from_pb(file: &SourceFile, location: pb::Location) -> Self {
        Self::read(file, location.ranges)
    }

    /// The ranges as definitions carry them: as they were read, unless `ranges`
    /// has been changed since.
    fn ranges_to_pb(&self) -> Vec<pb::Range> {
        if let Some(exact) = &self.exact
            && exact
                .iter()
                .map(Range::from_pb)
                .eq(self.ranges.iter().copied())
        {
            return exact.to_vec();
        }
        self.ranges.iter().map(|range| range.to_pb()).collect()
    }
}
