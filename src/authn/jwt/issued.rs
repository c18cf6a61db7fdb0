//! A token of this server, as its own endpoints see it: whomever and whatever resource server it was issued for.

use std::{sync::Arc, time::SystemTime};

use super::{
    Tokens,
    check::Unwatched,
    claims::{Claims, Payload},
    jws,
    verified::Verified,
};
use crate::{
    clock,
    denial::{Denial, Reason},
};

/// What such a token says.
#[derive(Debug)]
pub struct Issued {
    /// The issuer: this server.
    pub iss: Arc<str>,
    /// The client that it was issued to: `sub`, and `client_id` too.
    pub client: String,
    /// The resource server that it is for; Cognito's tokens do not say.
    pub aud: Option<String>,
    /// When it was issued, in seconds since 1970.
    pub iat: u64,
    /// When it ends, in seconds since 1970.
    pub exp: u64,
    /// The token's own name.
    pub jti: String,
    /// What it is good for, in full.
    pub scope: String,
}

impl Issued {
    /// The end of validity.
    pub fn expires(&self) -> SystemTime {
        clock::from_seconds(self.exp)
    }

    fn of(iss: &Arc<str>, claims: &Claims<'_>, aud: Option<&str>) -> Self {
        Self {
            iss: Arc::clone(iss),
            client: claims.sub.to_owned(),
            aud: aud.map(str::to_owned),
            iat: claims.iat,
            exp: claims.exp,
            jti: claims.jti.to_owned(),
            scope: claims.scope.to_owned(),
        }
    }
}

impl Tokens {
    /// A token that this server issued and that counts at `now`, for whatever resource server.
    ///
    /// # Errors
    /// Why it does not; `issuer_mismatch` for a token of anybody else.
    pub fn issued(&self, token: &str, now: SystemTime) -> Result<Issued, Denial> {
        self.signed_here(token, |verified| self.judge(verified, now, &mut Unwatched).map(drop))
    }

    /// A token that this server issued, whether it counts now or not: by another clock, or once a client is switched on again, it
    /// may.
    ///
    /// # Errors
    /// Why it is none; `issuer_mismatch` for a token of anybody else.
    pub fn ever_issued(&self, token: &str) -> Result<Issued, Denial> {
        self.signed_here(token, |_| Ok(()))
    }

    fn signed_here(&self, token: &str, judge: impl FnOnce(&Verified) -> Result<(), Denial>) -> Result<Issued, Denial> {
        let jws = jws::Compact::parse(token)?;
        let payload = Payload::read(jws.unverified_payload())?;
        let named = payload.unverified_issuer();
        let place = self.issuers.iter().position(|issuer| issuer.own && Some(&*issuer.issuer) == named);
        let place = place.ok_or_else(|| Denial::new(Reason::IssuerMismatch, "another issuer's token"))?;
        let issuer = &self.issuers[place];
        issuer.expects(jws.typ())?;
        let keys = issuer.keys.now();
        let key = jws.verify_watched(&keys, &issuer.algorithms, &mut Unwatched)?;
        // Whom it is for is the business of that resource server: all else is asked as at the door.
        let claims = issuer.believe_but_audience(&payload, &mut Unwatched)?;
        judge(&Verified::new(place, true, key, &claims, &self.prefix))?;
        Ok(Issued::of(&issuer.issuer, &claims, payload.only_audience()))
    }
}
