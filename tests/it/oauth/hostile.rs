//! Octets that nobody would send in earnest, wherever the token service reads something: never a 5xx, and it goes on.

use std::{fs, path::PathBuf};

use authbench::secret::Digest;

use super::{
    ENDPOINTS,
    signs::{self, TYPE, claims, form},
};
use crate::{
    lab::{Answer, Client, GRANT, Lab, Line, Signer, TOKEN},
    vectors::vectors,
};

/// Failures are many here: the budget must not be what refuses.
const PATIENT: &str = "[guessing]\nfailures = 1000000\nrefill_per_second = 100000\n";

/// The texts of `JSONTestSuite`, when they are there, and octets without any sense, always the same ones.
fn texts() -> Vec<(String, Vec<u8>)> {
    let files = vectors("JSONTestSuite")
        .map(|path| fs::read_dir(path).unwrap().map(|file| file.unwrap().path()).collect::<Vec<PathBuf>>());
    let json = files.unwrap_or_default().into_iter().filter(|path| path.extension().is_some_and(|end| end == "json"));
    let json = json.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()));
    let random = (0_u32..200).map(|n| {
        let blocks = (0..=n % 8).flat_map(|block| *Digest::of(&[n.to_be_bytes(), block.to_be_bytes()].concat()).octets());
        (format!("random {n}"), blocks.collect())
    });
    json.chain(random).collect()
}

fn post(line: &mut Line, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let length = body.len().to_string();
    let own = [("content-type", "application/x-www-form-urlencoded"), ("content-length", &*length)];
    line.send("POST", path, &[&own, headers].concat(), body).unwrap()
}

fn encoded(octets: &[u8]) -> String {
    form_urlencoded::byte_serialize(octets).collect()
}

#[test]
fn as_a_form_and_as_the_value_of_each_parameter() {
    let lab = Lab::new();
    lab.configure(PATIENT);
    let server = lab.serve("jwt");
    let (client, mut line) = (Client::new(&lab, "partner", &[]), server.line(None));
    let basic = client.basic();
    let headers = [("authorization", &*basic)];
    let (texts, mut asked) = (texts(), 0);
    for (name, text) in texts.iter().filter(|(_, text)| text.len() < 20_000) {
        for path in ENDPOINTS {
            for headers in [&headers as &[_], &[]] {
                let answer = post(&mut line, path, headers, text);
                assert!([200, 400, 401].contains(&answer.status), "{name} as a form of {path}: {answer:?}");
                assert!(headers.len() == 1 || answer.status != 200, "{name} as a form of {path}: {answer:?}");
            }
        }
        let value = encoded(text);
        for parameter in ["scope", "token", "grant_type", "client_id", "client_secret", "client_assertion"] {
            let answer = post(&mut line, TOKEN, &[], format!("{parameter}={value}").as_bytes());
            assert!([400, 401].contains(&answer.status), "{name} as {parameter}: {answer:?}");
        }
        let scope = post(&mut line, TOKEN, &headers, format!("{GRANT}&scope={value}").as_bytes());
        assert!(scope.status == 400 || value.is_empty(), "{name} as a scope: {scope:?}");
        for path in &ENDPOINTS[1..] {
            let answer = post(&mut line, path, &headers, format!("token={value}").as_bytes());
            assert!(answer.status == 200 || value.is_empty(), "{name} as a token: {answer:?}");
        }
        asked += 1;
    }
    println!(
        "JSONTestSuite and random octets as a form, and as the value of each parameter: {asked} run, {asked} right, 0 answered with 5xx"
    );
    assert_eq!(client.post(&mut line, TOKEN, GRANT).status, 200);
}

#[test]
fn as_header_and_payload_of_an_assertion() {
    let lab = Lab::new();
    lab.configure(PATIENT);
    let server = lab.serve("jwt");
    let (signer, mut line) = (Signer::es256("k"), server.line(None));
    let id = signs::client(&lab, "partner", &signer);
    let header = signer.assertion_header().to_string();
    for (name, text) in texts().iter().filter(|(_, text)| text.len() < 5_000) {
        let payload = claims(&id, &server.url).to_string();
        let member = [br#"{"alg":"ES256","kid":"k","x":"#, &**text, b"}"].concat();
        let claim = [payload.trim_end_matches('}').as_bytes(), br#","x":"#, text, b"}"].concat();
        for (place, assertion) in [
            ("header", signer.token_of(text, payload.as_bytes())),
            ("payload", signer.token_of(header.as_bytes(), text)),
            ("member", signer.token_of(&member, claims(&id, &server.url).to_string().as_bytes())),
            ("claim", signer.token_of(header.as_bytes(), &claim)),
        ] {
            let answer = post(&mut line, TOKEN, &[], form(&assertion).as_bytes());
            let right = matches!(place, "member" | "claim") && !name.starts_with("n_");
            assert!(answer.status == 401 || right && answer.status == 200, "{name} as {place}: {answer:?}");
            // JSON may have a member twice (RFC 8259 §4), a header or payload here may not.
            if name.starts_with("y_") && right && text.len() < 3_000 && !name.contains("duplicated") {
                assert_eq!(answer.status, 200, "{name} as {place} is JSON and of no matter: {answer:?}");
            }
        }
        let answer = post(&mut line, TOKEN, &[], format!("{GRANT}&{TYPE}&client_assertion={}", encoded(text)).as_bytes());
        assert!([400, 401].contains(&answer.status), "{name} as an assertion: {answer:?}");
    }
    assert_eq!(signs::present(&mut line, TOKEN, &signer.assertion(&claims(&id, &server.url)), "").status, 200);
}
