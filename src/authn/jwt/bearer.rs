//! Where a bearer token may stand: in one `Authorization` header (RFC 6750 §2.1), nowhere else.

use http::header::AUTHORIZATION;

use crate::{
    authn::Presented,
    denial::{Denial, Reason},
};

/// Longer than any token that is issued here, shorter than what would be work to read.
const LONGEST: usize = 8 * 1024;

/// The token that a request presents.
pub(super) fn token(presented: Presented<'_>) -> Result<&str, Denial> {
    let headers = presented.headers.get_all(AUTHORIZATION);
    let Some(after_scheme) = headers.iter().find_map(|header| after_scheme(header.as_bytes())) else {
        return Err(Denial::new(Reason::CredentialMissing, "no Authorization header, or of another scheme than Bearer"));
    };
    if headers.iter().count() > 1 || in_query(presented) {
        return Err(Denial::new(Reason::CredentialAmbiguous, "more than one credential in one request"));
    }
    if !after_scheme.starts_with(b" ") {
        return Err(malformed("the scheme without a space and a token"));
    }
    let spaces = after_scheme.iter().take_while(|octet| **octet == b' ').count();
    let text = std::str::from_utf8(&after_scheme[spaces..]).map_err(|_| malformed("not ASCII"))?;
    check_form(text)?;
    Ok(text)
}

/// Whether a text can be a token (RFC 6750 §2.1), of a size that is worth reading.
pub(super) fn check_form(token: &str) -> Result<(), Denial> {
    if token.is_empty() || token.len() > LONGEST || !token.bytes().all(|octet| B64TOKEN[usize::from(octet)]) {
        return Err(malformed("not a b64token, or too long"));
    }
    Ok(())
}

/// Which octets a token is made of, as a table: every octet of every token is looked at.
const B64TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut octet = 0_u8;
    while octet < 128 {
        table[octet as usize] = octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=');
        octet += 1;
    }
    table
};

/// What follows `Bearer`, in any case; `None` for another scheme.
fn after_scheme(header: &[u8]) -> Option<&[u8]> {
    let (scheme, rest) = header.split_at_checked(6)?;
    let ends = rest.first().is_none_or(|next| !next.is_ascii_alphanumeric());
    (scheme.eq_ignore_ascii_case(b"bearer") && ends).then_some(rest)
}

fn in_query(presented: Presented<'_>) -> bool {
    let Some(query) = presented.uri.query() else { return false };
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "access_token")
}

fn malformed(cause: &'static str) -> Denial {
    Denial::new(Reason::CredentialMalformed, cause)
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use http::{HeaderMap, Uri};

    use super::*;
    use crate::{peer::Peer, wire::Operation};

    fn read(values: &[&str], uri: &'static str) -> Result<String, Reason> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        let peer = Peer { address: SocketAddr::from(([127, 0, 0, 1], 1)), via: None, tls: None };
        let presented = Presented {
            peer: &peer,
            address: peer.ip(),
            headers: &headers,
            uri: &Uri::from_static(uri),
            scope: "hello-world",
            operation: Operation::Hello,
        };
        token(presented).map(str::to_owned).map_err(|denial| denial.reason)
    }

    #[test]
    fn a_token_stands_in_one_header_and_nowhere_else() {
        for right in ["Bearer abc", "bearer abc", "BEARER   abc"] {
            assert_eq!(read(&[right], "/"), Ok("abc".into()), "{right}");
        }
        for missing in [&[][..], &["Basic YTpi"], &["Bearerabc"], &["Digest x"]] {
            assert_eq!(read(missing, "/?access_token=abc"), Err(Reason::CredentialMissing), "{missing:?}");
        }
        for malformed in ["Bearer", "Bearer ", "Bearer\tabc", "Bearer a b", "Bearer a,Bearer b", "Bearer a, b", "Bearer \"a\""] {
            assert_eq!(read(&[malformed], "/"), Err(Reason::CredentialMalformed), "{malformed:?}");
        }
        for twice in
            [["Bearer abc", "Bearer abc"], ["Bearer abc", "Basic YTpi"], ["Basic YTpi", "Bearer abc"], ["Bearer", "Bearer"]]
        {
            assert_eq!(read(&twice, "/"), Err(Reason::CredentialAmbiguous), "{twice:?}");
        }
        assert_eq!(read(&["Bearer abc"], "/?x=1&access_token=abc"), Err(Reason::CredentialAmbiguous));
    }
}
