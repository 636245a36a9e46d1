//! Players of other sites inside a page: which recording they play, where a person watches it, and its still picture.

use url::Url;

use super::Kind;

/// A recording on a site of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Player {
    pub kind: Kind,
    /// Where a person watches or hears it: the same for each way of embedding it.
    pub url: Url,
    /// A still, where its address follows from that of the player.
    pub thumbnail: Option<Url>,
}

/// The recording behind the address of an embedded player, or behind that of its page.
pub fn player(url: &Url) -> Option<Player> {
    let host = url.host_str()?.trim_start_matches("www.");
    // Most addresses are no player's, and every picture's is asked.
    let path = || url.path_segments().into_iter().flatten().filter(|segment| !segment.is_empty()).collect::<Vec<&str>>();
    match host {
        "youtube.com" | "m.youtube.com" | "youtube-nocookie.com" | "youtu.be" => youtube(host, &path(), url),
        "vimeo.com" | "player.vimeo.com" => vimeo(&path(), url),
        "dailymotion.com" | "geo.dailymotion.com" | "dai.ly" => dailymotion(host, &path(), url),
        "soundcloud.com" | "w.soundcloud.com" => soundcloud(host, &path(), url),
        "open.spotify.com" | "embed.spotify.com" => spotify(&path()),
        _ if is_under(host, "wistia.net") || is_under(host, "wistia.com") => wistia(&path()),
        _ => None,
    }
}

