//! The signs that a part of a page may bear, as a set.

/// A set of signs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks(u32);

impl Marks {
    /// Nobody sees it.
    pub(crate) const HIDDEN: Self = Self(1);
    /// It speaks of other products, or of the shop.
    pub(crate) const ASIDE: Self = Self(1 << 1);
    /// A price that is no longer asked.
    pub(crate) const OLD: Self = Self(1 << 2);
    /// What customers say.
    pub(crate) const OPINIONS: Self = Self(1 << 3);
    pub(crate) const PRICE: Self = Self(1 << 4);
    /// The price to pay, where several stand side by side.
    pub(crate) const CURRENT: Self = Self(1 << 5);
    /// Behind the decimal mark.
    pub(crate) const CENTS: Self = Self(1 << 6);
    /// A price per quantity.
    pub(crate) const UNIT: Self = Self(1 << 7);
    pub(crate) const STOCK: Self = Self(1 << 8);
    pub(crate) const CODE: Self = Self(1 << 9);
    pub(crate) const BRAND: Self = Self(1 << 10);
    pub(crate) const NAME: Self = Self(1 << 11);
    pub(crate) const DESCRIPTION: Self = Self(1 << 12);
    /// Instalments, points, savings, shipping: amounts that are no price.
    pub(crate) const NO_PRICE: Self = Self(1 << 13);
    /// The product's own block.
    pub(crate) const MAIN: Self = Self(1 << 14);
    pub(crate) const GALLERY: Self = Self(1 << 15);
    /// Text for screen readers only.
    pub(crate) const SPOKEN: Self = Self(1 << 16);
    pub(crate) const TRAIL: Self = Self(1 << 17);
    /// Prices for companies, or before tax.
    pub(crate) const NET: Self = Self(1 << 18);
    pub(crate) const BUY: Self = Self(1 << 19);

    /// One of several products side by side, where there are several.
    pub(crate) const CARD: Self = Self(1 << 20);

    /// What an element hands down to all that stands in it.
    const INHERITED: Self = Self(
        Self::HIDDEN.0
            | Self::ASIDE.0
            | Self::OLD.0
            | Self::OPINIONS.0
            | Self::NO_PRICE.0
            | Self::UNIT.0
            | Self::SPOKEN.0
            | Self::DESCRIPTION.0
            | Self::NET.0
            | Self::TRAIL.0,
    );

    pub(crate) const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) const fn inherited(self) -> Self {
        Self(self.0 & Self::INHERITED.0)
    }
}
