//! The check that no two packages write different content to one file.

use buildkit_llb::exec::ContentCache;
use buildkit_llb::{Exec, Mount, Output, at};

use super::step::{self, native};
use super::{Place, Tree};
use super::{PythonSteps, VENV};
use crate::plan::Kind;
use crate::steps;

/// The step that compares what the packages of all layers wrote; its answer
/// is `clashes.json`. `None` where there are no packages.
pub fn clash_check(python: &PythonSteps<'_>, trees: &[Tree<'_>]) -> Option<Output> {
    let exec = native(python, &steps::clash_check(), Some(&python.interpreter))
        .mount(at("/out"), Mount::writable(&Output::SCRATCH))
        .name(
            python
                .plan
                .shared_step_name("check", "no file from two packages"),
        );
    let (exec, layers) = with_layers(exec, trees);
    (layers > 0).then(|| exec.finish().output(at("/out")))
}

/// Mounts the environments of all Python layers, by their numbers; also how many
/// there are.
pub(super) fn with_layers(mut exec: Exec, trees: &[Tree<'_>]) -> (Exec, usize) {
    let mut layers = 0;
    for each in trees {
        let (Kind::Python(layer), Place::Owned { tree, .. }) = (&each.component.kind, &each.place)
        else {
            continue;
        };
        // Hashing gigabytes of content would only ever save this short step.
        let mount = Mount::read_only(tree)
            .selector(at(VENV))
            .content_cache(ContentCache::Off);
        exec = exec.mount(step::path(&format!("/layers/{}", layer.index)), mount);
        layers += 1;
    }
    (exec, layers)
}
