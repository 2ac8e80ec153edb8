//! Changes to a tree without a container: a chain of actions in one operation.

use std::collections::HashMap;
use std::sync::Arc;

use buildkit_proto::pb;

use crate::caps::Cap;
use crate::metadata::Metadata;
use crate::op::copy::{CopyFrom, CopySource};
use crate::op::file_action::{FileAction, Mkdir, Mkfile, Rm, Symlink};
use crate::op::inputs::{EMPTY, Inputs, position};
use crate::op::owner::{Account, Owner};
use crate::path::ContainerPath;
use crate::settings::{Settings, settings_methods};
use crate::vertex::{Output, Vertex};

/// Changes to a tree, one after another, in one operation.
///
/// ```
/// use buildkit_llb::{CopyFrom, File, Mkdir, Output, Owner, at};
/// let files = File::on(&Output::SCRATCH)
///     .action(Mkdir::new(at("/etc/app"), 0o755).parents().owner(Owner::ids(1000, 1000)))
///     .mkfile(at("/etc/app/settings.toml"), 0o644, "debug = false\n")
///     .name("settings")
///     .output();
/// let image = File::on(&Output::SCRATCH)
///     .action(CopyFrom::tree(&files, at("/etc"), at("/etc")).contents_only().create_parents())
///     .output();
/// # let _ = image;
/// ```
#[derive(Clone, Debug)]
pub struct File {
    base: Output,
    /// In the order in which Go's client would come upon them.
    inputs: Inputs,
    steps: Vec<Step>,
    settings: Settings,
}

/// An action with what it works on. Chains that are copied from are laid flat
/// into the same list when they are named, so nothing nests.
#[derive(Clone, Debug)]
struct Step {
    /// Shared by clones of a chain, which so know the steps that they share.
    action: Arc<FileAction>,
    base: Output,
    input: Tree,
    secondary: Tree,
}

/// What an action works on: a tree from outside, or an earlier step's result.
#[derive(Clone, Debug)]
enum Tree {
    Output(Output),
    Step(usize),
}

settings_methods!(File);

impl File {
    /// Changes to this tree.
    pub fn on(base: &Output) -> Self {
        Self {
            base: base.clone(),
            inputs: Inputs::default(),
            steps: Vec::new(),
            settings: Settings::default(),
        }
    }

    /// Makes a directory.
    pub fn mkdir(self, path: ContainerPath, mode: u32) -> Self {
        self.action(Mkdir::new(path, mode))
    }

    /// Makes a file.
    pub fn mkfile(self, path: ContainerPath, mode: u32, data: impl Into<Vec<u8>>) -> Self {
        self.action(Mkfile::new(path, mode, data))
    }

    /// Makes a symbolic link at `path` that says `target`.
    pub fn symlink(self, path: ContainerPath, target: impl Into<String>) -> Self {
        self.action(Symlink::new(path, target))
    }

    /// Removes what is at this path.
    pub fn rm(self, path: ContainerPath) -> Self {
        self.action(Rm::new(path))
    }

    /// Copies from another tree, with missing directories above the destination;
    /// of a directory what is in it.
    pub fn copy(self, tree: &Output, path: ContainerPath, dest: ContainerPath) -> Self {
        self.action(
            CopyFrom::tree(tree, path, dest)
                .contents_only()
                .create_parents(),
        )
    }

    /// One more change, with all its options.
    pub fn action(mut self, action: impl Into<FileAction>) -> Self {
        let mut action = action.into();
        let input = self.last();
        self.inputs.index_of(&self.base);
        let secondary = match &mut action {
            FileAction::Copy(copy) => {
                let nothing = CopySource::Output(Output::SCRATCH);
                match std::mem::replace(&mut copy.source, nothing) {
                    CopySource::Output(tree) => {
                        self.inputs.index_of(&tree);
                        Tree::Output(tree)
                    }
                    CopySource::Chain(chain) => self.take_in(&chain),
                }
            }
            _ => Tree::Output(Output::SCRATCH),
        };
        if self.steps.is_empty() {
            // Most chains have one action.
            self.steps.reserve_exact(1);
        }
        self.steps.push(Step {
            action: Arc::new(action),
            base: self.base.clone(),
            input,
            secondary,
        });
        self
    }

    fn last(&self) -> Tree {
        // Steps of other chains stand between this chain's own, but the last
        // one is always its own.
        match self.steps.len() {
            0 => Tree::Output(self.base.clone()),
            n => Tree::Step(n - 1),
        }
    }

