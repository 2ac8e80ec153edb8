//! The lamina frontend.
fn main() {}
