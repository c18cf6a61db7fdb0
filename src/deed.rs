//! What the audit log tells of: who did what to which credential, from where and why. Never a secret.

use std::{net::IpAddr, sync::Arc, time::SystemTime};

use crate::{denial::Reason, words::words};

words! {
    /// What happened.
    pub enum Event {
        /// A client was made or taken over.
        ClientAdded = "client_added",
        /// A client was switched off.
        ClientDisabled = "client_disabled",
        /// A client was switched on again.
        ClientEnabled = "client_enabled",
        /// A client was withdrawn for good, and stays in the database.
        ClientRevoked = "client_revoked",
        /// A client was forgotten.
        ClientRemoved = "client_removed",
        /// The public keys of a client were replaced.
        ClientKeysReplaced = "client_keys_replaced",
        /// An API key was made or taken over.
        KeyAdded = "key_added",
        /// An API key was switched off.
        KeyDisabled = "key_disabled",
        /// An API key was switched on again.
        KeyEnabled = "key_enabled",
        /// An API key was withdrawn for good.
        KeyRevoked = "key_revoked",
        /// An API key was forgotten.
        KeyRemoved = "key_removed",
        /// A client or an API key has a new secret.
        SecretRotated = "secret_rotated",
        /// A first client certificate was issued.
        CertificateIssued = "certificate_issued",
        /// A further client certificate was issued to somebody who had one.
        CertificateRenewed = "certificate_renewed",
        /// A client certificate was revoked.
        CertificateRevoked = "certificate_revoked",
        /// A client's certificate and private key were written to a file.
        CertificateExported = "certificate_exported",
        /// A revocation list was signed.
        ListSigned = "list_signed",
        /// A development CA was made.
        CaMade = "ca_made",
        /// A new client CA issues from now on.
        CaRotated = "ca_rotated",
        /// A client CA counts no more.
        CaRetired = "ca_retired",
        /// The server has a new certificate.
        ServerCertificateMade = "server_certificate_made",
        /// An access token was revoked.
        TokenRevoked = "token_revoked",
        /// A signing key was made and published.
        SigningKeyMade = "signing_key_made",
        /// It was settled from when on a signing key signs.
        SigningKeyRotated = "signing_key_rotated",
        /// A signing key counts no more.
        SigningKeyRetired = "signing_key_retired",
        /// A server began.
        ServerStarted = "server_started",
        /// A server was told to stop, and did.
        ServerStopped = "server_stopped",
        /// A running server took a changed configuration over.
        ConfigurationChanged = "configuration_changed",
        /// A request was refused.
        Refused = "refused",
        /// A handshake was refused.
        HandshakeRefused = "handshake_refused",
        /// Refusals that were not written, by their number.
        Lost = "lost",
    }
}

words! {
    /// What kind of thing it happened to.
    pub enum Thing {
        /// An `OAuth` client.
        Client = "client",
        /// An API key.
        Key = "key",
        /// A client certificate.
        Certificate = "certificate",
        /// An access token.
        Token = "token",
        /// A key that signs tokens.
        SigningKey = "signing_key",
        /// A CA for clients.
        ClientCa = "client_ca",
        /// The CA for servers.
        ServerCa = "server_ca",
        /// The server's certificate.
        ServerCertificate = "server_certificate",
        /// A revocation list.
        List = "list",
    }
}

/// One thing done to one credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// What was done.
    pub event: Event,
    /// To what.
    pub thing: Thing,
    /// Its name, where it has one.
    pub name: Option<Arc<str>>,
    /// Its id: of a client or key; the serial of a certificate, the `jti` of a token, the `kid` of a signing key, a number.
    pub id: Option<Arc<str>>,
    /// What else is to be known.
    pub detail: Option<String>,
}

impl Deed {
    /// Something done to a thing that is told by its id.
    pub fn new(event: Event, thing: Thing, id: impl Into<Arc<str>>) -> Self {
        Self { event, thing, name: None, id: Some(id.into()), detail: None }
    }

    /// The same, with its name.
    #[must_use]
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same, with what else is to be known.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }
}

/// Who did it. A person at a command, a server by itself, or a caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Who {
    /// The user id of the process.
    pub uid: Option<u32>,
    /// The process.
    pub pid: Option<u32>,
    /// Who became that user with `sudo`, as the environment says.
    pub sudo: Option<String>,
    /// The address from which that user came with `ssh`, as the environment says.
    pub ssh: Option<String>,
    /// The words of the command.
    pub command: Option<String>,
    /// The caller that was proven.
    pub caller: Option<Arc<str>>,
    /// The caller that was named in what was refused. Proven only where the reason says so.
    pub claimed: Option<Arc<str>>,
}

/// Where it came from, over the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The address of the caller.
    pub address: IpAddr,
    /// The proxy that said so, if one was believed.
    pub via: Option<IpAddr>,
    /// The id of the request, as in the answer.
    pub request: Option<String>,
}

/// One line of an audit log before it is written.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When it happened.
    pub at: SystemTime,
    /// What happened.
    pub event: Event,
    /// Who did it.
    pub who: Who,
    /// To what; `None` for a refusal and for what concerns the server itself.
    pub deed: Option<Deed>,
    /// From where; `None` when it was done on this machine.
    pub source: Option<Source>,
    /// Method and path of a request.
    pub target: Option<String>,
    /// Why it was refused.
    pub reason: Option<Reason>,
    /// The private cause, or what else explains it.
    pub cause: Option<String>,
    /// How many of them.
    pub count: Option<u64>,
}

impl Entry {
    /// Something that happened now.
    pub fn new(at: SystemTime, event: Event, who: Who) -> Self {
        Self { at, event, who, deed: None, source: None, target: None, reason: None, cause: None, count: None }
    }

    /// A thing done to a credential.
    pub fn of(deed: Deed, at: SystemTime, who: Who, source: Option<Source>) -> Self {
        let event = deed.event;
        Self { deed: Some(deed), source, ..Self::new(at, event, who) }
    }
}
