//! Files in the encodings of real offices, damaged models, and bytes of no sense.

use proptest::prelude::*;
use yuandu_suggest::{Model, SuggestError, read_asked, read_examples};

use crate::learning::model;

const CSV: &str = "text,label\n\"停水了,没人管\",供水\n公交不来,公交\n";

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

#[test]
fn utf8_with_and_without_mark_and_gb18030_read_the_same() {
    let plain = read_examples(CSV.as_bytes()).unwrap();
    let marked = read_examples(format!("\u{FEFF}{CSV}").as_bytes()).unwrap();
    let national = read_examples(&gb18030(CSV)).unwrap();
    assert_eq!(plain.len(), 2);
    assert_eq!(plain[0].text, "停水了,没人管");
    assert_eq!(plain, marked);
    assert_eq!(plain, national);
}

#[test]
fn columns_may_stand_anywhere_and_the_label_may_be_missing_or_empty() {
    let asked = read_asked("id,Label, TEXT \n1,供水,停水\n2,,没水\n3\n".as_bytes()).unwrap();
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0].label.as_deref(), Some("供水"));
    assert_eq!(
        (asked[1].label.clone(), asked[1].text.as_str()),
        (None, "没水")
    );
    assert_eq!(asked[2].text, "");
    let bare = read_asked("text\n停水\n".as_bytes()).unwrap();
    assert_eq!(bare[0].label, None);
}

#[test]
fn what_cannot_be_learned_from_is_named_with_its_line() {
    assert_eq!(
        read_examples("text,label\n停水,供水\n没有标签,\n,没有文本\n".as_bytes()).unwrap_err(),
        SuggestError::Gaps { count: 2, first: 3 }
    );
    assert_eq!(
        read_examples("words,label\na,b\n".as_bytes()).unwrap_err(),
        SuggestError::NoColumn("text")
    );
    assert_eq!(
        read_examples("text\na\n".as_bytes()).unwrap_err(),
        SuggestError::NoColumn("label")
    );
    assert_eq!(
        read_examples(b"text,label\n\xFF\xFF\xFF,x\n").unwrap_err(),
        SuggestError::Encoding
    );
    let message = SuggestError::Gaps { count: 2, first: 3 }.message();
    assert!(message.zh.contains("第 3 行"), "{}", message.zh);
}

#[test]
fn a_kept_model_answers_as_before() {
    let model = model();
    let again = Model::from_bytes(&model.to_bytes()).unwrap();
    assert_eq!(*model, again);
    assert_eq!(model.suggest("停水", 3), again.suggest("停水", 3));
}

#[test]
fn a_model_cut_short_anywhere_is_refused() {
    let bytes = model().to_bytes();
    for length in (0..bytes.len()).step_by(997).chain([bytes.len() - 1]) {
        assert!(Model::from_bytes(&bytes[..length]).is_err(), "{length}");
    }
}

proptest! {
    #[test]
    fn no_bytes_bring_the_reader_down(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_asked(&bytes);
        let _ = read_examples(&bytes);
        let mut marked = b"yuandu-suggest 1\n".to_vec();
        marked.extend(&bytes);
        prop_assert!(Model::from_bytes(&marked).is_err());
    }

    #[test]
    fn a_damaged_model_is_refused_or_still_answers(at in 17_usize..4_000, to in any::<u8>()) {
        let mut bytes = model().to_bytes();
        let at = at.min(bytes.len() - 1);
        bytes[at] = to;
        if let Ok(model) = Model::from_bytes(&bytes) {
            prop_assert!(!model.suggest("停水了", 3).is_empty());
        }
    }

    #[test]
    fn any_text_gets_an_answer(text in "\\PC*") {
        prop_assert_eq!(model().suggest(&text, 3).len(), 3);
    }
}
