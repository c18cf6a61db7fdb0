//! A small https server that publishes keys, well or badly. One thread a connection, one request a connection.

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};
use time::OffsetDateTime;

/// What it does when it is asked.
#[derive(Debug, Clone)]
pub(super) enum Manner {
    /// 200, `application/json`, this body.
    Keys(String),
    /// This head (status line and fields, without the empty line) and this body.
    Answer(String, String),
    /// The same as `Keys`, after so long.
    Slow(Duration, String),
    /// Reads and says nothing more.
    Silent,
    /// One octet of a body now and then, for ever.
    Trickle,
    /// A body without an end.
    Endless,
    /// Hangs up before TLS.
    Down,
}

/// What its certificate is like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Certificate {
    pub(super) name: &'static str,
    /// Valid from so many days from now, for two days.
    pub(super) from_day: i64,
}

/// A sound one.
pub(super) const SOUND: Certificate = Certificate { name: "localhost", from_day: -1 };

/// The server. Its thread goes on until the test process ends.
pub(super) struct Publisher {
    port: u16,
    authority: String,
    manner: Arc<Mutex<Manner>>,
    fetches: Arc<AtomicUsize>,
}

impl Publisher {
    pub(super) fn new(manner: Manner) -> Self {
        Self::with(SOUND, manner)
    }

    pub(super) fn with(certificate: Certificate, manner: Manner) -> Self {
        let mut params = CertificateParams::default();
        let name = authbench::secret::random_text(8).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let config = Arc::new(config(&authority, certificate));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (manner, fetches) = (Arc::new(Mutex::new(manner)), Arc::new(AtomicUsize::new(0)));
        let (shared, counted) = (Arc::clone(&manner), Arc::clone(&fetches));
        thread::spawn(move || {
            for tcp in listener.incoming().map_while(Result::ok) {
                counted.fetch_add(1, Ordering::SeqCst);
                let (config, shared) = (Arc::clone(&config), Arc::clone(&shared));
                thread::spawn(move || answer(&config, tcp, &shared));
            }
        });
        Self { port, authority: authority.pem(), manner, fetches }
    }

    pub(super) fn url(&self) -> String {
        format!("https://localhost:{}/.well-known/jwks.json", self.port)
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Who signed its certificate, PEM.
    pub(super) fn ca(&self) -> String {
        self.authority.clone()
    }

    /// How often somebody connected.
    pub(super) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    /// From now on it behaves like this.
    pub(super) fn now(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }
}

fn config(authority: &CertifiedIssuer<'static, KeyPair>, certificate: Certificate) -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![certificate.name.into()]).unwrap();
    params.not_before = OffsetDateTime::from(authbench::clock::now()) + time::Duration::days(certificate.from_day);
    params.not_after = params.not_before + time::Duration::days(2);
    let leaf = params.signed_by(&key, authority).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    builder.with_no_client_auth().with_single_cert(vec![leaf.der().clone()], key).unwrap()
}

/// Whoever hangs up is no concern of ours.
fn answer(config: &Arc<ServerConfig>, tcp: TcpStream, manner: &Mutex<Manner>) {
    let asked = |stream: &mut dyn Read| {
        let mut seen = Vec::new();
        let mut octet = [0];
        while !seen.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut octet)?;
            seen.push(octet[0]);
        }
        io::Result::Ok(())
    };
    if matches!(*manner.lock().unwrap(), Manner::Down) {
        return;
    }
    let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), tcp);
    if asked(&mut stream).is_ok() {
        let manner = manner.lock().unwrap().clone();
        let _ = manner.perform(&mut stream);
        stream.conn.send_close_notify();
        let _ = stream.flush();
    }
}

impl Manner {
    fn perform(self, to: &mut impl Write) -> io::Result<()> {
        const JSON: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json";
        let step = Duration::from_millis(20);
        match self {
            Self::Keys(body) => whole(to, JSON, &body),
            Self::Answer(head, body) => whole(to, &head, &body),
            Self::Slow(wait, body) => {
                thread::sleep(wait);
                whole(to, JSON, &body)
            }
            Self::Silent | Self::Down => {
                thread::sleep(Duration::from_secs(30));
                Ok(())
            }
            Self::Trickle => {
                write!(to, "{JSON}\r\ncontent-length: 100000\r\n\r\n")?;
                loop {
                    to.write_all(b" ")?;
                    to.flush()?;
                    thread::sleep(step);
                }
            }
            Self::Endless => {
                write!(to, "{JSON}\r\nconnection: close\r\n\r\n")?;
                loop {
                    to.write_all(&[b' '; 4096])?;
                }
            }
        }
    }
}

fn whole(to: &mut impl Write, head: &str, body: &str) -> io::Result<()> {
    write!(to, "{head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())?;
    to.flush()
}
