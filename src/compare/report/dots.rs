//! Dot charts of the drills: one dot per round on an axis of milliseconds, and the limit as a line.

use plotters::{
    prelude::{Circle, Color, IntoDrawingArea, PathElement, SVGBackend},
    style::{ShapeStyle, text_anchor::HPos},
};

use super::chart::{Area, INK, MUTED, WIDTH, colour, named, write};
use crate::{
    compare::findings::{Drill, Event},
    mode::Mode,
};

const ROW: i32 = 30;
/// Where zero is; the kinds stand left of it.
const LEFT: i32 = 82;
/// Where the axis ends.
const RIGHT: i32 = 384;
/// Room for the numbers of the axis.
const FOOT: i32 = 24;
const RADIUS: i32 = 5;

/// The rounds of one mode: filled dots for revocation, rings for a life that ran out. Nothing when no round counts.
pub(super) fn dots(mode: Mode, drills: &[&Drill]) -> Option<String> {
    let first = drills.first()?;
    let samples = drills.iter().flat_map(|drill| &drill.lasted).flat_map(|lasted| &lasted.samples_ms);
    let longest = samples.copied().reduce(f64::max)?.max(first.limit_ms) * 1.04;
    let rows = i32::try_from(first.lasted.len()).ok()?;
    let height = ROW * rows + FOOT;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH.unsigned_abs(), height.unsigned_abs())).into_drawing_area();
        axis(&area, first.limit_ms, longest, ROW * rows)?;
        let mut middle = ROW / 2;
        for (place, lasted) in first.lasted.iter().enumerate() {
            write(&area, lasted.kind.as_str(), (LEFT - 12, middle), HPos::Right, INK)?;
            line(&area, [(LEFT, middle), (RIGHT, middle)], 0.3)?;
            for drill in drills {
                let samples = drill.lasted.get(place).map(|lasted| lasted.samples_ms.as_slice()).unwrap_or_default();
                for sample in samples {
                    dot(&area, mode, drill.event, (at(*sample, longest), middle))?;
                }
            }
            middle += ROW;
        }
        area.present().ok()?;
    }
    Some(named(&svg, &told(mode, drills)))
}

fn axis(area: &Area<'_>, limit: f64, longest: f64, bottom: i32) -> Option<()> {
    let x = at(limit, longest);
    line(area, [(x, 4), (x, bottom)], 1.0)?;
    write(area, "0", (LEFT, bottom + FOOT / 2), HPos::Center, MUTED)?;
    write(area, &format!("{limit:.0} ms"), (x, bottom + FOOT / 2), HPos::Right, MUTED)
}

fn line(area: &Area<'_>, points: [(i32, i32); 2], opacity: f64) -> Option<()> {
    let style = ShapeStyle { color: MUTED.mix(opacity), filled: false, stroke_width: 1 };
    area.draw(&PathElement::new(points, style)).ok()
}

fn dot(area: &Area<'_>, mode: Mode, event: Event, place: (i32, i32)) -> Option<()> {
    let filled = event == Event::Revoked;
    let style = ShapeStyle { color: colour(mode).mix(if filled { 0.55 } else { 0.9 }), filled, stroke_width: 2 };
    area.draw(&Circle::new(place, if filled { RADIUS } else { RADIUS - 1 }, style)).ok()
}

/// The pixel of so many milliseconds.
fn at(millis: f64, longest: f64) -> i32 {
    let share = (millis / longest).clamp(0.0, 1.0);
    // Pixels are few: counting up to the nearest needs no cast.
    (LEFT..=RIGHT).rev().find(|x| f64::from(x - LEFT) <= share * f64::from(RIGHT - LEFT)).unwrap_or(LEFT)
}

/// What a screen reader says.
fn told(mode: Mode, drills: &[&Drill]) -> String {
    let each = drills.iter().flat_map(|drill| {
        drill.lasted.iter().filter_map(|lasted| {
            Some(format!("{} {} {:.1} to {:.1} ms", drill.event, lasted.kind, lasted.shortest()?, lasted.longest()?))
        })
    });
    format!("Served after the end, {mode}: {}", each.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{drills::find, sample},
        *,
    };

    #[test]
    fn every_round_has_its_dot_and_the_style_sheet_its_colour() {
        let findings = sample::findings();
        let drills: Vec<_> = Event::ALL.iter().filter_map(|event| find(&findings, *event, Mode::Mtls)).collect();
        let svg = dots(Mode::Mtls, &drills).unwrap();
        let samples: usize = drills.iter().flat_map(|drill| &drill.lasted).map(|lasted| lasted.samples_ms.len()).sum();
        assert_eq!(svg.matches("<circle").count(), samples);
        assert!(!svg.contains("fill=\"#") && !svg.contains("stroke=\"#"), "{svg}");
        assert!(svg.contains("aria-label=\"Served after the end, mtls: revoked new 0.0 to"), "{svg}");
        assert_eq!(dots(Mode::Mtls, &[]), None);
    }

    #[test]
    fn what_is_too_late_stays_on_the_axis() {
        assert_eq!([0.0, 50.0, 100.0, 250.0].map(|millis| at(millis, 100.0)), [LEFT, 233, RIGHT, RIGHT]);
    }
}
