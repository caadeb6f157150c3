//! The product's stories, on a moved clock, over the real protocol.

mod clocks;
mod dates;
mod doors;
mod faults;
mod forms;
mod hour;
mod mirror;
mod outsiders;
mod polling;
mod removals;
mod restart;
mod steering;
mod texts;
mod threads;
mod two;
mod year;
