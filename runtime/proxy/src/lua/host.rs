//! The functions behind the objects of scripts; `prelude.lua` has checked what it gives them.
use std::time::{SystemTime, UNIX_EPOCH};

use mlua::{AnyUserData, FromLuaMulti, IntoLuaMulti, Lua, Table, Value};

use super::signature;
use super::stream::{self, Shared, Stream};
use super::values;
use crate::access::info::TlsInfo;
use crate::access::state::{Sharing, StateValue};
use crate::config::{decode_base64, encode_base64};
use crate::loggers::Level;

/// Facts about a stream, by the names of `StreamInfoWrapper`.
const FACTS: &[&str] = &[
    "protocol",
    "routeName",
    "virtualClusterName",
    "downstreamLocalAddress",
    "downstreamDirectLocalAddress",
    "downstreamRemoteAddress",
    "downstreamDirectRemoteAddress",
    "requestedServerName",
];

/// Facts about a TLS session that this proxy knows, by the names of `SslConnectionWrapper`.
const SSL: &[&str] = &[
    "peerCertificatePresented",
    "peerCertificateValidated",
    "uriSanLocalCertificate",
    "uriSanPeerCertificate",
    "dnsSansPeerCertificate",
    "sha256PeerCertificateDigest",
    "subjectPeerCertificate",
    "urlEncodedPemEncodedPeerCertificate",
    "tlsVersion",
];

/// Functions on a stream.
struct Functions<'l> {
    lua: &'l Lua,
    table: Table,
}

impl Functions<'_> {
    /// A function whose first argument is the stream.
    fn on_stream<A, R>(
        &self,
        name: &str,
        body: impl Fn(&Lua, &mut Stream, A) -> mlua::Result<R> + 'static,
    ) -> mlua::Result<()>
    where
        (AnyUserData, A): FromLuaMulti,
        R: IntoLuaMulti,
    {
        let function = self.lua.create_function(move |lua, (data, args): (AnyUserData, A)| {
            let shared = data.borrow::<Shared>()?;
            let mut stream = shared.0.borrow_mut();
            body(lua, &mut stream, args)
        });
        self.table.raw_set(name, function?)
    }

    fn plain<A: FromLuaMulti, R: IntoLuaMulti>(
        &self,
        name: &str,
        body: impl Fn(&Lua, A) -> mlua::Result<R> + 'static,
    ) -> mlua::Result<()> {
        self.table.raw_set(name, self.lua.create_function(body)?)
    }
}

/// All functions, for the prelude.
pub(super) fn functions(lua: &Lua) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("ssl_names", SSL)?;
    table.raw_set("fact_names", FACTS)?;
    let functions = Functions { lua, table };
    progress(&functions)?;
    headers(&functions)?;
    bodies(&functions)?;
    metadata(&functions)?;
    facts(&functions)?;
    statistics(&functions)?;
    texts(&functions)?;
    Ok(functions.table)
}

fn progress(to: &Functions<'_>) -> mlua::Result<()> {
    to.on_stream("epoch", |_, stream, ()| Ok(stream.epoch()))?;
    to.on_stream("progress", |_, stream, ()| Ok((stream.ended, stream.saw, stream.buffered)))?;
    to.on_stream("is_response", |_, stream, ()| Ok(stream.facts.response))?;
    to.on_stream("is_continued", |_, stream, ()| Ok(stream.continued))?;
    to.on_stream("is_stale", |_, stream, ()| Ok(stream.stale))?;
    to.on_stream("clear_route", |_, stream, ()| {
        stream.stale |= !stream.facts.response;
        Ok(())
    })?;
    to.on_stream("drain", |_, stream, ()| {
        stream.drain = true;
        Ok(())
    })?;
    to.on_stream("override", |_, stream, (address, strict): (mlua::String, bool)| {
        let address = address.to_string_lossy();
        let valid =
            address.parse::<std::net::SocketAddr>().is_ok() || address.parse::<std::net::IpAddr>().is_ok();
        if valid {
            stream.endpoint = Some((address, strict));
        }
        Ok(valid)
    })?;
    to.on_stream("has_cluster", |_, stream, name: mlua::String| {
        Ok(stream.facts.program.by_name.contains_key(&name.to_string_lossy()))
    })?;
    to.on_stream("log", |_, stream, (level, text): (usize, mlua::String)| {
        if let Some(level) = level.checked_sub(1).and_then(|at| Level::ALL.get(at)) {
            stream.facts.process.script_says(*level, &text.to_string_lossy());
        }
        Ok(())
    })
}

