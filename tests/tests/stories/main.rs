//! The product's stories, on a moved clock, over the real protocol.

mod clocks;
mod dates;
mod hour;
mod mirror;
mod steering;
mod two;
mod year;
