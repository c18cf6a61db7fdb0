//! The dashboard: JSON as Grafana has it, about metrics that there are.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{metrics_in, read, reference::reference};

/// Panels of this height do not overlap, in a grid of so many columns.
const COLUMNS: u64 = 24;

fn dashboard() -> Value {
    serde_json::from_str(&read("docs/monitoring/dashboard.json")).unwrap()
}

fn panels(dashboard: &Value) -> Vec<&Value> {
    dashboard["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row").collect()
}

fn targets(panel: &Value) -> impl Iterator<Item = &Value> {
    panel["targets"].as_array().into_iter().flatten()
}

/// Every expression of the dashboard, as Prometheus sees it: with the variables that Grafana puts in.
pub(super) fn expressions() -> Vec<String> {
    let dashboard = dashboard();
    let of_panels = panels(&dashboard).into_iter().flat_map(targets).map(|target| &target["expr"]);
    let of_notes = dashboard["annotations"]["list"].as_array().unwrap().iter().map(|note| &note["expr"]);
    let expressions = of_panels.chain(of_notes).filter_map(Value::as_str);
    let fill =
        |expression: &str| expression.replace("$job", "authbench").replace("$instance", ".*").replace("$__rate_interval", "1m");
    let filled: Vec<String> = expressions.map(fill).collect();
    assert!(filled.iter().all(|expression| !expression.contains('$')), "a variable that nobody fills in: {filled:?}");
    filled
}

#[test]
fn the_dashboard_is_about_metrics_that_there_are() {
    let known = reference();
    let unknown: Vec<_> = metrics_in(&expressions()).into_iter().filter(|name| !known.contains_key(name)).collect();
    assert!(unknown.is_empty(), "no server tells {unknown:?}");
}

/// A metric that nobody looks at need not be told.
#[test]
fn every_metric_is_seen_on_the_dashboard() {
    let seen: BTreeSet<String> = metrics_in(&expressions()).into_iter().collect();
    let unseen: Vec<_> = reference().into_keys().filter(|name| !seen.contains(name)).collect();
    assert_eq!(unseen, ["authbench_store_age_limit_seconds"], "metrics that no panel shows");
}

#[test]
fn every_panel_asks_the_chosen_data_source_says_what_it_shows_and_lies_beside_the_others() {
    let dashboard = dashboard();
    let ids: BTreeSet<u64> = dashboard["panels"].as_array().unwrap().iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), dashboard["panels"].as_array().unwrap().len(), "two panels have one id");
    let mut taken = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
        assert!(x + w <= COLUMNS, "{panel}");
        for place in (x..x + w).flat_map(|column| (y..y + h).map(move |row| (column, row))) {
            assert!(taken.insert(place), "{} lies on another one", panel["title"]);
        }
    }
    for panel in panels(&dashboard) {
        assert!(panel["title"].as_str().is_some_and(|title| !title.is_empty()), "{panel}");
        assert!(panel["description"].as_str().is_some_and(|text| text.ends_with('.')), "{}", panel["title"]);
        assert!(targets(panel).count() > 0, "{}", panel["title"]);
        let sources = targets(panel).chain([panel]).map(|asks| &asks["datasource"]["uid"]);
        assert!(sources.into_iter().all(|source| source == "${datasource}"), "{}", panel["title"]);
    }
}
