//! What words say of the stock.

use std::sync::LazyLock;

use regex::Regex;

use super::phrases;
use crate::extract::pattern;
use crate::model::Availability;

/// Nobody makes or sells it any more.
const GONE: &[&[&str]] = &[
    &[
        "n'est plus (?:commercialisée?|fabriquée?|vendue?|en vente|au catalogue)",
        "plus (?:commercialisée?|fabriquée?)",
        "arrêtée? par le (?:fabricant|laboratoire)",
        "(?:produit|article|référence) (?:arrêtée?|supprimée?|abandonnée?)",
        "arrêt de (?:commercialisation|fabrication)",
        "fin de (?:commercialisation|vie)",
    ],
    &["discontinued", "no longer (?:available|sold|made|stocked|produced|manufactured)", "end of life", "obsolete"],
    &["nicht mehr (?:erhältlich|verfügbar|hergestellt|produziert|im sortiment)", "auslaufartikel", "ausgelaufen", "eingestellt"],
    &["descatalogad[oa]", "discontinuad[oa]", "ya no (?:está disponible|se fabrica|se vende)"],
    &["fuori produzione", "fuori catalogo", "non più (?:disponibile|in produzione|in vendita)"],
    &["niet meer (?:leverbaar|verkrijgbaar|beschikbaar)", "uit (?:het )?assortiment", "uit productie"],
    &["descontinuad[oa]", "fora de linha", "já não (?:está disponível|se fabrica)"],
];

const OUT: &[&[&str]] = &[
    &[
        "(?:en |actuellement en )?rupture(?: de stock| momentanée)?",
        "épuisée?s?",
        "indisponibles?",
        "(?:plus|pas|non)[ -]?disponibles?",
        "victime de son succès",
        "hors[ -]stock",
        "(?:n'est|ne sont) (?:plus|pas) (?:disponibles?|en stock)",
        "(?:plus|pas) en stock",
        "bientôt de retour",
        "de retour (?:bientôt|prochainement)",
        "réassort en cours",
        "réapprovisionnement(?: en cours| non daté| prévu)?",
        "en cours de réappro\\w*",
        "stock : 0",
    ],
    &[
        "out[ -]of[ -]stock",
        "sold[ -]?out",
        "(?:currently|temporarily|presently) (?:unavailable|not available)",
        "not (?:currently )?available",
        "unavailable",
        "not (?:currently )?in stock",
        "no (?:longer in )?stock",
        "none in stock",
        "0 (?:units )?(?:in stock|available)",
        "coming back soon",
        "back soon",
        "awaiting stock",
    ],
    &[
        "nicht (?:auf lager|verfügbar|lieferbar|vorrätig|bestellbar)",
        "nicht mehr (?:lieferbar|auf lager|vorrätig)",
        "ausverkauft",
        "vergriffen",
        "(?:derzeit|momentan|zurzeit|aktuell) (?:leider )?(?:nicht|kein)\\w*(?: (?:auf lager|\\w+))?",
        "bald wieder (?:da|verfügbar|lieferbar)",
    ],
    &[
        "agotad[oa]s?",
        "sin (?:stock|existencias)",
        "no (?:está )?disponible",
        "(?:ya )?no (?:se encuentra|queda|está|hay) en stock",
        "fuera de (?:stock|existencias)",
        "no hay (?:stock|existencias)",
        "próximamente",
    ],
    &[
        "esaurit[oa]",
        "non (?:è )?disponibile",
        "terminat[oa]",
        "non acquistabile",
        "non (?:è )?(?:più )?(?:in magazzino|in stock|disponibile)",
        "in arrivo",
        "sold out",
    ],
    &[
        "uitverkocht",
        "niet (?:op voorraad|leverbaar|beschikbaar|voorradig|in voorraad)",
        "(?:tijdelijk|momenteel) (?:niet(?: op voorraad| \\w+)?|uitverkocht)",
        "geen voorraad",
        "binnenkort weer",
    ],
    &[
        "esgotad[oa]",
        "indispon[ií]vel",
        "fora de (?:stock|estoque)",
        "sem (?:stock|estoque)",
        "não disponível",
        "(?:já )?não (?:se encontra|está|há) em (?:stock|estoque)",
    ],
    &[
        "slut(?:såld| i lager)",
        "udsolgt",
        "utsolgt",
        "ikke på lager",
        "loppuunmyyty",
        "brak w magazynie",
        "niedostępny",
        "wyprzedane",
        "vyprodáno",
        "nedostupné",
    ],
];

