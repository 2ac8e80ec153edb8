//! What is legal in a definition and surely wrong.

use std::fmt;

use buildkit_proto::pb;

use crate::attr;
use crate::definition::Definition;
use crate::digest::Digest;
use crate::op::EMPTY;
use crate::redact::redacted;

/// A suspicious operation: legal, and surely not what was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lint {
    /// The operation.
    pub digest: Digest,
    /// The name of the operation, else a short description.
    pub operation: String,
    /// What is wrong with it.
    pub kind: LintKind,
}

/// The kinds of [`Lint`]s.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LintKind {
    /// An image, exec or build without a platform: each daemon uses its own, so
    /// that the graph gives different results on different machines.
    NoPlatform,
    /// A local source without a session or unique id: concurrent builds of several
    /// clients share one, with the files of either.
    UnidentifiedLocal,
    /// A git remote over SSH without known hosts: the daemon trusts any host.
    NoKnownHosts,
    /// An owner by name in the empty tree, which has no accounts: daemons silently
    /// use root.
    NameInEmptyTree(String),
    /// A content cache of a part of a writable tree, which daemons refuse.
    ContentCacheOfWritablePart(String),
    /// A mount at the same path as an earlier one, which it hides.
    HiddenMount(String),
    /// A build without a definition, which always fails.
    NoDefinition,
}

impl fmt::Display for LintKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPlatform => f.write_str("no platform: set one, or the daemon uses its own"),
            Self::UnidentifiedLocal => f.write_str(
                "neither session nor unique id: set one, or builds of other clients share it",
            ),
            Self::NoKnownHosts => {
                f.write_str("no known hosts: set them, or the daemon trusts any host")
            }
            Self::NameInEmptyTree(name) => write!(
                f,
                "owner `{name}` by name in the empty tree: use a number, or daemons use root"
            ),
            Self::ContentCacheOfWritablePart(path) => write!(
                f,
                "content cache of a part of a writable tree at {path}: daemons refuse this"
            ),
            Self::HiddenMount(path) => write!(f, "two mounts at {path}: the later one hides it"),
            Self::NoDefinition => f.write_str("no definition: a build of the empty tree fails"),
        }
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.kind)
    }
}

impl Definition {
    /// Suspicious operations, in the order of the definition.
    ///
    /// ```
    /// use buildkit_llb::lint::LintKind;
    /// use buildkit_llb::{Definition, Source};
    /// let image = Source::image("alpine:3".parse()?).name("base").output();
    /// let lints = Definition::new(&image).lint();
    /// assert_eq!(lints[0].kind, LintKind::NoPlatform);
    /// assert_eq!(
    ///     lints[0].to_string(),
    ///     "base: no platform: set one, or the daemon uses its own"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lint(&self) -> Vec<Lint> {
        let mut lints = Vec::new();
        for (vertex, metadata) in self.vertices().zip(self.all_metadata()) {
            let op = vertex.op();
            let mut kinds = Vec::new();
            if op.platform.is_none() && takes_platform(&op) {
                kinds.push(LintKind::NoPlatform);
            }
            match &op.op {
                Some(pb::op::Op::Source(source)) => lint_source(source, &mut kinds),
                Some(pb::op::Op::Exec(exec)) => lint_exec(exec, &mut kinds),
                Some(pb::op::Op::File(file)) => lint_file(file, &mut kinds),
                Some(pb::op::Op::Build(build)) if build.inputs.is_empty() => {
                    kinds.push(LintKind::NoDefinition);
                }
                _ => {}
            }
            lints.extend(kinds.into_iter().map(|kind| Lint {
                digest: vertex.digest().clone(),
                operation: metadata.name().map_or_else(|| describe(&op), str::to_owned),
                kind,
            }));
        }
        lints
    }
}

/// Whether an operation takes a platform.
pub(crate) fn takes_platform(op: &pb::Op) -> bool {
    match &op.op {
        Some(pb::op::Op::Source(source)) => attr::is_platform_specific(&source.identifier),
        Some(pb::op::Op::Exec(_) | pb::op::Op::Build(_)) => true,
        _ => false,
    }
}

fn describe(op: &pb::Op) -> String {
    match &op.op {
        Some(pb::op::Op::Source(source)) => redacted(&source.identifier).into_owned(),
        Some(pb::op::Op::Exec(exec)) => {
            let args = exec.meta.iter().flat_map(|meta| &meta.args);
            format!("exec {:?}", args.collect::<Vec<_>>())
        }
        Some(pb::op::Op::File(_)) => "file operation".to_owned(),
        Some(pb::op::Op::Build(_)) => "build".to_owned(),
        _ => "operation".to_owned(),
    }
}

