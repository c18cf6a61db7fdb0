//! The report as one page: no network, no script, no font of its own. `page.html` lays it out, `page.css` dresses it.

use std::fmt::Write as _;

use askama::Template;

use super::{
    Reader,
    answer::{Answer, answer, capital, name},
    asked,
    costs::row,
    machine,
    mark::{Mark, outcome},
    matrix::{Matrix, Seen, matrices},
    section::Section,
    sections,
    tally::{Tally, tally},
};
use crate::{
    compare::findings::{Entry, Findings, Measure, Shape, Verdict},
    mode::{Mode, Profile},
};

/// Writes the page.
///
/// # Errors
/// None in practice: the template only prints text.
pub fn html(findings: &Findings, reader: Reader<'_>) -> Result<String, askama::Error> {
    let matrices = matrices(findings);
    let answer = answer(findings, &matrices);
    let (asked, sections) = (asked(findings, reader), sections(findings));
    let page = Page {
        findings,
        date: findings.made.split('T').next().unwrap_or_default(),
        answer,
        contents: contents(&asked, &matrices, &sections),
        asked,
        locks: matrices.first().map(|matrix| locks(findings, matrix)).unwrap_or_default(),
        sections,
        machine: machine::lines(findings),
        several: matrices.len() > 1,
        matrices: &matrices,
        style: include_str!("page.css"),
    };
    page.render()
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    findings: &'a Findings,
    date: &'a str,
    answer: Answer,
    asked: Vec<Section>,
    locks: Vec<Lock<'a>>,
    matrices: &'a [Matrix<'a>],
    several: bool,
    /// Address and heading of each part.
    contents: Vec<(String, String)>,
    sections: Vec<Section>,
    machine: Vec<String>,
    style: &'static str,
}

/// What the reader can go to, in the order of the page.
fn contents(asked: &[Section], matrices: &[Matrix<'_>], sections: &[Section]) -> Vec<(String, String)> {
    let several = matrices.len() > 1;
    let matrix = |(at, matrix): (usize, &Matrix<'_>)| {
        let (place, title) = ("matrix", "What each lock did");
        let title = if several { format!("{title}, profile {}", matrix.profile) } else { title.into() };
        (if at == 0 { place.into() } else { format!("{place}-{}", matrix.profile) }, title)
    };
    let locks = (!matrices.is_empty()).then(|| ("locks".into(), "Each lock in one look".into()));
    let matrices = matrices.iter().enumerate().map(matrix);
    let entry = |section: &Section| (section.anchor.into(), section.title.clone());
    let (asked, sections) = (asked.iter().map(entry), sections.iter().map(entry));
    let how = ("how".into(), "How it was measured".into());
    asked.chain(locks).chain(matrices).chain(sections).chain([how]).collect()
}

/// Text that stays text, with what stands between backticks as code.
fn code(text: &str) -> Result<String, askama::Error> {
    let pieces: Vec<&str> = text.split('`').collect();
    let mut out = String::with_capacity(text.len());
    for (at, piece) in pieces.iter().enumerate() {
        let piece = askama::filters::escape(piece, askama::filters::Html)?;
        // An odd one without an end is a backtick like any other.
        match at % 2 {
            1 if at + 1 < pieces.len() => write!(out, "<code>{piece}</code>")?,
            1 => write!(out, "`{piece}")?,
            _ => write!(out, "{piece}")?,
        }
    }
    Ok(out)
}

/// The card of one mode.
struct Lock<'a> {
    mode: Mode,
    name: String,
    tally: Tally<'a>,
    /// One per attack, in the order of the matrix: stopped or not.
    strip: Vec<Seen<'a>>,
    facts: Vec<(&'static str, String, String)>,
    profile: Profile,
}

fn locks<'a>(findings: &'a Findings, matrix: &Matrix<'a>) -> Vec<Lock<'a>> {
    let lock = |mode: &Mode| {
        let attacks = matrix.rows().filter(|row| row.entry.want == crate::compare::findings::Want::Refused);
        let strip = attacks.filter_map(|row| row.cell(*mode)).filter(|seen| seen.mark != Mark::NotApplicable);
        Lock {
            mode: *mode,
            name: capital(name(*mode)),
            tally: tally(matrix, *mode),
            strip: strip.collect(),
            facts: facts(findings, *mode),
            profile: matrix.profile,
        }
    };
    findings.settings.modes.iter().map(lock).collect()
}

/// What the card says about cost: a word, a number, and the multiple of the open door.
fn facts(findings: &Findings, mode: Mode) -> Vec<(&'static str, String, String)> {
    [
        ("first call", Shape::First, Measure::FirstCall),
        ("server CPU, kept", Shape::Kept, Measure::ServerCpu),
        ("server CPU, new", Shape::Fresh, Measure::ServerCpu),
        ("bytes, new", Shape::Fresh, Measure::WireBytes),
    ]
    .into_iter()
    .filter_map(|(title, shape, measure)| {
        let row = row(findings, shape, measure, title);
        let value = row.values.iter().find(|value| value.mode == mode && value.figure.is_some())?;
        Some((title, value.shown(), value.times()))
    })
    .collect()
}

/// The address of a row within the page.
pub(super) fn anchor(profile: Profile, entry: &Entry) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '-' };
    format!("{profile}-{}", entry.id.chars().map(plain).collect::<String>())
}

