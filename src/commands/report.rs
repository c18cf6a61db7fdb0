//! `report`: draw the report again from saved findings.

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
};

use serde_json::json;

use super::output;
use crate::{
    cli::{self, Common},
    compare::{
        findings::{Findings, SCHEMA, Unreadable, VERSION},
        needs::Needs,
        report::{self, Reader, Style},
    },
    exit::Failure,
    files::{self, Readers},
};

/// Reads the findings, writes `report.md`, `index.html` and `junit.xml`, prints the table; without findings, prints their schema.
///
/// # Errors
/// Exit 2 when the file is no findings of this version, exit 3 when the report cannot be written.
pub fn run(common: &Common, command: &cli::Report) -> Result<(), Failure> {
    let Some(file) = &command.findings else { return output::line(SCHEMA.trim_end()) };
    let needs = needs(command.needs.as_deref())?;
    let findings = read(file)?;
    let before = command.against.as_deref().map(read).transpose()?;
    let reader = Reader { needs: needs.as_ref(), before: before.as_ref() };
    let beside = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let drawn = draw(&findings, reader, command.out.as_deref().unwrap_or(beside))?;
    if common.json {
        output::json(&json!({"report": drawn.record, "page": drawn.page, "junit": drawn.junit, "differs": findings.differing()}))
    } else {
        show(common, &findings, reader, &drawn)
    }
}

/// Reads the file of `--needs`, if one was named.
///
/// # Errors
/// Exit 2: the file cannot be read, or something in it is wrong.
pub(super) fn needs(file: Option<&Path>) -> Result<Option<Needs>, Failure> {
    file.map(Needs::read).transpose().map_err(|fault| Failure::usage(fault.to_string()))
}

/// Where a report was written.
#[derive(Debug)]
pub(super) struct Drawn {
    /// For a decision record.
    pub(super) record: PathBuf,
    /// For a browser.
    pub(super) page: PathBuf,
    /// For continuous integration.
    pub(super) junit: PathBuf,
}

/// Writes every file.
pub(super) fn draw(findings: &Findings, reader: Reader<'_>, out: &Path) -> Result<Drawn, Failure> {
    let drawn = Drawn { record: out.join("report.md"), page: out.join("index.html"), junit: out.join("junit.xml") };
    let page = report::html(findings, reader).map_err(|error| Failure::environment(format!("cannot draw the page: {error}")))?;
    files::write(&drawn.record, report::markdown(findings, reader).as_bytes(), Readers::Everyone)?;
    files::write(&drawn.page, page.as_bytes(), Readers::Everyone)?;
    files::write(&drawn.junit, report::junit(findings).as_bytes(), Readers::Everyone)?;
    Ok(drawn)
}

/// Prints the table, and where the files are.
pub(super) fn show(common: &Common, findings: &Findings, reader: Reader<'_>, drawn: &Drawn) -> Result<(), Failure> {
    let style = Style { colour: colour(), whole: common.verbose > 0 };
    output::line(&report::terminal(findings, reader, style))?;
    output::line(&format!(
        "page    {}\nrecord  {}\njunit   {}",
        drawn.page.display(),
        drawn.record.display(),
        drawn.junit.display()
    ))
}