fn lint_source(source: &pb::SourceOp, kinds: &mut Vec<LintKind>) {
    let has = |name: &str| {
        source
            .attrs
            .get(name)
            .is_some_and(|value| !value.is_empty())
    };
    let is_local = source.identifier.starts_with(attr::LOCAL);
    if is_local && !has(attr::LOCAL_SESSION) && !has(attr::LOCAL_UNIQUE) {
        kinds.push(LintKind::UnidentifiedLocal);
    }
    if has(attr::GIT_SSH_SOCKET) && !has(attr::GIT_KNOWN_HOSTS) {
        kinds.push(LintKind::NoKnownHosts);
    }
}

fn lint_exec(exec: &pb::ExecOp, kinds: &mut Vec<LintKind>) {
    let mut paths = std::collections::HashSet::new();
    for mount in &exec.mounts {
        if !paths.insert(&mount.dest) {
            kinds.push(LintKind::HiddenMount(mount.dest.clone()));
        }
        let by_content = mount.content_cache() == pb::MountContentCache::On;
        let bind = mount.mount_type() == pb::MountType::Bind;
        if by_content && bind && !mount.readonly && !mount.selector.is_empty() {
            let path = mount.dest.clone();
            kinds.push(LintKind::ContentCacheOfWritablePart(path));
        }
    }
}

fn lint_file(file: &pb::FileOp, kinds: &mut Vec<LintKind>) {
    use pb::file_action::Action;
    use pb::user_opt::User;
    for action in &file.actions {
        let owner = match &action.action {
            Some(Action::Mkdir(mkdir)) => &mkdir.owner,
            Some(Action::Mkfile(mkfile)) => &mkfile.owner,
            Some(Action::Symlink(symlink)) => &symlink.owner,
            Some(Action::Copy(copy)) => &copy.owner,
            Some(Action::Rm(_)) | None => continue,
        };
        let accounts = owner.iter().flat_map(|owner| [&owner.user, &owner.group]);
        for account in accounts.flatten() {
            if let Some(User::ByName(named)) = &account.user
                && named.input == EMPTY
            {
                kinds.push(LintKind::NameInEmptyTree(named.name.clone()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::ContentCache;
    use crate::paths::{at, raw};
    use crate::platform::Platform;
    use crate::vertex::Output;
    use crate::{Build, Exec, File, Mkdir, Mount, Source};

    fn kinds(output: &Output) -> Vec<LintKind> {
        let lints = Definition::new(output).lint();
        lints.into_iter().map(|lint| lint.kind).collect()
    }

    #[test]
    fn reports_what_is_surely_wrong() {
        let amd64 = Platform::linux_amd64;
        let file = File::on(Output::SCRATCH).mkdir(at("/a"), 0o755).output();
        let tree = Mount::writable(&file).selector(at("/a"));
        let exec = Exec::on(&file)
            .args(["true"])
            .mount(at("/a"), tree.content_cache(ContentCache::On))
            .mount(raw("/a"), Mount::tmpfs());
        assert_eq!(
            kinds(&exec.finish().root()),
            [
                LintKind::NoPlatform,
                LintKind::ContentCacheOfWritablePart("/a".to_owned()),
                LintKind::HiddenMount("/a".to_owned()),
            ]
        );
        let local = || Source::local("context");
        assert_eq!(
            kinds(&local().output()),
            [LintKind::UnidentifiedLocal],
            "a local source"
        );
        assert_eq!(kinds(&local().session("s").output()), []);
        assert_eq!(kinds(&local().unique("u").output()), []);
        let git = |text: &str| Source::git(text.parse().unwrap());
        assert_eq!(kinds(&git("git@h:a").output()), [LintKind::NoKnownHosts]);
        assert_eq!(kinds(&git("https://h/a").output()), []);
        let mkdir = Mkdir::new(at("/a"), 0o755).owner("app:50".parse().unwrap());
        assert_eq!(
            kinds(&File::on(Output::SCRATCH).action(mkdir).output()),
            [LintKind::NameInEmptyTree("app".to_owned())]
        );
        let build = Build::of(Output::SCRATCH).platform(amd64()).output();
        assert_eq!(kinds(&build), [LintKind::NoDefinition]);
    }
}
