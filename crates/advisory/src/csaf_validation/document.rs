//! A document as the tests look at it: lists that may be missing, products with their place, groups resolved.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::CsafVersion;

/// A CSAF document.
pub struct Document<'a> {
    /// The whole document.
    pub root: &'a Value,
    /// Its version.
    pub version: CsafVersion,
    /// Every full product name, wherever it is defined.
    pub products: Vec<Product<'a>>,
    /// Every branch, parents before children.
    pub branches: Vec<Branch<'a>>,
    groups: HashMap<&'a str, Vec<&'a str>>,
}

/// A full product name.
pub struct Product<'a> {
    /// Where it stands.
    pub pointer: String,
    /// The object.
    pub value: &'a Value,
    /// Its branch, by number in [`Document::branches`].
    pub branch: Option<usize>,
}

/// A branch of the product tree.
pub struct Branch<'a> {
    /// Where it stands.
    pub pointer: String,
    /// The object.
    pub value: &'a Value,
    /// The branch above, by number.
    pub parent: Option<usize>,
    /// How many `branches` its path has.
    pub depth: usize,
}

impl<'a> Branch<'a> {
    /// The category; empty without one.
    pub fn category(&self) -> &'a str {
        text(self.value, "category")
    }

    /// The name; empty without one.
    pub fn name(&self) -> &'a str {
        text(self.value, "name")
    }
}

impl<'a> Product<'a> {
    /// The product's id; empty without one.
    pub fn id(&self) -> &'a str {
        text(self.value, "product_id")
    }
}

impl<'a> Document<'a> {
    /// Looks through the product tree.
    pub fn new(root: &'a Value, version: CsafVersion) -> Document<'a> {
        let mut document = Document {
            root,
            version,
            products: Vec::new(),
            branches: Vec::new(),
            groups: HashMap::new(),
        };
        document.collect_branches();
        let tree = &root["product_tree"];
        for (at, value) in items(tree, "full_product_names") {
            document.add(format!("/product_tree/full_product_names/{at}"), value);
        }
        for list in ["relationships", "product_paths"] {
            for (at, value) in items(tree, list) {
                let pointer = format!("/product_tree/{list}/{at}/full_product_name");
                document.add(pointer, &value["full_product_name"]);
            }
        }
        for (_, group) in items(tree, "product_groups") {
            let members = texts(group, "product_ids").map(|(_, id)| id);
            document
                .groups
                .entry(text(group, "group_id"))
                .or_default()
                .extend(members);
        }
        document
    }

    fn add(&mut self, pointer: String, value: &'a Value) {
        if value.is_object() {
            self.products.push(Product {
                pointer,
                value,
                branch: None,
            });
        }
    }

    fn collect_branches(&mut self) {
        // Branches that are still to be visited: the object that holds a list of them, and the branch that it is.
        let mut open = vec![(&self.root["product_tree"], None)];
        while let Some((holder, parent)) = open.pop() {
            let parent_branch: Option<&Branch<'_>> =
                parent.and_then(|number: usize| self.branches.get(number));
            let above = parent_branch.map_or("/product_tree".to_owned(), |b| b.pointer.clone());
            let depth = parent_branch.map_or(0, |b| b.depth) + 1;
            for (at, value) in items(holder, "branches") {
                let number = self.branches.len();
                let pointer = format!("{above}/branches/{at}");
                if value["product"].is_object() {
                    self.products.push(Product {
                        pointer: format!("{pointer}/product"),
                        value: &value["product"],
                        branch: Some(number),
                    });
                }
                self.branches.push(Branch {
                    pointer,
                    value,
                    parent,
                    depth,
                });
                open.push((value, Some(number)));
            }
        }
    }

    /// The branch and those above it, from the inside out.
    pub fn path(&self, branch: usize) -> impl Iterator<Item = &Branch<'a>> {
        let first = self.branches.get(branch);
        std::iter::successors(first, |branch| {
            branch.parent.and_then(|number| self.branches.get(number))
        })
    }

    /// Vulnerabilities with their number.
    pub fn vulnerabilities(&self) -> impl Iterator<Item = (usize, &'a Value)> + use<'a> {
        items(self.root, "vulnerabilities")
    }

    /// The members of a product group.
    pub fn group(&self, id: &str) -> &[&'a str] {
        self.groups.get(id).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a product group is defined.
    pub fn has_group(&self, id: &str) -> bool {
        self.groups.contains_key(id)
    }

    /// The products that an item (a flag, a remediation, …) names, directly or by a group.
    pub fn named_by(&self, item: &'a Value) -> HashSet<&'a str> {
        let direct = texts(item, "product_ids").map(|(_, id)| id);
        let grouped =
            texts(item, "group_ids").flat_map(|(_, group)| self.group(group).iter().copied());
        direct.chain(grouped).collect()
    }

    /// A text of the document by pointer; empty without one.
    pub fn text(&self, pointer: &str) -> &'a str {
        self.root
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether the document is released: final or interim.
    pub fn is_released(&self) -> bool {
        matches!(self.text("/document/tracking/status"), "final" | "interim")
    }

    /// Whether the document is in English, or does not tell its language.
    pub fn is_english(&self) -> bool {
        let language = self.text("/document/lang").to_ascii_lowercase();
        language.is_empty() || language == "en" || language.starts_with("en-")
    }
}

/// The items of a list with their number; none when it is missing or no list.
pub fn items<'a>(
    value: &'a Value,
    key: &str,
) -> impl Iterator<Item = (usize, &'a Value)> + use<'a> {
    value[key].as_array().into_iter().flatten().enumerate()
}

/// The texts of a list with their number.
pub fn texts<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (usize, &'a str)> + use<'a> {
    items(value, key).filter_map(|(at, value)| Some((at, value.as_str()?)))
}

/// A text; empty when it is missing.
pub fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}
