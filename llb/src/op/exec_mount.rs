//! The mounts of an exec as they are encoded, and the outputs that they give.

use buildkit_proto::pb;

use crate::caps::Cap;
use crate::op::inputs::{EMPTY, Inputs};
use crate::op::mount::{Access, BindMount, CacheMount, ContentCache, TmpfsMount};
use crate::paths::AnyPath;
use crate::vertex::Output;

/// The output index that stands for no output.
const NO_OUTPUT: i64 = -1;

/// Mounts that are sorted by path. Secrets and agents follow them in the order in
/// which they were added.
#[derive(Clone, Debug)]
pub(super) enum Plain {
    Bind(BindMount),
    Cache(CacheMount),
    Tmpfs(TmpfsMount),
}

/// The output at a mount's path.
pub(super) enum Made {
    /// An output of the exec.
    Here(u32),
    /// The tree that was mounted read-only.
    Before(Output),
}

impl Plain {
    /// The tree that the mount starts with.
    pub(super) fn tree(&self) -> &Output {
        match self {
            Self::Bind(bind) => &bind.tree,
            Self::Cache(cache) => &cache.seed,
            Self::Tmpfs(_) => &Output::SCRATCH,
        }
    }

    fn content_cache(&self) -> ContentCache {
        match self {
            Self::Bind(bind) => bind.content_cache,
            Self::Cache(cache) => cache.content_cache,
            Self::Tmpfs(tmpfs) => tmpfs.content_cache,
        }
    }

    pub(super) fn encode(
        self,
        path: &str,
        inputs: &mut Inputs,
        outputs: &mut u32,
    ) -> (pb::Mount, Option<Made>) {
        let selector = |path: Option<AnyPath>| path.map(String::from).unwrap_or_default();
        let base = pb::Mount {
            input: EMPTY,
            output: NO_OUTPUT,
            dest: path.to_owned(),
            content_cache: pb::MountContentCache::from(self.content_cache()).into(),
            ..pb::Mount::default()
        };
        match self {
            Self::Bind(bind) => {
                let input = inputs.index_of(&bind.tree);
                let made = match bind.access {
                    Access::ReadOnly => Some(Made::Before(bind.tree)),
                    Access::Discarded => None,
                    Access::Writable => {
                        *outputs += 1;
                        Some(Made::Here(*outputs - 1))
                    }
                };
                let mount = pb::Mount {
                    input,
                    output: match made {
                        Some(Made::Here(index)) => index.into(),
                        _ => NO_OUTPUT,
                    },
                    readonly: bind.access == Access::ReadOnly,
                    selector: selector(bind.selector),
                    ..base
                };
                (mount, made)
            }
            Self::Cache(cache) => {
                let mount = pb::Mount {
                    input: inputs.index_of(&cache.seed),
                    readonly: cache.read_only,
                    selector: selector(cache.selector),
                    mount_type: pb::MountType::Cache.into(),
                    cache_opt: Some(pb::CacheOpt {
                        id: cache.id.to_string(),
                        sharing: pb::CacheSharingOpt::from(cache.sharing).into(),
                    }),
                    ..base
                };
                (mount, None)
            }
            Self::Tmpfs(tmpfs) => {
                let mount = pb::Mount {
                    mount_type: pb::MountType::Tmpfs.into(),
                    tmpfs_opt: Some(pb::TmpfsOpt {
                        size: i64::try_from(tmpfs.size).unwrap_or(i64::MAX),
                    }),
                    ..base
                };
                (mount, None)
            }
        }
    }

    /// The capabilities that it needs.
    pub(super) fn caps(&self, need: &mut impl FnMut(Cap, bool)) {
        let content_cache = self.content_cache() != ContentCache::Default;
        need(Cap::EXEC_MOUNT_CONTENT_CACHE, content_cache);
        match self {
            Self::Bind(bind) => {
                need(Cap::EXEC_MOUNT_BIND, !bind.tree.is_scratch());
                need(Cap::EXEC_MOUNT_SELECTOR, is_set(bind.selector.as_ref()));
            }
            Self::Cache(cache) => {
                need(Cap::EXEC_MOUNT_CACHE, true);
                need(Cap::EXEC_MOUNT_CACHE_SHARING, true);
                need(Cap::EXEC_MOUNT_SELECTOR, is_set(cache.selector.as_ref()));
            }
            Self::Tmpfs(tmpfs) => {
                need(Cap::EXEC_MOUNT_TMPFS, true);
                need(Cap::EXEC_MOUNT_TMPFS_SIZE, tmpfs.size > 0);
            }
        }
    }
}

/// An empty selector is none.
fn is_set(selector: Option<&AnyPath>) -> bool {
    selector.is_some_and(|path| !path.as_str().is_empty())
}
