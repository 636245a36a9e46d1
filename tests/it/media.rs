//! Pictures, films and sounds: nothing is asked for unless it is wanted, and then what they really are is told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use glaneur::demo::{Behaviour, DemoShops, EANS};
use glaneur::{Batch, Event, Glaneur, ItemResult, Media, MediaMode, Product, Recipe, ShopStatus, egress, scrape};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_stream::StreamExt;

use crate::house::{Answer, client};
use crate::process::{self, Process};

/// A shop with one page, whose pictures are `media`.
struct Shop {
    address: SocketAddr,
    _server: JoinSet<()>,
}

impl Shop {
    async fn open(media: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sheet = json!({"@type": "Product", "name": "Gel", "gtin13": EANS[0], "image": media});
        let page = format!("<script type=\"application/ld+json\">{sheet}</script>");
        let router = Router::new()
            .route("/search", get(async || Html("<a class=hit href=\"/gel\">Gel</a>")))
            .route("/gel", get(async move || Html(page)));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, _server: server }
    }

    /// `media`: a line of the recipe.
    fn recipe(&self, media: &str) -> Recipe {
        let text = format!(
            "name = 'little'\ntitle = 'Little'\norigin = 'http://{}'\n{media}\npace = {{ interval = '0s', jitter = '0s' }}\n\
             [[search]]\npath = '/search'\nhits = {{ css = 'a.hit' }}",
            self.address
        );
        Recipe::parse(&text, "little.toml").unwrap()
    }
}

async fn look(recipe: Recipe, settings: scrape::Settings, media: Option<MediaMode>) -> ItemResult {
    let egress = egress::Settings { allow_private: ["127.0.0.1"].into_iter().collect(), ..egress::Settings::default() };
    let glaneur = Glaneur::builder().recipe(recipe).egress(egress).settings(settings).build().await.unwrap();
    let batch = Batch { media, ..Batch::parse([EANS[0]]).unwrap().shops(["little"]) };
    let events: Vec<Event> = glaneur.scrape(batch).unwrap().collect().await;
    events.into_iter().find_map(|event| if let Event::Result(result) = event { Some(*result) } else { None }).unwrap()
}

fn product(result: &ItemResult) -> &Product {
    let outcome = &result.shops[0];
    assert_eq!(outcome.status, ShopStatus::Found, "{outcome:#?}");
    outcome.product.as_deref().unwrap()
}

fn probing() -> scrape::Settings {
    scrape::Settings { media: MediaMode::Probe, ..scrape::Settings::default() }
}

fn brief(media: &Media) -> String {
    let name = media.url.rsplit('/').next().unwrap();
    let size = media.width.zip(media.height).map(|(width, height)| format!(" {width}x{height}")).unwrap_or_default();
    let duration = media.duration.map(|seconds| format!(" {seconds:.2}s")).unwrap_or_default();
    let codec = media.codec.as_deref().map(|codec| format!(" {codec}")).unwrap_or_default();
    format!("{name} {}{size}{duration}{codec}", media.media_type.as_deref().unwrap_or("?"))
}

fn briefs(media: &[Media]) -> Vec<String> {
    media.iter().map(brief).collect()
}

fn media_hits(shops: &DemoShops) -> Vec<String> {
    shops.shops().iter().flat_map(|(_, shop)| shop.hits()).map(|hit| hit.path).filter(|path| path.starts_with("/media/")).collect()
}

#[tokio::test]
async fn what_the_bytes_say_is_told_on_another_host_than_the_shops() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let at = |file: &str| shops.cocooncenter.origin().join("/media/").unwrap().join(file).unwrap().to_string();
    let files = ["1.svg", "2.png", "3.jpg", "film.mp4", "film.webm", "voice.mp3", "lost.webp", "gone.gif"];
    let shop = Shop::open(files.map(at).to_vec()).await;
    let result = look(shop.recipe(""), probing(), None).await;
    let product = product(&result);
    assert_eq!(
        briefs(&product.images),
        ["1.svg image/svg+xml 600x800", "2.png image/png 120x160", "3.jpg image/png 120x160", "gone.gif ?"],
        "a .jpg is told as the PNG that it is, a page is left out, and what is not there stays as it was listed"
    );
    let mut videos = briefs(&product.videos);
    videos.sort();
    assert_eq!(videos, ["film.mp4 video/mp4 320x180 2.56s h264, aac", "film.webm video/webm 640x360 3.20s vp8"]);
    assert_eq!(briefs(&product.audio), ["voice.mp3 audio/mpeg 2.02s mp3"]);
    // robots.txt, search, page, eight beginnings, and the end of the film.
    assert_eq!((result.shops[0].requests, media_hits(&shops).len()), (12, 9));
}

