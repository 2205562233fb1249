//! Every colour, size and font of the window. No other file names a colour.
//!
//! Neutral colours carry the page. A colour means a cause or an action and nothing else, and never stands alone: a
//! cause also has an icon, a word, a pattern and a lane. The colours of causes and of lines were chosen by their
//! distance (CIEDE2000) under simulated protan, deutan and tritan vision (Machado 2009), not by eye.

use eframe::egui::{
    self, Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle,
    Theme, Vec2, style::ScrollStyle,
};

/// The colours of one theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) is_dark: bool,
    /// Behind the navigation.
    pub(crate) nav: Color32,
    /// Behind everything else.
    pub(crate) page: Color32,
    pub(crate) card: Color32,
    /// A field to write in, a track, a lane without news.
    pub(crate) well: Color32,
    pub(crate) button: Color32,
    pub(crate) button_hover: Color32,
    pub(crate) border: Color32,
    pub(crate) border_strong: Color32,
    pub(crate) grid: Color32,
    pub(crate) text: Color32,
    pub(crate) text_soft: Color32,
    pub(crate) text_faint: Color32,
    /// Colour of what can be clicked, and of "now".
    pub(crate) accent: Color32,
    pub(crate) accent_hover: Color32,
    pub(crate) on_accent: Color32,
    /// Behind what is chosen.
    pub(crate) chosen: Color32,
    pub(crate) ok: Color32,
    pub(crate) home: Color32,
    pub(crate) provider: Color32,
    pub(crate) names: Color32,
    pub(crate) far: Color32,
    pub(crate) unknown: Color32,
    pub(crate) warn: Color32,
    pub(crate) bad: Color32,
    /// Lines of hosts, in the order in which they are shown.
    pub(crate) lines: [Color32; 8],
    /// The address of a host in a log.
    pub(crate) address: Color32,
    /// A hit of a search, and the one in hand.
    pub(crate) hit: Color32,
    pub(crate) hit_now: Color32,
    pub(crate) shade: Color32,
}

use crate::report::chart::{drawing::Ink, palette};

const fn rgb(hex: u32) -> Color32 {
    let [_, r, g, b] = hex.to_be_bytes();
    Color32::from_rgb(r, g, b)
}

const DARK: Tokens = Tokens {
    is_dark: true,
    nav: rgb(0x0A_0D12),
    page: rgb(0x0D_1117),
    card: rgb(0x16_1B22),
    well: rgb(0x0D_1117),
    button: rgb(0x21_262D),
    button_hover: rgb(0x2D_333B),
    border: rgb(0x26_2C36),
    border_strong: rgb(0x3A_424E),
    grid: rgb(0x22_2831),
    text: rgb(0xF0_F3F6),
    text_soft: rgb(0xA9_B3C0),
    text_faint: rgb(0x7F_8A99),
    accent: rgb(0x58_A6FF),
    accent_hover: rgb(0x7A_B8FF),
    on_accent: rgb(0x06_101C),
    chosen: rgb(0x18_2636),
    ok: rgb(0x45_AE85),
    home: rgb(0xF4_D35E),
    provider: rgb(0xF4_512C),
    names: rgb(0xB6_5CF2),
    far: rgb(0x93_D8FF),
    unknown: rgb(0x66_7080),
    warn: rgb(0xF4_D35E),
    bad: rgb(0xF4_512C),
    lines: [
        rgb(0xB9_C6DA),
        rgb(0x2F_7DFF),
        rgb(0x18_CFA6),
        rgb(0xD0_588A),
        rgb(0xE0_9F3E),
        rgb(0x9C_8CFF),
        rgb(0x6F_7F4A),
        rgb(0xC9_8A6B),
    ],
    address: rgb(0x3F_CFB4),
    hit: rgb(0x5C_4A12),
    hit_now: rgb(0xB8_8A10),
    shade: Color32::from_black_alpha(150),
};

