//! Posts and members.
