//! Ways in: asked for a certificate or not, told in HTTP or by an alert, and exchanged while the listener runs.

use super::{
    callers::{Caller, VERSIONS, ask, closed},
    identities::{ca, ca_with_path},
    *,
};
use crate::{denial::Reason, revocation::NeverAsked};

const OPTIONAL: Asking = Asking { demands_one: false, answers_in_http: true };

impl Lab {
    fn verifier(&self, ca: &Ca) -> ClientVerifier {
        ClientVerifier::new(&[ca.der()], Arc::clone(&self.revocations) as _, crate::clock::now()).unwrap()
    }

    /// From now on this server's certificate and this verifier.
    fn exchange(&self, server: &Identity, client: Option<ClientVerifier>) {
        self.put(Entrances::new(self.tls(server, client)));
    }

    fn tls(&self, server: &Identity, client: Option<ClientVerifier>) -> Tls {
        let (cert, key) = server.write(self.directory.path(), "exchanged");
        tls::server_config(&ServerIdentity::read(&cert, &key).unwrap(), client.map(Arc::new)).unwrap()
    }

    fn put(&self, entrances: Entrances) {
        self.entrances.as_ref().unwrap().store(Arc::new(entrances));
    }
}

async fn told_to(lab: &Lab, identity: Option<&Identity>, version: &'static rustls::SupportedProtocolVersion) -> String {
    let caller = Caller::new(&lab.server_ca, identity, version, &["http/1.1"]);
    caller.try_once(lab, "/peer").await.unwrap_or_else(|_| "no answer".into())
}

#[tokio::test]
async fn where_certificates_are_optional_what_is_wrong_is_told_to_the_application() {
    let lab = Lab::mutual();
    lab.exchange(&lab.server_ca.server(), Some(lab.verifier(&lab.client_ca).asking(OPTIONAL)));
    let ours = &lab.client_ca;
    let revoked = ours.client("revoked");
    lab.revocations.revoke(&ours.name(), revoked.serial());
    let expired = ours.client_with("partner", |leaf| leaf.not_after = seconds_from_now(-1).into());
    let rows = [
        (None, ""),
        (Some(ca("another CA").client("partner")), "refused: credential_unknown"),
        (Some(expired), "refused: expired"),
        (Some(revoked), "refused: revoked"),
        (Some(ours.itself()), "refused: purpose_mismatch"),
        (Some(ours.client("partner").presenting(b"garbage")), "refused: credential_malformed"),
        (Some(ours.client("partner").stolen()), "no answer"),
        (Some(ca("another CA").client("partner").stolen()), "no answer"),
    ];
    for version in VERSIONS {
        for (identity, expected) in &rows {
            let told = told_to(&lab, identity.as_ref(), version).await;
            let told = told.strip_prefix("127.0.0.1 resumed=false ").unwrap_or(&told);
            assert_eq!(told, *expected, "{version:?}");
        }
        assert!(told_to(&lab, Some(&ours.client("partner")), version).await.contains("partner"));
    }
    until(|| lab.registry.connections() == 0).await;
}

#[tokio::test]
async fn a_resumed_session_is_judged_anew_where_certificates_are_optional() {
    for version in VERSIONS {
        let lab = Lab::mutual();
        lab.exchange(&lab.server_ca.server(), Some(lab.verifier(&lab.client_ca).asking(OPTIONAL)));
        let identity = lab.client_ca.client("partner");
        let caller = Caller::new(&lab.server_ca, Some(&identity), version, &["http/1.1"]);
        assert!(caller.try_once(&lab, "/peer").await.unwrap().contains("partner"));
        lab.revoke(&identity);
        assert_eq!(caller.try_once(&lab, "/peer").await.unwrap(), "127.0.0.1 resumed=true refused: revoked", "{version:?}");
    }
}

#[tokio::test]
async fn as_a_gateway_no_certificate_is_an_alert_and_a_bad_one_is_told() {
    let lab = Lab::mutual();
    let gateway = Asking { demands_one: true, answers_in_http: true };
    let verifier = ClientVerifier::new(&[lab.client_ca.der()], Arc::new(NeverAsked), crate::clock::now()).unwrap();
    lab.exchange(&lab.server_ca.server(), Some(verifier.asking(gateway).strictness(Strictness::Gateway)));
    let edwards = lab.client_ca.client_of("edwards", &rcgen::PKCS_ED25519);
    let revoked = lab.client_ca.client("revoked");
    lab.revoke(&revoked);
    let mut deep = lab.client_ca.intermediate("one");
    let mut chain = vec![deep.der()];
    for _ in 0..2 {
        deep = deep.intermediate("below");
        chain.insert(0, deep.der());
    }
    let mut long = deep.client("deep");
    long.chain.extend(chain);
    for version in VERSIONS {
        assert_eq!(told_to(&lab, None, version).await, "no answer");
        assert_eq!(lab.refusal().await.reason, Reason::CredentialMissing);
        assert!(told_to(&lab, Some(&revoked), version).await.contains("revoked [\"revoked\"]"), "nobody is asked who is revoked");
        for (what, identity) in [("Ed25519", &edwards), ("five certificates", &long)] {
            let told = told_to(&lab, Some(identity), version).await;
            assert_eq!(told, "127.0.0.1 resumed=false refused: credential_unknown", "{what}");
        }
    }
}

