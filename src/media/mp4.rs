//! The outermost boxes of an MP4 or MOV file: where its description (`moov`) stands, and whether we hold it.

use std::ops::Range;

use super::Held;

/// Outermost boxes that are looked at. A real file has a handful before its description.
const BOXES: usize = 64;

/// The description of a film of ten minutes; a larger one is not fetched.
const MOOV: u64 = 512 * 1024;

/// The description with the file's type in front of it: all that a reader needs, whatever lies between them in the file.
pub(super) fn description(held: &Held<'_>) -> Option<Vec<u8>> {
    let whole = |found: Found| held.from(found.at).get(..usize::try_from(found.length).ok()?);
    let kind = whole(find(held, b"ftyp")?)?;
    let moov = whole(find(held, b"moov")?)?;
    Some([kind, moov].concat())
}

/// Where the description stands, if it is not there yet.
pub(super) fn missing(held: &Held<'_>) -> Option<Range<u64>> {
    if description(held).is_some() {
        return None;
    }
    let total = held.len();
    if let Some(moov) = find(held, b"moov") {
        return (moov.length <= MOOV).then(|| moov.at..moov.at.saturating_add(moov.length).min(total));
    }
    // Behind the pictures and sounds stands the description and little else.
    let last = boxes(held).last()?;
    let start = last.at.checked_add(last.length)?;
    (start < total && start >= held.head.len() as u64).then(|| start..total.min(start.saturating_add(MOOV)))
}

#[derive(Clone, Copy, Debug)]
struct Found {
    name: [u8; 4],
    at: u64,
    length: u64,
}

fn find(held: &Held<'_>, name: &[u8; 4]) -> Option<Found> {
    boxes(held).find(|found| found.name == *name)
}

/// The boxes whose header is held, one behind the other.
fn boxes<'a>(held: &'a Held<'_>) -> impl Iterator<Item = Found> + 'a {
    let mut at = 0_u64;
    std::iter::from_fn(move || {
        let found = header(held, at)?;
        at = at.checked_add(found.length)?;
        Some(found)
    })
    .take(BOXES)
}

fn header(held: &Held<'_>, at: u64) -> Option<Found> {
    let bytes = held.from(at);
    let name = bytes.get(4..8)?.try_into().ok()?;
    let length = match u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?) {
        0 => held.len().checked_sub(at)?,
        1 => u64::from_be_bytes(bytes.get(8..16)?.try_into().ok()?),
        length => length.into(),
    };
    (length >= 8).then_some(Found { name, at, length })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
        [&(content.len() as u32 + 8).to_be_bytes(), name.as_slice(), content].concat()
    }

    #[test]
    fn the_description_wherever_it_stands() {
        let (kind, moov, data) = (boxed(b"ftyp", b"isom\0\0\0\0"), boxed(b"moov", &[7; 40]), boxed(b"mdat", &[0; 100]));
        let wanted = [kind.clone(), moov.clone()].concat();
        let first = [kind.clone(), moov.clone(), data.clone()].concat();
        assert_eq!(description(&Held::head(&first[..80], Some(164))).unwrap(), wanted);
        assert_eq!(missing(&Held::head(&first[..80], Some(164))), None);
        assert_eq!(missing(&Held::head(&first[..40], Some(164))), Some(16..64), "it was cut off");

        let last = [kind, data, moov].concat();
        let head = Held::head(&last[..64], Some(last.len() as u64));
        assert_eq!((description(&head), missing(&head)), (None, Some(124..172)));
        let both = Held { further: Some((124, &last[124..])), ..head };
        assert_eq!((description(&both).unwrap(), missing(&both)), (wanted, None));
    }

    #[test]
    fn lengths_that_lie() {
        let long = [&[0, 0, 0, 1], b"free".as_slice(), &u64::MAX.to_be_bytes()].concat();
        for bytes in [&[0, 0, 0, 0, b'f', b't', b'y', b'p'][..], &[0, 0, 0, 3, b'f', b't', b'y', b'p'], &long, &[0; 400]] {
            assert_eq!(description(&Held::head(bytes, None)), None);
            assert_eq!(missing(&Held::head(bytes, None)), None);
        }
        let huge = [&[0, 0, 0, 1], b"moov".as_slice(), &u64::MAX.to_be_bytes()].concat();
        assert_eq!(missing(&Held::head(&huge, Some(1 << 40))), None, "a description of that size is not fetched");
    }
}
