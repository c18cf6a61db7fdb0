//! A page of `/metrics`, read as Prometheus reads it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    process::{Command, Stdio},
};

use authbench::mode::Mode;

use crate::lab::{Lab, tool};

/// A family: its type, and by which labels its samples are told apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Family {
    pub(super) kind: String,
    /// `None` when there is no sample.
    pub(super) labels: Option<BTreeSet<String>>,
}

/// The families of a page by name. A name that is told twice, a sample without a type, or samples of one family with other labels
/// are a fault.
pub(super) fn families(page: &str) -> BTreeMap<String, Family> {
    let mut families = BTreeMap::<String, Family>::new();
    for line in page.lines() {
        if let Some(family) = line.strip_prefix("# TYPE ") {
            let (name, kind) = family.split_once(' ').unwrap();
            let before = families.insert(name.into(), Family { kind: kind.into(), labels: None });
            assert_eq!(before, None, "{name} is there twice");
        } else if !line.starts_with('#') {
            let (name, mut labels) = sample(line);
            let family = family_of(&name, &mut families);
            labels.remove("le");
            let known = family.labels.get_or_insert_with(|| labels.clone());
            assert_eq!(*known, labels, "{line}");
        }
    }
    families
}

fn family_of<'f>(name: &str, families: &'f mut BTreeMap<String, Family>) -> &'f mut Family {
    let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
    let name = of_histogram.filter(|name| families.get(*name).is_some_and(|of| of.kind == "histogram")).unwrap_or(name);
    families.get_mut(name).unwrap_or_else(|| panic!("{name} has no type"))
}

/// The name of a sample, and the names of its labels.
fn sample(line: &str) -> (String, BTreeSet<String>) {
    let end = line.find(['{', ' ']).unwrap();
    let (name, rest) = line.split_at(end);
    let (labels, value) = rest.rsplit_once(' ').unwrap();
    assert!(value.parse::<f64>().is_ok(), "{line}");
    let inside = labels.strip_prefix('{').map(|labels| labels.strip_suffix('}').unwrap()).unwrap_or_default();
    // No value in these tests has a comma or a quote in it.
    let names = inside.split(',').filter(|label| !label.is_empty()).map(|label| label.split_once("=\"").unwrap().0.to_owned());
    (name.into(), names.collect())
}

/// What promtool says of a page: nothing, when it is good.
fn lint(page: &str) -> Option<String> {
    let mut promtool = Command::new(tool("promtool")?);
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = promtool.spawn().unwrap();
    child.stdin.take().unwrap().write_all(page.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Some(if output.status.success() { said } else { format!("{said}exit {:?}", output.status.code()) })
}

#[test]
fn promtool_finds_nothing_wrong_with_the_metrics_of_any_mode() {
    // It is not asleep.
    let Some(said) = lint("# TYPE camelCase_count counter\ncamelCase_count 1\n") else { return };
    assert!(said.contains("camelCase"), "{said}");
    let lab = Lab::new();
    for mode in Mode::ALL {
        let page = lab.serve(mode.as_str()).admin("/metrics");
        assert_eq!(lint(&page).as_deref(), Some(""), "{mode}");
    }
}
