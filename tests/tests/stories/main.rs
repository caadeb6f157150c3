//! The product's story, on a moved clock, over the real protocol.

mod hour;
