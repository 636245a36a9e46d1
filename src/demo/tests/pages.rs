//! Every address, answer and page of the three shops, and the traps in them.

use super::*;

/// What the shop's own search makes of a barcode: the path of the page.
async fn cocooncenter_path(shop: &DemoShop, ean: &str) -> Option<String> {
    let reply = send(shop.origin(), "POST", "/index/search/searchVue", &[AJAX, FORM], &format!("recherche={ean}")).await.unwrap();
    let answer = reply.json();
    let vue = answer["vue"].as_str().unwrap();
    let hrefs: Vec<&str> = vue.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(answer["nb_total"] == 0, hrefs.is_empty());
    hrefs.into_iter().find(|href| !href.starts_with("/c/") && !href.starts_with("/cp/")).map(str::to_owned)
}

async fn cocooncenter_page(shop: &DemoShop, ean: &str) -> Reply {
    let path = cocooncenter_path(shop, ean).await.unwrap();
    get(shop.origin(), &path).await
}

async fn gdd_page(shop: &DemoShop, ean: &str) -> Reply {
    let reply = get(shop.origin(), &format!("/fr/search?q={ean}")).await;
    assert_eq!(reply.status, 302);
    get(shop.origin(), reply.header("location").unwrap()).await
}

async fn doofinder(shop: &DemoShop, query: &str) -> Value {
    let origin = shop.origin().origin().ascii_serialization();
    let path = format!("/5/search?hashid={HASHID}&rpp=20&query={query}");
    let reply = send(shop.search_origin(), "GET", &path, &[("Origin", &origin), ("Referer", shop.origin().as_str())], "").await.unwrap();
    assert_eq!(reply.status, 200);
    reply.json()
}

async fn drakkars_hit(shop: &DemoShop, hit: &Value) -> Reply {
    let link = Url::parse(hit["link"].as_str().unwrap()).unwrap();
    assert_eq!(link.origin(), shop.origin().origin());
    assert!(link.query().unwrap().starts_with("mcs="));
    get(shop.origin(), link.path()).await
}

#[tokio::test]
async fn cocooncenter_search_wants_its_form_and_header() {
    let shops = shops().await;
    let shop = &shops.cocooncenter;
    for (headers, body) in [(&[FORM][..], "recherche=0748322148474"), (&[AJAX, FORM], "autre=1"), (&[AJAX], "recherche=1")] {
        assert_eq!(send(shop.origin(), "POST", "/index/search/searchVue", headers, body).await.unwrap().status, 400);
    }
    let path = cocooncenter_path(shop, "0748322148474").await.unwrap();
    assert_eq!(path, "/maison-orvane-huile-seche-sublimante-50-ml/748210.html");
    assert_eq!(cocooncenter_path(shop, UNKNOWN_EAN).await, None);
    let human = get(shop.origin(), "/?search=0748322148474").await;
    assert!(human.body.contains(&path));
    assert_eq!(get(shop.origin(), "/?search=rien").await.texts("#msg_erreur_listing").len(), 1);
    assert_eq!(get(shop.origin(), "/ailleurs/748210.html").await.header("location"), Some(path.as_str()));
    assert_eq!(get(shop.origin(), "/rien/1.html").await.texts("#erreur_http").len(), 1);
}

