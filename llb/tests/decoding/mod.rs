//! What holds for any bytes that are read as a definition.

use buildkit_llb::pb::Definition as Message;
use buildkit_llb::{CapSet, Constraints, Definition, Digest, Platform, pb};

/// Checks the bytes, and what they become with right digests in it: chance
/// finds no digests, and without them no graphs.
///
/// # Panics
///
/// Where something does not hold.
pub(crate) fn check(bytes: &[u8]) {
    read(bytes);
    if let Ok(message) = prost::Message::decode(bytes) {
        read(&prost_encode(&mended(message)));
    }
}

/// The same definition with operations that work on earlier ones: which, their
/// wrong digests tell. What is said of operations is said of them in order.
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
    let said = std::mem::take(&mut message.metadata).into_values();
    message.metadata = digests.iter().cloned().zip(said).collect();
    if let Some(source) = &mut message.source {
        let places = std::mem::take(&mut source.locations).into_values();
        source.locations = digests.into_iter().zip(places).collect();
    }
    message
}

/// Reads the bytes, and does with the answer all that can be done with one.
fn read(bytes: &[u8]) {
    let Ok(definition) = Definition::from_bytes(bytes) else {
        return;
    };
    // Operations keep their bytes and have the digests of these.
    let sent = <Sent as prost::Message>::decode(bytes).expect("it has been read");
    for vertex in definition.vertices() {
        assert_eq!(*vertex.digest(), Digest::of(vertex.bytes()));
        assert!(sent.def.iter().any(|bytes| bytes == vertex.bytes()));
        assert!(definition.metadata(vertex.digest()).is_some());
    }

    // Written once, a definition stays as it is.
    let written = definition.to_bytes();
    let message = definition.to_pb();
    assert_eq!(prost_encode(&message), written);
    let again = Definition::from_bytes(&written).expect("what was written is read");
    assert_eq!(again.output(), definition.output());
    assert_eq!(again.to_bytes(), written);
    let again = Definition::from_pb(message).expect("what was written is read");
    assert_eq!(again.to_bytes(), written);

    // Nothing that can be asked of it panics.
    assert_eq!(again.dump(), definition.dump());
    assert_eq!(again.dot(), definition.dot());
    let caps = definition.required_caps();
    assert!(definition.check(&CapSet::of(caps)).is_ok());
    let all = Constraints::new()
        .platform(Platform::linux_arm64())
        .worker_filter("a==b");
    if let Ok(output) = definition.output().constrained(&all) {
        assert_eq!(output.constrained(&all).as_ref(), Ok(&output));
    }
}

/// The operations alone: what else a message holds need not be well formed where
/// it is said of nothing that is there.
#[derive(Clone, PartialEq, prost::Message)]
struct Sent {
    #[prost(bytes = "vec", repeated, tag = "1")]
    def: Vec<Vec<u8>>,
}

fn prost_encode(message: &Message) -> Vec<u8> {
    prost::Message::encode_to_vec(message)
}
