# gen:platform=linux/arm/v7
# gen:multi=1
FROM --platform=linux/amd64 alpine:3 AS cross
RUN touch /cross
FROM --platform=linux/arm64/v8 alpine:3 AS eight
RUN touch /eight
FROM --platform=linux/riscv64 alpine:3 AS r
RUN touch /r
FROM alpine:3
COPY --from=cross /cross /
COPY --from=eight /eight /
COPY --from=r /r /
RUN true
