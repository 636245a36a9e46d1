//! Addresses of one picture, and addresses that only look like it.

use std::collections::BTreeSet;

use super::*;

fn of(url: &str) -> (String, Option<u32>) {
    let url = Url::parse(url).unwrap();
    (identity(&url), size_hint(&url))
}

/// Each line: addresses of one picture, with the pixels that each tells.
#[test]
fn sizes_of_one_picture() {
    let same: &[&[(&str, Option<u32>)]] = &[
        // WordPress and WooCommerce
        &[
            ("https://x.fr/wp-content/uploads/2024/05/gel-douche.jpg", None),
            ("https://x.fr/wp-content/uploads/2024/05/gel-douche-300x300.jpg", Some(300)),
            ("https://x.fr/wp-content/uploads/2024/05/gel-douche-768x1024.jpg", Some(1024)),
            ("https://x.fr/wp-content/uploads/2024/05/gel-douche-scaled.jpg", None),
            ("https://x.fr/wp-content/uploads/2024/05/gel-douche-300x300.jpg.webp", Some(300)),
            ("https://i0.wp.com/x.fr/wp-content/uploads/2024/05/gel-douche.jpg?resize=600%2C600&ssl=1", Some(600)),
        ],
        // PrestaShop: in the folder, in the name, and as it was before 1.5
        &[
            ("https://x.fr/1234-large_default/gel-douche.jpg", Some(800)),
            ("https://x.fr/1234-home_default/gel-douche.jpg", Some(250)),
            ("https://x.fr/1234-home_default_2x/gel-douche.webp", Some(250)),
            ("https://x.fr/1234-prdct_list_default/gel-douche.jpg", None),
        ],
        &[("https://x.fr/img/p/1/2/12-large_default.jpg", Some(800)), ("https://x.fr/img/p/1/2/12.jpg", None)],
        &[("https://x.fr/12-34-large/gel.jpg", None)],
        &[("https://x.fr/img/p/12-34-large.jpg", Some(800)), ("https://x.fr/img/p/12-34-home.jpg", Some(250))],
        // Magento 2 and 1
        &[
            ("https://x.fr/media/catalog/product/cache/9df78eab33525d08d6e5fb8d27136e95/g/e/gel.jpg", None),
            ("https://x.fr/media/catalog/product/g/e/gel.jpg", None),
            ("https://x.fr/media/catalog/product/cache/1/image/600x800/9df78eab33525d08d6e5fb8d27136e95/g/e/gel.jpg", Some(800)),
            ("https://x.fr/media/catalog/product/cache/1/thumbnail/75x/17f82f742ffe127f42dca9de82fb58b1/g/e/gel.jpg", Some(75)),
            ("https://x.fr/media/catalog/product/g/e/gel.jpg?quality=80&fit=bounds&height=700&width=700&canvas=700:700", Some(700)),
        ],
        // Symfony
        &[
            ("https://x.fr/media/cache/resolve/product_thumb/ab/cd/gel.png", None),
            ("https://x.fr/media/cache/product_large/ab/cd/gel.webp", None),
        ],
        // Shopify
        &[
            ("https://cdn.shopify.com/s/files/1/0001/products/gel.jpg?v=1690000000", None),
            ("https://cdn.shopify.com/s/files/1/0001/products/gel_800x.jpg?v=1690000001", Some(800)),
            ("https://cdn.shopify.com/s/files/1/0001/products/gel_800x800_crop_center@2x.jpg", Some(800)),
            ("https://cdn.shopify.com/s/files/1/0001/products/gel_x60.jpg", Some(60)),
            ("https://cdn.shopify.com/s/files/1/0001/products/gel_grande.jpg", Some(600)),
            ("https://cdn.shopify.com/s/files/1/0001/products/gel_800x.progressive.png.jpg", Some(800)),
        ],
        &[
            ("https://x.fr/cdn/shop/files/gel.jpg?v=1690000000&width=1946", Some(1946)),
            ("https://x.fr/cdn/shop/files/gel_large.jpg", Some(480)),
        ],
        // Amazon
        &[
            ("https://m.media-amazon.com/images/I/71aB+cD-eFL._AC_SL1500_.jpg", Some(1500)),
            ("https://m.media-amazon.com/images/I/71aB+cD-eFL._AC_SX342_SY445_.jpg", Some(445)),
            ("https://m.media-amazon.com/images/I/71aB+cD-eFL._SR38,50_.jpg", Some(38)),
            ("https://m.media-amazon.com/images/I/71aB+cD-eFL.jpg", None),
        ],
        &[("https://x.fr/i/gel_SL1500_.jpg", Some(1500)), ("https://x.fr/i/gel.jpg", None)],
        // Cloudinary, ImageKit, imgix, Cloudflare, Next.js, Wix
        &[
            ("https://res.cloudinary.com/x/image/upload/w_300,h_300,c_fill/v17/gel.jpg", Some(300)),
            ("https://res.cloudinary.com/x/image/upload/c_fill,w_900/f_auto,q_auto/v17/gel.jpg", Some(900)),
            ("https://res.cloudinary.com/x/image/upload/v17/gel.avif", None),
        ],
        &[("https://x.fr/w_300,h_300/gel.jpg", Some(300)), ("https://x.fr/gel.jpg", None)],
        &[("https://ik.imagekit.io/x/tr:w-300,h-200/gel.jpg", Some(300)), ("https://ik.imagekit.io/x/gel.jpg", None)],
        &[
            ("https://x.imgix.net/gel.jpg?w=400&h=300&fit=crop&auto=format&dpr=2&s=0a1b", Some(400)),
            ("https://x.imgix.net/gel.jpg?w=800&s=ffff", Some(800)),
            ("https://x.imgix.net/gel.jpg", None),
        ],
        &[("https://x.fr/cdn-cgi/image/width=300,quality=75/media/gel.jpg", None), ("https://x.fr/media/gel.jpg", None)],
        &[("https://x.fr/_next/image?url=%2Fmedia%2Fgel.png&w=640&q=75", Some(640)), ("https://x.fr/media/gel.png", None)],
        &[
            ("https://static.wixstatic.com/media/ab_12~mv2.jpg/v1/fill/w_300,h_200,al_c,q_80/gel.jpg", Some(300)),
            ("https://static.wixstatic.com/media/ab_12~mv2.jpg/v1/fill/w_900,h_600,al_c,q_80/gel.jpg", Some(900)),
        ],
        // Demandware, Scene7
        &[
            ("https://x.fr/dw/image/v2/AB/on/gel.jpg?sw=300&sh=300&sm=fit&q=80", Some(300)),
            ("https://x.fr/dw/image/v2/AB/on/gel.jpg?sw=1200&sh=1200", Some(1200)),
        ],
        &[
            ("https://s7.scene7.com/is/image/B/gel?wid=300&hei=400&fmt=webp", Some(400)),
            ("https://s7.scene7.com/is/image/B/gel?$large$", None),
        ],
        // Folders and services of one's own
        &[
            ("https://x.fr/resize/300x300/produits/gel.jpg", Some(300)),
            ("https://x.fr/resize/600/produits/gel.jpg", Some(600)),
            ("https://x.fr/600x600/produits/gel.jpg", Some(600)),
            ("https://x.fr/produits/gel.jpg", None),
        ],
        &[
            ("https://x.fr/images/stencil/500x659/products/1/gel.386.513.jpg", Some(659)),
            ("https://x.fr/images/stencil/1280w/products/1/gel.jpg", Some(1280)),
        ],
        &[("https://x.fr/sites/default/files/styles/large/public/gel.jpg", None), ("https://x.fr/sites/default/files/gel.jpg", None)],
        &[("https://x.fr/gel.jpg/700x700", Some(700)), ("https://x.fr/gel.jpg", None)],
        &[
            ("https://x.fr/gel@2x.png", None),
            ("https://x.fr/gel.png", None),
            ("https://x.fr/gel_200x200.png", Some(200)),
            ("https://x.fr/gel-w600.PNG", Some(600)),
        ],
        &[("https://ae01.alicdn.com/kf/Abc.jpg_640x640.jpg_.webp", Some(640)), ("https://ae01.alicdn.com/kf/Abc.jpg_.webp", None)],
        &[("https://ae01.alicdn.com/kf/Abc.jpg_640x640.jpg", Some(640)), ("https://ae01.alicdn.com/kf/Abc.jpg", None)],
        &[("https://i.ebayimg.com/images/g/AbC/s-l500.jpg", Some(500)), ("https://i.ebayimg.com/images/g/AbC/s-l1600.webp", Some(1600))],
        &[
            ("https://i.etsystatic.com/1/r/il/ab/12/il_794xN.12_ab.jpg", Some(794)),
            ("https://i.etsystatic.com/1/r/il/ab/12/il_340x270.12_ab.jpg", Some(340)),
        ],
        &[("https://lh3.googleusercontent.com/AbC-d=w300-h200", Some(300)), ("https://lh3.googleusercontent.com/AbC-d=s1024", Some(1024))],
        &[("http://x.fr/gel.jpg?w=300&id=7", Some(300)), ("https://x.fr/gel.webp?id=7", None)],
        &[("https://x.fr/p/8f14/300x300.jpg", Some(300)), ("https://x.fr/p/8f14/1200x1200.jpg", Some(1200))],
    ];
    for line in same {
        let first = of(line[0].0).0;
        for (url, hint) in *line {
            assert_eq!(of(url), (first.clone(), *hint), "{url}");
        }
    }
}

