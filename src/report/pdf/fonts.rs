//! The fonts, and texts as glyphs with their widths.

use std::{collections::BTreeMap, rc::Rc};

use harfrust::{Direction, FontRef, ShapeOptions, ShapePlan, ShaperData, UnicodeBuffer, script};
use krilla::text::{Font, GlyphId, KrillaGlyph};

use super::narrow;

/// A font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Regular,
    Medium,
    SemiBold,
    Mono,
}

const FILES: [&[u8]; 4] = [
    include_bytes!("../../../assets/fonts/Inter-Regular.ttf"),
    include_bytes!("../../../assets/fonts/Inter-Medium.ttf"),
    include_bytes!("../../../assets/fonts/Inter-SemiBold.ttf"),
    include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf"),
];

/// A text on one line, ready to be drawn.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) face: Face,
    pub(super) size: f64,
    pub(super) text: String,
    pub(super) glyphs: Vec<KrillaGlyph>,
    /// In points.
    pub(super) width: f64,
}

/// A word as glyphs; widths for a size of 1.
#[derive(Debug, Default)]
struct Word {
    glyphs: Vec<KrillaGlyph>,
    width: f64,
}

struct Shaper {
    font: FontRef<'static>,
    data: ShaperData,
    plan: ShapePlan,
    words: BTreeMap<String, Rc<Word>>,
}

/// All fonts, and the words shaped so far.
pub(super) struct Fonts {
    shapers: Vec<Shaper>,
    fonts: Vec<Font>,
}

impl Fonts {
    /// `None` when a font cannot be read, which the tests would tell.
    pub(super) fn load() -> Option<Self> {
        let fonts = FILES.into_iter().map(|file| Font::new(file.into(), 0)).collect::<Option<Vec<_>>>()?;
        let shaper = |file| {
            let font = FontRef::new(file).ok()?;
            let data = ShaperData::new(&font);
            let shaper = data.shaper(&font).build();
            let plan = ShapePlan::new(&shaper, Direction::LeftToRight, Some(script::LATIN), None, &[]);
            Some(Shaper { font, data, plan, words: BTreeMap::new() })
        };
        let shapers = FILES.into_iter().map(shaper).collect::<Option<Vec<_>>>()?;
        Some(Self { shapers, fonts })
    }

    pub(super) fn font(&self, face: Face) -> Option<&Font> {
        self.fonts.get(face as usize)
    }

    fn word(&mut self, face: Face, text: &str) -> Rc<Word> {
        let Some(shaper) = self.shapers.get_mut(face as usize) else { return Rc::default() };
        if let Some(word) = shaper.words.get(text) {
            return Rc::clone(word);
        }
        let word = Rc::new(shaper.shape(text));
        shaper.words.insert(text.to_owned(), Rc::clone(&word));
        word
    }

    /// The width of a text on one line.
    pub(super) fn width(&mut self, face: Face, size: f64, text: &str) -> f64 {
        let space = self.word(face, " ").width;
        text.split(' ')
            .enumerate()
            .map(|(idx, part)| self.word(face, part).width + if idx > 0 { space } else { 0.0 })
            .sum::<f64>()
            * size
    }

    /// The widest word of a text, which is not broken without need.
    pub(super) fn widest_word(&mut self, face: Face, size: f64, text: &str) -> f64 {
        text.split(' ').map(|part| self.word(face, part).width * size).fold(0.0, f64::max)
    }

    /// A text on one line.
    pub(super) fn run(&mut self, face: Face, size: f64, text: &str) -> Run {
        let mut run = Run { face, size, text: String::new(), glyphs: Vec::new(), width: 0.0 };
        for (idx, part) in text.split(' ').enumerate() {
            if idx > 0 {
                self.append(&mut run, " ");
            }
            self.append(&mut run, part);
        }
        run
    }

    fn append(&mut self, run: &mut Run, word: &str) {
        let shaped = self.word(run.face, word);
        let begin = run.text.len();
        run.text.push_str(word);
        run.glyphs.extend(shaped.glyphs.iter().map(|glyph| {
            let mut glyph = glyph.clone();
            glyph.text_range = glyph.text_range.start + begin..glyph.text_range.end + begin;
            glyph
        }));
        run.width += shaped.width * run.size;
    }

