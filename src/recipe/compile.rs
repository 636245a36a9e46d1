//! From the file as written to the recipe as used: every selector, pattern and placeholder is checked once, here.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use regex::Regex;
use serde_json::Value;
use toml::Spanned;
use url::Url;

use super::error::{RecipeError, RecipeFault, Text};
use super::fields::{Field, FieldRules, Page, ReviewRules};
use super::format::{self, MethodWord, Pairs, RecipeFile, RuleFile, StepFile};
use super::rule::{Replace, Rule};
use super::search::{Hits, SearchStep};
use super::{Inner, Pace};
use crate::extract::select::Selector;
use crate::model::{Currency, Method, ShopName, host_of};

type Result<T> = std::result::Result<T, RecipeError>;

/// Defaults that suit a shop nobody has measured: polite, and patient enough for a slow one.
const DEADLINE: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 3;
const PACE: Pace = Pace { concurrency: 2, interval: Duration::from_millis(500), jitter: Duration::from_millis(250) };

pub(super) fn recipe(toml: &str, file: &str) -> Result<Inner> {
    let text = Text { toml, file };
    let read: RecipeFile = toml::from_str(toml).map_err(|error| text.toml_error(&error))?;
    Compiler { text, values: &read.values }.recipe(&read)
}

struct Compiler<'a> {
    text: Text<'a>,
    values: &'a BTreeMap<String, String>,
}

