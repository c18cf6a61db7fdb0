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
    let Some(ours) = headers.iter().find(|header| header.to_str().map_or(true, |text| after_scheme(text) != Ok(None))) else {
        return Err(Denial::new(Reason::CredentialMissing, "no Authorization header, or of another scheme than Bearer"));
    };
    if headers.iter().count() > 1 || in_query(presented) {
        return Err(Denial::new(Reason::CredentialAmbiguous, "more than one credential in one request"));
    }
    let text = ours.to_str().map_err(|_| malformed("the header is not ASCII"))?;
    let token = after_scheme(text).ok().flatten().ok_or_else(|| malformed("the scheme without a space and a token"))?;
    check_form(token)?;
    Ok(token)
}

/// Whether a text can be a token (RFC 6750 §2.1), of a size that is worth reading.
pub(super) fn check_form(token: &str) -> Result<(), Denial> {
    let b64token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if token.is_empty() || token.len() > LONGEST || !token.bytes().all(b64token) {
        return Err(malformed("not a b64token, or too long"));
    }
    Ok(())
}

/// What follows `Bearer` and its spaces; `Ok(None)` for another scheme, an error for this one and nothing that it should have.
fn after_scheme(text: &str) -> Result<Option<&str>, ()> {
    let Some((_, rest)) = text.split_at_checked(6).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) else {
        return Ok(None);
    };
    match rest.chars().next() {
        Some(' ') => Ok(Some(rest.trim_start_matches(' '))),
        Some(next) if next.is_ascii_alphanumeric() => Ok(None),
        _ => Err(()),
    }
}

fn in_query(presented: Presented<'_>) -> bool {
    let query = presented.uri.query().unwrap_or_default();
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
    use crate::peer::Peer;

    fn read(values: &[&str], uri: &'static str) -> Result<String, Reason> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().unwrap());
        }
        let peer = Peer { address: SocketAddr::from(([127, 0, 0, 1], 1)), tls: None };
        let presented = Presented { peer: &peer, headers: &headers, uri: &Uri::from_static(uri), scope: "hello-world" };
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
