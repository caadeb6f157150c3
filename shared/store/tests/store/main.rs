//! The table, against an embedded DynamoDB behind a real client on loopback.

mod attendance;
mod bank;
mod commits;
mod deliveries;
mod desk;
mod faults;
mod made;
mod missed;
mod quotes;
mod radar;
mod reads;
mod rehearsals;
mod removals;
mod travel;
mod x;
