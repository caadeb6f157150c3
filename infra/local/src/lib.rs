#![doc = include_str!("../README.md")]

pub mod cast;
pub mod database;
pub mod lines;
pub mod local;
pub mod rehearsal;
pub mod stage;
pub mod standin;
pub mod worker;
