//! What the token service does: address, then body, then client, then what it asks.

use std::{net::IpAddr, sync::Arc, time::Instant};

use axum::body::Body;
use http::request::Parts;

use super::read::octets;
use crate::{
    authn::jwt::Tokens,
    clock,
    deed::{Source, Who},
    denial::{Denial, Reason},
    issuer::{Evidence, Introspection, Issuer, Proof, TokenQuery, TokenRefusal, TokenRequest, TokenResponse},
    mode::Profile,
    server::{
        door::{Door, RequestId},
        enforce::peer_of,
        origin::Origin,
    },
    store::{self, By, Caller},
};

/// Something done for a client.
pub(super) struct Done<T> {
    pub(super) client: Arc<Caller>,
    pub(super) what: T,
}

/// A token.
pub(super) async fn grant(door: &Door, parts: &Parts, body: Body) -> Result<Done<TokenResponse>, TokenRefusal> {
    let service = Service::of(door)?;
    let (address, body) = octets(door, parts, body).await.map_err(TokenRefusal::of_policy)?;
    let began = Instant::now();
    let request = TokenRequest::read(&parts.headers, &parts.uri, &body)?;
    let client = service.client(request.proof.as_ref(), address).await?;
    let what = service.issuer.grant(&client, &request)?;
    if let Some(metrics) = &door.metrics {
        metrics.token_issued(began.elapsed());
    }
    Ok(Done { client, what })
}

/// The end of a token. What is no token of ours is as good as revoked (RFC 7009 §2.2). One that does not count now is put on
/// the denylist all the same: by the clock of another server, or by this one when it is set right, it may count yet.
pub(super) async fn revoke(door: &Door, parts: &Parts, body: Body) -> Result<Done<()>, TokenRefusal> {
    let service = Service::of(door)?;
    let (address, body) = octets(door, parts, body).await.map_err(TokenRefusal::of_policy)?;
    let query = TokenQuery::read(&parts.headers, &parts.uri, &body)?;
    let client = service.client(query.proof.as_ref(), address).await?;
    let Ok(issued) = service.tokens.ever_issued(query.token()?.expose()) else {
        return Ok(Done { client, what: () });
    };
    if service.issuer.names().profile == Profile::Aws {
        // What `enable_token_revocation` is about are refresh tokens, which this grant does not give.
        return Err(TokenRefusal::not_revocable(&client.id));
    }
    if *issued.client != *client.id {
        return Err(TokenRefusal::of_another_client(&client.id));
    }
    service
        .writer
        .revoke(&issued.jti, issued.expires(), by(parts, &client, address))
        .await
        .map_err(|lost| TokenRefusal::not_kept(lost.0))?;
    Ok(Done { client, what: () })
}

/// Who revokes, from where, by which request.
fn by(parts: &Parts, client: &Caller, address: IpAddr) -> By {
    let via = parts.extensions.get::<Origin>().and_then(|origin| origin.via);
    let via = via.or_else(|| peer_of(parts).ok().and_then(|peer| peer.via));
    let request = parts.extensions.get::<RequestId>().map(|id| id.0.clone());
    By { who: Who { caller: Some(Arc::clone(&client.id)), ..Who::default() }, source: Source { address, via, request } }
}

/// What a token is, for whichever client holds it.
pub(super) async fn introspect(door: &Door, parts: &Parts, body: Body) -> Result<Done<Introspection>, TokenRefusal> {
    let service = Service::of(door)?;
    let (address, body) = octets(door, parts, body).await.map_err(TokenRefusal::of_policy)?;
    let query = TokenQuery::read(&parts.headers, &parts.uri, &body)?;
    let client = service.client(query.proof.as_ref(), address).await?;
    let issued = service.tokens.issued(query.token()?.expose(), clock::now());
    Ok(Done { client, what: Introspection::of(issued.ok()) })
}

/// What a door in `jwt` has behind it.
struct Service<'a> {
    door: &'a Door,
    issuer: &'a Issuer,
    tokens: &'a Tokens,
    writer: &'a store::Writer,
}

impl<'a> Service<'a> {
    fn of(door: &'a Door) -> Result<Self, TokenRefusal> {
        match (&door.issuer, &door.tokens) {
            (Some(issuer), Some(tokens)) => Ok(Self { door, issuer, tokens, writer: &door.writer }),
            _ => Err(TokenRefusal::of_policy(Denial::new(Reason::NotFound, "no token service"))),
        }
    }

    /// The client that asks: proven, at home where it calls from, with an assertion that was never used before, and not too often.
    ///
    /// An assertion is used up after everything that may be wrong with it, and before what a thief who copied it could spend.
    async fn client(&self, proof: Option<&Proof>, address: IpAddr) -> Result<Arc<Caller>, TokenRefusal> {
        let policy = &self.door.policy;
        let counted = |mut refusal: TokenRefusal| {
            refusal.denial = policy.guessing.count(address, refusal.denial);
            refusal
        };
        let proven = self.issuer.authenticate(proof).map_err(counted)?;
        let client = proven.client;
        policy.admit_from(&client.id, &client.grant, address).map_err(TokenRefusal::of_policy)?;
        match proven.by {
            Evidence::Secret(digest) => {
                if let Some(secret) = client.secret(&digest) {
                    policy.memory.used(&client, secret, clock::now());
                }
            }
            Evidence::Assertion(once) => {
                if !self.writer.use_once(once).await.map_err(|lost| TokenRefusal::not_kept(lost.0))? {
                    let again = Denial::new(Reason::CredentialUnknown, "the assertion was used before").claimed(&client.id);
                    return Err(counted(TokenRefusal::invalid_client(again)));
                }
            }
        }
        policy.admit_client(&client.id, &client.grant).map_err(TokenRefusal::of_policy)?;
        Ok(client)
    }
}
