//! lamina.