fn is_under(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

fn told(kind: Kind, url: &str, thumbnail: Option<&str>) -> Option<Player> {
    let thumbnail = thumbnail.and_then(|thumbnail| Url::parse(thumbnail).ok());
    Some(Player { kind, url: Url::parse(url).ok()?, thumbnail })
}

/// What these sites use as names; anything else is a page of theirs.
fn id(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<&str> {
    let fits = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    fits.then_some(text)
}

fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

fn youtube(host: &str, path: &[&str], url: &Url) -> Option<Player> {
    let named = query(url, "v");
    let name = match path {
        [name] if host == "youtu.be" => name,
        ["watch"] => named.as_deref()?,
        ["embed" | "v" | "e" | "shorts" | "live", name, ..] => name,
        _ => return None,
    };
    // `videoseries` plays a list.
    let name = id(name, 11..=11).filter(|name| *name != "videoseries")?;
    told(Kind::Video, &format!("https://www.youtube.com/watch?v={name}"), Some(&format!("https://i.ytimg.com/vi/{name}/hqdefault.jpg")))
}

fn vimeo(path: &[&str], url: &Url) -> Option<Player> {
    let digits = |text: &str| text.len() >= 5 && text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let place = path.iter().position(|segment| digits(segment))?;
    let before = &path[..place];
    if !matches!(before, [] | ["video"] | ["channels" | "groups" | "album" | "showcase", ..]) {
        return None;
    }
    // An unlisted film opens only with its key.
    let key = query(url, "h").or_else(|| path.get(place + 1).map(|&key| key.to_owned()));
    let key = key.as_deref().and_then(|key| id(key, 8..=12)).map(|key| format!("/{key}")).unwrap_or_default();
    told(Kind::Video, &format!("https://vimeo.com/{}{key}", path[place]), None)
}

fn dailymotion(host: &str, path: &[&str], url: &Url) -> Option<Player> {
    let named = query(url, "video");
    let name = match path {
        [name] if host == "dai.ly" => name,
        ["video", name] | ["embed", "video", name] => name,
        [page] if page.starts_with("player") => named.as_deref()?,
        ["player", ..] => named.as_deref()?,
        _ => return None,
    };
    // A page's address carries its title behind the name: x7tgad0_le-titre.
    let name = id(name.split('_').next().unwrap_or_default(), 5..=12)?;
    told(
        Kind::Video,
        &format!("https://www.dailymotion.com/video/{name}"),
        Some(&format!("https://www.dailymotion.com/thumbnail/video/{name}")),
    )
}

fn wistia(path: &[&str]) -> Option<Player> {
    let name = match path {
        ["embed", "iframe", name] | ["medias", name] => name,
        ["embed", "medias", name] => name.split('.').next().unwrap_or_default(),
        _ => return None,
    };
    let name = id(name, 8..=12)?;
    told(
        Kind::Video,
        &format!("https://fast.wistia.net/embed/iframe/{name}"),
        Some(&format!("https://fast.wistia.com/embed/medias/{name}/swatch")),
    )
}

fn soundcloud(host: &str, path: &[&str], url: &Url) -> Option<Player> {
    if host == "w.soundcloud.com" {
        let inner = Url::parse(&query(url, "url")?).ok()?;
        let known = inner.host_str().is_some_and(|host| is_under(host, "soundcloud.com")) && inner.scheme() == "https";
        return known.then(|| plain(&inner)).and_then(|url| told(Kind::Audio, &url, None));
    }
    match path {
        [_, title] if !matches!(*title, "sets" | "tracks" | "likes" | "followers") => told(Kind::Audio, &plain(url), None),
        [_, "sets", _] => told(Kind::Audio, &plain(url), None),
        _ => None,
    }
}

fn plain(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

fn spotify(path: &[&str]) -> Option<Player> {
    let path = path.strip_prefix(&["embed"]).unwrap_or(path);
    let path = path.strip_prefix(&["embed-podcast"]).unwrap_or(path);
    let path = if path.first().is_some_and(|first| first.starts_with("intl-")) { &path[1..] } else { path };
    match path {
        [kind @ ("track" | "album" | "playlist" | "episode" | "show" | "artist"), name] => {
            told(Kind::Audio, &format!("https://open.spotify.com/{kind}/{}", id(name, 22..=22)?), None)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn players_and_their_pages() {
        let youtube = "https://www.youtube.com/watch?v=dQw4w9WgXcQ";
        let still = "https://i.ytimg.com/vi/dQw4w9WgXcQ/hqdefault.jpg";
        for (url, expected, thumbnail) in [
            ("https://www.youtube.com/embed/dQw4w9WgXcQ?rel=0&autoplay=1", youtube, still),
            ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", youtube, still),
            ("https://youtu.be/dQw4w9WgXcQ?t=12", youtube, still),
            ("https://m.youtube.com/watch?list=x&v=dQw4w9WgXcQ", youtube, still),
            ("https://www.youtube.com/shorts/dQw4w9WgXcQ", youtube, still),
            ("https://player.vimeo.com/video/76979871?dnt=1", "https://vimeo.com/76979871", ""),
            ("https://player.vimeo.com/video/76979871?h=8272103f6e", "https://vimeo.com/76979871/8272103f6e", ""),
            ("https://vimeo.com/channels/staffpicks/76979871", "https://vimeo.com/76979871", ""),
            (
                "https://www.dailymotion.com/embed/video/x7tgad0",
                "https://www.dailymotion.com/video/x7tgad0",
                "https://www.dailymotion.com/thumbnail/video/x7tgad0",
            ),
            (
                "https://geo.dailymotion.com/player.html?video=x7tgad0",
                "https://www.dailymotion.com/video/x7tgad0",
                "https://www.dailymotion.com/thumbnail/video/x7tgad0",
            ),
            (
                "https://fast.wistia.net/embed/iframe/avk9twrrbn",
                "https://fast.wistia.net/embed/iframe/avk9twrrbn",
                "https://fast.wistia.com/embed/medias/avk9twrrbn/swatch",
            ),
            (
                "https://fast.wistia.com/embed/medias/avk9twrrbn.jsonp",
                "https://fast.wistia.net/embed/iframe/avk9twrrbn",
                "https://fast.wistia.com/embed/medias/avk9twrrbn/swatch",
            ),
            (
                "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/293&color=ff",
                "https://api.soundcloud.com/tracks/293",
                "",
            ),
            ("https://soundcloud.com/artist/title?si=1", "https://soundcloud.com/artist/title", ""),
            (
                "https://open.spotify.com/embed/episode/4rOoJ6Egrf8K2IrywzwOMk?utm=1",
                "https://open.spotify.com/episode/4rOoJ6Egrf8K2IrywzwOMk",
                "",
            ),
            ("https://open.spotify.com/intl-fr/track/4rOoJ6Egrf8K2IrywzwOMk", "https://open.spotify.com/track/4rOoJ6Egrf8K2IrywzwOMk", ""),
        ] {
            let found = player(&Url::parse(url).unwrap()).unwrap_or_else(|| panic!("{url} is no player"));
            assert_eq!(found.url.as_str(), expected, "{url}");
            assert_eq!(found.thumbnail.map(String::from).unwrap_or_default(), thumbnail, "{url}");
        }
    }

    #[test]
    fn pages_of_these_sites_that_play_nothing() {
        for url in [
            "https://www.youtube.com/user/biosme",
            "https://www.youtube.com/embed/",
            "https://www.youtube.com/embed/videoseries?list=PL1",
            "https://youtube.com.evil.example/embed/dQw4w9WgXcQ",
            "https://notyoutube.com/embed/dQw4w9WgXcQ",
            "https://vimeo.com/biosme",
            "https://vimeo.com/blog/post/76979871",
            "https://notwistia.net/embed/iframe/avk9twrrbn",
            "https://soundcloud.com/biosme",
            "https://w.soundcloud.com/player/?url=http%3A//127.0.0.1/",
            "https://w.soundcloud.com/player/?url=https%3A//evil.example/soundcloud.com",
            "https://open.spotify.com/",
        ] {
            assert_eq!(player(&Url::parse(url).unwrap()), None, "{url}");
        }
    }
}
