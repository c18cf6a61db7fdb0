//! `docs/metrics.md` and real servers say the same.

use std::collections::{BTreeMap, BTreeSet};

use super::{page::Family, page::families, read};
use crate::lab::{Caller, Lab};
use authbench::mode::Mode;

/// Its samples need two servers and a second of luck; `usage::servers` looks at them.
const ELSEWHERE: &str = "authbench_quota_over_admitted_total";

/// The families in the tables of the reference: `| name | type | labels | … |`, names in backticks.
pub(super) fn reference() -> BTreeMap<String, Family> {
    let page = read("docs/metrics.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let metric = |(name, rest): (&str, &str)| {
        let mut cells = rest.split(" | ");
        let (kind, labels) = (cells.next()?, cells.next()?);
        let labels = labels.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        Some((name.to_owned(), Family { kind: kind.into(), labels: Some(labels) }))
    };
    rows.filter_map(metric).collect()
}

/// What servers of every mode tell, taken together: a family that has no sample is not told.
fn rendered() -> BTreeMap<String, Family> {
    let lab = Lab::new();
    // Nobody is there, so there is no key of that issuer, and a sample that says so.
    lab.configure("[[issuers]]\nissuer = \"https://issuer.example\"\njwks_url = \"https://127.0.0.1:1/jwks.json\"\n");
    let mut all = BTreeMap::<String, Family>::new();
    for mode in Mode::ALL.iter().copied() {
        let server = lab.serve(mode.as_str());
        let caller = Caller::new(&lab, &server, mode, "partner", &[]);
        assert_eq!(caller.outcome(&server, "127.0.0.1"), "allowed", "{mode}");
        for (name, family) in families(&server.admin("/metrics")) {
            let known = all.entry(name.clone()).or_insert_with(|| family.clone());
            let labels = known.labels.take().or(family.labels);
            assert_eq!(known.kind, family.kind, "{name}");
            known.labels = labels;
        }
    }
    all
}

#[test]
fn every_metric_is_in_the_reference_as_servers_tell_it() {
    let (reference, mut rendered) = (reference(), rendered());
    let over = Family { kind: "counter".into(), labels: Some(BTreeSet::from(["plan".to_owned()])) };
    assert_eq!(rendered.insert(ELSEWHERE.into(), over), None, "it can be looked at here now");
    for (name, family) in &rendered {
        assert_eq!(reference.get(name), Some(family), "{name} in docs/metrics.md and on a server");
    }
    let gone: Vec<_> = reference.keys().filter(|name| !rendered.contains_key(*name)).collect();
    assert!(gone.is_empty(), "docs/metrics.md has {gone:?}, and no server does");
}
