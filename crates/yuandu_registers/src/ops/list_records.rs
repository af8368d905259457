//! Lists records: filters, words, order, pages by key, facets and an honest total.

use yuandu_base::Problem;
use yuandu_identity::{ColumnMap, Filter, OpCtx, ResourceKind};
use yuandu_schema::{Cell, FieldDef, FieldType, RegisterDef, Requirement};
use yuandu_store::{Reader, Value};

use super::reveal::{division_field, org_field};
use crate::list::{ColumnFilter, Facet, FacetValue, ListRecords, Page, Sort, Total};
use crate::queries::Where;
use crate::record::{MASK, is_restricted, stored_value};
use crate::registers::sensitivity;
use crate::table::is_live;
use crate::versions::needs_versions;
use crate::{RecordView, Registers, RegistersError, queries, record};

/// Beyond this a total is only said to be larger: counting further would cost more than it tells.
const COUNT_UP_TO: i64 = 10_000;
const FACET_VALUES: i64 = 50;
const LIMIT: usize = 50;
const MAX_LIMIT: usize = 1_000;

impl Registers {
    /// One page of records the actor may see.
    ///
    /// # Errors
    /// [`RegistersError::Invalid`] with all problems of the filters, the order and the page.
    pub fn list_records(&self, ctx: &OpCtx, list: &ListRecords) -> Result<Page, RegistersError> {
        let def = self.def(&list.register)?;
        self.require(ctx, "registers.list", def)?;
        needs_versions(def, list.as_of.as_ref())?;
        let limit = if list.limit == 0 {
            LIMIT
        } else {
            list.limit.min(MAX_LIMIT)
        };
        let (mut page, queries) = self.store.read(|reader| {
            let page = self.read_page(ctx, reader, def, list, limit)?;
            Ok::<_, RegistersError>((page, reader.count()))
        })?;
        page.queries = queries;
        self.mask_or_reveal(ctx, def, &mut page.records, list.reveal)?;
        Ok(page)
    }

    /// Which rows of a register's table the actor may see, as a condition whose parameters are numbered from `first`: for
    /// maps and other views over the table. None where the table is no register's, or one of cases, whose rows are reached
    /// through cases only.
    ///
    /// # Errors
    /// A policy that cannot be turned into a condition.
    pub fn visible(
        &self,
        ctx: &OpCtx,
        table: &str,
        first: usize,
    ) -> Result<Option<Filter>, RegistersError> {
        let Some(def) = self.defs().find(|def| !def.is_case && def.table() == table) else {
            return Ok(None);
        };
        let kind = ResourceKind::Record;
        let filter = self
            .gate
            .filter(ctx, "registers.view", kind, &columns(def), first)?;
        Ok(Some(filter))
    }

    /// One page without masks, on a snapshot.
    pub(crate) fn read_page(
        &self,
        ctx: &OpCtx,
        reader: &Reader<'_>,
        def: &RegisterDef,
        list: &ListRecords,
        limit: usize,
    ) -> Result<Page, RegistersError> {
        let realm = i64::from(ctx.realm.get());
        let filter = self.filter(ctx, def, list, None)?;
        let order = Order::of(def, list.sort.as_ref())?;
        let mut windowed = filter.clone();
        if let Some(after) = &list.after {
            order.after(&mut windowed, after)?;
        }
        let mut rows = queries::page(reader, windowed, &order.sql(), limit + 1)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let mut records = rows
            .iter()
            .map(|row| record::from_row(def, row))
            .collect::<Result<Vec<_>, _>>()?;
        let next = if more {
            rows.last().map(|row| order.cursor(row))
        } else {
            None
        };
        self.fill_live(reader, def, (realm, list.as_of.as_ref()), &mut records)?;
        let total = if list.count {
            Some(total(reader, filter)?)
        } else {
            None
        };
        let facets = if list.facets {
            self.facets(ctx, reader, def, list)?
        } else {
            Vec::new()
        };
        Ok(Page {
            records,
            next,
            total,
            facets,
            queries: 0,
        })
    }

    /// The condition of a list; `without` leaves out the filter of one field, for its own facet.
    fn filter(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        list: &ListRecords,
        without: Option<&str>,
    ) -> Result<Where, RegistersError> {
        let mut filter = Where::of(def, i64::from(ctx.realm.get()), list.as_of.as_ref());
        let allowed = self.gate.filter(
            ctx,
            "registers.view",
            ResourceKind::Record,
            &columns(def),
            filter.next_param(),
        )?;
        filter.params.extend(allowed.params);
        filter.and(&allowed.sql);
        let mut problems = Vec::new();
        for (name, condition) in list
            .filters
            .iter()
            .filter(|(name, _)| without != Some(name))
        {
            if let Err(problem) = narrow(&mut filter, def, name, condition) {
                problems.push(problem);
            }
        }
        self.search(&mut filter, def, &list.words);
        if problems.is_empty() {
            Ok(filter)
        } else {
            Err(RegistersError::Invalid { problems })
        }
    }

