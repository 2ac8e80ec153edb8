//! The source files of a definition, and the numbers by which locations refer to
//! them.

use std::collections::HashMap;

use crate::digest::Digest;
use crate::location::SourceFile;

/// Source files in the order of their numbers.
#[derive(Clone, Default)]
pub(crate) struct Files {
    in_order: Vec<SourceFile>,
    by_address: HashMap<usize, i32>,
    by_content: HashMap<Content, Vec<i32>>,
}

/// Name, language and text: what makes source files equal for Go's client
/// (`equalSourceMap`), unless both have different definitions.
type Content = (String, String, Digest);

impl Files {
    /// Files that were read: each keeps its number, used or not, equal or not.
    pub(crate) fn read(read: impl IntoIterator<Item = SourceFile>) -> Self {
        let mut files = Self::default();
        for file in read {
            let number = files.push(&file);
            files.by_address.insert(file.address(), number);
        }
        files
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.in_order.is_empty()
    }

    pub(crate) fn get(&self, number: i32) -> Option<&SourceFile> {
        self.in_order.get(usize::try_from(number).ok()?)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &SourceFile> {
        self.in_order.iter()
    }

    /// The number of a file that has been added; equal files have the same one.
    pub(crate) fn number(&self, file: &SourceFile) -> i32 {
        self.by_address.get(&file.address()).copied().unwrap_or(0)
    }

    /// Adds a file unless it, or an equal one, is there.
    pub(crate) fn add(&mut self, file: &SourceFile) {
        if self.by_address.contains_key(&file.address()) {
            return;
        }
        let info = file.info();
        let content = (
            info.filename.clone(),
            info.language.clone(),
            Digest::of(&info.data),
        );
        let known = self.by_content.get(&content).into_iter().flatten();
        let equal = known.copied().find(|number| {
            let other = self.get(*number).and_then(|f| f.info().definition.as_ref());
            match (other, &info.definition) {
                (Some(other), Some(own)) => other.def.last() == own.def.last(),
                _ => true,
            }
        });
        let number = equal.unwrap_or_else(|| {
            let number = self.push(file);
            self.by_content.entry(content).or_default().push(number);
            number
        });
        self.by_address.insert(file.address(), number);
    }

    fn push(&mut self, file: &SourceFile) -> i32 {
        self.in_order.push(file.clone());
        i32::try_from(self.in_order.len() - 1).unwrap_or(i32::MAX)
    }
}
