#![doc = include_str!("../README.md")]

pub mod cable;
pub mod cast;
pub mod database;
pub mod dice;
pub mod doctor;
pub mod gap;
pub mod lines;
pub mod local;
pub mod moving;
pub mod private;
pub mod rehearsal;
pub mod setup;
pub mod stage;
pub mod standin;
pub mod table;
pub mod worker;
