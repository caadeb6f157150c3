//! The rules, driven through a chat's life: `decide` with a store and a clock in memory.

mod anything;
mod asking;
mod bank;
mod dates;
mod desk;
mod happening;
mod heard;
mod home;
mod hour;
mod late;
mod missed;
mod moderation;
mod money;
mod people;
mod personal;
mod planning;
mod quotes;
mod radar;
mod regulars;
mod rehearsal;
mod removals;
mod setup;
mod sim;
mod words;
mod year;
