//! Bar charts: drawn by plotters, then handed to the style sheet, so that they follow light and dark.

use plotters::{
    prelude::{Color, DrawingArea, IntoDrawingArea, PathElement, RGBColor, Rectangle, SVGBackend, Text, TextStyle},
    style::{
        IntoFont, ShapeStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::number::with_unit;
use crate::{compare::findings::Unit, mode::Mode};

/// One bar.
#[derive(Debug, Clone)]
pub(super) struct Bar {
    /// Whose it is.
    pub(super) mode: Mode,
    /// Its length; absent when the number is void.
    pub(super) value: Option<f64>,
    /// A second, longer value behind it: the 99th percentile behind the median.
    pub(super) tail: Option<f64>,
    /// The lowest and the highest of the repeats.
    pub(super) range: Option<(f64, f64)>,
}

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

pub(super) const WIDTH: i32 = 400;
const ROW: i32 = 34;
/// Where bars begin; names stand left of it.
const LEFT: i32 = 62;
/// Where the longest bar ends; its number stands right of it.
const RIGHT: i32 = 256;
const TALL: i32 = 16;

/// Colours that stand for names until [`named`] puts the classes of the style sheet in their place.
pub(super) const INK: RGBColor = RGBColor(0, 0, 1);
pub(super) const MUTED: RGBColor = RGBColor(0, 0, 2);

pub(super) fn colour(mode: Mode) -> RGBColor {
    match mode {
        Mode::Open => RGBColor(0, 0, 3),
        Mode::Jwt => RGBColor(0, 0, 4),
        Mode::Mtls => RGBColor(0, 0, 5),
        Mode::Apikey => RGBColor(0, 0, 6),
    }
}

/// One bar below the other, from zero, to one scale. `title` is what a screen reader says first; nothing when drawing fails.
pub(super) fn bars(title: &str, unit: Unit, bars: &[Bar]) -> Option<String> {
    let longest = bars.iter().flat_map(|bar| [bar.value, bar.tail, bar.range.map(|range| range.1)]).flatten().reduce(f64::max)?;
    let height = ROW * i32::try_from(bars.len()).ok()?;
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH.unsigned_abs(), height.unsigned_abs())).into_drawing_area();
        let mut top = (ROW - TALL) / 2;
        for bar in bars {
            draw(&area, bar, unit, top, longest)?;
            top += ROW;
        }
        area.present().ok()?;
    }
    let told: Vec<_> = bars.iter().map(|bar| format!("{} {}", bar.mode, label(bar, unit))).collect();
    Some(named(&svg, &format!("{title}: {}", told.join(", "))))
}

fn draw(area: &Area<'_>, bar: &Bar, unit: Unit, top: i32, longest: f64) -> Option<()> {
    let (middle, bottom) = (top + TALL / 2, top + TALL);
    let solid = ShapeStyle { color: colour(bar.mode).into(), filled: true, stroke_width: 0 };
    let faint = ShapeStyle { color: solid.color.mix(0.35), ..solid };
    write(area, bar.mode.as_str(), (LEFT - 10, middle), HPos::Right, INK)?;
    let mut end = LEFT;
    if let Some(tail) = bar.tail.filter(|_| bar.value.is_some()) {
        end = place(tail, longest);
        area.draw(&Rectangle::new([(LEFT, top + 4), (end, bottom - 4)], faint)).ok()?;
    }
    if let Some(value) = bar.value {
        let tip = place(value, longest).max(LEFT + 1);
        area.draw(&Rectangle::new([(LEFT, top), (tip, bottom)], solid)).ok()?;
        end = end.max(tip);
    }
    if let Some((low, high)) = bar.range.filter(|_| bar.tail.is_none() && bar.value.is_some()) {
        let whisker = ShapeStyle { color: INK.into(), filled: false, stroke_width: 1 };
        let (low, high) = (place(low, longest), place(high, longest));
        area.draw(&PathElement::new([(low, middle), (high, middle)], whisker)).ok()?;
        end = end.max(high);
    }
    write(area, &label(bar, unit), (end + 8, middle), HPos::Left, if bar.value.is_some() { INK } else { MUTED })
}

