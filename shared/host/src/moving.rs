//! For the operator's `export`, `import` and `may-deploy`: a chat's rows on their way from one table to another, and
//! what they have to say about it. What each kind of row is, and whether it travels, is `store`'s to know.

pub use store::{
    Arrival, Changes, ChatLine, Gathered, Halfway, InTheWay, Kind, Left, Loaded, Record, Store, StoreError,
    Unsaid, Way,
};
