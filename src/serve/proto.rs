//! The generated code of `proto/glaneur/v1`: messages, servers and clients. For gRPC clients written in Rust and for this room.

#![allow(clippy::all, clippy::pedantic, missing_debug_implementations, unreachable_pub, reason = "generated from proto/ by build.rs")]

tonic::include_proto!("glaneur.v1");

/// The descriptors of all files of the package, as a serialized `google.protobuf.FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/glaneur.v1.bin"));
