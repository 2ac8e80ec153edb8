//! What the client asks for: options, the build context, named contexts,
//! subrequests.

mod context;
mod ignore;
mod inputs;
mod local;
mod named_context;
mod options;
mod request;

pub use context::BuildContext;
pub use ignore::IgnoreFile;
pub use inputs::Inputs;
use local::CONTEXT;
pub use local::{Needed, Transfer, context_source, local_source, stub_source};
pub use named_context::{NamedContext, NamedContexts, familiar_name};
pub(crate) use options::platforms;
pub use options::{CacheImport, Network, NoCache, Options, Proxy, ResolveMode, Ulimit, Worker};
pub use request::Subrequest;