/// Offers to write when it is there again: the product is mostly out of stock, but such words may wait in a hidden box.
const ALERT: &[&[&str]] = &[
    &[
        "m'alerter",
        "m'avertir",
        "prévenez[ -]moi",
        "me prévenir",
        "(?:être|soyez) (?:prévenue?|alertée?|avertie?|informée?)",
        "avertissez[ -]moi",
        "alerte (?:stock|dispo\\w*)",
        "alertez[ -]moi",
    ],
    &["notify me", "email me when", "e-mail me when", "back[ -]in[ -]stock", "let me know when", "alert me", "tell me when"],
    &["benachrichtig\\w+(?: sie)? (?:mich|lassen)", "informieren sie mich", "verfügbarkeitsalarm"],
    &["avísame", "avisarme", "notificarme"],
    &["avvisami", "avvertimi", "notificami"],
    &["mail mij", "mail me", "houd mij op de hoogte", "(?:waarschuw|informeer) mij"],
    &["avise-me", "avisem-me", "notifique-me", "me avise"],
];

const BACK: &[&[&str]] = &[
    &["(?:disponible )?sur commande", "sur demande", "disponible à la commande", "commande spéciale"],
    &["back[ -]?order(?:s|ed|able)?", "on order", "special order", "available to order", "order only item"],
    &["nachbestell\\w+", "auf bestellung", "wird für sie bestellt", "bestellartikel", "auf anfrage lieferbar"],
    &["bajo pedido", "por encargo", "sobre pedido"],
    &["su ordinazione", "ordinabile", "su richiesta"],
    &["in nabestelling", "nabestel\\w*", "in backorder", "op bestelling"],
    &["sob encomenda", "por encomenda", "sob pedido"],
];

const PRE: &[&[&str]] = &[
    &["pré-?commande[rzs]?", "précommandez", "à paraître", "parution prévue"],
    &["pre-?orders?", "pre-?ordered", "not yet (?:published|released)", "coming soon", "releases? on"],
    &["vorbestell\\w*", "erscheint (?:am|im|demnächst|voraussichtlich)", "noch nicht erschienen"],
    &["preventa", "reserva(?:r)? ahora", "pre-?reserva", "precompra"],
    &["pre-?ordin\\w*", "preordine", "prenotalo", "prenotazione"],
    &["voorbestell\\w*", "pre-?order\\w*", "reserveer nu", "nog niet verschenen"],
    &["pré-?venda", "pré-?encomenda\\w*", "em pré-?lançamento"],
];

/// Sold by shops and counters only.
const STORE: &[&[&str]] = &[
    &["(?:uniquement|exclusivement|seulement) (?:en|dans nos) (?:magasins?|boutiques?|pharmacies?)", "réservé à la vente en magasin"],
    &["(?:available |sold )?in[ -]?stores? only", "only (?:available )?in (?:our )?stores?", "store only"],
    &["nur (?:in der|in unseren?|im) (?:filialen?|markt|märkten|geschäft|laden|apotheke)"],
    &["(?:solo|sólo|únicamente) en tiendas?"],
    &["(?:solo|soltanto) in negozio"],
    &["(?:alleen|enkel|uitsluitend) (?:verkrijgbaar |te koop )?in (?:de |onze )?winkels?"],
    &["(?:só|apenas|somente) (?:na loja|em loja)"],
];

