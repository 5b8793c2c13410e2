//! Reads a policy file.

use std::collections::BTreeMap;

use super::expression::{Names, check};
use super::field::Root;
use super::rule::{
    AcceptRule, ApprovalRule, DeadlineRule, NotifyRule, PriorityRule, Rule, Sla, Term,
};
use super::values::{fault, values};
use super::{Policy, Unknown, example, preset};
use crate::calendar::{Calendar, Limit};
use crate::context::Contexts;
use crate::decision::{Clock, Priority};
use crate::document::{Document, Fault, Table, Text, shown};

/// Most rules of one kind.
const MOST_RULES: usize = 500;
/// Longest limit, in days or months.
const MOST_DAYS: u16 = 3660;

/// Reads a policy with the presets that it extends.
pub fn policy(file: &str, text: &str) -> Result<Policy, Vec<Fault>> {
    let document = Document::new(file, text);
    let table = document.parse();
    let policy = table.as_ref().map(|table| whole(&document.top(table)));
    let faults = document.faults();
    match policy {
        Some(policy) if faults.is_empty() => Ok(policy),
        _ => Err(faults),
    }
}

fn whole(top: &Table<'_, '_>) -> Policy {
    let document = top.document();
    let name = top.text("name").map(|text| text.value);
    top.text("about");
    let mut policy = Policy {
        name: name.unwrap_or_else(|| document.file().to_owned()),
        extends: Vec::new(),
        calendar: Calendar::default(),
        unknown: unknown(top),
        contexts: Contexts::read(top.table("context")),
        priorities: Vec::new(),
        slas: Vec::new(),
        deadlines: Vec::new(),
        approvals: Vec::new(),
        acceptances: Vec::new(),
        notifications: Vec::new(),
        ssvc: super::ssvc::read(top),
        routes: routes(top),
        examples: Vec::new(),
    };
    if let Some(table) = top.table("calendar") {
        policy.calendar = Calendar::read(&table, Calendar::default());
    }
    let extends = top.texts("extends");
    rules(top, "", &mut policy);
    for name in extends {
        extend(&name, document, &mut policy);
    }
    policy.examples = example::read(top, &policy.contexts);
    top.done();
    policy
}

/// Adds the rules of a preset behind those that are there. Rows of deadlines are only taken where the file has none.
fn extend(name: &Text, document: &Document<'_>, policy: &mut Policy) {
    let Some(preset) = preset(&name.value) else {
        let known: Vec<&str> = super::PRESETS.iter().map(|preset| preset.name).collect();
        let message = format!(
            "unknown preset {:?}: expected one of {}",
            shown(&name.value),
            known.join(", ")
        );
        document.fault(name.at, message);
        return;
    };
    if policy.extends.iter().any(|known| known == preset.name) {
        return;
    }
    policy.extends.push(preset.name.to_owned());
    let file = format!("preset {}", preset.name);
    let inner = Document::new(&file, preset.text);
    let slas = policy.slas.len();
    if let Some(table) = inner.parse() {
        let top = inner.top(&table);
        top.text("name");
        top.text("about");
        rules(&top, &format!("{}/", preset.name), policy);
        top.done();
    }
    if slas > 0 {
        policy.slas.truncate(slas);
    }
    for fault in inner.faults() {
        document.fault(name.at, fault.to_string());
    }
}

/// Reads the rules of a file; `prefix` comes before their names.
fn rules(top: &Table<'_, '_>, prefix: &str, policy: &mut Policy) {
    let document = top.document();
    let pairs = top.table("values").map(|table| table.pairs());
    let names = Names {
        values: values(&pairs.unwrap_or_default(), document),
        roots: &Root::ALL,
    };
    let reader = RuleReader {
        prefix,
        names: &names,
    };
    for table in limited(top, "priority") {
        let rule = reader.rule(&table);
        let set = table.word::<Priority>("set");
        if !table.has("set") {
            table.fault("a priority rule sets one: set = \"P1\"");
        }
        table.done();
        if let (Some(rule), Some((priority, _))) = (rule, set) {
            let early = |field: &&&super::field::Field| field.full == "decision.priority";
            if rule.when.fields().iter().any(|field| early(&field)) {
                document.fault(
                    table.place_of("when"),
                    "decision.priority is not known in a rule that sets it",
                );
            }
            policy.priorities.push(PriorityRule { rule, priority });
        }
    }
    for table in limited(top, "sla") {
        policy.slas.extend(sla(&table, prefix));
    }
    for table in limited(top, "deadline") {
        let rule = reader.rule(&table);
        let term = term(&table);
        let demands = table
            .texts("demands")
            .into_iter()
            .map(|t| t.value)
            .collect();
        table.done();
        if let (Some(rule), Some(term)) = (rule, term) {
            policy.deadlines.push(DeadlineRule {
                rule,
                term,
                demands,
            });
        }
    }
    for table in limited(top, "approval") {
        let rule = reader.rule(&table);
        let class = needed(
            &table,
            "class",
            "an approval class, such as class = \"automatic\"",
        );
        table.done();
        if let (Some(rule), Some(class)) = (rule, class) {
            let class = class.value;
            policy.approvals.push(ApprovalRule { rule, class });
        }
    }
    for table in limited(top, "accept") {
        policy.acceptances.extend(accept(&table, &reader));
    }
    for table in limited(top, "notify") {
        let rule = reader.rule(&table);
        let route = needed(&table, "route", "a route, such as route = \"on-call\"");
        table.done();
        if let (Some(rule), Some(route)) = (rule, route) {
            if !policy.routes.contains_key(&route.value) {
                let known: Vec<_> = policy.routes.keys().map(String::as_str).collect();
                let message = format!(
                    "unknown route {:?}: expected one of [routes]: {}",
                    shown(&route.value),
                    known.join(", ")
                );
                document.fault(route.at, message);
            }
            let route = route.value;
            policy.notifications.push(NotifyRule { rule, route });
        }
    }
}

