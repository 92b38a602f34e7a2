//! Draws a timeline: the axis above, the centre, the devices, the legend below.

use std::fmt::Write as _;

use super::axis::{Axis, Clock, Length};
use super::escape::{escape, shortened, wrapped};
use super::exchange::{Direction, Way, ways};
use super::lane::{State, lanes, stretches};
use super::symbol::{Symbol, cross};
use super::what::What;
use super::{CENTRE, Happened};

const LEFT: f64 = 130.0;
const LANE_HEIGHT: f64 = 112.0;
/// Words beside a symbol lean over, so that they fit into the lane above its line.
const LEAN_DEGREES: f64 = -38.0;
const LABEL_CHARACTERS: usize = 26;
/// How far down or up a way is drawn that was cut.
const CUT_AFTER: f64 = LANE_HEIGHT * 0.5;
const TICKS_APART: f64 = 105.0;
const LINE_HEIGHT: f64 = 17.0;
/// What the last words need to the right.
const RIGHT: f64 = 150.0;
const NARROWEST: f64 = 900.0;
const EXPLAINED: &str = "Line: solid = runs and has signal, dashed = no signal, red = does not run. Slanted: request up, reply down; a cross where it was cut. \
    #N: exchange. Yellow band: quiet time, cut out. The x axis is stretched where much happens.";

/// Everything that the parts of a picture share.
struct Picture<'a> {
    svg: String,
    happened: &'a [Happened],
    lanes: Vec<&'a str>,
    axis: Axis,
    /// The y of the axis, above the lanes.
    top: f64,
    width: f64,
}

pub(super) fn draw(title: &str, before: &[Happened], happened: &[Happened]) -> String {
    let axis = Axis::of(happened, LEFT);
    let width = (axis.width + RIGHT).max(NARROWEST);
    let mut picture = Picture { svg: String::new(), happened, lanes: lanes(happened), axis, top: 0.0, width };
    let head = picture.head(title, before.len());
    picture.gaps();
    picture.lanes(before);
    picture.ticks();
    for way in ways(happened) {
        picture.way(way);
    }
    picture.failures();
    picture.copies();
    picture.events();
    picture.legend();
    let height = picture.bottom() + 96.0;
    let size = format!(r#"width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}""#);
    let font = r#"font-family="DejaVu Sans, Noto Sans, sans-serif" font-size="11""#;
    let svg = picture.svg;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" {size} {font}>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{head}{svg}</svg>\n"
    )
}

