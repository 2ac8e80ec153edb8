//! BuildKit LLB graphs as Rust values.

mod platform;

pub use platform::{Platform, PlatformError};
