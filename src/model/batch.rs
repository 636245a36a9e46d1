//! What is asked for: a batch of items, each a primary barcode and perhaps a replacement.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Gtin, GtinError, Route, RouteWish, ShopName};

/// A barcode as a caller wrote it: valid or not, the text is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Code {
    Valid(Gtin),
    Invalid { given: String, reason: GtinError },
}

/// One line of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub primary: Code,
    /// Tried when no shop found the primary.
    pub replacement: Option<Code>,
}

/// How much is found out about the pictures, videos and sounds of a product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MediaMode {
    /// They are told as the page lists them; none is asked for.
    #[default]
    Listed,
    /// Their first bytes are fetched, and type, size, duration and codec are told as they really are.
    Probe,
}

/// What is to be looked for, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    pub items: Vec<Item>,
    /// Medicines that the caller lists apart; they are counted and told in [`Completed`](super::Completed), never searched.
    pub ignored3400: Vec<String>,
    /// The shops to ask; every known shop when empty.
    pub shops: Vec<ShopName>,
    /// Goes over what a shop's recipe and the settings say.
    pub media: Option<MediaMode>,
    /// Goes over what recipes and settings say, phase by phase.
    pub route: RouteWish,
    /// How old a page may be that is taken from the store in place of a request; zero: no page is. Goes over the settings.
    pub max_age: Option<Duration>,
}

/// Why a batch cannot be taken at all. A bad item is no reason: it gets an `INVALID` result of its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    #[error("the batch is empty: give at least one barcode")]
    Empty,
    #[error("the batch has {given} items; at most {limit} are taken at once: send it in parts")]
    TooMany { given: usize, limit: usize },
    #[error("there is no shop {given:?}; known shops: {known}")]
    UnknownShop { given: String, known: String },
}

impl Code {
    pub fn parse(text: &str) -> Self {
        match Gtin::parse(text) {
            Ok(gtin) => Self::Valid(gtin),
            Err(reason) => Self::Invalid { given: text.to_owned(), reason },
        }
    }

    /// A code that arrived as a number; see [`Gtin::from_number`].
    pub fn from_number(number: u64) -> Self {
        match Gtin::from_number(number) {
            Ok(gtin) => Self::Valid(gtin),
            Err(reason) => Self::Invalid { given: number.to_string(), reason },
        }
    }

    /// Absent, null, empty and the text `"null"` (n8n's key/value mode sends it) all mean "none".
    pub fn parse_optional(text: &str) -> Option<Self> {
        let trimmed = text.trim();
        (!trimmed.is_empty() && !trimmed.eq_ignore_ascii_case("null")).then(|| Self::parse(text))
    }

    /// The text as given, to the letter.
    pub fn as_given(&self) -> &str {
        match self {
            Self::Valid(gtin) => gtin.as_given(),
            Self::Invalid { given, .. } => given,
        }
    }

    pub fn gtin(&self) -> Option<&Gtin> {
        match self {
            Self::Valid(gtin) => Some(gtin),
            Self::Invalid { .. } => None,
        }
    }
}

impl Item {
    pub fn new(primary: Code, replacement: Option<Code>) -> Self {
        Self { primary, replacement }
    }
}

impl Batch {
    /// A batch of bare barcodes. Texts that are no barcodes become items with an `INVALID` result; only an empty list is an
    /// error.
    ///
    /// ```
    /// let batch = glaneur::Batch::parse(["0748322148474", "not a code"])?;
    /// assert_eq!(batch.items.len(), 2);
    /// # Ok::<(), glaneur::BatchError>(())
    /// ```
    pub fn parse<I>(codes: I) -> Result<Self, BatchError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        Self::of(codes.into_iter().map(|code| Item::new(Code::parse(code.as_ref()), None)).collect())
    }

    /// A batch of items.
    pub fn of(items: Vec<Item>) -> Result<Self, BatchError> {
        if items.is_empty() {
            return Err(BatchError::Empty);
        }
        Ok(Self { items, ..Self::default() })
    }

    /// Asks only these shops.
    pub fn shops<I>(mut self, shops: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        self.shops = shops.into_iter().map(|shop| ShopName::new(shop.as_ref())).collect();
        self
    }

    /// Makes every request leave by this route, whatever recipes and settings say.
    pub fn route(mut self, route: Route) -> Self {
        self.route = RouteWish::everywhere(route);
        self
    }

    /// Takes pages that are no older than this from the store, whatever the settings say; zero: none.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = Some(max_age);
        self
    }

    /// Whether pictures, videos and sounds are looked into, whatever recipes and settings say.
    pub fn media(mut self, mode: MediaMode) -> Self {
        self.media = Some(mode);
        self
    }
}

impl MediaMode {
    /// As it is written in recipes, settings and requests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::Probe => "probe",
        }
    }

    /// Nothing for a word that is none.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Listed, Self::Probe].into_iter().find(|mode| mode.as_str() == word)
    }
}
