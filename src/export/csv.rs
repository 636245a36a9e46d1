//! CSV as a French Excel opens it by a double click: UTF-8 with a byte order mark, semicolons, decimal commas.

use super::{COLUMNS, Cell, rows};
use crate::error::{Error, ErrorKind};
use crate::model::ItemResult;

/// Turns results into CSV text, piece by piece.
#[derive(Debug, Default)]
pub struct CsvRows {
    begun: bool,
}

impl CsvRows {
    pub fn new() -> Self {
        Self::default()
    }

    /// The byte order mark and the header; empty after the first call.
    pub fn header(&mut self) -> Result<Vec<u8>, Error> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(Vec::new());
        }
        let mut bytes = "\u{feff}".as_bytes().to_vec();
        bytes.extend(record(COLUMNS.iter().copied())?);
        Ok(bytes)
    }

    /// The lines of one item, preceded by the header if they are the first.
    pub fn rows(&mut self, result: &ItemResult) -> Result<Vec<u8>, Error> {
        let mut bytes = self.header()?;
        for cells in rows(result) {
            let fields: Vec<String> = cells.iter().map(field).collect();
            bytes.extend(record(fields.iter().map(String::as_str))?);
        }
        Ok(bytes)
    }
}

fn record<'a>(fields: impl Iterator<Item = &'a str>) -> Result<Vec<u8>, Error> {
    let failed = |error: String| Error::new(ErrorKind::Internal, format!("a CSV line could not be written: {error}"));
    let mut writer = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    writer.write_record(fields).map_err(|error| failed(error.to_string()))?;
    writer.into_inner().map_err(|error| failed(error.to_string()))
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => harmless(text),
        Cell::Number(number) => number.to_string().replace('.', ","),
        Cell::Amount(amount) => amount.replace('.', ","),
    }
}

/// Scraped text must not become a formula: a leading apostrophe makes Excel show it as it is.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ItemStatus;

    #[test]
    fn a_line_keeps_the_zero_and_disarms_formulas() {
        let result = ItemResult {
            position: 1,
            ean: "0748322148474".to_owned(),
            gtin14: None,
            status: ItemStatus::Invalid,
            used_replacement: false,
            replacement: None,
            shops: Vec::new(),
            detail: Some("=HYPERLINK(\"x\");\nb".to_owned()),
            elapsed_ms: 0,
        };
        let mut csv = CsvRows::new();
        let first = String::from_utf8(csv.rows(&result).unwrap()).unwrap();
        assert!(first.starts_with("\u{feff}position;ean;status;"), "{first}");
        assert!(first.ends_with("\n1;0748322148474;INVALID;no;;;;;;;;;;;;;;;;;;;;\"'=HYPERLINK(\"\"x\"\");\nb\"\n"), "{first}");
        assert!(String::from_utf8(csv.rows(&result).unwrap()).unwrap().starts_with("1;"));
    }
}
