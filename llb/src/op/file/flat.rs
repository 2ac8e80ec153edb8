//! Chains of actions laid flat into one list, as `marshalState` of Go's client does
//! it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Step;
use crate::op::copy::{Chain, CopySource};
use crate::op::file_action::FileAction;
use crate::op::inputs::{EMPTY, Inputs};
use crate::vertex::{Output, Vertex};

/// The steps of a chain in their order. The chain is taken apart where nothing
/// else holds it, so that its data need not be copied.
pub(super) fn own_steps(last: Arc<Step>) -> Vec<Arc<Step>> {
    let mut steps = Vec::new();
    let mut next = Some(last);
    while let Some(mut step) = next {
        next = match Arc::get_mut(&mut step) {
            Some(step) => step.previous.take(),
            None => step.previous.clone(),
        };
        steps.push(step);
    }
    steps.reverse();
    steps
}

pub(super) fn take_action(mut step: Arc<Step>) -> FileAction {
    match Arc::get_mut(&mut step) {
        Some(step) => std::mem::replace(&mut step.action, FileAction::placeholder()),
        None => step.action.clone(),
    }
}

/// The vertices behind a chain in the order in which Go's client visits them
/// (`allOutputs`): from the last action to the first, and for each its base, then
/// what it copies from.
pub(super) fn visits(last: &Arc<Step>) -> Vec<Arc<Vertex>> {
    let mut visits: Vec<Arc<Vertex>> = Vec::new();
    let mut visit = |output: &Output| {
        if let Some(edge) = output.edge()
            && !visits.last().is_some_and(|v| Arc::ptr_eq(v, &edge.vertex))
        {
            visits.push(edge.vertex.clone());
        }
    };
    let mut seen = HashSet::new();
    let mut pending = vec![last];
    while let Some(step) = pending.pop() {
        // Only steps that several handles hold can be reached again.
        if Arc::strong_count(step) > 1 && !seen.insert(Arc::as_ptr(step)) {
            continue;
        }
        visit(&step.base);
        pending.extend(&step.previous);
        if let FileAction::Copy(copy) = &step.action {
            match &copy.source {
                CopySource::Output(tree) => visit(tree),
                CopySource::Chain(Chain(last)) => pending.push(last),
            }
        }
    }
    visits
}

/// What an action works on: an input of the operation, or an earlier action's
/// result.
#[derive(Clone, Copy)]
pub(super) enum Tree {
    Input(i64),
    Step(usize),
}

/// A step in its place among all actions of the operation.
pub(super) struct FlatStep {
    pub(super) step: Arc<Step>,
    pub(super) base: i64,
    pub(super) input: Tree,
    pub(super) secondary: Tree,
}

/// A chain laid flat, as `marshalState.add` of Go's client does it.
#[derive(Default)]
pub(super) struct Flat {
    pub(super) steps: Vec<FlatStep>,
    pub(super) inputs: Inputs,
    /// Where the steps of chains that are copied from are. Like Go's client, a
    /// chain that copies from an earlier state of itself repeats that state.
    copied: HashMap<*const Step, usize>,
    last_own: Option<usize>,
}

impl Flat {
    pub(super) fn add_own(&mut self, step: Arc<Step>) {
        let base = self.inputs.index_of(&step.base);
        let secondary = self.secondary(&step);
        let input = self.last_own.map_or(Tree::Input(base), Tree::Step);
        self.last_own = Some(self.push(step, base, input, secondary));
    }

    fn push(&mut self, step: Arc<Step>, base: i64, input: Tree, secondary: Tree) -> usize {
        self.steps.push(FlatStep {
            step,
            base,
            input,
            secondary,
        });
        self.steps.len() - 1
    }

    /// What a step copies from, which comes before the step.
    fn secondary(&mut self, step: &Step) -> Tree {
        match &step.action {
            FileAction::Copy(copy) => match &copy.source {
                CopySource::Output(tree) => Tree::Input(self.inputs.index_of(tree)),
                CopySource::Chain(Chain(last)) => Tree::Step(self.add_copied(last)),
            },
            _ => Tree::Input(EMPTY),
        }
    }

    /// Adds the chain up to this step if it is not there yet; gives the place of
    /// its last step.
    fn add_copied(&mut self, last: &Arc<Step>) -> usize {
        let mut pending = vec![(last, false)];
        while let Some((step, entered)) = pending.pop() {
            if self.copied.contains_key(&Arc::as_ptr(step)) {
                continue;
            }
            if !entered {
                pending.push((step, true));
                pending.extend(step.previous.as_ref().map(|previous| (previous, false)));
                continue;
            }
            // All earlier steps are there: now the base, then the copy's source.
            let base = self.inputs.index_of(&step.base);
            if let Some(chain) = step.chain()
                && !self.copied.contains_key(&Arc::as_ptr(chain))
            {
                pending.push((step, true));
                pending.push((chain, false));
                continue;
            }
            let secondary = self.secondary(step);
            let previous = step.previous.as_ref();
            let previous = previous.and_then(|p| self.copied.get(&Arc::as_ptr(p)));
            let input = previous.map_or(Tree::Input(base), |place| Tree::Step(*place));
            let place = self.push(step.clone(), base, input, secondary);
            self.copied.insert(Arc::as_ptr(step), place);
        }
        self.copied.get(&Arc::as_ptr(last)).copied().unwrap_or(0)
    }
}
