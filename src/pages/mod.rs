//! Pages beyond the request that brought them: shared by those who want the same one at the same moment.
//!
//! This room fetches nothing and never says what a page means.

mod key;
mod together;

pub(crate) use key::Key;
pub(crate) use together::Together;