pub(super) fn write(area: &Area<'_>, text: &str, at: (i32, i32), side: HPos, ink: RGBColor) -> Option<()> {
    // plotters divides the size by 1.24 when it writes SVG.
    let style = TextStyle::from(("sans-serif", 15.5).into_font()).color(&ink).pos(Pos::new(side, VPos::Center));
    area.draw(&Text::new(text.to_owned(), at, style)).ok()
}

fn label(bar: &Bar, unit: Unit) -> String {
    let value = bar.value.map_or_else(|| "void".into(), |value| with_unit(value, unit));
    match bar.tail.filter(|_| bar.value.is_some()) {
        Some(tail) => format!("{value} – {}", with_unit(tail, unit)),
        None => value,
    }
}

/// The pixel of a value on the scale that ends with the longest bar.
fn place(value: f64, longest: f64) -> i32 {
    let share = if longest > 0.0 { (value / longest).clamp(0.0, 1.0) } else { 0.0 };
    // Pixels are few: counting up to the nearest needs no cast.
    (LEFT..=RIGHT).rev().find(|x| f64::from(x - LEFT) <= share * f64::from(RIGHT - LEFT)).unwrap_or(LEFT)
}

/// The drawing with classes instead of colours, the page's own font, a size that follows the card, and a name.
pub(super) fn named(svg: &str, title: &str) -> String {
    let body = svg.split_once('>').map_or("", |(_, body)| body);
    let mut body = body.replace("font-family=\"sans-serif\" ", "");
    let classes = [(INK, "ink"), (MUTED, "muted")].into_iter();
    let classes = classes.chain(Mode::ALL.iter().map(|mode| (colour(*mode), mode.as_str())));
    for (RGBColor(red, green, blue), class) in classes {
        let code = format!("#{red:02X}{green:02X}{blue:02X}");
        body = body.replace(&format!("fill=\"{code}\""), &format!("class=\"fill-{class}\""));
        body = body.replace(&format!("stroke=\"{code}\""), &format!("class=\"line-{class}\""));
    }
    let height = svg.split("height=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let title = askama::filters::escape(title, askama::filters::Html).map_or_else(|_| String::new(), |safe| safe.to_string());
    format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{title}\">{body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(mode: Mode, value: Option<f64>) -> Bar {
        Bar { mode, value, tail: None, range: value.map(|value| (value * 0.9, value * 1.1)) }
    }

    #[test]
    fn a_chart_is_coloured_by_the_style_sheet_alone() {
        let svg = bars("CPU <of> \"it\"", Unit::Microseconds, &[bar(Mode::Open, Some(9.4)), bar(Mode::Jwt, None)]).unwrap();
        insta::assert_snapshot!(svg, @r#"
        <svg viewBox="0 0 400 68" role="img" aria-label="CPU &#60;of&#62; &#34;it&#34;: open 9.40 µs, jwt void">
        <text x="52" y="17" dy="0.5ex" text-anchor="end" font-size="12.5" opacity="1" class="fill-ink">
        open
        </text>
        <rect x="62" y="9" width="176" height="16" opacity="1" class="fill-open" stroke="none"/>
        <polyline fill="none" opacity="1" class="line-ink" stroke-width="1" points="220,17 256,17 "/>
        <text x="264" y="17" dy="0.5ex" text-anchor="start" font-size="12.5" opacity="1" class="fill-ink">
        9.40 µs
        </text>
        <text x="52" y="51" dy="0.5ex" text-anchor="end" font-size="12.5" opacity="1" class="fill-ink">
        jwt
        </text>
        <text x="70" y="51" dy="0.5ex" text-anchor="start" font-size="12.5" opacity="1" class="fill-muted">
        void
        </text>
        </svg>
        "#);
        assert!(!svg.contains("fill=\"#") && !svg.contains("stroke=\"#"));
    }

    #[test]
    fn nothing_measured_is_no_chart() {
        assert_eq!(bars("CPU", Unit::Bytes, &[bar(Mode::Open, None)]), None);
        assert_eq!(bars("CPU", Unit::Bytes, &[]), None);
    }

    #[test]
    fn bars_stay_within_their_scale() {
        assert_eq!([0.0, 5.0, 10.0, 99.0].map(|value| place(value, 10.0)), [LEFT, 159, RIGHT, RIGHT]);
        assert_eq!(place(1.0, 0.0), LEFT);
    }
}
