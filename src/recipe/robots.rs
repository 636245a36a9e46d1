//! Whether the shop's robots.txt counts.

use serde::Deserialize;

use super::Recipe;

/// `robots` in a recipe, or under `[shops.<name>]` of the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RobotsPolicy {
    /// What it forbids is not asked for, and its `Crawl-delay` is kept.
    #[default]
    Respect,
    /// It is not read: the operator's own decision.
    Ignore,
}

impl Recipe {
    /// Whether this shop's robots.txt counts.
    pub fn robots(&self) -> RobotsPolicy {
        self.0.robots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_unless_the_recipe_says_otherwise() {
        let shop = |robots: &str| {
            let shop = "name = \"shop\"\ntitle = \"Shop\"\norigin = \"https://shop.example\"\n";
            let search = "[[search]]\npath = \"/\"\nhits = { css = \"a\" }\n";
            Recipe::parse(&format!("{shop}{robots}\n{search}"), "shop.toml").map(|recipe| recipe.robots())
        };
        assert_eq!(shop("").unwrap(), RobotsPolicy::Respect);
        assert_eq!(shop("robots = 'ignore'").unwrap(), RobotsPolicy::Ignore);
        assert!(shop("robots = 'maybe'").unwrap_err().to_string().contains("robots"));
    }
}
