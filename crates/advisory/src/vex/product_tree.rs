//! The product tree of CSAF: branches, products and the relationships that make products of products.

use std::collections::HashMap;

use serde::Deserialize;

use super::{Product, Vers, Versions, read_purl};

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct ProductTree {
    branches: Vec<Branch>,
    full_product_names: Vec<FullProductName>,
    product_groups: Vec<Group>,
    relationships: Vec<Relationship>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Branch {
    category: String,
    name: String,
    branches: Vec<Branch>,
    product: Option<FullProductName>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct FullProductName {
    product_id: String,
    product_identification_helper: Helper,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Helper {
    cpe: Option<String>,
    purl: Option<String>,
    /// CSAF 2.1.
    purls: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Group {
    group_id: String,
    product_ids: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Relationship {
    category: String,
    full_product_name: FullProductName,
    product_reference: String,
    relates_to_product_reference: String,
}

/// Products by id, and groups of product ids.
#[derive(Default)]
pub struct Products {
    by_id: HashMap<String, Product>,
    groups: HashMap<String, Vec<String>>,
}

/// Where in the branches a product stands.
#[derive(Clone, Copy, Default)]
struct Branches<'a> {
    version: Option<&'a str>,
    range: Option<&'a str>,
}

impl Products {
    /// Reads a tree. Problems (purls that are none) are told.
    pub fn new(tree: ProductTree, problems: &mut Vec<String>) -> Products {
        let mut products = Products::default();
        for branch in &tree.branches {
            products.branch(branch, Branches::default(), problems);
        }
        for product in &tree.full_product_names {
            products.add(product, Branches::default(), problems);
        }
        for group in tree.product_groups {
            products.groups.insert(group.group_id, group.product_ids);
        }
        // A relationship may build on another's product that comes later, so what is missing is tried again once.
        let rest: Vec<_> = tree
            .relationships
            .iter()
            .filter(|r| !products.relate(r, problems))
            .collect();
        for relationship in rest {
            products.relate(relationship, problems);
        }
        products
    }

    /// The product of an id; one without any identification when the tree does not know it.
    pub fn get(&self, id: &str) -> Product {
        let unknown = || Product {
            id: id.to_owned(),
            ..Product::default()
        };
        self.by_id.get(id).cloned().unwrap_or_else(unknown)
    }

    /// The product ids of a group.
    pub fn group(&self, id: &str) -> &[String] {
        self.groups.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// The JSON reader's own limit bounds the depth.
    fn branch<'a>(&mut self, branch: &'a Branch, above: Branches<'a>, problems: &mut Vec<String>) {
        let here = match branch.category.as_str() {
            "product_version" => Branches {
                version: Some(&branch.name),
                range: None,
            },
            "product_version_range" => Branches {
                version: None,
                range: Some(&branch.name),
            },
            _ => above,
        };
        if let Some(product) = &branch.product {
            self.add(product, here, problems);
        }
        for inner in &branch.branches {
            self.branch(inner, here, problems);
        }
    }

    fn add(&mut self, raw: &FullProductName, place: Branches<'_>, problems: &mut Vec<String>) {
        let helper = &raw.product_identification_helper;
        let text = helper.purl.as_ref().or_else(|| helper.purls.first());
        let mut purl = text.and_then(|text| read_purl(text, problems));
        let mut versions = Versions::Named;
        if purl.as_ref().is_some_and(|purl| purl.version().is_none()) {
            versions = match (place.range.map(Vers::parse), place.version) {
                (Some(Some(range)), _) => Versions::Range(range),
                // Words that no machine can compare: nothing matches.
                (Some(None), _) => Versions::Named,
                // A version branch that only repeats the name is Red Hat's way to say: whatever version.
                (None, Some(version))
                    if purl.as_ref().is_some_and(|purl| purl.name() != version) =>
                {
                    purl = purl.map(|purl| purl.with_version(version));
                    Versions::Named
                }
                (None, _) => Versions::All,
            };
        }
        let product = Product {
            id: raw.product_id.clone(),
            purl,
            cpe: helper.cpe.clone(),
            versions,
            ..Product::default()
        };
        self.by_id.insert(raw.product_id.clone(), product);
    }

    fn relate(&mut self, relationship: &Relationship, problems: &mut Vec<String>) -> bool {
        let component = self.by_id.get(&relationship.product_reference).cloned();
        let platform = self
            .by_id
            .get(&relationship.relates_to_product_reference)
            .cloned();
        let (Some(mut product), Some(platform)) = (component, platform) else {
            return false;
        };
        let own = &relationship.full_product_name;
        product.id.clone_from(&own.product_id);
        let helper = &own.product_identification_helper;
        if let Some(purl) = helper
            .purl
            .as_ref()
            .and_then(|text| read_purl(text, problems))
        {
            product.purl = Some(purl);
        }
        let part = matches!(
            relationship.category.as_str(),
            "default_component_of" | "optional_component_of" | "installed_on" | "installed_with"
        );
        if part {
            product.platform = Some(Box::new(Product {
                platform: None,
                ..platform
            }));
        }
        self.by_id.insert(own.product_id.clone(), product);
        true
    }
}
