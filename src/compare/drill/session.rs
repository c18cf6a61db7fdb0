//! One busy caller: its connection, or a new one for each call.

use std::time::SystemTime;

use http::StatusCode;

use super::{pass::Pass, seen::End};
use crate::{
    caller::{Broken, Connection, Dial, Exchange, Stage},
    clock,
    compare::findings::Kind,
};

/// How a call ends that was not made, because there was nothing to show.
pub(super) const NO_TOKEN: &str = "no token to be had";

/// A caller at work over one kind of connection.
#[derive(Debug)]
pub(super) struct Session {
    kind: Kind,
    dial: Dial,
    pass: Pass,
    open: Option<Connection>,
    returns: bool,
    over: bool,
    /// When another token is to be asked for.
    renew: Option<SystemTime>,
}

impl Session {
    /// `dial` fits `kind`: see [`Pass::dial`]. Who `returns` opens another connection when the one that it keeps is closed.
    pub(super) fn new(kind: Kind, dial: Dial, pass: Pass, returns: bool) -> Self {
        let renew = pass.source.as_ref().map(|_| clock::now());
        Self { kind, dial, pass, open: None, returns, over: false, renew }
    }

    /// Whether there is nothing left to call on: a connection that was kept and that the server has closed. Another one would be new.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Makes one call. A caller that wants to resume and gets a full handshake has called on a new connection.
    pub(super) async fn call(&mut self) -> (Kind, End) {
        if !self.has_token().await {
            return (self.kind, End::Failed(NO_TOKEN.into()));
        }
        let mut connection = match self.open.take() {
            Some(open) => open,
            None => match self.dial.connect().await {
                Ok(connection) => connection,
                Err(broken) => return (self.kind, self.broken(&broken)),
            },
        };
        let kind = if self.kind == Kind::Resumed && !connection.is_resumed() { Kind::New } else { self.kind };
        match connection.send(&self.pass.call).await {
            Ok(answer) => {
                self.open = self.keeps().then_some(connection);
                (kind, self.told(&answer))
            }
            Err(broken) => (kind, self.broken(&broken)),
        }
    }

    /// Asks for another token when half of the life of this one is over. While it lives, it is as well if none is given.
    async fn has_token(&mut self) -> bool {
        let (Some(source), Some(renew)) = (&self.pass.source, self.renew) else { return true };
        let now = clock::now();
        if now < renew {
            return true;
        }
        if let Ok(token) = source.ask().await
            && self.pass.hold(token).is_ok()
        {
            let left = self.pass.credential.ends.and_then(|ends| ends.duration_since(now).ok()).unwrap_or_default();
            self.renew = Some(now + left / 2);
        }
        self.pass.credential.ends.is_some_and(|ends| clock::now() < ends)
    }

    fn keeps(&self) -> bool {
        matches!(self.kind, Kind::Kept | Kind::Http2)
    }

    fn broken(&mut self, broken: &Broken) -> End {
        self.over = self.keeps() && !self.returns;
        match broken.stage {
            Stage::Handshake | Stage::Closed => End::Refused(broken.to_string()),
            Stage::Connect | Stage::Distrust | Stage::Deadline | Stage::Unreadable => End::Failed(broken.to_string()),
        }
    }

    fn told(&self, answer: &Exchange) -> End {
        if self.pass.is_served(answer) {
            return End::Accepted;
        }
        let status = answer.status;
        let what = if status == StatusCode::OK {
            format!("answered {status} with something else")
        } else {
            format!("answered {status}")
        };
        if status.is_client_error() { End::Refused(what) } else { End::Failed(what) }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::atomic::Ordering::Relaxed, time::Duration};

    use super::*;
    use crate::{
        caller::Trust,
        compare::{
            credential::Credential,
            drill::pass::{Source, Wants},
            load::tests::{Server, server},
        },
    };

    fn session(server: &Server, kind: Kind, returns: bool) -> Session {
        let (dial, call) = (server.target.dial.clone(), server.target.call.clone());
        let credential = Credential::default();
        let (wants, trust, source) = (Wants::Resource, Trust::System, None);
        let pass = Pass { name: "partner".into(), dial: dial.clone(), call, wants, credential, trust, source };
        Session::new(kind, dial, pass, returns)
    }

    async fn calls(kind: Kind, status: u16) -> (Vec<(Kind, End)>, u32) {
        let server = server(status, u32::MAX, Duration::ZERO).await;
        let mut session = session(&server, kind, false);
        let mut ended = Vec::new();
        for _ in 0..3 {
            ended.push(session.call().await);
        }
        (ended, server.connections.load(Relaxed))
    }

    #[tokio::test]
    async fn a_kept_connection_is_kept_also_when_the_answer_refuses() {
        assert_eq!(calls(Kind::Kept, 200).await, (vec![(Kind::Kept, End::Accepted); 3], 1));
        let refused = End::Refused("answered 401 Unauthorized".into());
        assert_eq!(calls(Kind::Kept, 401).await, (vec![(Kind::Kept, refused); 3], 1));
        assert_eq!(calls(Kind::New, 200).await, (vec![(Kind::New, End::Accepted); 3], 3));
    }

    #[tokio::test]
    async fn what_is_not_resumed_is_new_and_an_error_is_no_refusal() {
        let failed = End::Failed("answered 503 Service Unavailable".into());
        assert_eq!(calls(Kind::Resumed, 503).await, (vec![(Kind::New, failed); 3], 3));
    }

    #[tokio::test]
    async fn nobody_there_is_no_refusal_either_and_the_end_but_for_who_returns() {
        let server = server(200, u32::MAX, Duration::ZERO).await;
        for returns in [false, true] {
            let mut session = session(&server, Kind::Kept, returns);
            session.dial.connect_to = Some(([127, 0, 0, 1], 1).into());
            assert!(matches!(session.call().await, (Kind::Kept, End::Failed(_))));
            assert_eq!(session.is_over(), !returns);
            session.dial = server.target.dial.clone();
            assert_eq!(session.call().await, (Kind::Kept, End::Accepted));
        }
    }

    #[tokio::test]
    async fn who_asks_for_a_token_is_not_served_by_the_resource() {
        let server = server(200, u32::MAX, Duration::ZERO).await;
        let mut session = session(&server, Kind::Kept, false);
        session.pass.wants = Wants::Token;
        assert_eq!(session.call().await, (Kind::Kept, End::Failed("answered 200 OK with something else".into())));
    }

    #[tokio::test]
    async fn who_lives_by_short_tokens_makes_no_call_without_one() {
        let (server, service) = (server(200, u32::MAX, Duration::ZERO).await, server(503, u32::MAX, Duration::ZERO).await);
        let mut session = session(&server, Kind::Kept, true);
        session.pass.source = Some(Source { dial: service.target.dial.clone(), request: service.target.call.clone() });
        session.renew = Some(clock::now());
        session.pass.credential.ends = Some(clock::now() + Duration::from_secs(600));
        assert_eq!(session.call().await, (Kind::Kept, End::Accepted), "the one in hand still lives");
        session.pass.credential.ends = Some(clock::now());
        assert_eq!(session.call().await, (Kind::Kept, End::Failed(NO_TOKEN.into())));
        assert_eq!((server.connections.load(Relaxed), service.connections.load(Relaxed)), (1, 2));
    }
}