/// No two of a line are one picture.
#[test]
fn different_pictures() {
    for line in [
        &["https://x.fr/gel-1.jpg", "https://x.fr/gel-2.jpg", "https://x.fr/gel.jpg"] as &[&str],
        &["https://x.fr/3665606002802_1.jpg", "https://x.fr/3665606002802_2.jpg"],
        &["https://x.fr/IMG_1200.jpg", "https://x.fr/IMG_1201.jpg"],
        &["https://x.fr/gel-200x200ml.jpg", "https://x.fr/gel-300x300ml.jpg", "https://x.fr/gel.jpg"],
        &["https://x.fr/lot-2x50.jpg", "https://x.fr/lot-3x50.jpg", "https://x.fr/lot.jpg"],
        &["https://x.fr/cadre-30x40.jpg", "https://x.fr/cadre-50x70.jpg"],
        &["https://x.fr/ampoule-60w.jpg", "https://x.fr/ampoule-100w.jpg"],
        &["https://x.fr/creme-50ml.jpg", "https://x.fr/creme-200ml.jpg"],
        &["https://x.fr/gel_x2.jpg", "https://x.fr/gel_x3.jpg"],
        &["https://x.fr/gel-small.jpg", "https://x.fr/gel-large.jpg"],
        &["https://x.fr/gel_large.jpg", "https://x.fr/gel_small.jpg"],
        &["https://x.fr/1234-large_default/gel.jpg", "https://x.fr/1235-large_default/gel.jpg"],
        &["https://x.fr/img/p/12.jpg", "https://x.fr/img/p/13.jpg", "https://x.fr/img/p/12-34.jpg"],
        &["https://x.fr/image.php?id=1&w=300", "https://x.fr/image.php?id=2&w=300"],
        &["https://x.fr/image?sku=1&v=1", "https://x.fr/image?sku=1&v=2"],
        &["https://x.fr/image?h=abcdef", "https://x.fr/image?h=abcdee"],
        &["https://x.fr/image?size=gel", "https://x.fr/image?size=creme"],
        &["https://x.fr/_next/image?url=%2Fa.png&w=640", "https://x.fr/_next/image?url=%2Fb.png&w=640"],
        &["https://x.fr/a/gel.jpg", "https://x.fr/b/gel.jpg", "https://y.fr/a/gel.jpg"],
        &["https://x.fr/gel.jpg", "https://x.fr/gel.svg", "https://x.fr/gel.gif", "https://x.fr/gel.mp4"],
        &["https://x.fr/gel.mp4", "https://x.fr/gel.mp3"],
        &["https://x.fr/media/cache/deo.jpg", "https://x.fr/media/cache/gel.jpg"],
        &["https://x.fr/cache/9df78eab/gel.jpg", "https://x.fr/cache/9df78eac/gel.jpg"],
        &["https://x.fr/upload/ab_gel/1.jpg", "https://x.fr/upload/ab_creme/1.jpg"],
        &["https://m.media-amazon.com/images/I/71aBcDeFL._AC_SL1500_.jpg", "https://m.media-amazon.com/images/I/81aBcDeFL._AC_SL1500_.jpg"],
        &["https://x.fr/v1.2.3/gel.jpg", "https://x.fr/v1.2.4/gel.jpg"],
        &["https://x.fr/gel.10.20.jpg", "https://x.fr/gel.10.30.jpg"],
        &["https://i.ebayimg.com/images/g/AbC/s-l500.jpg", "https://i.ebayimg.com/images/g/AbD/s-l500.jpg"],
        &["https://x.fr/0748322148474.jpg", "https://x.fr/0748322148481.jpg"],
        &["https://x.fr/x/200_50.jpg", "https://x.fr/x/200_60.jpg"],
    ] {
        let all: BTreeSet<String> = line.iter().map(|url| of(url).0).collect();
        assert_eq!(all.len(), line.len(), "{all:?}");
    }
}

#[test]
fn photon_names_the_site_whose_picture_it_is() {
    let (inner, hint) = of("https://i0.wp.com/x.fr/uploads/gel-300x300.jpg?resize=600%2C600&ssl=1");
    assert_eq!((inner.as_str(), hint), ("x.fr/uploads/gel", Some(600)));
}
