//! Assets: what we protect.

use patchward_protocol::inventory::Asset;
use rusqlite::{OptionalExtension, Row};
use serde_json::Value;

use crate::error::StoreError;
use crate::fact::{AssetId, Times, micros, times};
use crate::json;
use crate::store::Store;

/// An asset, as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAsset {
    /// Its number.
    pub id: AssetId,
    /// Kind and name.
    pub asset: Asset,
    /// When it was first looked at.
    pub times: Times,
    /// What its owner says of it (environment, exposure, …); an empty object where nobody said anything.
    pub context: Value,
}

const COLUMNS: &str = "id, kind, name, at, learnt, context";

impl Store {
    /// The number of this asset; it is written down when it is new.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn asset(&self, asset: &Asset, times: Times) -> Result<AssetId, StoreError> {
        let doing = "write down an asset";
        let kind = json::word(doing, &asset.kind)?;
        self.write(doing, |db| {
            db.prepare_cached(
                "INSERT INTO asset (kind, name, at, learnt) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )
            .and_then(|mut insert| insert.execute((&kind, &asset.name, micros(times.at), micros(times.learnt))))
            .map_err(StoreError::doing(doing))?;
            db.query_row(
                "SELECT id FROM asset WHERE kind = ?1 AND name = ?2",
                (&kind, &asset.name),
                |row| row.get(0).map(AssetId),
            )
            .map_err(StoreError::doing(doing))
        })
    }

    /// Sets what the owner says of an asset.
    ///
    /// # Errors
    /// When there is no such asset, or the store cannot be written.
    pub fn set_context(&self, id: AssetId, context: &Value) -> Result<(), StoreError> {
        let doing = "write down an asset's context";
        self.write(doing, |db| {
            let changed = db
                .execute(
                    "UPDATE asset SET context = ?2 WHERE id = ?1",
                    (id.0, context.to_string()),
                )
                .map_err(StoreError::doing(doing))?;
            match changed {
                0 => Err(missing(id)),
                _ => Ok(()),
            }
        })
    }

    /// All assets, by kind and name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn assets(&self) -> Result<Vec<StoredAsset>, StoreError> {
        let doing = "read assets";
        let db = self.connection();
        let mut query = db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM asset ORDER BY kind, name"))
            .map_err(StoreError::doing(doing))?;
        let rows = query
            .query_map([], stored)
            .map_err(StoreError::doing(doing))?;
        rows.collect::<Result<_, _>>()
            .map_err(StoreError::doing(doing))
    }

    /// One asset.
    ///
    /// # Errors
    /// When there is none with this number, or the store cannot be read.
    pub fn asset_by_id(&self, id: AssetId) -> Result<StoredAsset, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM asset WHERE id = ?1");
        self.connection()
            .query_row(&sql, [id.0], stored)
            .optional()
            .map_err(StoreError::doing("read an asset"))?
            .ok_or_else(|| missing(id))
    }
}

fn missing(id: AssetId) -> StoreError {
    StoreError::Missing {
        what: "asset",
        id: id.0,
    }
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredAsset> {
    let kind: String = row.get(1)?;
    Ok(StoredAsset {
        id: AssetId(row.get(0)?),
        asset: Asset {
            kind: serde_json::from_value(kind.into()).unwrap_or_default(),
            name: row.get(2)?,
        },
        times: times(row.get(3)?, row.get(4)?),
        context: json::column(row, 5)?,
    })
}
