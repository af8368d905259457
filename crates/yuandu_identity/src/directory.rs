//! The directory: organisations, posts and people of a realm in memory, for pages and selections.
//!
//! It is a picture of one moment, shared by all readers, so that no page looks names up row by row. It is renewed when
//! the rows it was made from change ([`crate::Identity::directory`]).

use std::collections::BTreeMap;
use std::ops::Bound;

use jiff::Timestamp;
use yuandu_base::{Lang, LocalText};
use yuandu_ids::{OrgId, PostId, UserId};

use crate::gate::PrincipalCell;
use crate::model::{Holding, Officer, Organisation, Person, Post, Provisioned};

/// Organisations, posts, people and holdings of one moment.
#[derive(Debug, Default)]
pub struct Directory {
    orgs: BTreeMap<OrgId, Organisation>,
    posts: BTreeMap<PostId, Post>,
    people: BTreeMap<UserId, Person>,
    /// In the order they were given; the two indexes below point into it, because a city has 200,000 people.
    holdings: Vec<Holding>,
    held_by: BTreeMap<UserId, Vec<usize>>,
    holders_of: BTreeMap<PostId, Vec<usize>>,
    children: BTreeMap<Option<OrgId>, Vec<OrgId>>,
    by_login: BTreeMap<String, UserId>,
    provisioned: BTreeMap<UserId, Provisioned>,
}

impl Directory {
    pub(crate) fn new(
        orgs: Vec<Organisation>,
        posts: Vec<Post>,
        people: Vec<Person>,
        holdings: Vec<Holding>,
        provisioned: BTreeMap<UserId, Provisioned>,
    ) -> Self {
        let mut children: BTreeMap<Option<OrgId>, Vec<OrgId>> = BTreeMap::new();
        for org in &orgs {
            children
                .entry(org.parent.to_owned())
                .or_default()
                .push(org.id.to_owned());
        }
        let (mut held_by, mut holders_of) = (BTreeMap::new(), BTreeMap::new());
        for (at, holding) in holdings.iter().enumerate() {
            let by_user: &mut Vec<usize> = held_by.entry(holding.user.to_owned()).or_default();
            by_user.push(at);
            let by_post: &mut Vec<usize> = holders_of.entry(holding.post.to_owned()).or_default();
            by_post.push(at);
        }
        Self {
            provisioned,
            held_by,
            holders_of,
            children,
            by_login: people
                .iter()
                .map(|person| (person.login.clone(), person.id.to_owned()))
                .collect(),
            orgs: orgs
                .into_iter()
                .map(|org| (org.id.to_owned(), org))
                .collect(),
            posts: posts
                .into_iter()
                .map(|post| (post.id.to_owned(), post))
                .collect(),
            people: people
                .into_iter()
                .map(|person| (person.id.to_owned(), person))
                .collect(),
            holdings,
        }
    }

    /// One organisation.
    #[must_use]
    pub fn org(&self, id: &OrgId) -> Option<&Organisation> {
        self.orgs.get(id)
    }

    /// The name of an organisation given by its stored id; the id itself if it is unknown, so that nothing shows blank.
    #[must_use]
    pub fn org_name<'a>(&'a self, id: &'a str, lang: Lang) -> &'a str {
        let org = id.parse().ok().and_then(|id: OrgId| self.orgs.get(&id));
        org.map_or(id, |org| org.name.get(lang))
    }

    /// Every organisation in order of id.
    pub fn orgs(&self) -> impl Iterator<Item = &Organisation> {
        self.orgs.values()
    }

    /// The organisations directly below one, or those at the top.
    pub fn children(&self, parent: Option<&OrgId>) -> impl Iterator<Item = &Organisation> {
        self.children
            .get(&parent.map(ToOwned::to_owned))
            .into_iter()
            .flatten()
            .filter_map(|id| self.orgs.get(id))
    }

    /// The whole tree from the top, each organisation with its depth.
    #[must_use]
    pub fn tree(&self) -> Vec<(usize, &Organisation)> {
        let mut tree = Vec::new();
        let mut open: Vec<(usize, &Organisation)> =
            self.children(None).map(|org| (0, org)).collect();
        open.reverse();
        while let Some((depth, org)) = open.pop() {
            tree.push((depth, org));
            let below: Vec<_> = self
                .children(Some(&org.id))
                .map(|child| (depth + 1, child))
                .collect();
            open.extend(below.into_iter().rev());
        }
        tree
    }

