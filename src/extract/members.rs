//! The sheet of one member of a group: what is its own, what all members have in common, and never what is another's.

use super::candidate::{Candidate, cut};
use super::merge::{self, Share};
use super::{Extraction, Main};
use crate::model::{Product, Provenance, Source};

impl Extraction {
    /// Sources that show the member itself give everything, the others what the group has in common.
    pub(super) fn merge_member(&self, product: &mut Product, main: &Main<'_>, member: &Candidate) {
        let shows = |candidate: &Candidate| candidate.sheet.gtins.iter().any(|code| member.sheet.gtins.contains(code));
        // The heading of such a page is mostly the group's name; the member's own says more.
        product.name = member.sheet.name.clone();
        if let Some(provenance) = member.sheet.provenance.get("name") {
            product.provenance.insert("name".to_owned(), provenance.clone());
        }
        let recipe = main.same.iter().filter(|candidate| candidate.source == Source::Recipe && shows(candidate));
        recipe.for_each(|candidate| merge::add(product, candidate, Share::Whole));
        merge::add(product, member, Share::Whole);
        let (listed, shared) = (main.lists(member), self.is_shared(main, member));
        for candidate in &main.same {
            let holds = candidate.holds(member);
            let speaks_of_all = holds || listed && !candidate.is_coded();
            let share = match () {
                () if shows(candidate) => Share::Whole,
                () if speaks_of_all && shared => Share::Whole,
                () if speaks_of_all => Share::Group,
                () => Share::Common,
            };
            merge::add(product, candidate, share);
        }
        let others = main.shown().filter(|_| listed).map(|shown| shown.variants.as_slice());
        if let Some(name) = others.and_then(|others| merge::renamed(product.name.as_deref()?, member, others)) {
            product.name = Some(name);
        }
        product
            .gtins
            .retain(|code| member.sheet.gtins.contains(code) || main.same.iter().any(|c| shows(c) && c.sheet.gtins.contains(code)));
        if let Some(url) = &member.url {
            let locator = format!("{}.url", member.locator);
            product.canonical_url = Some(url.clone());
            product.provenance.insert("canonical_url".to_owned(), Provenance::new(member.source, locator, cut(url)));
        }
    }

    /// Whether the page's own price holds for each member of the list that is shown: not where the page is that of one of them, or
    /// where a source tells the lowest of several prices.
    pub(super) fn is_shared(&self, main: &Main<'_>, member: &Candidate) -> bool {
        let single = main.same.iter().any(|candidate| !candidate.sheet.gtins.is_empty());
        let is_lowest = |candidate: &&Candidate| candidate.sheet.provenance.get("price").is_some_and(|at| at.locator.ends_with("lowPrice"));
        !single && !main.same.iter().any(is_lowest) && main.lists(member) && self.seen.as_ref().is_some_and(|seen| seen.shared)
    }

    pub(super) fn add_variants(&self, product: &mut Product, main: &Main<'_>, member: Option<&Candidate>) {
        for candidate in main.same.iter().flat_map(|candidate| &candidate.variants) {
            let itself = member.is_some_and(|member| std::ptr::eq(member, candidate))
                || candidate.sheet.gtins.iter().any(|code| product.gtins.contains(code));
            let variant = merge::variant(candidate);
            let told = product.variants.iter().any(|other| other.gtins == variant.gtins && !variant.gtins.is_empty());
            if !itself && !told {
                product.variants.push(variant);
            }
        }
    }
}
