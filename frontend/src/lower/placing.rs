//! The step that places files where the image has directories and links of
//! its own: `place.py`, run natively on the image as a mounted tree. On a base
//! without Python, a step that makes sure that file operations do no harm.

use buildkit_llb::exec::ContentCache;
use buildkit_llb::{ContainerPath, CopyFrom, File, Mount, Output, Owner, at};

use super::Lowering;
use super::step::{self, native, unless_cached};
use crate::plan::Component;
use crate::source::locations;
use crate::steps::{self, PlaceRequest, PlacedCopy};

/// What goes where, with the base's variables filled in.
pub(super) struct Wanted<'a> {
    pub(super) component: &'a Component,
    /// The owner of what is new.
    pub(super) owner: Owner,
    /// The user and group id of that owner.
    pub(super) uid: u32,
    /// The stub's directories, which the system has.
    pub(super) directories: Vec<ContainerPath>,
    /// Copies, in the stub's order.
    pub(super) copies: Vec<WantedCopy>,
    /// The files of the build context that are copied, and no others.
    pub(super) files: Output,
}

/// A copy out of the build context.
pub(super) struct WantedCopy {
    /// A path or pattern in the context, as if the context were the root.
    pub(super) from: ContainerPath,
    /// Where to.
    pub(super) to: ContainerPath,
    /// Whether `to` is a directory also where there is none yet.
    pub(super) into: bool,
    /// The mode of all files and directories, where it is not theirs.
    pub(super) mode: Option<u32>,
}

/// The step's output is the image with everything in its place: one layer.
pub(super) fn step(
    lowering: &Lowering<'_>,
    python: &str,
    wanted: &Wanted<'_>,
    root: &Output,
    name: &str,
) -> Output {
    let copies = wanted.copies.iter().map(|copy| PlacedCopy {
        into: copy.into,
        to: copy.to.to_string(),
    });
    let request = PlaceRequest {
        copies: copies.collect(),
        uid: wanted.uid,
    };
    // Keyed by how the image was made: hashing its content would take longer
    // than placing the files.
    let image = Mount::writable(root).content_cache(ContentCache::Off);
    let mut exec = native(lowering, &steps::place(&request), Some(python))
        .mount(at("/lamina/image"), image)
        .mount(
            at("/lamina/files"),
            Mount::read_only(staged(lowering, wanted)),
        )
        .name(name);
    for location in locations(&wanted.component.origins) {
        exec = exec.location(location);
    }
    unless_cached(lowering.options, &wanted.component.names(), exec)
        .finish()
        .output(at("/lamina/image"))
}

/// The same files as [`staged`], from a step that fails where file operations
/// would change directories of the image: only `place.py` avoids that.
pub(super) fn checked(lowering: &Lowering<'_>, wanted: &Wanted<'_>, root: &Output) -> Output {
    let destinations = wanted.copies.iter().map(|copy| copy.to.as_str());
    let image = Mount::read_only(root).content_cache(ContentCache::Off);
    let mut exec = native(lowering, &steps::files_only(destinations), None)
        .mount(at("/lamina/image"), image)
        .mount(
            at("/lamina/files"),
            Mount::writable(staged(lowering, wanted)),
        )
        .name(lowering.name(wanted.component, "check that no directory is replaced"));
    for location in locations(&wanted.component.origins) {
        exec = exec.location(location);
    }
    unless_cached(lowering.options, &wanted.component.names(), exec)
        .finish()
        .output(at("/lamina/files"))
}

/// What each copy brings, in a directory by its number, with the final owner
/// and mode: patterns and links of the context are BuildKit's to follow.
fn staged(lowering: &Lowering<'_>, wanted: &Wanted<'_>) -> Output {
    let files = &wanted.files;
    let mut chain = File::on(&Output::SCRATCH);
    for (number, copy) in wanted.copies.iter().enumerate() {
        let directory = step::path(&format!("/{number}"));
        chain = chain.mkdir(directory.clone(), 0o755);
        let mut action = if copy.from.is_root() {
            // The whole context is a directory like others, but has no name.
            let named = step::path(&format!("/{number}/context"));
            CopyFrom::tree(files, copy.from.clone(), named).contents_only()
        } else {
            CopyFrom::tree(files, copy.from.clone(), directory)
                .into_directory()
                .wildcard()
        };
        action = action.follow_links().owner(wanted.owner.clone());
        if let Some(mode) = copy.mode {
            action = action.mode(mode);
        }
        chain = chain.action(action);
    }
    for location in locations(&wanted.component.origins) {
        chain = chain.location(location);
    }
    chain
        .name(lowering.name(wanted.component, "files, as they will be"))
        .output()
}
