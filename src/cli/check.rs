//! `glaneur config check`.

use std::fmt::Write;
use std::process::ExitCode;

use glaneur::Recipe;

use super::{Failure, Source, out_of_the_ordinary, print};

pub(crate) async fn config(source: &Source) -> Result<ExitCode, Failure> {
    let config = source.load()?;
    config.check_reach()?;
    let glaneur = glaneur::service::engine(&config)?.build().await?;
    let mut told = format!("listen    {}\ndata_dir  {}\n", config.listen, config.data_dir.display());
    for recipe in glaneur.recipes() {
        let _ = writeln!(told, "shop      {:<14} {}{}", recipe.name(), recipe.origin(), search(recipe));
    }
    for line in glaneur.plan().iter().flat_map(out_of_the_ordinary) {
        let _ = writeln!(told, "plan      {line}");
    }
    for endpoint in &config.webhooks.endpoints {
        let _ = writeln!(told, "webhook   {:<14} {}", endpoint.name, glaneur::serve::shown(&endpoint.url));
    }
    for warning in config.warnings() {
        let _ = writeln!(told, "warning   {warning}");
    }
    told.push_str("the configuration is fine\n");
    print(&told)
}

fn search(recipe: &Recipe) -> String {
    if recipe.search_origin() == recipe.origin() { String::new() } else { format!(" (search: {})", recipe.search_origin()) }
}
