//! The report on a terminal: where the locks part, then the drills and the costs, and the answer where the eye is: at the end.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::{
    Reader,
    answer::answer,
    asked,
    mark::{Mark, outcome},
    matrix::{Group, Matrix, Part, Row, Seen, matrices},
    number::count,
    section, sections,
};
use crate::{compare::findings::Findings, mode::Mode};

/// Columns of the whole table.
const WIDTH: usize = 100;

/// Columns of text in one outcome. The open door says little.
fn width(mode: Mode) -> usize {
    if mode == Mode::Open { 10 } else { 15 }
}

/// How to draw.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// With colours, for terminals only.
    pub colour: bool,
    /// Everything: also the rows that went well with every lock, and the notes.
    pub whole: bool,
}

/// Draws the findings for a terminal of at least 100 columns.
pub fn terminal(findings: &Findings, reader: Reader<'_>, style: Style) -> String {
    let matrices = matrices(findings);
    let mut parts: Vec<String> = Vec::new();
    for matrix in &matrices {
        if matrices.len() > 1 {
            parts.push(format!("PROFILE {}", matrix.profile));
        }
        let shown = |row: &Row<'_>| style.whole || parting(row);
        let groups = matrix.groups.iter().filter_map(|group| group_table(group, &matrix.modes, shown));
        parts.extend(groups.map(|table| drawn(&table, Some(&matrix.modes), style)));
        parts.push(legend(matrix));
        parts.extend(alike(matrix.rows().filter(|row| !shown(row)).count()));
    }
    for section in sections(findings) {
        parts.extend(numbers(&section, style));
        parts.extend(if style.whole { paragraph(&section.notes) } else { paragraph(&section.voids()) });
    }
    if !style.whole {
        parts.extend(paragraph(&findings.faults()));
    }
    let answer = answer(findings, &matrices);
    parts.extend(paragraph(&[vec![answer.headline], answer.sentences].concat()));
    for section in asked(findings, reader) {
        parts.extend(numbers(&section, style));
        parts.extend(paragraph(&section.lead));
        parts.extend(paragraph(&section.notes));
    }
    parts.extend(paragraph(&findings.missing));
    parts.join("\n\n") + "\n"
}

/// Whether a lock did not do what the team would want; without a lock nobody expects it to.
fn parting(row: &Row<'_>) -> bool {
    let fine = |seen: &Seen<'_>| matches!(seen.mark, Mark::Wanted | Mark::NotApplicable);
    let open = |seen: &Seen<'_>| seen.mode == Mode::Open && seen.mark == Mark::Unwanted;
    !row.cells.iter().all(|seen| fine(seen) || open(seen))
}

/// What was left out.
fn alike(rows: usize) -> Option<String> {
    (rows > 0).then(|| {
        let rows = count(rows, "scenario", "scenarios");
        folded(&format!("{rows} more went with every lock as the team would want; `-v` shows them, and so does the page."), WIDTH)
    })
}

/// The rows of a group that are shown; nothing when none is.
fn group_table(group: &Group<'_>, modes: &[Mode], shown: impl Fn(&Row<'_>) -> bool) -> Option<Table> {
    let rows = |part: &Part<'_>| part.rows.iter().filter(|row| shown(row)).map(line).collect::<Vec<_>>();
    if group.parts.iter().all(|part| rows(part).is_empty()) {
        return None;
    }
    let mut table = Table::new();
    let title = Cell::new(group.name.to_uppercase()).add_attribute(Attribute::Bold);
    table.set_header(std::iter::once(title).chain(modes.iter().map(Cell::new)));
    for part in &group.parts {
        let rows = rows(part);
        if let Some(mode) = part.only.filter(|_| !rows.is_empty()) {
            let what = Cell::new(format!("· only {mode}")).fg(Color::DarkGrey);
            table.add_row([what]);
        }
        table.add_rows(rows);
    }
    Some(table)
}

fn line(row: &Row<'_>) -> Vec<Cell> {
    std::iter::once(Cell::new(&row.entry.title)).chain(row.cells.iter().map(outcome_cell)).collect()
}

