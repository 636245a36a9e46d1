//! One event, one line: whatever else would end a line or speak to a terminal is written as JSON would write it.

use std::fmt::Write as _;
use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

const ESCAPE: char = '\u{1b}';

/// Standard error. `colour`: the formatter's own escapes are let through; it takes those in texts away itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stderr {
    pub(super) colour: bool,
}

/// The formatter writes each event whole, with its line break.
impl Write for Stderr {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        io::stderr().write_all(one_line(line, self.colour).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl<'a> MakeWriter<'a> for Stderr {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        *self
    }
}

/// Control characters, and those that turn the direction of reading.
fn is_dangerous(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn one_line(text: &str, colour: bool) -> String {
    let mut line = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match c {
            ESCAPE if colour => line.push(c),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            c if is_dangerous(c) => {
                // Writing to a String cannot fail.
                let _ = write!(line, "\\u{:04x}", u32::from(c));
            }
            c => line.push(c),
        }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_line_and_says_nothing_to_a_terminal() {
        for (text, expected) in [
            ("plain é 漢", "plain é 漢\n"),
            ("a\nb\r\nc\td", "a\\nb\\r\\nc\\td\n"),
            ("\u{1b}[31mred\u{9b}0m\u{7f}\0", "\\u001b[31mred\\u009b0m\\u007f\\u0000\n"),
            ("\u{202e}x\u{2066}\u{2028}", "\\u202ex\\u2066\\u2028\n"),
        ] {
            assert_eq!(one_line(text, false), expected);
        }
        assert_eq!(one_line("\u{1b}[32m INFO\u{1b}[0m\u{7}", true), "\u{1b}[32m INFO\u{1b}[0m\\u0007\n");
        let json = serde_json::json!({"message": "a\nb\u{7f}\u{202e}"}).to_string();
        let read: serde_json::Value = serde_json::from_str(&one_line(&json, false)).unwrap();
        assert_eq!(read["message"], "a\nb\u{7f}\u{202e}", "JSON means the same afterwards");
    }
}
