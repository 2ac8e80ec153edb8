//! Changes to a tree without a container: a chain of actions in one operation.
//!
//! A chain is a list of steps that is shared by all its later states, so that
//! copying from an earlier state is cheap. It is laid flat once, when the
//! operation is made, in the order of `client/llb/fileop.go`.

mod flat;
mod read;

use std::fmt;
use std::sync::Arc;

use buildkit_proto::pb;

use crate::canonical::Body;
use crate::caps::Cap;
use crate::op::copy::{Chain, CopyFrom, CopySource};
use crate::op::file_action::{FileAction, Mkdir, Mkfile, Rm, Symlink};
use crate::op::inputs::{EMPTY, Inputs, position};
use crate::op::owner::{Account, Owner};
use crate::operation_metadata::Metadata;
use crate::paths::AnyPath;
use crate::settings::{Settings, settings_methods};
use crate::vertex::{Output, Vertex, Visited};

use self::flat::{Flat, Tree, own_steps, take_action, visits};

/// Changes to a tree, one after another, in one operation.
///
/// ```
/// use buildkit_llb::{CopyFrom, File, Mkdir, Output, Owner, at};
/// let files = File::on(Output::SCRATCH)
///     .action(Mkdir::new(at("/etc/app"), 0o755).parents().owner(Owner::ids(1000, 1000)))
///     .mkfile(at("/etc/app/settings.toml"), 0o644, "debug = false\n")
///     .name("settings")
///     .output();
/// let image = File::on(Output::SCRATCH)
///     .action(CopyFrom::tree(files, at("/etc"), at("/etc")).contents_only().create_parents())
///     .output();
/// # let _ = image;
/// ```
#[doc(alias = "FileOp")]
#[derive(Clone)]
pub struct File {
    base: Output,
    last: Option<Arc<Step>>,
    settings: Settings,
}

/// An action, the tree that its chain starts from, and the step before it.
pub(crate) struct Step {
    previous: Option<Arc<Step>>,
    base: Output,
    action: FileAction,
}

settings_methods!(File);

impl File {
    /// Changes to this tree.
    pub fn on(base: impl Into<Output>) -> Self {
        Self {
            base: base.into(),
            last: None,
            settings: Settings::default(),
        }
    }

    /// Makes a directory.
    #[doc(alias = "Mkdir")]
    pub fn mkdir(self, path: impl Into<AnyPath>, mode: u32) -> Self {
        self.action(Mkdir::new(path, mode))
    }

    /// Makes a file.
    #[doc(alias = "Mkfile")]
    pub fn mkfile(self, path: impl Into<AnyPath>, mode: u32, data: impl Into<Vec<u8>>) -> Self {
        self.action(Mkfile::new(path, mode, data))
    }

    /// Makes a symbolic link at `path` that points to `target`.
    #[doc(alias = "Symlink")]
    pub fn symlink(self, path: impl Into<AnyPath>, target: impl Into<String>) -> Self {
        self.action(Symlink::new(path, target))
    }

    /// Removes the file or directory at this path.
    #[doc(alias = "Rm")]
    pub fn rm(self, path: impl Into<AnyPath>) -> Self {
        self.action(Rm::new(path))
    }

    /// Copies from another tree: creates missing parents of the destination, and
    /// copies the contents of a directory, not the directory itself.
    #[doc(alias = "Copy")]
    pub fn copy(
        self,
        tree: impl Into<Output>,
        path: impl Into<AnyPath>,
        dest: impl Into<AnyPath>,
    ) -> Self {
        self.action(
            CopyFrom::tree(tree, path, dest)
                .contents_only()
                .create_parents(),
        )
    }

    /// One more action, with all its options.
    pub fn action(mut self, action: impl Into<FileAction>) -> Self {
        self.last = Some(Arc::new(Step {
            previous: self.last.take(),
            base: self.base.clone(),
            action: action.into(),
        }));
        self
    }

    /// The same chain with steps of its own: copies from this chain and from the
    /// original do not share steps, as if `WithState` of Go's client was called
    /// once for each.
    pub fn unshared(&self) -> Self {
        let mut steps = Vec::new();
        let mut next = self.last.as_ref();
        while let Some(step) = next {
            steps.push(step);
            next = step.previous.as_ref();
        }
        let last = steps.into_iter().rev().fold(None, |previous, step| {
            Some(Arc::new(Step {
                previous,
                base: step.base.clone(),
                action: step.action.clone(),
            }))
        });
        Self {
            last,
            ..self.clone()
        }
    }

