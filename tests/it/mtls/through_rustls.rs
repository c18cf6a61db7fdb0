//! The caller by rustls. It presents whatever it is given, also a key that does not belong to the certificate.

use std::{io, sync::Arc};

use authbench::caller::alert_name;
use rustls::{
    ClientConfig, Error, HandshakeKind, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    sign::{CertifiedKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
    runtime::{self, Runtime},
};
use tokio_rustls::TlsConnector;

use super::call::{Call, Calls, Files, outcome};

/// Keeps the configuration of its last call, and with it the session.
pub(super) struct Rustls {
    runtime: Runtime,
    last: Option<Arc<ClientConfig>>,
}

impl Rustls {
    pub(super) fn new() -> Self {
        Self { runtime: runtime::Builder::new_current_thread().enable_all().build().unwrap(), last: None }
    }
}

impl Calls for Rustls {
    fn call(&mut self, call: &Call) -> String {
        let config = self.last.take().filter(|_| call.resume).unwrap_or_else(|| Arc::new(config(call)));
        self.last = Some(Arc::clone(&config));
        match self.runtime.block_on(exchange(config, call)) {
            Ok(answered) => outcome(&answered.answer, answered.resumed),
            Err(error) => broken(&error),
        }
    }
}

/// What came of a call, and from whom.
pub(super) struct Answered {
    pub(super) answer: String,
    pub(super) resumed: bool,
    /// The certificate that the server presented.
    pub(super) server: CertificateDer<'static>,
}

/// The same in words.
pub(super) fn broken(error: &io::Error) -> String {
    match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        Some(Error::AlertReceived(alert)) => format!("alert {}", alert_name(*alert)),
        _ if [io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset].contains(&error.kind()) => "closed".into(),
        _ => format!("broken: {error}"),
    }
}

pub(super) fn config(call: &Call) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates(&call.ca));
    let version = if call.tls == "1.2" { &TLS12 } else { &TLS13 };
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_protocol_versions(&[version]).unwrap().with_root_certificates(roots);
    let mut config = match &call.files {
        Some(files) => builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(unchecked(files)))),
        None => builder.with_no_client_auth(),
    };
    config.enable_sni = call.name.is_some();
    config.alpn_protocols = call.alpn.iter().flatten().map(|protocol| protocol.as_bytes().to_vec()).collect();
    config
}

/// rustls compares certificate and key only when it makes the pair itself.
fn unchecked(files: &Files) -> CertifiedKey {
    let key = PrivateKeyDer::from_pem_file(&files.key).unwrap();
    CertifiedKey::new(certificates(&files.chain), aws_lc_rs::sign::any_supported_type(&key).unwrap())
}

fn certificates(path: &std::path::Path) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_file_iter(path).unwrap().collect::<Result<_, _>>().unwrap()
}

/// One call on a connection of its own.
pub(super) async fn exchange(config: Arc<ClientConfig>, call: &Call) -> io::Result<Answered> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((call.from, 0).into())?;
    let tcp = socket.connect(([127, 0, 0, 1], call.port).into()).await?;
    let name = ServerName::try_from(call.name.unwrap_or("localhost")).unwrap();
    let mut stream = TlsConnector::from(config).connect(name, tcp).await?;
    stream.write_all(b"GET /test/hello-world HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let session = stream.get_ref().1;
    let server = session.peer_certificates().unwrap()[0].clone().into_owned();
    Ok(Answered { answer, resumed: session.handshake_kind() == Some(HandshakeKind::Resumed), server })
}
