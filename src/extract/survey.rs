//! What each part of a page is for, as far as its markup tells: seen or hidden, the product's own or beside it, struck or current.
//!
//! Class names and ids are the only words that most pages have for this. They are looked through once, for all readers.

use std::collections::HashMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use super::markup::{Markup, Piece, Spot};
use super::tag::Tag;

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

    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// How a sign stands in a class name: anywhere, as a word of its own (`old-price`, `oldPrice`, never `gold`), or alone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    Part,
    Word,
    Alone,
}
use Fit::{Alone, Part, Word};

const SIGNS: &[(&str, Fit, Marks)] = &[
    // Other products.
    ("related", Part, Marks::ASIDE),
    ("similar", Part, Marks::ASIDE),
    ("crosssell", Part, Marks::ASIDE),
    ("cross-sell", Part, Marks::ASIDE),
    ("cross_sell", Part, Marks::ASIDE),
    ("upsell", Part, Marks::ASIDE),
    ("up-sell", Part, Marks::ASIDE),
    ("carousel", Part, Marks::ASIDE),
    ("carrousel", Part, Marks::ASIDE),
    ("recommend", Part, Marks::ASIDE),
    ("suggest", Part, Marks::ASIDE),
    ("recently", Part, Marks::ASIDE),
    ("recentview", Part, Marks::ASIDE),
    ("lastviewed", Part, Marks::ASIDE),
    ("last-viewed", Part, Marks::ASIDE),
    ("deja-vu", Part, Marks::ASIDE),
    ("associe", Part, Marks::ASIDE),
    ("complementa", Part, Marks::ASIDE),
    ("accessoir", Part, Marks::ASIDE),
    ("accessories", Part, Marks::ASIDE),
    ("product-card", Part, Marks::CARD),
    ("product_card", Part, Marks::CARD),
    ("productcard", Part, Marks::CARD),
    ("product-tile", Part, Marks::CARD),
    ("product_tile", Part, Marks::CARD),
    ("producttile", Part, Marks::CARD),
    ("product-miniature", Part, Marks::CARD),
    ("miniature", Part, Marks::CARD),
    ("product-list", Part, Marks::CARD),
    ("product_list", Part, Marks::CARD),
    ("productlist", Part, Marks::CARD),
    ("product-grid", Part, Marks::CARD),
    ("productgrid", Part, Marks::CARD),
    ("product-slider", Part, Marks::ASIDE),
    ("products-grid", Part, Marks::CARD),
    ("products-list", Part, Marks::CARD),
    ("product-item", Word, Marks::CARD),
    ("product_item", Word, Marks::CARD),
    ("product-items", Word, Marks::CARD),
    ("productitem", Word, Marks::CARD),
    ("bestseller", Part, Marks::ASIDE),
    ("best-seller", Part, Marks::ASIDE),
    ("meilleures-ventes", Part, Marks::ASIDE),
    ("also-bought", Part, Marks::ASIDE),
    ("alsobought", Part, Marks::ASIDE),
    ("also-like", Part, Marks::ASIDE),
    ("you-may", Part, Marks::ASIDE),
    ("youmay", Part, Marks::ASIDE),
    ("bought-together", Part, Marks::ASIDE),
    ("boughttogether", Part, Marks::ASIDE),
    ("frequently", Part, Marks::ASIDE),
    ("cross-selling", Part, Marks::ASIDE),
    ("zubehoer", Part, Marks::ASIDE),
    ("minicart", Part, Marks::ASIDE),
    ("mini-cart", Part, Marks::ASIDE),
    ("mini_cart", Part, Marks::ASIDE),
    ("cart-drawer", Part, Marks::ASIDE),
    ("cart-summary", Part, Marks::ASIDE),
    ("shopping-cart", Word, Marks::ASIDE),
    ("blockcart", Part, Marks::ASIDE),
    ("cart-preview", Part, Marks::ASIDE),
    ("cookie", Part, Marks::ASIDE),
    ("consent", Part, Marks::ASIDE),
    ("newsletter", Part, Marks::ASIDE),
    ("site-header", Part, Marks::ASIDE),
    ("page-header", Word, Marks::ASIDE),
    ("announcement", Part, Marks::ASIDE),
    ("topbar", Word, Marks::ASIDE),
    ("top-bar", Word, Marks::ASIDE),
    ("promo-bar", Part, Marks::ASIDE),
    ("megamenu", Part, Marks::ASIDE),
    ("mega-menu", Part, Marks::ASIDE),
    ("navigation", Part, Marks::ASIDE),
    ("navbar", Word, Marks::ASIDE),
    ("sidebar", Word, Marks::ASIDE),
    ("footer", Word, Marks::ASIDE),
    ("masthead", Word, Marks::ASIDE),
    // Prices.
    ("price", Part, Marks::PRICE),
    ("prix", Part, Marks::PRICE),
    ("preis", Part, Marks::PRICE),
    ("precio", Part, Marks::PRICE),
    ("prezzo", Part, Marks::PRICE),
    ("preco", Part, Marks::PRICE),
    ("prijs", Part, Marks::PRICE),
    ("amount", Part, Marks::PRICE),
    ("prc", Word, Marks::PRICE),
    ("prcIsum", Part, Marks::PRICE),
    ("current", Word, Marks::CURRENT),
    ("special", Word, Marks::CURRENT),
    ("specialprice", Part, Marks::CURRENT),
    ("sale", Word, Marks::CURRENT),
    ("saleprice", Part, Marks::CURRENT),
    ("final", Word, Marks::CURRENT),
    ("finalprice", Part, Marks::CURRENT),
    ("ourprice", Part, Marks::CURRENT),
    ("our-price", Part, Marks::CURRENT),
    ("our_price", Part, Marks::CURRENT),
    ("now", Word, Marks::CURRENT),
    ("actual", Word, Marks::CURRENT),
    ("offer-price", Part, Marks::CURRENT),
    ("price-now", Part, Marks::CURRENT),
    ("selling", Word, Marks::CURRENT),
    ("salesprice", Part, Marks::CURRENT),
    ("old", Word, Marks::OLD),
    ("oldprice", Part, Marks::OLD),
    ("was", Word, Marks::OLD),
    ("wasprice", Part, Marks::OLD),
    ("strike", Part, Marks::OLD),
    ("striked", Part, Marks::OLD),
    ("struck", Part, Marks::OLD),
    ("crossed", Part, Marks::OLD),
    ("barre", Word, Marks::OLD),
    ("linethrough", Part, Marks::OLD),
    ("line-through", Part, Marks::OLD),
    ("compare", Word, Marks::OLD),
    ("compareprice", Part, Marks::OLD),
    ("msrp", Word, Marks::OLD),
    ("rrp", Word, Marks::OLD),
    ("uvp", Word, Marks::OLD),
    ("rrpprice", Part, Marks::OLD),
    ("listprice", Part, Marks::OLD),
    ("list-price", Part, Marks::OLD),
    ("list_price", Part, Marks::OLD),
    ("retailprice", Part, Marks::OLD),
    ("retail-price", Part, Marks::OLD),
    ("before", Word, Marks::OLD),
    ("previous-price", Part, Marks::OLD),
    ("original-price", Part, Marks::OLD),
    ("originalprice", Part, Marks::OLD),
    ("price-original", Part, Marks::OLD),
    ("pseudo", Word, Marks::OLD),
    ("ancien", Word, Marks::OLD),
    ("anterior", Word, Marks::OLD),
    ("cents", Part, Marks::CENTS),
    ("centimes", Part, Marks::CENTS),
    ("decimal", Word, Marks::CENTS),
    ("decimals", Word, Marks::CENTS),
    ("fraction", Part, Marks::CENTS),
    ("unit-price", Part, Marks::UNIT),
    ("unitprice", Part, Marks::UNIT),
    ("unit_price", Part, Marks::UNIT),
    ("price-per", Part, Marks::UNIT),
    ("price_per", Part, Marks::UNIT),
    ("priceper", Part, Marks::UNIT),
    ("price--unit", Part, Marks::UNIT),
    ("price-unit", Part, Marks::UNIT),
    ("baseprice", Part, Marks::UNIT),
    ("base-price", Part, Marks::UNIT),
    ("grundpreis", Part, Marks::UNIT),
    ("per-unit", Part, Marks::UNIT),
    ("ppu", Word, Marks::UNIT),
    ("saving", Part, Marks::NO_PRICE),
    ("save", Alone, Marks::NO_PRICE),
    ("you-save", Part, Marks::NO_PRICE),
    ("save_price", Part, Marks::NO_PRICE),
    ("save-price", Part, Marks::NO_PRICE),
    ("yousave", Part, Marks::NO_PRICE),
    ("discount", Alone, Marks::NO_PRICE),
    ("discount-amount", Part, Marks::NO_PRICE),
    ("discount-percentage", Part, Marks::NO_PRICE),
    ("economie", Part, Marks::NO_PRICE),
    ("economy", Word, Marks::NO_PRICE),
    ("instalment", Part, Marks::NO_PRICE),
    ("installment", Part, Marks::NO_PRICE),
    ("klarna", Part, Marks::NO_PRICE),
    ("afterpay", Part, Marks::NO_PRICE),
    ("affirm", Word, Marks::NO_PRICE),
    ("sezzle", Part, Marks::NO_PRICE),
    ("clearpay", Part, Marks::NO_PRICE),
    ("paypal", Part, Marks::NO_PRICE),
    ("finance", Part, Marks::NO_PRICE),
    ("financing", Part, Marks::NO_PRICE),
    ("monthly", Word, Marks::NO_PRICE),
    ("loyalty", Part, Marks::NO_PRICE),
    ("reward", Part, Marks::NO_PRICE),
    ("points", Word, Marks::NO_PRICE),
    ("shipping", Part, Marks::NO_PRICE),
    ("livraison", Part, Marks::NO_PRICE),
    ("delivery", Word, Marks::NO_PRICE),
    ("versand", Part, Marks::NO_PRICE),
    ("tier-price", Part, Marks::NO_PRICE),
    ("tierprice", Part, Marks::NO_PRICE),
    ("tier-prices", Part, Marks::NO_PRICE),
    ("ecotax", Part, Marks::NO_PRICE),
    ("deposit", Word, Marks::NO_PRICE),
    ("swatch", Part, Marks::NO_PRICE),
    ("excl-tax", Part, Marks::NET),
    ("exclvat", Part, Marks::NET),
    ("excl-vat", Part, Marks::NET),
    ("exvat", Part, Marks::NET),
    ("ex-vat", Part, Marks::NET),
    ("price-excluding-tax", Part, Marks::NET),
    ("tax-excl", Part, Marks::NET),
    ("withouttax", Part, Marks::NET),
    ("without-tax", Part, Marks::NET),
    // Stock, codes, words.
    ("stock", Part, Marks::STOCK),
    ("availab", Part, Marks::STOCK),
    ("dispo", Part, Marks::STOCK),
    ("verfuegbar", Part, Marks::STOCK),
    ("lieferbar", Part, Marks::STOCK),
    ("delivery-status", Part, Marks::STOCK),
    ("soldout", Part, Marks::STOCK),
    ("sold-out", Part, Marks::STOCK),
    ("sold_out", Part, Marks::STOCK),
    ("inventory", Part, Marks::STOCK),
    ("sku", Word, Marks::CODE),
    ("reference", Part, Marks::CODE),
    ("productsku", Part, Marks::CODE),
    ("item-number", Part, Marks::CODE),
    ("itemnumber", Part, Marks::CODE),
    ("product-code", Part, Marks::CODE),
    ("productcode", Part, Marks::CODE),
    ("product-id", Part, Marks::CODE),
    ("articlenumber", Part, Marks::CODE),
    ("brand", Part, Marks::BRAND),
    ("marque", Part, Marks::BRAND),
    ("manufacturer", Part, Marks::BRAND),
    ("hersteller", Part, Marks::BRAND),
    ("vendor", Word, Marks::BRAND),
    ("product-name", Part, Marks::NAME),
    ("productname", Part, Marks::NAME),
    ("product_name", Part, Marks::NAME),
    ("product-title", Part, Marks::NAME),
    ("producttitle", Part, Marks::NAME),
    ("product_title", Part, Marks::NAME),
    ("product__title", Part, Marks::NAME),
    ("product__name", Part, Marks::NAME),
    ("item-title", Part, Marks::NAME),
    ("pdp-title", Part, Marks::NAME),
    ("pageheading", Part, Marks::NAME),
    ("page-heading", Part, Marks::NAME),
    ("page-title", Part, Marks::NAME),
    ("description", Part, Marks::DESCRIPTION),
    ("beschreibung", Part, Marks::DESCRIPTION),
    ("descripcion", Part, Marks::DESCRIPTION),
    ("descrizione", Part, Marks::DESCRIPTION),
    ("product-detail", Part, Marks::MAIN),
    ("productdetail", Part, Marks::MAIN),
    ("product_detail", Part, Marks::MAIN),
    ("product-info", Part, Marks::MAIN),
    ("productinfo", Part, Marks::MAIN),
    ("product-main", Part, Marks::MAIN),
    ("product-view", Part, Marks::MAIN),
    ("product-essential", Part, Marks::MAIN),
    ("pdp", Word, Marks::MAIN),
    ("gallery", Part, Marks::GALLERY),
    ("product-image", Part, Marks::GALLERY),
    ("productimage", Part, Marks::GALLERY),
    ("product-media", Part, Marks::GALLERY),
    ("product__media", Part, Marks::GALLERY),
    ("product-photo", Part, Marks::GALLERY),
    ("main-image", Part, Marks::GALLERY),
    ("thumbnail", Part, Marks::GALLERY),
    ("add-to-cart", Part, Marks::BUY),
    ("addtocart", Part, Marks::BUY),
    ("add_to_cart", Part, Marks::BUY),
    ("add-to-basket", Part, Marks::BUY),
    ("addtobasket", Part, Marks::BUY),
    ("add-to-bag", Part, Marks::BUY),
    ("addtobag", Part, Marks::BUY),
    ("buy-now", Part, Marks::BUY),
    ("buynow", Part, Marks::BUY),
    ("buybox", Part, Marks::BUY),
    ("buy-box", Part, Marks::BUY),
    // What customers say.
    ("review", Part, Marks::OPINIONS),
    ("avis", Word, Marks::OPINIONS),
    ("comment", Part, Marks::OPINIONS),
    ("bewertung", Part, Marks::OPINIONS),
    ("rezension", Part, Marks::OPINIONS),
    ("beoordeling", Part, Marks::OPINIONS),
    ("valoracion", Part, Marks::OPINIONS),
    ("opinion", Part, Marks::OPINIONS),
    ("recension", Part, Marks::OPINIONS),
    ("avaliac", Part, Marks::OPINIONS),
    ("feedback", Word, Marks::OPINIONS),
    ("testimonial", Part, Marks::OPINIONS),
    ("bvseo", Part, Marks::OPINIONS),
    ("questions", Word, Marks::OPINIONS),
    ("breadcrumb", Part, Marks::TRAIL),
    ("bread-crumb", Part, Marks::TRAIL),
    ("ariane", Part, Marks::TRAIL),
    ("crumbs", Word, Marks::TRAIL),
    // Hidden and spoken text.
    ("hidden", Word, Marks::HIDDEN),
    ("d-none", Word, Marks::HIDDEN),
    ("hide", Word, Marks::HIDDEN),
    ("display-none", Part, Marks::HIDDEN),
    ("is-hidden", Part, Marks::HIDDEN),
    ("invisible", Word, Marks::HIDDEN),
    ("ng-hide", Part, Marks::HIDDEN),
    ("modal", Word, Marks::ASIDE),
    ("visually-hidden", Part, Marks::SPOKEN),
    ("visuallyhidden", Part, Marks::SPOKEN),
    ("sr-only", Part, Marks::SPOKEN),
    ("screen-reader", Part, Marks::SPOKEN),
    ("offscreen", Part, Marks::SPOKEN),
    ("a11y", Word, Marks::SPOKEN),
];

