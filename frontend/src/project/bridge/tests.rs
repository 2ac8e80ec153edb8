use std::cell::Cell;
use std::future::pending;

use super::*;
use crate::gateway::{DirEntry, Outcome, Pong, ResolveRequest, SourceMeta, Warning};

/// A client whose files all have a size, and whose reads each take two polls.
#[derive(Default)]
struct Client {
    size: usize,
    open: Cell<usize>,
    most: Cell<usize>,
    all: Cell<usize>,
}

impl Bridge for Client {
    async fn solve(&self, _: SolveRequest) -> Result<Option<Ref>, BridgeError> {
        Ok(Some(Ref("1".to_owned())))
    }

    async fn read_file(&self, _: &Ref, _: &str, limit: usize) -> Result<FileContent, BridgeError> {
        self.open.set(self.open.get() + 1);
        self.most.set(self.most.get().max(self.open.get()));
        self.all.set(self.all.get() + 1);
        tokio::task::yield_now().await;
        self.open.set(self.open.get() - 1);
        assert!(self.size <= limit);
        Ok(FileContent::File(vec![b'#'; self.size]))
    }

    async fn ping(&self) -> Result<Pong, BridgeError> {
        pending().await
    }

    async fn resolve(&self, _: ResolveRequest) -> Result<SourceMeta, BridgeError> {
        pending().await
    }

    async fn evaluate(&self, _: &Ref) -> Result<(), BridgeError> {
        pending().await
    }

    async fn read_dir(&self, _: &Ref, _: &str) -> Result<Option<Vec<DirEntry>>, BridgeError> {
        pending().await
    }

    async fn inputs(
        &self,
    ) -> Result<BTreeMap<String, buildkit_proto::pb::Definition>, BridgeError> {
        pending().await
    }

    async fn warn(&self, _: Warning) -> Result<(), BridgeError> {
        pending().await
    }

    async fn finish(&self, _: Result<Outcome, BridgeError>) -> Result<(), BridgeError> {
        pending().await
    }
}

#[test]
fn a_batch_is_read_up_to_its_total_a_few_files_at_a_time() {
    let client = Client {
        size: 1000,
        ..Client::default()
    };
    let options = Options::default();
    let mut files = BridgeFiles::new(&client, &options);
    let paths: BTreeSet<String> = (0..100).map(|it| format!("{it:02}.txt")).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let answer = runtime.unwrap().block_on(files.read(&paths, 1000, 20_500));
    let answer = answer.unwrap();
    assert!(answer.keys().eq(&paths));
    let contents: Vec<&Content> = answer.values().collect();
    assert!(
        contents[..20]
            .iter()
            .all(|it| matches!(it, Content::Bytes(_)))
    );
    assert!(contents[20..].iter().all(|it| **it == Content::Unread));
    assert_eq!(client.most.get(), READS);
    assert!(client.all.get() <= 21 + READS, "{}", client.all.get());
}