/// It is there, but soon no more.
const FEW: &[&[&str]] = &[
    &[
        "plus que \\d+(?: \\w+)?(?: en stock| disponibles?)?",
        "(?:il (?:ne )?reste|seulement) (?:plus que )?\\d+ (?:articles?|exemplaires?|pièces?|produits?|unités?)",
        "derni(?:er|ère)s? (?:pièces?|articles?|exemplaires?|unités?)(?: en stock| disponibles?)?",
        "stock (?:limité|faible)",
        "quantités? limitées?",
    ],
    &[
        "only \\d+ (?:left|remaining|in stock|available)",
        "low (?:in )?stock",
        "limited (?:stock|availability|quantity)",
        "last (?:few|one|item)s?(?: left| in stock)?",
        "almost (?:gone|sold out)",
        "hurry,? only \\d+",
    ],
    &[
        "nur noch \\d+(?: \\w+)?(?: auf lager| verfügbar)?",
        "(?:geringer|knapper|niedriger) (?:lager)?bestand",
        "begrenzt(?:e verfügbarkeit)?",
        "wenige verfügbar",
        "letzte stücke",
    ],
    &["(?:solo )?quedan?(?: sólo| solo)? \\d+", "últimas unidades", "pocas unidades", "stock limitado"],
    &[
        "(?:solo|ne restano(?: solo)?|rimasti(?: solo)?) \\d+ (?:pezzi|disponibili|rimasti|in magazzino)",
        "ultimi pezzi",
        "disponibilità limitata",
    ],
    &[
        "(?:nog (?:maar|slechts)|slechts(?: nog)?) \\d+(?: \\w+)?(?: op voorraad| beschikbaar| stuks?)?",
        "laatste (?:stuks|exemplaren)",
        "beperkt(?:e)? (?:voorraad|leverbaar|beschikbaar)",
    ],
    &["(?:apenas|só|somente|restam(?: apenas)?) \\d+ (?:unidades|em stock|em estoque|disponíveis)", "últimas unidades", "poucas unidades"],
];

const THERE: &[&[&str]] = &[
    &[
        "en stock",
        "disponibles?",
        "en magasin et en ligne",
        "expédi(?:é|ée|tion) (?:sous|en|le|aujourd|dans|immédiate|rapide)",
        "livrée? (?:sous|en|le|dès|chez vous)",
        "livraison (?:sous|en \\d)",
        "prêt à être expédié",
        "(?:part|envoi|envoyé|départ) (?:sous|aujourd'hui|demain|le jour même)",
        "commandé avant \\d",
        "délai d'expédition",
    ],
    &[
        "in[ -]stock",
        "available",
        "availability: ?yes",
        "instock",
        "(?:usually )?(?:ships?|dispatch(?:ed|es)?|despatch(?:ed|es)?|leaves) (?:within|in|today|same|next|from|tomorrow)",
        "ready to (?:ship|dispatch)",
        "left in stock",
        "\\d+ (?:units )?(?:in stock|available)",
        "(?:same|next)[ -]day (?:dispatch|despatch|shipping)",
    ],
    &[
        "auf lager",
        "lieferbar",
        "verfügbar",
        "vorrätig",
        "sofort (?:lieferbar|verfügbar|versandfertig|versandbereit|ab lager)",
        "lieferzeit",
        "versandfertig",
        "versandbereit",
        "lagernd",
        "ab lager",
        "versand (?:in|innerhalb|heute|morgen)",
        "lieferung in",
        "in \\d+ ?(?:-|–|bis) ?\\d+ (?:werk)?tagen (?:bei ihnen|lieferbar)",
    ],
    &[
        "en existencias",
        "hay existencias",
        "(?:entrega|recíbelo|envío) (?:en|inmediat[oa]|el|entre|mañana)",
        "(?:se )?envía en",
        "plazo de entrega",
    ],
    &["disponibile", "disponibilità", "(?:spedizione|consegna) (?:in|entro|immediata|prevista)", "spedito (?:in|entro)", "pronta consegna"],
    &[
        "op voorraad",
        "leverbaar",
        "voorradig",
        "uit voorraad",
        "voor \\d+ ?:?\\d* ?u(?:ur)? besteld",
        "(?:morgen|vandaag) (?:in huis|verzonden|geleverd|verstuurd|bezorgd)",
        "direct leverbaar",
        "levertijd",
    ],
    &["em stock", "em estoque", "disponível", "pronta entrega", "(?:envio|entrega) (?:imediat[oa]|em|até)", "expedido em"],
    &["i lager", "på lager", "dostępny", "w magazynie", "skladem"],
];

