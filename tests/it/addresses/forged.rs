//! I1: nobody's word about an address or a certificate counts unless the configuration says so, and then only of who it names.

use super::{Caller, LOCKS, record_of};
use crate::lab::{Client, GRANT, Lab, Line, PATH, TOKEN, text};

/// Every header that some proxy, balancer or network writes an address into, with `IP` where the address stands.
const ADDRESS_HEADERS: [(&str, &str); 38] = [
    ("x-forwarded-for", "IP"),
    ("x-forwarded-for", "IP, IP"),
    ("x_forwarded_for", "IP"),
    ("x-forwarded", "for=IP"),
    ("forwarded", "for=IP;proto=https;by=IP"),
    ("forwarded-for", "IP"),
    ("x-real-ip", "IP"),
    ("real-ip", "IP"),
    ("client-ip", "IP"),
    ("x-client-ip", "IP"),
    ("x-cluster-client-ip", "IP"),
    ("cluster-client-ip", "IP"),
    ("x-original-forwarded-for", "IP"),
    ("x-originating-ip", "IP"),
    ("x-remote-ip", "IP"),
    ("x-remote-addr", "IP"),
    ("remote-addr", "IP"),
    ("x-host", "IP"),
    ("x-proxyuser-ip", "IP"),
    ("x-source-ip", "IP"),
    ("source-ip", "IP"),
    ("via", "1.1 IP"),
    ("true-client-ip", "IP"),
    ("cf-connecting-ip", "IP"),
    ("cf-connecting-ipv6", "::ffff:IP"),
    ("cf-pseudo-ipv4", "IP"),
    ("fastly-client-ip", "IP"),
    ("akamai-client-ip", "IP"),
    ("x-azure-clientip", "IP"),
    ("x-azure-socketip", "IP"),
    ("x-appengine-user-ip", "IP"),
    ("x-envoy-external-address", "IP"),
    ("x-nf-client-connection-ip", "IP"),
    ("fly-client-ip", "IP"),
    ("x-vercel-forwarded-for", "IP"),
    ("do-connecting-ip", "IP"),
    ("cloudfront-viewer-address", "IP:443"),
    ("x-amzn-requestcontext", "{\"identity\":{\"sourceIp\":\"IP\"}}"),
];

/// Every header that some proxy tells a verified certificate or a caller in.
const CERTIFICATE_HEADERS: [(&str, &str); 20] = [
    ("client-cert", ":MIIB:"),
    ("client-cert-chain", ":MIIB:"),
    ("x-forwarded-client-cert", "By=spiffe://example/us;Hash=00;Subject=\"CN=partner\";URI=spiffe://example/partner"),
    ("x-client-cert", "MIIB"),
    ("x-ssl-cert", "-----BEGIN%20CERTIFICATE-----"),
    ("x-ssl-client-cert", "-----BEGIN%20CERTIFICATE-----"),
    ("x-ssl-client-verify", "SUCCESS"),
    ("x-ssl-client-dn", "CN=partner"),
    ("x-ssl-client-s-dn", "CN=partner"),
    ("x-ssl-client-cn", "partner"),
    ("ssl-client-verify", "SUCCESS"),
    ("ssl-client-s-dn", "CN=partner"),
    ("x-client-verify", "SUCCESS"),
    ("x-client-dn", "CN=partner"),
    ("x-amzn-mtls-clientcert", "-----BEGIN%20CERTIFICATE-----"),
    ("x-amzn-mtls-clientcert-subject", "CN=partner"),
    ("x-amzn-mtls-clientcert-leaf", "-----BEGIN%20CERTIFICATE-----"),
    ("x-arr-clientcert", "MIIB"),
    ("x-remote-user", "partner"),
    ("x-forwarded-user", "partner"),
];

/// The same with an address in place.
fn naming(address: &str) -> Vec<(&'static str, String)> {
    ADDRESS_HEADERS.iter().map(|(name, value)| (*name, value.replace("IP", address))).collect()
}

