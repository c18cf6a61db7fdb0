//! What plans say and do beyond one bucket: a narrower one for an operation, a shadow, and what all callers share.

use authbench::mode::Mode;

use crate::lab::{Answer, Caller, Lab, Line, PATH, eventually};

fn fields(answer: &Answer) -> String {
    let field = |name: &str| answer.header(name).map(|value| format!("\n{name}: {value}")).unwrap_or_default();
    let names = ["ratelimit-policy", "ratelimit", "retry-after"];
    format!("{}{}", answer.outcome(), names.map(field).concat())
}

fn ask(line: &mut Line, caller: &Caller, method: &str) -> Answer {
    line.send(method, PATH, &caller.headers(), b"").unwrap()
}

#[test]
fn each_limit_of_a_plan_is_told() {
    let lab = Lab::new();
    lab.configure("[plans.gold]\nrate = 1\nburst = 9\n[plans.gold.methods.\"GET /hello-world\"]\nrate = 1\nburst = 2\n");
    let server = lab.serve("apikey");
    let caller = Caller::new(&lab, &server, Mode::Apikey, "partner", &["--plan", "gold"]);
    let mut line = caller.line(&server);
    insta::assert_snapshot!(fields(&ask(&mut line, &caller, "GET")), @r#"
    allowed
    ratelimit-policy: "gold/GET /hello-world";q=2;w=2, "gold";q=9;w=9
    ratelimit: "gold/GET /hello-world";r=1;t=1, "gold";r=8;t=1
    "#);
    assert_eq!(caller.call(&server, "127.0.0.2", &[]).status, 200, "wherever it comes from");
    insta::assert_snapshot!(fields(&ask(&mut line, &caller, "GET")), @r#"
    rate_limited
    ratelimit-policy: "gold/GET /hello-world";q=2;w=2, "gold";q=9;w=9
    ratelimit: "gold/GET /hello-world";r=0;t=1, "gold";r=7;t=1
    retry-after: 1
    "#);
}

#[test]
fn head_is_counted_as_its_get() {
    let lab = Lab::new();
    lab.configure("[plans.gold]\nrate = 1\nburst = 9\n[plans.gold.methods.\"GET /hello-world\"]\nrate = 1\nburst = 1\n");
    let server = lab.serve("apikey");
    let caller = Caller::new(&lab, &server, Mode::Apikey, "partner", &["--plan", "gold"]);
    let statuses = ["HEAD", "GET"].map(|method| {
        let mut line = caller.line(&server);
        // The length in an answer to HEAD is that of a body that does not come.
        let headers = [caller.headers(), vec![("connection", "close")]].concat();
        line.send(method, PATH, &headers, b"").map_or(0, |answer| answer.status)
    });
    assert_eq!(statuses[1], 429, "{statuses:?}");
}

#[test]
fn a_shadow_refuses_nobody_and_is_counted_and_recorded() {
    let lab = Lab::new();
    lab.configure("[plans.trial]\nrate = 1\nburst = 2\nshadow = true\n");
    let server = lab.serve("apikey");
    let caller = Caller::new(&lab, &server, Mode::Apikey, "partner", &["--plan", "trial"]);
    let mut line = caller.line(&server);
    let answers: Vec<_> = (0..30).map(|_| fields(&ask(&mut line, &caller, "GET"))).collect();
    assert!(answers.iter().all(|answer| answer == "allowed"), "the caller is told nothing: {answers:?}");
    let shadowed = server.metric("authbench_limits_shadowed_total{plan=\"trial\",limit=\"caller\"}");
    // Two at once, and one more for each second that 30 requests take.
    assert!((18..=28).contains(&shadowed), "{shadowed}");
    assert_eq!(server.metric("authbench_limited_total{plan=\"trial\",limit=\"caller\"}"), 0);
    let recorded = || server.records().matches("\"shadowed\":\"caller\"").count();
    eventually("each of them is in its record", || recorded() == usize::try_from(shadowed).unwrap());
}

#[test]
fn who_drains_what_all_share_holds_up_all_and_nobody_is_told_how_much_is_left() {
    let lab = Lab::new();
    lab.configure("[plans.default]\nrate = 1\nburst = 9\n[all_callers]\nrate = 1\nburst = 3\n");
    let server = lab.serve("apikey");
    let [one, other] = ["one", "other"].map(|name| Caller::new(&lab, &server, Mode::Apikey, name, &[]));
    let mut line = one.line(&server);
    let drained = (0..10).map(|_| ask(&mut line, &one, "GET")).find(|answer| answer.status == 429).unwrap();
    insta::assert_snapshot!(fields(&drained), @r#"
    rate_limited
    ratelimit-policy: "default";q=9;w=9
    ratelimit: "default";r=6;t=1
    retry-after: 1
    "#);
    assert_eq!(other.outcome(&server, "127.0.0.1"), "rate_limited");
    assert!(server.metric("authbench_limited_total{plan=\"\",limit=\"all_callers\"}") >= 2);
}