static FINDER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let signs = SIGNS.iter().map(|(sign, ..)| sign);
    AhoCorasickBuilder::new().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(signs).ok()
});

/// Longest class attribute that is looked through.
const LONGEST: usize = 400;

/// The signs in a class attribute or an id.
pub(crate) fn signs(names: &str) -> Marks {
    let names = names.get(..LONGEST).unwrap_or(names);
    let Some(finder) = FINDER.as_ref().filter(|_| names.len() < 4 * LONGEST) else { return Marks::default() };
    let mut marks = Marks::default();
    for found in finder.find_overlapping_iter(names) {
        let (sign, fit, mark) = SIGNS[found.pattern().as_usize()];
        let fits = match fit {
            // A preview is no review.
            Part => sign != "review" || !ends_in_p(&names.as_bytes()[..found.start()]),
            Word => is_word(names.as_bytes(), found.start(), found.end()),
            Alone => is_alone(names.as_bytes(), found.start(), found.end()),
        };
        if fits {
            marks = marks.with(mark);
        }
    }
    // `visually-hidden` holds the word `hidden`.
    if marks.has(Marks::SPOKEN) { marks.without(Marks::HIDDEN) } else { marks }
}

fn ends_in_p(before: &[u8]) -> bool {
    matches!(before.last(), Some(b'p' | b'P'))
}

