//! Hedging: a try that takes too long goes on beside the next one, and the first good response wins. After
//! `Filter::onSoftPerTryTimeout`, `onUpstreamHeaders` and `onUpstreamReset` of `source/common/router/router.cc`.
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use super::active::Active;
use super::clock::Expired;
use super::forward::{Attempts, Failure};
use super::retry::Retries;
use super::stream::{Exchange, Stop};
use super::upstream::{Source, Started};
use crate::access::info::TlsInfo;
use crate::cluster::shared::{Host, Permit};
use crate::cluster::{ClusterRuntime, ConnectFailure, Outcome};
use crate::http::Head;
use crate::net::address::Address;
use crate::trace::CallEnd;

/// The rest of a try, up to the response's head; it needs nothing of the client any more.
pub(super) type Answer = Pin<Box<dyn Future<Output = Result<(Head, Source), Failure>>>>;

/// A try that has outlived its time.
pub(super) struct Late {
    /// What is left of it.
    pub(super) answer: Answer,
    /// Its share of the breaker of requests.
    pub(super) permit: Option<Permit>,
    /// Counts it at its host.
    pub(super) active: Option<Active>,
}

impl Late {
    /// A try of which this is left.
    pub(super) fn new(answer: Answer) -> Self {
        Self { answer, permit: None, active: None }
    }
}

/// A late try, and where it went.
struct Aside {
    late: Late,
    host: Option<Arc<Host>>,
    local: Option<Address>,
    tls: Option<Rc<TlsInfo>>,
    http2: bool,
    /// Whether another try was begun because of it.
    retried: bool,
}

/// The late tries of a request.
#[derive(Default)]
pub(super) struct Asides {
    tries: Vec<Aside>,
    /// Whether the last one has just become late.
    fresh: bool,
}

/// How a try has ended, and whether another one was begun because of it before.
pub(super) struct Ended {
    pub(super) result: Result<Started, Failure>,
    retried: bool,
    /// Whether it is a try that has ended, and not the time of all of them.
    tried: bool,
}

impl Ended {
    /// The end of a try that is not late.
    fn in_time(result: Result<Started, Failure>) -> Self {
        Self { result, retried: false, tried: true }
    }
}

/// What follows the end of a try.
pub(super) enum Next {
    /// Another one.
    Try,
    /// Late ones may still answer.
    Wait,
    /// The client is told.
    Give,
}

impl Asides {
    /// The next late try that ends, with its end; never when there is none.
    async fn next(&mut self) -> (Aside, Result<(Head, Source), Failure>) {
        poll_fn(|context| {
            for index in 0..self.tries.len() {
                let Some(aside) = self.tries.get_mut(index) else { break };
                if let Poll::Ready(answer) = aside.late.answer.as_mut().poll(context) {
                    return Poll::Ready((self.tries.remove(index), answer));
                }
            }
            Poll::Pending
        })
        .await
    }

    /// The next late try with a response that ends the matter; others are dropped and come second.
    async fn next_good(
        &mut self,
        policy: Option<&Retries<'_>>,
        cluster: &ClusterRuntime,
        bad: &mut Vec<Failure>,
    ) -> (Aside, Head, Source) {
        loop {
            let (aside, answer) = self.next().await;
            aside.record(cluster, &answer);
            match answer {
                Ok((head, source)) if policy.is_some_and(|p| p.want_after(&head)) => {
                    dropped(&source, cluster)
                }
                Ok((head, source)) => return (aside, head, source),
                Err(failure) => bad.push(failure),
            }
        }
    }
}

impl Aside {
    /// Tells the watch over the host.
    fn record(&self, cluster: &ClusterRuntime, answer: &Result<(Head, Source), Failure>) {
        let Some(host) = &self.host else { return };
        let outcome = answer.as_ref().map_or(Outcome::Local, |(head, _)| Outcome::Status(head.status));
        cluster.shared.record(host, outcome);
    }
}

