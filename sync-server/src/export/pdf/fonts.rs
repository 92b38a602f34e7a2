//! Liberation Sans, embedded (fonts/README.md): what is printed looks the same on every machine.

use krilla::text::Font;

use crate::ServerError;

/// Which cut of the font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    Regular,
    Bold,
}

const REGULAR: &[u8] = include_bytes!("../../../fonts/LiberationSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../fonts/LiberationSans-Bold.ttf");

pub(super) struct Fonts {
    regular: (Font, ttf_parser::Face<'static>),
    bold: (Font, ttf_parser::Face<'static>),
}

impl Fonts {
    pub(super) fn load() -> Result<Self, ServerError> {
        let load = |bytes: &'static [u8]| {
            let face = ttf_parser::Face::parse(bytes, 0).ok()?;
            Some((Font::new(bytes.to_vec().into(), 0)?, face))
        };
        let both = load(REGULAR).zip(load(BOLD));
        let (regular, bold) = both.ok_or_else(|| ServerError::Internal("the font does not load".to_owned()))?;
        Ok(Self { regular, bold })
    }

    pub(super) fn font(&self, cut: Cut) -> Font {
        self.of(cut).0.clone()
    }

    fn of(&self, cut: Cut) -> &(Font, ttf_parser::Face<'static>) {
        match cut {
            Cut::Regular => &self.regular,
            Cut::Bold => &self.bold,
        }
    }

    /// The width of a text in points, without kerning, which could only make it narrower by a little.
    pub(super) fn width(&self, text: &str, cut: Cut, size: f32) -> f32 {
        let face = &self.of(cut).1;
        let units: u32 = text
            .chars()
            .map(|letter| u32::from(face.glyph_index(letter).and_then(|glyph| face.glyph_hor_advance(glyph)).unwrap_or(0)))
            .sum();
        units as f32 * size / f32::from(face.units_per_em())
    }

    /// The lines of a text that has this much room. A word that is wider than a line is broken.
    pub(super) fn lines(&self, text: &str, cut: Cut, size: f32, room: f32) -> Vec<String> {
        let mut lines = Vec::new();
        for paragraph in text.lines() {
            let mut line = String::new();
            for word in paragraph.split_whitespace() {
                let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
                if self.width(&longer, cut, size) <= room {
                    line = longer;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                for letter in word.chars() {
                    line.push(letter);
                    if self.width(&line, cut, size) > room && line.chars().count() > 1 {
                        line.pop();
                        lines.push(std::mem::replace(&mut line, letter.to_string()));
                    }
                }
            }
            lines.push(line);
        }
        if lines.is_empty() { vec![String::new()] } else { lines }
    }
}
