//! Connections that are open when their certificate stops counting.

use tokio::io::AsyncWriteExt;

use super::{
    callers::{Caller, VERSIONS, ask, ask_http2, closed},
    *,
};

#[tokio::test]
async fn a_kept_alive_connection_is_cut() {
    let lab = Lab::mutual();
    let (bad, good) = (lab.client_ca.client("bad"), lab.client_ca.client("good"));
    let mut bystander = Caller::plainest(&lab, &good).connect(&lab).await.unwrap();
    let mut open = Vec::new();
    for version in VERSIONS {
        let mut stream = Caller::new(&lab.server_ca, Some(&bad), version, &["http/1.1"]).connect(&lab).await.unwrap();
        assert_eq!(ask(&mut stream, "/").await.unwrap(), "hello");
        open.push(stream);
    }
    assert_eq!(ask(&mut bystander, "/").await.unwrap(), "hello");
    assert_eq!(lab.revoke(&bad), 2);
    for stream in &mut open {
        closed(stream).await;
    }
    assert_eq!(ask(&mut bystander, "/").await.unwrap(), "hello", "others are not disturbed");
    until(|| lab.registry.connections() == 1).await;
}

#[tokio::test]
async fn a_connection_of_http_2_is_cut_with_all_its_streams() {
    let lab = Lab::mutual();
    let identity = lab.client_ca.client("partner");
    let caller = Caller::new(&lab.server_ca, Some(&identity), &rustls::version::TLS13, &["h2"]);
    let mut sender = caller.connect_http2(&lab).await;
    assert_eq!(ask_http2(&mut sender, "/").await.unwrap(), "hello");
    let mut slow = sender.clone();
    let waiting = tokio::spawn(async move { ask_http2(&mut slow, "/slow").await });
    assert_eq!(lab.revoke(&identity), 1);
    assert!(within(waiting).await.unwrap().is_err());
    assert!(ask_http2(&mut sender, "/").await.is_err());
    until(|| lab.registry.connections() == 0).await;
}

#[tokio::test]
async fn who_waits_for_an_answer_gets_none() {
    let lab = Lab::mutual();
    let identity = lab.client_ca.client("partner");
    let mut stream = Caller::plainest(&lab, &identity).connect(&lab).await.unwrap();
    assert_eq!(ask(&mut stream, "/").await.unwrap(), "hello");
    stream.write_all(b"GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    lab.revoke(&identity);
    assert!(ask(&mut stream, "/").await.is_err());
}

#[tokio::test]
async fn a_new_list_cuts_whom_it_names() {
    let lab = Lab::mutual();
    let (bad, good) = (lab.client_ca.client("bad"), lab.client_ca.client("good"));
    let mut cut = Caller::plainest(&lab, &bad).connect(&lab).await.unwrap();
    let mut kept = Caller::plainest(&lab, &good).connect(&lab).await.unwrap();
    assert_eq!(ask(&mut cut, "/").await.unwrap() + &ask(&mut kept, "/").await.unwrap(), "hellohello");
    let mut list = empty_list(&lab.client_ca);
    list.revoked.insert(bad.serial(), crate::clock::now());
    lab.revocations.replace(vec![list]).unwrap();
    assert_eq!(lab.registry.sweep(|of| lab.revocations.status_of(of, crate::clock::now()).is_ok()), 1);
    closed(&mut cut).await;
    assert_eq!(ask(&mut kept, "/").await.unwrap(), "hello");
}

#[tokio::test]
async fn closed_connections_are_forgotten() {
    let lab = Lab::mutual();
    let identity = lab.client_ca.client("partner");
    for _ in 0..20 {
        Caller::plainest(&lab, &identity).try_once(&lab, "/").await.unwrap();
    }
    until(|| lab.registry.connections() == 0).await;
    assert_eq!(lab.revoke(&identity), 0);
}

#[tokio::test]
async fn whoever_connects_during_the_revocation_is_refused_or_cut() {
    let lab = Arc::new(Lab::mutual());
    let identity = Arc::new(lab.client_ca.client("partner"));
    let connecting = (0..40).map(|_| {
        let (lab, identity) = (Arc::clone(&lab), Arc::clone(&identity));
        tokio::spawn(async move {
            let Ok(mut stream) = Caller::plainest(&lab, &identity).connect(&lab).await else { return };
            while ask(&mut stream, "/").await.is_ok() {}
        })
    });
    let connecting: Vec<_> = connecting.collect();
    until(|| *lab.recorder.accepted.borrow() > 5).await;
    lab.revoke(&identity);
    for task in connecting {
        within(task).await.unwrap();
    }
    until(|| lab.registry.connections() == 0).await;
}
