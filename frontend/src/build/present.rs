//! What the stub and the requirements name in the build context has to be
//! there: otherwise a step would say so, late and in the daemon's words.

use std::collections::BTreeSet;

use buildkit_llb::Definition;
use futures_util::future::try_join_all;

use crate::client::Needed;
use crate::gateway::{Bridge, BridgeError, SolveRequest};
use crate::source::{Diagnostic, Diagnostics};

/// Looks for all of it at the same time, in the sources that the steps use.
pub(super) async fn check<B: Bridge>(
    bridge: &B,
    needed: impl IntoIterator<Item = &Needed>,
) -> Result<(), BridgeError> {
    let looks = needed.into_iter().map(|it| look(bridge, it));
    let missing: Diagnostics = try_join_all(looks).await?.into_iter().flatten().collect();
    Ok(missing.into_result(())?)
}

/// What to say if it is not there.
async fn look<B: Bridge>(bridge: &B, needed: &Needed) -> Result<Option<Diagnostic>, BridgeError> {
    let parts = needed.path.split('/').filter(|it| !matches!(*it, "" | "."));
    let parts: Vec<&str> = parts.collect();
    let Some((name, folder)) = parts.split_last() else {
        return Ok(None);
    };
    let request = SolveRequest {
        definition: Definition::new(&needed.tree).to_pb(),
        evaluate: false,
    };
    let Some(reference) = bridge.solve(request).await? else {
        return Ok(None);
    };
    let entries = bridge
        .read_dir(&reference, &format!("/{}", folder.join("/")))
        .await?;
    let names: BTreeSet<String> = entries.into_iter().flatten().map(|it| it.name).collect();
    if names.contains(*name) {
        return Ok(None);
    }
    let path = parts.join("/");
    let problem = Diagnostic::error(format!("{path} is not in the build context"))
        .at(needed.location.clone())
        .help("check the name, and that .dockerignore does not exclude it");
    Ok(Some(problem))
}
