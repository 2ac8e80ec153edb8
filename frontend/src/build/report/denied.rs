//! Indexes that deny access to packages.

use super::at_index;
use crate::facts::{Credentials, DeniedIndex};
use crate::plan::Plan;
use crate::source::{Diagnostic, Diagnostics, rules};

/// An index that requires credentials to say whether it has packages.
pub(super) fn error(plan: &Plan, denied: &DeniedIndex) -> Diagnostic {
    let DeniedIndex {
        index,
        status,
        host,
        ..
    } = denied;
    let names = packages(denied);
    let message = match denied.credentials {
        Credentials::Absent => {
            format!("the index {index} requires credentials for {names}: {status}")
        }
        Credentials::Missing => format!(
            "the index {index} requires credentials for {names}, and the secret `netrc` has none \
             for {host}: {status}"
        ),
        Credentials::Rejected => format!(
            "the index {index} rejected the credentials of the secret `netrc` for {host}, asked \
             for {names}: {status}"
        ),
        Credentials::Withheld => format!(
            "the index {index} requires credentials for {names}, which are not sent to {host} \
             over a connection without TLS: {status}"
        ),
    };
    let help = format!(
        "{}: otherwise, what another index has under that name would be installed. If it \
         answers so for packages that it does not have, set `anonymous = true` in its \
         [[python.index]]",
        remedy(denied)
    );
    at_index(plan, index, Diagnostic::error(message).help(help))
}

/// How the index can be given credentials that it accepts.
pub(super) fn remedy(denied: &DeniedIndex) -> String {
    let host = &denied.host;
    match denied.credentials {
        Credentials::Absent => {
            "pass its credentials in a netrc file with --secret id=netrc,src=FILE".to_owned()
        }
        Credentials::Missing => {
            format!("add `machine {host} login USER password PASSWORD` to the secret `netrc`")
        }
        Credentials::Rejected => {
            format!("correct login and password of `machine {host}` in the secret `netrc`")
        }
        Credentials::Withheld => format!(
            "use an index URL that leads to {host} with https, or trust the host with \
             `--trusted-host {host}`"
        ),
    }
}

/// The packages that an index was asked about, for a message.
pub(super) fn packages(denied: &DeniedIndex) -> String {
    match &denied.names[..] {
        [] => "packages".to_owned(),
        [name] => format!("`{name}`"),
        [one, other] => format!("`{one}` and `{other}`"),
        [one, other, rest @ ..] => format!("`{one}`, `{other}` and {} more", rest.len()),
    }
}

/// Indexes that no package came from, perhaps because credentials are missing.
pub(in crate::build) fn warnings(plan: &Plan, denied: &[DeniedIndex]) -> Diagnostics {
    let warnings = denied.iter().map(|denied| {
        let DeniedIndex { index, status, .. } = denied;
        let message = format!(
            "no package of {} comes from the index {index}: it answers {status}",
            plan.label()
        );
        // The resolution succeeded, so from now on it is in the cache.
        let help = format!(
            "if credentials are missing, {}, and build once with --no-cache-filter resolve",
            remedy(denied)
        );
        at_index(
            plan,
            index,
            Diagnostic::warning(&rules::DENIED_INDEX, message).help(help),
        )
    });
    warnings.collect()
}
