//! What each part of a page is for, as far as its markup tells: seen or hidden, the product's own or beside it, struck or current.
//!
//! Class names and ids are the only words that most pages have for this. They are looked through once, for all readers.

mod element;
mod lists;
mod marks;
mod names;
mod signs;

pub(crate) use marks::Marks;

use super::markup::{Markup, Spot};
use super::tag::Tag;
use element::own;
use names::signs;

/// The signs of each node.
pub(crate) struct Survey<'m, 'h> {
    pub(crate) markup: &'m Markup<'h>,
    own: Vec<Marks>,
    /// Own and handed down.
    all: Vec<Marks>,
    /// Products in the longest list of the page.
    pub(crate) listed: usize,
}

impl<'m, 'h> Survey<'m, 'h> {
    pub(crate) fn of(markup: &'m Markup<'h>) -> Self {
        let sign = |index| Some(markup.at(index)).filter(|spot| spot.is_element()).map(own).unwrap_or_default();
        let mut survey = Self { markup, own: (0..markup.len()).map(sign).collect(), all: Vec::new(), listed: 0 };
        survey.part_cards();
        survey
    }

    /// Hands the signs down. `anchor` is the heading of the page's product: what holds it is never aside, whatever it is called.
    pub(crate) fn settle(mut self, anchor: Option<Spot<'m, 'h>>) -> Self {
        let holding = Marks::ASIDE.with(Marks::HIDDEN).with(Marks::OPINIONS).with(Marks::NO_PRICE).with(Marks::OLD).with(Marks::TRAIL);
        for spot in anchor.into_iter().flat_map(|anchor| std::iter::once(anchor).chain(anchor.ancestors())) {
            self.own[spot.index()] = self.own[spot.index()].without(holding);
        }
        self.free_offers();
        self.part_lists(anchor);
        self.all.reserve(self.own.len());
        for (index, own) in self.own.iter().enumerate() {
            let holder = self.markup.at(index).parent().map_or(Marks::default(), |parent| self.all[parent.index()]);
            self.all.push(own.with(holder.inherited()));
        }
        self
    }

    /// A box to buy in may be an `<aside>` that nothing else names: it has one price, where what is beside the product has several or
    /// none.
    fn free_offers(&mut self) {
        let mut from = 0;
        for aside in self.markup.elements().filter(|element| element.tag() == Tag::Aside) {
            // Those inside of another one belong to it: each part of a page is looked at once.
            if aside.index() < from {
                continue;
            }
            from = aside.end();
            let names = ["class", "id"].iter().filter_map(|name| aside.attr(name)).map(|names| signs(&names));
            let is_named = names.fold(Marks::default(), Marks::with).has(Marks::ASIDE);
            if !is_named && self.prices(aside) == 1 {
                self.own[aside.index()] = self.own[aside.index()].without(Marks::ASIDE);
            }
        }
    }

    /// Parts called a price, those inside of others not counted; none where they are other products'.
    fn prices(&self, holder: Spot<'_, '_>) -> usize {
        let (mut found, mut from) = (0, 0);
        for element in holder.elements() {
            let own = self.own(element);
            if own.has(Marks::CARD) {
                return 0;
            }
            if own.has(Marks::PRICE) && element.index() >= from {
                found += 1;
                from = element.end();
            }
        }
        found
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_box_to_buy_in_may_stand_at_the_side() {
        for (html, beside) in [
            ("<h1>Gel</h1><aside class='rounded border'><p data-testid=price>21,90 €</p></aside>", false),
            ("<h1>Gel</h1><aside class='related'><p class=price>21,90 €</p></aside>", true),
            ("<h1>Gel</h1><aside><p class=price>21,90 €</p><p class=price>9,90 €</p></aside>", true),
            ("<h1>Gel</h1><aside><p>Nos conseils</p></aside>", true),
        ] {
            let markup = Markup::scan(html);
            let survey = Survey::of(&markup).settle(markup.first(Tag::H1));
            assert_eq!(markup.first(Tag::Aside).map(|aside| survey.is_aside(aside)), Some(beside), "{html}");
        }
    }
}
