//! Nothing: built once, so that the dependencies of all exercises are there.