    /// The state of the chain, for a copy from it.
    pub(crate) fn as_source(&self) -> CopySource {
        match &self.last {
            Some(last) => CopySource::Chain(Chain(last.clone())),
            None => CopySource::Output(self.base.clone()),
        }
    }

    /// The changed tree; the tree itself if there is no action.
    pub fn output(self) -> Output {
        let Some(last) = self.last else {
            return self.base;
        };
        let mut settings = self.settings;
        let mut visits = visits(&last);
        let mut flat = Flat::default();
        for step in own_steps(last) {
            flat.add_own(step);
        }
        let Flat {
            steps, mut inputs, ..
        } = flat;
        // Results are numbered after all inputs, and owners may add inputs.
        for flat in &steps {
            let action = &flat.step.action;
            declare(action, &mut settings.metadata);
            drop(owner_to_pb(action.owner(), flat.base, &mut inputs));
            let accounts = action.owner().into_iter().flat_map(Owner::trees);
            visits.extend(accounts.filter_map(Output::edge).map(|e| e.vertex.clone()));
        }
        let count = inputs.len();
        let last = steps.len() - 1;
        let actions = steps.into_iter().enumerate().map(|(number, flat)| {
            let index = |tree: Tree| match tree {
                Tree::Input(index) => index,
                Tree::Step(step) => position(count + step),
            };
            let owner = owner_to_pb(flat.step.action.owner(), flat.base, &mut inputs);
            pb::FileAction {
                input: index(flat.input),
                secondary_input: index(flat.secondary),
                output: if number == last { 0 } else { EMPTY },
                action: Some(take_action(flat.step).into_pb(owner)),
            }
        });
        let op = pb::op::Op::File(pb::FileOp {
            actions: actions.collect(),
        });
        let inputs = Visited::new(inputs.into_edges(), visits);
        Output::new(Vertex::encode(Body::Op(&op), inputs, None, settings), 0)
    }
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut actions = Vec::new();
        let mut next = self.last.as_ref();
        while let Some(step) = next {
            actions.push(&step.action);
            next = step.previous.as_ref();
        }
        actions.reverse();
        f.debug_struct("File")
            .field("base", &self.base)
            .field("actions", &actions)
            .finish_non_exhaustive()
    }
}

impl Step {
    fn chain(&self) -> Option<&Arc<Step>> {
        match &self.action {
            FileAction::Copy(copy) => match &copy.source {
                CopySource::Chain(Chain(last)) => Some(last),
                CopySource::Output(_) => None,
            },
            _ => None,
        }
    }

    /// Moves the handles to other steps out of this one.
    fn release(&mut self, handles: &mut Vec<Arc<Step>>) {
        handles.extend(self.previous.take());
        if let FileAction::Copy(copy) = &mut self.action {
            let source = CopySource::Output(Output::SCRATCH);
            if let CopySource::Chain(Chain(last)) = std::mem::replace(&mut copy.source, source) {
                handles.push(last);
            }
        }
    }
}

impl Drop for Step {
    /// Drops earlier steps one by one: a chain may be very long.
    fn drop(&mut self) {
        let mut pending = Vec::new();
        self.release(&mut pending);
        while let Some(step) = pending.pop() {
            if let Some(mut step) = Arc::into_inner(step) {
                step.release(&mut pending);
            }
        }
    }
}

/// The capabilities of an action. Go's client intends to declare these too, but
/// looks at its actions before it has collected them and declares the first
/// alone. A daemon that lacks one would ignore the option, or fail while it runs.
fn declare(action: &FileAction, metadata: &mut Metadata) {
    metadata.need(Cap::FILE_BASE);
    match action {
        FileAction::Symlink(_) => metadata.need(Cap::FILE_SYMLINK),
        FileAction::Rm(rm) if rm.is_wildcard() => metadata.need(Cap::FILE_RM_WILDCARD),
        FileAction::Copy(copy) => {
            if copy.has_patterns() {
                metadata.need(Cap::FILE_COPY_PATTERNS);
            }
            if copy.has_required_paths() {
                metadata.need(Cap::FILE_COPY_REQUIRED_PATHS);
            }
            if copy.replaces() {
                metadata.need(Cap::FILE_COPY_ALWAYS_REPLACE);
            }
        }
        _ => {}
    }
}

