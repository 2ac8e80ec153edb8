//! Conversions between the protocol's messages and the types of this crate.

use buildkit_proto::moby::buildkit::v1::apicaps::ApiCap;
use buildkit_proto::pb;

use crate::caps::{Cap, CapSet};
use crate::location::{Position, Range, SourceFile};
use crate::op::{
    CacheId, CacheIdError, CacheMount, ContentCache, Mount, NetworkMode, Proxy, SecretEnv,
    SecretMount, SecurityMode, Sharing, Source, SourceError, SshMount, TmpfsMount, Ulimit,
};
use crate::operation_metadata::Metadata;
use crate::platform::Platform;
use crate::resources::ProgressGroup;
use crate::settings::Constraints;
use crate::vertex::Output;

/// Enumerations whose values correspond one to one.
macro_rules! enums {
    ($($own:ident: $message:ident { $($value:ident = $theirs:ident),* $(,)? })*) => {
        $(
            impl From<$own> for pb::$message {
                fn from(value: $own) -> Self {
                    match value {
                        $($own::$value => Self::$theirs,)*
                    }
                }
            }

            impl From<pb::$message> for $own {
                fn from(value: pb::$message) -> Self {
                    match value {
                        $(pb::$message::$theirs => Self::$value,)*
                    }
                }
            }
        )*
    };
}

enums! {
    NetworkMode: NetMode { Sandbox = Unset, Host = Host, None = None }
    SecurityMode: SecurityMode { Sandbox = Sandbox, Insecure = Insecure }
    Sharing: CacheSharingOpt { Shared = Shared, Private = Private, Locked = Locked }
    ContentCache: MountContentCache { Default = Default, On = On, Off = Off }
}

/// Structures whose fields correspond one to one.
macro_rules! structs {
    ($($own:ident: $message:ident { $($field:ident = $theirs:ident),* $(,)? })*) => {
        $(
            impl From<$own> for pb::$message {
                fn from(value: $own) -> Self {
                    Self { $($theirs: value.$field,)* }
                }
            }

            impl From<pb::$message> for $own {
                fn from(value: pb::$message) -> Self {
                    Self { $($field: value.$theirs,)* }
                }
            }
        )*
    };
}

structs! {
    Proxy: ProxyEnv {
        http = http_proxy,
        https = https_proxy,
        ftp = ftp_proxy,
        no = no_proxy,
        all = all_proxy,
    }
    Ulimit: Ulimit { name = name, soft = soft, hard = hard }
    SecretEnv: SecretEnv { id = id, variable = name, optional = optional }
    ProgressGroup: ProgressGroup { id = id, name = name, weak = weak }
}

/// Types with `to_pb` and `from_pb`.
macro_rules! messages {
    ($($own:ident: $message:ident;)*) => {
        $(
            impl From<&$own> for pb::$message {
                fn from(value: &$own) -> Self {
                    value.to_pb()
                }
            }

            impl From<$own> for pb::$message {
                fn from(value: $own) -> Self {
                    value.to_pb()
                }
            }

            impl From<pb::$message> for $own {
                fn from(value: pb::$message) -> Self {
                    Self::from_pb(value)
                }
            }
        )*
    };
}

messages! {
    Metadata: OpMetadata;
    Platform: Platform;
    Position: Position;
    SourceFile: SourceInfo;
}

impl From<Range> for pb::Range {
    fn from(range: Range) -> Self {
        range.to_pb()
    }
}

impl From<pb::Range> for Range {
    fn from(range: pb::Range) -> Self {
        Self::from_pb(&range)
    }
}

impl From<&Source> for pb::SourceOp {
    fn from(source: &Source) -> Self {
        source.to_pb()
    }
}

impl TryFrom<pb::SourceOp> for Source {
    type Error = SourceError;

    fn try_from(op: pb::SourceOp) -> Result<Self, Self::Error> {
        Self::from_pb(op)
    }
}

impl From<SecretMount> for pb::SecretOpt {
    fn from(mount: SecretMount) -> Self {
        mount.0
    }
}

impl From<pb::SecretOpt> for SecretMount {
    fn from(options: pb::SecretOpt) -> Self {
        Self(options)
    }
}

impl From<SshMount> for pb::SshOpt {
    fn from(mount: SshMount) -> Self {
        mount.0
    }
}

impl From<pb::SshOpt> for SshMount {
    fn from(options: pb::SshOpt) -> Self {
        Self(options)
    }
}

impl From<TmpfsMount> for pb::TmpfsOpt {
    fn from(mount: TmpfsMount) -> Self {
        Self {
            size: i64::try_from(mount.size).unwrap_or(i64::MAX),
        }
    }
}

