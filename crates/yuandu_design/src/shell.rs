//! The whole page around a body: head, skip link, header, navigation, footer.
//!
//! One shell for all audiences; what differs is density and navigation. It must not know who may do what: the
//! caller hands in the navigation it allows.

use maud::{DOCTYPE, Markup, html};
use yuandu_base::Lang;

use crate::assets;
use crate::components::kite;
use crate::preferences::{Preferences, Size, Theme, query_value};

/// For whom a page is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Audience {
    /// Someone who comes once a year.
    #[default]
    Resident,
    /// Someone who works here all day: dense, with keys.
    Officer,
    /// Anyone, such as open figures; looks like a resident's page.
    Public,
}

impl Audience {
    fn as_str(self) -> &'static str {
        match self {
            Self::Resident => "resident",
            Self::Officer => "officer",
            Self::Public => "public",
        }
    }
}

/// Who is signed in, as the header shows it.
#[derive(Debug, Clone, Copy)]
pub struct UserBadge<'a> {
    /// The person's name.
    pub name: &'a str,
    /// The post they act for; empty for residents.
    pub post: &'a str,
}

/// An entry of the navigation.
#[derive(Debug, Clone, Copy)]
pub struct NavItem<'a> {
    /// What it is called.
    pub label: &'a str,
    /// Where it leads.
    pub href: &'a str,
}

/// What a page is, apart from its body.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// Language, theme and size.
    pub looks: Preferences,
    /// Title of the page, without the site's name.
    pub title: &'a str,
    /// For whom.
    pub audience: Audience,
    /// Who is signed in.
    pub user: Option<UserBadge<'a>>,
    /// Path with query, to which the switches lead back.
    pub path: &'a str,
    /// CSRF token for the sign-out form.
    pub csrf: &'a str,
    /// Navigation; empty takes the usual one of the audience.
    pub nav: &'a [NavItem<'a>],
    /// The usual navigation of officers leads to administration too.
    pub administration: bool,
    /// The usual navigation of officers leads to the telephone desk too.
    pub calls: bool,
    /// The usual navigation of officers leads to the report of own finds too.
    pub finds: bool,
    /// The usual navigation of officers leads to the figures too.
    pub figures: bool,
    /// The page carries a map.
    pub map: bool,
    /// A message that the last action left behind, shown once on top.
    pub flash: Option<&'a str>,
}

impl<'a> Page<'a> {
    /// A page with the usual navigation and no map.
    #[must_use]
    pub const fn new(
        looks: Preferences,
        audience: Audience,
        title: &'a str,
        path: &'a str,
    ) -> Self {
        Self {
            looks,
            title,
            audience,
            user: None,
            path,
            csrf: "",
            nav: &[],
            administration: false,
            calls: false,
            finds: false,
            figures: true,
            map: false,
            flash: None,
        }
    }

    /// Sets who is signed in and the token of their session.
    #[must_use]
    pub const fn user(mut self, user: UserBadge<'a>, csrf: &'a str) -> Self {
        self.user = Some(user);
        self.csrf = csrf;
        self
    }

    /// Leads to the telephone desk too.
    #[must_use]
    pub const fn calls(mut self, offered: bool) -> Self {
        self.calls = offered;
        self
    }

    /// Leads to the report of own finds too.
    #[must_use]
    pub const fn finds(mut self, offered: bool) -> Self {
        self.finds = offered;
        self
    }

    /// Whether it leads to the figures too.
    #[must_use]
    pub const fn figures(mut self, offered: bool) -> Self {
        self.figures = offered;
        self
    }

    /// Leads to administration too.
    #[must_use]
    pub const fn administration(mut self, offered: bool) -> Self {
        self.administration = offered;
        self
    }

    /// Loads the map island.
    #[must_use]
    pub const fn map(mut self) -> Self {
        self.map = true;
        self
    }

    /// Sets the navigation.
    #[must_use]
    pub const fn nav(mut self, nav: &'a [NavItem<'a>]) -> Self {
        self.nav = nav;
        self
    }

    /// Shows a message once on top.
    #[must_use]
    pub const fn flash(mut self, flash: Option<&'a str>) -> Self {
        self.flash = flash;
        self
    }

    /// The language of the page.
    #[must_use]
    pub const fn lang(&self) -> Lang {
        self.looks.lang
    }
}

/// The whole document.
#[must_use]
pub fn render(page: &Page<'_>, body: &Markup) -> Markup {
    let lang = page.lang();
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) data-audience=(page.audience.as_str())
            data-theme=(page.looks.theme.as_str()) data-size=(page.looks.size.as_str()) {
            (head(page))
            body {
                a class="skip" href="#main" { (lang.pick("跳到正文", "Skip to the content")) }
                (top(page))
                main id="main" tabindex="-1" {
                    @if let Some(flash) = page.flash { div class="flash" role="status" { (flash) } }
                    (body)
                }
                (foot(page))
                @if page.audience == Audience::Officer { (keys(lang)) }
            }
        }
    }
}

