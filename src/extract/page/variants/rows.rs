//! A table with a row for each size: `Size | EAN | Price | Stock`.

use super::list::{Amounts, List, Member};
use super::{MOST, is_own, is_titled_otherwise};
use crate::extract::candidate::{Candidate, evidence};
use crate::extract::markup::Spot;
use crate::extract::page::{Page, leads_away, words};
use crate::extract::survey::Marks;
use crate::extract::tag::Tag;
use crate::extract::text::line_within;
use crate::model::price::prices;
use crate::model::{Gtin, Money, Source};

/// Tables looked at, cells of a row, elements and bytes of a cell: rows may stand in each other.
const MOST_TABLES: usize = 40;
const MOST_CELLS: usize = 16;
const LARGEST: usize = 60;
const LONGEST: usize = 600;

/// What the title of a column says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Code,
    Price,
    Regular,
    Net,
    Sku,
    Stock,
    Other,
}

struct Cell<'m, 'h> {
    spot: Spot<'m, 'h>,
    text: String,
}

pub(super) fn lists(page: &Page<'_, '_, '_>) -> Vec<List> {
    let tables: Vec<_> = page.survey.markup.elements().filter(|element| element.tag() == Tag::Table).collect();
    // A table that holds another one is there for the looks.
    let is_inner = |at: usize| tables.get(at + 1).is_none_or(|next| !tables[at].contains(*next));
    let inner = tables.iter().enumerate().filter(|(at, _)| is_inner(*at)).map(|(_, table)| *table);
    inner
        .filter(|table| is_own(page, *table))
        .take(MOST_TABLES)
        .filter(|table| !is_titled_otherwise(page, *table))
        .filter_map(|table| list(page, table))
        .collect()
}

fn list(page: &Page<'_, '_, '_>, table: Spot<'_, '_>) -> Option<List> {
    let rows = table.elements().filter(|row| row.tag() == Tag::Tr).take(MOST + 1);
    let rows: Vec<(Spot<'_, '_>, Vec<Cell<'_, '_>>)> = rows.map(|row| (row, cells(row))).collect();
    let at = rows.iter().find_map(|(_, cells)| cells.iter().position(|cell| code(cell).is_some()))?;
    let (coded, titles): (Vec<_>, Vec<_>) = rows.iter().partition(|(_, cells)| cells.get(at).and_then(code).is_some());
    let columns: Vec<Column> = titles.first().map(|(_, cells)| cells.iter().map(column).collect()).unwrap_or_default();
    let named = |at: usize| columns.get(at).copied().unwrap_or(Column::Other);
    // A row that leads to a page by its name is another product's.
    let is_foreign = |cells: &[Cell<'_, '_>]| cells.iter().take(2).any(|cell| cell.spot.elements().take(LARGEST).any(leads_away));
    if coded.len() < 2 || coded.iter().any(|(_, cells)| is_foreign(cells)) {
        return None;
    }
    let mut list = List::of(coded.iter().filter_map(|(row, cells)| member(page, *row, cells, at, named)).collect());
    let is_amount = |(column, cell): (usize, &Cell<'_, '_>)| {
        matches!(named(column), Column::Price | Column::Net) && !cell.text.is_empty() || cell.text.contains(['€', '$', '£'])
    };
    if coded.iter().any(|(_, cells)| cells.iter().enumerate().any(is_amount)) {
        list.amounts = Amounts::Unread;
    }
    Some(list)
}

fn cells<'m, 'h>(row: Spot<'m, 'h>) -> Vec<Cell<'m, 'h>> {
    let cells = row.children().filter(|cell| matches!(cell.tag(), Tag::Td | Tag::Th)).take(MOST_CELLS);
    cells.map(|spot| Cell { spot, text: line_within(spot, LONGEST) }).collect()
}

fn code(cell: &Cell<'_, '_>) -> Option<Gtin> {
    (cell.text.len() >= 11).then(|| evidence(&cell.text))?
}

