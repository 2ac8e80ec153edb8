//! The check that the image has the shared libraries of what was compiled here.

use std::collections::BTreeSet;

use buildkit_llb::exec::ContentCache;
use buildkit_llb::{Mount, Output, at};

use super::clash::with_layers;
use super::step::native;
use super::{Place, PythonSteps, Tree, WheelTree};
use crate::steps::{self, LibrariesRequest};

/// The step that looks for libraries that packages need and the image lacks;
/// its answer is `libraries.json`. `None` where nothing was compiled.
///
/// `library_path` is the image's `LD_LIBRARY_PATH`.
pub fn libraries_check(
    python: &PythonSteps<'_>,
    trees: &[Tree<'_>],
    wheels: &[WheelTree],
    library_path: &str,
) -> Option<Output> {
    let compiled = wheels.iter().filter_map(|wheel| wheel.compiled.as_ref());
    let compiled: BTreeSet<String> = compiled.map(ToString::to_string).collect();
    if compiled.is_empty() {
        return None;
    }
    let system = trees.iter().rev().find_map(|tree| match &tree.place {
        Place::System(root) => Some(root),
        _ => None,
    })?;
    let directories = library_path.split(':').filter(|it| it.starts_with('/'));
    let request = LibrariesRequest {
        library_path: directories.map(str::to_owned).collect(),
        packages: compiled.into_iter().collect(),
    };
    let step = steps::libraries(&request);
    let image = Mount::read_only(system).content_cache(ContentCache::Off);
    let exec = native(python, &step, Some(&python.interpreter))
        .mount(at("/lamina/image"), image)
        .mount(at("/out"), Mount::writable(&Output::SCRATCH))
        .name(
            python
                .plan
                .shared_step_name("check", "libraries of what was compiled"),
        );
    let (exec, layers) = with_layers(exec, trees);
    (layers > 0).then(|| exec.finish().output(at("/out")))
}
