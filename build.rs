//! Compiles proto/ into the gRPC code and the descriptors for reflection. Pure Rust: no protoc is needed.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=proto");
    #[cfg(feature = "server")]
    if let Err(error) = compile() {
        println!("cargo::error=proto/ does not compile: {error}");
    }
}

#[cfg(feature = "server")]
fn compile() -> Result<(), Box<dyn std::error::Error>> {
    use protox::prost::Message;

    let files = ["scrape", "job", "delivery", "shop", "egress", "product", "result"].map(|name| format!("proto/glaneur/v1/{name}.proto"));
    let descriptors = protox::compile(files, ["proto"])?;
    let out = std::path::PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("glaneur.v1.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().btree_map(".").compile_fds(descriptors)?;
    Ok(())
}
