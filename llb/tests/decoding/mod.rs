//! What must hold for any bytes that are read as a definition.

use buildkit_llb::pb::Definition as Message;
use buildkit_llb::{
    Build, CapSet, Constraints, Definition, Diff, Digest, Exec, File, Merge, Platform, Source,
    Vertex, pb,
};

/// Checks the bytes, and again with their digests corrected: chance finds no
/// digests, and without them there are no graphs.
///
/// # Panics
///
/// If a check fails.
pub(crate) fn check(bytes: &[u8]) {
    read(bytes);
    if let Ok(message) = prost::Message::decode(bytes) {
        read(&prost_encode(&mended(message)));
    }
}

/// The same definition with operations that use earlier ones, chosen by their
/// wrong digests, and with the metadata in the order of the operations.
fn mended(mut message: Message) -> Message {
    let mut digests: Vec<String> = Vec::new();
    for bytes in &mut message.def {
        let Ok(mut op) = <pb::Op as prost::Message>::decode(&**bytes) else {
            continue;
        };
        let count = digests.len();
        op.inputs.retain(|_| count > 0);
        for input in &mut op.inputs {
            let sum = input.digest.bytes().map(usize::from).sum::<usize>();
            // Mostly the last one, so that graphs are deep.
            let back = if sum % 2 == 0 { 0 } else { sum % count };
            input.digest.clone_from(&digests[count - 1 - back]);
        }
        *bytes = prost::Message::encode_to_vec(&op);
        digests.push(Digest::of(bytes).to_string());
    }
    let metadata = std::mem::take(&mut message.metadata).into_values();
    message.metadata = digests.iter().cloned().zip(metadata).collect();
    if let Some(source) = &mut message.source {
        let locations = std::mem::take(&mut source.locations).into_values();
        source.locations = digests.into_iter().zip(locations).collect();
    }
    message
}

/// Reads the bytes, and does everything with the result that can be done with a
/// definition.
fn read(bytes: &[u8]) {
    let Ok(definition) = Definition::from_bytes(bytes) else {
        return;
    };
    // Operations keep their bytes and have the digests of these.
    let sent = <Sent as prost::Message>::decode(bytes).expect("it has been read");
    for vertex in definition.vertices() {
        builders(vertex);
        assert_eq!(*vertex.digest(), Digest::of(vertex.bytes()));
        assert!(sent.def.iter().any(|bytes| bytes == vertex.bytes()));
        assert!(definition.metadata(vertex.digest()).is_some());
    }

    // Written once, a definition stays as it is.
    let written = definition.to_bytes();
    let message = definition.to_pb();
    let decoded = <Message as prost::Message>::decode(&*written);
    assert_eq!(decoded.expect("what was written is read"), message);
    let again = Definition::from_bytes(&written).expect("what was written is read");
    assert_eq!(again.output(), definition.output());
    assert_eq!(again.to_bytes(), written);
    let canonical = buildkit_llb::canonical::definition(&message);
    let from_pb = Definition::from_pb(message.clone()).expect("what was written is read");
    assert_eq!(from_pb.to_pb(), message);
    assert_eq!(from_pb.to_bytes(), canonical);

    // Nothing is lost: what the message held, it holds.
    let sent = <Message as prost::Message>::decode(bytes).ok();
    if let Some(sent) = sent {
        assert_eq!(message, sent);
    }

    // Nothing that can be asked of it panics.
    assert_eq!(again.dump(), definition.dump());
    assert_eq!(again.dot(), definition.dot());
    let caps = definition.required_caps();
    assert!(definition.check(&CapSet::of(caps)).is_ok());
    let all = Constraints::new()
        .platform(Platform::linux_arm64())
        .worker_filter("a==b");
    let output = definition.output().constrained(&all);
    assert_eq!(output.constrained(&all), output);
    let kept = definition.map_sources(|_| Ok::<_, ()>(None));
    assert_eq!(kept.expect("nothing fails").to_bytes(), written);
    let renamed = definition.map_sources(|source| Ok::<_, ()>(Some(source.clone().name("x"))));
    let renamed = renamed.expect("nothing fails");
    assert_eq!(renamed.output(), definition.output());
    drop(renamed.to_bytes());
}

/// A builder of an operation makes it again, byte for byte, if there is one.
fn builders(vertex: &Vertex) {
    let exec = Exec::try_from(vertex).map(|exec| exec.try_finish().expect("it was made before"));
    if let Ok(exec) = exec {
        let made = exec.vertex().expect("an exec is an operation");
        assert_eq!(made.bytes(), vertex.bytes());
    }
    for output in [
        Source::try_from(vertex).map(Source::output),
        File::try_from(vertex).map(File::output),
        Merge::try_from(vertex).map(Merge::output),
        Diff::try_from(vertex).map(Diff::output),
        Build::try_from(vertex).map(Build::output),
    ]
    .into_iter()
    .flatten()
    {
        let made = output.vertex().expect("it is not the empty tree");
        assert_eq!(made.bytes(), vertex.bytes());
    }
}

/// The operations alone: metadata of operations that are missing need not be well
/// formed.
#[derive(Clone, PartialEq, prost::Message)]
struct Sent {
    #[prost(bytes = "vec", repeated, tag = "1")]
    def: Vec<Vec<u8>>,
}

fn prost_encode(message: &Message) -> Vec<u8> {
    prost::Message::encode_to_vec(message)
}
