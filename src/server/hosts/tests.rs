use std::{net::Ipv4Addr, sync::Arc};

use http::HeaderValue;

use super::*;
use crate::peer::{Shown, TlsPeer};

fn hosts(listen: &Listen) -> Hosts {
    let certificate = ["localhost", "127.0.0.1", "::1", "*.wild.example", "open.example"].map(str::to_owned).to_vec();
    let certificate = Arc::new(ArcSwap::from_pointee(certificate));
    Hosts::new(listen, Mode::Mtls, "https://api.example:8443", Ipv4Addr::UNSPECIFIED.into(), certificate)
}

fn peer(entrance: Entrance, server_name: Option<&str>) -> Peer {
    let tls = TlsPeer { server_name: server_name.map(Into::into), entrance, resumed: false, shown: Shown::Nothing };
    Peer { address: ([127, 0, 0, 1], 1).into(), via: None, tls: Some(tls) }
}

fn asked(hosts: &Hosts, peer: &Peer, uri: &str, fields: &[&str]) -> Option<Reason> {
    let mut headers = HeaderMap::new();
    for field in fields {
        headers.append(HOST, HeaderValue::from_bytes(field.as_bytes()).unwrap());
    }
    hosts.check(peer, &uri.parse().unwrap(), &headers).err().map(|denial| denial.reason)
}

#[test]
fn the_host_is_the_name_that_tls_was_asked_for() {
    let (hosts, wrong) = (hosts(&Listen::default()), Some(Reason::WrongDoor));
    let local = peer(Entrance::Lock, Some("localhost"));
    for good in ["localhost", "localhost:8443", "LOCALHOST:1", "localhost."] {
        assert_eq!(asked(&hosts, &local, "/", &[good]), None, "{good}");
    }
    for other in ["127.0.0.1", "api.example", "localhost.evil.example", "a.wild.example"] {
        assert_eq!(asked(&hosts, &local, "/", &[other]), wrong, "{other}");
    }
    let other = peer(Entrance::Lock, Some("other.example"));
    assert_eq!(asked(&hosts, &other, "/", &["other.example"]), wrong, "the same, but no name of the API");
    let nameless = peer(Entrance::Lock, None);
    for good in ["127.0.0.1:8443", "[::1]:8443", "localhost", "api.example", "a.wild.example"] {
        assert_eq!(asked(&hosts, &nameless, "/", &[good]), None, "{good}");
    }
    for bad in ["127.0.0.2", "wild.example", "a.b.wild.example", ".wild.example", "[::2]"] {
        assert_eq!(asked(&hosts, &nameless, "/", &[bad]), wrong, "{bad}");
    }
}

#[test]
fn a_target_with_a_host_counts_and_must_agree() {
    let hosts = hosts(&Listen::default());
    let local = peer(Entrance::Lock, Some("localhost"));
    assert_eq!(asked(&hosts, &local, "https://localhost/x", &[]), None);
    assert_eq!(asked(&hosts, &local, "https://localhost:1/x", &["localhost"]), None);
    assert_eq!(asked(&hosts, &local, "https://localhost/x", &["api.example"]), Some(Reason::WrongDoor));
    assert_eq!(asked(&hosts, &local, "https://api.example/x", &["localhost"]), Some(Reason::WrongDoor));
}

#[test]
fn a_host_that_is_none_is_an_error_of_the_protocol() {
    let (hosts, local) = (hosts(&Listen::default()), peer(Entrance::Lock, Some("localhost")));
    let odd: [&[&str]; 10] = [
        &[],
        &[""],
        &["localhost", "localhost"],
        &["localhost, localhost"],
        &["user@localhost"],
        &["localhost:8443:1"],
        &["localhost:x"],
        &["[::1"],
        &["löcalhost"],
        &["localhost/x"],
    ];
    for fields in odd {
        assert_eq!(asked(&hosts, &local, "/", fields), Some(Reason::ProtocolError), "{fields:?}");
    }
}

#[test]
fn the_default_endpoint_is_a_door_of_its_own() {
    let hosts = hosts(&Listen { default_endpoint: Some("Open.example".into()), ..Listen::default() });
    let wrong = Some(Reason::WrongDoor);
    let open = peer(Entrance::DefaultEndpoint, Some("open.example"));
    assert_eq!(asked(&hosts, &open, "/", &["open.example"]), None);
    assert_eq!(asked(&hosts, &open, "/", &["localhost"]), wrong, "the bypass");
    assert_eq!(asked(&hosts, &peer(Entrance::Lock, None), "/", &["open.example"]), wrong, "not through the lock's door");
}

#[test]
fn configured_names_are_all_the_names() {
    let hosts = hosts(&Listen { domains: Some(vec!["Only.example".into()]), ..Listen::default() });
    let nameless = peer(Entrance::Lock, None);
    assert_eq!(asked(&hosts, &nameless, "/", &["only.example"]), None);
    for other in ["localhost", "api.example", "127.0.0.1"] {
        assert_eq!(asked(&hosts, &nameless, "/", &[other]), Some(Reason::WrongDoor), "{other}");
    }
}