    /// One post.
    #[must_use]
    pub fn post(&self, id: &PostId) -> Option<&Post> {
        self.posts.get(id)
    }

    /// The title of a post given by its stored id, with its organisation.
    #[must_use]
    pub fn post_title(&self, id: &str) -> Option<LocalText> {
        let post = id.parse().ok().and_then(|id: PostId| self.posts.get(&id))?;
        let org = self
            .orgs
            .get(&post.org)
            .map(|org| org.name.clone())
            .unwrap_or_default();
        Some(LocalText::new(
            format!("{} {}", org.zh, post.title.zh),
            format!("{}, {}", post.title.en, org.en),
        ))
    }

    /// Every post in order of id.
    pub fn posts(&self) -> impl Iterator<Item = &Post> {
        self.posts.values()
    }

    /// One person.
    #[must_use]
    pub fn person(&self, id: &UserId) -> Option<&Person> {
        self.people.get(id)
    }

    /// The name of a person given by the stored id; the id itself if unknown.
    #[must_use]
    pub fn person_name<'a>(&'a self, id: &'a str) -> &'a str {
        let person = id.parse().ok().and_then(|id: UserId| self.people.get(&id));
        person.map_or(id, |person| &person.name)
    }

    /// The person with a login.
    #[must_use]
    pub fn person_by_login(&self, login: &str) -> Option<&Person> {
        self.by_login.get(login).and_then(|id| self.people.get(id))
    }

    /// Every person in order of id.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.people.values()
    }

    /// People in order of id, those after the one whose id is given as text.
    pub fn people_after(&self, id: &str) -> impl Iterator<Item = &Person> {
        let after: Option<UserId> = id.parse().ok();
        let begin = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.people
            .range((begin, Bound::Unbounded))
            .map(|(_, person)| person)
    }

    /// The id another system gave a person it provisioned; empty if none.
    #[must_use]
    pub fn external_id(&self, id: &UserId) -> &str {
        self.provisioned
            .get(id)
            .map_or("", |known| &known.external_id)
    }

    /// Whether a system that provisioned a person took the person away again. The account stays for the log, suspended.
    #[must_use]
    pub fn is_removed(&self, id: &UserId) -> bool {
        self.provisioned.get(id).is_some_and(|known| known.removed)
    }

    /// Every holding of a person, past and future ones too.
    pub fn holdings_of(&self, user: &UserId) -> impl Iterator<Item = &Holding> {
        self.at(self.held_by.get(user))
    }

    /// The holding by which a person holds a post at an instant.
    #[must_use]
    pub fn holding(&self, user: &UserId, post: &PostId, at: Timestamp) -> Option<&Holding> {
        self.at(self.held_by.get(user))
            .find(|holding| holding.post == *post && holding.is_held_at(at))
    }

    /// Who holds a post at an instant.
    pub fn holders(&self, post: &PostId, at: Timestamp) -> impl Iterator<Item = &Person> {
        self.at(self.holders_of.get(post))
            .filter(move |holding| holding.is_held_at(at))
            .filter_map(|holding| self.people.get(&holding.user))
    }

    /// The posts a person holds at an instant, in the order they were given.
    pub fn posts_of(&self, user: &UserId, at: Timestamp) -> impl Iterator<Item = &Post> {
        self.at(self.held_by.get(user))
            .filter(move |holding| holding.is_held_at(at))
            .filter_map(|holding| self.posts.get(&holding.post))
    }

    /// The officer a person is in a post, whether or not the person holds it now.
    #[must_use]
    pub fn officer(&self, person: &Person, post: &Post) -> Officer {
        let org = self.orgs.get(&post.org);
        Officer {
            user: person.id,
            login: person.login.clone(),
            name: person.name.clone(),
            post: post.id,
            post_title: post.title.clone(),
            org: post.org,
            org_name: org.map(|org| org.name.clone()).unwrap_or_default(),
            roles: post.roles.clone(),
            scope: post.scope.clone(),
            principal: PrincipalCell::default(),
        }
    }

    fn at<'a>(&'a self, places: Option<&'a Vec<usize>>) -> impl Iterator<Item = &'a Holding> {
        let places = places.into_iter().flatten();
        places.filter_map(|at| self.holdings.get(*at))
    }
}
