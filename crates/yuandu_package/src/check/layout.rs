//! Which files a package may hold. A folder with a misspelt name would otherwise be passed over in silence.

use std::collections::BTreeSet;

use yuandu_schema::reading::closest;

use crate::manifest::MANIFEST;
use crate::problems::Problems;

/// Folders and the ending of their files.
const FOLDERS: [(&str, &str); 9] = [
    ("codes", ".csv"),
    ("registers", ".toml"),
    ("processes", ".bpmn"),
    ("decisions", ".dmn"),
    ("policies", ".cedar"),
    ("forms", ".toml"),
    ("indicators", ".toml"),
    ("layers", ".toml"),
    ("scenarios", ".md"),
];

const README: &str = "README.md";
const LANGUAGES: [&str; 2] = ["zh", "en"];

/// Whether a file is one a package may hold.
pub(crate) fn belongs(path: &str) -> bool {
    match path.split('/').collect::<Vec<_>>().as_slice() {
        [file] => *file == MANIFEST || *file == README,
        ["content", lang, file] => LANGUAGES.contains(lang) && file.ends_with(".md"),
        [folder, file] => FOLDERS
            .iter()
            .any(|(known, ending)| known == folder && file.ends_with(ending)),
        _ => false,
    }
}

/// Whether a folder of this name says that what it stands in is a package. A folder `content` may be anything's.
pub(crate) fn is_of_a_package(folder: &str) -> bool {
    FOLDERS.iter().any(|(known, _)| *known == folder)
}

/// Tells files and folders that do not belong, and a README that is not there. Gives the folders that misspelt ones
/// were probably meant to be (`forms/`), so that what they hold is not missed a second time.
pub(crate) fn layout(paths: &[String], problems: &mut Problems) -> BTreeSet<String> {
    let mut told = BTreeSet::new();
    let mut meant = BTreeSet::new();
    for path in paths.iter().filter(|path| !belongs(path)) {
        let folder = path.split_once('/').map(|(folder, _)| folder);
        match folder {
            Some(folder) if !known(folder) => {
                if told.insert(folder) {
                    meant.extend(unknown_folder(folder, problems));
                }
            }
            _ => unknown_file(path, problems),
        }
    }
    if !paths.iter().any(|path| path == README) {
        problems.add(
            README,
            0,
            "package.readme_missing",
            "缺少 README.md：请写明给谁用、依据什么",
            "README.md is missing: say whom the package is for and on what ground",
        );
    }
    meant
}

fn known(folder: &str) -> bool {
    folder == "content" || FOLDERS.iter().any(|(known, _)| *known == folder)
}

fn unknown_folder(folder: &str, problems: &mut Problems) -> Option<String> {
    let names: Vec<String> = FOLDERS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .chain(["content".to_owned()])
        .collect();
    let meant = closest(folder, &names).map(str::to_owned);
    let (zh, en) = match &meant {
        Some(name) => (
            format!("，是否想写 `{name}`？"),
            format!("; did you mean `{name}`?"),
        ),
        None => {
            let list = names.join(", ");
            (format!("，可用：{list}"), format!("; there are: {list}"))
        }
    };
    problems.add(
        &format!("{folder}/"),
        0,
        "package.folder_unknown",
        format!("不认识的文件夹 `{folder}`{zh}"),
        format!("unknown folder `{folder}`{en}"),
    );
    meant.map(|name| format!("{name}/"))
}

fn unknown_file(path: &str, problems: &mut Problems) {
    let folder = path.split('/').next().unwrap_or_default();
    let ending = FOLDERS
        .iter()
        .find(|(name, _)| *name == folder)
        .map(|(_, ending)| *ending);
    let (zh, en) = match (ending, folder) {
        (Some(ending), _) => (
            format!("`{folder}` 中只放 *{ending} 文件"),
            format!("`{folder}` holds files *{ending} only"),
        ),
        (None, "content") => (
            "页面放在 content/zh/*.md 与 content/en/*.md".to_owned(),
            "pages stand in content/zh/*.md and content/en/*.md".to_owned(),
        ),
        _ => (
            "包的顶层只放 package.toml 与 README.md".to_owned(),
            "the top of a package holds package.toml and README.md only".to_owned(),
        ),
    };
    problems.add(
        path,
        0,
        "package.file_unknown",
        format!("不认识的文件：{zh}"),
        format!("unknown file: {en}"),
    );
}
