//! The catalogue as DCAT 3, by the profile DCAT-AP 3.0.1.
//!
//! Only resources that society may have are described: what is withheld is not offered to harvesters.

use yuandu_base::LocalText;

use crate::graph::{Node, Object};
use crate::{Entry, Graph, Provider, Terms};

/// Vocabularies of the Publications Office of the EU, which the profile asks for.
const AUTHORITY: &str = "http://publications.europa.eu/resource/authority";
/// Media types as IANA names them.
const MEDIA: &str = "https://www.iana.org/assignments/media-types";

/// What is said of the catalogue itself.
#[derive(Debug, Clone)]
pub struct Head<'h> {
    /// Where the city's pages are, without a slash at the end.
    pub base: &'h str,
    /// The city.
    pub city: &'h LocalText,
    /// Who publishes it.
    pub publisher: &'h Provider,
}

/// The graph of the entries that may be opened.
#[must_use]
pub fn graph<'e>(head: &Head<'_>, entries: impl IntoIterator<Item = &'e Entry>) -> Graph {
    let open: Vec<&Entry> = entries
        .into_iter()
        .filter(|entry| entry.openness.terms != Terms::Withheld)
        .collect();
    let mut nodes = vec![
        catalogue(head, &open),
        service(head, &open),
        agent(head, head.publisher),
        document(format!("{}/catalog", head.base)),
    ];
    let mut agents = vec![head.publisher.id.clone()];
    for entry in open {
        nodes.push(dataset(head, entry));
        nodes.push(document(page(head, entry)));
        nodes.extend(distributions(head, entry));
        if !agents.contains(&entry.provider.id) {
            agents.push(entry.provider.id.clone());
            nodes.push(agent(head, &entry.provider));
        }
    }
    nodes.push(language_concept("ZHO", "中文", "Chinese"));
    nodes.push(language_concept("ENG", "英文", "English"));
    nodes.extend(concepts());
    Graph { nodes }
}

fn catalogue(head: &Head<'_>, open: &[&Entry]) -> Node {
    let title = LocalText::new(
        format!("{}政务信息资源目录", head.city.zh),
        format!("Catalogue of data resources of {}", head.city.en),
    );
    let about = LocalText::new(
        "由登记簿声明生成的政务信息资源目录中可以开放的部分",
        "The part of the catalogue of registers that may be open; made from their declarations",
    );
    let mut node = Node::named(format!("{}/catalog#catalogue", head.base), "dcat:Catalog")
        .both("dct:title", &title)
        .both("dct:description", &about)
        .with(
            "dct:publisher",
            Object::Iri(agent_iri(head, &head.publisher.id)),
        )
        .with(
            "dct:language",
            Object::Iri(format!("{AUTHORITY}/language/ZHO")),
        )
        .with(
            "dct:language",
            Object::Iri(format!("{AUTHORITY}/language/ENG")),
        )
        .with(
            "foaf:homepage",
            Object::Iri(format!("{}/catalog", head.base)),
        )
        .with("dcat:service", Object::Iri(format!("{}/api/v1", head.base)));
    for entry in open {
        node = node.with("dcat:dataset", Object::Iri(dataset_iri(head, entry)));
    }
    node
}

fn service(head: &Head<'_>, open: &[&Entry]) -> Node {
    let title = LocalText::new("登记簿接口", "API of registers");
    let mut node = Node::named(format!("{}/api/v1", head.base), "dcat:DataService")
        .both("dct:title", &title)
        .with(
            "dcat:endpointURL",
            Object::Iri(format!("{}/api/v1/registers", head.base)),
        )
        .with(
            "dcat:endpointDescription",
            Object::Iri(format!("{}/api/openapi.json", head.base)),
        );
    for entry in open {
        node = node.with("dcat:servesDataset", Object::Iri(dataset_iri(head, entry)));
    }
    node
}

fn agent(head: &Head<'_>, provider: &Provider) -> Node {
    let node =
        Node::named(agent_iri(head, &provider.id), "foaf:Agent").both("foaf:name", &provider.name);
    match &provider.credit_code {
        Some(code) => node.with("dct:identifier", Object::Plain(code.clone())),
        None => node,
    }
}

fn dataset(head: &Head<'_>, entry: &Entry) -> Node {
    let rights = match entry.openness.terms {
        Terms::Unconditional => "PUBLIC",
        Terms::Conditional | Terms::Withheld => "RESTRICTED",
    };
    let contact = Node::blank("vcard:Kind")
        .both("vcard:fn", &entry.provider.name)
        .with(
            "vcard:hasURL",
            Object::Iri(format!("{}/catalog", head.base)),
        );
    let mut node = Node::named(dataset_iri(head, entry), "dcat:Dataset")
        .both("dct:title", &entry.name)
        .both("dct:description", &entry.summary)
        .with("dct:identifier", Object::Plain(entry.code.clone()))
        .with(
            "dct:publisher",
            Object::Iri(agent_iri(head, &entry.provider.id)),
        )
        .with("dcat:contactPoint", Object::Blank(Box::new(contact)))
        .with(
            "dct:accessRights",
            Object::Iri(format!("{AUTHORITY}/access-right/{rights}")),
        )
        .with(
            "dct:accrualPeriodicity",
            Object::Iri(format!(
                "{AUTHORITY}/frequency/{}",
                frequency(entry.update_cycle)
            )),
        )
        .with(
            "dct:language",
            Object::Iri(format!("{AUTHORITY}/language/ZHO")),
        )
        .with(
            "dcat:theme",
            Object::Iri(format!("{AUTHORITY}/data-theme/GOVE")),
        )
        .with("dcat:landingPage", Object::Iri(page(head, entry)));
    for word in &entry.keywords {
        node = node.both("dcat:keyword", word);
    }
    if let Some(day) = entry.published_on {
        node = node.with("dct:issued", Object::Typed(day.to_string(), "xsd:date"));
    }
    for kind in ["csv", "xlsx", "json"] {
        node = node.with(
            "dcat:distribution",
            Object::Iri(distribution_iri(head, entry, kind)),
        );
    }
    node
}

