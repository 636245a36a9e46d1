//! `glaneur recipe`: recipes that a user can trust. Each command has a file of its own.

mod check;
mod draft;
mod record;
mod recording;
mod replay;
pub(super) mod sheet;

use std::process::ExitCode;

use clap::Subcommand;

use super::Failure;

#[derive(Debug, Subcommand)]
pub(super) enum RecipeCommand {
    /// Check a recipe file, and what it reads from a page
    #[command(
        after_help = "Examples:\n  glaneur recipe check myshop.toml\n  glaneur recipe check myshop.toml --page page.html --ean 3665606002802\n  \
        glaneur recipe check myshop.toml --page page.html --ean 3665606002802 --all --json\n\n\
        Exit code 0 when the page is FOUND (or no page was given), 1 when it is not, 2 when the recipe is wrong."
    )]
    Check(check::Options),
    /// Save a page with the sheet that is read from it, for `recipe test`
    #[command(after_help = "Examples:\n  glaneur recipe record https://www.shop.example/creme.html --ean 3665606002802\n  \
        glaneur recipe record --page page.html --url https://www.shop.example/creme.html --ean 3665606002802 --recipe myshop.toml\n\n\
        Look at what it prints before you keep it: a recording is a promise that this sheet is right.")]
    Record(record::Options),
    /// Read all recorded pages again with today's recipes, and show what drifted
    #[command(after_help = "Examples:\n  glaneur recipe test\n  glaneur recipe test pages/myshop --recipe myshop.toml\n  \
        glaneur recipe test pages/myshop/creme.json --bless      what is read now is right\n\n\
        Exit code 0 when every page reads as recorded, 1 when one drifted or cannot be replayed.")]
    Test(replay::Options),
    /// Write a first recipe for a shop: its platform, its search, tried with barcodes that it sells
    #[command(after_help = "Examples:\n  glaneur recipe draft https://www.shop.example 3665606002802\n  \
        glaneur recipe draft https://www.shop.example 3665606002802 3701129811955 --output recipes/myshop.toml\n\n\
        Exit code 0 when a search led to a page that shows a barcode, 1 when none did: the draft is written all the same, and says what was tried.")]
    Draft(draft::Options),
}

pub(super) async fn run(command: RecipeCommand) -> Result<ExitCode, Failure> {
    match command {
        RecipeCommand::Check(options) => check::run(&options),
        RecipeCommand::Record(options) => record::run(options).await,
        RecipeCommand::Test(options) => replay::run(&options),
        RecipeCommand::Draft(options) => draft::run(options).await,
    }
}