const LIGHT: Tokens = Tokens {
    is_dark: false,
    nav: rgb(0xE9_ECF0),
    page: rgb(0xF4_F5F8),
    card: rgb(0xFF_FFFF),
    well: rgb(0xEF_F2F5),
    button: rgb(0xF0_F2F5),
    button_hover: rgb(0xE2_E6EB),
    border: rgb(0xDB_DFE5),
    border_strong: rgb(0xBB_C2CC),
    grid: rgb(0xEA_EDF1),
    text: rgb(0x14_1A21),
    text_soft: rgb(0x4C_5665),
    text_faint: rgb(0x66_7180),
    accent: rgb(0x0A_5FCC),
    accent_hover: rgb(0x08_4FAB),
    on_accent: rgb(0xFF_FFFF),
    chosen: rgb(0xC7_D7EC),
    ok: rgb(0x0E_8063),
    home: rgb(0x8A_7000),
    provider: rgb(0xA0_1507),
    names: rgb(0xA4_2EDB),
    far: rgb(0x13_417F),
    unknown: rgb(0x83_8EA1),
    warn: rgb(0x8A_7000),
    bad: rgb(0xA0_1507),
    lines: [
        rgb(0x4A_5058),
        rgb(0x17_45C9),
        rgb(0x12_957B),
        rgb(0xC0_6CB4),
        rgb(0xA8_6400),
        rgb(0x5B_3FC4),
        rgb(0x5E_6B22),
        rgb(0x8A_4B2E),
    ],
    address: rgb(0x0B_6B73),
    hit: rgb(0xFF_E9A0),
    hit_now: rgb(0xFF_B938),
    shade: Color32::from_black_alpha(70),
};

/// The colours in use.
pub(crate) fn tokens(ctx: &egui::Context) -> &'static Tokens {
    of(ctx.theme())
}

fn of(theme: Theme) -> &'static Tokens {
    match theme {
        Theme::Dark => &DARK,
        Theme::Light => &LIGHT,
    }
}

/// A colour of reports, on a ground of ours.
pub(crate) fn report_ink(tokens: &Tokens, ink: Ink) -> Color32 {
    let [red, green, blue] = if tokens.is_dark { palette::dark(ink) } else { palette::light(ink) };
    Color32::from_rgb(red, green, blue)
}

impl Tokens {
    /// A pale fill that still says which colour it is of.
    pub(crate) fn pale(&self, color: Color32) -> Color32 {
        self.card.lerp_to_gamma(color, if self.is_dark { 0.16 } else { 0.09 })
    }

    /// A fill for a lane in which all is well.
    pub(crate) fn lane_ok(&self) -> Color32 {
        self.card.lerp_to_gamma(self.ok, 0.20)
    }

    /// Returns the colour that can be read on this one: dark on a light one, light on a dark one.
    #[expect(clippy::unused_self, reason = "asked of the colours in use, like the others")]
    pub(crate) fn on_accent_of(&self, color: Color32) -> Color32 {
        if color.intensity() > 0.42 { rgb(0x06_101C) } else { Color32::WHITE }
    }

    /// A colour that lets what lies behind shine through.
    #[expect(clippy::unused_self, reason = "asked of the colours in use, like the others")]
    pub(crate) fn thin(&self, color: Color32, share: f32) -> Color32 {
        color.gamma_multiply(share)
    }
}

/// Gaps and insets, in points. All lie on a grid of four.
pub(crate) mod gap {
    pub(crate) const S: f32 = 4.0;
    pub(crate) const M: f32 = 8.0;
    pub(crate) const CARD: f32 = 12.0;
    pub(crate) const INSET: f32 = 16.0;
    pub(crate) const PAGE: f32 = 20.0;
}

/// Rounded corners.
pub(crate) mod radius {
    pub(crate) const SMALL: f32 = 5.0;
    pub(crate) const CONTROL: f32 = 7.0;
    pub(crate) const CARD: f32 = 10.0;
}