impl Picture<'_> {
    /// The title, and every failure in words; sets where the lanes begin.
    fn head(&mut self, title: &str, left_out: usize) -> String {
        let mut head = String::new();
        let mut y = 8.0;
        let mut line = |text: &str, style: &str| {
            y += LINE_HEIGHT;
            writeln!(head, r#"<text x="12" y="{y:.0}" {style}>{}</text>"#, escape(text)).unwrap_or_default();
        };
        let characters = in_width(self.width, 9.2);
        for text in wrapped(title, characters) {
            line(&text, r#"font-size="14" font-weight="bold""#);
        }
        if left_out > 0 {
            line(&format!("A window: {left_out} earlier events are left out."), r##"fill="#555""##);
        }
        for one in self.happened {
            if let What::Failure { text } = &one.what {
                let said = format!("FAILURE at {} in the lane of {}: {text}", Clock(one.at_ms), one.lane);
                for text in wrapped(&said, characters) {
                    line(&text, r##"font-size="14" font-weight="bold" fill="#d00000""##);
                }
            }
        }
        self.top = y + 34.0;
        head
    }

    fn x(&self, index: usize) -> f64 {
        self.axis.xs.get(index).copied().unwrap_or(LEFT)
    }

    fn y(&self, lane: &str) -> f64 {
        let place = self.lanes.iter().position(|one| *one == lane).unwrap_or(0);
        self.top + LANE_HEIGHT * (f64::from(u32::try_from(place).unwrap_or(u32::MAX)) + 0.85)
    }

    fn bottom(&self) -> f64 {
        self.y(self.lanes.last().copied().unwrap_or(CENTRE)) + LANE_HEIGHT * 0.25
    }

    fn gaps(&mut self) {
        for gap in &self.axis.gaps {
            let (x, width, middle) = (gap.x, gap.end - gap.x, f64::midpoint(gap.x, gap.end));
            let height = self.bottom() - self.top;
            let band = format!(r##"<rect x="{x:.1}" y="{:.1}" width="{width:.1}" height="{height:.1}" fill="#f3efe4"/>"##, self.top);
            let said = format!(r##"fill="#7a6a3a" text-anchor="middle" font-style="italic">{}"##, Length(gap.ms));
            writeln!(self.svg, r#"{band}<text x="{middle:.1}" y="{:.1}" {said}</text>"#, self.top + 14.0).unwrap_or_default();
        }
    }

    fn lanes(&mut self, before: &[Happened]) {
        for (place, lane) in self.lanes.clone().into_iter().enumerate() {
            let y = self.y(lane);
            if place % 2 == 0 {
                let band = y - LANE_HEIGHT * 0.85;
                let paint = r##"fill="#0072b2" fill-opacity="0.045""##;
                writeln!(self.svg, r#"<rect x="0" y="{band:.1}" width="{:.0}" height="{LANE_HEIGHT}" {paint}/>"#, self.width)
                    .unwrap_or_default();
            }
            let name = escape(&shortened(lane, 17));
            writeln!(self.svg, r#"<text x="12" y="{:.1}" font-size="13" font-weight="bold">{name}</text>"#, y + 4.0).unwrap_or_default();
            let mut x = LEFT;
            for stretch in stretches(lane, before, self.happened) {
                let end = stretch.until.map_or(self.axis.width, |index| self.x(index));
                let line = match stretch.state {
                    State::Connected => r##"stroke="#444" stroke-width="2""##,
                    State::WithoutSignal => r##"stroke="#999" stroke-width="1.5" stroke-dasharray="3 5""##,
                    State::Dead => r##"stroke="#d00000" stroke-width="2.5" stroke-dasharray="2.5 5""##,
                };
                writeln!(self.svg, r#"<line x1="{x:.1}" y1="{y:.1}" x2="{end:.1}" y2="{y:.1}" {line}/>"#).unwrap_or_default();
                x = end;
            }
        }
    }

    fn ticks(&mut self) {
        let mut free_from = 0.0;
        for (index, one) in self.happened.iter().enumerate() {
            let x = self.x(index);
            if x < free_from {
                continue;
            }
            free_from = x + TICKS_APART;
            let (top, bottom) = (self.top, self.bottom());
            let line = r##"stroke="#bbb" stroke-width="0.6""##;
            writeln!(self.svg, r#"<line x1="{x:.1}" y1="{:.1}" x2="{x:.1}" y2="{bottom:.1}" {line}/>"#, top - 6.0).unwrap_or_default();
            writeln!(self.svg, r##"<text x="{x:.1}" y="{:.1}" fill="#333">{}</text>"##, top - 10.0, Clock(one.at_ms)).unwrap_or_default();
        }
    }

    /// A slanted line; one that was cut ends in a cross, before it meets another lane.
    fn way(&mut self, way: Way<'_>) {
        let (device, centre) = (self.y(way.device), self.y(CENTRE));
        let (begin, goal, colour) = match way.direction {
            Direction::Up => (device, centre, "#0072b2"),
            Direction::Down => (centre, device, "#009e73"),
        };
        let x = self.x(way.from);
        let (end_x, end_y) = way.to.map_or((x + 12.0, begin + CUT_AFTER.copysign(goal - begin)), |to| (self.x(to), goal));
        let line = format!(r#"<line x1="{x:.1}" y1="{begin:.1}" x2="{end_x:.1}" y2="{end_y:.1}" stroke="{colour}" stroke-width="1.4""#);
        match way.to {
            Some(_) => writeln!(self.svg, r#"{line} stroke-opacity="0.7"/>"#).unwrap_or_default(),
            None => writeln!(self.svg, r#"{line} stroke-dasharray="6 3"/>{}"#, cross(end_x, end_y, 6.0, "#d55e00")).unwrap_or_default(),
        }
    }

    fn failures(&mut self) {
        for (index, one) in self.happened.iter().enumerate() {
            if matches!(one.what, What::Failure { .. }) {
                let (x, height) = (self.x(index) - 13.0, self.bottom() - self.top);
                let paint = r##"fill="#d00000" fill-opacity="0.16" stroke="#d00000""##;
                writeln!(self.svg, r#"<rect x="{x:.1}" y="{:.1}" width="26" height="{height:.1}" {paint}/>"#, self.top).unwrap_or_default();
            }
        }
    }

    fn copies(&mut self) {
        for (index, one) in self.happened.iter().enumerate() {
            if let What::Cloned { to } = &one.what {
                let (x, from, to) = (self.x(index), self.y(&one.lane), self.y(to));
                let line = r##"stroke="#cc79a7" stroke-width="2" stroke-dasharray="2 3""##;
                writeln!(self.svg, r#"<line x1="{x:.1}" y1="{from:.1}" x2="{x:.1}" y2="{to:.1}" {line}/>"#).unwrap_or_default();
            }
        }
    }

    fn events(&mut self) {
        for (index, one) in self.happened.iter().enumerate() {
            let (x, y) = (self.x(index), self.y(&one.lane));
            Symbol::of(&one.what).draw(&mut self.svg, x, y);
            let (text_x, text_y) = (x + 3.0, y - 11.0);
            let (words, paint) = match &one.what {
                What::Failure { .. } => ("FAILURE".to_owned(), r##"fill="#d00000" font-weight="bold""##),
                what => (
                    shortened(&what.to_string(), LABEL_CHARACTERS),
                    r##"fill="#222" stroke="#fff" stroke-width="3" paint-order="stroke" stroke-opacity="0.8""##,
                ),
            };
            let place = format!(r#"transform="translate({text_x:.1} {text_y:.1}) rotate({LEAN_DEGREES})""#);
            // The whole text shows under the pointer.
            let full = format!("{}: {}", Clock(one.at_ms), one.what);
            let title = format!("<title>{}</title>", escape(&full));
            writeln!(self.svg, r#"<text {place} {paint}>{title}{}</text>"#, escape(&words)).unwrap_or_default();
        }
    }

    fn legend(&mut self) {
        let mut shown: Vec<Symbol> = Vec::new();
        for one in self.happened {
            let symbol = Symbol::of(&one.what);
            if !shown.contains(&symbol) {
                shown.push(symbol);
            }
        }
        let (mut x, mut y) = (20.0, self.bottom() + 24.0);
        for symbol in shown {
            if x > self.width.min(1_400.0) - 120.0 {
                (x, y) = (20.0, y + LINE_HEIGHT);
            }
            symbol.draw(&mut self.svg, x, y);
            writeln!(self.svg, r#"<text x="{:.1}" y="{:.1}">{}</text>"#, x + 12.0, y + 4.0, symbol.meaning).unwrap_or_default();
            x += 118.0;
        }
        y += LINE_HEIGHT + 3.0;
        for text in wrapped(EXPLAINED, in_width(self.width, 6.6)) {
            writeln!(self.svg, r##"<text x="12" y="{y:.1}" fill="#555">{text}</text>"##).unwrap_or_default();
            y += LINE_HEIGHT;
        }
    }
}

/// How many characters of so many pixels fit into the width.
fn in_width(width: f64, character: f64) -> usize {
    // Wider than a number of four digits is no picture that a person looks at.
    (1..2_000_u16).rev().find(|count| f64::from(*count) * character < width - 24.0).map_or(1, usize::from)
}
