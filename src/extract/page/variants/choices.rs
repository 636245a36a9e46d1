//! What is pressed or picked: options, buttons, labels and swatches, with the code in an attribute or in their words.

use url::Url;

use super::choice::{Coded, LARGEST, LONGEST, code_in, is_radio, member, words_of};
use super::list::{Amounts, List};
use super::names::{CHOICES, CODES, LABELS, NAMES, first, is_one_of};
use super::{MOST, is_foreign_name, is_own, is_titled_otherwise};
use crate::extract::candidate::evidence;
use crate::extract::markup::{Spot, unescape_attribute};
use crate::extract::page::words::press;
use crate::extract::page::{Page, leads_away};
use crate::extract::tag::Tag;
use crate::extract::text::line_within;

/// How far up two members may have their common holder.
const LEVELS: usize = 4;
/// Elements with codes looked at per page.
const MOST_CODED: usize = 4 * MOST;

/// The lists, and the elements of products side by side: their codes are not the page's either.
pub(super) fn lists(page: &Page<'_, '_, '_>, base: &Url) -> (Vec<List>, Vec<usize>) {
    let (choices, others): (Vec<_>, Vec<_>) = groups(page).into_iter().partition(|group| is_choice(page, group));
    let foreign = others.iter().filter(|group| group.iter().any(|(_, code, _)| *code != group[0].1)).flatten();
    (choices.iter().map(|group| list(page, base, group)).collect(), foreign.map(|(element, ..)| element.index()).collect())
}

/// Elements with codes that stand side by side and are of one kind.
fn groups<'m, 'h>(page: &Page<'_, 'm, 'h>) -> Vec<Vec<Coded<'m, 'h>>> {
    let mut groups: Vec<Vec<Coded<'m, 'h>>> = Vec::new();
    let coded = page.survey.markup.elements().filter(|element| is_own(page, *element)).filter_map(coded).take(MOST_CODED);
    for one in coded {
        let Some(last) = groups.last().and_then(|group| group.last()) else {
            groups.push(vec![one]);
            continue;
        };
        match () {
            // The same code on the label and on the field in it; another one outside is that of the whole.
            () if last.0.contains(one.0) && last.1 == one.1 => continue,
            () if last.0.tag() == one.0.tag() && !last.0.contains(one.0) && are_near(last.0, one.0) => {}
            () => groups.push(Vec::new()),
        }
        groups.last_mut().into_iter().for_each(|group| group.push(one.clone()));
    }
    groups.retain(|group| group.len() > 1);
    groups
}

fn are_near(one: Spot<'_, '_>, other: Spot<'_, '_>) -> bool {
    let holder = one.ancestors().take(LEVELS).find(|holder| holder.contains(other));
    holder.is_some_and(|holder| other.ancestors().take(LEVELS).any(|its| its == holder))
}

fn coded<'m, 'h>(element: Spot<'m, 'h>) -> Option<Coded<'m, 'h>> {
    let named = element.attrs_from("data-").find(|(name, _)| name[5..].split(['-', '_']).any(|word| is_one_of(CODES, word)));
    if let Some((name, raw)) = named {
        return Some((element, evidence(&unescape_attribute(raw))?, format!("[{name}]")));
    }
    let picked = matches!(element.tag(), Tag::Option) || element.tag() == Tag::Input && is_radio(element);
    if let Some(code) = element.raw_attr("value").filter(|value| picked && value.trim().len() >= 12).and_then(evidence) {
        return Some((element, code, "[value]".to_owned()));
    }
    let row = || element.raw_attr("class").is_some_and(names_a_choice);
    let worded = matches!(element.tag(), Tag::Option | Tag::Label | Tag::Li | Tag::Button) || element.tag() == Tag::Div && row();
    let worded = worded && element.end() - element.index() <= LARGEST;
    let (code, ..) = worded.then(|| code_in(&line_within(element, LONGEST)))??;
    Some((element, code, element.name().to_ascii_lowercase()))
}

/// Whether these are sizes or colours of one product, and not products side by side.
fn is_choice(page: &Page<'_, '_, '_>, group: &[Coded<'_, '_>]) -> bool {
    let is_one = |element: Spot<'_, '_>| {
        let tagged = match element.tag() {
            Tag::Option => true,
            Tag::Input => is_radio(element),
            Tag::Label => element.elements().all(|inner| inner.tag() != Tag::Input || is_radio(inner)),
            Tag::Button => press(&line_within(element, LONGEST).to_lowercase()).is_none(),
            _ => false,
        };
        tagged || !matches!(element.tag(), Tag::Input | Tag::Label | Tag::Button) && is_named_so(element)
    };
    let leads = |element: Spot<'_, '_>| {
        std::iter::once(element).chain(element.ancestors().take(2)).chain(element.elements().take(LARGEST)).any(leads_away)
    };
    let is_foreign = |element: Spot<'_, '_>| {
        let titled = element.elements().take(LARGEST).any(|inner| matches!(inner.tag(), Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5));
        titled || first(element, NAMES).is_some_and(|(_, name)| is_foreign_name(page, &name))
    };
    let elements = || group.iter().map(|(element, ..)| *element);
    elements().all(|element| is_one(element) && !leads(element) && !is_foreign(element))
        && !elements().next().is_some_and(|first| is_titled_otherwise(page, first))
}

fn is_named_so(element: Spot<'_, '_>) -> bool {
    std::iter::once(element).chain(element.ancestors().take(3)).any(|holder| {
        let role = holder.raw_attr("role").is_some_and(|role| matches!(role, "radio" | "option" | "radiogroup" | "listbox"));
        role || ["class", "id", "name"].iter().filter_map(|name| holder.raw_attr(name)).any(names_a_choice)
    }) || first(element, LABELS).is_some()
}

fn names_a_choice(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    CHOICES.iter().any(|word| name.contains(word))
}

fn list(page: &Page<'_, '_, '_>, base: &Url, group: &[Coded<'_, '_>]) -> List {
    let mut list = List::of(group.iter().map(|coded| member(page, base, coded)).collect());
    let surcharged = group.iter().any(|(element, ..)| is_surcharge(&words_of(*element)));
    if surcharged {
        list.amounts = Amounts::Unclear;
    } else if group.iter().any(|(element, ..)| words_of(*element).contains(['€', '$', '£'])) {
        list.amounts = Amounts::Unread;
    }
    // A browser picks the first option of a box that names none.
    let first = group.first().map(|(element, ..)| *element).filter(|option| option.tag() == Tag::Option && !list.has_chosen());
    let is_first = |option: Spot<'_, '_>| {
        let select = option.ancestors().find(|holder| holder.tag() == Tag::Select);
        select.and_then(|select| select.elements().find(|inner| inner.tag() == Tag::Option)) == Some(option)
    };
    if let (true, Some(member)) = (first.is_some_and(is_first), list.members.first_mut()) {
        member.chosen = true;
    }
    list
}

/// `M (+ 5.00 €)`, `S (-2 €)`.
fn is_surcharge(text: &str) -> bool {
    let amounts = ["+", "(-", "(–", "(−"].iter().flat_map(|sign| text.match_indices(sign).map(|(at, sign)| &text[at + sign.len()..]));
    let mut amounts = amounts.map(|after| after.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '€' | '$' | '£')));
    amounts.any(|after| after.starts_with(|c: char| c.is_ascii_digit()))
}
