//! Hash checking, as pip does it: with one hash, everything needs one.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::facts::Pin;
use crate::plan::Plan;
use crate::python::Requirement;
use crate::source::{Diagnostic, Diagnostics, Location};

/// Adds the hashes of the requirement files to the pins.
///
/// Fails where hashes are required and a package of the resolution has none.
pub(super) fn add(plan: &Plan, slices: Vec<Vec<Pin>>) -> Result<Vec<Vec<Pin>>, Diagnostics> {
    let mut known: BTreeMap<&str, Vec<&Requirement>> = BTreeMap::new();
    for requirement in requirements(plan) {
        if let (Some(name), false) = (&requirement.name, requirement.hashes.is_empty()) {
            known.entry(name).or_default().push(requirement);
        }
    }
    let reason = known.values().flatten().next().map(|r| &r.location);
    let reason = plan.options.require_hashes.as_ref().or(reason);
    let Some(reason) = reason else {
        return Ok(slices);
    };
    let mut problems = Diagnostics::new();
    let mut hashed = |mut pin: Pin| {
        let Some(requirements) = known.get(pin.name()) else {
            problems.push(unhashed(plan, &pin, reason));
            return pin;
        };
        let mut hashes: Vec<&String> = requirements.iter().flat_map(|r| &r.hashes).collect();
        hashes.sort_unstable();
        hashes.dedup();
        for hash in hashes {
            let _ = write!(pin.pin, " --hash={hash}");
        }
        pin
    };
    let slices = slices
        .into_iter()
        .map(|slice| slice.into_iter().map(&mut hashed).collect())
        .collect();
    problems.into_result(slices)
}

/// A package without a hash: the line that asks for it, or else the one that
/// is the reason why hashes are checked.
fn unhashed(plan: &Plan, pin: &Pin, reason: &Location) -> Diagnostic {
    const REASON: &str = "because of this, every package needs a hash";
    let text = &pin.pin;
    let mut lines = plan.layers.iter().flat_map(|layer| &layer.requirements);
    match lines.find(|line| line.name.as_deref() == Some(pin.name())) {
        Some(line) => Diagnostic::error(format!("`{}` has no hash", line.text))
            .at(line.location.clone())
            .label("no hash")
            .related(reason.clone(), REASON)
            .help(format!("pin it with its hash: `{text} --hash=sha256:…`")),
        None => Diagnostic::error(format!("`{text}` is needed, but no line gives its hash"))
            .at(reason.clone())
            .label(REASON)
            .help(format!("add a line for `{text}` with --hash=sha256:…")),
    }
}

/// Hashes count in constraints as they do in requirements.
fn requirements(plan: &Plan) -> impl Iterator<Item = &Requirement> {
    let layers = plan.layers.iter().flat_map(|layer| &layer.requirements);
    layers.chain(&plan.constraints)
}