fn headers(to: &Functions<'_>) -> mlua::Result<()> {
    to.on_stream("modify", |_, stream, ()| Ok(stream.modify()))?;
    to.on_stream("add", |_, stream, (which, name, value): (u8, mlua::String, mlua::String)| {
        if let Some(head) = stream.headers(which) {
            stream::add(head, &name.as_bytes(), &value.as_bytes());
        }
        Ok(())
    })?;
    to.on_stream("replace", |_, stream, (which, name, value): (u8, mlua::String, mlua::String)| {
        if let Some(head) = stream.headers(which) {
            stream::replace(head, &name.as_bytes(), &value.as_bytes());
        }
        Ok(())
    })?;
    to.on_stream("remove", |_, stream, (which, name): (u8, mlua::String)| {
        if let Some(head) = stream.headers(which) {
            stream::remove(head, &name.as_bytes());
        }
        Ok(())
    })?;
    to.on_stream("values", |lua, stream, (which, name): (u8, mlua::String)| {
        let name = name.as_bytes().to_ascii_lowercase();
        let found = stream.headers(which).map(|head| stream::fields(head, &name)).unwrap_or_default();
        let texts = found.into_iter().map(|value| lua.create_string(value));
        lua.create_sequence_from(texts.collect::<mlua::Result<Vec<_>>>()?)
    })?;
    to.on_stream("list", |lua, stream, which: u8| {
        let Some(head) = stream.headers(which) else { return lua.create_table() };
        let mut all: Vec<super::Pair> =
            stream::pseudo(head).into_iter().map(|(name, value)| (name.to_vec(), value)).collect();
        all.extend(head.iter().map(|(name, value)| (name.to_vec(), value.to_vec())));
        values::pairs(lua, all)
    })?;
    to.on_stream("reason", |_, stream, (which, text): (u8, mlua::String)| {
        if which == 1 && stream.facts.response {
            stream.reason = Some(text.as_bytes().to_vec());
        }
        Ok(())
    })
}

fn bodies(to: &Functions<'_>) -> mlua::Result<()> {
    to.on_stream("has_body", |_, stream, always: bool| {
        if always && stream.body.is_none() {
            stream.body = Some(Vec::new());
        }
        Ok(stream.body.is_some())
    })?;
    to.on_stream("has_trailers", |_, stream, ()| Ok(stream.trailers.is_some()))?;
    to.on_stream("length", |_, stream, chunk: bool| Ok(bytes(stream, chunk).len()))?;
    to.on_stream("bytes", |lua, stream, (chunk, index, length): (bool, f64, f64)| {
        let (index, length) = (index as usize, length as usize);
        let part = index.checked_add(length).and_then(|end| bytes(stream, chunk).get(index..end));
        part.map(|part| lua.create_string(part)).transpose()
    })?;
    to.on_stream("set_bytes", |_, stream, (chunk, text): (bool, mlua::String)| {
        let new = text.as_bytes().to_vec();
        let length = new.len();
        if chunk {
            stream.chunk = new;
        } else {
            stream.body = Some(new);
        }
        stream.head.set(b"content-length", length.to_string().as_bytes());
        Ok(length)
    })
}

fn bytes(stream: &Stream, chunk: bool) -> &[u8] {
    if chunk { &stream.chunk } else { stream.body.as_deref().unwrap_or_default() }
}

fn metadata(to: &Functions<'_>) -> mlua::Result<()> {
    to.on_stream("metadata", |lua, stream, ()| values::table(lua, &stream.metadata))?;
    to.on_stream("connection_metadata", |lua, stream, ()| {
        values::table(lua, &stream.facts.connection.metadata)
    })?;
    to.on_stream("set_metadata", |_, stream, (name, key, value): (mlua::String, mlua::String, Table)| {
        let value = values::plain(&value, 0)?;
        let empty = || serde_json::Value::Object(serde_json::Map::new());
        let known = stream.metadata.entry(name.to_string_lossy()).or_insert_with(empty);
        if let serde_json::Value::Object(known) = known {
            known.insert(key.to_string_lossy(), value);
        }
        Ok(())
    })?;
    to.on_stream("route_metadata", |lua, stream, level: String| {
        let level = match level.as_str() {
            "host" => &stream.levels.host,
            "route" => &stream.levels.route,
            _ => &stream.levels.any,
        };
        match level {
            Some(fields) => values::table(lua, fields),
            None => lua.create_table(),
        }
    })?;
    to.on_stream("context", |lua, stream, ()| values::table(lua, &stream.facts.context))?;
    to.on_stream("state", |lua, stream, key: mlua::String| {
        let key = key.to_string_lossy();
        let own = stream.state.get(&key).or_else(|| stream.facts.connection.state.get(&key));
        own.map(|value| lua.create_string(&value.text)).transpose()
    })?;
    to.on_stream("set_state", |_, stream, (key, text): (mlua::String, mlua::String)| {
        let value =
            StateValue { text: text.to_string_lossy(), sharing: Sharing::Own, keyed: false, address: false };
        stream.state.insert(key.to_string_lossy(), value);
        Ok(())
    })
}

