//! What the record says of whoever was served or refused.

use serde_json::{Value, json};

use super::stage::{ISSUER, Stage, with};

#[test]
fn the_record_tells_another_issuers_client_from_our_own_of_that_name() {
    let stage = Stage::new();
    let (own, _) = stage.granted("partner", &[]);
    let theirs = with(ISSUER, "sub", "partner");
    let mut expired = theirs.clone();
    expired["exp"] = json!(1);
    stage.expect([(own, "allowed"), (stage.mint.token(&theirs), "allowed"), (stage.mint.token(&expired), "expired")]);
    let caller = |record: &str| serde_json::from_str::<Value>(record).ok()?["caller"].as_str().map(str::to_owned);
    let began = std::time::Instant::now();
    loop {
        let callers: Vec<_> = stage.server.records().lines().filter(|line| line.contains("/test/")).filter_map(caller).collect();
        if callers.len() == 3 {
            let foreign = format!("{ISSUER} partner");
            assert_eq!(callers, ["partner", &*foreign, &*foreign]);
            return;
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(10), "{callers:?}");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
