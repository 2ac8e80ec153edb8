//! Progress groups, and CPU and memory limits: metadata that few operations have.

use std::fmt;

use prost::{DecodeError, Message as _};

use crate::wire;

/// A group of operations that progress shows as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ProgressGroup {
    /// The id of the group.
    pub id: String,
    /// The name that is shown.
    pub name: String,
    /// Whether this operation alone leaves the group hidden: a group is shown once
    /// a member that is not weak runs, or one fails.
    pub weak: bool,
}

impl ProgressGroup {
    /// A group by its id and the name that is shown.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            weak: false,
        }
    }

    /// The same group for a member that is not worth showing by itself.
    pub fn weak(mut self) -> Self {
        self.weak = true;
        self
    }
}

/// CPU and memory limits of an operation's container (`LinuxResources` of
/// `solver/pb/ops.proto`). A limit of 0 or an empty text is not set.
///
/// `pb::OpMetadata` has no field for them:
/// [`Definition::to_bytes`](crate::Definition::to_bytes) writes them,
/// [`Definition::to_pb`](crate::Definition::to_pb) cannot.
#[doc(alias = "LinuxResources")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default))]
pub struct Resources {
    /// The memory limit, in bytes.
    pub memory: i64,
    /// The limit of memory and swap together, in bytes.
    pub memory_swap: i64,
    /// The relative CPU weight.
    pub cpu_shares: u64,
    /// The CFS period, in microseconds.
    pub cpu_period: u64,
    /// The CFS quota, in microseconds.
    pub cpu_quota: i64,
    /// The CPUs that may be used, as in `0-3`.
    pub cpuset_cpus: String,
    /// The memory nodes that may be used, as in `0,1`.
    pub cpuset_mems: String,
    /// Fields that this crate does not know, as they were read.
    #[cfg_attr(feature = "serde", serde(skip))]
    unknown: Vec<u8>,
}

/// The limits as they are encoded.
#[derive(Clone, PartialEq, prost::Message)]
struct Message {
    #[prost(int64, tag = "1")]
    memory: i64,
    #[prost(int64, tag = "2")]
    memory_swap: i64,
    #[prost(uint64, tag = "3")]
    cpu_shares: u64,
    #[prost(uint64, tag = "4")]
    cpu_period: u64,
    #[prost(int64, tag = "5")]
    cpu_quota: i64,
    #[prost(string, tag = "6")]
    cpuset_cpus: String,
    #[prost(string, tag = "7")]
    cpuset_mems: String,
}

macro_rules! setters {
    ($($alias:literal $name:ident: $type:ty;)*) => {
        impl Resources {
            $(
                #[doc = concat!("Sets [`Self::", stringify!($name), "`](Self#structfield.", stringify!($name), ").")]
                #[doc(alias = $alias)]
                pub fn $name(mut self, value: impl Into<$type>) -> Self {
                    self.$name = value.into();
                    self
                }
            )*
        }
    };
}

setters! {
    "MemoryLimit" memory: i64;
    "MemorySwapLimit" memory_swap: i64;
    "CPUShares" cpu_shares: u64;
    "CPUPeriod" cpu_period: u64;
    "CPUQuota" cpu_quota: i64;
    "CpusetCpus" cpuset_cpus: String;
    "CpusetMems" cpuset_mems: String;
}

impl Resources {
    /// The number of the field in `OpMetadata`.
    pub(crate) const FIELD: u32 = 7;

    /// No limits.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads limits from the contents of the fields of one encoded `OpMetadata`:
    /// a message that comes in parts is one message.
    pub(crate) fn decode(parts: &[&[u8]]) -> Result<Self, DecodeError> {
        let mut message = Message::default();
        let mut unknown = Vec::new();
        for part in parts {
            message.merge(*part)?;
            for field in wire::fields(part) {
                let field = field?;
                if !(1..=7).contains(&field.number) {
                    unknown.extend_from_slice(field.bytes);
                }
            }
        }
        Ok(Self {
            memory: message.memory,
            memory_swap: message.memory_swap,
            cpu_shares: message.cpu_shares,
            cpu_period: message.cpu_period,
            cpu_quota: message.cpu_quota,
            cpuset_cpus: message.cpuset_cpus,
            cpuset_mems: message.cpuset_mems,
            unknown,
        })
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let message = Message {
            memory: self.memory,
            memory_swap: self.memory_swap,
            cpu_shares: self.cpu_shares,
            cpu_period: self.cpu_period,
            cpu_quota: self.cpu_quota,
            cpuset_cpus: self.cpuset_cpus.clone(),
            cpuset_mems: self.cpuset_mems.clone(),
        };
        let mut bytes = message.encode_to_vec();
        bytes.extend_from_slice(&self.unknown);
        bytes
    }
}

/// The limits that are set, as in `memory=1024 cpuset-cpus=0-3`.
impl fmt::Display for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limits = [
            ("memory", self.memory.to_string()),
            ("memory-swap", self.memory_swap.to_string()),
            ("cpu-shares", self.cpu_shares.to_string()),
            ("cpu-period", self.cpu_period.to_string()),
            ("cpu-quota", self.cpu_quota.to_string()),
            ("cpuset-cpus", self.cpuset_cpus.clone()),
            ("cpuset-mems", self.cpuset_mems.clone()),
        ];
        let mut set = limits
            .iter()
            .filter(|(_, value)| !matches!(&**value, "" | "0"));
        if let Some((name, value)) = set.next() {
            write!(f, "{name}={value}")?;
        }
        set.try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}
