//! What a file says, and what is wrong with it.

use super::*;
use crate::algorithm::{Algorithm, KeyKind};

fn fault(text: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("authbench.toml");
    std::fs::write(&path, text).unwrap();
    let fault = Config::read(&path).unwrap_err();
    fault.to_string().replace(directory.path().to_str().unwrap(), "DIR")
}

#[test]
fn the_template_says_what_the_defaults_are() {
    let written: Config = Document::new("template.toml", TEMPLATE).parse(REFERENCE).unwrap();
    let (written, default) = (toml::to_string(&written).unwrap(), toml::to_string(&Config::default()).unwrap());
    assert_eq!(written, default);
}

#[test]
fn every_fault_names_file_line_key_and_remedy() {
    insta::assert_snapshot!(fault("[listen]\nadres = \"x\"\n"), @"
    DIR/authbench.toml:2: `listen.adres`: unknown field `adres`, expected one of `api`, `admin`, `public_url`, `domains`, `default_endpoint`, `stage`
      mend: remove it, or see docs/configuration.md
    ");
    insta::assert_snapshot!(fault("[network]\nallow = []\n"), @"
    DIR/authbench.toml:2: `network.allow`: names no network
      mend: name at least one, or leave the key away
    ");
    insta::assert_snapshot!(fault("[network]\nallow = [\"10.0.0.1/8\"]\n"), @"
    DIR/authbench.toml:2: `network.allow`: `10.0.0.1/8` has host bits set
      mend: write `10.0.0.0/8`, or the address alone
    ");
    insta::assert_snapshot!(fault("[plans.gold]\nrate = 0\nburst = 1\n"), @"
    DIR/authbench.toml:2: `plans.gold.rate`: invalid value: integer `0`, expected a nonzero u32
      mend: see docs/configuration.md
    ");
    let quota = |quota: &str| fault(&format!("[plans.gold]\nrate = 1\nburst = 1\nquota = {quota}\n"));
    insta::assert_snapshot!(quota("{ requests = 5, per = \"day\", offset = 5 }"), @"
    DIR/authbench.toml:4: `plans.gold.quota`: the offset of 5 leaves nothing of 5 requests
      mend: write an offset that is smaller than the requests
    ");
    insta::assert_snapshot!(quota("{ requests = 5, per = \"year\" }"), @"
    DIR/authbench.toml:4: `plans.gold.quota`: `year` is not one of day, week, month
      mend: see docs/configuration.md
    ");
    insta::assert_snapshot!(quota("{ requests = 0, per = \"day\" }"), @"
    DIR/authbench.toml:4: `plans.gold.quota`: invalid value: integer `0`, expected a nonzero u32
      mend: see docs/configuration.md
    ");
    insta::assert_snapshot!(fault("[plans.gold]\nrate = 1\nburst = 1\n[plans.gold.methods.\"POST /hello-world\"]\nrate = 1\nburst = 1\n"), @r#"
    DIR/authbench.toml:4: `plans.gold.methods."POST /hello-world"`: `POST /hello-world` is not one of GET /hello-world
      mend: see docs/configuration.md
    "#);
    insta::assert_snapshot!(fault("[plans.gold]\nrate = 1\nburst = 1\n[plans.gold.methods.\"GET /hello-world\"]\nrate = 0\nburst = 1\n"), @r#"
    DIR/authbench.toml:5: `plans.gold.methods."GET /hello-world".rate`: invalid value: integer `0`, expected a nonzero u32
      mend: see docs/configuration.md
    "#);
    insta::assert_snapshot!(fault("[plans.\"a b\"]\nrate = 1\nburst = 1\n"), @r#"
    DIR/authbench.toml:1: `plans."a b"`: `a b` is no name of a plan; use letters, digits, `-`, `.` and `_`, at most 64
      mend: see docs/configuration.md
    "#);
    insta::assert_snapshot!(fault("[all_callers]\nrate = 1\n"), @"
    DIR/authbench.toml:1: `all_callers`: missing field `burst`
      mend: see docs/configuration.md
    ");
    insta::assert_snapshot!(fault("[deadlines]\nidle = \"soon\"\n"), @r#"
    DIR/authbench.toml:2: `deadlines.idle`: `soon` is no duration; write a number and a unit such as "30s", "10m" or "24h"
      mend: see docs/configuration.md
    "#);
    insta::assert_snapshot!(fault("[listen]\npublic_url = \"http://api.example\"\n"), @r#"
    DIR/authbench.toml:2: `listen.public_url`: `http://api.example` is no https URL without path
      mend: write it as clients type it, such as "https://api.example" or "https://localhost:8443"
    "#);
    insta::assert_snapshot!(fault("[tls]\ncertificate = \"a.pem\"\n"), @"
    DIR/authbench.toml:2: `tls.certificate`: certificate and key belong together
      mend: set both, or neither
    ");
    let twice = "[[resource_servers]]\nidentifier = \"https://a/b\"\nscopes = { read = \"\" }\n".repeat(2);
    insta::assert_snapshot!(fault(&twice), @"
    DIR/authbench.toml:2: `resource_servers.identifier`: `https://a/b` is there twice
      mend: give each another identifier
    ");
    insta::assert_snapshot!(fault("[[resource_servers]]\nidentifier = \"https://a/b\"\nscopes = {}\n"), @r#"
    DIR/authbench.toml:3: `resource_servers.scopes`: names no scope, or one that cannot be
      mend: name at least one scope, with letters, digits, `-`, `.` and `_`: { read = "Read orders" }
    "#);
    insta::assert_snapshot!(fault("[jwt]\nissuer = \"https://h/{p}\"\n"), @"
    DIR/authbench.toml:2: `jwt.issuer`: has a path that cannot be served
      mend: the metadata is served below it: use segments of letters, digits, `-`, `_`, `.` and `~`
    ");
    insta::assert_snapshot!(fault("[jwt]\nkey_wait = \"299s\"\n"), @r#"
    DIR/authbench.toml:2: `jwt.key_wait`: a key would sign while clients still hold a JWK set without it, which they may keep for 5m
      mend: write at least "5m"
    "#);
    insta::assert_snapshot!(fault("[jwt]\nkey_age = \"9m\"\n"), @"
    DIR/authbench.toml:2: `jwt.key_age`: a key would be replaced before its successor may sign
      mend: write no less than `jwt.key_wait`
    ");
    insta::assert_snapshot!(fault("[jwt]\nalgorithm = \"HS256\"\n"), @"
    DIR/authbench.toml:2: `jwt.algorithm`: `HS256` is not one of ES256, RS256, EdDSA
      mend: see docs/configuration.md
    ");
}

#[test]
fn tokens_are_signed_as_the_setting_says_and_in_aws_as_cognito_does() {
    let mut config = Config::default();
    for (algorithm, bits) in [(Algorithm::Es256, None), (Algorithm::Rs256, Some(3072)), (Algorithm::EdDsa, None)] {
        config.jwt.algorithm = algorithm;
        let kind = |profile| config.jwt.key_kind(profile);
        assert_eq!(kind(Profile::Standard), KeyKind { algorithm, rsa_bits: bits });
        assert_eq!(kind(Profile::Aws), KeyKind { algorithm: Algorithm::Rs256, rsa_bits: Some(2048) });
    }
}

#[test]
fn the_keys_of_an_issuer_come_from_one_place_and_over_tls() {
    let issuer = |rest: &str| fault(&format!("[[issuers]]\nissuer = \"https://i.example\"\n{rest}"));
    insta::assert_snapshot!(issuer(""), @"
    DIR/authbench.toml:2: `issuers.issuer`: has no keys
      mend: set `jwks_url`, or `jwks_file`
    ");
    insta::assert_snapshot!(issuer("jwks_file = \"a\"\njwks_url = \"https://i.example\"\n"), @"
    DIR/authbench.toml:4: `issuers.jwks_url`: the keys come from a file and from a URL
      mend: leave one of them away
    ");
    for url in ["http://i.example/jwks", "i.example/jwks", "/jwks", "https://", "https://u:p@i.example/", "https://i.example/#a"]
    {
        assert!(issuer(&format!("jwks_url = \"{url}\"\n")).contains(":3: `issuers.jwks_url`: is no https URL"), "{url}");
    }
    insta::assert_snapshot!(issuer("jwks_file = \"a\"\nca = \"ca.pem\"\n"), @"
    DIR/authbench.toml:4: `issuers.ca`: belongs to `jwks_url`
      mend: leave it away: a file is not fetched
    ");
    insta::assert_snapshot!(issuer("jwks_url = \"https://i.example\"\njwks_keep = \"1m\"\n"), @"
    DIR/authbench.toml:4: `issuers.jwks_keep`: is shorter than `jwks_refresh`: keys would run out between two fetches
      mend: make it longer
    ");
    insta::assert_snapshot!(issuer("jwks_file = \"a\"\n[[issuers]]\nissuer = \"https://i.example\"\njwks_file = \"b\"\n"), @"
    DIR/authbench.toml:2: `issuers.issuer`: is there twice
      mend: give each issuer one table
    ");
    insta::assert_snapshot!(issuer("jwks_url = \"https://i.example\"\njwks_refresh = \"0s\"\n"), @r#"
    DIR/authbench.toml:4: `issuers.jwks_refresh`: `0s` is no time at all; write at least "1s"
      mend: see docs/configuration.md
    "#);
}

#[test]
fn what_a_file_adds_does_not_take_the_usual_away() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("authbench.toml");
    std::fs::write(&path, "[plans.gold]\nrate = 1\nburst = 1\n[scopes]\nreports = \"Reports\"\n").unwrap();
    let config = Config::read(&path).unwrap();
    assert_eq!(config.plans.keys().collect::<Vec<_>>(), ["default", "gold"]);
    assert_eq!(config.scopes.keys().collect::<Vec<_>>(), ["hello-world", "reports"]);
}

/// I4: host bits, prefixes, empty lists, repetitions, names, files: each with its place.
#[test]
fn i4_a_fault_in_a_list_names_the_line_of_the_network() {
    let directory = tempfile::tempdir().unwrap();
    let name = directory.path().display().to_string();
    let file = |name: &str, text: &[u8]| std::fs::write(directory.path().join(name), text).unwrap();
    let network = |lines: &str| {
        let path = directory.path().join("authbench.toml");
        std::fs::write(&path, format!("[network]\n{lines}\n")).unwrap();
        Config::read(&path).unwrap_err().to_string().replace(&name, "DIR")
    };
    insta::assert_snapshot!(network("deny = [\n  \"10.0.0.0/8\",\n  \"192.0.2.0/33\",\n]"), @"
    DIR/authbench.toml:4: `network.deny`: `192.0.2.0/33` ends with no prefix length of such an address
      mend: write 0 to 32 behind the `/`
    ");
    insta::assert_snapshot!(network("deny = [\"10.0.0.1\",\n\"partner.example\"]"), @"
    DIR/authbench.toml:3: `network.deny`: `partner.example` is no network
      mend: write CIDR such as `192.0.2.0/24`, `2001:db8::/32`, or an address; names are not looked up
    ");
    insta::assert_snapshot!(network("allow = [\"10.0.0.1\",\n\"::ffff:10.0.0.1\"]"), @"
    DIR/authbench.toml:3: `network.allow`: `::ffff:10.0.0.1` is there twice
      mend: write it once
    ");
    insta::assert_snapshot!(network("deny = []"), @"
    DIR/authbench.toml:2: `network.deny`: names no network
      mend: name at least one, or leave the key away
    ");
    insta::assert_snapshot!(network("deny_files = []"), @"
    DIR/authbench.toml:2: `network.deny_files`: names no file
      mend: name at least one, or leave the key away
    ");
    insta::assert_snapshot!(network("deny = [\"10.0.0.1\"]\ndeny_files = [\n  \"gone.txt\",\n]"), @"
    DIR/authbench.toml:4: `network.deny_files`: DIR/gone.txt: cannot be read: No such file or directory (os error 2)
      mend: name a file that exists, is readable and holds UTF-8 text
    ");
    file("bad.txt", b"# ours\n\n10.0.0.0/8 # all\n10.0.0.1/8\n");
    insta::assert_snapshot!(network("allow_files = [\"bad.txt\"]"), @"
    DIR/bad.txt:4: `network.allow_files`: `10.0.0.1/8` has host bits set
      mend: write `10.0.0.0/8`, or the address alone
    ");
    file("empty.txt", b"# nobody\n");
    insta::assert_snapshot!(network("deny_files = [\"empty.txt\"]"), @"
    DIR/authbench.toml:2: `network.deny_files`: DIR/empty.txt: names no network
      mend: a file without networks was most likely cut short: write one a line, or take it out
    ");
    file("binary.txt", &[0xff, 0xfe]);
    assert!(network("deny_files = [\"binary.txt\"]").contains(":2: `network.deny_files`: DIR/binary.txt: cannot be read"));
    let rules = "[[mtls.callers]]\ncaller = \"a\"\nnames = [\"DNS:a\"]\ndeny = [\"10.0.0.1\"]\n\
                 [[mtls.callers]]\ncaller = \"b\"\nnames = [\"DNS:b\"]\ndeny = [\"10.0.0.1/8\"]";
    assert!(network(rules).contains(":9: `mtls.callers.deny`: `10.0.0.1/8` has host bits"), "of the right caller");
}

#[test]
fn lists_and_their_files_add_up() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("authbench.toml");
    std::fs::write(directory.path().join("more.txt"), "\u{20}10.2.0.0/16\r\n2001:db8::/32\t# theirs\n").unwrap();
    std::fs::write(&path, "[network]\nallow = [\"10.1.0.0/16\"]\nallow_files = [\"more.txt\"]\ndeny_files = [\"more.txt\"]\n")
        .unwrap();
    let mut config = Config::read(&path).unwrap();
    let texts = |list: &Option<crate::network::Networks>| list.as_ref().map(crate::network::Networks::texts).unwrap_or_default();
    assert_eq!(texts(&config.network.access().allow), ["10.1.0.0/16", "10.2.0.0/16", "2001:db8::/32"]);
    assert_eq!(texts(&config.network.access().deny), ["10.2.0.0/16", "2001:db8::/32"]);
    assert_eq!(config.network.files().count(), 2);
    config.network.allow_only(&["127.0.0.1".to_owned()]).unwrap();
    assert_eq!(texts(&config.network.access().allow), ["127.0.0.1/32"], "the command line wins");
    assert_eq!(config.network.files().count(), 1);
}
