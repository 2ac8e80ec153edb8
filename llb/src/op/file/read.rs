//! File operations of operations that exist already: the list of actions put
//! together to chains again.

use std::sync::Arc;

use buildkit_proto::pb;
use buildkit_proto::pb::file_action::Action;
use buildkit_proto::pb::user_opt::User;

use super::{File, Step};
use crate::op::copy::{Chain, CopyFrom, CopySource};
use crate::op::file_action::FileAction;
use crate::op::from_vertex::{FILE, Parts, VertexError, builder};
use crate::op::owner::{Account, Owner};
use crate::vertex::Vertex;

/// The file operation that an operation is, to change it and make another.
impl TryFrom<&Vertex> for File {
    type Error = VertexError;

    fn try_from(vertex: &Vertex) -> Result<Self, Self::Error> {
        builder(vertex, FILE, read, |file: Self| Some(file.output()))
    }
}

/// An action that has been read, and the number of the tree that its chain starts
/// from.
struct Done {
    step: Arc<Step>,
    base: i64,
}

fn read(mut parts: Parts) -> Option<File> {
    let Some(pb::op::Op::File(file)) = parts.op.take() else {
        return None;
    };
    let inputs = parts.inputs.len();
    let mut done: Vec<Done> = Vec::with_capacity(file.actions.len());
    for action in file.actions {
        // Numbers from the number of inputs on are those of earlier actions.
        let place = |number: i64| usize::try_from(number).ok()?.checked_sub(inputs);
        let (previous, base) = match place(action.input) {
            Some(earlier) => {
                let earlier = done.get(earlier)?;
                (Some(earlier.step.clone()), earlier.base)
            }
            None => (None, action.input),
        };
        let source = match place(action.secondary_input) {
            Some(earlier) => CopySource::Chain(Chain(done.get(earlier)?.step.clone())),
            None => CopySource::Output(parts.tree(action.secondary_input)?),
        };
        let mut action = action.action?;
        let owner = match take_owner(&mut action) {
            Some(owner) => Some(read_owner(owner, base, &parts)?),
            None => None,
        };
        let action = read_action(action, source, owner);
        let step = Arc::new(Step {
            previous,
            base: parts.tree(base)?,
            action,
        });
        done.push(Done { step, base });
    }
    let last = done.pop()?.step;
    Some(File {
        base: last.base.clone(),
        last: Some(last),
        settings: parts.settings,
    })
}

fn take_owner(action: &mut Action) -> Option<pb::ChownOpt> {
    match action {
        Action::Copy(copy) => copy.owner.take(),
        Action::Mkdir(mkdir) => mkdir.owner.take(),
        Action::Mkfile(mkfile) => mkfile.owner.take(),
        Action::Symlink(symlink) => symlink.owner.take(),
        Action::Rm(_) => None,
    }
}

fn read_action(action: Action, source: CopySource, owner: Option<Owner>) -> FileAction {
    match action {
        Action::Copy(copy) => CopyFrom::from_pb(copy, source, owner).into(),
        Action::Mkdir(mkdir) => FileAction::read_mkdir(mkdir, owner),
        Action::Mkfile(mkfile) => FileAction::read_mkfile(mkfile, owner),
        Action::Symlink(symlink) => FileAction::read_symlink(symlink, owner),
        Action::Rm(rm) => FileAction::Rm(rm.into()),
    }
}

/// An owner, whose names are in the tree of the chain or in another one.
fn read_owner(owner: pb::ChownOpt, base: i64, parts: &Parts) -> Option<Owner> {
    let account = |account: pb::UserOpt| {
        Some(match account.user? {
            User::ById(id) => Account::Id(id),
            User::ByName(named) if named.input == base => Account::Name(named.name),
            User::ByName(named) => Account::NameIn(named.name, parts.tree(named.input)?),
        })
    };
    let mut read = Owner::default();
    if let Some(user) = owner.user {
        read.user = Some(account(user)?);
    }
    if let Some(group) = owner.group {
        read.group = Some(account(group)?);
    }
    Some(read)
}