fn facts(to: &Functions<'_>) -> mlua::Result<()> {
    to.on_stream("fact", |_, stream, name: mlua::String| {
        let facts = &stream.facts;
        let connection = &facts.connection;
        Ok(match name.to_string_lossy().as_str() {
            "protocol" => facts.protocol.to_owned(),
            "routeName" => stream.route.clone(),
            "downstreamLocalAddress" | "downstreamDirectLocalAddress" => connection.local.to_string(),
            "downstreamRemoteAddress" => facts.remote.to_string(),
            "downstreamDirectRemoteAddress" => connection.direct_remote.to_string(),
            "requestedServerName" => connection.server_name.clone(),
            _ => String::new(),
        })
    })?;
    to.on_stream("has_ssl", |_, stream, ()| Ok(stream.facts.connection.tls.is_some()))?;
    to.on_stream("ssl", |lua, stream, name: mlua::String| {
        let Some(tls) = &stream.facts.connection.tls else { return Ok(Value::Nil) };
        session(lua, tls, &name.to_string_lossy())
    })
}

fn session(lua: &Lua, tls: &TlsInfo, name: &str) -> mlua::Result<Value> {
    let text = |text: &str| Ok(Value::String(lua.create_string(text)?));
    let list = |all: &[String]| Ok(Value::Table(lua.create_sequence_from(all.iter().map(String::as_str))?));
    match name {
        "peerCertificatePresented" | "peerCertificateValidated" => Ok(Value::Boolean(tls.has_peer())),
        "uriSanLocalCertificate" if tls.own_uri.is_empty() => list(&[]),
        "uriSanLocalCertificate" => list(std::slice::from_ref(&tls.own_uri)),
        "uriSanPeerCertificate" => list(&tls.peer_uris),
        "dnsSansPeerCertificate" => list(&tls.peer_dns),
        "sha256PeerCertificateDigest" => text(&tls.peer_hash),
        "subjectPeerCertificate" => text(&tls.peer_subject),
        "urlEncodedPemEncodedPeerCertificate" => text(&tls.peer_pem()),
        "tlsVersion" => text(tls.version),
        _ => Ok(Value::Nil),
    }
}

fn statistics(to: &Functions<'_>) -> mlua::Result<()> {
    to.on_stream("count", |_, stream, (name, by): (mlua::String, f64)| {
        let name = format!("{}{}", stream.facts.prefix, name.to_string_lossy());
        stream.facts.filters.add_many(&name, by.max(0.0) as u64);
        Ok(())
    })?;
    to.on_stream("counted", |_, stream, name: mlua::String| {
        let name = format!("{}{}", stream.facts.prefix, name.to_string_lossy());
        Ok(stream.facts.filters.value(&name) as f64)
    })
}

fn texts(to: &Functions<'_>) -> mlua::Result<()> {
    to.plain("escape", |_, text: mlua::String| Ok(encode_base64(&text.as_bytes(), true, false)))?;
    to.plain("unescape", |lua, text: mlua::String| {
        let bytes = std::str::from_utf8(&text.as_bytes()).ok().and_then(decode_base64);
        bytes.map(|bytes| lua.create_string(bytes)).transpose()
    })?;
    to.plain("micros", |_, ()| {
        Ok(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as f64)
    })?;
    to.plain("is_key", |_, key: mlua::String| Ok(signature::is_key(&key.as_bytes())))?;
    to.plain(
        "verify",
        |_, (hash, key, signed, clear): (mlua::String, mlua::String, mlua::String, mlua::String)| {
            let hash = hash.to_string_lossy();
            Ok(signature::fault(&hash, &key.as_bytes(), &signed.as_bytes(), &clear.as_bytes()))
        },
    )
}
