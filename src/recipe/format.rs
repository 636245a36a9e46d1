//! The recipe file as it is written. docs/recipes.md describes every key; `compile` checks what serde cannot.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::reading::Reading;
use super::robots::RobotsPolicy;
use crate::model::{MediaMode, RouteWish};

/// A text that errors can point at.
pub(super) type Text = Spanned<String>;
pub(super) type Pairs = BTreeMap<Text, Text>;
pub(super) type Rules = Vec<RuleFile>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecipeFile {
    pub(super) name: Text,
    pub(super) title: String,
    pub(super) origin: Text,
    pub(super) search_origin: Option<Text>,
    #[serde(default)]
    pub(super) hosts: Vec<Text>,
    pub(super) currency: Option<Text>,
    pub(super) language: Option<String>,
    pub(super) deadline: Option<Text>,
    pub(super) attempts: Option<Spanned<u32>>,
    pub(super) media: Option<MediaMode>,
    #[serde(default)]
    pub(super) route: RouteWish,
    #[serde(default)]
    pub(super) robots: RobotsPolicy,
    #[serde(default)]
    pub(super) pace: PaceFile,
    #[serde(default)]
    pub(super) values: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) search: Vec<StepFile>,
    #[serde(default)]
    pub(super) page: PageFile,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PaceFile {
    pub(super) concurrency: Option<Spanned<u32>>,
    pub(super) interval: Option<Text>,
    pub(super) jitter: Option<Text>,
}

#[derive(Clone, Copy, Default, Deserialize)]
pub(super) enum MethodWord {
    #[default]
    #[serde(rename = "GET")]
    Get,
    #[serde(rename = "POST")]
    Post,
}

/// Which origin a search step asks.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Base {
    #[default]
    Search,
    Shop,
}

/// How `{ean}` is written.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(super) enum EanForm {
    #[default]
    #[serde(rename = "13")]
    Thirteen,
    #[serde(rename = "14")]
    Fourteen,
    #[serde(rename = "given")]
    Given,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StepFile {
    #[serde(default)]
    pub(super) method: MethodWord,
    #[serde(default)]
    pub(super) on: Base,
    pub(super) path: Text,
    #[serde(default)]
    pub(super) ean: EanForm,
    #[serde(default)]
    pub(super) query: Pairs,
    #[serde(default)]
    pub(super) form: Pairs,
    pub(super) json: Option<Spanned<toml::Table>>,
    #[serde(default)]
    pub(super) headers: Pairs,
    pub(super) page: Option<Text>,
    pub(super) not_found: Option<Text>,
    pub(super) hits: Option<HitsFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HitsFile {
    /// Where in a JSON answer the HTML stands.
    pub(super) html: Option<Text>,
    pub(super) css: Option<Text>,
    pub(super) attr: Option<String>,
    pub(super) items: Option<Text>,
    #[serde(default)]
    pub(super) link: Vec<Text>,
    #[serde(default)]
    pub(super) codes: Vec<Text>,
    pub(super) include: Option<Text>,
    pub(super) exclude: Option<Text>,
    #[serde(default)]
    pub(super) strip_query: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct PageFile {
    pub(super) read: Reading,
    pub(super) gone: Option<Vec<u16>>,
    pub(super) blocked_status: Option<Vec<u16>>,
    pub(super) blocked_text: Vec<String>,
    pub(super) blocked_address: Vec<String>,
    pub(super) fields: BTreeMap<Text, Rules>,
    pub(super) properties: BTreeMap<String, Rules>,
    pub(super) reviews: Option<ReviewsFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReviewsFile {
    pub(super) item: Text,
    #[serde(default)]
    pub(super) author: Rules,
    #[serde(default)]
    pub(super) rating: Rules,
    #[serde(default)]
    pub(super) title: Rules,
    #[serde(default)]
    pub(super) body: Rules,
    #[serde(default)]
    pub(super) date: Rules,
}

/// What becomes of the text that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Form {
    /// One line.
    Text,
    /// A line for each paragraph.
    Lines,
    /// The digits alone.
    Digits,
    /// A share in percent becomes points out of 5.
    Percent,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    pub(super) css: Option<Text>,
    pub(super) heading: Option<Text>,
    pub(super) nth: Option<Spanned<u32>>,
    pub(super) attr: Option<String>,
    pub(super) count: Option<Text>,
    pub(super) regex: Option<Text>,
    #[serde(default)]
    pub(super) replace: Vec<ReplaceFile>,
    #[serde(rename = "as")]
    pub(super) form: Option<Form>,
    pub(super) join: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplaceFile {
    pub(super) regex: Text,
    pub(super) with: String,
}
