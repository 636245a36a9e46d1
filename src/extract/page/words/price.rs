//! What the words around an amount say of it.

use std::sync::LazyLock;

use regex::Regex;

use super::phrases_then;
use crate::extract::pattern;

/// What a word says of the amount behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::extract::page) enum Label {
    Old,
    /// A word for any price.
    Current,
    /// A word for the price to pay, where others stand beside it.
    Now,
}

static LABELS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?P<old>\b(?:prix (?:public|constat[ée]|catalogue|magasin|conseill[ée]|barr[ée]|habituel|d'origine|de r[ée]f[ée]rence|initial|normal)|ancien prix|au lieu de|était|etait|list(?: price)?",
        r"|publisher'?s price|standard price|prix initial|regulärer preis|precio regular|normaler preis|was|were|reg(?:ular)?(?:\.| price)?|retail(?: price)?|rrp|msrp|m\.s\.r\.p\.?|srp|original(?:ly)?(?: price)?|compare(?:d)?(?: at| to)?|previous(?:ly)?(?: price)?",
        r"|old price|before|normally|suggested(?: retail)?(?: price)?|manufacturer'?s? (?:price|retail)|market price|bisheriger preis|statt|uvp|unverb\. preisempf\.?|avp|bisher|streichpreis|normalpreis|alter preis|früher",
        r"|antes|precio anterior|precio original|precio habitual|p\.?v\.?p\.? ?r|invece di|anziché|prezzo (?:di listino|originale|precedente|consigliato)|listino",
        r"|adviesprijs|van|normaal|oude prijs|was|de:|preço (?:original|anterior|normal)|antigo)\b:?)",
        r"|(?P<now>\b(?:our price|your price|today(?:'s price)?|(?:on )?sale(?: price)?|special(?: price)?|now(?: only)?|only|deal|online price|web price|internet price|current price",
        r"|prix (?:internet|promo|actuel|sp[ée]cial|sold[ée]|remis[ée]|web)|(?:le )?prix actuel est|notre prix|votre prix|maintenant|promo(?:tion)?|nur|jetzt|unser preis|aktionspreis|angebotspreis|sonderpreis|aktueller preis",
        r"|ahora|precio (?:final|actual|especial|(?:de |en )?oferta|rebajado)|oferta|ora|prezzo (?:scontato|attuale|speciale|di vendita)|nu(?: voor)?|aanbieding|onze prijs|preço (?:atual|promocional)|por apenas|agora)\b:?)",
        r"|(?P<any>\b(?:price|cost|each|prix(?: ttc| unitaire| net)?|preis|precio|por|p\.?v\.?p\.?|prezzo|voor|prijs|preço)\b:?)",
    ))
});

/// The last word for a kind of price.
pub(in crate::extract::page) fn last_label(text: &str) -> Option<Label> {
    let text = tail(text, 60);
    let found = LABELS.captures_iter(text).last()?;
    Some(match () {
        () if found.name("old").is_some() => Label::Old,
        () if found.name("now").is_some() => Label::Now,
        () => Label::Current,
    })
}

fn tail(text: &str, length: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(length))..]
}

fn head(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}

