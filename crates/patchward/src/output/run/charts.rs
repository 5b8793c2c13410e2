//! A comparison as a picture: every pair of measurements, and the effect with its interval against the threshold.
//!
//! Colours come from the page's style, so that the picture is read in light, in dark and printed; the words beside it say
//! the same.

use std::fmt::Write as _;

use patchward_protocol::check::{Comparison, Metric};

use super::words;
use crate::output::xml::escape;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 176.0;
/// Where the two sides of a pair stand.
const CONTROL: f64 = 120.0;
const PATCHED: f64 = 285.0;
/// From the smallest measurement to the largest.
const TOP: f64 = 24.0;
const BOTTOM: f64 = 132.0;
/// The axis of the effect.
const LEFT: f64 = 350.0;
const RIGHT: f64 = 700.0;
/// Pairs that are drawn.
const MOST: usize = 200;

/// The `svg` element; `number` makes its ids unique in the page.
pub fn comparison(comparison: &Comparison, number: usize) -> String {
    let mut svg = String::new();
    let _ = write!(
        svg,
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-labelledby=\"chart-{number}-title chart-{number}-text\">\
         <title id=\"chart-{number}-title\">{}: {}</title><desc id=\"chart-{number}-text\">{}</desc>",
        escape(&comparison.name),
        words::metric(comparison.metric),
        escape(&words::judged(comparison)),
    );
    let _ = pairs(comparison, &mut svg);
    let _ = interval(comparison, &mut svg);
    svg.push_str("</svg>\n");
    svg
}

fn pairs(comparison: &Comparison, svg: &mut String) -> std::fmt::Result {
    let pairs = comparison.control.iter().zip(&comparison.patched);
    let pairs: Vec<_> = pairs
        .filter(|(control, patched)| control.is_finite() && patched.is_finite())
        .take(MOST)
        .collect();
    let all = pairs
        .iter()
        .flat_map(|(control, patched)| [**control, **patched]);
    let (low, high) = all.fold((f64::MAX, f64::MIN), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    if pairs.is_empty() {
        return write!(
            svg,
            "<text x=\"{CONTROL}\" y=\"80\">No pair was measured.</text>"
        );
    }
    let span = (high - low).max(f64::MIN_POSITIVE);
    let y = |value: f64| BOTTOM - (BOTTOM - TOP) * ((value - low) / span);
    for (control, patched) in &pairs {
        let (from, to) = (y(**control), y(**patched));
        write!(
            svg,
            "<g class=\"pair\"><title>{} → {}</title><line x1=\"{CONTROL}\" y1=\"{from:.1}\" x2=\"{PATCHED}\" y2=\"{to:.1}\"/>\
             <circle cx=\"{CONTROL}\" cy=\"{from:.1}\" r=\"3\"/><circle cx=\"{PATCHED}\" cy=\"{to:.1}\" r=\"3\"/></g>",
            words::measured(comparison.metric, **control),
            words::measured(comparison.metric, **patched),
        )?;
    }
    for value in [low, high] {
        write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            CONTROL - 10.0,
            y(value) + 4.0,
            words::measured(comparison.metric, value),
        )?;
        if low >= high {
            break;
        }
    }
    write!(
        svg,
        "<text x=\"{CONTROL}\" y=\"{0}\" text-anchor=\"middle\">unpatched</text><text x=\"{PATCHED}\" y=\"{0}\" text-anchor=\"middle\">patched</text>",
        BOTTOM + 24.0,
    )
}

fn interval(comparison: &Comparison, svg: &mut String) -> std::fmt::Result {
    let parts = [
        comparison.low,
        comparison.high,
        comparison.effect,
        comparison.threshold,
    ];
    if parts.iter().any(|part| !part.is_finite()) {
        return write!(
            svg,
            "<text x=\"{LEFT}\" y=\"80\">No effect could be told.</text>"
        );
    }
    let most = parts
        .iter()
        .fold(0.01_f64, |most, part| most.max(part.abs()))
        * 1.2;
    let x = |value: f64| LEFT + (RIGHT - LEFT) * (value + most) / (2.0 * most);
    let threshold = comparison.threshold.abs();
    let middle = (TOP + BOTTOM) / 2.0;
    write!(
        svg,
        "<rect class=\"within\" x=\"{0:.1}\" y=\"{TOP}\" width=\"{1:.1}\" height=\"{3:.1}\"/>\
         <line class=\"axis\" x1=\"{LEFT}\" y1=\"{BOTTOM}\" x2=\"{RIGHT}\" y2=\"{BOTTOM}\"/>\
         <line class=\"axis\" x1=\"{2:.1}\" y1=\"{TOP}\" x2=\"{2:.1}\" y2=\"{BOTTOM}\" stroke-dasharray=\"3 3\"/>",
        x(-threshold),
        x(threshold) - x(-threshold),
        x(0.0),
        BOTTOM - TOP,
    )?;
    let class = words::verdict(comparison.verdict);
    write!(
        svg,
        "<g class=\"effect {class}\"><line x1=\"{0:.1}\" y1=\"{middle}\" x2=\"{1:.1}\" y2=\"{middle}\"/>\
         <line x1=\"{0:.1}\" y1=\"{2}\" x2=\"{0:.1}\" y2=\"{3}\"/><line x1=\"{1:.1}\" y1=\"{2}\" x2=\"{1:.1}\" y2=\"{3}\"/>\
         <circle cx=\"{4:.1}\" cy=\"{middle}\" r=\"5\"/></g>",
        x(comparison.low),
        x(comparison.high),
        middle - 7.0,
        middle + 7.0,
        x(comparison.effect),
    )?;
    write!(
        svg,
        "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
        x(comparison.effect),
        middle - 14.0,
        words::effect(comparison.effect),
    )?;
    labels(comparison.metric, threshold, x, svg)
}

/// The threshold's ends below the axis, and which way is better.
fn labels(
    metric: Metric,
    threshold: f64,
    x: impl Fn(f64) -> f64,
    svg: &mut String,
) -> std::fmt::Result {
    for end in [-threshold, threshold] {
        write!(
            svg,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            x(end),
            BOTTOM + 16.0,
            words::effect(end),
        )?;
    }
    let (left, right) = match metric {
        Metric::Throughput => ("← worse", "better →"),
        _ => ("← better", "worse →"),
    };
    write!(
        svg,
        "<text x=\"{LEFT}\" y=\"{0}\">{left}</text><text x=\"{RIGHT}\" y=\"{0}\" text-anchor=\"end\">{right}</text>",
        BOTTOM + 36.0,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether `svg` is well formed.
    fn is_xml(svg: &str) -> bool {
        let mut reader = quick_xml::Reader::from_str(svg);
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Eof) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }

    #[test]
    fn every_comparison_has_a_well_formed_picture_with_finite_places() {
        let odd = Comparison {
            name: "<a&b>".to_owned(),
            control: vec![1.0, f64::NAN, 1.0],
            patched: vec![1.0, 2.0],
            ..Comparison::default()
        };
        let unknown = Comparison {
            effect: f64::INFINITY,
            ..odd.clone()
        };
        let flat = Comparison {
            threshold: 0.1,
            ..odd.clone()
        };
        for one in [Comparison::default(), odd, unknown, flat] {
            let svg = comparison(&one, 1);
            assert!(is_xml(&svg), "{svg}");
            assert!(!svg.contains("NaN") && !svg.contains("\"inf"), "{svg}");
        }
    }
}
