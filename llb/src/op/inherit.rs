//! The platform that Go's client would pass on from a tree.

use buildkit_proto::pb;

use crate::platform::Platform;
use crate::vertex::Output;

impl Output {
    /// The platform of the tree: that of the operation that makes it, or of the
    /// tree that the operation changes (the base of a file operation, the first
    /// tree of a merge, the lower tree of a diff).
    ///
    /// This is the platform, normalized, that Go's client gives to an exec on the
    /// tree. (One difference: what Go gives to an exec on a mount of an earlier
    /// exec is the platform of the tree that was mounted, unless the earlier exec
    /// has a platform of its own.) Here nothing is inherited, so it has to be set:
    ///
    /// ```
    /// use buildkit_llb::{Exec, Platform, Source};
    /// let arm64 = Platform::linux_arm64();
    /// let image = Source::image("alpine:3".parse()?).platform(arm64).output();
    /// let mut exec = Exec::on(&image).args(["true"]);
    /// if let Some(platform) = image.platform() {
    ///     exec = exec.platform(platform);
    /// }
    /// # let _ = exec.finish();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn platform(&self) -> Option<Platform> {
        let mut output = self.clone();
        loop {
            let vertex = output.vertex()?;
            let op = vertex.op();
            if let Some(platform) = op.platform {
                // As in Go, what is passed on is normalized.
                return Some(Platform::from_pb(platform).normalized());
            }
            let input = match op.op? {
                pb::op::Op::File(file) => base_of(&file, vertex.inputs().len())?,
                pb::op::Op::Merge(merge) => merge.inputs.first()?.input,
                pb::op::Op::Diff(diff) => diff.lower?.input,
                _ => return None,
            };
            let next = vertex.inputs().nth(usize::try_from(input).ok()?)?;
            output = next;
        }
    }
}

/// The input that the last action of a file operation changes.
fn base_of(file: &pb::FileOp, inputs: usize) -> Option<i64> {
    let mut input = file.actions.last()?.input;
    // Each action works on the base or on the result of an earlier action.
    for _ in &file.actions {
        let Some(earlier) = usize::try_from(input).ok()?.checked_sub(inputs) else {
            break;
        };
        input = file.actions.get(earlier)?.input;
    }
    Some(input)
}