#[tokio::test]
async fn nothing_is_asked_for_unless_it_is_wanted() {
    let shops = DemoShops::start(Behaviour::immediate()).await.unwrap();
    let picture = shops.cocooncenter.origin().join("/media/2.png").unwrap().to_string();
    let shop = Shop::open(vec![picture]).await;
    use MediaMode::{Listed, Probe};
    // The job goes over the recipe, the recipe over the settings.
    for (job, recipe, settings, asked) in [
        (None, "", Listed, 0),
        (None, "", Probe, 1),
        (None, "media = 'listed'", Probe, 0),
        (None, "media = 'probe'", Listed, 1),
        (Some(Listed), "media = 'probe'", Probe, 0),
        (Some(Probe), "media = 'listed'", Listed, 1),
    ] {
        shops.cocooncenter.forget();
        let result = look(shop.recipe(recipe), scrape::Settings { media: settings, ..scrape::Settings::default() }, job).await;
        assert_eq!(media_hits(&shops).len(), asked, "{job:?} {recipe} {settings:?}");
        assert_eq!(product(&result).images[0].width.is_some(), asked == 1);
    }
    let refused = Recipe::parse("name = 'x'\ntitle = 'x'\norigin = 'https://x.fr'\nmedia = 'all'\n", "x.toml").unwrap_err().to_string();
    assert!(refused.starts_with("x.toml:4:9: media: ") && refused.contains("`listed` or `probe`"), "{refused}");
}

/// A server that knows no ranges: one file never ends, the other is a film whose description it would only give with all the rest.
#[tokio::test]
async fn a_server_without_ranges_is_cut_off() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    let endless = move || async move {
        let head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x58\0\0\x03\x20\x08\x02\0\0\0".to_vec();
        let rest = tokio_stream::iter(std::iter::repeat_with(|| vec![0; 4096]));
        let chunks = tokio_stream::once(head).chain(rest).map(move |chunk| {
            count.fetch_add(chunk.len(), Ordering::Relaxed);
            Ok::<_, std::io::Error>(chunk)
        });
        axum::body::Body::from_stream(chunks)
    };
    let film = [b"\0\0\0\x10ftypisom\0\0\x02\0\0\x03\x0d\x40mdat".to_vec(), vec![0; 200_000 - 8], vec![0; 1000]].concat();
    let router = Router::new().route("/endless.jpg", get(endless)).route("/film.mp4", get(async move || film));
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, router).await.unwrap() });
    let shop = Shop::open(["endless.jpg", "film.mp4"].map(|file| format!("{origin}/{file}")).to_vec()).await;
    let result = look(shop.recipe(""), probing(), None).await;
    let product = product(&result);
    assert_eq!(
        (briefs(&product.images), briefs(&product.videos)),
        (vec!["endless.jpg image/png 600x800".into()], vec!["film.mp4 video/mp4".into()])
    );
    tokio::time::sleep(Duration::from_millis(200)).await;
    // What the sockets hold beside the 64 KB that were read.
    assert!(sent.load(Ordering::Relaxed) < 16 << 20, "{} bytes were sent", sent.load(Ordering::Relaxed));
}

