//! Sending a recording once more, octet by octet, as somebody does who has nothing but that.

use std::{net::IpAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream, lookup_host},
    time::timeout,
};

use super::Lab;
use crate::{
    caller::{Broken, Stage},
    compare::{judge, scenario::Outcome},
};

/// How long the server may take to have done with it.
const ENDED_WITHIN: Duration = Duration::from_secs(10);

impl Lab {
    /// Sends the recording from `from`, and waits until the server ends the connection.
    pub(super) async fn replay(&mut self, recording: &[u8], from: Option<IpAddr>) -> Result<Outcome, String> {
        let answered = async {
            let mut wire = self.wire(from).await?;
            let (hello, rest) = recording.split_at(first_record(recording));
            let mut answer = vec![0; 1 << 14];
            // A server that has heard enough may hang up before everything is sent.
            let _ = wire.write_all(hello).await;
            let begun = wire.read(&mut answer).await.unwrap_or_default();
            let _ = wire.write_all(rest).await;
            answer.clear();
            let _ = wire.read_to_end(&mut answer).await;
            Ok::<_, String>(begun + answer.len())
        };
        let Ok(answer) = timeout(ENDED_WITHIN, answered).await else {
            return Ok(Outcome::Strange(format!("the connection was open for {ENDED_WITHIN:?} after a replay")));
        };
        let why = format!("{} octets sent again, {} came back, then the connection ended", recording.len(), answer?);
        self.proof.line(format!("* {why}"));
        let grown = self.newly_counted(|counted| &counted.handshakes).await?;
        for (reason, count) in &grown {
            self.proof.line(format!("* the server counted {count} refused handshake: {reason}"));
        }
        Ok(judge::broken(&Broken { stage: Stage::Closed, alert: None, why }, &grown))
    }

    async fn wire(&self, from: Option<IpAddr>) -> Result<TcpStream, String> {
        let unreachable = |error: std::io::Error| format!("the server: {error}");
        let place = format!("{}:{}", self.origin.host, self.origin.port);
        let mut places = lookup_host(place).await.map_err(unreachable)?;
        let server = places.find(std::net::SocketAddr::is_ipv4).ok_or("the server has no IPv4 address")?;
        let socket = TcpSocket::new_v4().map_err(unreachable)?;
        if let Some(address) = from {
            socket.bind((address, 0).into()).map_err(|error| format!("{address}: {error}"))?;
        }
        socket.connect(server).await.map_err(unreachable)
    }
}

/// How long the first record is (RFC 8446 §5.1): what a caller sends before it has heard anything.
fn first_record(recording: &[u8]) -> usize {
    let length = |octets: &[u8]| usize::from(u16::from_be_bytes([octets[0], octets[1]]));
    recording.get(3..5).map_or(0, |octets| 5 + length(octets)).min(recording.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_record_is_told_from_what_follows() {
        for (recording, length) in
            [(&[22, 3, 1, 0, 2, 9, 9, 20, 3, 3][..], 7), (&[22, 3, 1, 0, 9, 1], 6), (&[22, 3, 1, 0], 0), (&[], 0)]
        {
            assert_eq!(first_record(recording), length, "{recording:?}");
        }
    }
}
