//! One connection to a server, kept open: HTTP/1.1 over TLS, written by hand so that nothing reconnects behind the test's back.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    time::Duration,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use serde_json::Value;
use tokio::net::TcpSocket;

use super::{PATH, Server, text};

/// A client certificate with its chain and key, as `cert issue --json` told where they are.
#[derive(Debug)]
pub(crate) struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Line {
    stream: BufReader<StreamOwned<ClientConnection, TcpStream>>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body as text.
    pub(crate) body: String,
}

impl Identity {
    /// Reads the files that the command named.
    pub(crate) fn issued(answer: &Value) -> Self {
        Self {
            chain: certificates(Path::new(text(answer, "chain"))),
            key: PrivateKeyDer::from_pem_file(text(answer, "key")).unwrap(),
        }
    }
}

impl Line {
    /// Connects and shakes hands. With TLS 1.3 a refused certificate shows at the first read, not here.
    pub(crate) fn open(server: &Server, identity: Option<&Identity>) -> io::Result<Self> {
        Self::open_as(server, identity, "localhost")
    }

    /// The same, asking TLS for another name.
    pub(crate) fn open_as(server: &Server, identity: Option<&Identity>, name: &'static str) -> io::Result<Self> {
        Self::over(TcpStream::connect(("127.0.0.1", server.port))?, server, identity, name)
    }

    /// The same, from another address of this machine.
    pub(crate) fn open_from(server: &Server, identity: Option<&Identity>, from: &str) -> io::Result<Self> {
        Self::over(connect(from, ("127.0.0.1", server.port))?, server, identity, "localhost")
    }

    /// Shakes hands on a connection that is there.
    pub(crate) fn over(socket: TcpStream, server: &Server, identity: Option<&Identity>, name: &'static str) -> io::Result<Self> {
        Ok(Self { stream: BufReader::new(Self::stream(socket, server, identity, name, &[])?) })
    }

    /// What is below a connection, for who speaks another protocol on it.
    pub(super) fn stream(
        mut socket: TcpStream,
        server: &Server,
        identity: Option<&Identity>,
        name: &'static str,
        protocols: &[&[u8]],
    ) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let mut config = tls_config(server, identity);
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        socket.set_read_timeout(Some(Duration::from_secs(10)))?;
        socket.set_nodelay(true)?;
        let name = ServerName::try_from(name).unwrap();
        let mut tls = ClientConnection::new(Arc::new(config), name).unwrap();
        while tls.is_handshaking() {
            tls.complete_io(&mut socket)?;
        }
        Ok(StreamOwned::new(tls, socket))
    }

    /// One `GET`; an error when the connection is closed or refused.
    pub(crate) fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> io::Result<Answer> {
        self.send("GET", path, headers, b"")
    }

    /// One call with a bearer token.
    pub(crate) fn call(&mut self, token: &str) -> Answer {
        self.get(PATH, &[("authorization", &format!("Bearer {token}"))]).unwrap()
    }

    /// One `POST` of a form.
    pub(crate) fn post(&mut self, path: &str, headers: &[(&str, &str)], form: &str) -> io::Result<Answer> {
        let length = form.len().to_string();
        let own = [("content-type", "application/x-www-form-urlencoded"), ("content-length", length.as_str())];
        self.send("POST", path, &[&own, headers].concat(), form.as_bytes())
    }

    /// One `GET` with a form for a body.
    pub(crate) fn get_with_body(&mut self, path: &str, headers: &[(&str, &str)], form: &str) -> io::Result<Answer> {
        let length = form.len().to_string();
        let own = [("content-type", "application/x-www-form-urlencoded"), ("content-length", length.as_str())];
        self.send("GET", path, &[&own, headers].concat(), form.as_bytes())
    }

    /// Any request, with no header but those given, and `host` if it is not among them.
    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Answer> {
        let mut message = format!("{method} {path} HTTP/1.1\r\n");
        if headers.iter().all(|(name, _)| *name != "host") {
            message.push_str("host: localhost\r\n");
        }
        for (name, value) in headers {
            message.extend([name, ": ", value, "\r\n"]);
        }
        message.push_str("\r\n");
        let stream = self.stream.get_mut();
        stream.write_all(&[message.as_bytes(), body].concat())?;
        stream.flush()?;
        Answer::read(&mut self.stream, method != "HEAD")
    }
}

impl Answer {
    fn read(from: &mut impl BufRead, has_body: bool) -> io::Result<Self> {
        let status = line(from)?.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.ok_or(io::ErrorKind::InvalidData)?;
        let mut headers = Vec::new();
        while let Some((name, value)) = line(from)?.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Self { status, headers, body: String::new() };
        let length = answer.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        from.take(if has_body { length } else { 0 }).read_to_string(&mut answer.body)?;
        Ok(answer)
    }

    /// The first header of that name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body, which must be JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The token in an answer of the token endpoint.
    pub(crate) fn access_token(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        text(&self.json(), "access_token").to_owned()
    }

    /// `allowed`, or the reason of the refusal.
    pub(crate) fn outcome(&self) -> String {
        if self.status == 200 && self.body == authbench::wire::HELLO_BODY {
            return "allowed".into();
        }
        let problem: Value = serde_json::from_str(&self.body).unwrap_or_default();
        problem["reason"].as_str().map_or_else(|| format!("{} {}", self.status, self.body), str::to_owned)
    }
}

/// TLS as a caller speaks it that believes this server and is who it is.
pub(crate) fn tls_config(server: &Server, identity: Option<&Identity>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(&server.ca));
    let builder =
        ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider())).with_safe_default_protocol_versions();
    let builder = builder.unwrap().with_root_certificates(roots);
    match identity {
        Some(who) => builder.with_client_auth_cert(who.chain.clone(), who.key.clone_key()).unwrap(),
        None => builder.with_no_client_auth(),
    }
}

/// Connects from one address of this machine to another.
pub(crate) fn connect(from: &str, to: (&str, u16)) -> io::Result<TcpStream> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let address = |text: &str, port| SocketAddr::new(text.parse().unwrap(), port);
    let (from, to) = (address(from, 0), address(to.0, to.1));
    let socket = if from.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.bind(from)?;
    let connected = runtime.block_on(socket.connect(to))?.into_std()?;
    connected.set_nonblocking(false)?;
    Ok(connected)
}

fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}

fn certificates(path: &Path) -> Vec<CertificateDer<'static>> {
    let text = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>().unwrap()
}
