//! The report on a terminal: the matrix group by group, then the drills and the costs.

use comfy_table::{Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table, Width, presets};

use super::{
    Reader,
    answer::answer,
    asked,
    mark::{Mark, outcome},
    matrix::{Group, Matrix, Row, Seen, matrices},
    section, sections,
};
use crate::{compare::findings::Findings, mode::Mode};

/// Columns of the whole table.
const WIDTH: usize = 100;

/// Columns of text in one outcome. The open door says little.
fn width(mode: Mode) -> usize {
    if mode == Mode::Open { 10 } else { 15 }
}

/// Draws the findings for a terminal of at least 100 columns. `colour` is for terminals only.
pub fn terminal(findings: &Findings, reader: Reader<'_>, colour: bool) -> String {
    let matrices = matrices(findings);
    let mut parts: Vec<String> = Vec::new();
    for matrix in &matrices {
        if matrices.len() > 1 {
            parts.push(format!("PROFILE {}", matrix.profile));
        }
        parts.extend(matrix.groups.iter().map(|group| drawn(&group_table(group, &matrix.modes), &matrix.modes, colour)));
        parts.push(legend(matrix));
    }
    for section in sections(findings) {
        // One table is the part; several have names of their own.
        let several = section.tables.len() > 1;
        let title = |table: &section::Table| if several { table.head.0.clone() } else { section.anchor.to_owned() };
        let draw = |table| drawn(&number_table(&title(table), table), &findings.settings.modes, colour);
        parts.extend(section.tables.iter().map(draw));
        parts.extend(paragraph(&section.notes));
    }
    let answer = answer(findings, &matrices);
    parts.extend(paragraph(&[vec![answer.headline], answer.sentences].concat()));
    for section in asked(findings, reader) {
        let locks: Vec<Mode> = findings.settings.modes.iter().copied().filter(|mode| *mode != Mode::Open).collect();
        parts.extend(section.tables.iter().map(|table| drawn(&number_table(section.anchor, table), &locks, colour)));
        parts.extend(paragraph(&section.lead));
        parts.extend(paragraph(&section.notes));
    }
    parts.extend(paragraph(&findings.missing));
    parts.join("\n\n") + "\n"
}

fn group_table(group: &Group<'_>, modes: &[Mode]) -> Table {
    let mut table = Table::new();
    let title = Cell::new(group.name.to_uppercase()).add_attribute(Attribute::Bold);
    table.set_header(std::iter::once(title).chain(modes.iter().map(Cell::new)));
    for part in &group.parts {
        if let Some(mode) = part.only {
            let what = Cell::new(format!("· only {mode}")).fg(Color::DarkGrey);
            table.add_row([what]);
        }
        table.add_rows(part.rows.iter().map(line));
    }
    table
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

/// Without borders, every table with the same columns, so that they stand below each other.
fn drawn(table: &Table, modes: &[Mode], colour: bool) -> String {
    let mut table = table.clone();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(100);
    let outcomes: Vec<usize> = modes.iter().map(|mode| width(*mode) + 2).collect();
    let widths = std::iter::once(WIDTH.saturating_sub(outcomes.iter().sum())).chain(outcomes);
    let fixed = |width: usize| ColumnConstraint::Absolute(Width::Fixed(u16::try_from(width).unwrap_or(u16::MAX)));
    table.set_constraints(widths.map(fixed));
    if colour {
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
