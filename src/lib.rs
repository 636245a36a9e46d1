//! Product sheets by barcode, from several online shops at once, streamed as they are known.

mod error;
mod model;



pub use error::{Error, ErrorKind, Retry};
pub use model::*;
