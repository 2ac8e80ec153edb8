//! The end-to-end tests of lamina.
