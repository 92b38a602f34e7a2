//! Which symbol stands for which kind; the legend shows those that a picture uses.

use std::fmt::Write as _;

use super::what::What;

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Disc,
    Square,
    Diamond,
    Up,
    Down,
    Cross,
    Bar,
}

/// A form in a colour, and what the legend says of it. The colours are told apart by the colour-blind too (Okabe and Ito).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) shape: Shape,
    pub(super) colour: &'static str,
    pub(super) meaning: &'static str,
}

const RADIUS: f64 = 6.0;

impl Symbol {
    pub(super) fn of(what: &What) -> Self {
        let (shape, colour, meaning) = match what {
            What::Save { .. } => (Shape::Square, "#009e73", "report saved"),
            What::Edit { .. } => (Shape::Square, "#56b4e9", "edited"),
            What::Decision { .. } => (Shape::Square, "#cc79a7", "decided"),
            What::RequestSent { .. } => (Shape::Up, "#0072b2", "request sent"),
            What::RequestArrived { .. } => (Shape::Disc, "#0072b2", "request arrived"),
            What::ReplySent { .. } => (Shape::Disc, "#009e73", "reply sent"),
            What::ReplyApplied { .. } => (Shape::Down, "#009e73", "reply applied"),
            What::NoReply { .. } => (Shape::Down, "#999999", "no reply"),
            What::Fault { .. } => (Shape::Diamond, "#e69f00", "fault"),
            What::Killed => (Shape::Cross, "#000000", "killed"),
            What::Reopened => (Shape::Bar, "#000000", "runs again"),
            What::Restored => (Shape::Diamond, "#8b4513", "store restored"),
            What::Cloned { .. } => (Shape::Diamond, "#cc79a7", "store copied"),
            What::ClockJump { .. } => (Shape::Diamond, "#f0e442", "clock set"),
            What::GrantBegan { .. } => (Shape::Bar, "#009e73", "grant begins"),
            What::GrantEnded { .. } => (Shape::Bar, "#d55e00", "grant ends"),
            What::Signal { up: true } => (Shape::Bar, "#56b4e9", "signal comes"),
            What::Signal { up: false } => (Shape::Bar, "#999999", "signal goes"),
            What::Note { .. } => (Shape::Disc, "#999999", "note"),
            What::Failure { .. } => (Shape::Cross, "#d00000", "FAILURE"),
        };
        Self { shape, colour, meaning }
    }

    /// Draws it around a point.
    pub(super) fn draw(self, svg: &mut String, x: f64, y: f64) {
        let (r, colour) = (RADIUS, self.colour);
        let polygon = |points: &[(f64, f64)]| {
            let points: Vec<String> = points.iter().map(|(dx, dy)| format!("{:.1},{:.1}", x + dx * r, y + dy * r)).collect();
            format!(r##"<polygon points="{}" fill="{colour}" stroke="#222" stroke-width="0.7"/>"##, points.join(" "))
        };
        let drawn = match self.shape {
            Shape::Disc => {
                format!(r##"<circle cx="{x:.1}" cy="{y:.1}" r="{:.1}" fill="{colour}" stroke="#222" stroke-width="0.7"/>"##, r * 0.75)
            }
            Shape::Square => polygon(&[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            Shape::Diamond => polygon(&[(0.0, -1.2), (1.2, 0.0), (0.0, 1.2), (-1.2, 0.0)]),
            Shape::Up => polygon(&[(0.0, -1.1), (1.0, 0.9), (-1.0, 0.9)]),
            Shape::Down => polygon(&[(0.0, 1.1), (1.0, -0.9), (-1.0, -0.9)]),
            Shape::Bar => polygon(&[(-0.35, -1.5), (0.35, -1.5), (0.35, 1.5), (-0.35, 1.5)]),
            Shape::Cross => cross(x, y, r * 1.1, colour),
        };
        svg.push_str(&drawn);
        svg.push('\n');
    }
}

/// A cross: something ended here.
pub(super) fn cross(x: f64, y: f64, r: f64, colour: &str) -> String {
    let (left, right, top, bottom) = (x - r, x + r, y - r, y + r);
    let mut path = String::new();
    write!(path, "M{left:.1} {top:.1}L{right:.1} {bottom:.1}M{left:.1} {bottom:.1}L{right:.1} {top:.1}").unwrap_or_default();
    format!(r#"<path d="{path}" stroke="{colour}" stroke-width="3" fill="none"/>"#)
}
