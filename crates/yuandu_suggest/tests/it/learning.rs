//! What is learned from few and uneven examples, and that it is the same every time.

use std::sync::LazyLock;

use yuandu_suggest::{Asked, Example, Model, Settings, SuggestError, learn, measure};

/// Messages as people write them, by topic; made up for this test.
pub const PAST: &[(&str, &[&str])] = &[
    (
        "供水",
        &[
            "我家小区又停水了什么时候来水",
            "自来水发黄有异味不敢喝",
            "楼上水管爆裂一直在漏水没人修",
            "水压太低三楼都上不去水",
            "停水三天了没人通知",
            "水表坏了自来水公司不给换",
            "请问今晚停水到几点",
            "家里水龙头放出来的水是浑的",
        ],
    ),
    (
        "公交",
        &[
            "16路公交车等了四十分钟不来",
            "公交司机态度恶劣甩站不停",
            "建议增加通往新校区的公交线路",
            "公交车上空调不开太热了",
            "末班公交车太早下班赶不上",
            "老年公交卡在哪里办理",
            "公交站牌被撞歪了看不清",
        ],
    ),
    (
        "噪声",
        &[
            "楼下工地半夜施工噪声太大睡不着",
            "广场舞音响声音太大扰民",
            "隔壁饭店排风机噪声整夜响",
            "凌晨两点还在施工打桩扰民",
            "KTV唱歌到半夜声音太吵",
        ],
    ),
    (
        "社保",
        &[
            "社保卡丢了怎么补办",
            "单位不给交社保怎么投诉",
            "养老保险断交两年能补吗",
            "医保异地就医怎么备案",
        ],
    ),
];

pub fn examples() -> Vec<Example> {
    PAST.iter()
        .flat_map(|(label, texts)| {
            texts.iter().map(|text| Example {
                text: (*text).to_owned(),
                label: (*label).to_owned(),
            })
        })
        .collect()
}

/// Learned once for all tests.
pub fn model() -> &'static Model {
    static MODEL: LazyLock<Model> =
        LazyLock::new(|| learn(&examples(), Settings::default()).unwrap());
    &MODEL
}

fn first(model: &Model, text: &str) -> String {
    model.suggest(text, 1)[0].label.to_owned()
}

#[test]
fn new_words_about_a_known_matter_find_its_label() {
    let model = model();
    assert_eq!(
        first(model, "我们这栋楼停水一天了，自来水什么时候来？"),
        "供水"
    );
    assert_eq!(first(model, "２８路公交车司机不停站！"), "公交");
    assert_eq!(first(model, "半夜施工扰民，噪声大得睡不着"), "噪声");
    assert_eq!(first(model, "社保断交了怎么补"), "社保");
}

#[test]
fn scores_are_probabilities_in_falling_order() {
    let model = model();
    for text in [
        "停水",
        "公交",
        "",
        "English only",
        "🙂🙂",
        "完全没有见过的事情",
    ] {
        let all = model.suggest(text, 99);
        assert_eq!(all.len(), 4);
        let sum: f32 = all.iter().map(|one| one.score).sum();
        assert!((sum - 1.0).abs() < 1e-4, "{text}: {sum}");
        assert!(all.windows(2).all(|pair| pair[0].score >= pair[1].score));
        assert!(all.iter().all(|one| one.score.is_finite()));
    }
}

#[test]
fn learning_twice_gives_the_same_model_to_the_last_bit_on_any_number_of_threads() {
    let one = learn(
        &examples(),
        Settings {
            threads: std::num::NonZeroUsize::new(1),
            ..Settings::default()
        },
    )
    .unwrap();
    let four = learn(
        &examples(),
        Settings {
            threads: std::num::NonZeroUsize::new(4),
            ..Settings::default()
        },
    )
    .unwrap();
    assert_eq!(one.to_bytes(), four.to_bytes());
}

#[test]
fn a_rare_label_is_found_among_many_of_another() {
    let mut examples = examples();
    for number in 0..60 {
        examples.push(Example {
            text: format!(
                "第{number}栋停水了，{}单元没有自来水",
                "一二三四五六七八九".chars().nth(number % 9).unwrap()
            ),
            label: "供水".to_owned(),
        });
    }
    let model = learn(&examples, Settings::default()).unwrap();
    assert_eq!(first(&model, "社保卡怎么补办"), "社保");
}

#[test]
fn one_label_is_refused_with_the_remedy() {
    let only: Vec<Example> = examples()
        .into_iter()
        .filter(|one| one.label == "公交")
        .collect();
    assert_eq!(
        learn(&only, Settings::default()).unwrap_err(),
        SuggestError::TooFewLabels(1)
    );
    assert_eq!(
        learn(&[], Settings::default()).unwrap_err(),
        SuggestError::TooFewLabels(0)
    );
}

#[test]
fn measuring_counts_labelled_texts_only_and_knows_the_majority() {
    let model = model();
    let asked: Vec<Asked> = [
        ("停水了", Some("供水")),
        ("公交车不来", Some("公交")),
        ("公交车不来", Some("没有这个标签")),
        ("公交车不来", None),
    ]
    .into_iter()
    .map(|(text, label)| Asked {
        text: text.to_owned(),
        label: label.map(str::to_owned),
    })
    .collect();
    let found = model.suggest_all(asked.iter().map(|one| one.text.as_str()), 3);
    assert_eq!(found[0], model.suggest("停水了", 3));
    assert_eq!(model.majority(), "供水");
    let report = measure(&asked, &found, model.majority());
    assert_eq!((report.labelled, report.first, report.majority), (3, 2, 1));
    assert!((report.share(report.first) - 2.0 / 3.0).abs() < 1e-9);
}
