//! A page that anybody may read, whole in memory: how it is sent, and what a browser may do with it.

use aws_lc_rs::digest;
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{
    HeaderMap, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    },
};

/// What a browser may do: load the files beside the page, and call the server that it came from. No script or style within a
/// page, no frame, no form, no other origin. Swagger UI has small pictures in its style, hence `data:`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What is sent.
#[derive(Debug, Clone)]
pub(super) struct Page {
    kind: &'static str,
    octets: Bytes,
    /// The entity tag (RFC 9110 §8.8.3): a hash, so it changes with the page.
    tag: String,
}

impl Page {
    pub(super) const HTML: &'static str = "text/html; charset=utf-8";
    pub(super) const STYLE: &'static str = "text/css; charset=utf-8";
    pub(super) const SCRIPT: &'static str = "text/javascript; charset=utf-8";
    pub(super) const PICTURE: &'static str = "image/png";
    pub(super) const JSON: &'static str = "application/json";

    pub(super) fn new(kind: &'static str, octets: impl Into<Bytes>) -> Self {
        let octets = octets.into();
        let hash = digest::digest(&digest::SHA256, &octets);
        let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..18]));
        Self { kind, octets, tag }
    }

    /// The page, or that the reader has it already (RFC 9110 §13.1.2). A browser asks each time: after a restart it may differ.
    pub(super) fn answer(&self, asked: &HeaderMap) -> Response {
        let about = [(CACHE_CONTROL, "no-cache"), (ETAG, &*self.tag)];
        if self.is_known(asked) {
            return (StatusCode::NOT_MODIFIED, about).into_response();
        }
        let guards = [
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            (CONTENT_TYPE, self.kind),
        ];
        (about, guards, self.octets.clone()).into_response()
    }

    fn is_known(&self, asked: &HeaderMap) -> bool {
        let lists = asked.get_all(IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
        let mut tags = lists.flat_map(|list| list.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
        tags.any(|tag| tag == "*" || tag == self.tag)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_reader_who_has_it_is_told_so() {
        let page = Page::new(Page::HTML, "<p>");
        let status = |tag: &str| {
            let asked = HeaderMap::from_iter([(IF_NONE_MATCH, HeaderValue::try_from(tag).unwrap())]);
            page.answer(&asked).status().as_u16()
        };
        for known in [&*page.tag, "*", &format!("\"x\", W/{}", page.tag)] {
            assert_eq!(status(known), 304, "{known}");
        }
        for other in ["\"x\"", "", page.tag.trim_matches('"')] {
            assert_eq!(status(other), 200, "{other}");
        }
        assert_ne!(page.tag, Page::new(Page::HTML, "<p>!").tag);
    }
}
