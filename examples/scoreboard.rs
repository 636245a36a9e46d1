//! Precision, recall and F1 of the page reader, field by field.
//!
//! ```sh
//! cargo run --release --no-default-features --example scoreboard             # all pages of tests/pages/board
//! cargo run --release --no-default-features --example scoreboard -- french   # those of one folder, or any directory of pages
//! ```
//!
//! With `--faults` every answer that is not right is listed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program for people at a terminal, which should fail where it stands"
)]

use std::path::PathBuf;

#[path = "../tests/board/mod.rs"]
mod board;

fn main() {
    let (flags, folders): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|argument| argument.starts_with("--"));
    let all = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/pages/board");
    let directory =
        folders.first().map_or(all.clone(), |folder| if all.join(folder).is_dir() { all.join(folder) } else { PathBuf::from(folder) });
    let cases = board::cases(&directory);
    let judged = board::judge(&cases);
    if flags.iter().any(|flag| flag == "--faults") {
        judged.faults.iter().for_each(|fault| println!("{fault}"));
    }
    print!("{}", judged.table(cases.len()));
}