fn borrowed<'a>(headers: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[test]
fn i1_no_header_moves_a_caller() {
    let lab = Lab::new();
    for mode in LOCKS {
        let server = lab.serve(mode.as_str());
        let caller = Caller::new(&lab, &server, mode, mode.as_str(), &["--allow", "127.0.0.1"]);
        let (home, away) = (naming("127.0.0.1"), naming("203.0.113.9"));
        let mut outside = Line::open_from(&server, caller.identity.as_ref(), "127.0.0.9").unwrap();
        let mut inside = Line::open_from(&server, caller.identity.as_ref(), "127.0.0.1").unwrap();
        for (home, away) in borrowed(&home).into_iter().zip(borrowed(&away)) {
            assert_eq!(caller.on(&mut outside, &[home]).outcome(), "address_denied", "{mode} {home:?}");
            assert_eq!(caller.on(&mut inside, &[away]).outcome(), "allowed", "{mode} {away:?}");
        }
        let all = caller.on(&mut outside, &borrowed(&home));
        assert_eq!(all.outcome(), "address_denied", "{mode}, all at once");
        let record = record_of(&server, &all);
        assert_eq!((&record["address"], &record["via"]), (&"127.0.0.9".into(), &serde_json::Value::Null), "{mode}");
    }
}

#[test]
fn i1_no_header_opens_the_server_s_own_list_nor_the_token_endpoint() {
    let lab = Lab::new();
    lab.configure("[network]\nallow = [\"127.0.0.1\"]\n");
    let server = lab.serve("jwt");
    let client = Client::new(&lab, "partner", &[]);
    let home = naming("127.0.0.1");
    let mut outside = Line::open_from(&server, None, "127.0.0.9").unwrap();
    for one in borrowed(&home) {
        let basic = client.basic();
        let answer = outside.post(TOKEN, &[one, ("authorization", &basic)], GRANT).unwrap();
        assert_eq!(answer.status, 403, "{one:?}: {answer:?}");
        assert_eq!(outside.get("/.well-known/jwks.json", &[one]).unwrap().outcome(), "address_denied", "{one:?}");
    }
    assert_eq!(outside.get("/.well-known/jwks.json", &borrowed(&home)).unwrap().outcome(), "address_denied", "all at once");
}

#[test]
fn i1_no_header_stands_for_a_certificate_even_from_a_trusted_proxy() {
    let lab = Lab::new();
    lab.configure("[mtls]\nclient_auth = \"optional\"\n[network]\ntrusted_proxies = [\"127.0.0.1\"]\n");
    for mode in LOCKS {
        let server = lab.serve(mode.as_str());
        let mut line = server.line(None);
        for one in CERTIFICATE_HEADERS {
            let answer = line.get(PATH, &[one]).unwrap();
            assert_eq!(answer.outcome(), "credential_missing", "{mode} {one:?}");
        }
        assert_eq!(line.get(PATH, &CERTIFICATE_HEADERS).unwrap().outcome(), "credential_missing", "{mode}");
    }
}

/// I1: of a trusted proxy only `X-Forwarded-For` counts.
#[test]
fn i1_a_trusted_proxy_is_believed_in_one_header() {
    let lab = Lab::new();
    lab.configure("[network]\ntrusted_proxies = [\"127.0.0.1\"]\nallow = [\"127.0.0.1\"]\n");
    let server = lab.serve("open");
    let caller = Caller { identity: None, header: None };
    for (name, value) in naming("203.0.113.9") {
        let counts = name == "x-forwarded-for";
        let answer = caller.call(&server, "127.0.0.1", &[(name, &value)]);
        assert_eq!(answer.outcome(), if counts { "address_denied" } else { "allowed" }, "{name}: {value}");
    }
    for (name, value) in naming("127.0.0.1") {
        assert_eq!(caller.call(&server, "127.0.0.9", &[(name, &value)]).outcome(), "address_denied", "no proxy: {name}: {value}");
    }
}

/// The budget for wrong credentials is spent by where they come from, and not by where they say.
#[test]
fn i1_no_header_gives_a_guesser_a_new_budget() {
    let lab = Lab::new();
    lab.configure("[guessing]\nfailures = 3\nrefill_per_second = 1\n");
    let server = lab.serve("apikey");
    let stale = text(&lab.json(&["key", "add", "partner"]), "key").to_owned();
    lab.effective(&["key", "rotate", "partner"]);
    let mut line = server.line(None);
    let homes: Vec<_> = (1..=12).map(|host| naming(&format!("203.0.113.{host}"))).collect();
    let seen = homes.iter().map(|home| {
        let headers = [borrowed(home), vec![("x-api-key", stale.as_str())]].concat();
        line.get(PATH, &headers).unwrap().outcome()
    });
    assert!(seen.collect::<Vec<_>>().contains(&"guessing".to_owned()));
}
