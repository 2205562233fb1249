//! The colours of reports, for light and for dark. Reports name none elsewhere.
//!
//! They can be told apart with any kind of colour vision by their lightness, and no chart relies on them alone.

use super::drawing::Ink;

/// Steps of [`Ink::Heat`].
pub const HEAT_STEPS: u8 = 6;

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// Every colour, with the name it has in style sheets.
pub fn all() -> Vec<(Ink, String)> {
    let named = [
        (Ink::Text, "text"),
        (Ink::Muted, "muted"),
        (Ink::Line, "line"),
        (Ink::Soft, "soft"),
        (Ink::Paper, "paper"),
        (Ink::Accent, "accent"),
        (Ink::Good, "good"),
        (Ink::GoodSoft, "good-soft"),
        (Ink::Worse, "worse"),
        (Ink::Provider, "provider"),
        (Ink::Home, "home"),
        (Ink::Names, "names"),
        (Ink::Beyond, "beyond"),
        (Ink::Other, "other"),
        (Ink::Unseen, "unseen"),
    ];
    let heat = (0..HEAT_STEPS).map(|step| (Ink::Heat(step), format!("heat-{step}")));
    named.into_iter().map(|(ink, name)| (ink, name.to_owned())).chain(heat).collect()
}

/// The name of a colour in style sheets.
pub fn name(ink: Ink) -> String {
    all().into_iter().find(|(known, _)| *known == ink).map_or_else(|| "text".into(), |(_, name)| name)
}

/// On white paper.
pub fn light(ink: Ink) -> Rgb {
    match ink {
        Ink::Text => [0x14, 0x1a, 0x22],
        Ink::Muted => [0x57, 0x63, 0x70],
        Ink::Line => [0xd5, 0xdb, 0xe2],
        Ink::Soft => [0xf3, 0xf5, 0xf8],
        Ink::Paper => [0xff, 0xff, 0xff],
        Ink::Accent => [0x0b, 0x5f, 0xc8],
        Ink::Good => [0x0a, 0x7d, 0x5f],
        Ink::GoodSoft => [0xcf, 0xe6, 0xde],
        Ink::Worse => [0xd8, 0x8a, 0x00],
        Ink::Provider => [0xa6, 0x14, 0x0c],
        Ink::Home => [0x8a, 0x6d, 0x00],
        Ink::Names => [0xa0, 0x2f, 0xc9],
        Ink::Beyond => [0x0d, 0x3b, 0x86],
        Ink::Other => [0x4a, 0x55, 0x61],
        Ink::Unseen => [0xa9, 0xb3, 0xbe],
        Ink::Heat(step) => match step {
            0 => [0xee, 0xf1, 0xf5],
            1 => [0xf9, 0xdc, 0xd4],
            2 => [0xf0, 0xb0, 0xa1],
            3 => [0xdd, 0x7a, 0x69],
            4 => [0xc0, 0x41, 0x33],
            _ => [0x8c, 0x10, 0x0a],
        },
    }
}

/// On a dark screen.
pub fn dark(ink: Ink) -> Rgb {
    match ink {
        Ink::Text => [0xe8, 0xec, 0xf1],
        Ink::Muted => [0x9d, 0xa9, 0xb6],
        Ink::Line => [0x35, 0x3e, 0x49],
        Ink::Soft => [0x1e, 0x25, 0x2d],
        Ink::Paper => [0x14, 0x19, 0x1f],
        Ink::Accent => [0x6c, 0xae, 0xff],
        Ink::Good => [0x3f, 0xc2, 0x9a],
        Ink::GoodSoft => [0x1d, 0x40, 0x37],
        Ink::Worse => [0xf0, 0xb0, 0x4a],
        Ink::Provider => [0xf2, 0x6d, 0x62],
        Ink::Home => [0xd9, 0xbb, 0x45],
        Ink::Names => [0xd2, 0x86, 0xee],
        Ink::Beyond => [0x7a, 0xa7, 0xf0],
        Ink::Other => [0xa6, 0xb1, 0xbd],
        Ink::Unseen => [0x5c, 0x67, 0x73],
        Ink::Heat(step) => match step {
            0 => [0x22, 0x2a, 0x33],
            1 => [0x47, 0x27, 0x25],
            2 => [0x70, 0x2f, 0x2a],
            3 => [0x9e, 0x3c, 0x33],
            4 => [0xcf, 0x55, 0x49],
            _ => [0xf5, 0x8a, 0x7e],
        },
    }
}

/// `#0b5fc8`.
pub fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2).
    fn luminance(rgb: Rgb) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = rgb.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    fn contrast(a: Rgb, b: Rgb) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn texts_can_be_read_on_every_ground() {
        for of in [light, dark] {
            for ink in
                [Ink::Text, Ink::Muted, Ink::Accent, Ink::Good, Ink::Provider, Ink::Home, Ink::Names, Ink::Beyond]
            {
                for ground in [Ink::Paper, Ink::Soft] {
                    assert!(contrast(of(ink), of(ground)) >= 4.5, "{ink:?} on {ground:?}");
                }
            }
        }
    }

    #[test]
    fn every_colour_has_a_name_of_its_own() {
        let mut names: Vec<String> = all().into_iter().map(|(_, name)| name).collect();
        let n = names.len();
        names.sort();
        names.dedup();
        assert_eq!(n, names.len());
        assert_eq!("heat-3", name(Ink::Heat(3)));
    }
}
