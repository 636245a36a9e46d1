//! What a label stands for, in the words of shops.

/// What a label stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Sku,
    /// An article number when nothing better is labelled.
    Model,
    Style,
    Mpn,
    Code,
    Brand,
    Size,
    Category,
}

pub(super) fn meaning(label: &str) -> Option<Meaning> {
    let plain: String = label.to_lowercase().chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    const CODES: &[&str] = &["ean", "ean13", "gtin", "gtin13", "upc", "isbn", "barcode", "gencod"];
    if words.len() <= 4 && words.iter().any(|word| CODES.contains(word)) {
        return Some(Meaning::Code);
    }
    Some(match words.join(" ").as_str() {
        "sku"
        | "ugs"
        | "no d article"
        | "n d article"
        | "numéro d article"
        | "numéro de produit"
        | "no de produit"
        | "n de produit"
        | "código do produto"
        | "code ugs"
        | "sku number"
        | "sku no"
        | "sku code"
        | "product sku"
        | "item"
        | "item no"
        | "item number"
        | "item code"
        | "item id"
        | "item sku"
        | "product code"
        | "product id"
        | "product no"
        | "product number"
        | "product ref"
        | "product reference"
        | "article"
        | "article number"
        | "article no"
        | "art"
        | "art no"
        | "art nr"
        | "artikelnr"
        | "artikel nr"
        | "artikelnummer"
        | "artikel nummer"
        | "bestellnummer"
        | "bestell nr"
        | "best nr"
        | "produktnummer"
        | "référence"
        | "reference"
        | "réf"
        | "ref"
        | "ref no"
        | "référence produit"
        | "ref produit"
        | "réf produit"
        | "réf article"
        | "référence article"
        | "code produit"
        | "code article"
        | "code"
        | "stock code"
        | "stock no"
        | "stock number"
        | "catalog"
        | "catalog no"
        | "catalog number"
        | "catalogue number"
        | "cat no"
        | "cat"
        | "codice"
        | "codice articolo"
        | "codice prodotto"
        | "cod"
        | "cod articolo"
        | "referencia"
        | "código"
        | "código de producto"
        | "cód"
        | "referência"
        | "artikelcode"
        | "productcode"
        | "productnummer"
        | "bestelnummer"
        | "varenummer"
        | "varenr"
        | "order code"
        | "order no"
        | "web id"
        | "pzn"
        | "minsan"
        | "codice minsan"
        | "cn"
        | "código nacional"
        | "codigo nacional"
        | "item #"
        | "sku #"
        | "acl"
        | "cip" => Meaning::Sku,
        "style" | "style no" | "style number" | "style code" | "style id" => Meaning::Style,
        "model" | "model no" | "model number" | "model name" | "modèle" | "modell" | "modello" | "modelo" | "part" | "part no"
        | "part number" | "modellnummer" | "modelnummer" => Meaning::Model,
        "mpn"
        | "mfr part"
        | "mfr part no"
        | "mfr part number"
        | "mfr"
        | "mfr no"
        | "mfg part"
        | "mfg part no"
        | "mfg part number"
        | "manufacturer part"
        | "manufacturer part number"
        | "manufacturer part no"
        | "manufacturer s part number"
        | "manufacturer number"
        | "manufacturer sku"
        | "vendor part number"
        | "herstellernummer"
        | "hersteller nr"
        | "hersteller artikelnummer"
        | "han"
        | "référence fabricant"
        | "réf fabricant"
        | "ref fabricant"
        | "réf constructeur"
        | "référence constructeur"
        | "ref fabricante"
        | "referencia fabricante"
        | "codice produttore"
        | "fabrikantnummer" => Meaning::Mpn,
        "ean" | "ean 13" | "ean13" | "code ean" | "ean code" | "code ean13" | "ean gtin" | "gtin" | "gtin 13" | "gtin ean" | "upc"
        | "upc code" | "upc a" | "code barre" | "code barres" | "code à barres" | "barcode" | "gencod" | "isbn" | "isbn 13" | "isbn13"
        | "strichcode" | "código de barras" | "codice ean" | "codice a barre" | "código ean" => Meaning::Code,
        "brand" | "brand name" | "marque" | "marke" | "marca" | "merk" | "manufacturer" | "fabricant" | "hersteller" | "fabricante"
        | "produttore" | "fabrikant" | "laboratoire" | "maker" | "märke" | "mærke" | "marque du produit" | "producer" | "publisher"
        | "vendor" | "éditeur" | "fabbricante" | "designed by" | "made by" => Meaning::Brand,
        "contenance" | "volume" | "volume net" | "poids net" | "contenu" | "contenu net" | "net content" | "net contents"
        | "net weight" | "net wt" | "inhalt" | "nettoinhalt" | "füllmenge" | "contenido" | "contenido neto" | "contenuto" | "inhoud"
        | "conditionnement" | "capacité" | "quantité" | "size" | "taille" | "format" | "packungsgröße" | "pack size" | "conteúdo" => {
            Meaning::Size
        }
        "category" | "catégorie" | "kategorie" | "categoría" | "categoria" | "categorie" => Meaning::Category,
        _ => return None,
    })
}