impl<'a> Exchange<'a> {
    /// A try beside those that are late already.
    pub(super) async fn attempt_beside(&mut self, attempts: &mut Attempts<'a>, asides: &mut Asides) -> Ended {
        if asides.tries.is_empty() {
            let result = self.attempt(attempts).await;
            self.set_aside(attempts, asides);
            return Ended::in_time(result);
        }
        let (policy, cluster, mut bad) = (attempts.policy.take(), attempts.cluster, Vec::new());
        let ended = {
            let mut attempt = pin!(self.attempt(attempts));
            tokio::select! {
                biased;
                result = &mut attempt => Err(result),
                good = asides.next_good(policy.as_ref(), cluster, &mut bad) => Ok(good),
            }
        };
        attempts.policy = policy;
        self.count_bad(cluster, bad);
        match ended {
            Err(result) => {
                self.set_aside(attempts, asides);
                Ended::in_time(result)
            }
            Ok((aside, head, source)) => {
                if self.speaks_h2(cluster) {
                    cluster.shared.count(|c| &c.upstream_rq_tx_reset);
                }
                self.take_over(aside, cluster, Ok((head, source)))
            }
        }
    }

    /// Keeps the try that has just become late.
    fn set_aside(&mut self, attempts: &mut Attempts<'a>, asides: &mut Asides) {
        let Some(late) = attempts.late.take() else { return };
        asides.fresh = true;
        asides.tries.push(Aside {
            late,
            host: self.notes.upstream_host.clone(),
            local: self.info.upstream_local.clone(),
            tls: self.info.upstream_tls.clone(),
            http2: self.speaks_h2(attempts.cluster),
            retried: false,
        });
    }

    fn count_bad(&self, cluster: &ClusterRuntime, bad: Vec<Failure>) {
        for failure in bad {
            let result = Err(failure);
            self.count_failure(cluster, &result);
            self.charge(cluster, &result);
        }
    }

    /// Makes a late try that has ended the one that counts.
    fn take_over(
        &mut self,
        aside: Aside,
        cluster: &ClusterRuntime,
        answer: Result<(Head, Source), Failure>,
    ) -> Ended {
        let Aside { late, host, local, tls, http2, retried } = aside;
        self.info.upstream = host.as_ref().map(|h| h.address.clone());
        self.notes.upstream_host = host;
        self.info.upstream_local = local;
        self.info.upstream_tls = tls;
        self.info.transport_failure.clear();
        let status = answer.as_ref().map_or(0, |(head, _)| head.status);
        self.end_call(if status == 0 { CallEnd::Cancelled } else { CallEnd::Answered(status) }, http2);
        let result = match (answer, late.permit) {
            (Ok((head, source)), Some(permit)) => Ok(Started::new(head, source, late.active, permit)),
            (Ok(_), None) => Err(Failure::Closed),
            (Err(failure), _) => Err(failure),
        };
        self.count_failure(cluster, &result);
        Ended { result, retried, tried: true }
    }

    /// Waits for late tries alone.
    pub(super) async fn wait_beside(&mut self, attempts: &mut Attempts<'a>, asides: &mut Asides) -> Ended {
        attempts.clock.begin_try(Duration::ZERO, None);
        let cluster = attempts.cluster;
        loop {
            let ended = tokio::select! {
                biased;
                ended = asides.next() => Ok(ended),
                expired = attempts.clock.expired() => Err(Failure::Expired(expired)),
                () = self.gone() => Err(Failure::Gone),
            };
            match ended {
                Ok((aside, answer)) => {
                    aside.record(cluster, &answer);
                    let good = answer
                        .as_ref()
                        .is_ok_and(|(head, _)| attempts.policy.as_ref().is_none_or(|p| !p.want_after(head)));
                    if good || !aside.retried || asides.tries.is_empty() {
                        return self.take_over(aside, cluster, answer);
                    }
                    match answer {
                        Ok((_, source)) => dropped(&source, cluster),
                        Err(failure) => self.count_bad(cluster, vec![failure]),
                    }
                }
                Err(failure) => return Ended { result: Err(failure), retried: true, tried: false },
            }
        }
    }