#[tokio::test]
async fn the_name_chooses_the_way_in_and_sessions_do_not_cross() {
    let lab = Lab::mutual();
    let server = lab.server_ca.server_named(&["localhost", "open.example"]);
    let (lock, open) = (lab.tls(&server, Some(lab.verifier(&lab.client_ca))), lab.tls(&server, None));
    lab.put(Entrances::new(lock).with_default_endpoint("open.example".into(), open));
    for version in VERSIONS {
        let nobody = Caller::new(&lab.server_ca, None, version, &["http/1.1"]);
        let mut stream = nobody.connect_as(&lab, "OPEN.example").await.unwrap();
        assert_eq!(ask(&mut stream, "/peer").await.unwrap(), "127.0.0.1 resumed=false ");
        drop(stream);
        assert!(nobody.try_once(&lab, "/").await.is_err(), "localhost has the lock");
        assert_eq!(lab.refusal().await.reason, Reason::CredentialMissing);
    }
}

#[tokio::test]
async fn a_new_server_certificate_is_for_new_connections_and_takes_the_sessions() {
    let lab = Lab::mutual();
    let identity = lab.client_ca.client("partner");
    for version in VERSIONS {
        let caller = Caller::new(&lab.server_ca, Some(&identity), version, &["http/1.1"]);
        let mut open = caller.connect(&lab).await.unwrap();
        assert_eq!(ask(&mut open, "/").await.unwrap(), "hello");
        assert!(caller.try_once(&lab, "/peer").await.unwrap().contains("resumed=true"));
        lab.exchange(&lab.server_ca.server(), Some(lab.verifier(&lab.client_ca)));
        assert_eq!(ask(&mut open, "/").await.unwrap(), "hello", "what is open goes on");
        assert!(caller.try_once(&lab, "/peer").await.unwrap().contains("resumed=false"), "{version:?}");
    }
}

#[tokio::test]
async fn a_ca_that_is_taken_away_takes_its_connections() {
    let lab = Lab::mutual();
    let (old, new) = (lab.client_ca.client("old"), ca("new CA"));
    lab.revocations.replace(vec![empty_list(&lab.client_ca), empty_list(&new)]).unwrap();
    let caller = Caller::plainest(&lab, &old);
    let mut open = caller.connect(&lab).await.unwrap();
    assert_eq!(ask(&mut open, "/").await.unwrap(), "hello");
    let only_new = lab.verifier(&new);
    let trusts = lab.verifier(&new);
    lab.exchange(&lab.server_ca.server(), Some(only_new));
    assert_eq!(lab.registry.sweep(|certificate| trusts.trusts(certificate)), 1);
    closed(&mut open).await;
    assert!(caller.try_once(&lab, "/").await.is_err(), "its ticket is of a session that is gone");
    assert_eq!(lab.refusal().await.reason, Reason::CredentialUnknown);
    assert_eq!(Caller::plainest(&lab, &new.client("new")).try_once(&lab, "/").await.unwrap(), "hello");
}

#[tokio::test]
async fn a_ca_that_says_so_has_no_ca_below_it() {
    let lab = Lab::mutual();
    let verifier = |root: &Ca| ClientVerifier::new(&[root.der()], Arc::new(NeverAsked), crate::clock::now()).unwrap();
    for (most, depth, expected) in
        [(Some(0), 0, "hello"), (Some(0), 1, "refused"), (Some(1), 1, "hello"), (Some(1), 2, "refused"), (None, 3, "hello")]
    {
        let root = ca_with_path("root", most);
        lab.exchange(&lab.server_ca.server(), Some(verifier(&root)));
        let mut chain = Vec::new();
        let mut below = None;
        for _ in 0..depth {
            let next = below.as_ref().unwrap_or(&root).intermediate("below");
            chain.insert(0, next.der());
            below = Some(next);
        }
        let mut identity = below.as_ref().unwrap_or(&root).client("partner");
        identity.chain.extend(chain);
        let answer = Caller::plainest(&lab, &identity).try_once(&lab, "/").await;
        assert_eq!(answer.unwrap_or_else(|_| "refused".into()), expected, "{most:?}, {depth} below it");
        if expected == "refused" {
            assert_eq!(lab.refusal().await.reason, Reason::CredentialUnknown);
        }
    }
}

#[tokio::test]
async fn what_no_path_needs_does_not_matter() {
    let lab = Lab::mutual();
    let below = lab.client_ca.intermediate("below");
    lab.revocations.replace(vec![empty_list(&lab.client_ca), empty_list(&below)]).unwrap();
    let stranger = ca("a stranger");
    let unneeded = lab.client_ca.client("partner").with(&stranger);
    let reversed = below.client("partner").with(&lab.client_ca).with(&stranger).with(&below);
    for (what, identity) in [("extra", unneeded), ("reversed", reversed)] {
        assert_eq!(Caller::plainest(&lab, &identity).try_once(&lab, "/").await.unwrap(), "hello", "{what}");
    }
    let missing = below.client("partner");
    assert!(Caller::plainest(&lab, &missing).try_once(&lab, "/").await.is_err());
    assert_eq!(lab.refusal().await.reason, Reason::CredentialUnknown);
}
