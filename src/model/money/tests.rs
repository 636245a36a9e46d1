use proptest::prelude::*;

use super::*;

fn read(text: &str, hint: &str) -> String {
    Money::parse(text, Currency::parse(hint)).map_or_else(|| "-".to_owned(), |money| money.to_string())
}

#[test]
fn prices_as_shops_write_them() {
    for (text, hint, expected) in CASES {
        assert_eq!(read(text, hint), *expected, "{text:?} with hint {hint:?}");
    }
}

const CASES: &[(&str, &str, &str)] = &[
    // France
    ("14,90 €", "", "14.90 EUR"),
    ("14,90\u{a0}€", "", "14.90 EUR"),
    ("14,90\u{202f}€", "", "14.90 EUR"),
    ("14,90€", "", "14.90 EUR"),
    ("14,9 €", "", "14.9 EUR"),
    ("14 €", "", "14 EUR"),
    ("1 770,00 €", "", "1770.00 EUR"),
    ("1\u{a0}770,00\u{a0}€", "", "1770.00 EUR"),
    ("1\u{202f}770,00\u{202f}€", "", "1770.00 EUR"),
    ("1\u{2009}770,00 €", "", "1770.00 EUR"),
    ("12 345 678,90 €", "", "12345678.90 EUR"),
    ("12€90", "", "12.90 EUR"),
    ("12€90 TTC", "", "12.90 EUR"),
    ("Prix : 12€90", "", "12.90 EUR"),
    ("12 €", "", "12 EUR"),
    ("14.90 €", "", "14.90 EUR"),
    ("14,90 EUR", "", "14.90 EUR"),
    ("EUR 14,90", "", "14.90 EUR"),
    ("EUR14.90", "", "14.90 EUR"),
    ("14,90 euros", "", "14.90 EUR"),
    ("14,90 € TTC", "", "14.90 EUR"),
    ("14,90€TTC", "", "14.90 EUR"),
    ("14,90TTC", "EUR", "14.90 EUR"),
    ("11,66 € HT", "", "11.66 EUR"),
    ("à partir de 9,90 €", "", "9.90 EUR"),
    ("A partir de 9,90 €", "", "9.90 EUR"),
    ("dès 9,90 €", "", "9.90 EUR"),
    ("Prix : 14,90 €", "", "14.90 EUR"),
    ("Prix en € : 14,90", "", "14.90 EUR"),
    ("\n   14,90\n   €\n", "", "14.90 EUR"),
    ("0,99 €", "", "0.99 EUR"),
    ("0,00 €", "", "0.00 EUR"),
    ("Lot de 2 : 14,90 €", "", "14.90 EUR"),
    ("Gel lavant 200 ml 14,90 €", "", "14.90 EUR"),
    ("SPF50 19,90 €", "", "19.90 EUR"),
    ("-20% 14,90 €", "", "14.90 EUR"),
    ("-5,00 € 14,90 €", "", "14.90 EUR"),
    ("19,90 € 14,90 €", "", "19.90 EUR"),
    ("9,90 € - 14,90 €", "", "9.90 EUR"),
    ("9,90 - 14,90 €", "", "9.90 EUR"),
    ("9,90 à 14,90 €", "", "9.90 EUR"),
    ("13,90", "EUR", "13.90 EUR"),
    ("13,90", "", "13.90"),
    ("à partir de 9,90", "EUR", "9.90 EUR"),
    ("14,90 € (293,25 €/L)", "", "14.90 EUR"),
    ("293,25 €/L 14,90 €", "", "14.90 EUR"),
    ("soit 293,25 € / L", "", "-"),
    ("12,50 € les 100 g", "", "-"),
    ("29,90 € le kg", "", "-"),
    ("Livraison offerte dès 49 €", "", "49 EUR"),
    ("Noté 4,5/5 - 14,90 €", "", "14.90 EUR"),
    // machines
    ("14.90", "EUR", "14.90 EUR"),
    ("14.9", "EUR", "14.9 EUR"),
    ("12.990000", "EUR", "12.990000 EUR"),
    ("1250.000", "EUR", "1250.000 EUR"),
    ("1250.000", "", "1250.000"),
    ("0.990", "EUR", "0.990 EUR"),
    ("1.250", "EUR", "1250 EUR"),
    ("1.250", "USD", "1.250 USD"),
    ("1.250", "", "1.250"),
    ("1770", "EUR", "1770 EUR"),
    // Europe
    ("1.234,50", "EUR", "1234.50 EUR"),
    ("1.234,50 €", "", "1234.50 EUR"),
    ("1.234.567,89 €", "", "1234567.89 EUR"),
    ("€ 1.234,50", "", "1234.50 EUR"),
    ("€1,299", "", "1299 EUR"),
    ("€1,299.00", "", "1299.00 EUR"),
    ("1.299,-", "EUR", "1299 EUR"),
    ("12,- €", "", "12 EUR"),
    ("12,– €", "", "12 EUR"),
    ("CHF 12.-", "", "12 CHF"),
    ("CHF 12.–", "", "12 CHF"),
    ("12.- CHF", "", "12 CHF"),
    ("CHF 1'234.50", "", "1234.50 CHF"),
    ("Fr. 12.50", "", "12.50 CHF"),
    ("1’234.50 CHF", "", "1234.50 CHF"),
    ("£12.99", "", "12.99 GBP"),
    ("£1,299.99", "", "1299.99 GBP"),
    ("1 299,00 zł", "", "1299.00 PLN"),
    ("499 Kč", "", "499 CZK"),
    ("149 kr", "SEK", "149 SEK"),
    ("149 kr", "", "149"),
    ("3 990 Ft", "", "3990 HUF"),
    // America and beyond
    ("$1,299", "", "1299 USD"),
    ("$1,299.00", "", "1299.00 USD"),
    ("$10 $8", "", "10 USD"),
    ("CA$ 24.99", "", "24.99 CAD"),
    ("$24.99", "CAD", "24.99 CAD"),
    ("$24.99", "EUR", "24.99 USD"),
    ("24,99 $", "CAD", "24.99 CAD"),
    ("US$12.00", "", "12.00 USD"),
    ("R$ 1.299,90", "", "1299.90 BRL"),
    ("¥1,500", "", "1500 JPY"),
    ("¥1,500", "CNY", "1500 CNY"),
    ("₹1,23,456.00", "", "123456.00 INR"),
    ("12.345 KWD", "", "12.345 KWD"),
    ("USD 12.50", "EUR", "12.50 USD"),
    // nothing
    ("", "EUR", "-"),
    ("   ", "EUR", "-"),
    ("€", "", "-"),
    ("gratuit", "EUR", "-"),
    ("Lot de 2", "EUR", "-"),
    ("50 ml", "EUR", "-"),
    ("-20%", "EUR", "-"),
    ("4,5/5", "EUR", "-"),
    ("12/03/2025", "EUR", "-"),
    ("12.03.2025", "EUR", "-"),
    ("3665606002802", "EUR", "-"),
    ("24h", "EUR", "-"),
    ("18:30", "EUR", "-"),
    ("Prix sur demande", "EUR", "-"),
    ("-5,00 €", "EUR", "-"),
    ("99999999999999999999 €", "", "-"),
];