/// Words of shops, counters and carriers: there the product may be, or not; the page is about sending it.
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
    phrases(&[
        &["magasins?", "boutiques?", "pharmacies?", "retrait", "lorsque", "dès que", "livraison(?: \\w+)?", "si"],
        &["pick-?up", "in[ -]store", "stores?", "click", "collect(?:ion)?", "delivery", "shipping", "if", "when", "postcode", "zip"],
        &["abhol\\w+", "filialen?", "falls", "wenn", "sobald", "packstation"],
        &["tiendas?", "recogida", "cuando"],
        &["negoz\\w+", "ritiro", "quando"],
        &["winkels?", "afhalen", "zodra", "wanneer"],
        &["lojas?", "retirad\\w+", "levantamento"],
    ])
});

/// Times of delivery speak of sending all the same.
static TIMED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:livraison|livré|delivery|delivered|lieferung|entrega|consegna|levering|envío|envio)\b[^.]{0,40}?(?:\b(?:sous|en|within|in|innerhalb|entro|binnen|em)\b ?\d|\d+ ?(?:-|–|à|to|bis|a|tot) ?\d+)[^.]{0,12}(?:h\b|heures|jours|hours|days|tage|werktag|stunden|horas|d[ií]as|giorni|ore|dagen|werkdagen|uur|dias|working)",
    )
});

/// A choice that the page offers: `available in three sizes`.
static CHOICE: LazyLock<Regex> = LazyLock::new(|| {
    phrases(&[&[
        "options?",
        "sizes?",
        "colou?rs?",
        "versions?",
        "formats?",
        "tailles?",
        "couleurs?",
        "coloris",
        "modèles?",
        "größen",
        "farben",
        "varianten",
        "tallas?",
        "colores",
        "opciones",
        "taglie",
        "colori",
        "opzioni",
        "maten",
        "kleuren",
        "opties",
        "tamanhos?",
        "cores",
        "opç(?:ão|ões)",
        "cookies?",
        "paiement",
        "payment",
        "app",
    ]])
});

/// Labels before a word for the stock.
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:availability|available|stock(?: status| level)?|status|(?:état du )?stock|disponibilit[éeà]|dispo|verfügbarkeit|lieferstatus|bestand|lager(?:bestand|status)?|disponibilidad|existencias|beschikbaarheid|voorraad(?:status)?|disponibilidade|estoque)\s*[:：]?\s*|^(?:delivery|livraison|lieferzeit|lieferung|levertijd|délai|entrega|consegna)\s*[:：]\s*",
    )
});

static GONE_WORDS: LazyLock<Regex> = LazyLock::new(|| phrases(GONE));
static OUT_WORDS: LazyLock<Regex> = LazyLock::new(|| phrases(OUT));
static ALERT_WORDS: LazyLock<Regex> = LazyLock::new(|| phrases(ALERT));
static BACK_WORDS: LazyLock<Regex> = LazyLock::new(|| phrases(BACK));
static PRE_WORDS: LazyLock<Regex> = LazyLock::new(|| phrases(PRE));
static STORE_WORDS: LazyLock<Regex> = LazyLock::new(|| phrases(STORE));
static FEW_WORDS: LazyLock<Regex> = LazyLock::new(|| phrases(FEW));
static THERE_WORDS: LazyLock<Regex> = LazyLock::new(|| phrases(THERE));

