//! Inventories, known by the digest of their content. A component stands once for all assets that have it.

use patchward_protocol::inventory::{Component, Inventory};
use rusqlite::{OptionalExtension, Transaction};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::StoreError;
use crate::fact::{AssetId, InventoryId, Times, micros, times};
use crate::store::Store;

/// An inventory of an asset, without its components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryState {
    /// Its number.
    pub id: InventoryId,
    /// SHA-256 of its content, in hexadecimal.
    pub digest: String,
    /// When the asset was so.
    pub times: Times,
}

const WRITING: &str = "write down an inventory";
const READING: &str = "read an inventory";

impl Store {
    /// Writes down that an asset had this inventory. The same content is stored once, however often it is seen.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn record_inventory(
        &self,
        asset: AssetId,
        inventory: &Inventory,
        times: Times,
    ) -> Result<InventoryId, StoreError> {
        let (digest, facts, details) = content(inventory)?;
        self.write(WRITING, |db| {
            let known = db
                .query_row("SELECT id FROM inventory WHERE digest = ?1", [&digest], |row| row.get(0))
                .optional()
                .map_err(StoreError::doing(WRITING))?;
            let id: i64 = match known {
                Some(id) => id,
                None => insert(db, inventory, &digest, &facts, &details, times)?,
            };
            db.execute(
                "INSERT INTO asset_inventory (asset, inventory, at, learnt) VALUES (?1, ?2, ?3, ?4)",
                (asset.0, id, micros(times.at), micros(times.learnt)),
            )
            .map_err(StoreError::doing(WRITING))?;
            Ok(InventoryId(id))
        })
    }

    /// The inventories that an asset had, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn inventories(
        &self,
        asset: AssetId,
        limit: u32,
    ) -> Result<Vec<InventoryState>, StoreError> {
        let db = self.connection();
        let mut query = db
            .prepare_cached(
                "SELECT i.id, i.digest, a.at, a.learnt FROM asset_inventory a JOIN inventory i ON i.id = a.inventory
                 WHERE a.asset = ?1 ORDER BY a.at DESC, a.id DESC LIMIT ?2",
            )
            .map_err(StoreError::doing(READING))?;
        let rows = query.query_map((asset.0, limit), |row| {
            Ok(InventoryState {
                id: InventoryId(row.get(0)?),
                digest: row.get(1)?,
                times: times(row.get(2)?, row.get(3)?),
            })
        });
        rows.and_then(Iterator::collect)
            .map_err(StoreError::doing(READING))
    }

    /// An inventory, exactly as it was written down.
    ///
    /// # Errors
    /// When there is none with this number, or the store cannot be read.
    pub fn inventory(&self, id: InventoryId) -> Result<Inventory, StoreError> {
        let db = self.connection();
        let facts: Option<String> = db
            .query_row("SELECT facts FROM inventory WHERE id = ?1", [id.0], |row| {
                row.get(0)
            })
            .optional()
            .map_err(StoreError::doing(READING))?;
        let facts = facts.ok_or(StoreError::Missing {
            what: "inventory",
            id: id.0,
        })?;
        let mut inventory: Inventory =
            serde_json::from_str(&facts).map_err(StoreError::form(READING))?;
        let mut query = db
            .prepare_cached(
                "SELECT c.purl, c.name, c.version, d.body FROM inventory_component i
                 JOIN component c ON c.id = i.component JOIN component_detail d ON d.id = i.detail
                 WHERE i.inventory = ?1 ORDER BY i.position",
            )
            .map_err(StoreError::doing(READING))?;
        let mut rows = query.query([id.0]).map_err(StoreError::doing(READING))?;
        while let Some(row) = rows.next().map_err(StoreError::doing(READING))? {
            let text = |at| row.get::<_, String>(at).map_err(StoreError::doing(READING));
            let detail: Component =
                serde_json::from_str(&text(3)?).map_err(StoreError::form(READING))?;
            inventory.components.push(Component {
                purl: text(0)?,
                name: text(1)?,
                version: text(2)?,
                ..detail
            });
        }
        Ok(inventory)
    }

    /// The assets whose newest inventory has a component with this purl (with its version), each once.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn assets_with(&self, purl: &str) -> Result<Vec<AssetId>, StoreError> {
        let doing = "look for a component";
        let db = self.connection();
        let mut query = db
            .prepare_cached(
                "SELECT DISTINCT a.asset FROM component c
                 JOIN inventory_component i ON i.component = c.id
                 JOIN asset_inventory a ON a.inventory = i.inventory
                 WHERE c.purl = ?1 AND a.id = (SELECT n.id FROM asset_inventory n WHERE n.asset = a.asset
                                               ORDER BY n.at DESC, n.id DESC LIMIT 1)
                 ORDER BY a.asset",
            )
            .map_err(StoreError::doing(doing))?;
        let rows = query.query_map([purl], |row| row.get(0).map(AssetId));
        rows.and_then(Iterator::collect)
            .map_err(StoreError::doing(doing))
    }
}

/// Digest, everything but the components, and what each component says beside purl, name and version.
fn content(inventory: &Inventory) -> Result<(String, String, Vec<String>), StoreError> {
    let failed = StoreError::form(WRITING);
    let mut value = serde_json::to_value(inventory).map_err(&failed)?;
    // Members of serde_json's objects are sorted: the same content is the same text.
    let digest = Sha256::digest(value.to_string());
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let components = value.get_mut("components").map(Value::take);
    if let Some(facts) = value.as_object_mut() {
        facts.remove("components");
    }
    let mut details = Vec::new();
    if let Some(Value::Array(components)) = components {
        for mut component in components {
            if let Some(members) = component.as_object_mut() {
                for own in ["purl", "name", "version"] {
                    members.remove(own);
                }
            }
            details.push(component.to_string());
        }
    }
    Ok((digest, value.to_string(), details))
}

fn insert(
    db: &Transaction<'_>,
    inventory: &Inventory,
    digest: &str,
    facts: &str,
    details: &[String],
    times: Times,
) -> Result<i64, StoreError> {
    let rows = || {
        db.execute(
            "INSERT INTO inventory (digest, facts, learnt) VALUES (?1, ?2, ?3)",
            (digest, facts, micros(times.learnt)),
        )?;
        let id = db.last_insert_rowid();
        let mut add_component = db.prepare_cached(
            "INSERT INTO component (purl, name, version) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?;
        let mut add_detail = db.prepare_cached(
            "INSERT INTO component_detail (body) VALUES (?1) ON CONFLICT DO NOTHING",
        )?;
        let mut join = db.prepare_cached(
            "INSERT INTO inventory_component (inventory, position, component, detail) VALUES (?1, ?2,
             (SELECT id FROM component WHERE purl = ?3 AND name = ?4 AND version = ?5),
             (SELECT id FROM component_detail WHERE body = ?6))",
        )?;
        for (position, (component, detail)) in
            (0_i64..).zip(inventory.components.iter().zip(details))
        {
            let Component {
                purl,
                name,
                version,
                ..
            } = component;
            add_component.execute((purl, name, version))?;
            add_detail.execute([detail])?;
            join.execute((id, position, purl, name, version, detail))?;
        }
        Ok(id)
    };
    rows().map_err(StoreError::doing(WRITING))
}
