//! One busy caller: its connection, or a new one for each call.

use bytes::Bytes;
use http::{Request, StatusCode};

use super::seen::End;
use crate::{
    caller::{Broken, Connection, Dial, Exchange, Stage},
    compare::findings::Kind,
    wire::HELLO_BODY,
};

/// A caller at work over one kind of connection.
#[derive(Debug)]
pub(super) struct Session<'a> {
    kind: Kind,
    dial: Dial,
    call: &'a Request<Bytes>,
    open: Option<Connection>,
    over: bool,
}

impl<'a> Session<'a> {
    /// `dial` fits `kind`: see [`super::pass::Pass::dial`].
    pub(super) fn new(kind: Kind, dial: Dial, call: &'a Request<Bytes>) -> Self {
        Self { kind, dial, call, open: None, over: false }
    }

    /// Whether there is nothing left to call on: a connection that was kept and that the server has closed. Another one would be new.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Makes one call. A caller that wants to resume and gets a full handshake has called on a new connection.
    pub(super) async fn call(&mut self) -> (Kind, End) {
        let mut connection = match self.open.take() {
            Some(open) => open,
            None => match self.dial.connect().await {
                Ok(connection) => connection,
                Err(broken) => return (self.kind, self.broken(&broken)),
            },
        };
        let kind = if self.kind == Kind::Resumed && !connection.is_resumed() { Kind::New } else { self.kind };
        match connection.send(self.call).await {
            Ok(answer) => {
                self.open = self.keeps().then_some(connection);
                (kind, told(&answer))
            }
            Err(broken) => (kind, self.broken(&broken)),
        }
    }

    fn keeps(&self) -> bool {
        matches!(self.kind, Kind::Kept | Kind::Http2)
    }

    fn broken(&mut self, broken: &Broken) -> End {
        self.over = self.keeps();
        match broken.stage {
            Stage::Handshake | Stage::Closed => End::Refused(broken.to_string()),
            Stage::Connect | Stage::Distrust | Stage::Deadline | Stage::Unreadable => End::Failed(broken.to_string()),
        }
    }
}

fn told(answer: &Exchange) -> End {
    let status = answer.status;
    if status == StatusCode::OK && answer.body == HELLO_BODY {
        return End::Accepted;
    }
    let what = format!("answered {status}");
    if status.is_client_error() { End::Refused(what) } else { End::Failed(what) }
}

#[cfg(test)]
mod tests {
    use std::{sync::atomic::Ordering::Relaxed, time::Duration};

    use super::*;
    use crate::compare::load::tests::server;

    async fn calls(kind: Kind, status: u16) -> (Vec<(Kind, End)>, u32) {
        let server = server(status, u32::MAX, Duration::ZERO).await;
        let mut session = Session::new(kind, server.target.dial.clone(), &server.target.call);
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
    async fn nobody_there_is_no_refusal_either() {
        let server = server(200, u32::MAX, Duration::ZERO).await;
        let mut dial = server.target.dial.clone();
        dial.connect_to = Some(([127, 0, 0, 1], 1).into());
        let mut session = Session::new(Kind::Kept, dial, &server.target.call);
        assert!(matches!(session.call().await, (Kind::Kept, End::Failed(_))));
        assert!(session.is_over());
    }
}
