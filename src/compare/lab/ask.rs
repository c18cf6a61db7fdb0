//! Asking the token endpoint and its neighbours, rightly or as a scenario says.

use bytes::Bytes;
use form_urlencoded::byte_serialize;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request,
    header::{AUTHORIZATION, CONTENT_TYPE},
};

use super::Lab;
use crate::{
    caller::{Exchange, Protocol, Tls, token},
    compare::{
        credential::{Client, basic},
        judge,
        scenario::{Ask, Authentication, Field, Outcome, blanks},
    },
    mode::Profile,
    secret::Secret,
};

/// The stage in front of the resource, part of the resource server's identifier.
const STAGE: &str = "test";

impl Lab {
    pub(super) async fn ask_endpoint(&mut self, ask: &Ask) -> Result<Outcome, String> {
        let request = self.asking(ask).await?;
        self.settle().await;
        let answer = self.asked(&request).await?;
        if let Some(token) = token::access_token(&answer) {
            self.proof.hide(&token);
            self.holder(&ask.who).credential.token = Some(token);
        }
        self.proof.request(&request);
        self.proof.answer(&answer);
        match judge::asked(&answer, ask.endpoint, self.profile) {
            Some(outcome) => {
                self.read_counters(&outcome).await?;
                Ok(outcome)
            }
            None => Ok(judge::counted(&answer, &self.newly_counted(|counted| &counted.decisions).await?)),
        }
    }

    /// In `aws` every refusal is looked up, so that the next one can be told from it.
    async fn read_counters(&mut self, outcome: &Outcome) -> Result<(), String> {
        if matches!(outcome, Outcome::Error(_)) && self.profile == Profile::Aws {
            self.newly_counted(|counted| &counted.decisions).await?;
        }
        Ok(())
    }

    async fn asked(&mut self, request: &Request<Bytes>) -> Result<Exchange, String> {
        let dial = self.dial(Some(Tls::new(&self.trust, None, Protocol::Http1, None)?));
        let mut connection = dial.connect().await.map_err(|broken| format!("the token endpoint: {broken}"))?;
        connection.send(request).await.map_err(|broken| format!("the token endpoint: {broken}"))
    }

    /// The request, with everything that the scenario says is other than usual.
    async fn asking(&mut self, ask: &Ask) -> Result<Request<Bytes>, String> {
        let own = self.holder(&ask.who).credential.client.clone();
        let own = own.unwrap_or(Client { id: String::new(), secret: Secret::new("") });
        self.proof.hide(&basic(&own.id, own.secret.expose()));
        let token = if ask.speaks_of_a_token() { Some(self.token_of(ask.owner()).await?) } else { None };
        let identifier = format!("{}/{STAGE}", self.origin);
        let fill = |text: &str| {
            blanks::fill(text, |word| match word {
                "token" => token.as_ref().map(|token| token.expose().to_owned()),
                "client_id" => Some(own.id.clone()),
                "client_secret" => Some(own.secret.expose().to_owned()),
                "basic" => Some(basic(&own.id, own.secret.expose()).expose().to_owned()),
                "identifier" => Some(identifier.clone()),
                _ => None,
            })
        };
        let id = ask.id.as_deref().map_or(Ok(own.id.clone()), fill)?;
        let secret = ask.secret.as_deref().map_or(Ok(own.secret.expose().to_owned()), fill)?;
        // Who holds no client id and makes none up has nothing to put there.
        let nobody = id.is_empty() && ask.id.is_none();
        let mut request = plain(ask, fill)?;
        if matches!(ask.authentication, Authentication::Post | Authentication::Both) {
            let form = String::from_utf8_lossy(request.body());
            let form = format!("{form}&client_id={}&client_secret={}", encoded(&id), encoded(&secret));
            *request.body_mut() = Bytes::from(form);
        }
        if matches!(ask.authentication, Authentication::Basic | Authentication::Both) && !nobody {
            let pair = basic(&id, &secret);
            self.proof.hide(&pair);
            let value = HeaderValue::try_from(format!("Basic {}", pair.expose())).map_err(|error| error.to_string())?;
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        fields(request.headers_mut(), ask.header.iter(), fill)?;
        Ok(request)
    }
}

/// The request before the client says that it is itself.
fn plain(ask: &Ask, fill: impl Fn(&str) -> Result<String, String>) -> Result<Request<Bytes>, String> {
    let method = ask.method.as_deref().unwrap_or("POST");
    // What is asked by GET has no body, unless the scenario says so.
    let form = ask.form.as_deref().unwrap_or(if method == "GET" { "" } else { ask.endpoint.form() });
    let query = ask.query.as_deref().map(&fill).transpose()?.map(|query| format!("?{query}")).unwrap_or_default();
    let media = ask.content_type.as_deref().unwrap_or("application/x-www-form-urlencoded");
    let request = Request::builder().method(method).uri(format!("{}{query}", ask.endpoint.path()));
    let request = request.header(CONTENT_TYPE, media).body(Bytes::from(fill(form)?));
    request.map_err(|error| format!("the request cannot be made: {error}"))
}

/// Puts header fields in place of those that are there.
pub(super) fn fields<'f>(
    headers: &mut HeaderMap,
    fields: impl Iterator<Item = (&'f String, &'f Field)>,
    fill: impl Fn(&str) -> Result<String, String>,
) -> Result<(), String> {
    for (name, field) in fields {
        let name = HeaderName::try_from(name).map_err(|error| format!("`{name}`: {error}"))?;
        headers.remove(&name);
        for value in field.values() {
            let value = fill(value)?;
            headers.append(&name, HeaderValue::try_from(&value).map_err(|error| format!("`{value}`: {error}"))?);
        }
    }
    Ok(())
}

fn encoded(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}