#[tokio::test]
async fn cocooncenter_pages() {
    let shops = shops().await;
    let shop = &shops.cocooncenter;
    let graph = cocooncenter_page(shop, "0748322148474").await;
    let (blocks, _) = graph.json_ld();
    assert_eq!(blocks[0]["@graph"][2]["gtin13"], "0748322148474");
    assert_eq!(blocks[0]["@graph"][2]["offers"]["price"], "7.90");
    assert!((50_000..80_000).contains(&graph.body.len()), "{}", graph.body.len());

    let plain = cocooncenter_page(shop, "0748322148481").await;
    assert_eq!(plain.texts(".prix_fiche_produit [itemprop=price]"), ["14,90\u{a0}€"]);
    assert_eq!(plain.texts(".prix_fiche_produit .prix_barre"), ["18,90\u{a0}€"]);
    assert!(plain.texts(".prix_unitaire")[0].contains("74,50\u{a0}€ / L"));
    assert_eq!(plain.texts("[id^=prix_fiche_produit_]").len(), 1);

    let bare = cocooncenter_page(shop, "0748322148863").await;
    assert_eq!(bare.json_ld(), (vec![], 0));
    assert_eq!(bare.texts("h1.titre_produit"), ["Maison Orvane Crème Mains Réparatrice au Karité 75 ml"]);
    assert_eq!(bare.texts("[itemprop=brand]"), ["Maison Orvane"]);
    assert_eq!(bare.texts(".type_info_prio_cab_0"), ["0748322148863"]);
    assert_eq!(bare.texts(".type_info_prio_3_1"), ["75 ml"]);
    assert!(bare.texts("div.longcompo")[0].starts_with("AQUA (WATER)"));
    assert_eq!(bare.texts(".bvseo-review [itemprop=author] [itemprop=name]"), ["Sophie L.", "Gérard"]);
    assert_eq!(bare.texts(".bvseo-review [itemprop=name]").len(), 4);
    assert_eq!(bare.texts(".bvseo-ratingValue"), ["4,5"]);

    let broken = cocooncenter_page(shop, "3701129820322").await;
    assert_eq!((broken.json_ld().0.len(), broken.json_ld().1), (1, 1));
    let specified = cocooncenter_page(shop, "3701129811962").await.product();
    assert_eq!((&specified["offers"]["priceSpecification"]["price"], &specified["offers"]["price"]), (&"9.90".into(), &Value::Null));
}

#[tokio::test]
async fn the_barcodes_beyond_the_eight() {
    let shops = shops().await;
    let shop = &shops.cocooncenter;
    let unverified = cocooncenter_page(shop, UNVERIFIED_EAN).await;
    assert_eq!(unverified.status, 200);
    assert!(!unverified.body.contains(UNVERIFIED_EAN) && unverified.product()["gtin13"].is_null());
    let digits: Vec<&str> = unverified.body.split(|character: char| !character.is_ascii_digit()).filter(|run| run.len() >= 8).collect();
    assert!(digits.iter().all(|run| crate::Gtin::parse(run).is_err()), "{digits:?}");
    assert_eq!(cocooncenter_page(shop, DISCONTINUED_EAN).await.status, 410);
    assert_eq!(gdd_page(&shops.pharma_gdd, REPLACEMENT_EAN).await.product()["gtin13"], REPLACEMENT_EAN);
    for unknown in [REPLACED_EAN, UNKNOWN_EAN] {
        assert_eq!(cocooncenter_path(shop, unknown).await, None);
        assert_eq!(get(shops.pharma_gdd.origin(), &format!("/fr/search?q={unknown}")).await.status, 200);
        let guess = doofinder(&shops.drakkars, unknown).await;
        assert_eq!((&guess["query_name"], &guess["total"]), (&"fuzzy".into(), &2.into()));
    }
}

#[tokio::test]
async fn pharma_gdd_searches() {
    let shops = shops().await;
    let origin = shops.pharma_gdd.origin();
    let ask = async |ean: &str| send(origin, "GET", &format!("/fr/search/autocomplete?s={ean}"), &[AJAX], "").await.unwrap().json();
    let one = ask("3701129811955").await;
    assert_eq!((&one["length"], &one["variant_1"]["href"]), (&1.into(), &"/fr/dermalise-sensiclair-eau-micellaire-500-ml".into()));
    assert_eq!(ask("huile").await["length"], 3);
    assert_eq!(ask(UNKNOWN_EAN).await, serde_json::json!([]));
    assert_eq!(get(origin, "/fr/search/autocomplete?s=3701129811955").await.status, 403);
    let nothing = get(origin, "/fr/search?q=3665606002802").await;
    assert!(nothing.status == 200 && nothing.body.contains("Aucun résultat"));
    assert_eq!(get(origin, "/fr/search?q=Dermalise").await.header("location"), Some("/fr/marque/dermalise"));
    assert_eq!(get(origin, "/fr/marque/dermalise").await.status, 200);
    assert_eq!(get(origin, "/fr/rien").await.status, 404);
    assert_eq!(get(origin, "/sitemap-product.xml").await.body.matches("<loc>").count(), 8);
}

