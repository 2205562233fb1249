//! Draws a window into a picture without a graphics card or a driver, so that the picture is the same everywhere.

use std::{cmp::Ordering, collections::BTreeMap};

use eframe::egui::{
    Color32, ColorImage, Context, FullOutput, Pos2, Rect, TextureId, TexturesDelta,
    epaint::{ImageData, Mesh, Primitive, Vertex},
};
use egui_kittest::TestRenderer;
use image::{Rgba as Pixel, RgbaImage};

/// Keeps the textures of a window, and draws it when asked.
#[derive(Debug, Default)]
pub struct Raster {
    textures: BTreeMap<TextureId, ColorImage>,
}

impl TestRenderer for Raster {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        let mut set: Vec<_> = delta.set.drain().collect();
        set.sort_by_key(|(id, _)| *id);
        for (id, part) in set.into_iter().flat_map(|(id, parts)| parts.into_iter().map(move |part| (id, part))) {
            let ImageData::Color(new) = part.image;
            let Some([left, top]) = part.pos else {
                self.textures.insert(id, ColorImage::clone(&new));
                continue;
            };
            let Some(old) = self.textures.get_mut(&id) else { continue };
            let width = old.width();
            for (y, row) in new.pixels.chunks(new.width().max(1)).enumerate() {
                let from = (top + y) * width + left;
                if let Some(place) = old.pixels.get_mut(from..from + row.len()) {
                    place.copy_from_slice(row);
                }
            }
        }
        delta.free.drain().for_each(|id| drop(self.textures.remove(&id)));
    }

    fn render(&mut self, ctx: &Context, output: &FullOutput) -> Result<RgbaImage, String> {
        let scale = ctx.pixels_per_point();
        let size = ctx.content_rect().size() * scale;
        let mut canvas = Canvas::new(whole(size.x), whole(size.y));
        for clipped in ctx.tessellate(output.shapes.clone(), scale) {
            let Primitive::Mesh(mesh) = clipped.primitive else { return Err("a callback cannot be drawn here".into()) };
            let texture = self.textures.get(&mesh.texture_id).ok_or("a texture is missing")?;
            canvas.mesh(&mesh, texture, clipped.clip_rect * scale, scale);
        }
        Ok(canvas.finish())
    }
}

/// Pixels, premultiplied and in the curve of sRGB, as `egui` mixes colours.
struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<[f32; 4]>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![[0.0, 0.0, 0.0, 1.0]; width * height] }
    }

    fn mesh(&mut self, mesh: &Mesh, texture: &ColorImage, clip: Rect, scale: f32) {
        let corner = |index: &u32| {
            let vertex = mesh.vertices.get(*index as usize).copied().unwrap_or_default();
            Vertex { pos: vertex.pos * scale, ..vertex }
        };
        for indices in mesh.indices.chunks_exact(3) {
            if let [a, b, c] = indices {
                self.triangle([corner(a), corner(b), corner(c)], texture, clip);
            }
        }
    }

    fn triangle(&mut self, corners: [Vertex; 3], texture: &ColorImage, clip: Rect) {
        let [a, mut b, mut c] = corners;
        let mut area = edge(a.pos, b.pos, c.pos);
        if area < 0.0 {
            (b, c, area) = (c, b, -area);
        }
        if area == 0.0 {
            return;
        }
        let around = Rect::from_points(&[a.pos, b.pos, c.pos]);
        let (clip_left, clip_top) = (whole(clip.left()), whole(clip.top()));
        let (clip_right, clip_bottom) = (whole(clip.right()).min(self.width), whole(clip.bottom()).min(self.height));
        let columns = whole(around.left().floor()).max(clip_left)..whole(around.right().ceil()).min(clip_right);
        let rows = whole(around.top().floor()).max(clip_top)..whole(around.bottom().ceil()).min(clip_bottom);
        for y in rows {
            for x in columns.clone() {
                let at = Pos2::new(x as f32 + 0.5, y as f32 + 0.5);
                let weights = [(b.pos, c.pos), (c.pos, a.pos), (a.pos, b.pos)];
                let weights = weights.map(|(from, to)| (edge(from, to, at), belongs(from, to)));
                // A pixel on an edge that two triangles share is one of them alone.
                if weights.iter().any(|(weight, belongs)| *weight < 0.0 || (*weight == 0.0 && !belongs)) {
                    continue;
                }
                let [wa, wb, wc] = weights.map(|(weight, _)| weight / area);
                let mixed = |of: fn(&Vertex) -> f32| of(&a) * wa + of(&b) * wb + of(&c) * wc;
                let of_texture = texel(texture, mixed(|corner| corner.uv.x), mixed(|corner| corner.uv.y));
                let (ca, cb, cc) = (parts(a.color), parts(b.color), parts(c.color));
                if let Some(pixel) = self.pixels.get_mut(y * self.width + x) {
                    let mut colour = of_texture;
                    for (part, ((a, b), c)) in colour.iter_mut().zip(ca.into_iter().zip(cb).zip(cc)) {
                        *part *= a * wa + b * wb + c * wc;
                    }
                    let [.., alpha] = colour;
                    for (below, above) in pixel.iter_mut().zip(colour) {
                        *below = above + *below * (1.0 - alpha);
                    }
                }
            }
        }
    }

    fn finish(self) -> RgbaImage {
        let (width, height) = (self.width, self.height);
        let mut picture = RgbaImage::new(u32::try_from(width).unwrap_or(0), u32::try_from(height).unwrap_or(0));
        for (pixel, colour) in picture.pixels_mut().zip(self.pixels) {
            let [r, g, b, _] = colour.map(byte);
            *pixel = Pixel([r, g, b, u8::MAX]);
        }
        picture
    }
}

/// Twice the area of a triangle, positive when its corners go round clockwise.
fn edge(a: Pos2, b: Pos2, c: Pos2) -> f32 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// Whether what lies exactly on this edge is inside: on upper and left ones.
fn belongs(from: Pos2, to: Pos2) -> bool {
    match to.y.total_cmp(&from.y) {
        Ordering::Less => true,
        Ordering::Equal => to.x > from.x,
        Ordering::Greater => false,
    }
}

/// The colour of a texture at this place, each coordinate from 0 to 1, mixed from the four texels around it.
fn texel(texture: &ColorImage, u: f32, v: f32) -> [f32; 4] {
    let place = |at: f32, n: usize| {
        let at = (at * n as f32 - 0.5).clamp(0.0, n.saturating_sub(1) as f32);
        let first = whole(at.floor());
        (first, (first + 1).min(n.saturating_sub(1)), at - at.floor())
    };
    let (left, right, across) = place(u, texture.width());
    let (top, bottom, down) = place(v, texture.height());
    let at = |x: usize, y: usize| parts(texture.pixels.get(y * texture.width() + x).copied().unwrap_or_default());
    let mix = |one: [f32; 4], other: [f32; 4], share: f32| {
        let mut mixed = one;
        mixed.iter_mut().zip(other).for_each(|(one, other)| *one += (other - *one) * share);
        mixed
    };
    mix(mix(at(left, top), at(right, top), across), mix(at(left, bottom), at(right, bottom), across), down)
}

fn parts(colour: Color32) -> [f32; 4] {
    colour.to_array().map(|part| f32::from(part) / 255.0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to what there is")]
fn byte(part: f32) -> u8 {
    (part * 255.0).round().clamp(0.0, 255.0) as u8
}

/// The nearest whole number, none below 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to what there is")]
fn whole(number: f32) -> usize {
    number.round().max(0.0) as usize
}
