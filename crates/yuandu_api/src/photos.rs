//! Photos as they come in: checked by their bytes, turned upright, freed of metadata, brought to a sensible size.
//!
//! A phone's photo says where and when it was taken; a resident's must not (it may be their home). What is stored is
//! a fresh JPEG without any metadata.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};
use yuandu_base::Problem;

/// Largest upload of one photo: phones make 3 to 8 MB.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// Longest side kept: enough to read a number plate of a lamp post, some 400 KB.
const LONGEST_SIDE: u32 = 2048;
/// Longest side taken in: 108-megapixel phones make 12,032 pixels.
const LARGEST_SIDE: u32 = 13_000;
/// Memory one decoding may take: 50 megapixels at 4 bytes.
const DECODE_BYTES: u64 = 200 * 1024 * 1024;
/// Quality of the stored JPEG.
const QUALITY: u8 = 82;

/// Media type of every stored photo.
pub const MEDIA_TYPE: &str = "image/jpeg";

/// How every stored photo begins.
pub const JPEG: [u8; 3] = [0xff, 0xd8, 0xff];

/// Checks one upload and returns the bytes to store. `field` names the form's field, `name` the file as the person knows it.
pub fn take_in(field: &str, name: &str, bytes: &[u8]) -> Result<Vec<u8>, Problem> {
    if bytes.len() > MAX_BYTES {
        return Err(Problem::new(
            "photos.too_large",
            field,
            format!("照片“{name}”超过 10 MB，请换一张小一些的"),
            format!("photo `{name}` is larger than 10 MB; choose a smaller one"),
        ));
    }
    let format = image::guess_format(bytes).ok().filter(|format| {
        matches!(
            format,
            ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP
        )
    });
    let Some(format) = format else {
        return Err(Problem::new(
            "photos.not_a_photo",
            field,
            format!("“{name}”不是照片，请用 JPEG、PNG 或 WebP"),
            format!("`{name}` is not a photo; use JPEG, PNG or WebP"),
        ));
    };
    if format == ImageFormat::Jpeg && !is_whole(bytes) {
        return Err(Problem::new(
            "photos.damaged",
            field,
            format!("照片“{name}”不完整，可能没有传完，请重新选择"),
            format!("photo `{name}` is not whole, perhaps its upload broke off; choose it again"),
        ));
    }
    let upright = decode(bytes, format).map_err(|_| {
        Problem::new(
            "photos.damaged",
            field,
            format!("照片“{name}”打不开或尺寸过大，请重新拍摄或另选一张"),
            format!("photo `{name}` cannot be opened or is too large; take or choose another"),
        )
    })?;
    encode(&upright).map_err(|_| {
        Problem::new(
            "photos.damaged",
            field,
            format!("照片“{name}”无法处理"),
            format!("photo `{name}` cannot be processed"),
        )
    })
}

/// A small version for lists, 320 pixels on its longest side.
#[must_use]
pub fn thumbnail(stored: &[u8]) -> Option<Vec<u8>> {
    let image = decode(stored, ImageFormat::Jpeg).ok()?;
    encode(&image.thumbnail(320, 320)).ok()
}

/// Whether the picture of a JPEG comes to its end: the decoder fills what a broken upload left out with grey, which
/// proves nothing. Everything up to the first scan is stepped over, for a preview in the metadata has an end of its own.
fn is_whole(jpeg: &[u8]) -> bool {
    let mut rest = jpeg.get(2..).unwrap_or_default();
    loop {
        match *rest {
            // Fill bytes may stand before a marker.
            [0xFF, 0xFF, ..] => rest = rest.get(1..).unwrap_or_default(),
            [0xFF, 0xDA, ..] => return rest.windows(2).any(|pair| pair == [0xFF, 0xD9]),
            [0xFF, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([high, low]));
                rest = rest.get(2 + length..).unwrap_or_default();
            }
            _ => return false,
        }
    }
}

fn decode(bytes: &[u8], format: ImageFormat) -> image::ImageResult<DynamicImage> {
    let mut limits = Limits::default();
    limits.max_image_width = Some(LARGEST_SIDE);
    limits.max_image_height = Some(LARGEST_SIDE);
    limits.max_alloc = Some(DECODE_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

fn encode(image: &DynamicImage) -> image::ImageResult<Vec<u8>> {
    let small = image.width().max(image.height()) <= LONGEST_SIDE;
    let image = if small {
        image.to_rgb8()
    } else {
        image.thumbnail(LONGEST_SIDE, LONGEST_SIDE).to_rgb8()
    };
    let mut bytes = Vec::new();
    image.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, QUALITY))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat, RgbImage};

    use super::{MAX_BYTES, take_in, thumbnail};

    fn photo(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        DynamicImage::ImageRgb8(RgbImage::new(width, height))
            .write_to(&mut Cursor::new(&mut bytes), format)
            .unwrap();
        bytes
    }

    fn refusal(bytes: &[u8]) -> String {
        take_in("photos", "x", bytes).unwrap_err().code
    }

    #[test]
    fn photos_of_the_usual_formats_are_kept_as_jpeg_of_sensible_size() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let stored = take_in("photos", "x", &photo(3000, 1000, format)).unwrap();
            let image = image::load_from_memory_with_format(&stored, ImageFormat::Jpeg).unwrap();
            assert_eq!((image.width(), image.height()), (2048, 683));
        }
    }

    #[test]
    fn metadata_does_not_survive() {
        let plain = photo(20, 10, ImageFormat::Jpeg);
        // An EXIF segment after the start marker, with orientation 6 (turn right) and words that must vanish.
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0secret-place".to_vec();
        let mut tagged = vec![0xff, 0xd8, 0xff, 0xe1];
        tagged.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        tagged.append(&mut exif);
        tagged.extend(&plain[2..]);
        let stored = take_in("photos", "x", &tagged).unwrap();
        assert!(!stored.windows(6).any(|window| window == b"secret"));
        let image = image::load_from_memory_with_format(&stored, ImageFormat::Jpeg).unwrap();
        assert_eq!(
            (image.width(), image.height()),
            (10, 20),
            "the photo stands upright"
        );
    }

    #[test]
    fn what_is_not_a_whole_photo_is_refused_by_its_reason() {
        assert_eq!(refusal(b"#!/bin/sh\nrm -rf /"), "photos.not_a_photo");
        assert_eq!(
            refusal(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            "photos.not_a_photo"
        );
        assert_eq!(refusal(&vec![0xff; MAX_BYTES + 1]), "photos.too_large");
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let whole = photo(400, 400, format);
            let half = &whole[..whole.len() / 2];
            assert_eq!(refusal(half), "photos.damaged", "{format:?}");
        }
        let whole = photo(400, 400, ImageFormat::Jpeg);
        let nearly = &whole[..whole.len() - 40];
        assert_eq!(
            refusal(nearly),
            "photos.damaged",
            "its last lines are missing"
        );
        let mut bomb = photo(10, 10, ImageFormat::Png);
        // The header claims 60,000 by 60,000 pixels.
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        assert_eq!(refusal(&bomb), "photos.damaged");
    }

    #[test]
    fn thumbnails_are_small() {
        let stored = take_in("photos", "x", &photo(800, 600, ImageFormat::Jpeg)).unwrap();
        let small = image::load_from_memory(&thumbnail(&stored).unwrap()).unwrap();
        assert_eq!((small.width(), small.height()), (320, 240));
    }
}
