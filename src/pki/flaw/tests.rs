use super::*;
use crate::{
    document::Document,
    pki::{Existing, Issued, Order, OrderKey, Pki},
};

fn read(toml: &str) -> Result<Flaw, String> {
    Document::new("profile.toml", toml).parse("certs/README.md").map_err(|fault| fault.message)
}

fn issue(pki: &Pki, flaw: &str) -> Result<Issued, Failure> {
    let ttl = Duration::from_secs(3600);
    pki.issue(&Order {
        name: flaw,
        sans: &[],
        ttl,
        key: OrderKey::Fresh(KeyType::P256),
        flaw: Some(flaw),
        existing: Existing::Refuse,
    })
}

#[test]
fn a_moment_is_counted_from_now() {
    let now = clock::from_seconds(1_000_000);
    let begins = |text: &str| read(&format!("about = \"\"\nbegins = \"{text}\"")).map(|flaw| flaw.begins.unwrap().from(now));
    assert_eq!(begins("-2h"), Ok(clock::from_seconds(1_000_000 - 7200)));
    assert_eq!(begins("+10m"), Ok(clock::from_seconds(1_000_600)));
    assert_eq!(begins("-3650d"), Ok(clock::from_seconds(0)), "there is nothing before 1970");
    for wrong in ["", "2h", "-", "+", "-2", "±2h", "ä2h", "- -2h", "+9000y"] {
        let told = begins(wrong).unwrap_err();
        assert!(told.contains("is no moment"), "{wrong:?}: {told}");
    }
}

#[test]
fn what_a_flaw_does_not_know_is_refused() {
    for wrong in ["", "about = 1", "about = \"\"\npurposes = [\"both\"]", "about = \"\"\nsigner = \"me\"", "about = \"\"\nx = 1"]
    {
        assert!(read(wrong).is_err(), "{wrong:?} was taken");
    }
}

#[test]
fn only_what_our_own_ca_signed_can_be_recorded() {
    let directory = tempfile::tempdir().unwrap();
    let pki = Pki::open(directory.path()).unwrap();
    let mut strange: Vec<_> = pki.profile.flaws.keys().filter(|name| issue(&pki, name).unwrap().issuer.is_none()).collect();
    strange.sort();
    assert_eq!(strange, ["other_ca", "same_name_ca", "self_signed"]);
}

#[test]
fn an_unknown_flaw_names_those_that_there_are() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("profile.toml"), include_str!("../../../certs/profile.toml").to_owned() + OWN).unwrap();
    let pki = Pki::open(directory.path()).unwrap();
    let told = issue(&pki, "ugly").unwrap_err().to_string();
    assert!(
        told.starts_with("there is no flaw `ugly`\n  mend: describe it below [flaws] in profile.toml, or use one of"),
        "{told}"
    );
    assert!(told.contains("\n    expired: it ended an hour ago\n"), "{told}");
    assert!(told.contains("\n    mine: of my own\n"), "{told}");
    issue(&pki, "mine").unwrap();
}

const OWN: &str = "\n[flaws.mine]\nabout = \"of my own\"\npurposes = [\"client\", \"any\"]\n";

#[test]
fn an_own_profile_without_flaws_keeps_the_usual_ones() {
    let directory = tempfile::tempdir().unwrap();
    let text = include_str!("../../../certs/profile.toml");
    std::fs::write(directory.path().join("profile.toml"), text.split("# Certificates that must be refused").next().unwrap())
        .unwrap();
    issue(&Pki::open(directory.path()).unwrap(), "expired").unwrap();
}