    /// Every word must stand in one of the searched fields; facts of another register are searched there.
    fn search(&self, filter: &mut Where, def: &RegisterDef, words: &str) {
        let searched =
            |field: &&FieldDef| def.search.contains(&field.name) && !is_restricted(def, field);
        let own: Vec<String> = def
            .fields
            .iter()
            .filter(|field| !is_live(field))
            .filter(searched)
            .map(|field| field.name.clone())
            .collect();
        let links = self.links(def, &def.fields);
        let live: Vec<_> = links
            .iter()
            .filter(|link| searched(&link.field))
            .filter(|link| {
                def.field(link.reference)
                    .is_some_and(|field| !is_live(field))
            })
            .filter(|link| {
                let source = link.target.field(link.target_field);
                source.is_some_and(|field| !is_live(field) && !is_restricted(link.target, field))
            })
            .collect();
        if own.is_empty() && live.is_empty() {
            return;
        }
        for word in words.split_whitespace().take(8) {
            let pattern = filter.bind(format!("%{}%", escaped(&word.to_lowercase())).into());
            let like = |column: &str| format!("lower({column}) LIKE {pattern} ESCAPE '\\'");
            let mut any: Vec<String> = own.iter().map(|column| like(column)).collect();
            any.extend(live.iter().map(|link| {
                queries::points_at(
                    link.reference,
                    &link.target.table(),
                    &like(link.target_field),
                )
            }));
            filter.and(&format!("({})", any.join(" OR ")));
        }
    }

    fn facets(
        &self,
        ctx: &OpCtx,
        reader: &Reader<'_>,
        def: &RegisterDef,
        list: &ListRecords,
    ) -> Result<Vec<Facet>, RegistersError> {
        let lists = self.lists(&def.package);
        let mut facets = Vec::new();
        for name in &def.facets {
            let Some(field) = def
                .field(name)
                .filter(|field| !is_live(field) && !is_restricted(def, field))
            else {
                continue;
            };
            let filter = self.filter(ctx, def, list, Some(name))?;
            let counted = queries::facet(reader, name, filter, FACET_VALUES)?;
            let values = counted.into_iter().map(|(value, count)| {
                let value = shown(field, &value);
                let label = match &field.kind {
                    FieldType::Code { list } => lists.label(list, &value).cloned(),
                    _ => None,
                };
                FacetValue {
                    label,
                    count: u64::try_from(count).unwrap_or_default(),
                    value,
                }
            });
            facets.push(Facet {
                field: name.clone(),
                values: values.collect(),
            });
        }
        Ok(facets)
    }
}

/// Where the facts that policies read stand in the table.
fn columns(def: &RegisterDef) -> ColumnMap {
    let map = ColumnMap::new()
        .fixed("package", def.package.as_str())
        .fixed("register", def.id.as_str())
        .fixed("sensitivity", sensitivity(def));
    let map = match org_field(def) {
        Some(column) => map.column("org", column),
        None => map.fixed("org", ""),
    };
    match division_field(def) {
        Some(column) => map.column("division", column),
        None => map.fixed("division", ""),
    }
}

fn total(reader: &Reader<'_>, filter: Where) -> Result<Total, RegistersError> {
    let counted = queries::count(reader, filter, COUNT_UP_TO + 1)?;
    let count = u64::try_from(counted.min(COUNT_UP_TO)).unwrap_or_default();
    Ok(Total {
        count,
        exact: counted <= COUNT_UP_TO,
    })
}

fn shown(field: &FieldDef, value: &Value) -> String {
    match value {
        Value::Int(number) if field.kind == FieldType::Boolean => (*number != 0).to_string(),
        Value::Int(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Null | Value::Bytes(_) => String::new(),
    }
}

fn narrow(
    filter: &mut Where,
    def: &RegisterDef,
    name: &str,
    condition: &ColumnFilter,
) -> Result<(), Problem> {
    let field = filterable(def, name)?;
    let column = field.name.as_str();
    match condition {
        ColumnFilter::OneOf(values) => {
            let values: Vec<Value> = values
                .iter()
                .map(|text| value(field, text))
                .collect::<Result<_, _>>()?;
            filter.and_in(column, values);
        }
        ColumnFilter::StartsWith(text) => {
            let pattern = filter.bind(format!("{}%", escaped(text.trim())).into());
            filter.and(&format!("{column} LIKE {pattern} ESCAPE '\\'"));
        }
        ColumnFilter::Between { from, to } => {
            for (bound, sign) in [(from, ">="), (to, "<=")] {
                if let Some(text) = bound.as_deref().filter(|text| !text.trim().is_empty()) {
                    let mark = filter.bind(value(field, text)?);
                    filter.and(&format!("{column} {sign} {mark}"));
                }
            }
        }
        ColumnFilter::Empty => filter.and(&format!("{column} IS NULL")),
        ColumnFilter::Filled => filter.and(&format!("{column} IS NOT NULL")),
    }
    Ok(())
}

/// A field with one column of its own. Restricted fields are no filters: guessing by filter would reveal them.
fn filterable<'d>(def: &'d RegisterDef, name: &str) -> Result<&'d FieldDef, Problem> {
    let field = def.field(name).filter(|field| {
        let scalar = !matches!(field.kind, FieldType::Position | FieldType::Photos { .. });
        scalar && !is_live(field) && !is_restricted(def, field)
    });
    field.ok_or_else(|| {
        Problem::new(
            "registers.not_filterable",
            name,
            format!("不能按 `{name}` 筛选或排序，请换一个字段"),
            format!("`{name}` cannot be filtered or sorted by; choose another field"),
        )
    })
}