/// Height of a button.
pub(crate) const CONTROL_HEIGHT: f32 = 30.0;
/// Height of a row of a table.
pub(crate) const ROW_HEIGHT: f32 = 26.0;

/// Fonts by what they are for.
pub(crate) mod font {
    use super::{FontFamily, FontId};

    fn named(name: &'static str, size: f32) -> FontId {
        FontId::new(size, FontFamily::Name(name.into()))
    }

    pub(crate) fn page_title() -> FontId {
        named("semibold", 20.0)
    }

    pub(crate) fn card_title() -> FontId {
        named("semibold", 15.0)
    }

    pub(crate) fn figure() -> FontId {
        named("semibold", 25.0)
    }

    pub(crate) fn tag() -> FontId {
        named("semibold", 11.0)
    }

    pub(crate) fn strong() -> FontId {
        named("semibold", 13.0)
    }

    pub(crate) fn medium() -> FontId {
        named("medium", 13.0)
    }

    pub(crate) fn body() -> FontId {
        FontId::proportional(13.5)
    }

    pub(crate) fn small() -> FontId {
        FontId::proportional(12.0)
    }

    pub(crate) fn mono() -> FontId {
        FontId::monospace(12.5)
    }

    pub(crate) fn mono_small() -> FontId {
        FontId::monospace(11.5)
    }

    pub(crate) fn icon(size: f32) -> FontId {
        named("icons", size)
    }

    pub(crate) fn icon_filled(size: f32) -> FontId {
        named("icons-fill", size)
    }
}

/// Gives the context our fonts and both styles.
pub(crate) fn install(ctx: &egui::Context) {
    ctx.set_fonts(fonts());
    for theme in [Theme::Dark, Theme::Light] {
        ctx.style_mut_of(theme, |style| dress(style, of(theme)));
    }
    ctx.options_mut(|options| options.zoom_with_keyboard = true);
}

/// The program's icon as rows of red, green, blue and opacity: a pulse on a blue ground.
pub(crate) fn app_icon(size: u32) -> Vec<u8> {
    let n = size as f32;
    let pulse: [(f32, f32); 6] = [(0.16, 0.52), (0.34, 0.52), (0.44, 0.30), (0.56, 0.72), (0.65, 0.52), (0.84, 0.52)];
    let mut pixels = Vec::with_capacity(size as usize * size as usize * 4);
    for y in 0..size {
        for x in 0..size {
            let (px, py) = ((x as f32 + 0.5) / n, (y as f32 + 0.5) / n);
            let corner = egui::vec2((px - 0.5).abs() - 0.28, (py - 0.5).abs() - 0.28).max(Vec2::ZERO).length();
            let inside = ((0.215 - corner) * n + 0.5).clamp(0.0, 1.0);
            let near = pulse
                .windows(2)
                .filter_map(|pair| if let [a, b] = pair { Some(distance((px, py), *a, *b)) } else { None })
                .fold(f32::INFINITY, f32::min);
            let line = ((0.04 - near) * n + 0.5).clamp(0.0, 1.0);
            let color = rgb(0x2F_7DFF).lerp_to_gamma(Color32::WHITE, line);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
            pixels.extend([color.r(), color.g(), color.b(), (inside * 255.0) as u8]);
        }
    }
    pixels
}

/// State that the icon among those of the system shows: by colour and by shape, since colour alone says nothing to
/// some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TrayMark {
    /// A disc.
    Fine,
    /// A triangle.
    Poor,
    /// A square with a cross in it.
    Down,
    /// A ring: nobody looks.
    Idle,
}

