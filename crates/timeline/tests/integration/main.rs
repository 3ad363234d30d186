//! The timeline as a program uses it: beside other layers, alone in a process,
//! from any place.

mod alone;
mod anywhere;
mod beside;
mod pictures;
