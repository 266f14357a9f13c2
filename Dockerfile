# syntax=docker/dockerfile:1

# Fluent Bit's official image with the plugin in it:
#
#   docker build --build-arg VERSION="$(git describe --tags --always --dirty)" -t fluent-bit-openai-audit .
#   docker run -e OPENAI_ADMIN_KEY -e OPENAI_AUDIT_HTTP_LISTEN=0.0.0.0 -p 127.0.0.1:2020:2020 \
#     -v openai-audit:/var/lib/fluent-bit fluent-bit-openai-audit
#
# To a destination of conf/destinations, with its variables:
#
#   docker run -e OPENAI_ADMIN_KEY -e SPLUNK_HOST=splunk.example.com -e SPLUNK_TOKEN -v openai-audit:/var/lib/fluent-bit \
#     fluent-bit-openai-audit -c /fluent-bit/etc/openai_audit/destinations/splunk.yaml
#
# git's history does not go into the build: without VERSION it calls itself as the newest release in CHANGELOG.md, or dev.
# For both architectures, with VERSION likewise:
#
#   docker buildx build --platform linux/amd64,linux/arm64 -t fluent-bit-openai-audit .
#
# The tags below are exact, and yet a tag can be moved. To pin what you have looked at, add its digest
#
#   docker buildx imagetools inspect fluent/fluent-bit:5.1.1
#   docker build --build-arg FLUENT_BIT=fluent/fluent-bit:5.1.1@sha256:... -t fluent-bit-openai-audit .
#
# and likewise for GOLANG.

# Built on Debian 12: what was built against its older glibc also runs on the newer one of the Fluent Bit image (Debian 13).
ARG GOLANG=golang:1.26.8-bookworm
ARG FLUENT_BIT=fluent/fluent-bit:5.1.1

# The builder runs on the machine's own architecture and compiles for the image's.
FROM --platform=$BUILDPLATFORM ${GOLANG} AS builder
ARG BUILDARCH
ARG TARGETARCH
RUN case "$TARGETARCH" in \
      "$BUILDARCH") exit 0 ;; \
      amd64) gcc="gcc-x86-64-linux-gnu libc6-dev-amd64-cross" ;; \
      arm64) gcc="gcc-aarch64-linux-gnu libc6-dev-arm64-cross" ;; \
      *) echo "no image for $TARGETARCH: this project builds for amd64 and arm64 only" >&2; exit 1 ;; \
    esac; \
    apt-get update && apt-get install -y --no-install-recommends $gcc && rm -rf /var/lib/apt/lists/*

WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download && go mod verify

# .dockerignore leaves out what the build does not need.
COPY . .
ARG VERSION=
# The library, and the companion command for whoever runs this stage: the demo of conf/compose.yaml does. cgo is off by
# default where Go compiles for another architecture; the Makefile turns it on.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    case "$TARGETARCH" in \
      "$BUILDARCH") ;; \
      amd64) export CC=x86_64-linux-gnu-gcc ;; \
      arm64) export CC=aarch64-linux-gnu-gcc ;; \
    esac; \
    export GOARCH="$TARGETARCH"; \
    make build && mkdir -m 0700 build/state

FROM ${FLUENT_BIT}
COPY --from=builder /src/build/in_openai_audit.so /fluent-bit/plugins/in_openai_audit.so
COPY conf/fluent-bit.conf conf/fluent-bit.yaml conf/plugins.conf LICENSE /fluent-bit/etc/openai_audit/
COPY conf/destinations /fluent-bit/etc/openai_audit/destinations/

# State and storage: for somebody who is not root, in a volume that outlives the container.
COPY --from=builder --chown=65532:65532 /src/build/state /var/lib/fluent-bit
VOLUME ["/var/lib/fluent-bit"]
USER 65532:65532

EXPOSE 2020
ENTRYPOINT ["/fluent-bit/bin/fluent-bit"]
CMD ["-c", "/fluent-bit/etc/openai_audit/fluent-bit.yaml"]