    /// Takes in the steps of another chain that are not here yet; gives its result.
    fn take_in(&mut self, other: &Self) -> Tree {
        self.inputs.extend(&other.inputs);
        self.inputs.index_of(&other.base);
        let here: HashMap<*const FileAction, usize> = self
            .steps
            .iter()
            .enumerate()
            .map(|(index, step)| (Arc::as_ptr(&step.action), index))
            .collect();
        let mut moved: Vec<usize> = Vec::with_capacity(other.steps.len());
        let renumbered = |tree: &Tree, moved: &[usize]| match tree {
            Tree::Output(output) => Tree::Output(output.clone()),
            Tree::Step(index) => Tree::Step(moved[*index]),
        };
        for step in &other.steps {
            let index = if let Some(index) = here.get(&Arc::as_ptr(&step.action)) {
                *index
            } else {
                self.steps.push(Step {
                    input: renumbered(&step.input, &moved),
                    secondary: renumbered(&step.secondary, &moved),
                    ..step.clone()
                });
                self.steps.len() - 1
            };
            moved.push(index);
        }
        renumbered(&other.last(), &moved)
    }

    /// The changed tree; the tree itself where nothing was changed.
    pub fn output(self) -> Output {
        if self.steps.is_empty() {
            return self.base;
        }
        let mut settings = self.settings;
        let mut inputs = self.inputs;
        // Results are numbered after all inputs, and owners may add inputs.
        for step in &self.steps {
            declare(&step.action, &mut settings.metadata);
            let base = inputs.index_of(&step.base);
            drop(step.owner(base, &mut inputs));
        }
        let count = inputs.len();
        let last = self.steps.len() - 1;
        let actions = self.steps.into_iter().enumerate().map(|(number, step)| {
            let base = inputs.index_of(&step.base);
            let owner = step.owner(base, &mut inputs);
            let mut index = |tree: &Tree| match tree {
                Tree::Output(output) => inputs.index_of(output),
                Tree::Step(step) => position(count + step),
            };
            pb::FileAction {
                input: index(&step.input),
                secondary_input: index(&step.secondary),
                output: if number == last { 0 } else { EMPTY },
                action: Some(Arc::unwrap_or_clone(step.action).into_pb(owner)),
            }
        });
        let op = pb::op::Op::File(pb::FileOp {
            actions: actions.collect(),
        });
        Output::new(Vertex::encode(&op, inputs.into_edges(), None, settings), 0)
    }
}

impl Step {
    fn owner(&self, base: i64, inputs: &mut Inputs) -> Option<pb::ChownOpt> {
        let owner = self.action.owner()?;
        Some(owner_to_pb(owner, base, inputs))
    }
}

/// The capabilities of an action. Go's client means to declare these, too, but
/// looks at its actions before it has gathered them and declares the first alone.
/// A daemon that does not know one would ignore the option or fail while it runs.
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

fn owner_to_pb(owner: &Owner, base: i64, inputs: &mut Inputs) -> pb::ChownOpt {
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
    pb::ChownOpt {
        user: owner.user.as_ref().map(&mut account),
        group: owner.group.as_ref().map(&mut account),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::at;

    fn actions(output: &Output) -> Vec<pb::FileAction> {
        match output.vertex().unwrap().op().op {
            Some(pb::op::Op::File(file)) => file.actions,
            other => panic!("no file operation: {other:?}"),
        }
    }

    #[test]
    fn no_change_is_no_operation() {
        assert!(File::on(&Output::SCRATCH).output().is_scratch());
    }

    #[test]
    fn a_copy_from_an_earlier_state_does_not_repeat_it() {
        let early = File::on(&Output::SCRATCH).mkfile(at("/a"), 0o644, "1");
        let late = early
            .clone()
            .rm(at("/a"))
            .action(CopyFrom::chain(&early, at("/a"), at("/b")));
        let actions = actions(&late.output());
        assert_eq!(actions.len(), 3);
        assert_eq!((actions[2].input, actions[2].secondary_input), (1, 0));
    }

    #[test]
    fn a_copy_from_another_chain_takes_it_in() {
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
    fn names_are_looked_up_in_the_tree_that_is_said() {
        let base = File::on(&Output::SCRATCH).mkdir(at("/x"), 0o755).output();
        let other = File::on(&Output::SCRATCH).mkdir(at("/y"), 0o755).output();
        let owner = Owner::default()
            .user("app")
            .group(Account::NameIn("app".to_owned(), other));
        let file = File::on(&base).action(Mkdir::new(at("/z"), 0o700).owner(owner));
        let Some(pb::file_action::Action::Mkdir(mkdir)) = actions(&file.output())[0].action.clone()
        else {
            panic!("no mkdir");
        };
        let owner = mkdir.owner.unwrap();
        let input = |account: Option<pb::UserOpt>| match account.and_then(|a| a.user) {
            Some(pb::user_opt::User::ByName(named)) => named.input,
            other => panic!("no name: {other:?}"),
        };
        assert_eq!((input(owner.user), input(owner.group)), (0, 1));
    }
}
