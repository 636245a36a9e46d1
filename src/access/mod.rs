//! Who may call: access tokens, what each may do, and the file in which they are kept.
//!
//! The file lies beside the journal and is none of its tables: `glaneur token` must work while a server holds the journal, before the
//! first start, and beside a server of another version, without bringing a schema up to date under it. A running server looks at the
//! file several times a second. This room never sees a request.

mod book;
mod file;
mod scope;
mod secret;

pub use book::{Book, End, Pass};
pub use file::{Store, Token, TokenId};
pub use scope::{Scope, Scopes};
pub use secret::{PREFIX, Secret};