/// The icon as rows of red, green, blue and opacity. Its colours can be seen on light and on dark.
pub(crate) fn tray_icon(size: u32, mark: TrayMark) -> Vec<u8> {
    let n = size as f32;
    let mut pixels = Vec::with_capacity(size as usize * size as usize * 4);
    let cross = |p| distance(p, (-0.2, -0.2), (0.2, 0.2)).min(distance(p, (-0.2, 0.2), (0.2, -0.2))) - 0.07;
    for y in 0..size {
        for x in 0..size {
            let p = ((x as f32 + 0.5) / n - 0.5, (y as f32 + 0.5) / n - 0.5);
            let from_center = egui::vec2(p.0, p.1).length();
            // Negative inside.
            let (shape, color) = match mark {
                TrayMark::Fine => (from_center - 0.42, rgb(0x2F_A57B)),
                TrayMark::Poor => {
                    let slope = (p.0.abs() * 0.88 - (p.1 + 0.42) * 0.47).max(p.1 - 0.38);
                    (slope, rgb(0xE0_A800))
                }
                TrayMark::Down => ((p.0.abs().max(p.1.abs()) - 0.42).max(-cross(p)), rgb(0xE8_472B)),
                TrayMark::Idle => ((from_center - 0.36).abs() - 0.06, rgb(0x8A_94A6)),
            };
            let inside = (0.5 - shape * n).clamp(0.0, 1.0);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
            pixels.extend([color.r(), color.g(), color.b(), (inside * 255.0) as u8]);
        }
    }
    pixels
}