#[tokio::test]
async fn pharma_gdd_pages() {
    let shops = shops().await;
    let shop = &shops.pharma_gdd;
    let page = gdd_page(shop, "0748322148474").await;
    assert_eq!(page.product()["offers"][0]["price"], "7.49");
    assert_eq!(page.product()["aggregateRating"]["ratingCount"], 3);
    assert_eq!(page.texts("span[data-js-product-price]"), ["7,49\u{a0}€"]);
    assert_eq!(page.texts("span[data-js-product-reference]"), ["0748322148474"]);
    assert_eq!(page.texts("a.brand"), ["Maison Orvane"]);
    assert!(page.texts("#Composition .text")[0].starts_with("CAPRYLIC/CAPRIC") && page.texts("#usages .text")[0].starts_with("Vaporiser"));
    assert_eq!(page.texts(".flip-card .author"), ["par Claire D.", "par Nadège", "par Hélène & Marc"]);
    assert_eq!(page.texts(".flip-card i[data-icon=star]").len(), 14);
    assert_eq!(gdd_page(shop, "0748322148863").await.product()["offers"][0]["price"], serde_json::json!(7.10));
    let broken = gdd_page(shop, "0748322148481").await.json_ld();
    assert_eq!((broken.0.len(), broken.1), (1, 1));
    let neighbour = gdd_page(shop, "3701129811962").await;
    assert_eq!((neighbour.json_ld().1, &neighbour.product()["gtin13"]), (1, &"3701129811962".into()));
}

#[tokio::test]
async fn drakkars_pages() {
    let shops = shops().await;
    let shop = &shops.drakkars;
    let found = doofinder(shop, "0748322148481").await;
    assert_eq!((&found["query_name"], &found["total"]), (&"match_and".into(), &1.into()));
    assert_eq!(found["results"][0]["references"], "0748322148474, 0748322148481, 0748322148498");
    let group = drakkars_hit(shop, &found["results"][0]).await;
    let variants = group.product()["hasVariant"].clone();
    let told: Vec<(&str, &str)> =
        variants.as_array().unwrap().iter().map(|v| (v["gtin13"].as_str().unwrap(), v["offers"]["price"].as_str().unwrap())).collect();
    assert_eq!(told, [("0748322148474", "8.20"), ("0748322148481", "13.90"), ("0748322148498", "23.50")]);
    assert_eq!(variants[2]["offers"]["availability"], "https://schema.org/OutOfStock");
    // Without a size in the address, the page shows the first.
    assert_eq!(group.texts("#product_reference"), ["0748322148474"]);
    let own = Url::parse(variants[1]["url"].as_str().unwrap()).unwrap();
    let chosen = get(shop.origin(), own.path()).await;
    assert_eq!(chosen.texts("#product_price > span > strong"), ["13,90"]);
    assert_eq!(chosen.texts(".pdt-detail-price strong"), ["13,90"]);
    assert_eq!(chosen.texts("span.text-bold")[0], "4,7/5 | 3");
    assert_eq!(chosen.texts(".fa-4x.text-bold.has-color-theme"), ["100%"]);
    assert_eq!(chosen.texts("#avis .avis").len(), 3);

    let upc = drakkars_hit(shop, &doofinder(shop, "0748322148863").await["results"][0]).await;
    assert_eq!((upc.product()["gtin13"].as_str(), upc.body.contains("0748322148863")), (Some("748322148863"), false));
    assert_eq!(doofinder(shop, "748322148863").await["total"], 1);
    let list = get(shop.origin(), "/dermalise-photoclair-fluide-invisible-spf50?mcs=1").await.product();
    assert_eq!(list["offers"][0]["price"], "17.40");
    assert_eq!(get(shop.origin(), "/dermalise-sensiclair-eau-micellaire").await.product()["offers"]["lowPrice"], "12.50");
    assert_eq!(get(shop.origin(), "/rien").await.status, 404);
    // Three sizes share a page.
    assert_eq!(get(shop.origin(), "/sitemap-products.xml").await.body.matches("<loc>").count(), 8);
}

#[tokio::test]
async fn the_first_hit_is_the_wrong_product() {
    let shops = shops().await;
    let shop = &shops.drakkars;
    for (wanted, wrong) in WRONG_HITS {
        let found = doofinder(shop, wanted).await;
        let first = &found["results"][0];
        assert_eq!(drakkars_hit(shop, first).await.product()["gtin13"], wrong);
        // In two of three cases the hit itself claims the wanted code.
        let claims = first["references"].as_str().unwrap().contains(wanted);
        assert_eq!(claims, wanted != "3701129820322", "{wanted}");
        let second = &found["results"][1];
        if wanted == "3665606002802" {
            assert!(second.is_null());
        } else {
            assert_eq!(drakkars_hit(shop, second).await.product()["gtin13"], wanted);
        }
    }
}

