//! Names of the fields of a report, for the summary of what is wrong: the headings of the page are questions.

use yuandu_base::Lang;

/// Every field of a report with its name.
#[must_use]
pub fn of_a_report(lang: Lang) -> [(&'static str, &'static str); 11] {
    [
        ("category", lang.pick("类别", "Category")),
        ("place", lang.pick("位置", "Place")),
        ("lon", lang.pick("经度", "Longitude")),
        ("lat", lang.pick("纬度", "Latitude")),
        ("address", lang.pick("地址", "Address")),
        ("grid", lang.pick("单元网格", "Unit grid")),
        ("words", lang.pick("情况", "What is wrong")),
        ("photos", lang.pick("照片", "Photos")),
        ("component", lang.pick("部件", "Component")),
        ("contact_name", lang.pick("称呼", "Name")),
        ("contact_phone", lang.pick("电话", "Phone")),
    ]
}
