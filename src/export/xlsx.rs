//! XLSX with typed cells: barcodes are text, prices are numbers. Rows go to a temporary file, so that memory does not grow.

use rust_xlsxwriter::{Format, Workbook as Book, XlsxError};

use super::{COLUMNS, Cell, rows};
use crate::error::{Error, ErrorKind};
use crate::model::ItemResult;

/// Excel's own limits.
const LONGEST_TEXT: usize = 32_767;
const MOST_ROWS: u32 = 1_048_576;

/// A workbook in the making.
pub struct Workbook {
    book: Book,
    next_row: u32,
}

impl Workbook {
    pub fn new() -> Result<Self, Error> {
        let mut book = Book::new();
        let sheet = book.add_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_name("results").map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        for (column, name) in (0u16..).zip(COLUMNS) {
            sheet.write_string_with_format(0, column, name, &Format::new().set_bold()).map_err(failed)?;
        }
        Ok(Self { book, next_row: 1 })
    }

    pub fn push(&mut self, result: &ItemResult) -> Result<(), Error> {
        for cells in rows(result) {
            if self.next_row >= MOST_ROWS {
                return Err(
                    Error::new(ErrorKind::InvalidInput, "an Excel sheet holds 1,048,575 rows; ask for format=csv or jsonl").field("format")
                );
            }
            let sheet = self.book.worksheet_from_index(0).map_err(failed)?;
            for (column, cell) in (0u16..).zip(cells) {
                match cell {
                    Cell::Empty => continue,
                    Cell::Text(text) => sheet.write_string(self.next_row, column, cut(&text)).map_err(failed)?,
                    Cell::Number(number) => sheet.write_number(self.next_row, column, number).map_err(failed)?,
                    Cell::Amount(amount) => match amount.parse::<f64>() {
                        Ok(number) => sheet
                            .write_number_with_format(self.next_row, column, number, &Format::new().set_num_format("0.00"))
                            .map_err(failed)?,
                        Err(_) => sheet.write_string(self.next_row, column, amount).map_err(failed)?,
                    },
                };
            }
            self.next_row += 1;
        }
        Ok(())
    }

    /// The finished file.
    pub fn finish(mut self) -> Result<Vec<u8>, Error> {
        self.book.save_to_buffer().map_err(failed)
    }
}

impl std::fmt::Debug for Workbook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workbook").field("next_row", &self.next_row).finish()
    }
}

fn cut(text: &str) -> &str {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

fn failed(error: XlsxError) -> Error {
    Error::new(ErrorKind::Storage, format!("the workbook could not be written: {error}")).because(error)
}
