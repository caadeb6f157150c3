//! The product's stories, on a moved clock, over the real protocol.

mod clocks;
mod compliance;
mod dates;
mod doors;
mod faults;
mod forms;
mod hour;
mod killer;
mod links;
mod mirror;
mod missed;
mod moderation;
mod oddities;
mod outsiders;
mod polling;
mod quotes;
mod ready;
mod removals;
mod restart;
mod scenarios;
mod steering;
mod storm;
mod texts;
mod threads;
mod two;
mod year;