#[cfg(test)]
mod browser;

#[cfg(test)]
mod tests {
    use super::{super::sample, *};

    fn values<'t>(page: &'t str, attribute: &str) -> Vec<&'t str> {
        page.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn the_page_needs_nothing_but_itself() {
        for findings in [sample::findings(), sample::troubled(), sample::both_profiles(), sample::thefts()] {
            let page = html(&findings, Reader::default()).unwrap();
            for outside in ["http://", "https://", "<script", "<link", "<img", "src=", "url(", "@import", "@font-face"] {
                assert!(!page.contains(outside), "{outside}");
            }
        }
    }

    #[test]
    fn what_others_wrote_stays_text() {
        let page = html(&sample::findings(), Reader::default()).unwrap();
        assert!(page.contains("&#60;script&#62;alert(1)&#60;/script&#62; | &#34;&#38;&#34;"));
        assert!(page.contains("&#60;b&#62;&#38;amp;&#60;/b&#62;"));
    }

    #[test]
    fn every_link_has_its_place_and_every_place_one_name() {
        for findings in [sample::troubled(), sample::both_profiles(), sample::thefts()] {
            places_and_links(&html(&findings, Reader::default()).unwrap());
        }
    }

    fn places_and_links(page: &str) {
        let places = values(page, " id=\"");
        assert!(places.iter().enumerate().all(|(at, place)| !places[..at].contains(place)), "{places:?}");
        let links = values(page, "href=\"#");
        assert!(links.len() > 5 && links.iter().all(|link| places.contains(link)), "{links:?}");
        let described = values(page, "aria-labelledby=\"");
        assert!(described.iter().all(|name| places.contains(name)), "{described:?}");
    }

    #[test]
    fn tables_and_charts_can_be_listened_to() {
        let page = html(&sample::findings(), Reader::default()).unwrap();
        assert!(page.matches("<th").count() - page.matches("<thead").count() == page.matches(" scope=\"").count());
        assert_eq!(page.matches("<table").count(), page.matches("<caption").count());
        assert_eq!(page.matches("<svg").count(), page.matches("role=\"img\" aria-label=\"").count());
        assert!(page.contains("aria-label=\"Server CPU per call, kept connection: open 9.40 µs, jwt 52.1 µs,"));
    }

    #[test]
    fn what_stands_between_backticks_is_code_and_stays_text() {
        let code = |text| code(text).unwrap();
        assert_eq!(code("run `a <b>` & `c`"), "run <code>a &#60;b&#62;</code> &#38; <code>c</code>");
        assert_eq!(code("one ` alone, `two`` and ```"), "one <code> alone, </code>two<code></code> and <code></code>`");
        assert_eq!(code(""), "");
    }

    #[test]
    fn the_contents_lead_to_every_part() {
        let page = html(&sample::both_profiles(), Reader::default()).unwrap();
        let (_, rest) = page.split_once("<nav").unwrap();
        let (contents, _) = rest.split_once("</nav>").unwrap();
        let places = values(contents, "href=\"#");
        let parts: Vec<_> = values(&page, "<section aria-labelledby=\"");
        assert_eq!(places, parts);
    }

    #[test]
    fn trouble_is_seen_at_once() {
        let page = html(&sample::troubled(), Reader::default()).unwrap();
        for seen in
            ["<h1>1 of 68 trials did not end as declared.</h1>", "Before you read on:", "class=\"mark differs\"", ">void<"]
        {
            assert!(page.contains(seen), "{seen}");
        }
        assert!(!html(&sample::findings(), Reader::default()).unwrap().contains("Before you read on:"));
    }
}
