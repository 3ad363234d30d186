//! One recorded model, three pictures of it.

pub mod chrome;
pub(crate) mod model;
pub(crate) mod record;
pub(crate) mod sample;
pub mod svg;
pub(crate) mod text;
