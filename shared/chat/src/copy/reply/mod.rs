//! What the one who asked reads back: short, with what happens next, and the next step.

mod bank;
mod cost;
mod desk;
mod heard;
mod live;
mod living;
mod members;
mod missed;
mod moderation;
mod planning;
mod questions;
mod radar;
mod rehearsal;
mod removal;
mod setup;
mod trouble;
mod wishes;

pub use bank::*;
pub use cost::*;
pub use desk::*;
pub use heard::*;
pub use live::*;
pub use living::*;
pub use members::*;
pub use missed::*;
pub use moderation::*;
pub use planning::*;
pub use questions::*;
pub use radar::*;
pub use rehearsal::*;
pub use removal::*;
pub use setup::*;
pub use trouble::*;
pub use wishes::*;
