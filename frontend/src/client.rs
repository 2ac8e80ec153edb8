//! What the client asks for: options, the build context, named contexts.

mod ignore;
mod local;
mod named_context;
mod options;

pub use ignore::IgnoreFile;
pub use local::{Needed, local_source};
pub use named_context::{NamedContext, familiar_name};
pub use options::{
    CacheImport, Network, NoCache, Options, Proxy, ResolveMode, Ulimit, Worker, csv_fields,
    is_builtin_arg,
};