fn is_alone(text: &[u8], from: usize, to: usize) -> bool {
    let apart = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    apart(from.checked_sub(1).and_then(|at| text.get(at))) && apart(text.get(to))
}

fn is_word(text: &[u8], from: usize, to: usize) -> bool {
    let before = from.checked_sub(1).map(|at| text[at]);
    let starts = before.is_none_or(|byte| !byte.is_ascii_alphabetic() || (byte.is_ascii_lowercase() && text[from].is_ascii_uppercase()));
    // `md:hidden` hides on some screens only.
    starts && before != Some(b':') && text.get(to).is_none_or(|byte| !byte.is_ascii_lowercase())
}

/// The signs of each node.
pub(crate) struct Survey<'m, 'h> {
    pub(crate) markup: &'m Markup<'h>,
    own: Vec<Marks>,
    /// Own and handed down.
    all: Vec<Marks>,
    /// Products in the longest list of the page.
    pub(crate) listed: usize,
}

/// Fewer boxes side by side are no list; larger ones are no boxes.
const FEWEST: usize = 3;
const LARGEST_BOX: usize = 160;

/// Links and amounts up to each node.
struct Counts {
    links: Vec<u32>,
    amounts: Vec<u32>,
}

impl Counts {
    fn of(markup: &Markup<'_>) -> Self {
        let mut counts = Self { links: vec![0], amounts: vec![0] };
        let (mut links, mut amounts) = (0, 0);
        for index in 0..markup.len() {
            match markup.at(index).piece() {
                Piece::Element(element) => links += u32::from(element.tag() == Tag::A && element.has("href")),
                Piece::Text(text) => amounts += u32::from(text.len() < 200 && is_amount(text)),
            }
            counts.links.push(links);
            counts.amounts.push(amounts);
        }
        counts
    }

