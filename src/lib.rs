//! Product sheets by barcode, from several online shops at once, streamed as they are known.

mod error;
mod model;

pub mod extract;
pub mod recipe;
mod verify;


pub use error::{Error, ErrorKind, Retry};
pub use model::*;
pub use recipe::{Recipe, RecipeError};
pub use verify::{Verdict, judge};
