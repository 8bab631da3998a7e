//! A gRPC server to be asked by the proxy.

use std::rc::Rc;

use bytes::Bytes;
use h2::RecvStream;
use h2::server::SendResponse;

/// Serves on a port of its own; each call goes to `answer`.
pub(crate) fn serve<F>(
    answer: impl Fn(http::Request<RecvStream>, SendResponse<Bytes>) -> F + Send + 'static,
) -> u16
where
    F: Future<Output = ()> + 'static,
{
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (local, answer) = (tokio::task::LocalSet::new(), Rc::new(answer));
        local.block_on(&runtime, async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            sender.send(listener.local_addr().unwrap().port()).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::task::spawn_local(async move {
                    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
                    while let Some(Ok((request, respond))) = connection.accept().await {
                        tokio::task::spawn_local(answer(request, respond));
                    }
                });
            }
        });
    });
    receiver.recv().unwrap()
}

/// Answers a call with one short message.
pub(crate) fn reply(mut respond: SendResponse<Bytes>, message: &[u8]) {
    let response = http::Response::builder().header("content-type", "application/grpc").body(()).unwrap();
    let Ok(mut stream) = respond.send_response(response, false) else { return };
    let mut frame = vec![0, 0, 0, 0, message.len() as u8];
    frame.extend_from_slice(message);
    let _gone = stream.send_data(frame.into(), false);
    let mut trailers = http::HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().unwrap());
    let _gone = stream.send_trailers(trailers);
}