    fn is_box(&self, spot: Spot<'_, '_>) -> bool {
        let (from, to) = (spot.index(), spot.end());
        to - from <= LARGEST_BOX && self.links[to] > self.links[from] && self.amounts[to] > self.amounts[from]
    }
}

/// Whether a text may be an amount: a sign, or decimals.
fn is_amount(text: &str) -> bool {
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    digits
        && (text.contains(['€', '$', '£', '₺', '¥'])
            || ["&euro;", "&pound;", "EUR", "USD", "GBP", "CHF", "kr", "zł"].iter().any(|sign| text.contains(sign)))
}

fn first_class<'h>(spot: Spot<'_, 'h>) -> Option<&'h str> {
    spot.raw_attr("class").and_then(|class| class.split_ascii_whitespace().next())
}

impl<'m, 'h> Survey<'m, 'h> {
    pub(crate) fn of(markup: &'m Markup<'h>) -> Self {
        let sign = |index| Some(markup.at(index)).filter(|spot| spot.is_element()).map(own).unwrap_or_default();
        let mut survey = Self { markup, own: (0..markup.len()).map(sign).collect(), all: Vec::new(), listed: 0 };
        survey.part_cards();
        survey
    }

    /// Elements called a product's card are other products where there are several of them; a lone one is the page's own.
    fn part_cards(&mut self) {
        let name = |index: usize| markup_class(self.markup.at(index));
        let cards: Vec<usize> = (0..self.own.len()).filter(|index| self.own[*index].has(Marks::CARD)).collect();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        cards.iter().for_each(|index| *counts.entry(name(*index)).or_default() += 1);
        let repeated: Vec<usize> = cards.iter().copied().filter(|index| counts[name(*index)] > 1).collect();
        repeated.into_iter().for_each(|index| self.own[index] = self.own[index].with(Marks::ASIDE));
    }

