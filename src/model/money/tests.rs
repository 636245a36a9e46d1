use proptest::prelude::*;

use super::*;
use crate::model::price;

fn hinted(hint: &str) -> Option<Currency> {
    Currency::parse(hint)
}

fn money(text: &str, hint: &str) -> String {
    Money::parse(text, hinted(hint)).map_or_else(|| "-".to_owned(), |money| money.to_string())
}

fn unit_price(text: &str, hint: &str) -> String {
    UnitPrice::parse(text, hinted(hint)).map_or_else(|| "-".to_owned(), |unit| format!("{} per {}", unit.price, unit.per))
}

/// A text, the currency of the page, and what is read.
type Case = (&'static str, &'static str, &'static str);

#[track_caller]
fn check(cases: &[Case]) {
    let mistake = |(text, hint, expected): &Case| {
        let read = money(text, hint);
        (read != *expected).then(|| format!("{text:?} with hint {hint:?}: {read} is not {expected}"))
    };
    let mistakes: Vec<String> = cases.iter().filter_map(mistake).collect();
    assert!(mistakes.is_empty(), "{} of {} cases:\n{}", mistakes.len(), cases.len(), mistakes.join("\n"));
}

#[test]
fn france() {
    check(FRANCE);
}

const FRANCE: &[Case] = &[
    ("14,90 €", "", "14.90 EUR"),
    ("14,90\u{a0}€", "", "14.90 EUR"),
    ("14,90\u{202f}€", "", "14.90 EUR"),
    ("14,90€", "", "14.90 EUR"),
    ("14,9 €", "", "14.9 EUR"),
    ("14 €", "", "14 EUR"),
    ("12 €", "", "12 EUR"),
    ("soit 293,25 € / L", "", "-"),
    ("12,50 € les 100 g", "", "-"),
    ("29,90 € le kg", "", "-"),
    ("14€", "", "14 EUR"),
    ("1 770,00 €", "", "1770.00 EUR"),
    ("1\u{a0}770,00\u{a0}€", "", "1770.00 EUR"),
    ("1\u{202f}770,00\u{202f}€", "", "1770.00 EUR"),
    ("1\u{2009}770,00 €", "", "1770.00 EUR"),
    ("1\u{202f}770 €", "", "1770 EUR"),
    ("12 345 678,90 €", "", "12345678.90 EUR"),
    ("1 000 000 €", "", "1000000 EUR"),
    ("10 000,00€", "", "10000.00 EUR"),
    ("14.90 €", "", "14.90 EUR"),
    ("14.90€", "", "14.90 EUR"),
    ("1770.00 €", "", "1770.00 EUR"),
    ("1.770,00 €", "", "1770.00 EUR"),
    ("1.770 €", "", "1770 EUR"),
    ("14,90 EUR", "", "14.90 EUR"),
    ("14,90EUR", "", "14.90 EUR"),
    ("EUR 14,90", "", "14.90 EUR"),
    ("EUR14.90", "", "14.90 EUR"),
    ("14,90 Eur", "", "14.90 EUR"),
    ("14,90 eur", "", "14.90 EUR"),
    ("14,90 euros", "", "14.90 EUR"),
    ("14,90 Euros TTC", "", "14.90 EUR"),
    ("14 euros", "", "14 EUR"),
    ("€ 14,90", "", "14.90 EUR"),
    ("14,90 € TTC", "", "14.90 EUR"),
    ("14,90€TTC", "", "14.90 EUR"),
    ("14,90TTC", "EUR", "14.90 EUR"),
    ("14,90 TTC", "EUR", "14.90 EUR"),
    ("11,66 € HT", "", "11.66 EUR"),
    ("11,66 €HT", "", "11.66 EUR"),
    ("11,66 HT", "EUR", "11.66 EUR"),
    ("11,66 € HT soit 13,99 € TTC", "", "11.66 EUR"),
    ("à partir de 9,90 €", "", "9.90 EUR"),
    ("A partir de 9,90 €", "", "9.90 EUR"),
    ("À PARTIR DE 9,90 €", "", "9.90 EUR"),
    ("à partir de 9,90", "EUR", "9.90 EUR"),
    ("dès 9,90 €", "", "9.90 EUR"),
    ("dès 9,90", "EUR", "9.90 EUR"),
    ("de 9,90 € à 14,90 €", "", "9.90 EUR"),
    ("de 9,90 à 14,90 €", "", "9.90 EUR"),
    ("de 10 à 15 €", "", "10 EUR"),
    ("Lot de 2 à 15 €", "", "15 EUR"),
    ("Lot de 2 - 15 €", "", "15 EUR"),
    ("Prix : 14,90 €", "", "14.90 EUR"),
    ("Prix: 14,90€", "", "14.90 EUR"),
    ("Prix en € : 14,90", "", "14.90 EUR"),
    ("Prix (€) : 14,90", "", "14.90 EUR"),
    ("Prix (en euros) : 14,90", "", "14.90 EUR"),
    ("Prix TTC (€) à partir de 14,90", "", "14.90 EUR"),
    ("Prix conseillé 14,90", "EUR", "14.90 EUR"),
    ("Prix public conseillé : 14,90 €", "", "14.90 EUR"),
    ("Prix habituel14,90 €", "", "14.90 EUR"),
    ("Prix14,90€", "", "14.90 EUR"),
    ("Prix réduit 14,90", "EUR", "14.90 EUR"),
    ("Prix réduit : 14,90 €", "", "14.90 EUR"),
    ("Votre prix : 14,90 € TTC (TVA 20%)", "", "14.90 EUR"),
    ("14,90 € + 4,90 € de livraison", "", "14.90 EUR"),
    ("14,90 € dont 0,02 € d'éco-participation", "", "14.90 EUR"),
    ("(2) 14,90 €", "", "14.90 EUR"),
    ("30 ml 14,90 € - 50 ml 19,90 €", "", "14.90 EUR"),
    ("Chanel N°5 89 €", "", "89 EUR"),
    ("Vitamine C 1000 14,90 €", "", "14.90 EUR"),
    ("Économisez12,50 €", "", "12.50 EUR"),
    ("au lieu de 19,90 €", "", "19.90 EUR"),
    ("\n   14,90\n   €\n", "", "14.90 EUR"),
    ("0,99 €", "", "0.99 EUR"),
    ("0,00 €", "", "0.00 EUR"),
    (",99 €", "", "0.99 EUR"),
    (".75 €", "", "0.75 EUR"),
    ("14,90 €*", "", "14.90 EUR"),
    ("14,90 € *", "", "14.90 EUR"),
    ("14,90 €¹", "", "14.90 EUR"),
    ("14,90 €(1)", "", "14.90 EUR"),
    ("* 14,90 €", "", "14.90 EUR"),
    ("(14,90 €)", "", "14.90 EUR"),
    ("[14,90 €]", "", "14.90 EUR"),
    ("« 14,90 € »", "", "14.90 EUR"),
    ("14,90 €.", "", "14.90 EUR"),
    ("14,90 €, livraison offerte", "", "14.90 EUR"),
    ("Ajouter au panier - 14,90 €", "", "14.90 EUR"),
    ("Lot de 2 : 14,90 €", "", "14.90 EUR"),
    ("Lot de 2, 14,90 €", "", "14.90 EUR"),
    ("Lot de 3 - 14,90 €", "", "14.90 EUR"),
    ("Gel lavant 200 ml 14,90 €", "", "14.90 EUR"),
    ("SPF50 19,90 €", "", "19.90 EUR"),
    ("SPF50+ 19,90 €", "", "19.90 EUR"),
    ("SPF 50+ 19,90 €", "", "19.90 EUR"),
    ("-20% 14,90 €", "", "14.90 EUR"),
    ("- 20 % 14,90 €", "", "14.90 EUR"),
    ("14,90 € -20%", "", "14.90 EUR"),
    ("19,90 €-20%14,90 €", "", "19.90 EUR"),
    ("-20%14,90 €", "", "14.90 EUR"),
    ("14,90 € (-20 %)", "", "14.90 EUR"),
    ("-5,00 € 14,90 €", "", "14.90 EUR"),
    ("19,90 € 14,90 €", "", "19.90 EUR"),
    ("19,90 €14,90 €", "", "19.90 EUR"),
    ("6,90 €8,50 €138,00 €/L", "", "6.90 EUR"),
    ("19,90€14,90€", "", "19.90 EUR"),
    ("14,90 € (293,25 €/L)", "", "14.90 EUR"),
    ("293,25 €/L 14,90 €", "", "14.90 EUR"),
    ("14,90 € soit 7,45 € l'unité", "", "14.90 EUR"),
    ("Livraison offerte dès 49 €", "", "49 EUR"),
    ("Noté 4,5/5 - 14,90 €", "", "14.90 EUR"),
    ("4,8 (123 avis) 14,90 €", "", "14.90 EUR"),
    ("Réf. 123456 - 14,90 €", "", "14.90 EUR"),
    ("EAN 3665606002802 14,90 €", "", "14.90 EUR"),
    ("du 12/03 au 15/04 : 14,90 €", "", "14.90 EUR"),
    ("Le 12.03.2025 : 14,90 €", "", "14.90 EUR"),
    ("24h/24 14,90 €", "", "14.90 EUR"),
    ("9,99 €/mois", "", "9.99 EUR"),
    ("Garantie 2 ans 14,90 €", "", "14.90 EUR"),
    ("BD 12 €", "", "12 EUR"),
    ("14,90 \u{80}", "", "14.90 EUR"),
    ("14,90 â‚¬", "", "14.90 EUR"),
    ("14,90 &euro;", "", "14.90 EUR"),
    ("13,90", "EUR", "13.90 EUR"),
    ("13,90", "", "13.90"),
    ("1 770,00", "EUR", "1770.00 EUR"),
    ("1 770", "EUR", "1770 EUR"),
];

/// The sign stands where the decimal mark belongs, or the cents are in an element of their own.
#[test]
fn cents_apart_from_euros() {
    check(CENTS_APART_FROM_EUROS);
}

const CENTS_APART_FROM_EUROS: &[Case] = &[
    ("12€90", "", "12.90 EUR"),
    ("12€90 TTC", "", "12.90 EUR"),
    ("12€90TTC", "", "12.90 EUR"),
    ("Prix : 12€90", "", "12.90 EUR"),
    ("0€99", "", "0.99 EUR"),
    ("1 234€50", "", "1234.50 EUR"),
    ("1.234€50", "", "1234.50 EUR"),
    ("12EUR90", "", "12.90 EUR"),
    ("12 € 90", "", "12.90 EUR"),
    ("12€ 90", "", "12.90 EUR"),
    ("12 €90", "", "12.90 EUR"),
    ("12\n€\n90", "", "12.90 EUR"),
    ("12 € 90 TTC", "", "12.90 EUR"),
    ("3€,99", "", "3.99 EUR"),
    ("3 €,99", "", "3.99 EUR"),
    ("3 € ,99", "", "3.99 EUR"),
    ("3€.99", "", "3.99 EUR"),
    ("19 99 €", "", "19.99 EUR"),
    ("19\n,99\n€", "", "19.99 EUR"),
    ("19 ,99 €", "", "19.99 EUR"),
    ("19, 99 €", "", "19.99 EUR"),
    ("19 , 99 €", "", "19.99 EUR"),
    ("1.837, 32 €", "", "1837.32 EUR"),
    ("1 837, 32 €", "", "1837.32 EUR"),
    ("€ 19 . 99", "", "19.99 EUR"),
    ("€19 99", "", "19.99 EUR"),
    ("12⁹⁰ €", "", "12.90 EUR"),
    ("€ 12⁹⁰", "", "12.90 EUR"),
    ("$19 99", "", "19.99 USD"),
    ("$19\n99", "", "19.99 USD"),
    ("$ 19 . 99", "", "19.99 USD"),
    ("$119. 95", "", "119.95 USD"),
    ("$ 8. 94", "", "8.94 USD"),
    ("$1,299 99", "", "1299.99 USD"),
    ("$19 99 each", "", "19.99 USD"),
    ("$19 99 $24 99", "", "19.99 USD"),
    ("$19 99 - $29 99", "", "19.99 USD"),
    ("US $12 50", "", "12.50 USD"),
    ("£12·99", "", "12.99 GBP"),
    ("118, 99 TL", "", "118.99 TRY"),
    ("49 99 lei", "", "49.99 RON"),
    ("36. 24", "USD", "36.24 USD"),
    ("12 € 50 ml", "", "12 EUR"),
    ("5 € 10 €", "", "5 EUR"),
    ("12 € 24h", "", "12 EUR"),
    ("12 € 20% de remise", "", "12 EUR"),
    ("12 € 900", "", "12 EUR"),
    ("12 € 10-12-2025", "", "12 EUR"),
    ("12 € 10/12", "", "12 EUR"),
    ("12 € 18:30", "", "12 EUR"),
    ("$20 50 ml", "", "20 USD"),
    ("$20 15% off", "", "20 USD"),
    ("$20. 30 days to return", "", "20 USD"),
];

#[test]
fn germany_austria() {
    check(GERMANY_AUSTRIA);
}

const GERMANY_AUSTRIA: &[Case] = &[
    ("14,90 €", "", "14.90 EUR"),
    ("1.234,50", "", "1234.50"),
    ("1.234,50", "EUR", "1234.50 EUR"),
    ("1.234,50 €", "", "1234.50 EUR"),
    ("1.234.567,89 €", "", "1234567.89 EUR"),
    ("€ 1.234,50", "", "1234.50 EUR"),
    ("1.299,- €", "", "1299 EUR"),
    ("12,- €", "", "12 EUR"),
    ("12,– €", "", "12 EUR"),
    ("1.299,-", "EUR", "1299 EUR"),
    ("1.299,-", "", "1299"),
    ("1.299,--", "", "1299"),
    ("19,– €", "", "19 EUR"),
    ("19,— €", "", "19 EUR"),
    ("19,-€", "", "19 EUR"),
    ("19,-- €", "", "19 EUR"),
    ("€ 19,-", "", "19 EUR"),
    ("€ 19,--", "", "19 EUR"),
    ("19.- €", "", "19 EUR"),
    ("105. –", "EUR", "105 EUR"),
    ("EUR 19,-", "", "19 EUR"),
    ("ab 9,90 €", "", "9.90 EUR"),
    ("ab 9,90", "EUR", "9.90 EUR"),
    ("ab EUR 3,63", "", "3.63 EUR"),
    ("nur 9,90 €", "", "9.90 EUR"),
    ("Preis: 9,90 €", "", "9.90 EUR"),
    ("Preis in EUR: 9,90", "", "9.90 EUR"),
    ("UVP 19,90 €", "", "19.90 EUR"),
    ("statt 19,90 €", "", "19.90 EUR"),
    ("14,90 € inkl. MwSt.", "", "14.90 EUR"),
    ("14,90 inkl. MwSt.", "EUR", "14.90 EUR"),
    ("14,90 € inkl. 19 % MwSt. zzgl. Versand", "", "14.90 EUR"),
    ("9,90 € bis 14,90 €", "", "9.90 EUR"),
    ("9,90 bis 14,90 €", "", "9.90 EUR"),
    ("9,90 € (4,95 €/100 ml)", "", "9.90 EUR"),
    ("9,90 € Grundpreis: 4,95 €/100 ml", "", "9.90 EUR"),
    ("9,90 € (100 ml = 4,95 €)", "", "9.90 EUR"),
    ("9,90 € 100 ml = 4,95 €", "", "9.90 EUR"),
    ("1,5 l 2,49 €", "", "2.49 EUR"),
    ("2 Stück 2,49 €", "", "2.49 EUR"),
    ("Art.-Nr. 123456 2,49 €", "", "2.49 EUR"),
    ("PZN 01234567 2,49 €", "", "2.49 EUR"),
    ("99 Cent", "EUR", "0.99 EUR"),
    ("99 Cent", "", "0.99"),
];

#[test]
fn switzerland() {
    check(SWITZERLAND);
}

const SWITZERLAND: &[Case] = &[
    ("CHF 12.-", "", "12 CHF"),
    ("CHF 12.–", "", "12 CHF"),
    ("CHF 12.—", "", "12 CHF"),
    ("CHF 12.--", "", "12 CHF"),
    ("CHF 12.50", "", "12.50 CHF"),
    ("CHF12.50", "", "12.50 CHF"),
    ("CHF: 12.50", "", "12.50 CHF"),
    ("12.- CHF", "", "12 CHF"),
    ("12.50 CHF", "", "12.50 CHF"),
    ("CHF 1'234.50", "", "1234.50 CHF"),
    ("CHF 1’234.50", "", "1234.50 CHF"),
    ("CHF 1'234'567.50", "", "1234567.50 CHF"),
    ("CHF 1`234.50", "", "1234.50 CHF"),
    ("CHF 1 234.50", "", "1234.50 CHF"),
    ("CHF 1'049,95", "", "1049.95 CHF"),
    ("CHF 1'234.–", "", "1234 CHF"),
    ("CHF 1'234", "", "1234 CHF"),
    ("CHF 1.234", "", "1234 CHF"),
    ("1’234.50 CHF", "", "1234.50 CHF"),
    ("1'299.00", "CHF", "1299.00 CHF"),
    ("1'299", "CHF", "1299 CHF"),
    ("Fr. 12.50", "", "12.50 CHF"),
    ("Fr.12.50", "", "12.50 CHF"),
    ("Fr. 12.–", "", "12 CHF"),
    ("12.50 Fr.", "", "12.50 CHF"),
    ("sFr. 12.50", "", "12.50 CHF"),
    ("SFr. 1'299.--", "", "1299 CHF"),
    ("SFr 12.50", "", "12.50 CHF"),
    ("12.50 chf", "", "12.50 CHF"),
    ("ab CHF 12.50", "", "12.50 CHF"),
    ("dès CHF 12.50", "", "12.50 CHF"),
    ("20 francs", "CHF", "20 CHF"),
];

#[test]
fn belgium_netherlands() {
    check(BELGIUM_NETHERLANDS);
}

const BELGIUM_NETHERLANDS: &[Case] = &[
    ("€ 12,50", "", "12.50 EUR"),
    ("€12,50", "", "12.50 EUR"),
    ("€ 12.50", "", "12.50 EUR"),
    ("€ 12,=", "", "12 EUR"),
    ("€ 12,-", "", "12 EUR"),
    ("€12,-", "", "12 EUR"),
    ("€ 12,—", "", "12 EUR"),
    ("€ 610,", "", "610 EUR"),
    ("€ 1.299,00", "", "1299.00 EUR"),
    ("€ 1.299,-", "", "1299 EUR"),
    ("€ 1.299", "", "1299 EUR"),
    ("Vanaf € 49,95", "", "49.95 EUR"),
    ("vanaf 49,95", "EUR", "49.95 EUR"),
    ("voor € 9,99", "", "9.99 EUR"),
    ("nu 9,99", "EUR", "9.99 EUR"),
    ("Nu € 9,99", "", "9.99 EUR"),
    ("€ 9,99 incl. btw", "", "9.99 EUR"),
    ("€ 9,99 tot € 14,99", "", "9.99 EUR"),
    ("Van 14,99 € voor 9,99 €", "", "14.99 EUR"),
    ("Pack van 2 €14,90", "", "14.90 EUR"),
    ("Set van 2 € 14,90", "", "14.90 EUR"),
    ("Adviesprijs € 14,90", "", "14.90 EUR"),
];

#[test]
fn italy_spain_portugal() {
    check(ITALY_SPAIN_PORTUGAL);
}

const ITALY_SPAIN_PORTUGAL: &[Case] = &[
    ("12,50 €", "", "12.50 EUR"),
    ("€ 12,50", "", "12.50 EUR"),
    ("1.250,00 €", "", "1250.00 EUR"),
    ("1.250 €", "", "1250 EUR"),
    ("12'50 €", "", "12.50 EUR"),
    ("da € 72,00", "", "72.00 EUR"),
    ("da 72,00", "EUR", "72.00 EUR"),
    ("A PARTIRE DA 12,90 €", "", "12.90 EUR"),
    ("a partire da 7,32 € *", "", "7.32 EUR"),
    ("A partir de 11,70 €", "", "11.70 EUR"),
    ("desde 11,70 €", "", "11.70 EUR"),
    ("desde 11,70", "EUR", "11.70 EUR"),
    ("Precio: 11,70 €", "", "11.70 EUR"),
    ("P.V.P. 4,56 €", "", "4.56 EUR"),
    ("PVP 4,56", "EUR", "4.56 EUR"),
    ("Prezzo 4,56", "EUR", "4.56 EUR"),
    ("166,81 € iva inclusa", "", "166.81 EUR"),
    ("166,81 IVA inclusa", "EUR", "166.81 EUR"),
    ("0,29 € + iva", "", "0.29 EUR"),
    ("6,56€+IVA", "", "6.56 EUR"),
    ("por 9,99 €", "", "9.99 EUR"),
    ("2 uds 9,99 €", "", "9.99 EUR"),
];

#[test]
fn britain_ireland() {
    check(BRITAIN_IRELAND);
}

const BRITAIN_IRELAND: &[Case] = &[
    ("£12.99", "", "12.99 GBP"),
    ("£ 12.99", "", "12.99 GBP"),
    ("£12", "", "12 GBP"),
    ("£1,299", "", "1299 GBP"),
    ("£1,299.99", "", "1299.99 GBP"),
    ("£.99", "", "0.99 GBP"),
    ("12.99 GBP", "", "12.99 GBP"),
    ("GBP 12.99", "", "12.99 GBP"),
    ("gbp 12.99", "", "12.99 GBP"),
    ("GBP 29.1583", "", "29.1583 GBP"),
    ("£12.50 - £14", "", "12.50 GBP"),
    ("£12.50–£14.00", "", "12.50 GBP"),
    ("£12.50 to £14.00", "", "12.50 GBP"),
    ("From £12.50", "", "12.50 GBP"),
    ("Was £24.99 Now £19.99", "", "24.99 GBP"),
    ("£2.50 each", "", "2.50 GBP"),
    ("3 for £10", "", "10 GBP"),
    ("£2.50/each", "", "2.50 GBP"),
    ("2 for £5", "", "5 GBP"),
    ("£10.00 (inc. VAT)", "", "10.00 GBP"),
    ("£10.00 inc VAT", "", "10.00 GBP"),
    ("10.00 inc VAT", "GBP", "10.00 GBP"),
    ("10.00 (12.00 inc VAT)", "GBP", "10.00 GBP"),
    ("£2.50 (25p per 100g)", "", "2.50 GBP"),
    ("￡12.99", "", "12.99 GBP"),
    ("&pound;12.99", "", "12.99 GBP"),
    ("50p", "", "0.50 GBP"),
    ("50p", "GBP", "0.50 GBP"),
    ("99p", "", "0.99 GBP"),
    ("99 pence", "", "0.99 GBP"),
    ("€1,299", "", "1299 EUR"),
    ("€1,299.00", "", "1299.00 EUR"),
    ("€12.50", "", "12.50 EUR"),
    ("1,299 €", "", "1299 EUR"),
    ("73,460 €", "", "73460 EUR"),
    ("50p", "EUR", "-"),
    ("50 p", "GBP", "-"),
    ("720p", "", "-"),
    ("1080p", "GBP", "-"),
    ("320 p.", "EUR", "-"),
];

#[test]
fn america() {
    check(AMERICA);
}

const AMERICA: &[Case] = &[
    ("$12.99", "", "12.99 USD"),
    ("$ 12.99", "", "12.99 USD"),
    ("$12", "", "12 USD"),
    ("$1,299", "", "1299 USD"),
    ("$1,299.00", "", "1299.00 USD"),
    ("$12,345,678.90", "", "12345678.90 USD"),
    ("$.75", "", "0.75 USD"),
    ("$..75", "", "0.75 USD"),
    ("$10 $8", "", "10 USD"),
    ("$10.00 $8.00", "", "10.00 USD"),
    ("$10 – $20", "", "10 USD"),
    ("$10-$20", "", "10 USD"),
    ("$10-20", "", "10 USD"),
    ("From $10 to $20", "", "10 USD"),
    ("$45,000 - $70,000", "", "45000 USD"),
    ("US $12.34", "", "12.34 USD"),
    ("US$12.34", "", "12.34 USD"),
    ("US$12.00", "", "12.00 USD"),
    ("US$ 12.34", "", "12.34 USD"),
    ("US$:12.99", "", "12.99 USD"),
    ("USD 12.50", "", "12.50 USD"),
    ("USD 12.50", "EUR", "12.50 USD"),
    ("USD$12.50", "", "12.50 USD"),
    ("$12.50 USD", "", "12.50 USD"),
    ("$ USD 12.50", "", "12.50 USD"),
    ("12.50 USD", "", "12.50 USD"),
    ("usd 12.50", "", "12.50 USD"),
    ("$80.00 U.S.", "", "80.00 USD"),
    ("20 dollars", "", "20 USD"),
    ("＄12.99", "", "12.99 USD"),
    ("99¢", "", "0.99 USD"),
    ("99 ¢", "", "0.99 USD"),
    ("99¢", "CAD", "0.99 CAD"),
    ("99 cents", "USD", "0.99 USD"),
    ("$30.56/Month", "", "30.56 USD"),
    ("$36 /", "", "36 USD"),
    ("$3,690.00 (ea)", "", "3690.00 USD"),
    ("$9.99 & Under", "", "9.99 USD"),
    ("$24.99 with card", "", "24.99 USD"),
    ("Now: $12.99", "", "12.99 USD"),
    ("Sale price$12.99", "", "12.99 USD"),
    ("12.99 each", "USD", "12.99 USD"),
    ("40.00/each", "USD", "40.00 USD"),
    ("$1.250", "", "1250 USD"),
    ("$24.99", "CAD", "24.99 CAD"),
    ("$24.99", "EUR", "24.99 USD"),
    ("CA$ 24.99", "", "24.99 CAD"),
    ("CA$24.99", "", "24.99 CAD"),
    ("C$24.99", "", "24.99 CAD"),
    ("C $20", "", "20 CAD"),
    ("CAD 24.99", "", "24.99 CAD"),
    ("CAD$24.99", "", "24.99 CAD"),
    ("CAD $24.99", "", "24.99 CAD"),
    ("CDN$24.99", "", "24.99 CAD"),
    ("CAN$24.99", "", "24.99 CAD"),
    ("$24.99 CAD", "", "24.99 CAD"),
    ("$CA 24.99", "", "24.99 CAD"),
    ("24,99 $", "CAD", "24.99 CAD"),
    ("24,99 $", "", "24.99 USD"),
    ("24,99$", "CAD", "24.99 CAD"),
    ("24,99 $ CA", "", "24.99 CAD"),
    ("24,99 $ CAD", "", "24.99 CAD"),
    ("24,99 $CAN", "", "24.99 CAD"),
    ("24,99 $ US", "", "24.99 USD"),
    ("1 299,99 $", "CAD", "1299.99 CAD"),
    ("Vitamin C $20", "", "20 USD"),
    ("Vitamin A $20", "", "20 USD"),
    ("MX$3,179.00", "", "3179.00 MXN"),
    ("MXN $1,299.00", "", "1299.00 MXN"),
    ("$1,299.00 MXN", "", "1299.00 MXN"),
    ("$1,299.00", "MXN", "1299.00 MXN"),
    ("R$ 1.299,90", "", "1299.90 BRL"),
    ("R$12,90", "", "12.90 BRL"),
    ("R$ 12", "", "12 BRL"),
    ("R $ 12,90", "", "12.90 BRL"),
    ("12,90 BRL", "", "12.90 BRL"),
    ("12x de R$ 44,00 sem juros", "", "44.00 BRL"),
    ("$1.299,90", "ARS", "1299.90 ARS"),
    ("$ 12.990", "CLP", "12990 CLP"),
    ("$ 1.144.000", "COP", "1144000 COP"),
    ("COP 12.990", "", "12990 COP"),
    ("S/ 12.90", "", "12.90 PEN"),
    ("S/. 1,299.00", "", "1299.00 PEN"),
    ("12.90 PEN", "", "12.90 PEN"),
    ("$U 1.299", "", "1299 UYU"),
    ("₡12,500", "", "12500 CRC"),
    ("₲ 125.000", "", "125000 PYG"),
    ("RD$ 1,299.00", "", "1299.00 DOP"),
];

#[test]
fn scandinavia() {
    check(SCANDINAVIA);
}

const SCANDINAVIA: &[Case] = &[
    ("149 kr", "SEK", "149 SEK"),
    ("149 kr", "", "149"),
    ("149kr", "NOK", "149 NOK"),
    ("149 kr.", "DKK", "149 DKK"),
    ("149 kr", "EUR", "149"),
    ("kr 149", "NOK", "149 NOK"),
    ("kr. 149", "DKK", "149 DKK"),
    ("Kr 149,-", "NOK", "149 NOK"),
    ("kr 1 299:-", "", "1299"),
    ("kr 1 299:-", "SEK", "1299 SEK"),
    ("1 299:-", "SEK", "1299 SEK"),
    ("1 299,-", "NOK", "1299 NOK"),
    ("1.299 kr.", "", "1299"),
    ("1.299 kr.", "DKK", "1299 DKK"),
    ("1.299,00 kr.", "DKK", "1299.00 DKK"),
    ("1.198,- Kr", "DKK", "1198 DKK"),
    ("1 299,90 kr", "SEK", "1299.90 SEK"),
    ("1 299,90 SEK", "", "1299.90 SEK"),
    ("SEK 149", "", "149 SEK"),
    ("NOK 1 999,00", "", "1999.00 NOK"),
    ("DKK 449,00", "", "449.00 DKK"),
    ("449 dkk", "", "449 DKK"),
    ("149 kronor", "", "149 SEK"),
    ("Pris från 172 kr", "SEK", "172 SEK"),
    ("Fra 172 kr", "DKK", "172 DKK"),
    ("fra 172", "NOK", "172 NOK"),
    ("12,90 €", "", "12.90 EUR"),
    ("alkaen 12,90 €", "", "12.90 EUR"),
    ("1.299 kr", "ISK", "1299 ISK"),
];

#[test]
fn central_and_eastern_europe() {
    check(CENTRAL_AND_EASTERN_EUROPE);
}

const CENTRAL_AND_EASTERN_EUROPE: &[Case] = &[
    ("12,90 zł", "", "12.90 PLN"),
    ("12,90zł", "", "12.90 PLN"),
    ("12.90 zł", "", "12.90 PLN"),
    ("1 299,00 zł", "", "1299.00 PLN"),
    ("1.299,00 zł", "", "1299.00 PLN"),
    ("12,90 Zł", "", "12.90 PLN"),
    ("12,90 zl", "", "12.90 PLN"),
    ("12,90 PLN", "", "12.90 PLN"),
    ("PLN 12,90", "", "12.90 PLN"),
    ("140,00 pln", "", "140.00 PLN"),
    ("od 12,90 zł", "", "12.90 PLN"),
    ("od 12,90", "PLN", "12.90 PLN"),
    ("Cena: 55,72 zł brutto", "", "55.72 PLN"),
    ("841,00 zł – 995,00 zł", "", "841.00 PLN"),
    ("499 Kč", "", "499 CZK"),
    ("499,-Kč", "", "499 CZK"),
    ("50,- Kč", "", "50 CZK"),
    ("1 299 Kč", "", "1299 CZK"),
    ("1 299,00 Kč", "", "1299.00 CZK"),
    ("1.299 Kč", "", "1299 CZK"),
    ("499 CZK", "", "499 CZK"),
    ("Běžná cena 9 800 Kč", "", "9800 CZK"),
    ("Cena (Kč): od 299", "", "299 CZK"),
    ("3 990 Ft", "", "3990 HUF"),
    ("9 990 Ft", "", "9990 HUF"),
    ("3.990 Ft", "", "3990 HUF"),
    ("3,990 Ft", "", "3990 HUF"),
    ("3990Ft", "", "3990 HUF"),
    ("12 FT", "HUF", "12 HUF"),
    ("HUF 39 900", "", "39900 HUF"),
    ("49,99 lei", "", "49.99 RON"),
    ("0,40 LEI", "", "0.40 RON"),
    ("4 999,99 RON", "", "4999.99 RON"),
    ("1.299,99 Lei", "", "1299.99 RON"),
    ("49,99 lei", "MDL", "49.99 MDL"),
    ("12,90 лв.", "", "12.90 BGN"),
    ("12.90 лв", "", "12.90 BGN"),
    ("12,90 BGN", "", "12.90 BGN"),
    ("1.299,90 RSD", "", "1299.90 RSD"),
    ("6790 Dinara", "", "6790 RSD"),
    ("1.299,00 din", "RSD", "1299.00 RSD"),
    ("12,90 KM", "BAM", "12.90 BAM"),
    ("129 kn", "", "129 HRK"),
    ("1 299 ₽", "", "1299 RUB"),
    ("1 299 руб.", "", "1299 RUB"),
    ("1 690,54 руб. (шт)", "", "1690.54 RUB"),
    ("15,000 руб.", "", "15000 RUB"),
    ("3 100р.", "", "3100 RUB"),
    ("6 300 Р", "", "6300 RUB"),
    ("1128240 рублей", "", "1128240 RUB"),
    ("Цена: 19 000 руб.", "", "19000 RUB"),
    ("от 19 000", "RUB", "19000 RUB"),
    ("1 150 грн.", "", "1150 UAH"),
    ("1150 грн", "", "1150 UAH"),
    ("₴1 150", "", "1150 UAH"),
    ("₺1.299,90", "", "1299.90 TRY"),
    ("1.299,90 TL", "", "1299.90 TRY"),
    ("1.299,90 ₺", "", "1299.90 TRY"),
    ("302,44€ Χωρίς ΦΠΑ: 243,90€", "", "302.44 EUR"),
];

#[test]
fn asia_africa_oceania() {
    check(ASIA_AFRICA_OCEANIA);
}

const ASIA_AFRICA_OCEANIA: &[Case] = &[
    ("¥1,980", "", "1980 JPY"),
    ("¥1,500", "", "1500 JPY"),
    ("¥ 1,980", "", "1980 JPY"),
    ("￥1,980", "", "1980 JPY"),
    ("¥1,500", "CNY", "1500 CNY"),
    ("1,980円", "", "1980 JPY"),
    ("1,980円（税込）", "", "1980 JPY"),
    ("１，９８０円", "", "1980 JPY"),
    ("１９８０円", "", "1980 JPY"),
    ("129元", "", "129 CNY"),
    ("12,000원", "", "12000 KRW"),
    ("₩12,000", "", "12000 KRW"),
    ("Rs. 1,299", "", "1299 INR"),
    ("Rs.1,299", "", "1299 INR"),
    ("Rs. 500/- only", "", "500 INR"),
    ("Rs 1,299.00", "", "1299.00 INR"),
    ("Rs1,299", "", "1299 INR"),
    ("Rs. 1,299", "PKR", "1299 PKR"),
    ("₹1,299", "", "1299 INR"),
    ("₹1,23,456.00", "", "123456.00 INR"),
    ("₹ 12,34,567", "", "1234567 INR"),
    ("1,23,456", "INR", "123456 INR"),
    ("A$12.90", "", "12.90 AUD"),
    ("AU$ 1,175", "", "1175 AUD"),
    ("AU $12.90", "", "12.90 AUD"),
    ("AUD$20", "", "20 AUD"),
    ("AUD 20", "", "20 AUD"),
    ("$1,190.00 AUD", "", "1190.00 AUD"),
    ("$20", "AUD", "20 AUD"),
    ("NZ$12.90", "", "12.90 NZD"),
    ("NZD $100.70", "", "100.70 NZD"),
    ("HK$129.00", "", "129.00 HKD"),
    ("S$12.90", "", "12.90 SGD"),
    ("SGD$4.90", "", "4.90 SGD"),
    ("NT$ 1,160", "", "1160 TWD"),
    ("RM50", "", "50 MYR"),
    ("RM 12.90", "", "12.90 MYR"),
    ("Rp 31.500", "", "31500 IDR"),
    ("Rp 1.550.000", "", "1550000 IDR"),
    ("200.000 đ", "", "200000 VND"),
    ("1.800.000₫", "", "1800000 VND"),
    ("880,000 ₫", "", "880000 VND"),
    ("฿ 339", "", "339 THB"),
    ("₱1,299.00", "", "1299.00 PHP"),
    ("₪98", "", "98 ILS"),
    ("129.90 ₪", "", "129.90 ILS"),
    ("AED 26.30", "", "26.30 AED"),
    ("129 د.إ", "", "129 AED"),
    ("12.345 KWD", "", "12.345 KWD"),
    ("123,456.789 OMR", "", "123456.789 OMR"),
    ("423.923 KD", "", "423.923 KWD"),
    ("12,500 DT", "", "12.500 TND"),
    ("12,500 TND", "", "12.500 TND"),
    ("199 DH", "MAD", "199 MAD"),
    ("199 DH", "", "199"),
    ("199 MAD", "", "199 MAD"),
    ("MAD 199", "MAD", "199 MAD"),
    ("1 500 DA", "", "1500 DZD"),
    ("15 000 FCFA", "", "15000 XOF"),
    ("15 000 FCFA", "XAF", "15000 XAF"),
    ("15.000 F CFA", "", "15000 XOF"),
    ("1 500 F", "XPF", "1500 XPF"),
    ("R 129.90", "ZAR", "129.90 ZAR"),
    ("R1,299.00", "ZAR", "1299.00 ZAR"),
    ("₦12,500", "", "12500 NGN"),
    ("E£ 45", "", "45 EGP"),
];

/// What attributes and scripts hold: a point before the decimals, as many of them as the shop's base has.
#[test]
fn machines() {
    check(MACHINES);
}

const MACHINES: &[Case] = &[
    ("14.90", "EUR", "14.90 EUR"),
    ("14.9", "EUR", "14.9 EUR"),
    ("14", "EUR", "14 EUR"),
    ("0", "EUR", "0 EUR"),
    ("0.99", "EUR", "0.99 EUR"),
    (".99", "EUR", "0.99 EUR"),
    ("12.990000", "EUR", "12.990000 EUR"),
    ("34.992001", "GBP", "34.992001 GBP"),
    ("1250.000", "EUR", "1250.000 EUR"),
    ("1250.000", "", "1250.000"),
    ("price=\"1250.000\"", "EUR", "1250.000 EUR"),
    ("price=\"14.90\"", "EUR", "14.90 EUR"),
    ("0.990", "EUR", "0.990 EUR"),
    ("1.250", "EUR", "1250 EUR"),
    ("1.250", "USD", "1.250 USD"),
    ("1.250", "", "1.250"),
    ("1,250", "", "1250"),
    ("1,250", "EUR", "1250 EUR"),
    ("1,250", "USD", "1250 USD"),
    ("1770", "EUR", "1770 EUR"),
    ("1099.99", "USD", "1099.99 USD"),
    ("1,099.99", "USD", "1099.99 USD"),
    ("EUR0.5", "", "0.5 EUR"),
    ("EUR0.500", "", "0.500 EUR"),
    ("EUR 1250.000", "", "1250.000 EUR"),
    ("1.11000000000000009770", "", "1.11000000000000009770"),
    ("999999999999.99", "EUR", "999999999999.99 EUR"),
    ("19.99 14.99", "USD", "19.99 USD"),
    ("344.99 - 444.99", "USD", "344.99 USD"),
    (" 14.90 ", "EUR", "14.90 EUR"),
];

/// The lowest price of a range, wherever it stands.
#[test]
fn ranges() {
    check(RANGES);
}

const RANGES: &[Case] = &[
    ("9,90 € - 14,90 €", "", "9.90 EUR"),
    ("9,90 - 14,90 €", "", "9.90 EUR"),
    ("9,90€-14,90€", "", "9.90 EUR"),
    ("9,90 € – 14,90 €", "", "9.90 EUR"),
    ("9,90\u{a0}€\u{a0}–\u{a0}14,90\u{a0}€", "", "9.90 EUR"),
    ("9,90 à 14,90 €", "", "9.90 EUR"),
    ("14,90 € - 9,90 €", "", "9.90 EUR"),
    ("$20 - $15 - $10", "", "10 USD"),
    ("$20 $15", "", "20 USD"),
    ("10–20 $", "", "10 USD"),
    ("€ 9,90 – 14,90", "", "9.90 EUR"),
    ("9,90 € ~ 14,90 €", "", "9.90 EUR"),
    ("9,90 – 14,90", "EUR", "9.90 EUR"),
    ("14,90 € - 12,00 €/kg", "", "14.90 EUR"),
    ("50 - $2.00 100 - $2.75", "", "2.00 USD"),
];

#[test]
fn nothing() {
    check(NOTHING);
}

const NOTHING: &[Case] = &[
    ("", "EUR", "-"),
    ("   ", "EUR", "-"),
    ("€", "", "-"),
    ("€ €", "", "-"),
    ("gratuit", "EUR", "-"),
    ("Gratuit !", "EUR", "-"),
    ("Free!", "USD", "-"),
    ("Prix sur demande", "EUR", "-"),
    ("à partir de", "EUR", "-"),
    ("Lot de 2", "EUR", "-"),
    ("Lot de 2 - 50 ml", "EUR", "-"),
    ("x2", "EUR", "-"),
    ("2 x 50 ml", "EUR", "-"),
    ("10 for", "USD", "-"),
    ("3 for 2", "GBP", "-"),
    ("3 pour 2", "EUR", "-"),
    ("2 achetés = 1 offert", "EUR", "-"),
    ("50 ml", "EUR", "-"),
    ("50ml", "EUR", "-"),
    ("1,5 L", "EUR", "-"),
    ("1.5 kg", "EUR", "-"),
    ("250 g", "EUR", "-"),
    ("75 cl", "EUR", "-"),
    ("12 cm", "EUR", "-"),
    ("10 x 15 cm", "EUR", "-"),
    ("12\"", "USD", "-"),
    ("40°", "EUR", "-"),
    ("5 km", "EUR", "-"),
    ("12 ft", "USD", "-"),
    ("12 KM", "EUR", "-"),
    ("SPF 50", "EUR", "-"),
    ("SPF50+", "EUR", "-"),
    ("B12", "EUR", "-"),
    ("200 GEL", "EUR", "-"),
    ("30 gélules", "EUR", "-"),
    ("-20%", "EUR", "-"),
    ("-20 %", "EUR", "-"),
    ("- 20 %", "EUR", "-"),
    ("20%", "EUR", "-"),
    ("%20", "TRY", "-"),
    ("20% de réduction", "EUR", "-"),
    ("jusqu'à -50%", "EUR", "-"),
    ("-5,00 €", "EUR", "-"),
    ("- 5,00 €", "EUR", "-"),
    ("(-5 €)", "EUR", "-"),
    ("−5 €", "EUR", "-"),
    ("-€5", "EUR", "-"),
    ("-$5.00", "USD", "-"),
    ("+5,00 €", "EUR", "-"),
    ("+ 5,00 €", "EUR", "-"),
    ("$49+", "USD", "-"),
    ("Free shipping on orders $49+.", "USD", "-"),
    ("4,5/5", "EUR", "-"),
    ("4.5/5", "USD", "-"),
    ("4,5 / 5", "EUR", "-"),
    ("4.5 (123)", "USD", "-"),
    ("4,5 (123 avis)", "EUR", "-"),
    ("4.5 out of 5", "USD", "-"),
    ("★ 4.5", "USD", "-"),
    ("5 étoiles", "EUR", "-"),
    ("123 avis", "EUR", "-"),
    ("(123)", "EUR", "-"),
    ("[12]", "EUR", "-"),
    ("38/40", "EUR", "-"),
    ("T.38", "EUR", "-"),
    ("6+ mois", "EUR", "-"),
    ("0-3 ans", "EUR", "-"),
    ("n°5", "EUR", "-"),
    ("jusqu'à -5 €", "EUR", "-"),
    ("12/03/2025", "EUR", "-"),
    ("12.03.2025", "EUR", "-"),
    ("12-03-2025", "EUR", "-"),
    ("2025-03-12", "EUR", "-"),
    ("25-09", "EUR", "-"),
    ("12 mars 2025", "EUR", "-"),
    ("July, 2004", "USD", "-"),
    ("18:30", "EUR", "-"),
    ("18h30", "EUR", "-"),
    ("24h", "EUR", "-"),
    ("24/7", "USD", "-"),
    ("48 h", "EUR", "-"),
    ("3665606002802", "EUR", "-"),
    ("EAN 3665606002802", "EUR", "-"),
    ("036000291452", "USD", "-"),
    ("12345678", "EUR", "-"),
    ("Réf. 123456", "EUR", "-"),
    ("Réf : AB-1234", "EUR", "-"),
    ("SKU 1234", "USD", "-"),
    ("N° 1234", "EUR", "-"),
    ("#1234", "USD", "-"),
    ("Commande 1234", "EUR", "-"),
    ("01 23 45 67 89", "EUR", "-"),
    ("01.23.45.67.89", "EUR", "-"),
    ("+33 1 23 45 67 89", "EUR", "-"),
    ("0800 123 456", "EUR", "-"),
    ("(555) 123-4567", "USD", "-"),
    ("555-1234", "USD", "-"),
    ("75001 Paris", "EUR", "-"),
    ("1.2.3", "EUR", "-"),
    ("v2.0", "EUR", "-"),
    ("1er", "EUR", "-"),
    ("10 - 15", "EUR", "-"),
    ("10-15", "EUR", "-"),
    ("1 2 3 4 5", "EUR", "-"),
    ("12 34", "EUR", "-"),
    ("Page 1 / 12", "EUR", "-"),
    ("1/12", "EUR", "-"),
    ("2 articles", "EUR", "-"),
    ("Plus que 3 en stock", "EUR", "-"),
    ("3x sans frais", "EUR", "-"),
    ("6'5", "USD", "-"),
    ("BD 12", "EUR", "-"),
    ("Lot de 12 BD", "EUR", "-"),
    ("A4", "EUR", "-"),
    ("DIN A4", "EUR", "-"),
    ("ab12", "EUR", "-"),
    ("MAD 100", "EUR", "-"),
    ("TRY 2", "GBP", "-"),
    ("95 F", "CHF", "-"),
    ("p 50", "GBP", "-"),
    ("99999999999999999999 €", "", "-"),
];

#[test]
fn prices_per_quantity() {
    for (text, hint, expected) in PER_QUANTITY {
        assert_eq!(unit_price(text, hint), *expected, "{text:?} with hint {hint:?}");
    }
}

const PER_QUANTITY: &[Case] = &[
    ("293,25 €/L", "", "293.25 EUR per L"),
    ("293,25 € / L", "", "293.25 EUR per L"),
    ("soit 293,25 €/L", "", "293.25 EUR per L"),
    ("soit 293,25 € / L", "", "293.25 EUR per L"),
    ("14,90 € (293,25 € / 100 ml)", "", "293.25 EUR per 100 ml"),
    ("(7,45 € / 100 ml)", "", "7.45 EUR per 100 ml"),
    ("(7,45 €/100ml)", "", "7.45 EUR per 100 ml"),
    ("7,45 € TTC / 100 ml", "", "7.45 EUR per 100 ml"),
    ("7,45 €* / 100 ml", "", "7.45 EUR per 100 ml"),
    ("12,50 € les 100 g", "", "12.50 EUR per 100 g"),
    ("12,50 € les 100g", "", "12.50 EUR per 100 g"),
    ("12,50 € les 1 000 g", "", "12.50 EUR per 1 000 g"),
    ("29,90 € le kg", "", "29.90 EUR per kg"),
    ("29,90 € le kilo", "", "29.90 EUR per kilo"),
    ("29,90 € (le kg)", "", "29.90 EUR per kg"),
    ("29,90 € au litre", "", "29.90 EUR per litre"),
    ("29,90 € par litre", "", "29.90 EUR per litre"),
    ("29,90€/Kg", "", "29.90 EUR per Kg"),
    ("29€90/kg", "", "29.90 EUR per kg"),
    ("29€90 le kg", "", "29.90 EUR per kg"),
    ("2,50 € la pièce", "", "2.50 EUR per pièce"),
    ("0,12 € l'unité", "", "0.12 EUR per unité"),
    ("0,12 € l’unité", "", "0.12 EUR per unité"),
    ("0,12 € à l'unité", "", "0.12 EUR per unité"),
    ("0,12 € par comprimé", "", "0.12 EUR per comprimé"),
    ("0,25 €/lavage", "", "0.25 EUR per lavage"),
    ("0,25 € / dose", "", "0.25 EUR per dose"),
    ("12 €/m²", "", "12 EUR per m²"),
    ("1,459 €/l", "", "1.459 EUR per l"),
    ("1.250 €/kg", "", "1250 EUR per kg"),
    ("Prix au kg : 12,50 €", "", "12.50 EUR per kg"),
    ("Prix au litre 12,50 €", "", "12.50 EUR per litre"),
    ("Prix au kilo: 12,50", "EUR", "12.50 EUR per kilo"),
    ("prix/kg : 12,50 €", "", "12.50 EUR per kg"),
    ("Prix à l'unité : 0,12 €", "", "0.12 EUR per unité"),
    ("€/kg 12,50", "", "12.50 EUR per kg"),
    ("€/L : 12,50", "", "12.50 EUR per L"),
    ("EUR/kg 12,50", "", "12.50 EUR per kg"),
    ("14,90 € par 100 ml : 7,45 €", "", "7.45 EUR per 100 ml"),
    ("12,90 € le kg 14,90 €", "", "12.90 EUR per kg"),
    ("9,90 - 14,90 €/kg", "", "9.90 EUR per kg"),
    ("Grundpreis: 4,95 €/100 ml", "", "4.95 EUR per 100 ml"),
    ("Grundpreis 4,95 € pro 100 ml", "", "4.95 EUR per 100 ml"),
    ("4,95 € je 100 g", "", "4.95 EUR per 100 g"),
    ("4,95 € pro Stück", "", "4.95 EUR per Stück"),
    ("4,95 EUR/1 L", "", "4.95 EUR per 1 L"),
    ("(1 l = 29,90 €)", "", "29.90 EUR per 1 l"),
    ("1 kg = 12,99 €", "", "12.99 EUR per 1 kg"),
    ("9,99 € (100 ml = 4,95 €)", "", "4.95 EUR per 100 ml"),
    ("9,99 € / 1 kg = 19,98 €", "", "19.98 EUR per 1 kg"),
    ("Preis pro kg: 12,99 €", "", "12.99 EUR per kg"),
    ("Preis pro 100g 1,49 €", "", "1.49 EUR per 100 g"),
    ("Inhalt 100 ml (149,00 €* / 1 l) 14,90 € *", "", "149.00 EUR per 1 l"),
    ("0,52 €/Stk.", "", "0.52 EUR per Stk"),
    ("US $5.00 / piece", "", "5.00 USD per piece"),
    ("€ 3,50 per stuk", "", "3.50 EUR per stuk"),
    ("€ 3,50 per 100 gram", "", "3.50 EUR per 100 gram"),
    ("€ 12,50 / kg", "", "12.50 EUR per kg"),
    ("€ 12,50 €/kg", "", "12.50 EUR per kg"),
    ("€ 12,50 al kg", "", "12.50 EUR per kg"),
    ("12,50 € por kg", "", "12.50 EUR per kg"),
    ("12,50 €/ud", "", "-"),
    ("€12.50/0.5 l", "", "12.50 EUR per 0.5 l"),
    ("$0.25 / Fl Oz", "", "0.25 USD per Fl Oz"),
    ("($0.25/fl oz)", "", "0.25 USD per fl oz"),
    ("$0.25 per fl. oz.", "", "0.25 USD per fl. oz"),
    ("$0.43 / Ounce", "", "0.43 USD per Ounce"),
    ("$1.02/lb", "", "1.02 USD per lb"),
    ("0.99 per lb", "", "0.99 per lb"),
    ("0.99/lb", "USD", "0.99 USD per lb"),
    ("0.99/100 g", "USD", "0.99 USD per 100 g"),
    ("25.3¢/oz", "", "0.253 USD per oz"),
    ("$0.12/count", "", "0.12 USD per count"),
    ("$3.459/gal", "", "3.459 USD per gal"),
    ("$12 / sq. ft", "", "12 USD per sq. ft"),
    ("£1.20 per 100g", "", "1.20 GBP per 100 g"),
    ("£2.50 (25p per 100g)", "", "0.25 GBP per 100 g"),
    ("12.5p per 100g", "", "0.125 GBP per 100 g"),
    ("£2.50/kg", "", "2.50 GBP per kg"),
    ("CHF 2.50 / 100g", "", "2.50 CHF per 100 g"),
    ("129 kr/kg", "SEK", "129 SEK per kg"),
    ("129,95 kr. pr. kg", "DKK", "129.95 DKK per kg"),
    ("1 299 Kč/ks", "", "1299 CZK per ks"),
    ("12 900 Ft/db", "", "12900 HUF per db"),
    ("12,90 zł / szt.", "", "12.90 PLN per szt"),
    ("14,90 €", "", "-"),
    ("14,90 € le flacon de 50 ml", "", "-"),
    ("9,90 € les 30 gélules", "", "-"),
    ("9,90 € les 3", "", "-"),
    ("9,99 €/mois", "", "-"),
    ("£2.50/each", "", "-"),
    ("la pièce : 2,50 €", "", "-"),
    ("Taille S/M 14,90 €", "", "-"),
    ("M/L 12 €", "", "-"),
    ("2 / 100 g", "EUR", "-"),
    ("12 g / 100 g", "EUR", "-"),
    ("-20% par kg", "EUR", "-"),
    ("kg", "", "-"),
];

/// A text with one price per quantity and nothing else tells no price.
#[test]
fn a_price_per_quantity_is_no_price() {
    let alone = |(text, hint, expected): &&Case| *expected != "-" && price::prices(text, hinted(hint)).len() == 1;
    for (text, hint, _) in PER_QUANTITY.iter().filter(alone) {
        assert_eq!(money(text, hint), "-", "{text:?} with hint {hint:?}");
    }
}

#[test]
fn every_price_is_seen_with_its_place() {
    let cases: [(&str, &[&str]); 9] = [
        ("Avant 19,90 €, maintenant 14,90 € !", &["19,90 €", "14,90 €"]),
        ("Was $24.99 Now $19.99", &["$24.99", "$19.99"]),
        ("14,90 € (293,25 € / 100 ml)", &["14,90 €", "293,25 €"]),
        ("Été : 12€90, hiver : 1\u{202f}299,00\u{a0}€", &["12€90", "1\u{202f}299,00\u{a0}€"]),
        ("Rs. 1,299 Kr. 12,- US $3", &["Rs. 1,299", "Kr. 12,-", "US $3"]),
        ("9,90 - 14,90 €", &["9,90", "14,90 €"]),
        ("$1,190.00 AUD or A$5", &["$1,190.00 AUD", "A$5"]),
        ("Prix : 13,90 (TTC)", &["13,90"]),
        ("Lot de 2, -20%, 50 ml", &[]),
    ];
    for (text, expected) in cases {
        let places: Vec<&str> = price::prices(text, None).iter().map(|seen| &text[seen.from..seen.to]).collect();
        assert_eq!(places, expected, "{text:?}");
    }
}

#[test]
fn a_price_deep_in_a_long_text_is_left_out() {
    let text = |before: usize| format!("{}14,90 €", "mot ".repeat(before));
    assert_eq!(money(&text(400), ""), "14.90 EUR");
    assert_eq!(money(&text(600), ""), "-");
}

/// Long texts of one thing: no stack is used up, and no part is read again and again.
#[test]
fn hostile_texts_are_read_in_one_go() {
    for part in
        ["à ", "1 000 ", " 000", "1.", "1'000", "€1 ", "1 €1 ", "1 €", "A$", "1/l ", "1 kg = ", "de 1 ", ",1", "1,-", "1 a ", "\u{a0}", "é"]
    {
        let text = format!("1 € {}", part.repeat(50_000));
        let _ = (money(&text, "EUR"), unit_price(&text, ""));
    }
}

const FRENCH_SPACES: [&str; 5] = [" ", "\u{a0}", "\u{202f}", "\u{2009}", ""];

proptest! {
    #[test]
    fn never_panics(text in "\\PC{0,60}", hint in "[A-Z]{0,3}") {
        let _ = Money::parse(&text, Currency::parse(&hint));
        let _ = UnitPrice::parse(&text, Currency::parse(&hint));
    }

    #[test]
    fn never_panics_near_prices(text in "[0-9０９⁹ .,'’€$£¥¢%/:=()+A-Zklgmpzłrдر\u{a0}\u{202f}\u{200b}–-]{0,40}") {
        for hint in [None, Some(Currency::EUR), Currency::parse("GBP"), Currency::parse("HUF")] {
            let _ = Money::parse(&text, hint);
            let _ = UnitPrice::parse(&text, hint);
        }
    }

    #[test]
    fn places_are_in_order_and_hold_a_figure(text in "([0-9]{1,4}|[ .,'€$£/=+-]| €|kg|EUR|US|kr|les |à |é){0,24}") {
        let mut end = 0;
        for seen in price::prices(&text, Some(Currency::EUR)) {
            prop_assert!(end <= seen.from && seen.from < seen.to);
            prop_assert!(text[seen.from..seen.to].contains(|c: char| c.is_ascii_digit()));
            end = seen.to;
        }
    }

    #[test]
    fn reads_back_what_a_french_shop_prints(cents in 0_i64..100_000_000, space in prop::sample::select(&FRENCH_SPACES[..])) {
        let text = format!("{},{:02}{space}€", group(cents / 100, space), cents % 100);
        prop_assert_eq!(Money::parse(&text, None), Some(euros(Decimal::new(cents, 2))));
        let text = format!("{}{space}€", group(cents, space));
        prop_assert_eq!(Money::parse(&text, None), Some(euros(Decimal::from(cents))));
        let text = format!("{}€{:02}", group(cents / 100, space), cents % 100);
        prop_assert_eq!(Money::parse(&text, None), Some(euros(Decimal::new(cents, 2))));
    }

    #[test]
    fn reads_back_what_a_german_shop_prints(cents in 0_i64..100_000_000) {
        let (whole, rest) = (group(cents / 100, "."), cents % 100);
        for text in [format!("{whole},{rest:02} €"), format!("€ {whole},{rest:02}"), format!("{whole},{rest:02} EUR")] {
            prop_assert_eq!(Money::parse(&text, None), Some(euros(Decimal::new(cents, 2))), "{}", text);
        }
        for text in [format!("{whole} €"), format!("{whole},- €"), format!("€ {whole},–")] {
            prop_assert_eq!(Money::parse(&text, None), Some(euros(Decimal::from(cents / 100))), "{}", text);
        }
    }

    #[test]
    fn reads_back_what_an_english_shop_prints(cents in 0_i64..100_000_000) {
        let (whole, rest) = (group(cents / 100, ","), cents % 100);
        for text in [format!("£{whole}.{rest:02}"), format!("${whole}.{rest:02}"), format!("US ${whole}.{rest:02}"), format!("€{whole}.{rest:02}")] {
            prop_assert_eq!(amount(&text), Some(Decimal::new(cents, 2)), "{}", text);
        }
        prop_assert_eq!(amount(&format!("£{whole}")), Some(Decimal::from(cents / 100)));
    }

    #[test]
    fn reads_back_what_a_swiss_shop_prints(cents in 0_i64..100_000_000, mark in prop::sample::select(vec!["'", "’", " "])) {
        let (whole, rest) = (group(cents / 100, mark), cents % 100);
        for text in [format!("CHF {whole}.{rest:02}"), format!("{whole}.{rest:02} CHF"), format!("Fr. {whole}.{rest:02}")] {
            prop_assert_eq!(amount(&text), Some(Decimal::new(cents, 2)), "{}", text);
        }
        prop_assert_eq!(amount(&format!("CHF {whole}.–")), Some(Decimal::from(cents / 100)));
    }

    #[test]
    fn reads_back_a_bare_decimal(cents in 0_i64..100_000_000) {
        let amount = Decimal::new(cents, 2);
        prop_assert_eq!(Money::parse(&amount.to_string(), Some(Currency::EUR)), Some(euros(amount)));
    }
}

fn euros(amount: Decimal) -> Money {
    Money { amount, currency: Some(Currency::EUR) }
}

fn amount(text: &str) -> Option<Decimal> {
    Money::parse(text, None).map(|money| money.amount)
}

fn group(number: i64, separator: &str) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push_str(separator);
        }
        out.push(digit);
    }
    out
}