    /// A text on as many lines as it needs. Words wider than a line are broken where it ends.
    pub(super) fn lines(&mut self, face: Face, size: f64, text: &str, width: f64) -> Vec<Run> {
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            let mut line = self.run(face, size, "");
            for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
                let space = if line.text.is_empty() { "" } else { " " };
                let needed = self.width(face, size, word) + self.width(face, size, space);
                if line.width + needed <= width {
                    self.append(&mut line, space);
                    self.append(&mut line, word);
                    continue;
                }
                if !line.text.is_empty() {
                    lines.push(std::mem::replace(&mut line, self.run(face, size, "")));
                }
                let mut parts = self.broken(face, size, word, width);
                let last = parts.pop().unwrap_or_default();
                for part in parts {
                    lines.push(self.run(face, size, &part));
                }
                self.append(&mut line, &last);
            }
            lines.push(line);
        }
        lines
    }

    /// The parts of a word of which none is wider than a line.
    fn broken(&mut self, face: Face, size: f64, word: &str, width: f64) -> Vec<String> {
        if self.width(face, size, word) <= width {
            return vec![word.to_owned()];
        }
        let (mut parts, mut part, mut used) = (Vec::new(), String::new(), 0.0);
        for letter in word.chars() {
            let wide = self.width(face, size, letter.encode_utf8(&mut [0; 4]));
            if used + wide > width && !part.is_empty() {
                parts.push(std::mem::take(&mut part));
                used = 0.0;
            }
            part.push(letter);
            used += wide;
        }
        parts.push(part);
        parts
    }
}

impl Shaper {
    fn shape(&self, text: &str) -> Word {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.set_direction(Direction::LeftToRight);
        buffer.set_script(script::LATIN);
        let shaper = self.data.shaper(&self.font).build();
        let shaped = shaper.shape(buffer, ShapeOptions::new().plan(Some(&self.plan)));
        let em = f64::from(shaper.units_per_em().max(1));
        let share = |units: i32| narrow(f64::from(units) / em);
        let starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        let mut word = Word::default();
        for (idx, (info, place)) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()).enumerate() {
            let start = info.cluster as usize;
            let end = starts.iter().skip(idx).copied().find(|next| *next > start).unwrap_or(text.len());
            word.glyphs.push(KrillaGlyph::new(
                GlyphId::new(info.glyph_id),
                share(place.x_advance),
                share(place.x_offset),
                share(place.y_offset),
                share(place.y_advance),
                start..end,
                None,
            ));
            word.width += f64::from(place.x_advance) / em;
        }
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_to_its_width_and_nothing_is_lost() {
        let mut fonts = Fonts::load().unwrap();
        let text = "Internet Wörter sind mitunter länger als Zeilen: Donaudampfschifffahrtsgesellschaft 🙂 الخط";
        for width in [20.0, 60.0, 100.0, 400.0] {
            let lines = fonts.lines(Face::Regular, 9.0, text, width);
            assert!(lines.iter().all(|line| line.width <= width + 0.01), "{width}");
            let all: String = lines.iter().map(|line| line.text.replace(' ', "")).collect();
            assert_eq!(text.replace(' ', ""), all);
            for line in lines {
                assert!(line.glyphs.iter().all(|glyph| line.text.get(glyph.text_range.clone()).is_some()));
            }
        }
    }

    #[test]
    fn digits_are_equally_wide_and_signs_are_there() {
        let mut fonts = Fonts::load().unwrap();
        for face in [Face::Regular, Face::Medium, Face::SemiBold, Face::Mono] {
            assert!((fonts.width(face, 10.0, "1111") - fonts.width(face, 10.0, "0808")).abs() < 1e-6);
        }
        for sign in "■●◆▲▼✓✗–−±→…►○□·".chars() {
            let run = fonts.run(Face::SemiBold, 8.0, &sign.to_string());
            assert!(run.glyphs.iter().all(|glyph| glyph.glyph_id.to_u32() != 0), "{sign}");
        }
    }
}
