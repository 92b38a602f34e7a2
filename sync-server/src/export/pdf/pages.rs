//! Pages that fill from the top. What is drawn is kept first, so that every page can say how many there are.

use krilla::Document;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::Metadata;
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::text::TextDirection;

use super::fonts::{Cut, Fonts};
use crate::ServerError;

/// Points of an A4 sheet's short and long side.
const A4: (f32, f32) = (595.28, 841.89);
pub(super) const MARGIN: f32 = 56.0;
/// Height of a line for each point of its size.
const LEADING: f32 = 1.32;

/// How a sheet lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Orientation {
    Portrait,
    Landscape,
}

/// A text's look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) cut: Cut,
    pub(super) size: f32,
}

pub(super) const BODY: Look = Look { cut: Cut::Regular, size: 10.0 };
pub(super) const STRONG: Look = Look { cut: Cut::Bold, size: 10.0 };

impl Look {
    pub(super) fn height(self) -> f32 {
        self.size * LEADING
    }
}

enum Mark {
    Text { x: f32, y: f32, look: Look, text: String },
    Line { from: (f32, f32), to: (f32, f32) },
}

pub(super) struct Pages {
    pub(super) fonts: Fonts,
    pub(super) width: f32,
    height: f32,
    pages: Vec<Vec<Mark>>,
    /// Where the next line begins, from the top.
    pub(super) y: f32,
    /// Stands at head and foot of every page.
    secret: bool,
}

impl Pages {
    pub(super) fn new(orientation: Orientation) -> Result<Self, ServerError> {
        let (width, height) = match orientation {
            Orientation::Portrait => A4,
            Orientation::Landscape => (A4.1, A4.0),
        };
        Ok(Self { fonts: Fonts::load()?, width, height, pages: vec![Vec::new()], y: MARGIN, secret: false })
    }

    /// From now on every page, also those before, is marked RAHASIA.
    pub(super) fn mark_secret(&mut self) {
        self.secret = true;
    }

    pub(super) fn room(&self) -> f32 {
        self.width - 2.0 * MARGIN
    }

    /// True when a new page was begun because this one has not that much height left.
    pub(super) fn need(&mut self, height: f32) -> bool {
        if self.y + height <= self.height - MARGIN || self.y <= MARGIN {
            return false;
        }
        self.pages.push(Vec::new());
        self.y = MARGIN;
        true
    }

    /// Draws one line of text whose upper edge is at `y`.
    pub(super) fn text_at(&mut self, x: f32, y: f32, look: Look, text: &str) {
        let text: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
        if let Some(page) = self.pages.last_mut() {
            page.push(Mark::Text { x, y: y + look.size, look, text });
        }
    }

    pub(super) fn line(&mut self, from: (f32, f32), to: (f32, f32)) {
        if let Some(page) = self.pages.last_mut() {
            page.push(Mark::Line { from, to });
        }
    }

    /// A line of text around the middle `x`; gives its left and right end.
    pub(super) fn centred(&mut self, x: f32, look: Look, text: &str) -> (f32, f32) {
        let half = self.fonts.width(text, look.cut, look.size) / 2.0;
        self.text_at(x - half, self.y, look, text);
        self.y += look.height();
        (x - half, x + half)
    }

    /// A text in lines, across pages where it is long.
    pub(super) fn paragraph(&mut self, x: f32, room: f32, look: Look, text: &str) {
        for line in self.fonts.lines(text, look.cut, look.size, room) {
            self.need(look.height());
            self.text_at(x, self.y, look, &line);
            self.y += look.height();
        }
    }

    /// The file.
    pub(super) fn finish(mut self, title: &str) -> Result<Vec<u8>, ServerError> {
        let count = self.pages.len();
        let failed = || ServerError::Internal("the PDF could not be made".to_owned());
        let mut document = Document::new();
        document.set_metadata(Metadata::new().title(title.to_owned()).language("id".to_owned()).creator("Sambang".to_owned()));
        for (page, number) in std::mem::take(&mut self.pages).into_iter().zip(1..) {
            let settings = PageSettings::from_wh(self.width, self.height).ok_or_else(failed)?;
            let mut sheet = document.start_page_with(settings);
            let mut surface = sheet.surface();
            let mut draw = |mark: &Mark| match mark {
                Mark::Text { x, y, look, text } => {
                    surface.set_stroke(None);
                    surface.set_fill(Some(Fill::default()));
                    surface.draw_text(
                        Point::from_xy(*x, *y),
                        self.fonts.font(look.cut),
                        look.size,
                        text,
                        false,
                        TextDirection::LeftToRight,
                    );
                }
                Mark::Line { from, to } => {
                    let mut path = PathBuilder::new();
                    path.move_to(from.0, from.1);
                    path.line_to(to.0, to.1);
                    surface.set_fill(None);
                    surface.set_stroke(Some(Stroke { width: 0.7, opacity: NormalizedF32::ONE, ..Stroke::default() }));
                    if let Some(path) = path.finish() {
                        surface.draw_path(&path);
                    }
                }
            };
            page.iter().for_each(&mut draw);
            self.edges(number, count).iter().for_each(&mut draw);
            surface.finish();
            sheet.finish();
        }
        document.finish().map_err(|_| failed())
    }

    /// Head and foot of a page.
    fn edges(&self, number: usize, count: usize) -> Vec<Mark> {
        let middle = |y: f32, look: Look, text: String| {
            let half = self.fonts.width(&text, look.cut, look.size) / 2.0;
            Mark::Text { x: self.width / 2.0 - half, y, look, text }
        };
        let small = Look { cut: Cut::Regular, size: 8.0 };
        let mut edges = vec![middle(self.height - 22.0, small, format!("Halaman {number} dari {count}"))];
        if self.secret {
            let mark = Look { cut: Cut::Bold, size: 13.0 };
            edges.push(middle(34.0, mark, "RAHASIA".to_owned()));
            edges.push(middle(self.height - 34.0, mark, "RAHASIA".to_owned()));
        }
        edges
    }
}