fn head(page: &Page<'_>) -> Markup {
    let lang = page.lang();
    let scheme = match page.looks.theme {
        Theme::Auto => "light dark",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    html! {
        head {
            meta charset="utf-8";
            title { (page.title) " - " (lang.pick("鸢都", "Yuandu")) }
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content=(scheme);
            meta name="htmx-config" content=r#"{"includeIndicatorCSS":false,"noSwap":[204,304,"4xx","5xx"]}"#;
            link rel="icon" href=(assets::url("icon.svg")) type="image/svg+xml";
            link rel="stylesheet" href=(assets::url("app.css"));
            @if page.map { link rel="stylesheet" href=(assets::url("map.css")); }
            script src=(assets::url("app.js")) defer {}
            @if page.audience == Audience::Officer { script src=(assets::url("offline.js")) defer {} }
            @if page.map { script type="module" src=(assets::url("map.js")) {} }
        }
    }
}

fn top(page: &Page<'_>) -> Markup {
    let lang = page.lang();
    let usual = usual_nav(page, lang);
    let nav = if page.nav.is_empty() {
        usual.as_slice()
    } else {
        page.nav
    };
    let home = if page.audience == Audience::Officer {
        "/work"
    } else {
        "/"
    };
    html! {
        header class="top" {
            div class="top-row" {
                a class="brand" href=(home) {
                    (kite::mark())
                    span { (lang.pick("鸢都", "Yuandu")) }
                    span class="brand-what" { (match page.audience {
                        Audience::Officer => lang.pick("工作台", "Workbench"),
                        Audience::Resident | Audience::Public => lang.pick("潍坊城市服务", "Weifang city services"),
                    }) }
                }
                nav class="main-nav" aria-label=(lang.pick("主导航", "Main")) {
                    ul { @for item in nav {
                        li { a href=(item.href) aria-current=[here(page.path, item.href, nav).then_some("page")] { (item.label) } }
                    } }
                }
                (who(page))
            }
        }
    }
}

fn who(page: &Page<'_>) -> Markup {
    let lang = page.lang();
    html! {
        div class="who" {
            @if let Some(user) = page.user {
                a class="user" href="/work/me" { span class="user-name" { (user.name) } @if !user.post.is_empty() { " " span class="user-post" { (user.post) } } }
                form method="post" action="/signout" {
                    input type="hidden" name="_csrf" value=(page.csrf);
                    button type="submit" class="plain" { (lang.pick("退出", "Sign out")) }
                }
            } @else if page.audience == Audience::Officer {
                a href="/signin" { (lang.pick("登录", "Sign in")) }
            }
            (language(page))
        }
    }
}

/// The other language's name stands in that language, so that who needs it can read it.
fn language(page: &Page<'_>) -> Markup {
    let (to, tag, name) = match page.lang() {
        Lang::Zh => ("en", "en", "English"),
        Lang::En => ("zh", "zh-CN", "中文"),
    };
    html! {
        a class="language" href={ "/lang?to=" (to) "&back=" (query_value(page.path)) } hreflang=(tag) lang=(tag) rel="nofollow" { (name) }
    }
}

fn foot(page: &Page<'_>) -> Markup {
    let lang = page.lang();
    html! {
        footer class="foot" {
            (switches(page))
            p {
                (lang.pick(
                    "这里的每一次变更都记入只增不改的日志，任何人都可以核对。",
                    "Every change made here is an entry in an append-only log that anyone can check.",
                ))
                " " a href="/about#log" { (lang.pick("怎么核对", "How to check")) }
            }
            p {
                @if page.audience == Audience::Officer {
                    a href="/work/offline" { (lang.pick("离线使用", "Working offline")) } " "
                    a href="/" { (lang.pick("居民首页", "Residents' pages")) }
                }
                @else {
                    a href="/help" { (lang.pick("帮助", "Help")) } " "
                    a href="/about" { (lang.pick("关于", "About")) } " "
                    a href="/work" { (lang.pick("工作人员入口", "For officers")) }
                }
            }
        }
    }
}

/// Theme and size as buttons of one form: they work without scripts, and the server renders the choice.
fn switches(page: &Page<'_>) -> Markup {
    let lang = page.lang();
    let themes = [
        (Theme::Auto, lang.pick("跟随系统", "As the system")),
        (Theme::Light, lang.pick("浅色", "Light")),
        (Theme::Dark, lang.pick("深色", "Dark")),
    ];
    let sizes = [
        (Size::Normal, lang.pick("标准字", "Normal type")),
        (Size::Large, lang.pick("大字", "Large type")),
    ];
    html! {
        form class="switches" method="post" action="/preferences" data-switches {
            input type="hidden" name="back" value=(page.path);
            div role="group" aria-label=(lang.pick("字号", "Size of type")) {
                @for (size, label) in sizes {
                    button type="submit" class="plain" name="size" value=(size.as_str()) aria-pressed=(page.looks.size == size) { (label) }
                }
            }
            div role="group" aria-label=(lang.pick("颜色", "Colours")) {
                @for (theme, label) in themes {
                    button type="submit" class="plain" name="theme" value=(theme.as_str()) aria-pressed=(page.looks.theme == theme) { (label) }
                }
            }
        }
    }
}

fn keys(lang: Lang) -> Markup {
    let rows = [
        ("j", lang.pick("下一件", "next row")),
        ("k", lang.pick("上一件", "row before")),
        ("Enter", lang.pick("打开这一件", "open the row")),
        ("x", lang.pick("选中这一件", "select the row")),
        (
            "a",
            lang.pick("到这一件的办理按钮", "go to the actions of the open matter"),
        ),
        ("/", lang.pick("搜索", "search")),
        ("g i", lang.pick("回收件箱", "go to the inbox")),
        ("g m", lang.pick("看地图", "go to the map")),
        ("Esc", lang.pick("离开输入框", "leave the field")),
        ("?", lang.pick("显示这张表", "show this table")),
    ];
    html! {
        dialog id="keys" class="keys" aria-labelledby="keys-title" {
            h2 id="keys-title" { (lang.pick("按键", "Keys")) }
            dl { @for (key, words) in rows { div { dt { kbd { (key) } } dd { (words) } } } }
            form method="dialog" { button class="button" { (lang.pick("关闭", "Close")) } }
        }
    }
}

fn usual_nav(page: &Page<'_>, lang: Lang) -> Vec<NavItem<'static>> {
    let item = |zh: &'static str, en: &'static str, href: &'static str| NavItem {
        label: lang.pick(zh, en),
        href,
    };
    let administration = page
        .administration
        .then(|| item("管理", "Administration", "/admin"));
    let calls = page.calls.then(|| item("来电", "Calls", "/work/hotline"));
    let finds = page
        .finds
        .then(|| item("现场上报", "Report", "/work/report"));
    let figures = page
        .figures
        .then(|| item("指标", "Figures", "/work/figures"));
    match page.audience {
        Audience::Resident | Audience::Public => vec![
            item("首页", "Home", "/"),
            item("上报问题", "Report", "/report"),
            item("查进度", "Track", "/track"),
            item("附近", "Near me", "/near"),
        ],
        Audience::Officer => vec![
            item("收件箱", "Inbox", "/work"),
            item("案卷", "Cases", "/work/cases"),
        ]
        .into_iter()
        .chain(finds)
        .chain([
            item("地图", "Map", "/work/map"),
            item("登记簿", "Registers", "/work/registers"),
        ])
        .chain(figures)
        .chain(calls)
        .chain(administration)
        .collect(),
    }
}

/// Marks the entry whose address is the longest beginning of the path.
fn here(path: &str, href: &str, nav: &[NavItem<'_>]) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let begins = |href: &str| {
        path == href
            || (href != "/"
                && path
                    .strip_prefix(href)
                    .is_some_and(|rest| rest.starts_with('/')))
    };
    begins(href)
        && !nav
            .iter()
            .any(|other| other.href.len() > href.len() && begins(other.href))
}

#[cfg(test)]
mod tests {
    use super::{Audience, NavItem, Page, here, render};
    use crate::preferences::Preferences;
    use maud::html;
    use yuandu_base::Lang;

    #[test]
    fn only_the_nearest_entry_is_marked() {
        let nav = [
            NavItem {
                label: "收件箱",
                href: "/work",
            },
            NavItem {
                label: "地图",
                href: "/work/map",
            },
        ];
        assert!(here("/work/map?z=3", "/work/map", &nav));
        assert!(!here("/work/map?z=3", "/work", &nav));
        assert!(here("/work/cases/7", "/work", &nav));
        assert!(!here("/report", "/", &nav));
    }

    #[test]
    fn a_page_carries_no_inline_style_or_script() {
        let looks = Preferences {
            lang: Lang::En,
            ..Preferences::default()
        };
        let out = render(
            &Page::new(looks, Audience::Officer, "Inbox", "/work").map(),
            &html! { p { "x" } },
        )
        .into_string();
        assert!(
            !out.contains("style=") && !out.contains("onclick") && !out.contains("<script>"),
            "{out}"
        );
        assert!(
            out.starts_with("<!DOCTYPE html><html lang=\"en\" data-audience=\"officer\""),
            "{out}"
        );
    }
}
