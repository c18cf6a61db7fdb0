//! What the article says, and what this run says about it: sentences by profiles.

use super::{
    html::anchor,
    matrix::matrices,
    section::{Head, Row, Section, Table, Value},
};
use crate::{
    compare::findings::{Cell, Claim, Findings, Judged, Want, passed},
    mode::Profile,
};

/// The whole part; nothing when nothing that the article claims was tried.
pub(super) fn section(findings: &Findings) -> Option<Section> {
    let profiles: Vec<Profile> = matrices(findings).iter().map(|matrix| matrix.profile).collect();
    let head = profiles.iter().map(|profile| Head::Text(profile.to_string())).collect();
    let mut table = Table {
        caption: "Each sentence that claims something, and the verdict of the trials of this run".into(),
        head: ("The article says".into(), head),
        rows: Vec::new(),
    };
    for claim in &findings.claims {
        let values: Vec<_> = profiles.iter().map(|profile| value(findings, claim, *profile)).collect();
        let about: Vec<_> = claim.about.iter().map(ToString::to_string).collect();
        let note = format!("{}: {}", about.join(", "), claim.means);
        table.rows.push(Row { note, ..Row::of(format!("“{}”", claim.says), values) });
    }
    let tried = |claim: &Claim| profiles.iter().any(|profile| findings.judged(claim, *profile).0 != Judged::NotTried);
    findings.claims.iter().any(tried).then(|| Section {
        anchor: "claims",
        title: "What the article says".into(),
        lead: vec![
            "In profile aws the locks are built as the article builds them, with Cognito and API Gateway; in profile standard as they can \
             be built. A verdict follows from the trials of this run alone."
                .into(),
        ],
        tables: vec![table],
        ..Section::default()
    })
}

/// The verdict, its conditions, and the row in which to look.
fn value(findings: &Findings, claim: &Claim, profile: Profile) -> Value {
    let (judged, cells) = findings.judged(claim, profile);
    // The trial that settles it: where it holds any, and otherwise one that went against it.
    let telling = cells.iter().find(|cell| judged == Judged::Holds || !predicted(claim, cell)).or(cells.first());
    let entry = telling.and_then(|cell| findings.catalogue.iter().find(|entry| entry.id == cell.id));
    let (text, small) = match judged {
        Judged::Holds => ("holds".into(), trials(cells.len())),
        Judged::OnlyIf { when, unless } => (conditions(&when, &unless), String::new()),
        Judged::DoesNotHold => ("does not hold".into(), trials(cells.len())),
        Judged::NotTried => ("not tried".into(), String::new()),
    };
    Value { text, small, mark: None, proof: entry.map(|entry| anchor(profile, entry)) }
}

/// Whether a cell went as the claim predicts.
fn predicted(claim: &Claim, cell: &Cell) -> bool {
    let trial = claim.trials.iter().find(|trial| trial.scenario == cell.id);
    trial.is_none_or(|trial| passed(&cell.observed) == (trial.predicts == Want::Allowed))
}

fn trials(count: usize) -> String {
    if count == 1 { "in 1 trial".into() } else { format!("in {count} trials") }
}

/// `holds only if a or b, but not if c`.
fn conditions(when: &[String], unless: &[String]) -> String {
    let only = if when.is_empty() { "holds".to_owned() } else { format!("holds only if {}", when.join(" or ")) };
    let not = if unless.is_empty() { String::new() } else { format!(", but not if {}", unless.join(" or ")) };
    only + &not
}

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    #[test]
    fn a_sentence_is_judged_in_each_profile_and_opens_to_its_trial() {
        let findings = sample::thefts();
        let section = section(&findings).unwrap();
        let table = &section.tables[0];
        assert_eq!(table.head.1.iter().map(Head::text).collect::<Vec<_>>(), ["standard", "aws"]);
        let rows: Vec<_> = table.rows.iter().map(|row| row.values.iter().map(Value::line).collect::<Vec<_>>()).collect();
        insta::assert_debug_snapshot!(rows, @r#"
        [
            [
                "holds in 1 trial",
                "does not hold in 1 trial",
            ],
            [
                "holds, but not if the caller has an allowlist",
                "not tried",
            ],
            [
                "not tried",
                "not tried",
            ],
        ]
        "#);
        assert_eq!(table.rows[0].values[1].proof.as_deref(), Some("aws-shared-revoked-new"));
    }

    #[test]
    fn conditions_belong_to_the_verdict() {
        let owned = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        for (when, unless, said) in [
            (&["a is b"][..], &[][..], "holds only if a is b"),
            (&["a", "b"], &[], "holds only if a or b"),
            (&[], &["c"], "holds, but not if c"),
            (&["a"], &["c", "d"], "holds only if a, but not if c or d"),
        ] {
            assert_eq!(conditions(&owned(when), &owned(unless)), said);
        }
    }

    #[test]
    fn where_nothing_was_claimed_or_tried_there_is_no_part() {
        let mut findings = sample::thefts();
        findings.scenarios.clear();
        assert!(section(&findings).is_none());
        let mut findings = sample::thefts();
        findings.claims.clear();
        assert!(section(&findings).is_none());
    }
}