fn outcome_cell(seen: &Seen<'_>) -> Cell {
    let cell = Cell::new(outcome_text(seen));
    match seen.mark {
        Mark::Wanted => cell.fg(Color::Green),
        Mark::Unwanted => cell.fg(Color::Yellow),
        Mark::Differs => cell.fg(Color::Red).add_attribute(Attribute::Bold),
        Mark::Untried | Mark::NotApplicable => cell.fg(Color::DarkGrey),
    }
}

/// `✓ signature_` and below it `  invalid (tls)`: broken where the word has a joint, so that columns stay narrow.
fn outcome_text(seen: &Seen<'_>) -> String {
    let (reason, tls) = outcome(seen.observed());
    let whole = format!("{reason}{}", if tls { " (tls)" } else { "" });
    let mut lines = vec![seen.mark.symbol().to_owned() + " "];
    for piece in whole.split_inclusive(['_', ' ']) {
        let full = lines.last().is_some_and(|line| line.chars().count() + piece.trim_end().chars().count() > width(seen.mode));
        if full {
            lines.push("  ".to_owned());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(piece);
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

fn legend(matrix: &Matrix<'_>) -> String {
    let used = |mark: &Mark| matrix.rows().any(|row| row.cells.iter().any(|seen| seen.mark == *mark));
    let mut parts: Vec<_> =
        Mark::ALL.into_iter().filter(used).map(|mark| format!("{} {}", mark.symbol(), mark.meaning())).collect();
    if matrix.rows().any(|row| row.cells.iter().any(|seen| outcome(seen.observed()).1)) {
        parts.push("(tls) refused in the handshake".into());
    }
    folded(&parts.join(" · "), WIDTH)
}

/// The tables of a section. Where the locks are the columns, they stand below those of the other tables.
fn numbers(section: &section::Section, style: Style) -> Vec<String> {
    let modes = |table: &section::Table| -> Option<Vec<Mode>> { table.head.1.iter().map(section::Head::mode).collect() };
    // One table is the part; several have names of their own.
    let several = section.tables.len() > 1;
    let title = |table: &section::Table| if several { table.head.0.clone() } else { section.anchor.to_owned() };
    let drawn = |table: &section::Table| drawn(&number_table(&title(table), table), modes(table).as_deref(), style);
    section.tables.iter().map(drawn).collect()
}

/// Numbers stand on the right of their columns.
fn number_table(title: &str, table: &section::Table) -> Table {
    let right = |text: &str| Cell::new(text).set_alignment(CellAlignment::Right);
    let mut drawn = Table::new();
    let title = Cell::new(title.to_uppercase()).add_attribute(Attribute::Bold);
    drawn.set_header(std::iter::once(title).chain(table.head.1.iter().map(|head| right(head.text()))));
    for row in &table.rows {
        let values = row.values.iter().map(|value| right(&value.short()));
        drawn.add_row(std::iter::once(Cell::new(&row.title)).chain(values).collect::<Vec<_>>());
    }
    drawn
}

/// Without borders; every table of locks with the same columns, so that they stand below each other.
fn drawn(table: &Table, modes: Option<&[Mode]>, style: Style) -> String {
    let mut table = table.clone();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(100);
    if let Some(modes) = modes {
        let outcomes: Vec<usize> = modes.iter().map(|mode| width(*mode) + 2).collect();
        let widths = std::iter::once(WIDTH.saturating_sub(outcomes.iter().sum())).chain(outcomes);
        let fixed = |width: usize| ColumnConstraint::Absolute(Width::Fixed(u16::try_from(width).unwrap_or(u16::MAX)));
        table.set_constraints(widths.map(fixed));
    }
    if style.colour {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Lines below each other, each folded; nothing when there are none.
fn paragraph(lines: &[String]) -> Option<String> {
    let folded: Vec<_> = lines.iter().map(|line| folded(line, WIDTH)).collect();
    (!folded.is_empty()).then(|| folded.join("\n"))
}

/// Breaks a line between words; what follows is indented.
fn folded(line: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > width {
            lines.push("  ".to_owned() + word);
        } else if let Some(line) = lines.last_mut() {
            if last > 0 {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests;
