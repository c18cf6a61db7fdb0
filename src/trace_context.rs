//! The caller's place in a distributed trace, as its `traceparent` header says (W3C Trace Context, level 1, §3.2).
//!
//! It is a claim, kept for whoever follows a call through several services: nothing is decided by it.

use std::fmt;

use http::{HeaderMap, HeaderName};

/// The header.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// `version-traceid-parentid-flags`, in lower-case hexadecimal digits.
const LENGTH: usize = 55;

/// A trace, and the span in it that made this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceContext {
    trace: [u8; 16],
    parent: [u8; 8],
}

impl TraceContext {
    /// What the headers say. `None` when they say nothing, say it twice, or say what the standard does not allow: then the trace
    /// begins anew, as §3.2.2.3 has it.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        let value = values.next()?;
        if values.next().is_some() { None } else { Self::parse(value.as_bytes()) }
    }

    fn parse(value: &[u8]) -> Option<Self> {
        let (known, later) = (value.get(..LENGTH)?, value.get(LENGTH..)?);
        let [version, trace, parent, flags] = [0..2, 3..35, 36..52, 53..55].map(|range| known.get(range).unwrap_or_default());
        let dashes = [2, 35, 52].into_iter().all(|at| known.get(at) == Some(&b'-'));
        let version: [u8; 1] = octets(version)?;
        // A later version may say more, behind another dash; `ff` is none.
        let as_versioned = match version {
            [0] => later.is_empty(),
            [0xff] => false,
            _ => later.first().is_none_or(|next| *next == b'-'),
        };
        let _flags: [u8; 1] = octets(flags)?;
        let (trace, parent) = (octets(trace)?, octets(parent)?);
        let named = trace != [0; 16] && parent != [0; 8];
        (dashes && as_versioned && named).then_some(Self { trace, parent })
    }

    /// The name of the trace, 32 hexadecimal digits.
    pub fn trace_id(&self) -> impl fmt::Display + use<> {
        Hex(self.trace)
    }

    /// The name of the span that made the request, 16 hexadecimal digits.
    pub fn parent_id(&self) -> impl fmt::Display + use<> {
        Hex(self.parent)
    }
}

struct Hex<const N: usize>([u8; N]);

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// Upper-case digits are not allowed.
fn octets<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut octets = [0; N];
    for (octet, pair) in octets.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *octet = digit(*high)? << 4 | digit(*low)?;
    }
    (digits.len() == 2 * N).then_some(octets)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// The example of §3.2.
    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn told(value: &str) -> Option<(String, String)> {
        TraceContext::parse(value.as_bytes()).map(|trace| (trace.trace_id().to_string(), trace.parent_id().to_string()))
    }

    #[test]
    fn the_example_of_the_standard_is_read() {
        let expected = Some(("4bf92f3577b34da6a3ce929d0e0e4736".to_owned(), "00f067aa0ba902b7".to_owned()));
        assert_eq!(told(EXAMPLE), expected);
        for later in ["01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", &EXAMPLE.replacen("00", "cc", 1)] {
            assert_eq!(told(later), expected, "{later}");
            assert_eq!(told(&format!("{later}-what-the-future-will-be-like")), expected, "{later}");
            assert_eq!(told(&format!("{later}.what")), None, "{later}");
        }
    }

    #[test]
    fn what_the_standard_does_not_allow_is_no_trace() {
        for wrong in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-001",
            "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736\n00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6é3ce929d0e0e473-00f067aa0ba902b7-01",
        ] {
            assert_eq!(told(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn two_of_them_are_none() {
        let mut headers = HeaderMap::new();
        assert_eq!(TraceContext::of(&headers), None);
        headers.append(TRACEPARENT, HeaderValue::from_static(EXAMPLE));
        assert!(TraceContext::of(&headers).is_some());
        headers.append(TRACEPARENT, HeaderValue::from_static(EXAMPLE));
        assert_eq!(TraceContext::of(&headers), None);
    }
}
