//! The body of a response on its last way to the client.
use bytes::Bytes;

use super::stream::{Exchange, Stop};
use crate::filter::grpc_web::WebEnd;
use crate::http::Head;

impl Exchange<'_> {
    /// Sends a piece of a response's body to the client.
    pub(super) async fn pass_on(&mut self, data: Bytes) -> Result<(), Stop> {
        self.inspect_response(&data);
        let Some(data) = self.web_data(data) else { return Ok(()) };
        match self.scripts_see_response(data).await? {
            Some(data) => self.pass_to_client(data).await,
            None => Ok(()),
        }
    }

    /// Sends a piece of a response's body that filters have seen.
    pub(crate) async fn pass_to_client(&mut self, data: Bytes) -> Result<(), Stop> {
        self.info.sent += data.len() as u64;
        if data.is_empty() {
            return Ok(());
        }
        match self.notes.throttle.take() {
            Some(throttle) => Box::pin(self.send_slowly(data, throttle)).await,
            None => self.sink.data(data).await.map_err(|_| Stop::Gone),
        }
    }

    /// Ends the response.
    pub(super) async fn finish(&mut self, trailers: Option<&Head>) -> Result<(), Stop> {
        let trailers = match self.web_end(trailers) {
            WebEnd::Plain => trailers,
            WebEnd::Head(head) => {
                self.begin_response(*head, true).await?;
                return self.sink.flush().await.map_err(|_| Stop::Gone);
            }
            WebEnd::Data(data) => {
                if let Some(data) = self.scripts_see_response(data).await? {
                    self.pass_to_client(data).await?;
                }
                None
            }
        };
        let seen;
        let trailers = if self.held.is_some() || !self.watching_response.is_empty() {
            seen = Box::pin(self.scripts_end_response(trailers.cloned())).await?;
            seen.as_ref()
        } else {
            trailers
        };
        self.sink.end(trailers).await.map_err(|_| Stop::Gone)
    }
}
