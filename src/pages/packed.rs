//! A page's text as it lies on disk: compressed, with a checksum.

use std::io::{self, Read, Write};

/// The fastest: a page of 60 KB takes a fraction of a millisecond, and 7 KB.
const LEVEL: i32 = 1;

pub(super) fn pack(text: &str) -> io::Result<Vec<u8>> {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), LEVEL)?;
    encoder.include_checksum(true)?;
    encoder.write_all(text.as_bytes())?;
    encoder.finish()
}

/// `length` is that of the text; damaged bytes may want to become far more.
pub(super) fn unpack(packed: &[u8], length: u64) -> io::Result<String> {
    let mut text = String::new();
    // One byte more, so that a text that is too long is seen, and the end of a good one is read with its checksum.
    zstd::stream::Decoder::new(packed)?.take(length.saturating_add(1)).read_to_string(&mut text)?;
    if text.len() as u64 == length { Ok(text) } else { Err(io::Error::from(io::ErrorKind::InvalidData)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_as_it_was_or_not_at_all() {
        for text in ["", "crème", &"<p>a</p>".repeat(20_000)] {
            let packed = pack(text).unwrap();
            assert_eq!(unpack(&packed, text.len() as u64).unwrap(), text);
            assert!(unpack(&packed, text.len() as u64 + 1).is_err());
            assert!(unpack(&packed[..packed.len() - 1], text.len() as u64).is_err(), "cut off");
            for place in 0..packed.len() {
                let mut damaged = packed.clone();
                damaged[place] ^= 0x55;
                assert!(unpack(&damaged, text.len() as u64).map_or(true, |read| read == text), "byte {place}");
            }
        }
    }
}