/// What a sentence says, and how plainly: 1 is an offer to write, 3 can hardly mean anything else.
pub(in crate::extract::page) fn of_stock(text: &str) -> Option<(Availability, i32)> {
    if STORE_WORDS.is_match(text) {
        return Some((Availability::InStoreOnly, 3));
    }
    if GONE_WORDS.is_match(text) {
        return Some((Availability::Discontinued, 3));
    }
    let without = OUT_WORDS.replace_all(text, " ");
    let (out, there) = (without.len() < text.len() || without != text, THERE_WORDS.is_match(&without));
    match () {
        () if BACK_WORDS.is_match(text) => Some((Availability::BackOrder, 2)),
        () if PRE_WORDS.is_match(text) => Some((Availability::PreOrder, 2)),
        // Both are the words of a template, or of a list of sizes.
        () if out && there => None,
        () if out => Some((Availability::OutOfStock, 2)),
        () if ALERT_WORDS.is_match(text) => Some((Availability::OutOfStock, 1)),
        () if FEW_WORDS.is_match(text) => Some((Availability::LimitedAvailability, 1)),
        () => there.then_some((Availability::InStock, 2)),
    }
}

/// What can be ordered though it is not there yet, in the words of a button.
pub(super) fn ordered(text: &str) -> Option<Availability> {
    match () {
        () if PRE_WORDS.is_match(text) => Some(Availability::PreOrder),
        () if BACK_WORDS.is_match(text) => Some(Availability::BackOrder),
        () => None,
    }
}

/// Whether a sentence is about shops, counters or the way to the customer, and tells no time.
pub(in crate::extract::page) fn is_elsewhere(text: &str) -> bool {
    ELSEWHERE.is_match(text) && !TIMED.is_match(text) && !STORE_WORDS.is_match(text)
}

pub(in crate::extract::page) fn is_choice(text: &str) -> bool {
    CHOICE.is_match(text)
}

/// Whether a text is, or begins with, the label of the stock; `alone` where nothing follows it.
pub(in crate::extract::page) fn is_stock_label(text: &str, alone: bool) -> bool {
    LABEL.find(text.trim()).is_some_and(|found| !found.is_empty() && (!alone || found.end() == text.trim().len()))
}

