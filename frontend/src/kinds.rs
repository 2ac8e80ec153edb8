//! The kinds of components, from the bottom of an image to its top.
//!
//! This is the one place where a kind is registered. A kind is three files of
//! the same name: `stub/tables/<kind>.rs` (its table in the stub: how it is
//! read, inherited and resolved), `plan/<kind>.rs` (the components that it
//! plans) and `lower/<kind>.rs` (the operations of such a component). A table
//! without components, such as `[build]`, is a file of `stub/tables` alone.

/// Invokes another macro with the kinds, as `module: Type, …`; and with what is
/// given beside them.
macro_rules! for_each_kind {
    ($invoke:ident $($beside:tt)*) => {
        $invoke! {
            base: Base,
            python: Python,
            app: App,
            $($beside)*
        }
    };
}

/// Invokes another macro with the tables of the stub: those of the kinds, and
/// those that say how something is built and are no part of an image.
macro_rules! for_each_table {
    ($invoke:ident) => {
        $crate::kinds::for_each_kind!($invoke build: Build,);
    };
}

pub(crate) use {for_each_kind, for_each_table};