/// Savings, second-hand copies, lowest prices of the last days, clubs, quantities.
const SAVED: &[&str] = &[
    "sav(?:e|es|ed|ing|ings)",
    "spaar",
    "punten",
    "puntos",
    "punti",
    "pontos",
    "contributions?",
    "b-?stock",
    "b-ware",
    "open[- ]box",
    r"refurb\w*",
    "renewed",
    "used",
    "second[- ]?hand",
    "segunda mano",
    r"reconditionn\w+",
    "occasion",
    r"gebraucht\w*",
    "tweedehands",
    "usados?",
    r"\d+[- ]tage[- ]bestpreis",
    "bestpreis",
    r"niedrigster\w*",
    "prix le plus bas",
    "lowest (?:recent )?price",
    "precio (?:más|mas) bajo",
    "prezzo più basso",
    "laagste prijs",
    "menor preço",
    "promo ?code",
    "code promo",
    r"gutschein\w*",
    "rabattcode",
    "cup[oó]n",
    "cupom",
    "codice",
    "raee",
    "v-?rg",
    "d3e",
    r"recycling\w*",
    r"\w*gebühr",
    "gagnez",
    "gain",
    "écofrais",
    "eco-?frais",
    "versements?",
    "club",
    "clubcard",
    r"cart(?:e|ão) (?:club|fid\w+)",
    "fid[ée]lit[ée]",
    "members?",
    "membres?",
    "mitglieder",
    "socios?",
    "soci",
    r"subscri\w+",
    "abo(?:nnement|nn[ée]s?)?",
    r"auto-?(?:ship|deliver\w*|replenish\w*)",
    r"\d+ ?(?:\+|(?:ou|or|et|oder|o|of|and) (?:mais|more|plus|mehr|más|più|meer|up))",
    r"ab \d+",
    r"[ée]conomi\w*",
    "remise",
    "r[ée]duction",
    "discount",
    "rabatt?",
    "ersparnis",
    "sie sparen",
    r"spar\w*",
    r"ahorr\w*",
    "descuento",
    r"risparmi\w*",
    "sconto",
    r"bespaar\w*",
    "korting",
    r"poup\w*",
    "desconto",
];
/// The way to the customer.
const SENT: &[&str] = &[
    "shipping",
    "ship",
    "livraison",
    "frais de port",
    "port",
    "delivery",
    "postage",
    r"versand\w*",
    "env[ií]os?",
    "gastos",
    r"spedizion\w*",
    r"verzend\w*",
    "frete",
    "portes",
];
/// From which order on something is free.
const ORDERED: &[&str] = &[
    "orders?(?: of| over)?",
    "over",
    "spend",
    "d'achats?",
    "achats?",
    "commandes?",
    "ab einem",
    "bestellwert",
    "pedidos?",
    "ordini",
    "bestellingen",
    "superiori?",
    "superiores?",
    "a partire da",
    "minimum",
];
/// What stands in the cart.
const CARTED: &[&str] =
    &["sub-?total", "sous-total", "total", "cart", "basket", "panier", "warenkorb", "carrito", "carrello", "winkelwagen", "carrinho"];
/// Deposits, taxes, vouchers, points.
const FEES: &[&str] = &[
    "deposit",
    "consigne",
    "pfand",
    r"eco-?(?:tax|part)\w*",
    r"éco-?part\w*",
    "dont",
    "incl(?:uding)? tax",
    "tva",
    "vat",
    "gift",
    "voucher",
    "coupon",
    "bon",
    "cashback",
    "points?",
    "rewards?",
    "earn",
    "credit",
];
/// Instalments and who offers them.
const PAID: &[&str] = &[
    "payments?(?: of)?",
    "instal?lments?(?: of)?",
    "mensualit[ée]s?",
    "mois",
    "rate[n]?",
    "monatlich",
    "cuotas?",
    "plazos",
    "rate da",
    "termijnen",
    "klarna",
    "afterpay",
    "clearpay",
    "affirm",
    "sezzle",
    "zip",
    "paypal",
    "alma",
    "oney",
    "scalapay",
];
/// The most, and the worth of something else.
const WORTH: &[&str] = &[
    "up to",
    "jusqu'[àa]",
    "bis zu",
    "hasta",
    "fino a",
    "tot",
    "worth",
    "valeur",
    "value",
    "wert",
    "valor",
    "valore",
    "waarde",
    r"insur\w*",
    "warranty",
    "garantie",
    "protection",
];

static NO_PRICE_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| phrases_then(&[SAVED, SENT, ORDERED, CARTED, FEES, PAID, WORTH], r"[^.;]{0,25}$|(?:[-−–+]|\bx|×|\d ?x|@|\d ?/)\s*$"));

/// Savings, shipping, thresholds, instalments: the amount behind these words is no price.
pub(in crate::extract::page) fn is_no_price_before(text: &str) -> bool {
    let text = tail(text, 70);
    // A later word for a price takes over: `save 20 %, now 14.90`.
    let Some(found) = NO_PRICE_BEFORE.find(text) else { return false };
    LABELS.find_iter(text).last().is_none_or(|label| label.start() <= found.start())
        || matches!(text[found.start()..].trim(), "-" | "–" | "−")
}

