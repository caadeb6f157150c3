//! Every call against a loopback server that answers by a script: what was asked for, and what each
//! answer, or the lack of one, is called.

mod admin;
mod contract;
mod discord;
mod reader;
mod script;
mod slack;
mod transport;
mod x;
