//! Lists of the server and of the caller, allowed and denied.

use std::fmt::Write;

use authbench::mode::Mode;

use super::{Caller, LOCKS};
use crate::lab::Lab;

#[test]
fn what_the_server_denies_is_denied_though_it_is_allowed() {
    let lab = Lab::new();
    lab.file("denied.txt", "# one of ours, gone astray\n127.0.0.3 # until it is mended\n");
    lab.configure("[network]\nallow = [\"127.0.0.0/29\"]\ndeny = [\"127.0.0.2\"]\ndeny_files = [\"denied.txt\"]\n");
    for mode in LOCKS {
        let server = lab.serve(mode.as_str());
        let caller = Caller::new(&lab, &server, mode, mode.as_str(), &[]);
        let outcomes =
            ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.8"].map(|from| caller.outcome(&server, from));
        assert_eq!(outcomes, ["allowed", "address_denied", "address_denied", "allowed", "address_denied"], "{mode}");
    }
}

#[test]
fn a_caller_is_denied_from_where_it_said_in_every_mode() {
    let lab = Lab::new();
    for mode in LOCKS {
        let server = lab.serve(mode.as_str());
        // A token is fetched from 127.0.0.1.
        let options = ["--allow", "127.0.0.0/29", "--deny", "127.0.0.2/31"];
        let caller = Caller::new(&lab, &server, mode, mode.as_str(), &options);
        let other = Caller::new(&lab, &server, mode, &format!("{mode}-other"), &["--deny", "127.0.0.9"]);
        let outcomes =
            ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.8"].map(|from| caller.outcome(&server, from));
        assert_eq!(outcomes, ["allowed", "address_denied", "address_denied", "allowed", "address_denied"], "{mode}");
        assert_eq!(["127.0.0.2", "127.0.0.9"].map(|from| other.outcome(&server, from)), ["allowed", "address_denied"], "{mode}");
    }
}

#[test]
fn the_token_service_denies_a_client_from_there_too() {
    let lab = Lab::new();
    let server = lab.serve("jwt");
    let made = lab.effective(&["client", "add", "partner", "--deny", "127.0.0.1"]);
    let client = crate::lab::Client::of(&made);
    assert_eq!(client.post(&mut server.line(None), crate::lab::TOKEN, crate::lab::GRANT).status, 403);
}

#[test]
fn a_rule_for_a_certificate_denies_and_what_it_leaves_open_holds_as_issued() {
    let lab = Lab::new();
    lab.configure(
        "[[mtls.callers]]\ncaller = \"ruled\"\nnames = [\"DNS:ruled\"]\ndeny = [\"127.0.0.2\"]\n\
         [[mtls.callers]]\ncaller = \"left\"\nnames = [\"DNS:left\"]\n",
    );
    let server = lab.serve("mtls");
    let caller = |name: &str| {
        let san = format!("DNS:{name}");
        Caller::new(&lab, &server, Mode::Mtls, name, &["--deny", "127.0.0.3", "--san", &san])
    };
    let outcomes = |caller: &Caller| ["127.0.0.2", "127.0.0.3"].map(|from| caller.outcome(&server, from));
    assert_eq!(outcomes(&caller("ruled")), ["address_denied", "allowed"]);
    assert_eq!(outcomes(&caller("left")), ["allowed", "address_denied"]);
}

#[test]
fn what_was_given_is_shown_alike_for_clients_certificates_and_keys() {
    let lab = Lab::new();
    let options = ["--allow", "10.0.0.0/8", "--deny", "::ffff:10.0.0.1", "--deny", "10.6.0.0/16"];
    for (kind, make) in [("client", "add"), ("cert", "issue"), ("key", "add")] {
        lab.json(&[&[kind, make, "partner"][..], &options].concat());
        let shown = lab.json(&[kind, "show", "partner"]);
        let grant = if shown.is_array() { &shown[0]["grant"] } else { &shown["grant"] };
        assert_eq!(
            (&grant["allow"], &grant["deny"]),
            (&serde_json::json!(["10.0.0.0/8"]), &serde_json::json!(["10.0.0.1/32", "10.6.0.0/16"])),
            "{kind}: {shown}"
        );
        let ended = lab.run(&[kind, "show", "partner"]);
        assert!(ended.stdout.contains("from 10.0.0.0/8, not from 10.0.0.1/32 10.6.0.0/16"), "{kind}: {}", ended.stdout);
    }
}

/// I4, of the command line.
#[test]
fn i4_options_that_are_no_networks_are_refused() {
    let lab = Lab::new();
    for option in ["--allow", "--deny"] {
        for (kind, make) in [("client", "add"), ("cert", "issue"), ("key", "add")] {
            for wrong in [&["10.0.0.1/8"][..], &["10.0.0.0/33"], &["partner.example"], &[""], &["10.0.0.1", "::ffff:10.0.0.1"]] {
                let given: Vec<_> = wrong.iter().flat_map(|text| [option, text]).collect();
                let ended = lab.run(&[&[kind, make, "partner"][..], &given].concat());
                assert_eq!(ended.code, 2, "{kind} {given:?}");
                assert!(ended.stderr.contains(option) && ended.stderr.contains("mend:"), "{}", ended.stderr);
            }
        }
    }
    assert_eq!(lab.json(&["key", "list"]), serde_json::json!([]));
}

#[test]
fn a_list_may_be_long() {
    let lab = Lab::new();
    let mut networks = String::new();
    for number in 0_u32..100_000 {
        let [_, high, low, _] = (number << 8).to_be_bytes();
        writeln!(networks, "{}.{high}.{low}.0/24", 11 + (number >> 16)).unwrap();
    }
    lab.file("hostile.txt", &(networks + "127.0.0.2\n"));
    lab.configure("[network]\ndeny_files = [\"hostile.txt\"]\n");
    let server = lab.serve("open");
    let caller = Caller { identity: None, header: None };
    assert_eq!(["127.0.0.1", "127.0.0.2"].map(|from| caller.outcome(&server, from)), ["allowed", "address_denied"]);
}
