//! Pictures for demo cases: drawn, not taken, so that nobody's street or face is in them.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use yuandu_api::{App, photos};
use yuandu_identity::OpCtx;
use yuandu_store::{Blobs, Plan};

/// How many different pictures there are.
const PICTURES: u32 = 12;

/// Draws the pictures, stores them and returns their names.
pub(super) fn draw(app: &App, ctx: &OpCtx) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut plan = Plan::new(
        ctx.realm,
        ctx.entry(
            "photos.keep",
            "photos/demo",
            serde_json::json!({ "count": PICTURES }),
        ),
    );
    for number in 0..PICTURES {
        let mut bytes = Vec::new();
        DynamicImage::ImageRgb8(picture(number))
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)?;
        let stored = photos::take_in("photos", "demo", &bytes)
            .map_err(|problem| anyhow::anyhow!(problem.message.en))?;
        let name = app.store.blobs().put(&stored)?;
        plan = plan.change(Blobs::record(
            &name,
            stored.len(),
            photos::MEDIA_TYPE,
            ctx.now(),
        ));
        names.push(name.to_string());
    }
    app.store.commit(plan)?;
    Ok(names)
}

/// A pavement under a sky with one round cover, in a colour of its own.
fn picture(number: u32) -> RgbImage {
    let (width, height) = (640, 480);
    let shade = |base: u32, spread: u32| {
        u8::try_from((base + number * spread) % 200 + 40).unwrap_or(u8::MAX)
    };
    let (sky, ground, cover) = (
        Rgb([shade(120, 9), 190, 220]),
        Rgb([shade(100, 5), shade(96, 5), shade(90, 5)]),
        Rgb([shade(20, 17), shade(40, 11), shade(60, 7)]),
    );
    RgbImage::from_fn(width, height, |x, y| {
        let (dx, dy) = (i64::from(x) - 320, (i64::from(y) - 340) * 2);
        if dx * dx + dy * dy < 120 * 120 {
            cover
        } else if y < 180 + number * 4 {
            sky
        } else if (x + y * 2) % 80 < 3 {
            Rgb([90, 90, 90])
        } else {
            ground
        }
    })
}