fn limited<'d, 't>(top: &Table<'d, 't>, key: &'static str) -> Vec<Table<'d, 't>> {
    let mut tables = top.tables(key);
    if let Some(extra) = tables.get(MOST_RULES) {
        extra.fault(format!("more than {MOST_RULES} rules"));
        tables.truncate(MOST_RULES);
    }
    tables
}

fn needed(table: &Table<'_, '_>, key: &'static str, expected: &str) -> Option<Text> {
    if !table.has(key) {
        table.fault(format!("this rule needs {expected}"));
    }
    table.text(key)
}

struct RuleReader<'a> {
    prefix: &'a str,
    names: &'a Names<'a>,
}

impl RuleReader<'_> {
    fn rule(&self, table: &Table<'_, '_>) -> Option<Rule> {
        let name = needed(table, "name", "a name: name = \"kev-on-internet\"");
        let because = table.text("because").map(|text| text.value);
        let document = table.document();
        let when = match table.text("when") {
            Some(text) => match check(&text.value, self.names) {
                Ok(when) => Some(when),
                Err(error) => {
                    fault(document, &text, &error);
                    None
                }
            },
            None => {
                if !table.has("when") {
                    table.fault(
                        "this rule needs a condition: when = 'signals.kev', or when = 'true'",
                    );
                }
                None
            }
        };
        Some(Rule {
            name: format!("{}{}", self.prefix, name?.value).into(),
            place: document.place(table.at),
            when: when?,
            because,
        })
    }
}

fn accept(table: &Table<'_, '_>, reader: &RuleReader<'_>) -> Option<AcceptRule> {
    let rule = reader.rule(table);
    let reason = needed(table, "reason", "a reason");
    let by = needed(table, "by", "who decided: by = \"the head of security\"");
    if !table.has("until") {
        table.fault("an acceptance has an end: until = 2027-01-31");
    }
    let until = table.day("until");
    table.done();
    Some(AcceptRule {
        rule: rule?,
        reason: reason?.value,
        by: by?.value,
        until: until?,
    })
}

fn sla(table: &Table<'_, '_>, prefix: &str) -> Option<Sla> {
    let environment = table.word("environment").map(|(value, _)| value);
    let scope = table.text("scope").map(|text| text.value);
    let clocks = clocks(table);
    let keys = ["P1", "P2", "P3", "P4", "P5"];
    let limits = keys.map(|key| table.text(key).and_then(|text| limit(table, &text)));
    let name = table.text("name").map(|text| text.value);
    table.done();
    let name = name.unwrap_or_else(|| {
        let parts = [
            environment.map(|e: crate::context::Environment| e.to_string()),
            scope.clone(),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        match parts.is_empty() {
            true => "sla".to_owned(),
            false => format!("sla {}", parts.join(" ")),
        }
    });
    Some(Sla {
        name: format!("{prefix}{name}").into(),
        environment,
        scope,
        clocks,
        limits,
    })
}

fn clocks(table: &Table<'_, '_>) -> Vec<Clock> {
    let mut clocks = Vec::new();
    for text in table.texts("clock") {
        match text.value.parse::<Clock>() {
            Ok(clock) if !clocks.contains(&clock) => clocks.push(clock),
            Ok(_) => {}
            Err(message) => table.document().fault(text.at, format!("clock: {message}")),
        }
    }
    match clocks.is_empty() {
        true => vec![Clock::Published, Clock::FixAvailable, Clock::FirstSeen],
        false => clocks,
    }
}

fn term(table: &Table<'_, '_>) -> Option<Term> {
    let clocks = clocks(table);
    let text = needed(table, "limit", "a limit: limit = \"14 days\"")?;
    if text.value == "kev-due" {
        return Some(Term::KevDue);
    }
    limit(table, &text).map(|limit| Term::After(limit, clocks))
}

/// `3 days`, `10 business days`, `1 month`.
fn limit(table: &Table<'_, '_>, text: &Text) -> Option<Limit> {
    let found = text.value.split_once(' ').and_then(|(number, what)| {
        let number = number.parse().ok().filter(|number| *number <= MOST_DAYS)?;
        match what {
            "day" | "days" => Some(Limit::Days(number)),
            "business day" | "business days" => Some(Limit::BusinessDays(number)),
            "month" | "months" => Some(Limit::Months(number)),
            _ => None,
        }
    });
    if found.is_none() {
        table.document().fault(
            text.at,
            format!(
                "limit {:?}: expected such as \"3 days\", \"10 business days\" or \"1 month\", at most {MOST_DAYS}",
                shown(&text.value)
            ),
        );
    }
    found
}

fn unknown(top: &Table<'_, '_>) -> Unknown {
    let mut unknown = Unknown::default();
    if let Some(table) = top.table("unknown") {
        // Zero would make unknown the same as harmless.
        if let Some(cvss) = table.number("cvss", 0.1, 10.0) {
            unknown.cvss = cvss;
        }
        if let Some(epss) = table.number("epss", 0.001, 1.0) {
            unknown.epss = epss;
        }
        table.done();
    }
    unknown
}

fn routes(top: &Table<'_, '_>) -> BTreeMap<String, String> {
    let pairs = top.table("routes").map(|table| table.pairs());
    let pairs = pairs.unwrap_or_default().into_iter();
    pairs.map(|(name, to)| (name.value, to.value)).collect()
}
