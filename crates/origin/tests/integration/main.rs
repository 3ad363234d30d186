//! The server seen from outside: by sockets that say what they like, and by a
//! real client.

mod counting;
mod ending;
mod faults;
mod http;
mod raw;
mod real;
mod traversal;
