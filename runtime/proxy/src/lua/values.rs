//! Values of Lua and of JSON.
use mlua::{Lua, Table, Value};
use serde_json::{Map, Number};

use super::Pair;

/// Metadata is at most this deep.
const MOST_DEPTH: usize = 64;

/// A table of what an object holds.
pub(super) fn table(lua: &Lua, fields: &Map<String, serde_json::Value>) -> mlua::Result<Table> {
    let out = lua.create_table_with_capacity(0, fields.len())?;
    for (name, field) in fields {
        out.raw_set(name.as_str(), value(lua, field)?)?;
    }
    Ok(out)
}

fn value(lua: &Lua, json: &serde_json::Value) -> mlua::Result<Value> {
    Ok(match json {
        serde_json::Value::Null => Value::Nil,
        serde_json::Value::Bool(flag) => Value::Boolean(*flag),
        serde_json::Value::Number(number) => Value::Number(number.as_f64().unwrap_or_default()),
        serde_json::Value::String(text) => Value::String(lua.create_string(text)?),
        serde_json::Value::Array(items) => {
            let out = lua.create_table_with_capacity(items.len(), 0)?;
            for (index, item) in items.iter().enumerate() {
                out.raw_set(index + 1, value(lua, item)?)?;
            }
            Value::Table(out)
        }
        serde_json::Value::Object(fields) => Value::Table(table(lua, fields)?),
    })
}

/// What the prelude makes of a value that goes into metadata: a table that says what it is.
pub(super) fn plain(given: &Table, depth: usize) -> mlua::Result<serde_json::Value> {
    if depth > MOST_DEPTH {
        return Err(mlua::Error::RuntimeError("metadata is too deep".to_owned()));
    }
    if let Some(items) = given.raw_get::<Option<Table>>("list")? {
        let size = given.raw_get::<usize>("size")?;
        let all = (1..=size).map(|at| plain(&items.raw_get(at)?, depth + 1));
        return Ok(serde_json::Value::Array(all.collect::<mlua::Result<_>>()?));
    }
    if let Some(fields) = given.raw_get::<Option<Table>>("fields")? {
        let mut out = Map::new();
        for pair in fields.pairs::<mlua::String, Table>() {
            let (name, field) = pair?;
            out.insert(name.to_string_lossy(), plain(&field, depth + 1)?);
        }
        // The order of a table is that of its hashes; names have one.
        out.sort_keys();
        return Ok(serde_json::Value::Object(out));
    }
    Ok(match given.raw_get::<Value>("value")? {
        Value::Boolean(flag) => flag.into(),
        Value::Integer(number) => number.into(),
        Value::Number(number) => {
            whole(number).or_else(|| Number::from_f64(number)).map_or(serde_json::Value::Null, Into::into)
        }
        Value::String(text) => text.to_string_lossy().into(),
        _ => serde_json::Value::Null,
    })
}

/// A number without a fraction is written without one.
fn whole(number: f64) -> Option<Number> {
    (number.fract() == 0.0 && number.abs() < 9e15).then(|| Number::from(number as i64))
}

/// Names and values one after the other.
pub(super) fn pairs(lua: &Lua, all: Vec<Pair>) -> mlua::Result<Table> {
    let out = lua.create_table_with_capacity(all.len() * 2, 0)?;
    for (name, value) in all {
        out.raw_push(lua.create_string(name)?)?;
        out.raw_push(lua.create_string(value)?)?;
    }
    Ok(out)
}

/// Reads names and values that stand one after the other.
pub(super) fn list(value: &Value) -> mlua::Result<Vec<Pair>> {
    let Some(table) = value.as_table() else { return Ok(Vec::new()) };
    let texts: Vec<mlua::String> = table.sequence_values().collect::<mlua::Result<_>>()?;
    let pairs = texts.chunks_exact(2).filter_map(|pair| match pair {
        [name, value] => Some((name.as_bytes().to_ascii_lowercase(), value.as_bytes().to_vec())),
        _ => None,
    });
    Ok(pairs.collect())
}