/// The sentences of a line: one may speak of the stock and the next of something else.
pub(in crate::extract::page) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let mut left = Some(text);
    std::iter::from_fn(move || {
        let text = left?;
        let end = [". ", "! ", "? ", " | ", " • ", "; "].iter().filter_map(|mark| text.find(mark).map(|at| at + mark.len())).min();
        let (sentence, rest) = end.map_or((text, None), |end| (&text[..end], Some(&text[end..])));
        left = rest;
        Some(sentence.trim())
    })
    .filter(|sentence| !sentence.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Availability::*;

    #[test]
    fn phrases_of_seven_languages() {
        let cases: &[(&str, Option<Availability>)] = &[
            ("en stock", Some(InStock)),
            ("en stock, expédié sous 24h", Some(InStock)),
            ("expédié sous 24/48h", Some(InStock)),
            ("livré chez vous jeudi", Some(InStock)),
            ("plus que 3 en stock", Some(LimitedAvailability)),
            ("il ne reste plus que 2 exemplaires", Some(LimitedAvailability)),
            ("derniers articles en stock", Some(LimitedAvailability)),
            ("rupture de stock", Some(OutOfStock)),
            ("en rupture", Some(OutOfStock)),
            ("épuisé", Some(OutOfStock)),
            ("produit momentanément indisponible", Some(OutOfStock)),
            ("n'est pas disponible", Some(OutOfStock)),
            ("bientôt de retour", Some(OutOfStock)),
            ("réapprovisionnement non daté", Some(OutOfStock)),
            ("m'avertir", Some(OutOfStock)),
            ("alerte stock", Some(OutOfStock)),
            ("sur commande", Some(BackOrder)),
            ("en précommande", Some(PreOrder)),
            ("ce produit n'est plus commercialisé", Some(Discontinued)),
            ("ce produit n'est plus en stock", Some(OutOfStock)),
            ("this product is no longer in stock", Some(OutOfStock)),
            ("este producto ya no se encuentra en stock", Some(OutOfStock)),
            ("prodotto non più disponibile", Some(Discontinued)),
            ("uniquement en magasin", Some(InStoreOnly)),
            ("in stock", Some(InStock)),
            ("usually ships within 2 days", Some(InStock)),
            ("dispatched in 24 hours", Some(InStock)),
            ("only 2 left", Some(LimitedAvailability)),
            ("sold out", Some(OutOfStock)),
            ("currently unavailable", Some(OutOfStock)),
            ("not currently available", Some(OutOfStock)),
            ("notify me when available", Some(OutOfStock)),
            ("temporarily out of stock, back order now", Some(BackOrder)),
            ("not yet published", Some(PreOrder)),
            ("this product has been discontinued", Some(Discontinued)),
            ("in store only", Some(InStoreOnly)),
            ("auf lager", Some(InStock)),
            ("lieferzeit 2-3 tage", Some(InStock)),
            ("sofort versandfertig", Some(InStock)),
            ("nur noch 2 auf lager", Some(LimitedAvailability)),
            ("knapper lagerbestand", Some(LimitedAvailability)),
            ("derzeit nicht lieferbar", Some(OutOfStock)),
            ("momentan nicht verfügbar", Some(OutOfStock)),
            ("ausverkauft", Some(OutOfStock)),
            ("vorbestellen", Some(PreOrder)),
            ("nicht mehr erhältlich", Some(Discontinued)),
            ("hay existencias", Some(InStock)),
            ("entrega en 24 horas", Some(InStock)),
            ("agotado", Some(OutOfStock)),
            ("sin stock", Some(OutOfStock)),
            ("avísame cuando esté disponible", Some(OutOfStock)),
            ("bajo pedido", Some(BackOrder)),
            ("quedan 4", Some(LimitedAvailability)),
            ("producto descatalogado", Some(Discontinued)),
            ("disponibile", Some(InStock)),
            ("spedizione entro 24 ore", Some(InStock)),
            ("esaurito", Some(OutOfStock)),
            ("non disponibile", Some(OutOfStock)),
            ("su ordinazione", Some(BackOrder)),
            ("ultimi pezzi", Some(LimitedAvailability)),
            ("fuori produzione", Some(Discontinued)),
            ("op voorraad", Some(InStock)),
            ("voor 23:00 uur besteld, morgen in huis", Some(InStock)),
            ("uitverkocht", Some(OutOfStock)),
            ("tijdelijk niet leverbaar", Some(OutOfStock)),
            ("niet op voorraad, wel nabestelbaar", Some(BackOrder)),
            ("nog maar 3 stuks", Some(LimitedAvailability)),
            ("alleen verkrijgbaar in de winkel", Some(InStoreOnly)),
            ("niet meer leverbaar", Some(Discontinued)),
            ("em stock", Some(InStock)),
            ("pronta entrega", Some(InStock)),
            ("esgotado", Some(OutOfStock)),
            ("avise-me quando chegar", Some(OutOfStock)),
            ("sob encomenda", Some(BackOrder)),
            ("últimas unidades", Some(LimitedAvailability)),
            ("fora de linha", Some(Discontinued)),
            // Both at once say nothing.
            ("blue in stock red sold out", None),
            ("livraison offerte dès 49 €", None),
            ("crème pour le visage", None),
        ];
        for (text, expected) in cases {
            assert_eq!(of_stock(text).map(|(availability, _)| availability), *expected, "{text}");
        }
    }

    #[test]
    fn sentences_about_other_places() {
        for (text, elsewhere) in [
            ("disponible en magasin", true),
            ("delivery available", true),
            ("not available for collection", true),
            ("livraison sous 48 heures", false),
            ("delivery in 2-4 working days", false),
            ("en stock", false),
            ("in store only", false),
        ] {
            assert_eq!(is_elsewhere(text), elsewhere, "{text}");
        }
    }

    #[test]
    fn labels() {
        assert!(is_stock_label("disponibilité :", true));
        assert!(is_stock_label("availability: in stock", false));
        assert!(!is_stock_label("availability: in stock", true));
        assert!(!is_stock_label("prix", true));
    }

    #[test]
    fn one_line_is_several_sentences() {
        assert_eq!(sentences("Épuisé. Voir le modèle B, en stock.").collect::<Vec<_>>(), ["Épuisé.", "Voir le modèle B, en stock."]);
    }
}
