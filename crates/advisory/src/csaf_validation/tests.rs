use serde_json::{Value, json};

use super::*;

fn scores(vector: &str) -> Option<CvssScores> {
    let vector = patchward_risk::cvss::Vector::parse(vector).ok()?;
    Some(CvssScores {
        base: vector.base().value(),
        temporal: vector.temporal().value(),
        environmental: vector.environmental_score().value(),
    })
}

/// A small VEX document that is valid.
fn document() -> Value {
    json!({
        "document": {
            "category": "csaf_vex", "csaf_version": "2.0", "title": "A title", "lang": "en",
            "notes": [{"category": "general", "text": "A text"}],
            "publisher": {"category": "vendor", "name": "Shop", "namespace": "https://shop.example"},
            "tracking": {
                "id": "SHOP-1", "status": "final", "version": "2",
                "initial_release_date": "2026-01-01T00:00:00Z", "current_release_date": "2026-01-02T00:00:00Z",
                "revision_history": [
                    {"number": "1", "date": "2026-01-01T00:00:00Z", "summary": "First"},
                    {"number": "2", "date": "2026-01-02T00:00:00+01:00", "summary": "Second"}
                ]
            }
        },
        "product_tree": {
            "branches": [{"category": "vendor", "name": "Shop", "branches": [{
                "category": "product_version", "name": "1.0",
                "product": {"product_id": "P1", "name": "Cart 1.0", "product_identification_helper": {"purl": "pkg:npm/cart@1.0.0"}}
            }]}],
            "full_product_names": [{"product_id": "P2", "name": "Till 2"}],
            "product_groups": [{"group_id": "G", "product_ids": ["P1", "P2"]}]
        },
        "vulnerabilities": [{
            "cve": "CVE-2026-1000",
            "cwe": {"id": "CWE-79", "name": "Improper Neutralization of Input During Web Page Generation ('Cross-site Scripting')"},
            "notes": [{"category": "description", "text": "A text"}],
            "product_status": {"known_not_affected": ["P1"], "known_affected": ["P2"]},
            "flags": [{"label": "component_not_present", "product_ids": ["P1"]}],
            "remediations": [{"category": "vendor_fix", "details": "Upgrade", "group_ids": ["G"]}],
            "scores": [{"products": ["P2"], "cvss_v3": {
                "version": "3.1", "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                "baseScore": 9.8, "baseSeverity": "CRITICAL", "attackVector": "NETWORK"
            }}]
        }]
    })
}

/// What a document breaks whose value at `pointer` is `value`.
fn changed(pointer: &str, value: Value) -> Vec<(&'static str, String)> {
    let mut document = document();
    *document.pointer_mut(pointer).unwrap() = value;
    told(&document)
}

fn told(document: &Value) -> Vec<(&'static str, String)> {
    let violations = validate_value(document, &scores).unwrap();
    violations
        .into_iter()
        .map(|v| (v.test, v.pointer))
        .collect()
}

#[test]
fn a_valid_document_breaks_nothing() {
    assert_eq!(told(&document()), []);
}