fn column(title: &Cell<'_, '_>) -> Column {
    let title = title.text.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| title.contains(word));
    let is_price = has(&["prix", "price", "preis", "prijs", "precio", "prezzo", "preço", "pvp"]);
    match () {
        () if words::with_tax(&title, "") == Some(false) => Column::Net,
        () if words::is_old_after(&title) || words::last_label(&title) == Some(words::Label::Old) => Column::Regular,
        () if is_price => Column::Price,
        () if title.split(|c: char| !c.is_alphanumeric()).any(|word| matches!(word, "ean" | "ean13" | "gtin" | "upc")) => Column::Code,
        () if has(&["barcode", "code-barre", "strichcode", "streepjescode"]) => Column::Code,
        () if has(&["artikel", "sku", "référence", "ref", "réf", "item no", "article", "codice", "código", "part n"]) => Column::Sku,
        () if has(&["stock", "availab", "dispo", "voorraad", "lever", "verfügbar", "lager", "liefer"]) => Column::Stock,
        () => Column::Other,
    }
}

fn member(
    page: &Page<'_, '_, '_>,
    row: Spot<'_, '_>,
    cells: &[Cell<'_, '_>],
    at: usize,
    named: impl Fn(usize) -> Column,
) -> Option<Member> {
    let code = cells.get(at).and_then(code)?;
    let place = page.locator(row.index());
    let mut member = Member::of(Candidate::new(Source::VisibleText, place.clone()));
    member.candidate.note("gtins", place.clone(), code.as_given());
    member.candidate.sheet.gtins = vec![code];
    member.nodes = vec![row.index()];
    let mut amounts: Vec<(Money, String)> = Vec::new();
    let mut former: Vec<(Money, String)> = Vec::new();
    for (column, cell) in cells.iter().enumerate().filter(|(column, cell)| *column != at && !cell.text.is_empty()) {
        let kind = named(column);
        for (money, raw, struck) in amounts_in(page, cell, kind) {
            if struck || kind == Column::Regular { former.push((money, raw)) } else { amounts.push((money, raw)) }
        }
        let text = || cell.text.clone();
        let candidate = &mut member.candidate;
        match kind {
            Column::Sku if cell.text.len() <= 40 => {
                candidate.note("sku", place.clone(), &cell.text);
                candidate.sheet.sku = Some(text());
            }
            Column::Other
                if candidate.sheet.size.is_none()
                    && cell.text.len() <= 60
                    && prices(&cell.text, None).iter().all(|price| price.money.currency.is_none())
                    && words::of_stock(&cell.text.to_lowercase()).is_none() =>
            {
                candidate.note("size", place.clone(), &cell.text);
                candidate.sheet.size = Some(text());
            }
            Column::Other | Column::Stock => stock(&mut member, cell, &place),
            _ => {}
        }
    }
    amounts.dedup();
    if let [(money, raw)] = amounts.as_slice() {
        member.candidate.note("price", place.clone(), raw);
        member.offer().price = Some(money.clone());
        if let Some((regular, raw)) = former.first().filter(|(regular, _)| regular.amount > money.amount) {
            member.candidate.note("regular_price", place, raw);
            member.offer().regular_price = Some(regular.clone());
        }
    }
    Some(member)
}

/// The amounts of a cell, and whether each is struck. A figure without a currency is one only below the title of a price.
fn amounts_in(page: &Page<'_, '_, '_>, cell: &Cell<'_, '_>, kind: Column) -> Vec<(Money, String, bool)> {
    if matches!(kind, Column::Code | Column::Net | Column::Sku) {
        return Vec::new();
    }
    let titled = matches!(kind, Column::Price | Column::Regular);
    let is_old = |element: &Spot<'_, '_>| page.survey.marks(*element).has(Marks::OLD);
    let old: Vec<String> = cell.spot.elements().take(LARGEST).filter(is_old).map(|element| line_within(element, LONGEST)).collect();
    let seen = prices(&cell.text, None).into_iter().filter(|seen| seen.per.is_none() && (titled || seen.money.currency.is_some()));
    seen.map(|seen| {
        let raw = cell.text[seen.from..seen.to].to_owned();
        let struck = old.iter().any(|text| text.contains(&raw));
        (seen.money, raw, struck)
    })
    .collect()
}

fn stock(member: &mut Member, cell: &Cell<'_, '_>, place: &str) {
    let Some((availability, _)) = words::of_stock(&cell.text.to_lowercase()) else { return };
    if member.offer().availability.is_none() {
        member.candidate.note("availability", place, &cell.text);
        member.offer().availability = Some(availability);
    }
}