static NO_PRICE_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^\s*[)\]]?\s*(?:\boff\b|de (?:remise|r[ée]duction|d[ée]duction|descuento|sconto)|d'[ée]conomies?|offerts?|/ ?mo\b|/ ?mois|/ ?month|/ ?monat|/ ?mes\b|/ ?mese|a month|per month|par mois|pro monat|al mes|al mese|per maand|monthly",
        r"|x ?\d|× ?\d|in \d+ (?:payments|rate)|(?:ou|et) plus|or more|and (?:up|over|above)|d'achats?|minimum|shipping|de frais|points?|gespart|sparen|rabatt|savings?|cash|gift|credit|de (?:dto|descuento)",
        r"|(?:with|avec|mit|con|com|im) (?:an? |the )?(?:\w+ )?(?:code|coupon|savings plan|subscription|autoship|membership|plan|abonnement|abo|sparabo|carte|card|clubcard|codice|cupón|código)|after (?:code|coupon|rebate|promo|\$)|(?:no|com|via) pix|avec la carte|with (?:card|clubcard)|rebate|mail-in|korting|de desconto|\(-?\d+ ?%\) (?:off|saved))",
    ))
});

pub(in crate::extract::page) fn is_no_price_after(text: &str) -> bool {
    NO_PRICE_AFTER.is_match(head(text, 40))
}

static OLD_AFTER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\s*(?:\(?(?:list|rrp|msrp|retail|uvp|prix (?:public|constat[ée]|catalogue|magasin|conseill[ée]))\b)"));

pub(in crate::extract::page) fn is_old_after(text: &str) -> bool {
    OLD_AFTER.is_match(head(text, 40))
}

static FROM: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:\bfrom|à partir de|a partir de|dès|\bab|desde|\bda|vanaf|as low as|starting at)\s*:?\s*$"));

pub(in crate::extract::page) fn is_from(text: &str) -> bool {
    FROM.is_match(text.trim_end())
}

static NET: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:(?P<net>ht|h\.t\.|hors[- ]taxes?|ex(?:cl?|clu)?\.?(?:uding|usive of|usive)?[ .]*(?:of )?(?:vat|tax|taxes|btw|gst|mwst|iva)|netto|zzgl\.? (?:mwst|ust)|sin (?:iva|impuestos)|iva esclusa|excl\. btw|sem (?:iva|impostos)|plus vat|net of vat|before tax)",
        r"|(?P<gross>ttc|t\.t\.c\.?|toutes taxes|incl?(?:uding|usive|\.)?(?: of)?[ .]*(?:vat|tax|taxes|gst|btw|moms|iva)|inkl?\. ?(?:mwst|ust|moms|[0-9]+)|inklusive mehrwert|iva (?:incluido|inclusa|incl)|btw inbegrepen|com iva))",
    ))
});

/// Whether an amount is with tax (`Some(true)`) or without it.
pub(in crate::extract::page) fn with_tax(before: &str, after: &str) -> Option<bool> {
    let behind = NET.captures(head(after, 34)).filter(|found| found.get(0).is_some_and(|all| all.start() <= 6));
    let found = behind.or_else(|| NET.captures_iter(tail(before, 34)).last())?;
    Some(found.name("gross").is_some())
}

static ON_REQUEST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:price:? *)?(?:call|e-?mail|contact us|please call|login|log in|sign in)(?: us)? for (?:a )?(?:price|pricing|quote)|price (?:on|upon) (?:request|application)|^(?:prix )?(?:sur (?:demande|devis)|nous consulter)|^preis auf anfrage|^precio a consultar|^prezzo su richiesta|^prijs op aanvraag|^preço sob consulta",
    )
});

/// The page says in so many words that it does not tell the price.
pub(in crate::extract::page) fn is_on_request(text: &str) -> bool {
    ON_REQUEST.is_match(text.trim())
}

static PICTURED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:our |your |list |sale |retail |regular )?price:?$|^you save:?$|^(?:in stock|out of stock|sold out|en stock|rupture de stock|auf lager|ausverkauft|agotado|esaurito)$|^msrp:?$",
    )
});

/// The words of an old shop's pictures.
pub(in crate::extract::page) fn is_picture_of_words(text: &str) -> bool {
    PICTURED.is_match(text.trim())
}