/// A negative size is none.
impl From<pb::TmpfsOpt> for TmpfsMount {
    fn from(options: pb::TmpfsOpt) -> Self {
        Self::default().size(u64::try_from(options.size).unwrap_or(0))
    }
}

/// The id and the sharing mode: all that the message has.
impl From<&CacheMount> for pb::CacheOpt {
    fn from(mount: &CacheMount) -> Self {
        Self {
            id: mount.id.to_string(),
            sharing: pb::CacheSharingOpt::from(mount.sharing).into(),
        }
    }
}

/// A cache without a seed, which can be written to.
impl TryFrom<pb::CacheOpt> for CacheMount {
    type Error = CacheIdError;

    fn try_from(options: pb::CacheOpt) -> Result<Self, Self::Error> {
        let sharing = options.sharing().into();
        Ok(Mount::cache(CacheId::new(options.id)?, sharing))
    }
}

impl Output {
    /// The output as operations name it; `None` for the empty tree.
    pub fn to_pb(&self) -> Option<pb::Input> {
        Some(pb::Input {
            digest: self.digest()?.to_string(),
            index: self.index().into(),
        })
    }
}

/// The worker filters alone: a platform is a field of its own.
impl From<&Constraints> for pb::WorkerConstraints {
    fn from(constraints: &Constraints) -> Self {
        Self {
            filter: constraints.filters.clone(),
        }
    }
}

impl From<pb::WorkerConstraints> for Constraints {
    fn from(constraints: pb::WorkerConstraints) -> Self {
        let filters = constraints.filter.into_iter();
        filters.fold(Self::new(), Self::worker_filter)
    }
}

impl From<&CapSet> for Vec<ApiCap> {
    fn from(caps: &CapSet) -> Self {
        caps.to_pb()
    }
}

impl From<String> for Cap {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

impl From<&str> for Cap {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_both_ways() {
        let proxy = Proxy {
            http: "h".to_owned(),
            no: "n".to_owned(),
            ..Proxy::default()
        };
        assert_eq!(Proxy::from(pb::ProxyEnv::from(proxy.clone())), proxy);
        let group = ProgressGroup::new("g", "group").weak();
        assert_eq!(
            ProgressGroup::from(pb::ProgressGroup::from(group.clone())),
            group
        );
        let env = SecretEnv {
            id: "i".to_owned(),
            variable: "V".to_owned(),
            optional: true,
        };
        let message = pb::SecretEnv::from(env.clone());
        assert_eq!(message.name, "V");
        assert_eq!(SecretEnv::from(message), env);
        for mode in [NetworkMode::Sandbox, NetworkMode::Host, NetworkMode::None] {
            assert_eq!(NetworkMode::from(pb::NetMode::from(mode)), mode);
        }
        for sharing in [Sharing::Shared, Sharing::Private, Sharing::Locked] {
            assert_eq!(Sharing::from(pb::CacheSharingOpt::from(sharing)), sharing);
        }
        let tmpfs = pb::TmpfsOpt { size: 4096 };
        assert_eq!(pb::TmpfsOpt::from(TmpfsMount::from(tmpfs)), tmpfs);
        let cache = pb::CacheOpt {
            id: "c".to_owned(),
            sharing: pb::CacheSharingOpt::Locked.into(),
        };
        let mount = CacheMount::try_from(cache.clone()).unwrap();
        assert_eq!(pb::CacheOpt::from(&mount), cache);
        assert!(CacheMount::try_from(pb::CacheOpt::default()).is_err());
        let output = Source::local("a").output();
        let input = output.to_pb().unwrap();
        assert_eq!(
            (input.digest.as_str(), input.index),
            (output.digest().unwrap().as_str(), 0)
        );
        assert_eq!(Output::SCRATCH.to_pb(), None);
        let range = Range {
            start: Position::new(1, 2),
            end: Position::new(3, 4),
        };
        assert_eq!(Range::from(pb::Range::from(range)), range);
        let filters = Constraints::new().worker_filter("a").worker_filter("b");
        let message = pb::WorkerConstraints::from(&filters);
        assert_eq!(Constraints::from(message), filters);
        let caps = CapSet::of([Cap::MERGE_OP]).without(Cap::DIFF_OP, "no");
        assert_eq!(CapSet::from_pb(&caps.to_pb()), caps);
        let source = Source::local("a").session("s").source();
        let back = Source::try_from(pb::SourceOp::from(&source)).unwrap();
        assert_eq!(back.to_pb(), source.to_pb());
    }
}
