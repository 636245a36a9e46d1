//! How much of a product page is read.

use serde::Deserialize;

use super::Recipe;
use super::fields;
use crate::extract::markup::Markup;
use crate::extract::{self, Extraction, select};
use crate::model::Page;

/// `read` under `[page]` of a recipe, or under `[shops.<name>]` of the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reading {
    /// The recipe's rules and every generic reader.
    #[default]
    Whole,
    /// The JSON-LD alone where it tells all that a sheet needs, without the recipe's rules; every other page as a whole.
    Structured,
}

impl Recipe {
    /// How this shop's product pages are read.
    pub fn reading(&self) -> Reading {
        self.0.reading
    }

    /// Reads a page: what the generic readers see, with this recipe's rules as the first source. With [`Reading::Structured`] a
    /// page whose JSON-LD suffices is read by that alone.
    pub fn extract(&self, page: &Page) -> Extraction {
        let short = match self.0.reading {
            Reading::Structured => extract::structured(&page.text, &page.url),
            Reading::Whole => None,
        };
        let mut extraction = short.unwrap_or_else(|| self.whole(page));
        extraction.shop = Some(self.0.name.clone());
        extraction.assume(self.0.currency, self.0.language.as_deref());
        extraction
    }

    fn whole(&self, page: &Page) -> Extraction {
        let markup = Markup::scan(&page.text);
        let mut extraction = extract::read(&markup, &page.url);
        let rules = &self.0.page;
        if rules.has_rules() {
            let base = extract::base(&markup, &page.url);
            select::on_page(&page.text, &markup, rules.selectors(), |found| {
                extraction.candidates.extend(fields::candidate(rules, found, &base, self.0.currency));
                extraction.facts.cut |= found.is_cut();
            });
        }
        extraction
    }
}