/// Colour is for terminals, and not for who has set `NO_COLOR`.
fn colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn read(path: &Path) -> Result<Findings, Failure> {
    let name = path.display();
    let text = std::fs::read(path).map_err(|error| {
        Failure::usage(format!("cannot read {name}: {error}")).remedy("name the findings.json that `authbench compare` wrote")
    })?;
    Findings::from_json(&text).map_err(|unreadable| match unreadable {
        Unreadable::Version(version) => {
            Failure::usage(format!("{name} holds findings of version {version}; this authbench reads version {VERSION}"))
                .remedy("draw it with the authbench that wrote it, or run `authbench compare` again")
        }
        Unreadable::Broken(why) => Failure::usage(format!("{name} holds no findings: {why}"))
            .remedy("name the findings.json that `authbench compare` wrote, unchanged"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::report::sample;

    fn common(json: bool) -> Common {
        Common { config: None, state: ".authbench".into(), certs: "certs".into(), json, verbose: 0 }
    }

    fn of(findings: &Path, out: Option<&Path>) -> cli::Report {
        cli::Report { findings: Some(findings.into()), out: out.map(Into::into), against: None, schema: false, needs: None }
    }

    #[test]
    fn the_report_lies_beside_its_findings_unless_told_otherwise() {
        let here = tempfile::tempdir().unwrap();
        let file = here.path().join("findings.json");
        std::fs::write(&file, sample::findings().to_json().unwrap()).unwrap();
        run(&common(true), &of(&file, None)).unwrap();
        let elsewhere = here.path().join("a/b");
        run(&common(true), &of(&file, Some(&elsewhere))).unwrap();
        for name in ["report.md", "index.html", "junit.xml"] {
            assert_eq!(std::fs::read(here.path().join(name)).unwrap(), std::fs::read(elsewhere.join(name)).unwrap());
        }
    }

    #[test]
    fn what_is_no_findings_is_named_with_a_remedy_and_nothing_is_written() {
        let here = tempfile::tempdir().unwrap();
        let file = here.path().join("findings.json");
        let told = |text: Option<&str>| {
            if let Some(text) = text {
                std::fs::write(&file, text).unwrap();
            }
            let failure = run(&common(false), &of(&file, None)).unwrap_err();
            assert_eq!(failure.code(), std::process::ExitCode::from(2));
            failure.to_string().replace(&here.path().display().to_string(), "DIR")
        };
        insta::assert_snapshot!(told(None), @"
        cannot read DIR/findings.json: No such file or directory (os error 2)
          mend: name the findings.json that `authbench compare` wrote
        ");
        insta::assert_snapshot!(told(Some("{\"version\": 7}")), @"
        DIR/findings.json holds findings of version 7; this authbench reads version 1
          mend: draw it with the authbench that wrote it, or run `authbench compare` again
        ");
        insta::assert_snapshot!(told(Some("{\"version\": 1}")), @"
        DIR/findings.json holds no findings: missing field `made` at line 1 column 14
          mend: name the findings.json that `authbench compare` wrote, unchanged
        ");
        insta::assert_snapshot!(told(Some("<html>")), @"
        DIR/findings.json holds no findings: expected value at line 1 column 1
          mend: name the findings.json that `authbench compare` wrote, unchanged
        ");
        assert!(!here.path().join("index.html").exists());
    }

    #[test]
    fn the_locks_are_ranked_by_the_needs_that_are_given_and_wrong_ones_write_nothing() {
        let here = tempfile::tempdir().unwrap();
        let (file, needs) = (here.path().join("findings.json"), here.path().join("needs.toml"));
        std::fs::write(&file, sample::findings().to_json().unwrap()).unwrap();
        let report = || run(&common(true), &cli::Report { needs: Some(needs.clone()), ..of(&file, None) });
        for wrong in [None, Some("[must]\nrevoked_within = 60\n")] {
            if let Some(text) = wrong {
                std::fs::write(&needs, text).unwrap();
            }
            let failure = report().unwrap_err();
            assert_eq!(failure.code(), std::process::ExitCode::from(2));
            assert!(failure.to_string().contains("needs.toml") && failure.to_string().contains("\n  mend: "), "{failure}");
            assert!(!here.path().join("index.html").exists());
        }
        std::fs::write(&needs, "title = \"Our <partners>\"\n[must]\nrevoked_within = \"1m\"\n").unwrap();
        report().unwrap();
        let read = |name: &str| std::fs::read_to_string(here.path().join(name)).unwrap();
        assert!(read("report.md").contains("## Ranked for your needs: Our \\<partners\\>"));
        assert!(read("index.html").contains("Ranked for your needs: Our &#60;partners&#62;"));
    }
}