fn owner_to_pb(owner: Option<&Owner>, base: i64, inputs: &mut Inputs) -> Option<pb::ChownOpt> {
    let owner = owner?;
    let mut account = |account: &Account| {
        use pb::user_opt::User;
        let (name, input) = match account {
            Account::Id(id) => {
                return pb::UserOpt {
                    user: Some(User::ById(*id)),
                };
            }
            Account::Name(name) => (name, base),
            Account::NameIn(name, tree) => (name, inputs.index_of(tree)),
        };
        pb::UserOpt {
            user: Some(User::ByName(pb::NamedUserOpt {
                name: name.clone(),
                input,
            })),
        }
    };
    Some(pb::ChownOpt {
        user: owner.user.as_ref().map(&mut account),
        group: owner.group.as_ref().map(&mut account),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::at;

    fn actions(output: &Output) -> Vec<pb::FileAction> {
        match output.vertex().unwrap().op().op {
            Some(pb::op::Op::File(file)) => file.actions,
            other => panic!("expected a file operation, found {other:?}"),
        }
    }

    #[test]
    fn no_action_gives_no_operation() {
        assert!(File::on(&Output::SCRATCH).output().is_scratch());
    }

    #[test]
    fn repeats_an_earlier_state_of_the_same_chain_once() {
        let early = File::on(&Output::SCRATCH).mkfile(at("/a"), 0o644, "1");
        let copy = |dest| CopyFrom::chain(&early, at("/a"), dest);
        let late = early.clone().rm(at("/a"));
        let late = late.action(copy(at("/b"))).action(copy(at("/c")));
        let actions = actions(&late.output());
        assert_eq!(actions.len(), 5);
        assert_eq!((actions[3].input, actions[3].secondary_input), (1, 2));
        assert_eq!((actions[4].input, actions[4].secondary_input), (3, 2));
    }

    #[test]
    fn takes_in_another_chain_once() {
        let base = File::on(&Output::SCRATCH).mkdir(at("/x"), 0o755).output();
        let other = File::on(&Output::SCRATCH)
            .mkfile(at("/a"), 0o644, "1")
            .mkfile(at("/b"), 0o644, "2");
        let file = File::on(&base)
            .mkdir(at("/y"), 0o755)
            .action(CopyFrom::chain(&other, at("/"), at("/y")))
            .action(CopyFrom::chain(&other, at("/a"), at("/z")));
        let actions = actions(&file.output());
        let wires: Vec<_> = actions
            .iter()
            .map(|action| (action.input, action.secondary_input, action.output))
            .collect();
        // One input; results count from 1: mkdir, the other two, two copies.
        let expected = [
            (0, -1, -1),
            (-1, -1, -1),
            (2, -1, -1),
            (1, 3, -1),
            (4, 3, 0),
        ];
        assert_eq!(wires, expected);
    }

    #[test]
    fn repeats_a_chain_that_is_unshared() {
        let other = File::on(&Output::SCRATCH).mkfile(at("/a"), 0o644, "1");
        let file = File::on(&Output::SCRATCH)
            .action(CopyFrom::chain(&other, at("/a"), at("/b")))
            .action(CopyFrom::chain(&other.unshared(), at("/a"), at("/c")));
        assert_eq!(actions(&file.output()).len(), 4);
        assert_eq!(other.unshared().output(), other.output());
    }

    #[test]
    fn looks_names_up_in_the_given_tree() {
        let base = File::on(&Output::SCRATCH).mkdir(at("/x"), 0o755).output();
        let other = File::on(&Output::SCRATCH).mkdir(at("/y"), 0o755).output();
        let owner = Owner::default()
            .user("app")
            .group(Account::NameIn("app".to_owned(), other));
        let file = File::on(&base).action(Mkdir::new(at("/z"), 0o700).owner(owner));
        let Some(pb::file_action::Action::Mkdir(mkdir)) = actions(&file.output())[0].action.clone()
        else {
            panic!("expected a mkdir");
        };
        let owner = mkdir.owner.unwrap();
        let input = |account: Option<pb::UserOpt>| match account.and_then(|a| a.user) {
            Some(pb::user_opt::User::ByName(named)) => named.input,
            other => panic!("expected a name, found {other:?}"),
        };
        assert_eq!((input(owner.user), input(owner.group)), (0, 1));
    }

    #[test]
    fn long_chains_of_copies_of_themselves_take_linear_time() {
        let thread = std::thread::Builder::new().stack_size(128 << 10);
        let long = || {
            let file = File::on(&Output::SCRATCH).mkfile(at("/a"), 0o644, "1");
            let file = (0..4_000).fold(file, |file, _| {
                let copy = CopyFrom::chain(&file, at("/a"), at("/b"));
                file.action(copy)
            });
            drop(format!("{file:?}"));
            // Each state is there twice: in its place, and as a source.
            assert_eq!(actions(&file.clone().output()).len(), 2 * 4_000 + 1);
            drop(file);
        };
        thread.spawn(long).unwrap().join().unwrap();
    }
}