    /// Waits before the next try; late ones may make it needless.
    pub(super) async fn pause_beside(
        &mut self,
        wait: Duration,
        attempts: &Attempts<'a>,
        asides: &mut Asides,
    ) -> Result<Option<Ended>, Stop> {
        let (mut bad, cluster) = (Vec::new(), attempts.cluster);
        let some = !asides.tries.is_empty();
        let good = tokio::select! {
            () = tokio::time::sleep(wait) => Ok(None),
            good = asides.next_good(attempts.policy.as_ref(), cluster, &mut bad), if some => Ok(Some(good)),
            expired = attempts.clock.expired() => Err(expired),
            () = self.gone(), if attempts.replay.ended => return Err(Stop::Gone),
        };
        self.count_bad(cluster, bad);
        match good {
            Ok(None) => Ok(None),
            Ok(Some((aside, head, source))) => Ok(Some(self.take_over(aside, cluster, Ok((head, source))))),
            Err(expired) => {
                let result = Err(Failure::Expired(expired));
                self.give_up(&result, attempts, asides);
                Err(self.failed(Failure::Expired(expired)))
            }
        }
    }

    /// What follows the end of a try; counts its status, unless another one makes it as if it had not been.
    pub(super) fn judge(&mut self, ended: &Ended, attempts: &mut Attempts<'a>, asides: &mut Asides) -> Next {
        let late = asides.fresh;
        let next = self.next_step(ended, attempts, asides);
        let cluster = attempts.cluster;
        if let (Next::Try, Ok(started)) = (&next, &ended.result) {
            cluster.shared.count_retried(started.head.status);
        }
        let counts = match (&next, &ended.result) {
            (Next::Wait, Err(_)) | (Next::Give, _) => !late && ended.tried,
            (Next::Try, _) | (Next::Wait, Ok(_)) => false,
        };
        if counts {
            self.charge(cluster, &ended.result);
        }
        if let (Next::Try | Next::Wait, Ok(started)) = (&next, &ended.result)
            && started.is_open_stream()
        {
            cluster.shared.count(|c| &c.upstream_rq_tx_reset);
        }
        next
    }

    fn next_step(&mut self, ended: &Ended, attempts: &mut Attempts<'a>, asides: &mut Asides) -> Next {
        if std::mem::take(&mut asides.fresh) {
            // A late try is always joined by another one if there are retries left.
            let another = attempts.policy.is_some() && self.may_retry(attempts);
            if let Some(last) = asides.tries.last_mut() {
                last.retried = another;
            }
            return if another { Next::Try } else { Next::Wait };
        }
        let want = attempts.policy.as_ref().is_some_and(|p| p.want(&ended.result));
        if want && !ended.retried && self.may_retry(attempts) {
            return Next::Try;
        }
        let last = is_final(&ended.result);
        if !want && !ended.retried && !last && attempts.retries > 0 {
            attempts.cluster.shared.count(|c| &c.upstream_rq_retry_success);
        }
        let bad = want || ended.result.is_err();
        if bad && !last && !asides.tries.is_empty() { Next::Wait } else { Next::Give }
    }

    /// Ends late tries, because the client has its answer.
    pub(super) fn give_up(
        &self,
        result: &Result<Started, Failure>,
        attempts: &Attempts<'a>,
        asides: &mut Asides,
    ) {
        for aside in std::mem::take(&mut asides.tries) {
            if aside.http2 {
                attempts.cluster.shared.count(|c| &c.upstream_rq_tx_reset);
            }
            if let Err(Failure::Expired(expired @ Expired::Route)) = result {
                self.count_bad(attempts.cluster, vec![Failure::Expired(*expired)]);
            }
        }
    }
}

/// Counts a response that nobody wants.
fn dropped(source: &Source, cluster: &ClusterRuntime) {
    if source.is_open_stream() {
        cluster.shared.count(|c| &c.upstream_rq_tx_reset);
    }
}

/// Whether the matter ends here, whatever else is on its way.
fn is_final(result: &Result<Started, Failure>) -> bool {
    match result {
        Ok(_) => false,
        Err(Failure::Connect(ConnectFailure::Refused(text))) => text.is_empty(),
        Err(Failure::Expired(expired)) => !matches!(expired, Expired::Try | Expired::TryIdle),
        Err(Failure::Gone | Failure::Body(_)) => true,
        Err(
            Failure::Connect(_)
            | Failure::Closed
            | Failure::Reset
            | Failure::Unconnected
            | Failure::Refused
            | Failure::Protocol,
        ) => false,
    }
}
