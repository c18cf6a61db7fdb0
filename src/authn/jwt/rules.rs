//! What an issuer's tokens must say. None of it depends on the time, so it is asked once for a token, not at each use.

use super::{
    TrustedIssuer,
    check::{Check, Watch},
    claims::{Claims, Payload},
    jws::Typ,
};
use crate::{
    denial::{Denial, Reason},
    guard::Guard,
    mode::Profile,
};

impl TrustedIssuer {
    /// Whether `typ` is one that this issuer's access tokens have: `at+jwt` (RFC 9068 §2.1); Cognito writes none.
    pub(super) fn expects(&self, typ: Typ) -> Result<(), Denial> {
        let right = match self.profile {
            Profile::Standard => typ == Typ::AccessToken,
            Profile::Aws => matches!(typ, Typ::Absent | Typ::Jwt | Typ::AccessToken),
        };
        (right || !Guard::TokenType.stands())
            .then_some(())
            .ok_or_else(|| Denial::new(Reason::TypeMismatch, "`typ` is not that of an access token"))
    }

    /// The claims of a payload that this issuer signed, after all that must be in them was found there.
    pub(super) fn believe<'p>(&self, payload: &'p Payload<'_>, watch: &mut impl Watch) -> Result<Claims<'p>, Denial> {
        let claims = self.believe_but_audience(payload, watch)?;
        watch.begins(Check::Audience);
        if Guard::TokenAudience.stands() {
            self.check_audience(&claims)?;
        }
        Ok(claims)
    }

    /// The same for whatever resource server.
    pub(super) fn believe_but_audience<'p>(
        &self,
        payload: &'p Payload<'_>,
        watch: &mut impl Watch,
    ) -> Result<Claims<'p>, Denial> {
        watch.begins(Check::Claims);
        let claims = payload.claims()?;
        if self.profile == Profile::Aws {
            payload.whole_if_there("version")?;
            payload.whole_if_there("auth_time")?;
        }
        if self.profile == Profile::Standard && claims.client_id.is_none() {
            // RFC 9068 §2.2 demands it, and who revokes or records wants to know.
            return Err(Denial::new(Reason::CredentialMalformed, "`client_id` is missing"));
        }
        if self.own && claims.client_id != Some(claims.sub) {
            return Err(Denial::new(Reason::CredentialMalformed, "`client_id` is not `sub`"));
        }
        if self.profile == Profile::Aws {
            watch.begins(Check::TokenUse);
            if claims.token_use() != Some("access") {
                // An identity token of the same issuer is signed by the same keys.
                return Err(Denial::new(Reason::TypeMismatch, "`token_use` is not `access`"));
            }
        }
        Ok(claims)
    }

    fn check_audience(&self, claims: &Claims<'_>) -> Result<(), Denial> {
        let refuse = |cause: &'static str| Err(Denial::new(Reason::AudienceMismatch, cause));
        if self.profile == Profile::Standard || claims.has_audience() {
            return if claims.audience_is(&self.audience) { Ok(()) } else { refuse("`aud` does not name this resource server") };
        }
        // Cognito's access tokens have no `aud`: as at an HTTP API's JWT authorizer, `client_id` counts in its place.
        match (claims.client_id, &self.clients) {
            (Some(_), _) if self.own => Ok(()),
            (Some(client), Some(accepted)) if accepted.iter().any(|one| **one == *client) => Ok(()),
            (Some(_), _) => refuse("there is no `aud`, and `client_id` is not among `client_ids`"),
            (None, _) => refuse("there is neither `aud` nor `client_id`"),
        }
    }
}