    /// Hands the signs down. `anchor` is the heading of the page's product: what holds it is never aside, whatever it is called.
    pub(crate) fn settle(mut self, anchor: Option<Spot<'m, 'h>>) -> Self {
        let holding = Marks::ASIDE.with(Marks::HIDDEN).with(Marks::OPINIONS).with(Marks::NO_PRICE).with(Marks::OLD).with(Marks::TRAIL);
        for spot in anchor.into_iter().flat_map(|anchor| std::iter::once(anchor).chain(anchor.ancestors())) {
            self.own[spot.index()] = self.own[spot.index()].without(holding);
        }
        self.part_lists(anchor);
        self.all.reserve(self.own.len());
        for (index, own) in self.own.iter().enumerate() {
            let inherited = self.markup.at(index).parent().map_or(Marks::default(), |parent| self.all[parent.index()]);
            self.all.push(own.with(Marks(inherited.0 & Marks::INHERITED.0)));
        }
        self
    }

    /// Boxes side by side that are made alike, each with a link and an amount, are other products, whatever they are called.
    fn part_lists(&mut self, anchor: Option<Spot<'m, 'h>>) {
        let counts = Counts::of(self.markup);
        for parent in self.markup.elements() {
            let mut alike: Vec<Spot<'m, 'h>> = Vec::new();
            for child in parent.children().filter(|child| child.is_element()) {
                if !counts.is_box(child) || anchor.is_some_and(|anchor| child.contains(anchor)) {
                    continue;
                }
                let same = alike.last().is_none_or(|last| last.name() == child.name() && first_class(*last) == first_class(child));
                if !same {
                    self.list(&alike);
                    alike.clear();
                }
                alike.push(child);
            }
            self.list(&alike);
        }
    }

