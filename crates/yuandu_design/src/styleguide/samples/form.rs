//! A report form with everything wrong that can be, so that errors are seen too.

use maud::{Markup, html};
use yuandu_base::{Lang, Problem};

use crate::components::button::{self, Weight};
use crate::components::category::{self, Branch, Group, Item, Picker, Twin, picker};
use crate::components::choice::{checkbox, checkboxes, radio_cards};
use crate::components::field::{self, DateKind, Field, Opt, TextKind};
use crate::components::form::{Errors, Form, error_summary, form as frame, progress};
use crate::components::map::{Layer, MapConfig, Mode};
use crate::components::photo;
use crate::components::place::{PlacePicker, place_picker};

/// The form.
#[must_use]
pub fn form(lang: Lang) -> Markup {
    let problems = [
        Problem::new(
            "cases.words_missing",
            "words",
            "请写几句话，说清是什么问题",
            "Please say in a few words what is wrong",
        ),
        Problem::new(
            "cases.phone_short",
            "phone",
            "电话号码少一位，请写全 11 位",
            "The phone number is one digit short; please write all 11",
        ),
        Problem::new(
            "cases.place_missing",
            "place",
            "请告诉我们在什么地方",
            "Please tell us where it is",
        ),
    ];
    let errors = Errors(&problems);
    let steps = [
        lang.pick("什么问题", "What"),
        lang.pick("在哪里", "Where"),
        lang.pick("怎么联系您", "How to reach you"),
        lang.pick("核对", "Check"),
    ];
    let body = html! {
        (pickers(lang))
        (place(lang, &errors))
        (words(lang, &errors))
        (contact(lang, &errors))
        (officer_fields(lang))
        (button::row(&[
            button::submit(lang.pick("提交上报", "Send the report"), Weight::Primary),
            button::link(lang.pick("返回", "Back"), "/", Weight::Plain),
            button::submit_as(lang.pick("不予立案", "Refuse"), "outcome", "refuse", Weight::Grave),
            button::refused(lang.pick("派遣", "Dispatch"), lang.pick("这件还没有立案，立案后才能派遣。", "The case is not accepted yet; it can be dispatched after that.")),
        ]))
    };
    html! {
        h1 { (lang.pick("上报一个问题", "Report a problem")) }
        (progress(lang, &steps, 1))
        (error_summary(lang, &errors))
        (frame(lang, &Form::new("/report", "sample").key("018f-sample").files(), &body))
    }
}

fn pickers(lang: Lang) -> Markup {
    let item = |code: &str, zh: &str, en: &str, words: &str| Item {
        code: code.to_owned(),
        name: lang.pick(zh, en).to_owned(),
        words: lang.pick(words, "").to_owned(),
    };
    let often = [
        item("01002", "污水井盖", "Sewer cover", "马葫芦 下水道盖 窨井盖"),
        item("01023", "路灯", "Street light", "灯不亮 黑"),
        item("02001", "暴露垃圾", "Litter", "脏 垃圾堆"),
        item("02010", "占道经营", "Street vending", "摆摊 小摊"),
    ];
    let branches = [
        Branch {
            name: lang
                .pick("设施坏了、少了", "Something broken or missing")
                .to_owned(),
            groups: vec![
                Group {
                    name: lang.pick("市政公用设施", "Municipal utilities").to_owned(),
                    items: vec![
                        item("01001", "供水井盖", "Water cover", "自来水"),
                        item("01002", "污水井盖", "Sewer cover", "马葫芦 下水道盖"),
                        item("01004", "雨水箅子", "Storm drain grate", "下水篦子 雨篦子"),
                        item("01023", "路灯", "Street light", "灯不亮"),
                    ],
                },
                Group {
                    name: lang.pick("道路交通设施", "Roads and traffic").to_owned(),
                    items: vec![
                        item("03001", "停车场", "Car park", ""),
                        item("03009", "交通信号灯", "Traffic light", "红绿灯"),
                    ],
                },
            ],
        },
        Branch {
            name: lang
                .pick("环境、秩序的问题", "Environment or order")
                .to_owned(),
            groups: vec![Group {
                name: lang.pick("市容环境", "Cleanliness").to_owned(),
                items: vec![
                    item("11001", "私搭乱建", "Illegal building", "违建"),
                    item("11002", "暴露垃圾", "Litter", "脏"),
                ],
            }],
        },
    ];
    let twins = [Twin {
        title: lang.pick(
            "人民路与胜利街路口污水井盖破损",
            "Broken sewer cover, Renmin Road at Shengli Street",
        ),
        where_when: lang.pick(
            "往东约 40 米，昨天 16:20 上报",
            "About 40 m east, reported yesterday 16:20",
        ),
        stage: lang.pick("正在处置", "being repaired"),
        photo: None,
        join: button::submit_as(
            lang.pick("是这个，加入", "Yes, join it"),
            "join",
            "1",
            Weight::Plain,
        ),
    }];
    html! {
        (picker(lang, &Picker {
            field: Field::new("category", lang.pick("是什么问题？", "What is it?")).required().value("01023"),
            often: &often,
            branches: &branches,
        }))
        (category::twin_watch("/styleguide/twins", &category::twins(lang, &twins)))
    }
}

