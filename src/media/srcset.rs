//! The `srcset` attribute, split as the HTML standard says.

/// The largest candidate and its width in pixels, where it is told. Candidates that are written into the attribute (`data:`) are
/// no addresses and are skipped.
pub fn best_of_srcset(srcset: &str) -> Option<(String, Option<u32>)> {
    let mut best: Option<Candidate<'_>> = None;
    for candidate in
        candidates(srcset).filter(|candidate| !candidate.url.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:")))
    {
        // The first of equals stays.
        if best.as_ref().is_none_or(|best| candidate.rank() > best.rank()) {
            best = Some(candidate);
        }
    }
    best.map(|best| (best.url.to_owned(), best.width))
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Candidate<'a> {
    url: &'a str,
    width: Option<u32>,
    density: Option<f64>,
}

impl Candidate<'_> {
    /// Widths and densities are not mixed in a valid attribute; where they are, a width says more.
    fn rank(&self) -> (u32, f64) {
        (self.width.unwrap_or(0), self.density.unwrap_or(1.0))
    }
}

fn candidates(srcset: &str) -> impl Iterator<Item = Candidate<'_>> {
    let mut rest = srcset;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            return None;
        }
        let (url, after) = rest.split_at(rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len()));
        // A comma within an address belongs to it; at its end it ends the candidate.
        if url.ends_with(',') {
            rest = after;
            return Some(Candidate { url: url.trim_end_matches(','), ..Candidate::default() });
        }
        let (descriptors, after) = descriptors(after);
        rest = after;
        Some(described(url, descriptors))
    })
}

/// Up to the next comma that stands outside parentheses.
fn descriptors(text: &str) -> (&str, &str) {
    let mut open = false;
    for (place, c) in text.char_indices() {
        match c {
            '(' => open = true,
            ')' => open = false,
            ',' if !open => return (&text[..place], &text[place + 1..]),
            _ => {}
        }
    }
    (text, "")
}

fn described<'a>(url: &'a str, descriptors: &str) -> Candidate<'a> {
    let mut candidate = Candidate { url, ..Candidate::default() };
    for descriptor in descriptors.split_ascii_whitespace() {
        if let Some(width) = descriptor.strip_suffix('w').and_then(|number| number.parse().ok()) {
            candidate.width = Some(width);
        } else if let Some(density) = descriptor.strip_suffix('x').and_then(|number| number.parse().ok()).filter(|x: &f64| x.is_finite()) {
            candidate.density = Some(density);
        }
    }
    candidate
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_candidate() {
        for (srcset, expected) in [
            ("a.jpg", Some(("a.jpg", None))),
            ("a.jpg 1x, b.jpg 2x", Some(("b.jpg", None))),
            ("b.jpg 2x, a.jpg", Some(("b.jpg", None))),
            ("a.jpg 320w, b.jpg 1280w, c.jpg 640w", Some(("b.jpg", Some(1280)))),
            ("a.jpg 320w,b.jpg 1280w", Some(("b.jpg", Some(1280)))),
            // Without white space after the comma it belongs to the address, as the standard has it.
            ("a.jpg,b.jpg 2x", Some(("a.jpg,b.jpg", None))),
            ("a.jpg, b.jpg", Some(("a.jpg", None))),
            ("/w_300,h_300/a.jpg 300w, /w_900,h_900/a.jpg 900w", Some(("/w_900,h_900/a.jpg", Some(900)))),
            ("data:image/gif;base64,R0lGOD== 1w, a.jpg 400w", Some(("a.jpg", Some(400)))),
            ("DATA:image/png;base64,AA 3x, a.jpg", Some(("a.jpg", None))),
            ("data:image/gif;base64,R0lGOD==", None),
            ("\n  a.jpg?x=1,2 600w 400h,\n\tb.jpg?x=1,2 300w\n", Some(("a.jpg?x=1,2", Some(600)))),
            ("a.jpg foo(1, 2) 500w, b.jpg 400w", Some(("a.jpg", Some(500)))),
            (" , ,a.jpg 1.5x,, b.jpg 1x ,", Some(("a.jpg", None))),
            ("a.jpg NaNx, b.jpg infx, c.jpg -3w", Some(("a.jpg", None))),
            ("", None),
            (" , ", None),
            ("é.jpg 2x", Some(("é.jpg", None))),
        ] {
            assert_eq!(best_of_srcset(srcset), expected.map(|(url, width)| (url.to_owned(), width)), "{srcset:?}");
        }
    }
}
