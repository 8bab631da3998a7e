//! Informational responses.
use super::stream::Exchange;
use crate::http::Head;

impl Exchange<'_> {
    /// An informational response of an endpoint: the first that counts is for the client, if it is passed on at all, and there is no
    /// other try then (`source/common/router/router.cc`, onUpstream1xxHeaders).
    pub(super) async fn early(&mut self, head: Head) {
        if !is_special(head.status) || self.notes.informed {
            return;
        }
        self.notes.informed = true;
        if self.hcm.passes_early {
            self.inform(head).await;
        }
    }

    /// Tells the client something before the response. Whether it has gone is seen by what follows.
    pub(super) async fn inform(&mut self, mut head: Head) {
        // They are of the hop to the endpoint.
        for name in ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"] {
            head.remove(name.as_bytes());
        }
        let _gone = self.sink.early(&head).await;
        self.count_early(head.status);
    }
}

/// Whether an informational response counts as the beginning of the response; others are forgotten
/// (`source/common/http/header_utility.cc`, isSpecial1xx).
fn is_special(status: u16) -> bool {
    matches!(status, 100 | 102 | 103 | 104)
}
