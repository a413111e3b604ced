//! What is SQLite's alone: how a file is opened, locked and checked, what shape it has, and how it is copied.

pub(super) mod copy;
mod disk;
pub(super) mod lock;
pub(super) mod open;
pub(super) mod schema;
