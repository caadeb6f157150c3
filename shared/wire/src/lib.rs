#![doc = include_str!("../README.md")]

pub mod bus;
pub mod discord;
mod inbound;
mod outside;
mod reading;
mod said;
mod signed;
pub mod slack;
pub mod x;

pub use inbound::{Inbound, Malformed, Unverified, Visitor};
