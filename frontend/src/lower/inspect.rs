//! The step that looks into the target's base image.

use buildkit_llb::exec::ContentCache;
use buildkit_llb::{Mount, Output, at};

use super::StepContext;
use super::step::{native, shared_name};
use crate::steps::{self, Step};

/// The step; its files are for [`System::read`](crate::facts::System::read).
/// Native, whatever the target is: nothing of the target is run.
pub fn inspect(context: &StepContext<'_>) -> Output {
    let words = format!("inspect {}", on_base(context));
    over_base(context, &steps::inspect(), &words)
}

/// The same step for another root, such as that of `[build]`.
pub fn inspect_root(context: &StepContext<'_>, root: &Output, words: &str) -> Output {
    over_root(
        context,
        root,
        &steps::inspect(),
        &format!("inspect {words}"),
    )
}

/// What a step writes to `/out` from the files of the base image.
pub(super) fn over_base(context: &StepContext<'_>, step: &Step, words: &str) -> Output {
    over_root(context, &context.images.target, step, words)
}

fn over_root(context: &StepContext<'_>, root: &Output, step: &Step, words: &str) -> Output {
    native(context, step, None)
        .mount(
            at("/base"),
            Mount::read_only(root).content_cache(ContentCache::Off),
        )
        .mount(at("/out"), Mount::writable(&Output::SCRATCH))
        .name(shared_name(words))
        .finish()
        .output(at("/out"))
}

/// The base image as the names of steps say it.
pub(super) fn on_base(context: &StepContext<'_>) -> String {
    let plan = context.plan;
    format!("{} ({})", plan.base_image, plan.platform)
}
