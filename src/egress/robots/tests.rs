//! The examples of RFC 9309 and the cases that Google publishes, held against the crate that we chose.

use super::*;

fn at(path: &str) -> Url {
    Url::parse(&format!("https://shop.example{path}")).unwrap()
}

fn rules(file: &str) -> Rules {
    Rules::of(&Answer::File(file.as_bytes().to_vec()))
}

fn allowed(rules: &Rules, path: &str) -> bool {
    rules.permission(&at(path)) == Permission::Allowed
}

/// One rule file, and what it says about paths: `+` allowed, `-` forbidden.
fn check(file: &str, cases: &[&str]) {
    let rules = rules(file);
    for case in cases {
        let (expected, path) = case.split_at(1);
        assert_eq!(allowed(&rules, path), expected == "+", "{path} with\n{file}");
    }
}

#[test]
fn rfc_9309_section_5_simple_example() {
    let file = |agent: &str| {
        format!(
            "User-Agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\n\n\
             User-Agent: {agent}\nDisallow:/\nAllow:/example/page.html\nAllow:/example/allowed.gif\n\n\
             User-Agent: barbot\nUser-Agent: bazbot\nDisallow: /example/page.html\n\nUser-Agent: quxbot\n"
        )
    };
    let others = ["+/", "+/publications/a", "-/example/", "-/example/page.html", "-/a.gif", "+/a.gif?x", "+/example"];
    check(&file("foobot"), &others);
    check(&file("Glaneur"), &["-/", "-/publications/a", "+/example/page.html", "+/example/allowed.gif", "-/example/other.html"]);
    check(&file("foobot").replace("bazbot", "GLANEUR"), &["+/", "+/example/", "-/example/page.html", "+/a.gif"]);
    check(&file("foobot").replace("quxbot", "glaneur"), &["+/", "+/example/page.html", "+/a.gif"]);
}

#[test]
fn rfc_9309_section_5_longest_match() {
    check("User-Agent: foobot\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n", &["+/example/page/disallowed.gif"]);
    check(
        "User-Agent: glaneur\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n",
        &["+/example/page/", "-/example/page/disallowed.gif"],
    );
}