#[test]
fn each_violation_names_its_test_and_place() {
    let v = "/vulnerabilities/0";
    for (pointer, value, test, place) in [
        (
            "/document/tracking/status",
            json!("done"),
            "schema",
            "/document/tracking/status",
        ),
        (
            "/document/tracking/version",
            json!("1"),
            "6.1.16",
            "/document/tracking/version",
        ),
        ("/document/lang", json!("EZ"), "6.1.12", "/document/lang"),
        (
            "/document/tracking/revision_history/1/number",
            json!("3"),
            "6.1.21",
            "/document/tracking/revision_history/1",
        ),
        (
            "/product_tree/full_product_names/0/product_id",
            json!("P1"),
            "6.1.2",
            "/product_tree/full_product_names/0/product_id",
        ),
        (
            "/product_tree/branches/0/branches/0/name",
            json!("before 2"),
            "6.1.31",
            "/product_tree/branches/0/branches/0/name",
        ),
        (
            "/vulnerabilities/0/product_status/known_affected/0",
            json!("P9"),
            "6.1.1",
            &format!("{v}/product_status/known_affected/0"),
        ),
        (
            "/vulnerabilities/0/product_status/known_affected/0",
            json!("P1"),
            "6.1.6",
            &format!("{v}/product_status/known_not_affected/0"),
        ),
        (
            "/vulnerabilities/0/remediations/0/group_ids/0",
            json!("H"),
            "6.1.4",
            &format!("{v}/remediations/0/group_ids/0"),
        ),
        (
            "/vulnerabilities/0/flags/0/product_ids/0",
            json!("P2"),
            "6.1.27.9",
            &format!("{v}/product_status/known_not_affected/0"),
        ),
        (
            "/vulnerabilities/0/cwe/name",
            json!("Other"),
            "6.1.11",
            &format!("{v}/cwe/name"),
        ),
        (
            "/vulnerabilities/0/scores/0/cvss_v3/baseScore",
            json!(1.0),
            "6.1.9",
            &format!("{v}/scores/0/cvss_v3/baseScore"),
        ),
        (
            "/vulnerabilities/0/scores/0/cvss_v3/attackVector",
            json!("LOCAL"),
            "6.1.10",
            &format!("{v}/scores/0/cvss_v3/attackVector"),
        ),
        (
            "/vulnerabilities/0/scores/0/cvss_v3/vectorString",
            json!("CVSS:3.1/AV:N"),
            "6.1.8",
            &format!("{v}/scores/0/cvss_v3/vectorString"),
        ),
    ] {
        let told = changed(pointer, value);
        assert!(told.contains(&(test, place.to_owned())), "{test}: {told:?}");
    }
}

#[test]
fn a_circle_of_products_is_told_and_a_chain_is_not() {
    let relation = |new: &str, of: &str, on: &str| {
        json!({"category": "installed_on", "product_reference": of, "relates_to_product_reference": on,
            "full_product_name": {"product_id": new, "name": new}})
    };
    let mut document = document();
    document["product_tree"]["relationships"] =
        json!([relation("R1", "P1", "P2"), relation("R2", "R1", "P2")]);
    assert_eq!(told(&document), []);
    document["product_tree"]["relationships"] =
        json!([relation("R1", "P1", "R2"), relation("R2", "R1", "P2")]);
    let told = told(&document);
    assert!(
        told.iter().all(|(test, _)| *test == "6.1.3") && told.len() == 2,
        "{told:?}"
    );
}

#[test]
fn another_version_is_refused_and_named() {
    let mut document = document();
    document["document"]["csaf_version"] = json!("3.0");
    let error = validate_value(&document, &scores).unwrap_err().to_string();
    assert!(error.contains("3.0"), "{error}");
    assert!(validate(b"{", &scores).is_err());
}

#[test]
fn no_bytes_make_the_validator_panic() {
    let seed = document().to_string();
    let newer = seed
        .replace("\"2.0\"", "\"2.1\"")
        .replace("scores", "metrics");
    patchward_test_support::mutate(&[seed.as_bytes(), newer.as_bytes()], 700, |bytes| {
        let _ = validate(bytes, &scores);
    });
}

/// Long lists of what contradicts itself take no more than a moment.
#[test]
fn a_long_document_is_judged_in_one_walk() {
    let mut long = document();
    let ids: Vec<String> = (0..20_000).map(|n| format!("N{n}")).collect();
    let relations = ids.windows(2).map(|pair| {
        json!({"category": "installed_on", "product_reference": pair[1], "relates_to_product_reference": "P1",
            "full_product_name": {"product_id": pair[0], "name": "n"}})
    });
    long["product_tree"]["relationships"] = relations.collect();
    long["vulnerabilities"][0]["product_status"]["known_not_affected"] = json!(ids);
    let began = std::time::Instant::now();
    let violations = validate_value(&long, &scores).unwrap();
    assert!(violations.len() <= 1_000);
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}
