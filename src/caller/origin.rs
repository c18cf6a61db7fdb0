//! Where a server is.

use std::fmt;

use http::Uri;

/// Scheme, host and port of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Whether TLS is spoken.
    pub secure: bool,
    /// A name, or an address without brackets.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

impl Origin {
    /// Reads `https://localhost:8443`; a path is ignored.
    ///
    /// # Errors
    /// A sentence with the remedy.
    pub fn parse(url: &str) -> Result<Self, String> {
        let wrong = || format!("`{url}` is no URL of a server; write one such as `https://localhost:8443`");
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong()),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        Ok(Self { secure, host: host.trim_matches(['[', ']']).to_owned(), port })
    }

    /// Host and port as they stand in `Host` and `:authority`.
    pub fn authority(&self) -> String {
        if self.host.contains(':') { format!("[{}]:{}", self.host, self.port) } else { format!("{}:{}", self.host, self.port) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.secure { "https" } else { "http" }, self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_become_origins() {
        for (url, origin) in [
            ("https://localhost:8443", "https://localhost:8443"),
            ("https://localhost:8443/test/hello-world?x", "https://localhost:8443"),
            ("http://[::1]:80", "http://[::1]:80"),
            ("https://api.example", "https://api.example:443"),
        ] {
            assert_eq!(Origin::parse(url).unwrap().to_string(), origin);
        }
        for odd in ["", "localhost:8443", "ftp://localhost", "/hello-world", "https://"] {
            assert!(Origin::parse(odd).is_err(), "{odd:?} was taken");
        }
    }
}
