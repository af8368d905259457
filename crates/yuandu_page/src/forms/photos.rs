//! Photos of a form: taken in, stored, and named in the place of the files, so that nobody has to choose them twice.

use yuandu_api::{ApiError, App, photos};
use yuandu_base::Problem;
use yuandu_store::BlobRef;

use super::sent::Sent;

/// Stores the photos sent in a field and puts their names beside those kept from before, at most `most`.
///
/// Call it inside [`App::run`]: decoding a photo takes some hundred milliseconds of a processor.
///
/// # Errors
/// A failure of the store. A photo that cannot be taken is a problem of its field, not an error.
pub fn take_in(
    app: &App,
    sent: &mut Sent,
    field: &str,
    most: usize,
) -> Result<Vec<Problem>, ApiError> {
    let (files, others) = std::mem::take(&mut sent.files)
        .into_iter()
        .partition(|file| file.field == field);
    let files: Vec<super::sent::SentFile> = files;
    sent.files = others;
    let blobs = app.store.blobs();
    let mut names: Vec<String> = Vec::new();
    let mut problems = Vec::new();
    for kept in sent.all(field).into_iter().filter(|kept| !kept.is_empty()) {
        let known = match BlobRef::parse(&kept) {
            Some(name) => blobs.has(&name)?,
            None => false,
        };
        if !known && problems.is_empty() {
            problems.push(Problem::new(
                "photos.unknown",
                field,
                "有一张照片没有收到，请重新选择",
                "a photo did not arrive; choose it again",
            ));
        }
        if known && !names.contains(&kept) {
            names.push(kept);
        }
    }
    for file in files {
        match photos::take_in(field, &file.name, &file.bytes) {
            Ok(bytes) => {
                let name = blobs.put(&bytes)?.to_string();
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    if names.len() > most {
        problems.push(Problem::new(
            "photos.too_many",
            field,
            format!("最多 {most} 张照片，只保留了前 {most} 张，请核对"),
            format!("at most {most} photos; the first {most} were kept, please check"),
        ));
        names.truncate(most);
    }
    sent.replace(field, names);
    Ok(problems)
}
