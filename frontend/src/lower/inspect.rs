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

/// What a step writes to `/out` from the files of the base image.
pub(super) fn over_base(context: &StepContext<'_>, step: &Step, words: &str) -> Output {
    native(context, step, None)
        .mount(
            at("/base"),
            Mount::read_only(&context.images.target).content_cache(ContentCache::Off),
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