#[tokio::test]
async fn doofinder_answers_its_own_shop_only() {
    let shops = shops().await;
    let search = shops.drakkars.search_origin();
    assert_ne!(search, shops.drakkars.origin());
    let real = ("Referer", "https://www.pharmaciedesdrakkars.com/huile");
    let ask = async |path: &str, header: (&str, &str)| send(search, "GET", path, &[header], "").await.unwrap();
    let known = format!("/5/search?hashid={HASHID}&query=0748322148474");
    let refused = ask(&known, ("Origin", "https://elsewhere.example")).await;
    assert_eq!((refused.status, refused.json()["error"].as_str()), (403, Some("Forbidden origin")));
    assert_eq!(get(search, &known).await.status, 403);
    assert_eq!(ask(&known, real).await.status, 200);
    assert_eq!(ask("/5/search?hashid=0123&query=1", real).await.status, 404);
    assert_eq!(
        ask(&format!("/6/{HASHID}/_search?query=3701129811955&rpp=1&page=2"), real).await.json()["results"][0]["id"],
        "dermalise-sensiclair-eau-micellaire"
    );
    assert_eq!(ask(&format!("/6/{HASHID}/_search?query={}", "a".repeat(201)), real).await.status, 400);
}

#[tokio::test]
async fn generated_products_are_everywhere() {
    let shops = shops().await;
    let ean = bulk_ean(41);
    let coco = cocooncenter_page(&shops.cocooncenter, &ean).await;
    let gdd = gdd_page(&shops.pharma_gdd, &ean).await;
    let drakkars = drakkars_hit(&shops.drakkars, &doofinder(&shops.drakkars, &ean).await["results"][0]).await;
    for (page, least) in [(coco, 50_000), (gdd, 70_000), (drakkars, 90_000)] {
        assert_eq!(page.product()["gtin13"], ean.as_str());
        assert!((least..least + 30_000).contains(&page.body.len()), "{}", page.body.len());
    }
    assert_eq!(cocooncenter_path(&shops.cocooncenter, &bulk_ean(42)).await, None);
    assert_eq!(get(shops.pharma_gdd.origin(), &format!("/fr/search?q={}", bulk_ean(45))).await.status, 200);
    assert_eq!(doofinder(&shops.drakkars, &bulk_ean(48)).await["total"], 0);
}

#[tokio::test]
async fn pictures_robots_and_home_pages() {
    let shops = shops().await;
    for (_, shop) in shops.shops() {
        assert!(get(shop.origin(), "/robots.txt").await.body.starts_with("User-agent: *"));
        assert!(get(shop.origin(), "/").await.body.contains("démonstration"));
        assert_eq!(get(shop.origin(), "/media/1.svg").await.header("content-type"), Some("image/svg+xml"));
    }
}

#[tokio::test]
async fn every_picture_of_a_page_is_served() {
    let shops = shops().await;
    let page = cocooncenter_page(&shops.cocooncenter, "0748322148474").await;
    for picture in page.json_ld().0[0]["@graph"][2]["image"].as_array().unwrap() {
        let url = Url::parse(picture.as_str().unwrap()).unwrap();
        let address = url.socket_addrs(|| None).unwrap()[0];
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {} HTTP/1.1\r\nHost: demo\r\nConnection: close\r\n\r\n", url.path());
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn a_page_has_an_etag_by_which_it_need_not_be_sent_again() {
    let shops = shops().await;
    for path in ["/", "/robots.txt"] {
        let first = get(shops.drakkars.origin(), path).await;
        let etag = first.header("etag").unwrap().to_owned();
        let ask = async |known: &str| send(shops.drakkars.origin(), "GET", path, &[("If-None-Match", known)], "").await.unwrap();
        let (same, other) = (ask(&etag).await, ask("\"another\"").await);
        assert_eq!((same.status, same.body.as_str(), same.header("etag")), (304, "", Some(etag.as_str())));
        assert_eq!((other.status, &other.body), (200, &first.body));
    }
    assert_eq!(get(shops.drakkars.origin(), "/nowhere").await.header("etag"), None);
}
