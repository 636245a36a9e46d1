//! One rule: which elements of a page, and how their text becomes a value. The order of the steps is fixed and documented in
//! docs/recipes.md; a rule that hits nothing is no error, the next one is tried.

use regex::Regex;

use super::format::Form;
use crate::extract::markup::Spot;
use crate::extract::select::{Found, Selector};
use crate::extract::text::{line, lines, one_line};

#[derive(Clone, Debug)]
pub(super) struct Rule {
    /// The selector as written, for provenance.
    pub(super) locator: String,
    pub(super) css: Option<Selector>,
    pub(super) heading: Option<Regex>,
    pub(super) nth: Option<usize>,
    pub(super) attr: Option<String>,
    pub(super) count: Option<Selector>,
    pub(super) regex: Option<Regex>,
    pub(super) replace: Vec<Replace>,
    pub(super) form: Option<Form>,
    pub(super) join: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Replace {
    pub(super) regex: Regex,
    pub(super) with: String,
}

/// A value and the text that it came from.
pub(super) struct Hit {
    pub(super) value: String,
    pub(super) raw: String,
}

/// Elements looked at per rule, and levels climbed from a heading to what follows it.
const MOST: usize = 500;
const CLIMB: usize = 3;
/// Bytes of text whose reading costs as much as a step of a selector.
const BYTES_PER_STEP: usize = 8;

impl Rule {
    /// All values below `scope`, or on the whole page, without empty ones; a single one when they are joined.
    pub(super) fn read<'a, 'm, 'h>(
        &'a self,
        page: &'a Found<'m, 'h>,
        scope: Option<Spot<'m, 'h>>,
        default: Form,
    ) -> impl Iterator<Item = Hit> + 'a {
        page.begin();
        let form = self.form.unwrap_or(default);
        let mut hits = self.elements(page, scope).filter_map(move |element| self.hit(page, element, form));
        let joined = self.join.as_ref().map(|separator| join(&mut hits, separator));
        joined.into_iter().flatten().chain(hits)
    }

    fn elements<'a, 'm, 'h>(&'a self, page: &'a Found<'m, 'h>, scope: Option<Spot<'m, 'h>>) -> impl Iterator<Item = Spot<'m, 'h>> + 'a {
        let found = self.css.as_ref().map(|css| page.select(scope, css));
        let own = scope.filter(|_| self.css.is_none());
        let is_wanted = |element: &Spot<'m, 'h>| self.heading.as_ref().is_none_or(|heading| is_heading(page, *element, heading));
        let place = |element: Spot<'m, 'h>| if self.heading.is_some() { after(element) } else { Some(element) };
        let all = found.into_iter().flatten().filter(is_wanted).filter_map(place).take(MOST).chain(own);
        let (before, most) = self.nth.map_or((0, usize::MAX), |nth| (nth, 1));
        all.skip(before).take(most)
    }

    fn hit<'m, 'h>(&self, page: &Found<'m, 'h>, element: Spot<'m, 'h>, form: Form) -> Option<Hit> {
        let raw = match (&self.count, &self.attr) {
            (Some(css), _) => page.select(Some(element), css).take(MOST).count().to_string(),
            (None, Some(attr)) => element.attr(attr)?.into_owned(),
            (None, None) => text(page, element, form)?,
        };
        let mut value = self.cut(&raw)?;
        for replace in &self.replace {
            value = replace.regex.replace_all(&value, replace.with.as_str()).into_owned();
        }
        let value = shape(&value, form)?;
        (!value.is_empty()).then_some(Hit { value, raw })
    }

    /// The first group of the pattern, or all that it matches.
    fn cut(&self, raw: &str) -> Option<String> {
        let Some(regex) = &self.regex else { return Some(raw.to_owned()) };
        let captures = regex.captures(raw)?;
        captures.get(1).or_else(|| captures.get(0)).map(|found| found.as_str().to_owned())
    }
}

/// One hit for all of them, where there are any.
fn join(hits: impl Iterator<Item = Hit>, separator: &str) -> Option<Hit> {
    hits.reduce(|joined, hit| Hit { value: joined.value + separator + &hit.value, raw: joined.raw + separator + &hit.raw })
}

/// The text that is read in an element; nothing where nobody sees it, or where enough was read of the page.
fn text(page: &Found<'_, '_>, element: Spot<'_, '_>, form: Form) -> Option<String> {
    if element.tag().is_silent() || page.is_spent() {
        return None;
    }
    let text = if form == Form::Lines { lines(element) } else { line(element) };
    page.pay(element.end() - element.index() + text.len() / BYTES_PER_STEP);
    Some(text)
}

fn shape(value: &str, form: Form) -> Option<String> {
    match form {
        Form::Text => Some(one_line(value)),
        Form::Lines => Some(value.trim().to_owned()),
        Form::Digits => Some(value.chars().filter(char::is_ascii_digit).collect()),
        Form::Percent => {
            let figure: String =
                value.chars().skip_while(|c| !c.is_ascii_digit()).take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
            let share: f64 = figure.replace(',', ".").parse().ok()?;
            (share <= 100.0).then(|| (share / 20.0).to_string())
        }
    }
}

/// Longest heading, in bytes: what is longer is a text, and reading each of the nested ones whole would cost too much.
const LONGEST_HEADING: usize = 200;

fn is_heading(page: &Found<'_, '_>, element: Spot<'_, '_>, heading: &Regex) -> bool {
    let mut text = String::new();
    for part in element.inside().take_while(|_| page.pay(1)).filter_map(Spot::text) {
        text.push_str(part.trim());
        text.push(' ');
        if text.len() > LONGEST_HEADING {
            return false;
        }
    }
    !page.is_spent() && heading.is_match(&one_line(&text))
}

/// The element that follows a heading, in the page's order: its sibling, or that of what encloses it.
fn after<'m, 'h>(heading: Spot<'m, 'h>) -> Option<Spot<'m, 'h>> {
    let mut at = heading;
    for _ in 0..CLIMB {
        if let Some(next) = at.next_elements().next() {
            return Some(next);
        }
        at = at.parent()?;
    }
    None
}
