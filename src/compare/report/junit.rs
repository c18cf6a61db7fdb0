//! The findings as `JUnit` XML, which continuous integration reads: a test case for each cell, one for the drills, one for the run.

use std::fmt::Write as _;

use crate::{
    compare::findings::{Cell, Findings, Verdict},
    mode::Profile,
};

/// So many lines of a proof stand in a failure: its end, where the deciding step is.
const LINES: usize = 20;

/// Writes the findings as `JUnit` XML.
pub fn junit(findings: &Findings) -> String {
    let profiles = Profile::ALL.iter().map(|profile| (profile.as_str(), of_profile(findings, *profile)));
    let suites: Vec<_> = profiles.chain([("drills", drills(findings)), ("run", run(findings))]).collect();
    let cases = || suites.iter().flat_map(|(_, cases)| cases);
    let mut xml =
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"authbench compare\" {}>\n", counts(cases()));
    for (name, cases) in suites.iter().filter(|(_, cases)| !cases.is_empty()) {
        suite(&mut xml, name, &findings.made, cases);
    }
    xml + "</testsuites>\n"
}

/// One test case.
struct Case {
    class: String,
    name: String,
    millis: u64,
    end: End,
}

/// How it ended: a sentence, and what proves it.
enum End {
    Passed,
    Skipped(String),
    Failed(String, Vec<String>),
}

fn of_profile(findings: &Findings, profile: Profile) -> Vec<Case> {
    let cells = findings.scenarios.iter().filter(|cell| cell.profile == profile);
    cells.map(|cell| case(findings, cell)).collect()
}

fn case(findings: &Findings, cell: &Cell) -> Case {
    let group = findings.catalogue.iter().find(|entry| entry.id == cell.id).map_or("", |entry| &entry.group);
    let because = || cell.because.clone().unwrap_or_default();
    let end = match cell.verdict {
        Verdict::AsExpected => End::Passed,
        Verdict::Skipped => End::Skipped(because()),
        Verdict::Differs => End::Failed(because(), proof(cell)),
    };
    Case { class: format!("{}.{}.{group}", cell.mode, cell.profile), name: cell.id.clone(), millis: cell.took_ms, end }
}

fn proof(cell: &Cell) -> Vec<String> {
    let observed = |text: &Option<String>| text.as_ref().map(|text| format!(" → {text}")).unwrap_or_default();
    let steps = cell.proof.iter().flat_map(|step| {
        let did = format!("{}{}", step.did, observed(&step.observed));
        std::iter::once(did).chain(step.exchange.iter().map(|line| format!("  {line}")))
    });
    let lines: Vec<_> = steps.collect();
    let declared = format!("declared {}, observed {}", cell.expected, cell.observed);
    std::iter::once(declared).chain(lines[lines.len().saturating_sub(LINES)..].iter().cloned()).collect()
}

fn drills(findings: &Findings) -> Vec<Case> {
    let faults = findings.faults();
    let drilled = !findings.drills.is_empty() || !findings.rotations.is_empty() || !findings.noisy.is_empty();
    let end = faults.first().map_or(End::Passed, |first| End::Failed(first.clone(), faults.clone()));
    let case = Case { class: "drills".into(), name: "every drill went as declared".into(), millis: 0, end };
    (drilled || !faults.is_empty()).then_some(case).into_iter().collect()
}

fn run(findings: &Findings) -> Vec<Case> {
    let end = if findings.missing.is_empty() { End::Passed } else { End::Skipped(findings.missing.join(" ")) };
    vec![Case { class: "run".into(), name: "nothing is missing".into(), millis: 0, end }]
}

fn suite(xml: &mut String, name: &str, made: &str, cases: &[Case]) {
    // The schema that many readers follow knows no time zone.
    let made = made.trim_end_matches('Z');
    let _ = writeln!(xml, "<testsuite name=\"{}\" timestamp=\"{}\" {}>", safe(name), safe(made), counts(cases.iter()));
    for Case { class, name, millis, end } in cases {
        let _ = write!(xml, "<testcase classname=\"{}\" name=\"{}\" time=\"{}\"", safe(class), safe(name), seconds(*millis));
        let _ = match end {
            End::Passed => writeln!(xml, "/>"),
            End::Skipped(why) => writeln!(xml, "><skipped message=\"{}\"/></testcase>", safe(why)),
            End::Failed(why, proof) => {
                let proof: Vec<_> = proof.iter().map(|line| safe(line)).collect();
                writeln!(xml, "><failure message=\"{}\">{}</failure></testcase>", safe(why), proof.join("\n"))
            }
        };
    }
    xml.push_str("</testsuite>\n");
}

fn counts<'a>(cases: impl Iterator<Item = &'a Case>) -> String {
    let (mut tests, mut failures, mut skipped, mut millis) = (0, 0, 0, 0);
    for case in cases {
        tests += 1;
        millis += case.millis;
        match case.end {
            End::Passed => {}
            End::Skipped(_) => skipped += 1,
            End::Failed(..) => failures += 1,
        }
    }
    let time = seconds(millis);
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\" time=\"{time}\"")
}

fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}