fn distributions(head: &Head<'_>, entry: &Entry) -> Vec<Node> {
    let register = format!("{}/api/v1/registers/{}", head.base, entry.register);
    [
        ("csv", "CSV", "text/csv", format!("{register}/export.csv")),
        (
            "xlsx",
            "XLSX",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            format!("{register}/export.xlsx"),
        ),
        (
            "json",
            "JSON",
            "application/json",
            format!("{register}/records"),
        ),
    ]
    .into_iter()
    .map(|(kind, file_type, media, url)| {
        let title = LocalText::new(
            format!("{}（{file_type}）", entry.name.zh),
            format!("{} ({file_type})", entry.name.en),
        );
        let mut node = Node::named(distribution_iri(head, entry, kind), "dcat:Distribution")
            .both("dct:title", &title)
            .with("dcat:accessURL", Object::Iri(url.clone()))
            .with(
                "dct:format",
                Object::Iri(format!("{AUTHORITY}/file-type/{file_type}")),
            )
            .with("dcat:mediaType", Object::Iri(format!("{MEDIA}/{media}")))
            .with(
                "dcatap:availability",
                Object::Iri(format!("{AUTHORITY}/planned-availability/STABLE")),
            );
        if kind != "json" {
            node = node.with("dcat:downloadURL", Object::Iri(url));
        }
        node.with(
            "dcat:accessService",
            Object::Iri(format!("{}/api/v1", head.base)),
        )
    })
    .collect()
}

/// The concepts the graph points at, so that a reader without the vocabularies knows what they are.
fn concepts() -> Vec<Node> {
    let concept = |path: &str, zh: &str, en: &str| {
        let scheme = path.split('/').next().unwrap_or_default();
        Node::named(format!("{AUTHORITY}/{path}"), "skos:Concept")
            .both("skos:prefLabel", &LocalText::new(zh, en))
            .with(
                "skos:inScheme",
                Object::Iri(format!("{AUTHORITY}/{scheme}")),
            )
    };
    let also = |mut node: Node, kind: &'static str| {
        node.types.push(kind);
        node
    };
    let mut nodes = vec![
        also(
            concept("access-right/PUBLIC", "公开", "Public"),
            "dct:RightsStatement",
        ),
        also(
            concept("access-right/RESTRICTED", "有条件", "Restricted"),
            "dct:RightsStatement",
        ),
        concept(
            "data-theme/GOVE",
            "政府与公共部门",
            "Government and public sector",
        ),
        concept("planned-availability/STABLE", "长期", "Stable"),
    ];
    for (name, zh, en) in FREQUENCIES {
        nodes.push(also(
            concept(&format!("frequency/{name}"), zh, en),
            "dct:Frequency",
        ));
    }
    for name in ["CSV", "XLSX", "JSON"] {
        nodes.push(also(
            concept(&format!("file-type/{name}"), name, name),
            "dct:MediaTypeOrExtent",
        ));
    }
    for media in [
        "text/csv",
        "application/json",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ] {
        nodes.push(Node::named(format!("{MEDIA}/{media}"), "dct:MediaType"));
    }
    nodes
}

fn language_concept(code: &str, zh: &str, en: &str) -> Node {
    let mut node = Node::named(
        format!("{AUTHORITY}/language/{code}"),
        "dct:LinguisticSystem",
    )
    .both("skos:prefLabel", &LocalText::new(zh, en))
    .with(
        "skos:inScheme",
        Object::Iri(format!("{AUTHORITY}/language")),
    );
    node.types.push("skos:Concept");
    node
}

/// Update cycles of the standard (1 irregular to 9 other) as the EU's vocabulary has them.
const FREQUENCIES: [(&str, &str, &str); 9] = [
    ("IRREG", "不定时", "Irregular"),
    ("UPDATE_CONT", "实时", "Continuous"),
    ("DAILY", "每日", "Daily"),
    ("WEEKLY", "每周", "Weekly"),
    ("MONTHLY", "每月", "Monthly"),
    ("QUARTERLY", "每季度", "Quarterly"),
    ("ANNUAL_2", "每半年", "Twice a year"),
    ("ANNUAL", "每年", "Annual"),
    ("OTHER", "其他", "Other"),
];

fn frequency(cycle: u8) -> &'static str {
    let place = usize::from(cycle.saturating_sub(1));
    FREQUENCIES.get(place).map_or("OTHER", |(name, _, _)| name)
}

/// The page of an entry, which is not the dataset that it is about.
fn page(head: &Head<'_>, entry: &Entry) -> String {
    format!("{}/catalog/{}", head.base, entry.register)
}

fn document(iri: String) -> Node {
    Node::named(iri, "foaf:Document")
}

fn dataset_iri(head: &Head<'_>, entry: &Entry) -> String {
    format!("{}#dataset", page(head, entry))
}

fn distribution_iri(head: &Head<'_>, entry: &Entry, kind: &str) -> String {
    format!("{}#{kind}", page(head, entry))
}

fn agent_iri(head: &Head<'_>, org: &str) -> String {
    format!("{}/organisations/{org}", head.base)
}
