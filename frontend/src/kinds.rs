//! The kinds of components, from the bottom of an image to its top.
//!
//! This is the one place where a kind is registered. A kind is three files of
//! the same name: `stub/tables/<kind>.rs` (its table in the stub: how it is
//! read, inherited and resolved), `plan/<kind>.rs` (the components that it
//! plans) and `lower/<kind>.rs` (the operations of such a component).

/// Invokes another macro with the kinds, as `module: Type, …`.
macro_rules! for_each_kind {
    ($invoke:ident) => {
        $invoke! {
            base: Base,
            python: Python,
            app: App,
        }
    };
}

pub(crate) use for_each_kind;
