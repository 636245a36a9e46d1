//! The page reader against the scoreboard: no field may fall below what it reached, and no wrong barcode is ever accepted.

use std::path::Path;

use crate::board;

/// The least F1 of each field over all pages.
const FLOORS: &[(&str, f64)] = &[
    ("name", 0.93),
    ("brand", 0.91),
    ("price", 0.93),
    ("currency", 0.97),
    ("availability", 0.97),
    ("sku", 0.92),
    ("gtin", 0.94),
    ("description", 0.86),
    ("composition", 0.91),
    ("directions", 0.85),
];

#[test]
fn no_field_falls_below_its_floor() {
    let cases = board::cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages/board"));
    assert!(cases.len() >= 60, "{} pages", cases.len());
    let judged = board::judge(&cases);
    let table = judged.table(cases.len());
    for (field, floor) in FLOORS {
        let reached = judged.fields[field].f1();
        assert!(reached >= *floor, "{field}: {reached:.3} is below {floor}\n{table}{}", judged.faults.join("\n"));
    }
    assert_eq!(judged.accepted_wrongly, 0, "{}", judged.faults.join("\n"));
    assert!(judged.invented == 0, "{}", judged.faults.join("\n"));
}