    fn list(&mut self, alike: &[Spot<'m, 'h>]) {
        if alike.len() < FEWEST {
            return;
        }
        self.listed = self.listed.max(alike.len());
        for member in alike {
            self.own[member.index()] = self.own[member.index()].with(Marks::ASIDE);
        }
    }

    /// The element's own signs and those handed down.
    pub(crate) fn marks(&self, spot: Spot<'_, '_>) -> Marks {
        self.all[spot.index()]
    }

    pub(crate) fn own(&self, spot: Spot<'_, '_>) -> Marks {
        self.own[spot.index()]
    }

    pub(crate) fn is_aside(&self, spot: Spot<'_, '_>) -> bool {
        self.marks(spot).has(Marks::ASIDE)
    }

    /// Whether the element or one that closely holds it has this sign.
    pub(crate) fn near(&self, spot: Spot<'m, 'h>, mark: Marks, levels: usize) -> bool {
        self.own(spot).has(mark) || spot.ancestors().take(levels).any(|holder| self.own(holder).has(mark))
    }
}

fn markup_class<'h>(spot: Spot<'_, 'h>) -> &'h str {
    spot.raw_attr("class").unwrap_or_default()
}

fn own(element: Spot<'_, '_>) -> Marks {
    let tag = element.tag();
    let mut marks = match tag {
        Tag::Nav | Tag::Footer | Tag::Aside | Tag::Dialog => Marks::ASIDE,
        Tag::S | Tag::Strike | Tag::Del => Marks::OLD,
        Tag::Sup => Marks::CENTS,
        _ => Marks::default(),
    };
    // The body's classes describe the page, not a part of it.
    let described = !matches!(tag, Tag::Html | Tag::Body | Tag::Main);
    let mut hidden = false;
    let mut style = None;
    for (name, value) in element.attributes() {
        match Named::of(name) {
            Named::Sign if described => marks = marks.with(signs(value)),
            Named::Hidden => hidden = true,
            Named::Type => hidden |= *value == "hidden",
            Named::Style => style = Some(*value),
            Named::Sign | Named::Other => {}
        }
    }
    // A box to buy in may stand at the side of the page.
    if tag == Tag::Aside && marks.has(Marks::BUY.with(Marks::MAIN).with(Marks::PRICE)) {
        marks = marks.without(Marks::ASIDE);
    }
    if hidden {
        marks = marks.with(Marks::HIDDEN);
    }
    style.map_or(marks, |style| marks.with(styled(style)))
}