/// A listener that nobody may reach, and how often somebody did.
async fn canary(address: &str) -> (SocketAddr, Arc<AtomicUsize>, JoinSet<()>) {
    let listener = TcpListener::bind(address).await.unwrap();
    let (address, reached) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = reached.clone();
    let mut task = JoinSet::new();
    task.spawn(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    (address, reached, task)
}

#[tokio::test]
async fn a_private_address_is_never_dialled() {
    let (address, reached, _task) = canary("127.0.0.2:0").await;
    let port = address.port();
    // Straight, in other spellings, by a name, and behind a redirect of a host that may be asked.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let detour = listener.local_addr().unwrap();
    let target = format!("http://{address}/a.png");
    let mut server = JoinSet::new();
    let redirect = move || async move { axum::response::Redirect::temporary(&target) };
    server.spawn(async move { axum::serve(listener, Router::new().route("/a.png", get(redirect))).await.unwrap() });
    let media = vec![
        format!("http://{address}/a.png"),
        format!("http://127.0.2:{port}/a.png"),
        format!("http://2130706434:{port}/a.png"),
        format!("http://[::ffff:127.0.0.2]:{port}/a.png"),
        format!("http://0x7f.2:{port}/b.mp4"),
        format!("http://{detour}/a.png"),
    ];
    let shop = Shop::open(media).await;
    let result = look(shop.recipe("media = 'probe'"), scrape::Settings::default(), None).await;
    assert_eq!(reached.load(Ordering::Relaxed), 0);
    let images = &product(&result).images;
    assert!(images.len() >= 3 && images.iter().all(|image| image.media_type.is_none()), "{images:#?}");
    tokio::net::TcpStream::connect(address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(reached.load(Ordering::Relaxed), 1, "the canary sings when it is touched");
}

#[tokio::test]
async fn a_picture_that_never_comes_holds_up_no_product() {
    let (address, reached, _task) = canary("127.0.0.1:0").await;
    let shop = Shop::open(vec![format!("http://{address}/a.png")]).await;
    let settings = scrape::Settings { item_deadline: Duration::from_secs(2), ..probing() };
    let begun = std::time::Instant::now();
    let result = look(shop.recipe(""), settings, None).await;
    assert_eq!((briefs(&product(&result).images), reached.load(Ordering::Relaxed)), (vec!["a.png ?".to_owned()], 1));
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

/// The wish is part of the order on disk: a server that is killed and started again still knows it.
#[tokio::test(flavor = "multi_thread")]
async fn a_jobs_wish_survives_a_restart() {
    let shops = DemoShops::start(Behaviour::fixed(Duration::from_millis(300))).await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let config = process::config(&directory.path().join("data"), &shops, 1, "", "");
    let place = directory.path().to_owned();
    let start = move || Process::serve(&place, &config);
    let start = Arc::new(start);
    let again = start.clone();
    let mut server = tokio::task::spawn_blocking(move || start()).await.unwrap();
    let body = json!({"eans": EANS, "shops": ["cocooncenter"], "media": "probe"});
    let accepted = Answer::of(client().post(format!("{}/api/scrape", server.url.trim_end_matches('/'))).json(&body)).await;
    assert_eq!(accepted.status, 202, "{}", accepted.json);
    let job = accepted.text("job_id").to_owned();
    server.kill();
    shops.cocooncenter.forget();

    let server = tokio::task::spawn_blocking(move || again()).await.unwrap();
    let base = server.url.trim_end_matches('/').to_owned();
    let finished = async {
        loop {
            let shown = Answer::of(client().get(format!("{base}/api/jobs/{job}"))).await.json;
            if shown["state"] == "completed" {
                return shown;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let shown = tokio::time::timeout(Duration::from_secs(60), finished).await.unwrap();
    assert_eq!(shown["media"], "probe");
    let results = Answer::of(client().get(format!("{base}/api/jobs/{job}/results"))).await.json;
    let products = results["results"].as_array().unwrap().iter().filter_map(|result| result["shops"][0]["product"]["images"].as_array());
    let images: Vec<&Value> = products.flatten().collect();
    assert!(images.len() >= 18, "{images:#?}");
    assert!(images.iter().all(|image| image["media_type"].is_string() && image["width"].is_number()), "{images:#?}");
    assert!(!media_hits(&shops).is_empty());
}

#[test]
fn the_command_line_passes_the_wish_on() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let shops = runtime.block_on(DemoShops::start(Behaviour::immediate())).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("glaneur.toml");
    std::fs::write(&file, process::config(directory.path(), &shops, 4, "", "")).unwrap();
    let scrape = |more: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_glaneur"));
        command.args(["scrape", EANS[0], "--shops", "cocooncenter", "--config"]).arg(&file).args(more);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let listed = scrape(&[]);
    assert!(listed["shops"][0]["product"]["images"][0]["width"].is_null(), "{listed}");
    assert_eq!(media_hits(&shops), Vec::<String>::new());
    let probed = scrape(&["--media", "probe"]);
    let images = probed["shops"][0]["product"]["images"].as_array().unwrap();
    let lying = images.iter().find(|image| image["url"].as_str().unwrap().ends_with("-3.jpg")).unwrap();
    assert_eq!((&lying["media_type"], &lying["width"], &lying["height"]), (&json!("image/png"), &json!(120), &json!(160)));
}
