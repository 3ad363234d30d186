//! The classroom: exercises that no sequential answer can pass, and the grader
//! behind `just grade`.
//!
//! A grader must end, whatever it is given. Each answer is compiled and run in
//! a process group of its own and ended at its limit, with everything it has
//! started ([`process`]). The tests that judge are those of the repository's
//! own set, never those of the learner's file ([`source`]).

pub mod check;
pub mod class;
pub mod compiler;
pub mod course;
pub mod flaky;
pub mod grade;
pub mod job;
pub mod learner;
pub mod milestones;
pub mod mutate;
mod places;
pub mod process;
pub mod report;
mod said;
pub mod set;
pub mod source;
mod workshop;
