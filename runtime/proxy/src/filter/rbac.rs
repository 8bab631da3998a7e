//! The RBAC filter, and what it leaves for logs and later filters (`source/extensions/filters/http/rbac/rbac_filter.cc`).
use serde_json::{Map, Value};

use crate::config::policies::{Keys, Policies, PolicyRules};
use crate::config::rbac::{Rbac, Subject, Verdict};
use crate::server::reply::Reply;
use crate::server::stream::Exchange;

const NAMESPACE: &str = "envoy.filters.http.rbac";

impl Exchange<'_> {
    /// Asks the rules of the filter, or those that the route has in their place.
    pub(super) fn rbac(&mut self, filter: &Policies, active: &PolicyRules) -> Result<(), Reply> {
        let subject = Subject {
            head: Some(&self.head),
            connection: &self.connection,
            remote: self.info.remote.ip(),
            metadata: &self.info.metadata,
            state: &self.info.state,
        };
        let shadow = active.shadow.as_ref().map(|rules| rules.decide(subject));
        let enforced = active.rules.as_ref().map(|rules| rules.decide(subject));
        let stats = &self.hcm.stats().filters;
        if let Some(verdict) = shadow {
            stats.add(filter.shadow_stats.of(verdict.allowed));
            let keys = active.shadow_keys.as_ref().unwrap_or(&filter.shadow_keys);
            record(&mut self.info.metadata, keys, &verdict);
        }
        let Some(verdict) = enforced else { return Ok(()) };
        if active.rules.as_ref().is_some_and(Rbac::is_log) {
            write(&mut self.info.metadata, "envoy.common", |common| {
                common.insert("access_log_hint".to_owned(), verdict.policy.is_some().into());
            });
        }
        stats.add(filter.stats.of(verdict.allowed));
        record(&mut self.info.metadata, active.keys.as_ref().unwrap_or(&filter.keys), &verdict);
        if verdict.allowed {
            return Ok(());
        }
        let name = verdict.policy.unwrap_or("none").replace(' ', "_");
        let details = format!("rbac_access_denied_matched_policy[{name}]");
        Err(Reply::new(403, "RBAC: access denied".as_bytes(), details))
    }
}

/// Notes what rules have said. The policy of an earlier answer stays where none has matched now.
fn record(metadata: &mut Map<String, Value>, keys: &Keys, verdict: &Verdict<'_>) {
    write(metadata, NAMESPACE, |fields| {
        if let Some(policy) = verdict.policy {
            fields.insert(keys.policy.clone(), policy.into());
        }
        let result = if verdict.allowed { "allowed" } else { "denied" };
        fields.insert(keys.result.clone(), result.into());
    });
}

/// Writes fields below a name of the metadata.
fn write(metadata: &mut Map<String, Value>, name: &str, write: impl FnOnce(&mut Map<String, Value>)) {
    if !metadata.contains_key(name) {
        metadata.insert(name.to_owned(), Value::Object(Map::new()));
    }
    if let Some(Value::Object(fields)) = metadata.get_mut(name) {
        write(fields);
    }
}
