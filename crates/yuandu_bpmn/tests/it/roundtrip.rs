//! What is imported is exported again: nothing of a file gets lost, whoever made it.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use yuandu_bpmn::bpmn::{decode, difference, read_document};

fn again(text: &str) -> String {
    let document = read_document(text).unwrap_or_else(|fault| panic!("{fault:?}"));
    let export = document.write();
    let back = read_document(&export).unwrap_or_else(|fault| panic!("{fault:?}\n{export}"));
    assert_eq!(difference(&document, &back), None);
    export
}

#[test]
fn what_is_already_canonical_comes_back_byte_for_byte() {
    let text = concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<!-- before -->\n<?tool keep this?>\n",
        "<b:definitions xmlns:b=\"urn:b\" xmlns=\"urn:d\" id=\"d\" b:id=\"e\" note=\"a &amp; &quot;b&quot;&#10;c\">",
        "text &lt;&amp;&gt; <x>\n  <!-- inside --><y xmlns=\"\"/>tail</x><![CDATA[a < b && c]]><?pi x?></b:definitions>\n<!-- after -->\n"
    );
    assert_eq!(again(text), text);
}

#[test]
fn a_difference_is_named_with_its_line() {
    let read = |text: &str| read_document(text).unwrap();
    let left = read("<a>\n<b k=\"1\">text</b>\n<c/></a>");
    for (other, line, word) in [
        ("<a>\n<b k=\"2\">text</b>\n<c/></a>", 2, "attributes"),
        ("<a>\n<b k=\"1\">other</b>\n<c/></a>", 2, "content"),
        ("<a>\n<b k=\"1\">text</b>\n<d/></a>", 3, "became"),
        ("<a>\n<b k=\"1\">text</b>\n<c/><!--x--></a>", 1, "content"),
        ("<a>\n<b k=\"1\">text</b>\n<c/></a><!--x-->", 1, "outside"),
    ] {
        let found = difference(&left, &read(other)).expect(other);
        assert_eq!(found.line, line, "{other}");
        assert!(found.what.en.contains(word), "{found:?}");
    }
    let same = read("<p:a xmlns:p=\"\">x</p:a>".replace("p:", "").as_str());
    assert_eq!(difference(&same, &read("<a><![CDATA[x]]></a>")), None);
}

#[test]
fn files_in_other_encodings_are_read_or_refused_by_name() {
    let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>鸢都</a>";
    let wide: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(decode(&wide).unwrap(), text);
    assert_eq!(decode(b"\xEF\xBB\xBF<a/>").unwrap(), "<a/>");
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>";
    assert!(decode(latin).unwrap().contains('é'));
    let fault = decode(b"<?xml version=\"1.0\" encoding=\"GBK\"?><a/>").unwrap_err();
    assert!(fault.reason.contains("gbk"), "{fault:?}");
    assert_eq!(decode(b"<a>\n\xFF</a>").unwrap_err().line, 2);
}

#[test]
fn what_is_no_xml_is_refused_with_its_line() {
    for (text, line) in [
        ("", 1),
        ("<a>\n<b></a>", 2),
        ("<a/>\n<b/>", 2),
        ("<a/>\ntext", 1),
        ("<p:a/>", 1),
        ("<a>\n<!DOCTYPE a></a>", 2),
        ("<a k=\"1\" k=\"2\"/>", 1),
        ("<a>&nbsp;</a>", 1),
    ] {
        let fault = read_document(text).expect_err(text);
        assert_eq!(fault.line, line, "{text}: {fault:?}");
    }
    let deep = format!("{}{}", "<a>".repeat(200), "</a>".repeat(200));
    assert!(read_document(&deep).unwrap_err().reason.contains("nested"));
    let huge = format!("<a>{}</a>", " ".repeat(9 * 1024 * 1024));
    assert!(read_document(&huge).unwrap_err().reason.contains("larger"));
}

/// The published models: the MIWG reference set and executable ones of Flowable; not part of the repository.
#[test]
fn the_published_models_lose_nothing() {
    let folder =
        std::env::var("YUANDU_WORKFLOW_MODELS").map_or_else(|_| published(), PathBuf::from);
    let mut files = Vec::new();
    for set in ["miwg-reference", "flowable-bpmn"] {
        let entries = std::fs::read_dir(folder.join(set)).into_iter().flatten();
        files.extend(entries.filter_map(|e| Some(e.ok()?.path())));
    }
    files.retain(|f| f.extension().is_some_and(|e| e == "bpmn" || e == "xml"));
    if files.is_empty() {
        eprintln!("SKIPPED: no published models in {}", folder.display());
        return;
    }
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        again(&decode(&bytes).unwrap());
    }
    assert!(files.len() >= 166, "{} models", files.len());
}

fn published() -> PathBuf {
    let mut around = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let found = around.find_map(|at| {
        let folder = at.join("shared/data/workflow");
        folder.is_dir().then_some(folder)
    });
    found.unwrap_or_else(|| PathBuf::from("shared/data/workflow"))
}

/// Trees as XML texts, with text that needs escaping.
fn xml() -> impl Strategy<Value = String> {
    let text = "[ a-z<>&\"'鸢\n\t]{0,12}".prop_map(|t| {
        t.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;")
    });
    let leaf = (text.clone(), "[a-z]{1,4}").prop_map(|(t, n)| format!("<{n} k=\"{t}\">{t}</{n}>"));
    leaf.prop_recursive(4, 32, 4, |inner| {
        (prop::collection::vec(inner, 0..4), "[a-z]{1,4}").prop_map(|(inside, n)| {
            format!(
                "<{n} xmlns:{n}=\"urn:{n}\">{}<!--c--></{n}>",
                inside.concat()
            )
        })
    })
}

proptest! {
    #[test]
    fn any_tree_comes_back(text in xml()) {
        // `xml` is not a name one may use as a prefix.
        prop_assume!(!text.contains("xmlns:xml"));
        again(&text);
    }

    #[test]
    fn no_text_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..400usize) {
        let _ = decode(&bytes).map(|text| read_document(&text).is_ok());
        let sound = "<?xml version=\"1.0\"?><a xmlns:p=\"u\"><p:b k=\"&amp;\"><![CDATA[x]]></p:b><!-- c --></a>";
        let broken: String = sound.chars().enumerate().filter(|(at, _)| at * 7 % 400 != cut).map(|(_, c)| c).collect();
        let _ = read_document(&broken).map(|d| d.write());
    }
}
