//! The global rate limit filter, after `source/extensions/filters/http/ratelimit/ratelimit.cc`.
use serde_json::Value;

use crate::access::info::flag;
use crate::config::global_limit::{GlobalLimit, GlobalLimitRoute};
use crate::config::local_limit::HostActions;
use crate::http::Head;
use crate::proto;
use crate::server::grpc;
use crate::server::reply::Reply;
use crate::server::stream::{Exchange, Stop};

const SHOULD_RATE_LIMIT: &str = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit";
const OVER_LIMIT: i32 = 2;

impl<'a> Exchange<'a> {
    /// Asks the rate limit service about the request.
    pub(super) async fn global_limit(
        &mut self,
        limit: &'a GlobalLimit,
        route: Option<&'a GlobalLimitRoute>,
    ) -> Result<(), Stop> {
        if limit.kind.is_some_and(|internal| internal != self.internal) {
            return Ok(());
        }
        let host = route.map_or(HostActions::Override, |r| r.host_actions);
        let entry = |(key, value)| proto::HeaderValue { key, value, raw_value: Vec::new() };
        let descriptors: Vec<_> = self
            .descriptors(limit.stage, host)
            .into_iter()
            .map(|d| proto::RateLimitDescriptor { entries: d.into_iter().map(entry).collect() })
            .collect();
        if descriptors.is_empty() {
            return Ok(());
        }
        let domain = route.and_then(|r| r.domain.clone()).unwrap_or_else(|| limit.domain.clone());
        let request = proto::RateLimitRequest { domain, descriptors };
        let worker = self.worker;
        let answer: Option<proto::RateLimitResponse> = match worker.cluster(&limit.service.cluster) {
            Some(cluster) => {
                let asked = grpc::call(cluster, worker.random(), &limit.service, SHOULD_RATE_LIMIT, &request);
                self.unless_gone(asked).await?
            }
            None => None,
        };
        Ok(self.answered(limit, answer)?)
    }

    /// Does what the service said; `None` says that it failed.
    fn answered(
        &mut self,
        limit: &GlobalLimit,
        answer: Option<proto::RateLimitResponse>,
    ) -> Result<(), Reply> {
        let Some(answer) = answer else {
            self.count_limit("error");
            if limit.deny {
                let reply = Reply::new(limit.error_status, "".as_bytes(), "rate_limiter_error");
                return Err(reply.flagged(flag::RATE_LIMIT_SERVICE).awaited());
            }
            self.count_limit("failure_mode_allowed");
            return Ok(());
        };
        if let Some(fields) = &answer.dynamic_metadata
            && let Value::Object(fields) = fields.to_json()
        {
            self.add_metadata("envoy.filters.http.ratelimit", fields);
        }
        self.limited(limit, answer)
    }

    fn count_limit(&self, what: &str) {
        if let Some(cluster) = self.worker.cluster(&self.info.cluster).and_then(|c| c.config()) {
            let prefix = format!("cluster.{}.ratelimit.", cluster.stat_name);
            self.worker.global.stats.named(&prefix).add(what);
        }
    }

    fn limited(&mut self, limit: &GlobalLimit, answer: proto::RateLimitResponse) -> Result<(), Reply> {
        let told = if limit.tells { told(&answer.statuses) } else { Vec::new() };
        let own = answer.response_headers_to_add.iter();
        let own: Vec<_> =
            own.map(|h| (h.key.to_ascii_lowercase().into_bytes(), h.value.clone().into_bytes())).collect();
        if answer.overall_code != OVER_LIMIT {
            self.count_limit("ok");
            for header in &answer.request_headers_to_add {
                self.head.add(header.key.to_ascii_lowercase().as_bytes(), header.value.as_bytes());
            }
            self.response_headers.extend(told.into_iter().chain(own));
            return Ok(());
        }
        self.count_limit("over_limit");
        let mut reply = Reply::new(limit.status, answer.raw_body, "request_rate_limited").awaited();
        let mut added = Head::default();
        let pass = limit.response.evaluate(self.source());
        limit.response.apply(pass, &mut added);
        reply.headers.extend(own);
        if limit.marked {
            reply = reply.header(b"x-envoy-ratelimited", "true");
        }
        reply.headers.extend(told);
        reply.headers.extend(added.iter().map(|(n, v)| (n.to_vec(), v.to_vec())));
        reply.grpc = limit.exhausted.then_some(8);
        Err(reply.flagged(flag::RATE_LIMITED))
    }
}

/// `x-ratelimit-*` of the descriptor with the least left, after `x_ratelimit_headers` of Envoy.
fn told(statuses: &[proto::RateLimitStatus]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let Some(least) = statuses.iter().filter(|s| s.current_limit.is_some()).min_by_key(|s| s.limit_remaining)
    else {
        return Vec::new();
    };
    let mut text = least.current_limit.as_ref().map_or(0, |l| l.requests_per_unit).to_string();
    for limit in statuses.iter().filter_map(|s| s.current_limit.as_ref()) {
        let window = match limit.unit {
            1 => 1,
            2 => 60,
            3 => 3600,
            4 => 86_400,
            5 => 2_592_000,
            6 => 31_536_000,
            _ => 0,
        };
        if window > 0 {
            text.push_str(&format!(", {};w={window}", limit.requests_per_unit));
            if !limit.name.is_empty() {
                text.push_str(&format!(";name=\"{}\"", limit.name));
            }
        }
    }
    let reset = least.duration_until_reset.as_ref().map_or(0, |d| d.seconds);
    vec![
        (b"x-ratelimit-limit".to_vec(), text.into_bytes()),
        (b"x-ratelimit-remaining".to_vec(), least.limit_remaining.to_string().into_bytes()),
        (b"x-ratelimit-reset".to_vec(), reset.to_string().into_bytes()),
    ]
}
