//! The bytes of a file that we hold: its beginning, perhaps one further stretch, and how long it says it is.

use std::io::{self, Read, Seek, SeekFrom};

/// A file that claims to be larger than this is taken for one of unknown length: such numbers only serve to overflow somebody's.
const LARGEST: u64 = 1 << 40;

/// What was fetched of a file. Bytes between the two stretches are not there, and reading them is an error.
#[derive(Clone, Copy, Debug)]
pub struct Held<'a> {
    pub head: &'a [u8],
    /// A further stretch and the offset at which it begins.
    pub further: Option<(u64, &'a [u8])>,
    /// Bytes of the whole file, where the server says so.
    pub total: Option<u64>,
}

impl<'a> Held<'a> {
    pub fn head(bytes: &'a [u8], total: Option<u64>) -> Self {
        Self { head: bytes, further: None, total }
    }

    /// As if the file began `offset` bytes later.
    pub(super) fn after(self, offset: u64) -> Self {
        let skipped = usize::try_from(offset).ok();
        let head = skipped.and_then(|skipped| self.head.get(skipped..)).unwrap_or_default();
        let further = self.further.and_then(|(at, bytes)| match at.checked_sub(offset) {
            Some(at) => Some((at, bytes)),
            None => Some((0, bytes.get(usize::try_from(offset - at).ok()?..)?)),
        });
        let total = self.total.map(|total| total.saturating_sub(offset));
        match further {
            Some((0, bytes)) if head.is_empty() => Self { head: bytes, further: None, total },
            _ => Self { head, further, total },
        }
    }

    /// What is there from `offset` on, without a gap.
    pub(super) fn from(&self, offset: u64) -> &'a [u8] {
        let rest = |start: u64, bytes: &'a [u8]| bytes.get(usize::try_from(offset.checked_sub(start)?).ok()?..);
        let beginning = rest(0, self.head).unwrap_or_default();
        let further = self.further.and_then(|(start, bytes)| rest(start, bytes)).unwrap_or_default();
        // Where both reach, the further stretch was fetched because the beginning breaks off.
        if further.len() > beginning.len() { further } else { beginning }
    }

    /// The length of the file: as told, but never less than what is there.
    pub(super) fn len(&self) -> u64 {
        let end = self.further.map_or(0, |(at, bytes)| at.saturating_add(bytes.len() as u64)).max(self.head.len() as u64);
        self.total.filter(|total| *total <= LARGEST).map_or(end, |total| total.max(end))
    }
}

/// Whether a reader may jump about, or sees nothing but the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Jumping,
    Straight,
}

/// Reads what is held as a file.
#[derive(Debug)]
pub(super) struct Source<'a> {
    held: Held<'a>,
    at: u64,
    manner: Manner,
}

impl<'a> Source<'a> {
    pub(super) fn new(held: Held<'a>, manner: Manner) -> Self {
        Self { held, at: 0, manner }
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let there = self.held.from(self.at);
        if there.is_empty() && self.at < self.held.len() && self.manner == Manner::Jumping {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "these bytes were not fetched"));
        }
        let count = there.len().min(buffer.len());
        buffer[..count].copy_from_slice(&there[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Source<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let place = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.held.len().checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = place.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

impl symphonia::core::io::MediaSource for Source<'_> {
    fn is_seekable(&self) -> bool {
        self.manner == Manner::Jumping
    }

    fn byte_len(&self) -> Option<u64> {
        (self.manner == Manner::Jumping).then(|| self.held.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_an_error_and_not_an_end() {
        let held = Held { head: b"abcd", further: Some((8, b"ijkl")), total: Some(12) };
        let mut source = Source::new(held, Manner::Jumping);
        let mut four = [0; 4];
        source.read_exact(&mut four).unwrap();
        assert_eq!(&four, b"abcd");
        assert_eq!(source.read(&mut four).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        source.seek(SeekFrom::End(-2)).unwrap();
        assert_eq!(source.read(&mut four).unwrap(), 2);
        assert_eq!(source.read(&mut four).unwrap(), 0);
        assert!(source.seek(SeekFrom::Current(-20)).is_err());
    }

    #[test]
    fn a_later_beginning() {
        let held = Held { head: b"abcd", further: Some((8, b"ijkl")), total: Some(12) };
        assert_eq!(held.after(2).from(0), b"cd");
        assert_eq!(held.after(9).from(0), b"jkl");
        assert_eq!(held.after(5).from(3), b"ijkl");
        assert_eq!(held.after(40).from(0), b"");
        assert_eq!((held.len(), held.after(9).len()), (12, 3));
    }
}
