//! The rules: whole, tried both ways, about metrics that there are.

use std::process::Command;

use super::{metrics_in, path, read, reference::reference};
use crate::lab::{Ended, tool};

/// One rule as it is written.
#[derive(Debug, Default)]
struct Rule {
    alert: String,
    text: String,
}

/// The alerts of the file, each with all of its lines.
fn alerts() -> Vec<Rule> {
    let text = read("docs/monitoring/rules.yml");
    let rules = text.split("\n      - ").skip(1);
    let alert = |rule: &str| Some(Rule { alert: rule.strip_prefix("alert: ")?.lines().next()?.into(), text: rule.into() });
    rules.filter_map(alert).collect()
}

/// Every expression of the rules.
pub(super) fn expressions() -> Vec<String> {
    let text = read("docs/monitoring/rules.yml");
    text.lines().filter_map(|line| line.trim().strip_prefix("expr: ")).map(str::to_owned).collect()
}

fn promtool(arguments: &[&str]) -> Option<Ended> {
    let mut command = Command::new(tool("promtool")?);
    Some(Ended::of(&command.current_dir(path("docs/monitoring")).args(arguments).output().unwrap()))
}

#[test]
fn promtool_finds_the_rules_good_and_their_tests_pass() {
    for arguments in [["check", "config", "prometheus.yml"], ["check", "rules", "rules.yml"], ["test", "rules", "rules_test.yml"]]
    {
        let Some(ended) = promtool(&arguments) else { return };
        assert_eq!(ended.code, 0, "{arguments:?}: {}{}", ended.stdout, ended.stderr);
    }
}

#[test]
fn every_alert_says_how_bad_it_is_what_mends_it_and_where_more_is_written() {
    let runbook = read("docs/operations.md");
    let alerts = alerts();
    assert!(alerts.len() > 10, "{alerts:?}");
    for Rule { alert, text } in &alerts {
        let severity = ["warning", "critical"].iter().any(|severity| text.contains(&format!("labels: {{severity: {severity}}}")));
        assert!(severity, "{alert} has no severity");
        let description = text.lines().find_map(|line| line.trim().strip_prefix("description: ")).unwrap_or_default();
        assert!(description.contains('`') || description.contains("Let it go"), "{alert} names no command: {description}");
        assert!(text.contains("summary: "), "{alert} has no summary");
        let link = format!("runbook: docs/operations.md#{}", alert.to_lowercase());
        assert!(text.contains(&link), "{alert} has no `{link}`");
        assert!(runbook.contains(&format!("\n### {alert}\n")), "docs/operations.md has no heading `### {alert}`");
    }
}

#[test]
fn every_alert_is_tried_firing_and_not_firing() {
    let tests = read("docs/monitoring/rules_test.yml");
    let tried: Vec<(&str, bool)> = tests
        .split("alertname: ")
        .skip(1)
        .map(|rest| {
            let (name, after) = rest.split_once('\n').unwrap();
            (name, after.trim_start().starts_with("exp_alerts:"))
        })
        .collect();
    for Rule { alert, .. } in alerts() {
        for fires in [true, false] {
            assert!(tried.contains(&(&*alert, fires)), "no test where {alert} {}", if fires { "fires" } else { "does not" });
        }
    }
}

#[test]
fn the_rules_are_about_metrics_that_there_are() {
    let known = reference();
    let unknown: Vec<_> = metrics_in(&expressions()).into_iter().filter(|name| !known.contains_key(name)).collect();
    assert!(unknown.is_empty(), "no server tells {unknown:?}");
}