fn place(lang: Lang, errors: &Errors<'_>) -> Markup {
    place_picker(
        lang,
        &PlacePicker {
            label: lang.pick("在什么地方？", "Where is it?"),
            required: true,
            error: errors.of(lang, "place"),
            address: "",
            address_error: None,
            grid: "",
            grid_error: None,
            lon: "",
            lat: "",
            map: MapConfig {
                mode: Mode::Pick,
                layers: &[Layer::Divisions, Layer::Grids],
                zoom: 13.0,
                ..MapConfig::default()
            },
        },
    )
}

fn words(lang: Lang, errors: &Errors<'_>) -> Markup {
    let words = Field::new("words", lang.pick("说说情况", "Tell us about it"))
        .hint(lang.pick(
            "哪里坏了、有没有危险、什么时候看到的。",
            "What is broken, whether it is dangerous, when you saw it.",
        ))
        .required()
        .error(errors.of(lang, "words"));
    let photos = Field::new("photos", lang.pick("照片", "Photos")).hint(lang.pick(
        "最多 4 张，每张不超过 10 MB。请不要拍到别人的脸和车牌。",
        "Up to 4, 10 MB each. Please leave out faces and number plates.",
    ));
    html! {
        (field::textarea(lang, &words, 4, Some(500)))
        (photo::upload(lang, &photos))
    }
}

fn contact(lang: Lang, errors: &Errors<'_>) -> Markup {
    let phone = Field::new("phone", lang.pick("手机号码", "Mobile number"))
        .hint(lang.pick(
            "只用来告诉您结果，不公开。",
            "Used only to tell you the outcome; never published.",
        ))
        .value("1380013800")
        .error(errors.of(lang, "phone"));
    let reply = Field::new(
        "reply",
        lang.pick("怎么告诉您结果？", "How shall we tell you the outcome?"),
    )
    .required()
    .value("sms");
    let options = [
        Opt::new("sms", lang.pick("发短信", "By text message")),
        Opt::new("none", lang.pick("不用告诉我", "No need to")).hint(lang.pick(
            "您还可以凭编号查进度。",
            "You can still follow it by its number.",
        )),
    ];
    let agree = Field::new(
        "danger",
        lang.pick("有人可能受伤，比较急", "Someone may get hurt; it is urgent"),
    );
    html! {
        (field::text(lang, &phone, TextKind::Phone))
        (radio_cards(lang, &reply, &options))
        (checkbox(lang, &agree))
    }
}

fn officer_fields(lang: Lang) -> Markup {
    let units = [
        Opt::new(
            "u1",
            lang.pick("市政公用中心", "Municipal Utilities Centre"),
        ),
        Opt::new(
            "u2",
            lang.pick("奎文区环卫中心", "Kuiwen Sanitation Centre"),
        ),
    ];
    let unit = Field::new("unit", lang.pick("处置单位", "Handling unit"))
        .value("u1")
        .source(lang.pick("权责清单第 12 条", "responsibility list, item 12"));
    let until = Field::new("until", lang.pick("延期到", "Extend until"));
    let fact = Field::new("holder", lang.pick("井盖权属", "Owner of the cover"))
        .value(lang.pick("潍坊市市政公用中心", "Weifang Municipal Utilities Centre"))
        .source(lang.pick(
            "部件登记簿，2026-03-02 普查",
            "component register, survey of 2026-03-02",
        ));
    let kinds = Field::new("kinds", lang.pick("抄送", "Copy to"));
    html! {
        (field::select(lang, &unit, &units))
        (field::date(lang, &until, DateKind::Minute))
        (field::fact(lang, &fact, Some("/dispute")))
        (checkboxes(lang, &kinds, &units, &["u2"]))
        (field::file(lang, &Field::new("table", lang.pick("要导入的表", "Table to import")), ".csv"))
    }
}
