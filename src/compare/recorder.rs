//! A wire tap: it passes octets on in both directions, understands none of them, and keeps what the caller sent.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};

/// How long somebody listens after the caller is done.
const PATIENCE: Duration = Duration::from_secs(5);

/// A tap on the wire to one server, for one connection. Dropping it closes the port.
#[derive(Debug)]
pub(super) struct Recorder {
    pub(super) address: SocketAddr,
    passing: JoinHandle<io::Result<Vec<u8>>>,
}

impl Recorder {
    /// Opens one on the way to `server`, a host and a port.
    pub(super) async fn open(server: String) -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| format!("cannot listen: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let passing = tokio::spawn(async move {
            let (caller, _) = listener.accept().await?;
            pass(caller, TcpStream::connect(server).await?).await
        });
        Ok(Self { address, passing })
    }

    /// All that the caller sent, once its connection has ended.
    pub(super) async fn recording(mut self) -> Result<Vec<u8>, String> {
        match timeout(PATIENCE, &mut self.passing).await {
            Ok(Ok(Ok(octets))) => Ok(octets),
            Ok(Ok(Err(error))) => Err(format!("the wire tap: {error}")),
            Ok(Err(error)) => Err(format!("the wire tap: {error}")),
            Err(_) => Err(format!("the caller's connection did not end within {PATIENCE:?}")),
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.passing.abort();
    }
}

async fn pass(mut caller: TcpStream, mut server: TcpStream) -> io::Result<Vec<u8>> {
    let (mut from_caller, mut to_caller) = caller.split();
    let (mut from_server, mut to_server) = server.split();
    let mut sent = Vec::new();
    let listening = async {
        let mut octets = [0; 4096];
        loop {
            let read = from_caller.read(&mut octets).await?;
            if read == 0 {
                return Ok::<_, io::Error>(());
            }
            let new = octets.get(..read).unwrap_or_default();
            sent.extend_from_slice(new);
            to_server.write_all(new).await?;
        }
    };
    tokio::select! {
        done = listening => done?,
        answered = copy(&mut from_server, &mut to_caller) => drop(answered?),
    }
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_the_caller_sent_is_kept_and_the_answer_passes() {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let recorder = Recorder::open(server.local_addr().unwrap().to_string()).await.unwrap();
        let answering = tokio::spawn(async move {
            let (mut caller, _) = server.accept().await.unwrap();
            let mut question = [0; 8];
            caller.read_exact(&mut question).await.unwrap();
            caller.write_all(b"answer").await.unwrap();
            question
        });
        let mut caller = TcpStream::connect(recorder.address).await.unwrap();
        caller.write_all(b"question").await.unwrap();
        let mut answer = [0; 6];
        caller.read_exact(&mut answer).await.unwrap();
        drop(caller);
        assert_eq!((&answer, &answering.await.unwrap()), (b"answer", b"question"));
        assert_eq!(recorder.recording().await.unwrap(), b"question");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named() {
        let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let recorder = Recorder::open(nobody.to_string()).await.unwrap();
        let _caller = TcpStream::connect(recorder.address).await.unwrap();
        assert!(recorder.recording().await.unwrap_err().starts_with("the wire tap: "));
    }
}
