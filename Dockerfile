# syntax=docker/dockerfile:1
# glaneur without a shell, as a user without a name: docker build -t glaneur .

FROM rust:1-trixie AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin glaneur \
    && install -D -m 0755 target/release/glaneur /out/glaneur \
    && install -d -m 0700 /out/data

# libc, libgcc and the roots of TLS: `cc` of the same Debian that it was built on.
FROM gcr.io/distroless/cc-debian13:nonroot
COPY --from=build /out/glaneur /usr/local/bin/glaneur
COPY --from=build --chown=nonroot:nonroot /out/data /data
USER nonroot
VOLUME /data
EXPOSE 8080
ENV GLANEUR_LISTEN=0.0.0.0:8080 GLANEUR_DATA_DIR=/data
# No HEALTHCHECK: there is no program in here that could ask. Let the orchestrator ask GET /readyz (ready for work) and /healthz (alive).
ENTRYPOINT ["/usr/local/bin/glaneur"]
CMD ["serve"]
