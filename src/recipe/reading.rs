//! How much of a product page is read.

use serde::Deserialize;

use super::Recipe;
use super::fields;
use crate::extract::dom::Dom;
use crate::extract::{self, Extraction};
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
        let mut extraction = extract::product(&page.text, &page.url);
        // The tree costs more than all else: only rules need it.
        if self.0.page.has_rules() {
            let dom = Dom::parse(&page.text, &page.url);
            extraction.candidates.extend(fields::candidate(&self.0.page, &dom, self.0.currency));
        }
        extraction
    }
}