impl Compiler<'_> {
    fn fail<T>(&self, span: Range<usize>, fault: RecipeFault) -> Result<T> {
        Err(self.text.error(span, fault))
    }

    fn recipe(&self, read: &RecipeFile) -> Result<Inner> {
        if read.search.is_empty() {
            return self.fail(0..0, RecipeFault::NoSearch);
        }
        Ok(Inner {
            name: self.name(&read.name)?,
            title: read.title.clone(),
            home: self.origin(&read.origin)?,
            origin: self.origin(&read.origin)?,
            search_origin: read.search_origin.as_ref().map(|origin| self.origin(origin)).transpose()?,
            hosts: read.hosts.iter().map(|host| self.host(host)).collect::<Result<_>>()?,
            currency: read.currency.as_ref().map(|code| self.currency(code)).transpose()?,
            language: read.language.clone(),
            pace: self.pace(&read.pace)?,
            deadline: self.duration(read.deadline.as_ref(), DEADLINE)?,
            attempts: self.number(read.attempts.as_ref(), 1, 20, ATTEMPTS)?,
            media: read.media,
            route: read.route.clone(),
            robots: read.robots,
            values: read.values.clone(),
            steps: read.search.iter().map(|step| self.step(step)).collect::<Result<_>>()?,
            page: self.page(&read.page)?,
            reading: read.page.read,
        })
    }

    fn name(&self, name: &format::Text) -> Result<ShopName> {
        let text = name.get_ref();
        let fits = !text.is_empty() && text.len() <= 60 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(ShopName::new(text.as_str())) } else { self.fail(name.span(), RecipeFault::Name { text: text.clone() }) }
    }

    fn origin(&self, origin: &format::Text) -> Result<Url> {
        let text = origin.get_ref();
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let url = url.filter(|url| {
            url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
        });
        url.map_or_else(|| self.fail(origin.span(), RecipeFault::Origin { text: text.clone() }), Ok)
    }

    fn host(&self, host: &format::Text) -> Result<String> {
        let text = host.get_ref();
        let url = Url::parse(&format!("https://{text}/")).ok();
        let same = url.as_ref().map(host_of).filter(|host| host == text);
        same.map_or_else(|| self.fail(host.span(), RecipeFault::Host { text: text.clone() }), Ok)
    }

    fn currency(&self, code: &format::Text) -> Result<Currency> {
        Currency::parse(code.get_ref()).map_or_else(|| self.fail(code.span(), RecipeFault::Currency { text: code.get_ref().clone() }), Ok)
    }

    fn pace(&self, pace: &format::PaceFile) -> Result<Pace> {
        Ok(Pace {
            concurrency: self.number(pace.concurrency.as_ref(), 1, 64, PACE.concurrency as u32)? as usize,
            interval: self.duration(pace.interval.as_ref(), PACE.interval)?,
            jitter: self.duration(pace.jitter.as_ref(), PACE.jitter)?,
        })
    }

    fn number(&self, number: Option<&Spanned<u32>>, least: u32, most: u32, default: u32) -> Result<u32> {
        let Some(number) = number else { return Ok(default) };
        let given = *number.get_ref();
        if (least..=most).contains(&given) {
            return Ok(given);
        }
        self.fail(number.span(), RecipeFault::Range { given: given.into(), least: least.into(), most: most.into() })
    }

    fn duration(&self, text: Option<&format::Text>, default: Duration) -> Result<Duration> {
        let Some(text) = text else { return Ok(default) };
        duration(text.get_ref()).map_or_else(|| self.fail(text.span(), RecipeFault::Duration { text: text.get_ref().clone() }), Ok)
    }

    fn regex(&self, regex: &format::Text) -> Result<Regex> {
        Regex::new(regex.get_ref()).or_else(|error| {
            let message = error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            self.fail(regex.span(), RecipeFault::Regex { regex: regex.get_ref().clone(), message })
        })
    }

    /// A pattern for any of these texts, in whatever case.
    fn any_of(&self, texts: &[String]) -> Result<Option<Regex>> {
        let texts: Vec<String> = texts.iter().filter(|text| !text.is_empty()).map(|text| regex::escape(text)).collect();
        if texts.is_empty() {
            return Ok(None);
        }
        let regex = format!("(?i){}", texts.join("|"));
        Regex::new(&regex).map(Some).or_else(|error| self.fail(0..0, RecipeFault::Regex { message: error.to_string(), regex }))
    }

    fn maybe_regex(&self, regex: Option<&format::Text>) -> Result<Option<Regex>> {
        regex.map(|regex| self.regex(regex)).transpose()
    }

    fn selector(&self, css: &format::Text) -> Result<Selector> {
        Selector::parse(css.get_ref()).or_else(|error| {
            let message = match css.get_ref().trim() {
                "" => "it is empty".to_owned(),
                _ => error.lines().next().unwrap_or_default().to_owned(),
            };
            self.fail(css.span(), RecipeFault::Selector { css: css.get_ref().clone(), message })
        })
    }

    fn step(&self, step: &StepFile) -> Result<SearchStep> {
        if !step.path.get_ref().starts_with('/') {
            return self.fail(step.path.span(), RecipeFault::Path { text: step.path.get_ref().clone() });
        }
        if step.page.is_none() && step.hits.is_none() {
            return self.fail(step.path.span(), RecipeFault::NoHits);
        }
        if let Some(json) = step.json.as_ref().filter(|_| !step.form.is_empty() || matches!(step.method, MethodWord::Get)) {
            return self.fail(json.span(), RecipeFault::Body);
        }
        for name in step.headers.keys() {
            if name.get_ref().is_empty() || !name.get_ref().bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
                return self.fail(name.span(), RecipeFault::Header { text: name.get_ref().clone() });
            }
        }
        Ok(SearchStep {
            method: match step.method {
                MethodWord::Get => Method::Get,
                MethodWord::Post => Method::Post,
            },
            on: step.on,
            path: self.template(&step.path)?,
            ean: step.ean,
            query: self.pairs(&step.query)?,
            form: self.pairs(&step.form)?,
            json: step.json.as_ref().map(|json| self.json(json)).transpose()?,
            headers: self.pairs(&step.headers)?,
            page: self.maybe_regex(step.page.as_ref())?,
            not_found: self.maybe_regex(step.not_found.as_ref())?,
            hits: step.hits.as_ref().map(|hits| self.hits(hits, step)).transpose()?,
        })
    }

    fn pairs(&self, pairs: &Pairs) -> Result<Vec<(String, String)>> {
        pairs.iter().map(|(key, value)| Ok((key.get_ref().clone(), self.template(value)?))).collect()
    }

    fn json(&self, table: &Spanned<toml::Table>) -> Result<Value> {
        // A table has no value that JSON lacks; a date becomes a text.
        let json = serde_json::to_value(table.get_ref()).unwrap_or_default();
        let mut texts = Vec::new();
        gather_texts(&json, &mut texts);
        texts.into_iter().try_for_each(|text| self.placeholders(text, table.span()))?;
        Ok(json)
    }

    /// Only checked here: the values are put in when a request is made.
    fn template(&self, text: &format::Text) -> Result<String> {
        self.placeholders(text.get_ref(), text.span())?;
        Ok(text.get_ref().clone())
    }

    fn placeholders(&self, text: &str, span: Range<usize>) -> Result<()> {
        for name in super::search::placeholders(text) {
            if !matches!(name, "ean" | "origin") && !self.values.contains_key(name) {
                let known = ["ean", "origin"].into_iter().chain(self.values.keys().map(String::as_str));
                let known = known.map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(", ");
                return self.fail(span, RecipeFault::Placeholder { name: name.to_owned(), known });
            }
        }
        Ok(())
    }

    fn hits(&self, hits: &format::HitsFile, step: &StepFile) -> Result<Hits> {
        let json = hits.items.is_some() && !hits.link.is_empty();
        if json == hits.css.is_some() || (hits.items.is_some() && !json) {
            return self.fail(step.path.span(), RecipeFault::NoHits);
        }
        Ok(Hits {
            html: hits.html.as_ref().map(|pointer| self.pointer(pointer)).transpose()?,
            css: hits.css.as_ref().map(|css| self.selector(css)).transpose()?,
            attr: hits.attr.clone().unwrap_or_else(|| "href".to_owned()),
            items: hits.items.as_ref().map(|pointer| self.pointer(pointer)).transpose()?,
            link: hits.link.iter().map(|pointer| self.pointer(pointer)).collect::<Result<_>>()?,
            codes: hits.codes.iter().map(|pointer| self.pointer(pointer)).collect::<Result<_>>()?,
            include: self.maybe_regex(hits.include.as_ref())?,
            exclude: self.maybe_regex(hits.exclude.as_ref())?,
            strip_query: hits.strip_query,
        })
    }

    fn pointer(&self, pointer: &format::Text) -> Result<String> {
        let text = pointer.get_ref();
        let fits = text.is_empty() || text.starts_with('/');
        if fits { Ok(text.clone()) } else { self.fail(pointer.span(), RecipeFault::Pointer { text: text.clone() }) }
    }

    fn page(&self, page: &format::PageFile) -> Result<Page> {
        let mut fields = Vec::new();
        for (name, rules) in &page.fields {
            let Some(field) = Field::named(name.get_ref()) else {
                let known = Field::ALL.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
                return self.fail(name.span(), RecipeFault::Field { name: name.get_ref().clone(), known });
            };
            fields.push(FieldRules { field, rules: self.rules(rules, Some(&name.span()))? });
        }
        let properties = page.properties.iter().map(|(name, rules)| Ok((name.clone(), self.rules(rules, None)?)));
        Ok(Page {
            gone: page.gone.clone().unwrap_or_else(|| vec![410]),
            blocked_status: page.blocked_status.clone().unwrap_or_else(|| vec![403, 429]),
            blocked_text: self.any_of(&page.blocked_text)?,
            blocked_address: self.any_of(&page.blocked_address)?,
            properties: properties.collect::<Result<_>>()?,
            reviews: page.reviews.as_ref().map(|reviews| self.reviews(reviews)).transpose()?,
            fields,
        })
    }

    fn reviews(&self, reviews: &format::ReviewsFile) -> Result<ReviewRules> {
        Ok(ReviewRules {
            item: self.selector(&reviews.item)?,
            css: reviews.item.get_ref().clone(),
            author: self.rules(&reviews.author, None)?,
            rating: self.rules(&reviews.rating, None)?,
            title: self.rules(&reviews.title, None)?,
            body: self.rules(&reviews.body, None)?,
            date: self.rules(&reviews.date, None)?,
        })
    }

    /// `page_field` is the place of a field's name: its rules look at the whole page, so each needs a selector. In a review
    /// a rule without one reads the review itself.
    fn rules(&self, rules: &[RuleFile], page_field: Option<&Range<usize>>) -> Result<Vec<Rule>> {
        rules.iter().map(|rule| self.rule(rule, page_field)).collect()
    }

    fn rule(&self, rule: &RuleFile, page_field: Option<&Range<usize>>) -> Result<Rule> {
        if let (None, Some(span)) = (&rule.css, page_field) {
            return self.fail(span.clone(), RecipeFault::EmptyRule);
        }
        let replace = |replace: &format::ReplaceFile| Ok(Replace { regex: self.regex(&replace.regex)?, with: replace.with.clone() });
        Ok(Rule {
            locator: rule.css.as_ref().map(|css| css.get_ref().clone()).unwrap_or_default(),
            css: rule.css.as_ref().map(|css| self.selector(css)).transpose()?,
            heading: self.maybe_regex(rule.heading.as_ref())?,
            nth: rule.nth.as_ref().map(|nth| self.number(Some(nth), 1, 1000, 1)).transpose()?.map(|nth| nth as usize - 1),
            attr: rule.attr.clone(),
            count: rule.count.as_ref().map(|css| self.selector(css)).transpose()?,
            regex: self.maybe_regex(rule.regex.as_ref())?,
            replace: rule.replace.iter().map(replace).collect::<Result<_>>()?,
            form: rule.form,
            join: rule.join.clone(),
        })
    }
}

fn gather_texts<'a>(json: &'a Value, texts: &mut Vec<&'a str>) {
    match json {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.iter().for_each(|value| gather_texts(value, texts)),
        Value::Object(object) => object.values().for_each(|value| gather_texts(value, texts)),
        _ => {}
    }
}

fn duration(text: &str) -> Option<Duration> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number: u64 = text[..text.len() - unit.len()].parse().ok()?;
    match unit.trim() {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        _ => None,
    }
}
