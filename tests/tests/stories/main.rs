//! The product's stories, on a moved clock, over the real protocol.

mod clocks;
mod hour;
mod year;