fn value(field: &FieldDef, text: &str) -> Result<Value, Problem> {
    let canonical = field.check_text(text)?;
    let cell = field
        .to_cells(&canonical)
        .into_iter()
        .next()
        .map_or(Cell::Null, |(_, cell)| cell);
    Ok(stored_value(cell))
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

/// The order of a list: a column, then the id; empty values last, on every database.
struct Order {
    column: Option<String>,
    nullable: bool,
    descending: bool,
}

impl Order {
    fn of(def: &RegisterDef, sort: Option<&Sort>) -> Result<Self, RegistersError> {
        let Some(sort) = sort.filter(|sort| sort.field != "id") else {
            return Ok(Self {
                column: None,
                nullable: false,
                descending: sort.is_some_and(|sort| sort.descending),
            });
        };
        let field = filterable(def, &sort.field).map_err(RegistersError::invalid)?;
        Ok(Self {
            column: Some(field.name.clone()),
            nullable: field.required != Requirement::Always,
            descending: sort.descending,
        })
    }

    fn direction(&self) -> &'static str {
        if self.descending { "DESC" } else { "ASC" }
    }

    fn sql(&self) -> String {
        let way = self.direction();
        match &self.column {
            None => format!("id {way}"),
            Some(column) if self.nullable => {
                format!("({column} IS NULL), {column} {way}, id {way}")
            }
            Some(column) => format!("{column} {way}, id {way}"),
        }
    }

    /// The place after a row: its value and id, as hexadecimal JSON.
    fn cursor(&self, row: &yuandu_store::Row) -> String {
        let value = match self.column.as_deref().map(|column| row.value(column)) {
            Some(Value::Int(number)) => (*number).into(),
            Some(Value::Real(number)) => (*number).into(),
            Some(Value::Text(text)) => text.clone().into(),
            _ => serde_json::Value::Null,
        };
        let id = row.text("id").unwrap_or_default();
        let json = serde_json::json!([value, id]).to_string();
        json.bytes().map(|byte| format!("{byte:02x}")).collect()
    }

    fn after(&self, filter: &mut Where, cursor: &str) -> Result<(), RegistersError> {
        let (value, id) = read_cursor(cursor).ok_or_else(|| {
            RegistersError::invalid(Problem::new(
                "registers.bad_cursor",
                "after",
                "翻页标记无效，请从第一页开始",
                "the page mark is not valid; begin at the first page",
            ))
        })?;
        let past = if self.descending { "<" } else { ">" };
        let id = filter.bind(id.into());
        let Some(column) = &self.column else {
            filter.and(&format!("id {past} {id}"));
            return Ok(());
        };
        if value.is_null() {
            filter.and(&format!("({column} IS NULL AND id {past} {id})"));
            return Ok(());
        }
        let mark = filter.bind(value);
        let empty = if self.nullable {
            format!(" OR {column} IS NULL")
        } else {
            String::new()
        };
        filter.and(&format!(
            "({column} {past} {mark} OR ({column} = {mark} AND id {past} {id}){empty})"
        ));
        Ok(())
    }
}

fn read_cursor(cursor: &str) -> Option<(Value, String)> {
    let bytes: Option<Vec<u8>> = (0..cursor.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(cursor.get(at..at + 2)?, 16).ok())
        .collect();
    let json: serde_json::Value = serde_json::from_slice(&bytes?).ok()?;
    let value = match json.get(0)? {
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Real(number.as_f64()?),
        },
        serde_json::Value::String(text) => Value::Text(text.clone()),
        _ => Value::Null,
    };
    Some((value, json.get(1)?.as_str()?.to_owned()))
}

/// Whether a value is the mask and not a value.
pub(crate) fn is_mask(text: &str) -> bool {
    text == MASK
}

/// Masks of an exported page are told by their records.
pub(crate) fn masked_fields(records: &[RecordView]) -> std::collections::BTreeSet<String> {
    records
        .iter()
        .flat_map(|view| view.masked.iter().cloned())
        .collect()
}
