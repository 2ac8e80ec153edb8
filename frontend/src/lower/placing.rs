//! The step that places files where the image has directories and links of
//! its own: `place.py`, run natively on the image as a mounted tree. On a base
//! without Python, a step that makes sure that file operations do no harm.

use buildkit_llb::exec::ContentCache;
use buildkit_llb::{CopyFrom, File, Mount, Output, Owner, at};

use super::app::Wanted;
use super::step::{self, caching, native};
use super::{Component, Context};
use crate::source::locations;
use crate::steps::{self, PlaceRequest, PlacedCopy};

/// The step's output is the image with everything in its place: one layer.
pub(super) fn step(
    context: &Context<'_>,
    wanted: &Wanted<'_>,
    files: &Output,
    root: &Output,
    name: String,
) -> Output {
    let copies = wanted.copies.iter().map(|copy| PlacedCopy {
        into: copy.into,
        to: copy.to.to_string(),
    });
    let request = PlaceRequest {
        copies: copies.collect(),
        uid: wanted.uid,
    };
    // The image is told by how it was made: hashing it would take longer than
    // all that this saves.
    let image = Mount::writable(root).content_cache(ContentCache::Off);
    let mut exec = native(context, &steps::place(&request))
        .mount(at("/lamina/image"), image)
        .mount(
            at("/lamina/files"),
            Mount::read_only(staged(context, wanted, files)),
        )
        .name(name);
    for place in locations(wanted.places.iter().copied()) {
        exec = exec.location(place);
    }
    caching(context.options, &["app"], exec)
        .finish()
        .output(at("/lamina/image"))
}

/// The same files as [`staged`], from a step that fails where file operations
/// would change directories of the image, as nothing but `place.py` avoids.
/// `root` has the stub's directories.
pub(super) fn harmless(
    context: &Context<'_>,
    wanted: &Wanted<'_>,
    files: &Output,
    root: &Output,
) -> Output {
    let destinations = wanted.copies.iter().map(|copy| copy.to.as_str());
    let image = Mount::read_only(root).content_cache(ContentCache::Off);
    let mut exec = native(context, &steps::files_only(destinations))
        .mount(at("/lamina/image"), image)
        .mount(
            at("/lamina/files"),
            Mount::writable(staged(context, wanted, files)),
        )
        .name(context.name(&Component::Inside("application"), "no folders over others"));
    for place in locations(wanted.places.iter().copied()) {
        exec = exec.location(place);
    }
    caching(context.options, &["app"], exec)
        .finish()
        .output(at("/lamina/files"))
}

/// What each copy brings, in a directory by its number, with the final owner
/// and mode: patterns and links of the context are BuildKit's to follow.
fn staged(context: &Context<'_>, wanted: &Wanted<'_>, files: &Output) -> Output {
    let owner = Owner::ids(wanted.uid, wanted.uid);
    let mut chain = File::on(&Output::SCRATCH);
    for (number, copy) in wanted.copies.iter().enumerate() {
        let place = step::path(&format!("/{number}"));
        chain = chain.mkdir(place.clone(), 0o755);
        let mut action = if copy.from.is_root() {
            // The whole context is a folder like others, but has no name.
            let folder = step::path(&format!("/{number}/context"));
            CopyFrom::tree(files, copy.from.clone(), folder).contents_only()
        } else {
            CopyFrom::tree(files, copy.from.clone(), place)
                .into_directory()
                .wildcard()
        };
        action = action.follow_links().owner(owner.clone());
        if let Some(mode) = copy.mode {
            action = action.mode(mode);
        }
        chain = chain.action(action);
    }
    for place in locations(wanted.places.iter().copied()) {
        chain = chain.location(place);
    }
    chain
        .name(context.name(&Component::Application, "files, as they will be"))
        .output()
}
