//! Organisations, posts and people of the demo city, and the first administrator of a real one.

use yuandu_api::App;
use yuandu_base::LocalText;
use yuandu_demo::DEMO_PASSWORD;
use yuandu_identity::{
    CsrfToken, Holding, NewPassword, OpCtx, Organisation, Password, Person, PersonRecord,
    PersonStatus, Post, Scope,
};
use yuandu_ids::{OrgId, PostId, UserId};

use super::{both, system};
use crate::city::City;

/// The accounts that the sign-in page of a city lists: those of the demo city, none of a real one.
pub fn shown_accounts(city: &City) -> anyhow::Result<Vec<(String, String, LocalText)>> {
    if city.demo {
        accounts()
    } else {
        Ok(Vec::new())
    }
}

/// The accounts a visitor of the demo city may try: login, password, what the person does.
pub fn accounts() -> anyhow::Result<Vec<(String, String, LocalText)>> {
    let built = yuandu_demo::City::build()?;
    let featured = built.staff.iter().filter(|(_, person)| person.featured);
    Ok(featured
        .map(|(post, person)| {
            let org = built
                .organisations
                .iter()
                .find(|org| org.id == post.organisation);
            let zh = format!("{} · {}", post.title_zh, org.map_or("", |org| &org.name_zh));
            let en = format!("{}, {}", post.title_en, org.map_or("", |org| &org.name_en));
            (
                person.login.clone(),
                DEMO_PASSWORD.to_owned(),
                LocalText::new(zh, en),
            )
        })
        .collect())
}

/// Writes everyone; all demo people share one password, hashed once.
pub(super) fn write(app: &App, ctx: &OpCtx, built: &yuandu_demo::City) -> anyhow::Result<usize> {
    let organisations = built
        .organisations
        .iter()
        .map(organisation)
        .collect::<anyhow::Result<Vec<_>>>()?;
    app.identity.import_organisations(ctx, &organisations)?;
    let posts = built
        .staff
        .iter()
        .map(|(post, _)| self::post(post))
        .collect::<anyhow::Result<Vec<_>>>()?;
    app.identity.import_posts(ctx, &posts)?;
    let hash = app
        .identity
        .hasher()
        .hash(&Password::parse(DEMO_PASSWORD)?)?;
    let (mut people, mut holdings) = (Vec::new(), Vec::new());
    for (number, (post, person)) in (0_u16..).zip(&built.staff) {
        let [high, low] = number.to_be_bytes();
        let id = UserId::from_parts(ctx.now(), [0, 0, 0, 0, 0, 0, 0, 0, high, low]);
        let record = Person {
            id,
            login: person.login.clone(),
            name: person.name.clone(),
            phone: person.phone.clone(),
            status: PersonStatus::Active,
        };
        people.push(PersonRecord {
            person: record,
            password: NewPassword::Hashed(hash.clone()),
        });
        holdings.push(Holding {
            user: id,
            post: post.id.parse()?,
            from: ctx.now(),
            to: None,
        });
    }
    app.identity.import_people(ctx, &people)?;
    app.identity.import_holdings(ctx, &holdings)?;
    Ok(people.len())
}

fn organisation(org: &yuandu_demo::Organisation) -> anyhow::Result<Organisation> {
    Ok(Organisation {
        id: org.id.parse()?,
        name: both(&org.name_zh, &org.name_en),
        kind: org.kind.as_str().to_owned(),
        parent: org.parent.as_deref().map(str::parse).transpose()?,
        division: org.division.clone(),
        credit_code: org.credit_code.clone(),
        active: true,
    })
}

fn post(post: &yuandu_demo::Post) -> anyhow::Result<Post> {
    Ok(Post {
        id: post.id.parse()?,
        org: post.organisation.parse()?,
        title: both(&post.title_zh, &post.title_en),
        roles: post.roles.iter().map(|role| (*role).to_owned()).collect(),
        scope: Scope {
            grids: post
                .grids
                .as_ref()
                .map(|grids| grids.iter().cloned().collect()),
            ..Scope::default()
        },
    })
}

/// The data centre with one administrator; returns the password to print once.
pub fn first_administrator(app: &App, city: &City, login: &str) -> anyhow::Result<String> {
    let ctx = system(app);
    let (org, post): (OrgId, PostId) = ("data-centre".parse()?, "administrator".parse()?);
    let organisation = Organisation {
        id: org,
        name: both(
            &format!("{}大数据中心", city.name.zh),
            &format!("Data centre of {}", city.name.en),
        ),
        kind: "department".to_owned(),
        parent: None,
        division: city.realm.to_string(),
        credit_code: String::new(),
        active: true,
    };
    app.identity.import_organisations(&ctx, &[organisation])?;
    let roles = ["kernel.admin", "kernel.registrar"]
        .map(str::to_owned)
        .into();
    let title = both("系统管理员", "System administrator");
    app.identity.import_posts(
        &ctx,
        &[Post {
            id: post,
            org,
            title,
            roles,
            scope: Scope::default(),
        }],
    )?;
    // 256 random bits, shortened to what a person can type once.
    let password: String = CsrfToken::random()
        .reveal()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(20)
        .collect();
    let id = UserId::generate(ctx.now());
    let person = Person {
        id,
        login: login.to_owned(),
        name: login.to_owned(),
        phone: String::new(),
        status: PersonStatus::Active,
    };
    app.identity.import_people(
        &ctx,
        &[PersonRecord {
            person,
            password: NewPassword::Set(Password::parse(&password)?),
        }],
    )?;
    app.identity.import_holdings(
        &ctx,
        &[Holding {
            user: id,
            post,
            from: ctx.now(),
            to: None,
        }],
    )?;
    Ok(password)
}