/// From a point to a line.
fn distance(p: (f32, f32), a: (f32, f32), b: (f32, f32)) -> f32 {
    let (along, to) = (egui::vec2(b.0 - a.0, b.1 - a.1), egui::vec2(p.0 - a.0, p.1 - a.1));
    let share = (to.dot(along) / along.length_sq().max(1e-6)).clamp(0.0, 1.0);
    (to - along * share).length()
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let files: [(&str, &'static [u8]); 6] = [
        ("regular", include_bytes!("../../assets/fonts/Inter-Regular.ttf")),
        ("medium", include_bytes!("../../assets/fonts/Inter-Medium.ttf")),
        ("semibold", include_bytes!("../../assets/fonts/Inter-SemiBold.ttf")),
        ("mono", include_bytes!("../../assets/fonts/JetBrainsMono-Regular.ttf")),
        ("icons", include_bytes!("../../assets/icons/phosphor-regular.ttf")),
        ("icons-fill", include_bytes!("../../assets/icons/phosphor-fill.ttf")),
    ];
    for (name, bytes) in files {
        fonts.font_data.insert(name.to_owned(), FontData::from_static(bytes).into());
    }
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    fonts.families.insert(FontFamily::Proportional, list(&["regular", "icons"]));
    fonts.families.insert(FontFamily::Monospace, list(&["mono", "regular", "icons"]));
    for name in ["medium", "semibold", "icons", "icons-fill"] {
        fonts.families.insert(FontFamily::Name(name.into()), list(&[name, "regular", "icons"]));
    }
    fonts
}

fn dress(style: &mut egui::Style, tokens: &Tokens) {
    style.text_styles = [
        (TextStyle::Heading, font::page_title()),
        (TextStyle::Body, font::body()),
        (TextStyle::Button, font::medium()),
        (TextStyle::Small, font::small()),
        (TextStyle::Monospace, font::mono()),
    ]
    .into();
    style.drag_value_text_style = TextStyle::Body;
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(gap::M, gap::M);
    spacing.button_padding = Vec2::new(12.0, 6.0);
    spacing.interact_size = Vec2::new(32.0, CONTROL_HEIGHT);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(16);
    spacing.icon_width = 17.0;
    spacing.icon_width_inner = 9.0;
    spacing.icon_spacing = 8.0;
    spacing.combo_height = 320.0;
    spacing.tooltip_width = 420.0;
    spacing.scroll = ScrollStyle {
        floating: true,
        bar_width: 9.0,
        floating_width: 5.0,
        floating_allocated_width: 0.0,
        bar_outer_margin: 1.0,
        ..ScrollStyle::solid()
    };
    spacing.scroll.floating = true;
    style.interaction.selectable_labels = true;
    style.interaction.tooltip_delay = 0.4;
    style.animation_time = 0.08;
    dress_colours(&mut style.visuals, tokens);
}

fn dress_colours(visuals: &mut egui::Visuals, tokens: &Tokens) {
    visuals.dark_mode = tokens.is_dark;
    visuals.panel_fill = tokens.page;
    visuals.window_fill = tokens.card;
    visuals.window_stroke = Stroke::new(1.0, tokens.border_strong);
    visuals.window_corner_radius = CornerRadius::same(12);
    visuals.menu_corner_radius = CornerRadius::same(10);
    let shadow = Shadow {
        offset: [0, 8],
        blur: 28,
        spread: 0,
        color: Color32::from_black_alpha(if tokens.is_dark { 120 } else { 40 }),
    };
    visuals.window_shadow = shadow;
    visuals.popup_shadow = shadow;
    visuals.extreme_bg_color = tokens.well;
    visuals.text_edit_bg_color = Some(if tokens.is_dark { tokens.well } else { tokens.card });
    visuals.code_bg_color = tokens.well;
    visuals.faint_bg_color = tokens.card.lerp_to_gamma(tokens.button, 0.35);
    visuals.hyperlink_color = tokens.accent;
    visuals.warn_fg_color = tokens.warn;
    visuals.error_fg_color = tokens.bad;
    visuals.weak_text_color = Some(tokens.text_soft);
    visuals.selection.bg_fill = tokens.thin(tokens.accent, if tokens.is_dark { 0.35 } else { 0.25 });
    visuals.selection.stroke = Stroke::new(1.0, tokens.text);
    visuals.button_frame = true;
    visuals.striped = false;
    visuals.slider_trailing_fill = true;
    let radius = CornerRadius::same(7);
    let widgets = &mut visuals.widgets;
    for (widget, fill, border, text) in [
        (&mut widgets.noninteractive, tokens.card, tokens.border, tokens.text),
        (&mut widgets.inactive, tokens.button, tokens.border_strong, tokens.text),
        (&mut widgets.hovered, tokens.button_hover, tokens.border_strong, tokens.text),
        (&mut widgets.active, tokens.button_hover, tokens.accent, tokens.text),
        (&mut widgets.open, tokens.button, tokens.accent, tokens.text),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, border);
        widget.fg_stroke = Stroke::new(1.0, text);
        widget.corner_radius = radius;
        widget.expansion = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(color: Color32) -> f32 {
        let part = |value: u8| {
            let value = f32::from(value) / 255.0;
            if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(color.r()) + 0.7152 * part(color.g()) + 0.0722 * part(color.b())
    }

    /// WCAG 2, section 1.4.3.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_on_everything_it_stands_on() {
        for tokens in [DARK, LIGHT] {
            for back in [tokens.card, tokens.page, tokens.nav, tokens.well, tokens.chosen, tokens.button] {
                assert!(contrast(tokens.text, back) > 7.0, "text on {back:?}");
                assert!(contrast(tokens.text_soft, back) > 4.5, "soft text on {back:?}");
            }
            assert!(contrast(tokens.text_faint, tokens.card) > 4.5);
            assert!(contrast(tokens.on_accent, tokens.accent) > 4.5);
            for cause in [tokens.ok, tokens.home, tokens.provider, tokens.names, tokens.far] {
                assert!(contrast(cause, tokens.card) > 4.5, "{cause:?}");
                assert!(contrast(cause, tokens.pale(cause)) > 3.0, "{cause:?} on its own pale fill");
            }
        }
    }

    #[test]
    fn no_character_of_ours_lacks_a_glyph_in_the_icon_font() {
        for font in [
            include_bytes!("../../assets/icons/phosphor-regular.ttf").as_slice(),
            include_bytes!("../../assets/icons/phosphor-fill.ttf").as_slice(),
        ] {
            assert!(font.len() > 1000 && font.len() < 20_000);
        }
    }
}
