//! Finds keys in other text: logs, source, dumps. By form and checksum alone, so without asking anybody.

use std::io::{self, BufRead, ErrorKind};

use super::form::{ApiKey, LENGTH, PREFIX};

/// Where a key stands, counted from one; columns are octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: u64,
    /// The octet in it.
    pub column: u64,
}

/// Tells `found` of every key in `text`, whatever stands around it, in their order; returns how many octets were read. Memory does
/// not grow with the text, nor with its longest line.
///
/// # Errors
/// What reading met. Keys before it have been told.
pub fn find(mut text: impl BufRead, mut found: impl FnMut(ApiKey<'_>, Place)) -> io::Result<u64> {
    // What was read last and may be the beginning of a key, at most one octet less than that.
    let (mut window, mut read) = (Vec::with_capacity(LENGTH), 0);
    let mut at = Place { line: 1, column: 1 };
    loop {
        let octets = match text.fill_buf() {
            Ok([]) => return Ok(read),
            Ok(octets) => octets,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        window.extend_from_slice(octets);
        let taken = octets.len();
        text.consume(taken);
        read += taken as u64;
        for start in window.windows(PREFIX.len()).enumerate().filter(|(_, head)| *head == PREFIX.as_bytes()).map(|(at, _)| at) {
            if let Some(key) = window.get(start..start + LENGTH).and_then(key) {
                found(key, at.after(&window[..start]));
            }
        }
        let done = window.len().saturating_sub(LENGTH - 1);
        at = at.after(&window[..done]);
        window.drain(..done);
    }
}

fn key(octets: &[u8]) -> Option<ApiKey<'_>> {
    ApiKey::parse(str::from_utf8(octets).ok()?)
}

impl Place {
    /// The place behind `octets`, which begin here.
    fn after(self, octets: &[u8]) -> Self {
        let mut lines = octets.split(|octet| *octet == b'\n');
        let last = lines.next_back().map_or(0, <[u8]>::len) as u64;
        match lines.count() as u64 {
            0 => Self { column: self.column + last, ..self },
            ended => Self { line: self.line + ended, column: last + 1 },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;
    use crate::secret::Secret;

    fn fresh() -> Secret {
        ApiKey::generate(None).unwrap().1
    }

    fn places(text: &[u8], buffer: usize) -> Vec<(u64, u64)> {
        let mut places = Vec::new();
        let read = find(BufReader::with_capacity(buffer, text), |_, at| places.push((at.line, at.column))).unwrap();
        assert_eq!(read, text.len() as u64);
        places
    }

    #[test]
    fn keys_are_found_whatever_stands_around_them_and_wherever_a_buffer_ends() {
        let (one, other) = (fresh(), fresh());
        let (one, other) = (one.expose(), other.expose());
        let text = format!("first\n  x-api-key: {one}\r\n{{\"key\":\"{other}\"}}ab_ab_{one}{other}zz\nab_");
        let expected = [(2, 14), (3, 9), (3, 71), (3, 125)];
        for buffer in [1, 7, 53, 54, 55, 4096] {
            assert_eq!(places(text.as_bytes(), buffer), expected, "{buffer}");
        }
    }

    #[test]
    fn what_only_looks_like_a_key_is_none() {
        let key = fresh();
        let key = key.expose();
        let wrong = if key.ends_with('x') { "y" } else { "x" };
        for text in ["", "ab_", &key[..53], &format!("{}{wrong}", &key[..53]), &key.to_uppercase(), &key.replace("ab_", "ab-")] {
            assert_eq!(places(text.as_bytes(), 4096), [], "{text}");
        }
    }

    #[test]
    fn octets_that_are_no_text_hide_nothing() {
        let key = fresh();
        let text = [b"\xff\xfe\0".as_slice(), key.expose().as_bytes(), b"\x80\n\xff"].concat();
        assert_eq!(places(&text, 16), [(1, 4)]);
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        struct Broken;
        impl io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(ErrorKind::PermissionDenied.into())
            }
        }
        assert!(find(BufReader::new(Broken), |_, _| ()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_around_a_key_leaves_it_found(before in ".{0,80}", after in ".{0,80}", buffer in 1_usize..200) {
            let key = fresh();
            let text = format!("{before}{}{after}", key.expose());
            proptest::prop_assert_eq!(places(text.as_bytes(), buffer).len(), 1);
        }
    }
}
