//! The grader from the outside: its program, on folders made for the purpose.

mod class;
mod fixture;
mod grading;
mod handout;
mod own_set;
mod room;