/// What an attribute is for. Each of a page is looked at once.
enum Named {
    Sign,
    Hidden,
    Type,
    Style,
    Other,
}

impl Named {
    fn of(name: &str) -> Self {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match name.len() {
            2 if is("id") => Self::Sign,
            4 if is("type") => Self::Type,
            5 if is("class") => Self::Sign,
            5 if is("style") => Self::Style,
            6 if is("hidden") => Self::Hidden,
            9 if is("data-test") || is("data-hook") => Self::Sign,
            11 if is("data-testid") => Self::Sign,
            18 if is("data-automation-id") => Self::Sign,
            _ => Self::Other,
        }
    }
}

fn styled(style: &str) -> Marks {
    let plain: String = style.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    let hidden = plain.contains("display:none") || plain.contains("visibility:hidden");
    let old = plain.contains("line-through");
    match (hidden, old) {
        (false, false) => Marks::default(),
        (true, false) => Marks::HIDDEN,
        (false, true) => Marks::OLD,
        (true, true) => Marks::HIDDEN.with(Marks::OLD),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn class_names() {
        for (names, mark, expected) in [
            ("old-price", Marks::OLD, true),
            ("oldPrice", Marks::OLD, true),
            ("priceOld", Marks::OLD, true),
            ("gold", Marks::OLD, false),
            ("sold-out", Marks::OLD, false),
            ("price--compare", Marks::OLD, true),
            ("product-cards-related", Marks::ASIDE, true),
            ("product-item-info", Marks::CARD, true),
            ("product-itemised", Marks::CARD, false),
            ("visually-hidden", Marks::HIDDEN, false),
            ("visually-hidden", Marks::SPOKEN, true),
            ("md:hidden", Marks::HIDDEN, false),
            ("prixTTC", Marks::PRICE, true),
            ("woocommerce-Price-amount amount", Marks::PRICE, true),
            ("savings", Marks::NO_PRICE, true),
            ("unsaved", Marks::NO_PRICE, false),
            ("cm-image-previewer", Marks::OPINIONS, false),
            ("productReviews", Marks::OPINIONS, true),
        ] {
            assert_eq!(signs(names).has(mark), expected, "{names}");
        }
    }

    #[test]
    fn signs_are_handed_down() {
        let html =
            "<div class='related-products'><p>a</p></div><div class=product-list><h1>b</h1><del><i>1</i></del></div><p class=price>2</p>";
        let markup = Markup::scan(html);
        let heading = markup.first(Tag::H1);
        let survey = Survey::of(&markup).settle(heading);
        // Behind `<html>`, `<head>` and `<body>`.
        let aside: Vec<bool> = markup.elements().skip(3).map(|element| survey.is_aside(element)).collect();
        assert_eq!(aside, [true, true, false, false, false, false, false]);
        let old = markup.elements().filter(|element| survey.marks(*element).has(Marks::OLD)).count();
        assert_eq!(old, 2);
    }
}
