//! BuildKit LLB graphs as Rust values.