#[test]
fn rfc_9309_section_2_2_2_encoded_octets() {
    for (rule, path) in [
        ("/foo/bar?baz=quz", "/foo/bar?baz=quz"),
        ("/foo/bar?baz=http://foo.bar", "/foo/bar?baz=http://foo.bar"),
        ("/foo/bar/\u{30C4}", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%E3%83%84", "/foo/bar/\u{30C4}"),
        ("/foo/bar/%e3%83%84", "/foo/bar/%E3%83%84"),
        ("/foo/bar/%62%61%7A", "/foo/bar/baz"),
        ("/foo/bar/baz", "/foo/bar/%62%61%7A"),
    ] {
        assert!(!allowed(&rules(&format!("User-agent: *\nDisallow: {rule}")), path), "{rule} {path}");
    }
    // A slash that is written as data is none.
    check("User-agent: *\nDisallow: /a%2Fb", &["+/a/b", "-/a%2fb"]);
}

#[test]
fn rfc_9309_section_2_2_3_special_characters() {
    check("User-agent: *\nAllow: /\nDisallow: /path/file-with-a-%2A.html", &["-/path/file-with-a-%2A.html", "+/path/file-with-a-b.html"]);
    check("User-agent: *\nDisallow: /this/*/exactly # a comment", &["-/this/a/exactly", "-/this/a/b/exactly/so", "+/this/exactly"]);
    check("User-agent: *\nDisallow: /path/foo-%24", &["-/path/foo-%24", "+/path/foo-"]);
}

#[test]
fn rfc_9309_section_2_2_1_groups_are_merged() {
    let file = "User-Agent: glaneur\nDisallow: /a\n\nUser-agent: *\nDisallow: /\n\nuser-agent: GLANEUR\ndisallow: /b\ncrawl-delay: 2.5\n";
    check(file, &["+/", "-/a", "-/b", "+/c"]);
    assert_eq!(rules(file).crawl_delay(), Some(Duration::from_millis(2_500)));
    // Not us: a token that only begins like ours.
    check("User-agent: glaneurs\nDisallow: /", &["+/a"]);
}

/// https://developers.google.com/search/docs/crawling-indexing/robots/robots_txt, "URL matching based on path values".
#[test]
fn googles_path_matching() {
    for (rule, cases) in [
        ("/", &["-/", "-/fish", "-/?a"][..]),
        ("/*", &["-/", "-/fish"]),
        ("/$", &["-/", "+/fish"]),
        (
            "/fish",
            &[
                "-/fish",
                "-/fish.html",
                "-/fish/salmon.html",
                "-/fishheads",
                "-/fishheads/yummy.html",
                "-/fish.php?id=anything",
                "+/Fish.asp",
            ],
        ),
        ("/fish", &["+/catfish", "+/?id=fish", "+/desert/fish"]),
        ("/fish*", &["-/fish", "-/fish.html", "-/fishheads/yummy.html", "-/fish.php?id=anything", "+/Fish.asp", "+/catfish", "+/?id=fish"]),
        (
            "/fish/",
            &["-/fish/", "-/fish/?id=anything", "-/fish/salmon.htm", "+/fish", "+/fish.html", "+/animals/fish/", "+/Fish/Salmon.asp"],
        ),
        (
            "/*.php",
            &["-/index.php", "-/filename.php", "-/folder/filename.php?parameters", "-/folder/any.php.file.html", "-/filename.php/", "+/"],
        ),
        ("/*.php", &["+/windows.PHP"]),
        ("/*.php$", &["-/filename.php", "-/folder/filename.php", "+/filename.php?parameters", "+/filename.php/", "+/filename.php5"]),
        ("/fish*.php", &["-/fish.php", "-/fishheads/catfish.php?parameters", "+/Fish.PHP"]),
    ] {
        check(&format!("User-agent: *\nDisallow: {rule}"), cases);
    }
}

/// The same page, "Order of precedence for rules".
#[test]
fn googles_order_of_precedence() {
    for (allow, disallow, case) in [
        ("/p", "/", "+/page"),
        ("/folder", "/folder", "+/folder/page"),
        ("/page", "/*.htm", "-/page.htm"),
        ("/page", "/*.ph", "+/page.php5"),
        ("/$", "/", "+/"),
        ("/$", "/", "-/page.htm"),
    ] {
        check(&format!("user-agent: *\nallow: {allow}\ndisallow: {disallow}"), &[case]);
    }
}

/// From the tests of google/robotstxt: lines as they are found in the wild.
#[test]
fn files_as_they_are_found() {
    for (file, cases) in [
        ("\u{feff}User-agent: *\r\nDisallow: /a\r\n", &["-/a", "+/b"][..]),
        ("User-agent: *\rDisallow: /a\rDisallow: /b", &["-/a", "-/b"]),
        ("user-agent *\ndisallow /a", &["-/a"]),
        ("USER-AGENT : *\nDISALLOW\t:\t/a", &["-/a"]),
        ("User-agent: *\nDisallow:", &["+/a"]),
        ("User-agent: *\nUnknown: x\nDisallow: /a", &["-/a"]),
        ("Disallow: /\nUser-agent: *\nDisallow: /a", &["-/a", "+/b"]),
        ("User-agent: *\nSitemap: https://shop.example/s.xml\nDisallow: /a", &["-/a"]),
        ("<!DOCTYPE html><html><body>No such page</body></html>", &["+/a"]),
        ("User-agent: *\nDisallow: /a#b\n# Disallow: /c", &["-/a", "+/c"]),
        ("", &["+/a"]),
    ] {
        check(file, cases);
    }
    assert!(!allowed(&Rules::of(&Answer::File(b"User-agent: *\nDisallow: /a\xff\xfe\nDisallow: /b".to_vec())), "/b"));
}

#[test]
fn the_first_500_kib_count() {
    let filler = format!("# {}\n", "x".repeat(100)).repeat(4_900);
    assert!((480 * 1024..499 * 1024).contains(&filler.len()));
    check(&format!("User-agent: *\n{filler}Disallow: /a\n"), &["-/a"]);
    check(&format!("User-agent: *\n{filler}{filler}Disallow: /a\n"), &["+/a"]);
    // A pattern that would take a matcher with backtracking for ever.
    let since = std::time::Instant::now();
    check(&format!("User-agent: *\nDisallow: /{}b$", "*a".repeat(2_000)), &[&format!("+/{}", "a".repeat(4_000))]);
    assert!(since.elapsed() < Duration::from_secs(2));
}

#[test]
fn the_reason_is_told() {
    let told = |rules: &Rules| match rules.permission(&at("/search?q=1")) {
        Permission::Forbidden { reason } => reason,
        Permission::Allowed => "allowed".to_owned(),
    };
    let file = "User-agent: *\nDisallow: /search\nDisallow: /sea\nCrawl-delay: 10";
    assert_eq!(told(&rules(file)), "robots.txt says \"Disallow: /search\" to *");
    assert_eq!(told(&rules(&file.replace('*', "Glaneur"))), "robots.txt says \"Disallow: /search\" to glaneur");
    assert_eq!(told(&Rules::of(&Answer::of(503, Vec::new()))), "what robots.txt allows is not known: robots.txt answered 503");
}

#[test]
fn what_an_answer_means() {
    for (status, expected) in [
        (200, false),
        (204, true),
        (301, true),
        (401, true),
        (403, true),
        (404, true),
        (410, true),
        (429, false),
        (500, false),
        (503, false),
    ] {
        let body = if status == 200 { b"User-agent: *\nDisallow: /".to_vec() } else { Vec::new() };
        let rules = Rules::of(&Answer::of(status, body));
        assert_eq!(allowed(&rules, "/a"), expected, "{status}");
        assert!(allowed(&rules, "/robots.txt"), "{status}");
    }
}

#[test]
fn delays() {
    for (line, expected) in [("2", Some(2_000)), ("0.5", Some(500)), ("99999", Some(600_000)), ("-1", None), ("soon", None), ("nan", None)]
    {
        let delay = rules(&format!("User-agent: *\nCrawl-delay: {line}")).crawl_delay();
        assert_eq!(delay.map(|delay| delay.as_millis()), expected, "{line}");
    }
}

#[test]
fn addresses() {
    for (url, expected) in [
        ("https://shop.example/a/b?c#d", Some("https://shop.example/robots.txt")),
        ("http://user:secret@shop.example:8080/", Some("http://shop.example:8080/robots.txt")),
        ("data:text/plain,a", None),
    ] {
        assert_eq!(address(&Url::parse(url).unwrap()).as_ref().map(Url::as_str), expected, "{url}");
    }
}