#[test]
fn prices_per_quantity() {
    let cases = [
        ("293,25 €/L", "293.25 EUR per L"),
        ("14,90 € (293,25 € / 100 ml)", "293.25 EUR per 100 ml"),
        ("12,50 € les 100 g", "12.50 EUR per 100 g"),
        ("29,90 € le kg", "29.90 EUR per kg"),
        ("14,90 €", "-"),
    ];
    for (text, expected) in cases {
        let read = UnitPrice::parse(text, None).map_or("-".to_owned(), |unit| format!("{} per {}", unit.price, unit.per));
        assert_eq!(read, expected, "{text:?}");
    }
}

proptest! {
    #[test]
    fn never_panics(text in "\\PC{0,60}", hint in "[A-Z]{0,3}") {
        let _ = Money::parse(&text, Currency::parse(&hint));
        let _ = UnitPrice::parse(&text, Currency::parse(&hint));
    }

    #[test]
    fn never_panics_near_prices(text in "[0-9 .,'€$£%/:A-Zkzłr\u{a0}\u{202f}-]{0,40}") {
        let _ = Money::parse(&text, Some(Currency::EUR));
    }

    #[test]
    fn reads_back_what_a_french_shop_prints(cents in 0_i64..100_000_000, space in prop::sample::select(vec![" ", "\u{a0}", "\u{202f}", "\u{2009}", ""])) {
        let amount = Decimal::new(cents, 2);
        let whole = group(&(cents / 100).to_string(), space);
        let text = format!("{whole},{:02}{space}€", cents % 100);
        prop_assert_eq!(Money::parse(&text, None), Some(Money { amount, currency: Some(Currency::EUR) }));
    }

    #[test]
    fn reads_back_what_an_american_shop_prints(cents in 0_i64..100_000_000) {
        let text = format!("${}.{:02}", group(&(cents / 100).to_string(), ","), cents % 100);
        prop_assert_eq!(Money::parse(&text, None).map(|money| money.amount), Some(Decimal::new(cents, 2)));
    }

    #[test]
    fn reads_back_a_bare_decimal(cents in 0_i64..100_000_000) {
        let amount = Decimal::new(cents, 2);
        prop_assert_eq!(Money::parse(&amount.to_string(), Some(Currency::EUR)).map(|money| money.amount), Some(amount));
    }
}

fn group(digits: &str, separator: &str) -> String {
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push_str(separator);
        }
        out.push(digit);
    }
    out
}
