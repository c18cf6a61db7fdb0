use std::time::SystemTime;

use super::*;
use crate::{
    issuer::ErrorCode,
    mode::Profile,
    principal::Grant,
    store::{State, Which},
};

fn names() -> Names {
    let set = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    Names {
        profile: Profile::Standard,
        ignores_other_scopes: false,
        issuer: "https://i".into(),
        token_endpoint: "https://i/oauth2/token".into(),
        identifier: "https://i/test".into(),
        scopes: set(&["hello-world", "reports"]),
        others: vec![
            ResourceServer { identifier: "https://api/orders".into(), scopes: set(&["read", "write"]) },
            ResourceServer { identifier: "https://api/orders/old".into(), scopes: set(&["read"]) },
        ],
    }
}

fn outcome(own: Option<&[&str]>, asked: Option<&str>) -> Result<(String, String, bool), ErrorCode> {
    let client = Caller {
        which: Which::Client,
        id: "c".into(),
        name: "c".into(),
        state: State::Active,
        grant: Grant { scopes: own.map(|own| own.iter().map(|one| (*one).to_owned()).collect()), ..Grant::default() },
        token_ttl: None,
        ends: None,
        created: SystemTime::UNIX_EPOCH,
        secrets: Vec::new(),
        jwks: None,
    };
    let granted = granted(&names(), &client, asked).map_err(|refusal| refusal.error)?;
    Ok((granted.audience.to_string(), granted.scope, granted.told))
}

const HELLO: &str = "https://i/test/hello-world";
const READ: &str = "https://api/orders/read";

fn got(audience: &str, scope: &str, told: bool) -> (String, String, bool) {
    (audience.into(), scope.into(), told)
}

#[test]
fn without_a_scope_it_is_all_of_one_resource_server() {
    assert_eq!(outcome(None, None), Ok(got("https://i/test", "https://i/test/hello-world https://i/test/reports", true)));
    assert_eq!(outcome(Some(&["reports", READ]), None), Ok(got("https://i/test", "https://i/test/reports", true)));
    assert_eq!(outcome(Some(&[READ]), None), Ok(got("https://api/orders", READ, true)), "the only one");
    assert_eq!(outcome(Some(&[READ, "https://api/orders/old/read"]), None), Err(ErrorCode::InvalidScope), "which one?");
    assert_eq!(outcome(Some(&["gone"]), None), Err(ErrorCode::InvalidScope), "nothing is left");
}

#[test]
fn a_scope_that_is_asked_for_is_given_whole_or_not_at_all() {
    assert_eq!(outcome(None, Some(HELLO)), Ok(got("https://i/test", HELLO, false)));
    assert_eq!(outcome(Some(&[READ]), Some(READ)), Ok(got("https://api/orders", READ, false)));
    let twice = format!("{HELLO} {HELLO}");
    assert_eq!(outcome(None, Some(&twice)), Ok(got("https://i/test", HELLO, true)), "told, because it is not what was asked");
    let both = format!("{HELLO} {READ}");
    for (own, asked) in [
        (None, READ),
        (None, "hello-world"),
        (None, "https://i/test/other"),
        (None, "https://i/hello-world"),
        (None, " "),
        (None, "https://i/test/hello-world "),
        (None, "HTTPS://i/test/hello-world"),
        (Some(&["hello-world", READ] as &[_]), &*both),
        (Some(&["reports"]), HELLO),
        (Some(&[READ]), "https://api/orders/write"),
        (Some(&[READ]), "https://api/orders/old/read"),
        (Some(&["old/read"]), "https://api/orders/old/read"),
    ] {
        assert_eq!(outcome(own, Some(asked)), Err(ErrorCode::InvalidScope), "{own:?} {asked:?}");
    }
}