/// Text that stays text, within an attribute too. What XML 1.0 cannot hold, not even escaped, becomes U+FFFD.
fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => {
                let _ = write!(out, "&#{};", u32::from(letter));
            }
            '\0'..=' ' if letter != ' ' => out.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::sample, *};

    #[test]
    fn a_failure_says_why_and_shows_the_end_of_its_proof() {
        let xml = junit(&sample::troubled());
        let failed: Vec<_> = xml.split("<testcase").filter(|case| case.contains("<failure")).collect();
        insta::assert_snapshot!(failed.join(""), @r#"
         classname="apikey.standard.lifetime" name="shared/revoked_new" time="0.231"><failure message="step 3 ended with allowed, not revoked">declared revoked, observed allowed
        provision partner
          $ authbench key add partner --json
          {&quot;name&quot;:&quot;partner&quot;,&quot;id&quot;:&quot;9fJq2mT0aLx1&quot;,&quot;key&quot;:&quot;ab_9fJq2…&quot;}
        call as partner (A revoked credential on a new connection) → revoked
          &gt; GET /test/hello-world HTTP/1.1
          &gt; host: localhost:34567
          &gt; x-note: &lt;b&gt;&amp;amp;&lt;/b&gt; a long line that has to go somewhere, because header lines can be long and nobody breaks them for us
          &lt; HTTP/1.1 401 Unauthorized
          &lt; www-authenticate: Bearer realm=&quot;authbench&quot;, error=&quot;invalid_token&quot;
          {&quot;type&quot;:&quot;about:blank&quot;,&quot;reason&quot;:&quot;revoked&quot;}</failure></testcase>
         classname="drills" name="every drill went as declared" time="0.000"><failure message="revoked, jwt: on kept connections a request was accepted 131.7 ms after; 100 ms are allowed">revoked, jwt: on kept connections a request was accepted 131.7 ms after; 100 ms are allowed
        revoked, jwt: 2 of 640 requests of another caller were refused meanwhile
        credential replaced, apikey: 3 of 2210 requests were not served, the first: answered 401 Unauthorized, on a kept connection</failure></testcase>
        </testsuite>
        <testsuite name="run" timestamp="2026-11-23T14:30:00" tests="1" failures="0" errors="0" skipped="1" time="0.000">
        "#);
    }

    #[test]
    fn every_cell_is_counted_once() {
        let findings = sample::both_profiles();
        let xml = junit(&findings);
        assert_eq!(xml.matches("<testcase").count(), findings.scenarios.len() + 2);
        insta::assert_snapshot!(xml.lines().filter(|line| line.starts_with("<testsuite")).collect::<Vec<_>>().join("\n"), @r#"
        <testsuites name="authbench compare" tests="88" failures="0" errors="0" skipped="0" time="19.866">
        <testsuite name="standard" timestamp="2026-11-23T14:30:00" tests="77" failures="0" errors="0" skipped="0" time="17.787">
        <testsuite name="aws" timestamp="2026-11-23T14:30:00" tests="9" failures="0" errors="0" skipped="0" time="2.079">
        <testsuite name="drills" timestamp="2026-11-23T14:30:00" tests="1" failures="0" errors="0" skipped="0" time="0.000">
        <testsuite name="run" timestamp="2026-11-23T14:30:00" tests="1" failures="0" errors="0" skipped="0" time="0.000">
        "#);
    }

    #[test]
    fn what_was_not_tried_is_skipped() {
        let mut findings = sample::findings();
        findings.scenarios.truncate(1);
        findings.scenarios[0].verdict = Verdict::Skipped;
        findings.scenarios[0].because = Some("no second address".into());
        findings.missing = vec!["The run was ended.".into()];
        let skipped: Vec<_> = junit(&findings).lines().filter(|line| line.contains("<skipped")).map(str::to_owned).collect();
        insta::assert_snapshot!(skipped.join("\n"), @r#"
        <testcase classname="open.standard.proof" name="shared/nothing_presented" time="0.231"><skipped message="no second address"/></testcase>
        <testcase classname="run" name="nothing is missing" time="0.000"><skipped message="The run was ended."/></testcase>
        "#);
    }

    /// What a reader of XML makes of an attribute's value.
    fn read(text: &str) -> String {
        let named = [("&#9;", "\t"), ("&#10;", "\n"), ("&#13;", "\r"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\"")];
        named.iter().fold(text.to_owned(), |text, (name, letter)| text.replace(name, letter)).replace("&amp;", "&")
    }

    proptest! {
        #[test]
        fn any_text_comes_back_but_for_what_xml_cannot_hold(text in "\\PC*|[\\x00-\\x7f]*|[&<>\"#;a-z\\n\\r\\t\u{fffe}\u{feff}]*") {
            let written = safe(&text);
            prop_assert!(!written.contains(['<', '>', '"']) && !written.chars().any(|letter| letter < ' '));
            let allowed = |letter: char| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..);
            let wanted: String = text.chars().map(|letter| if allowed(letter) { letter } else { '\u{fffd}' }).collect();
            prop_assert_eq!(read(&written), wanted);
        }
    }
}
